"""The schema is a true description."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from typing import Any

from csshift.io.layout import PROBLEM_TABLES
from csshift.io.schema import SETTINGS, schema
from csshift.io.settings import TABLES
from csshift.problem import Problem
from csshift.rules.registry import kinds


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        found = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return found.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def test_it_is_json_and_every_reference_resolves() -> None:
    made = json.loads(json.dumps(schema()))
    found = references(made)
    assert found
    for reference in found:
        assert reference.startswith("#/$defs/")
        assert reference.removeprefix("#/$defs/") in made["$defs"]


def test_rules_stand_with_their_fields() -> None:
    made = schema()
    assert set(made["rules"]) == set(kinds())
    name = made["rules"]["max-hours"]["$ref"].removeprefix("#/$defs/")
    assert {"kind", "hours", "per", "severity", "agents"} <= set(made["$defs"][name]["properties"])
    items = made["$defs"]["Problem"]["properties"]["rules"]["items"]["oneOf"]
    assert len(items) == len(kinds())


def test_times_are_described_as_text() -> None:
    defs = schema()["$defs"]
    assert defs["ForecastCell"]["properties"]["start"]["type"] == "string"
    assert defs["Shift"]["properties"]["hours"]["type"] == "string"
    assert defs["Duty"]["properties"]["window"]["type"] == "string"


def test_every_table_and_column_is_described() -> None:
    made = schema()
    for table in PROBLEM_TABLES:
        columns = made["problem_folder"][table.file]["columns"]
        assert tuple(column["name"] for column in columns) == table.header
        assert set(table.header) == set(table.entity.model_fields)
        required = {
            name for name, field in table.entity.model_fields.items() if field.is_required()
        }
        assert required == {column.name for column in table.columns if column.required}
        assert table.name in Problem.model_fields
    assert tuple(SETTINGS) == TABLES
    assert set(made["result_folder"]) == {
        "result.json",
        "unsolved.json",
        "roster.csv",
        "duties.csv",
        "allocation.csv",
        "coverage.csv",
    }


def test_the_settings_of_the_template_are_known_fields() -> None:
    source = files("csshift.io").joinpath("starter", "problem.toml").read_text("utf-8")
    assert set(tomllib.loads(source)) <= set(SETTINGS)
