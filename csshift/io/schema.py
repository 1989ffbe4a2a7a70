"""What ``csshift schema`` prints: every file, column, field and rule."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from csshift.io.layout import (
    FORECAST,
    INPUT_TABLES,
    MADE_TABLES,
    PROBLEM_TABLES,
    REQUIREMENTS,
    RESULT_TABLES,
    Table,
)
from csshift.io.writing import RESULT_FILE, UNSOLVED_FILE, ResultFile
from csshift.model.entity import Entity
from csshift.problem import Problem
from csshift.rules.registry import catalogue

SETTINGS = {
    "name": "title of the problem",
    "stores": "stores that have no demand of their own",
    "pools": "stores that are one queue: auto (those with the same agents), separate, or groups",
    "labour": "labour preset: standard, china, eu, ..., none; left out: standard if without rules",
    "labour_terms": "how the preset applies: fields of LabourTerms",
    "horizon": "the planned days: fields of Horizon",
    "skills": "[skills.NAME]: fields of Skill, save the name",
    "contracts": "[contracts.NAME]: fields of Contract, save the name",
    "severities": "points of levels of severity by name, beside low, medium, high and critical",
    "rules": "[[rules]]: kind, and the fields of that kind",
    "spans": "[spans.NAME]: fields of DateSpan, save the name; dates that rules name",
    "duties": "[[duties]]: fields of Duty",
    "weights": "fields of Weights",
}


def schema() -> dict[str, Any]:
    """Return the description of the problem folder and the result folder.

    Returns
    -------
    dict
        ``problem`` and ``result``: JSON schemas of the whole problem as JSON and of
        ``result.json``. ``rules``: the schema of each kind of rule, with its
        ``titles`` and ``sentences`` by language. ``problem_folder`` and
        ``result_folder``: the files, with the columns of the tables. ``forecast_inputs`` and
        ``forecast_outputs``: what ``csshift forecast`` reads and writes beside forecast.csv.
        Definitions to which the schemas refer are under ``$defs``.
    """
    known_kinds = catalogue()
    rules = {info.kind: info.rule for info in known_kinds}
    models: list[type[Entity]] = [Problem, ResultFile, *rules.values()]
    references, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/$defs/{model}"
    )
    of_rule = {kind: references[rule, "validation"] for kind, rule in rules.items()}
    known = definitions["$defs"]
    known["Problem"]["properties"]["rules"]["items"] = {"oneOf": list(of_rule.values())}
    for info in known_kinds:
        entry = known[of_rule[info.kind]["$ref"].rpartition("/")[2]]
        entry["title"] = info.titles.get("en", info.kind)
        entry |= {"titles": dict(info.titles), "sentences": dict(info.sentences)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "problem": references[Problem, "validation"],
        "result": references[ResultFile, "validation"],
        "rules": of_rule,
        "problem_folder": {
            "problem.toml": {"required": True, "tables": SETTINGS},
            **{table.file: _table(table) for table in PROBLEM_TABLES},
        },
        "forecast_inputs": {table.file: _table(table) for table in INPUT_TABLES},
        "forecast_outputs": {table.file: _table(table) for table in MADE_TABLES},
        "result_folder": {
            RESULT_FILE: {"content": "see result"},
            UNSOLVED_FILE: {"content": "see result", "required": "beside an earlier roster only"},
            **{table.file: _table(table) for table in RESULT_TABLES},
        },
        "$defs": known,
    }


def _table(table: Table[Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"content": table.about, "required": table.required}
    if table in (FORECAST, REQUIREMENTS):
        described["required"] = f"{FORECAST.file}, {REQUIREMENTS.file}, or both"
    described["columns"] = [
        {"name": column.name, "required": column.required, "content": column.about}
        for column in table.columns
    ]
    return described
