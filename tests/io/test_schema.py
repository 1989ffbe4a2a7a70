"""The schema is a true description."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

from csshift.io.layout import (
    IMPORT_TABLES,
    INPUT_TABLES,
    MADE_TABLES,
    PROBLEM_TABLES,
    RESULT_TABLES,
)
from csshift.io.schema import SETTINGS, schema
from csshift.io.settings import TABLES
from csshift.io.translations import about, column_title
from csshift.model.entity import fields_of
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
        assert set(table.header) == set(fields_of(table.entity))
        required = {name for name, field in fields_of(table.entity).items() if field.is_required()}
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


def test_every_field_and_every_column_is_described() -> None:
    made = schema()
    missing = [
        f"{name}.{field}"
        for name, model in made["$defs"].items()
        for field, entry in model.get("properties", {}).items()
        if not entry.get("description")
    ]
    assert missing == []
    tables = (*PROBLEM_TABLES, *RESULT_TABLES, *INPUT_TABLES, *MADE_TABLES, *IMPORT_TABLES)
    assert [c for table in tables for c in table.columns if not c.content.endswith(".")] == []


def test_columns_of_workbooks_have_chinese_titles_and_descriptions() -> None:
    for table in PROBLEM_TABLES:
        for column in table.columns:
            assert column_title(column.name, "zh") != column.name
            assert about(table.name, column.name, "", "zh"), (table.name, column.name)


def test_cells_are_written_as_they_are_read() -> None:
    agents = next(table for table in PROBLEM_TABLES if table.name == "agents")
    values = {
        "stores": ("S1", "S2"),
        "skills": {"pre-sale": Decimal("1.1"), "after-sale": Decimal(1)},
        "tags": ("new", "nursing"),
        "start_date": date(2026, 3, 16),
    }
    shown = {c.name: c.show(values[c.name]) for c in agents.columns if c.name in values}
    assert shown == {
        "stores": "S1|S2",
        "skills": "pre-sale:1.1;after-sale",
        "tags": "new;nursing",
        "start_date": "2026-03-16",
    }
    for column in agents.columns:
        if column.name in values:
            assert column.parse(shown[column.name]) == values[column.name]
