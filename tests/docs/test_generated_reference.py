"""The generated pages of the reference say what is so."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

import csshift
from csshift.cli.main import main
from csshift.cli.status import Exit
from csshift.io.layout import PROBLEM_TABLES, RESULT_TABLES
from csshift.rules.base import Rule
from csshift.rules.registry import kinds

HOOK = Path(__file__).resolve().parents[2] / "docs" / "hooks" / "reference.py"


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = spec_from_file_location("reference", HOOK)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def section(page: str, title: str, level: int = 2) -> str:
    """The text under a heading, up to the next one of the same level."""
    mark = "#" * level
    found = re.search(rf"^{mark} {re.escape(title)}\n(.*?)(?=^{mark} |\Z)", page, re.M | re.S)
    assert found is not None, title
    return found[1]


def rows(text: str) -> dict[str, list[str]]:
    """The rows of a table by the name in their first cell."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0].startswith("`"):
            found[cells[0].strip("`")] = cells[1:]
    return found


def test_every_rule_is_listed_with_its_fields(reference: ModuleType) -> None:
    page = reference.rules_page()
    common = set(Rule.model_fields)
    assert rows(section(page, "Fields of every rule")).keys() == common
    for kind, rule in kinds().items():
        listed = rows(section(page, f"`{kind}`"))
        assert listed.keys() == set(rule.model_fields) - common
        for text in (rule.titles["en"], rule.titles["zh"], *(ask for ask, _ in rule.examples)):
            assert text in page


def test_the_catalogue_says_what_people_ask_for(reference: ModuleType) -> None:
    asks = section(reference.rules_page(), "What people ask for")
    for ask, kind in (
        ("The same shift through a week", "max-kinds"),
        ("Two rest days together", "min-rest-block"),
        ("48 hours after three nights in a row", "min-rest"),
        ("Big and small weeks (大小周)", "rotation"),
        ("A mentor with each trainee, at least 4 hours", "accompanied"),
    ):
        assert re.search(rf"\| {re.escape(ask)} \| \[`{kind}`\]", asks), ask


def test_every_weight_is_listed_with_its_default(reference: ModuleType) -> None:
    listed = rows(section(reference.settings_page(), "`[weights]`"))
    defaults = {
        name: value or "" if value is None or isinstance(value, str) else f"{value:f}"
        for name, value in csshift.Weights()
    }
    assert {name: cells[1].strip("`") for name, cells in listed.items()} == defaults
    assert all(cells[2] for cells in listed.values())


def test_every_file_is_listed_with_its_columns(reference: ModuleType) -> None:
    page = reference.files_page()
    for table in (*PROBLEM_TABLES, *RESULT_TABLES):
        listed = rows(section(page, f"`{table.file}`", 3))
        assert tuple(listed) == table.header
        assert all(cells[1] for cells in listed.values())


def test_every_exit_status_is_listed(reference: ModuleType) -> None:
    page = reference.exit_statuses_page()
    listed = re.findall(r"^\| (\d+) \| \w+ \| (.+) \|$", page, re.M)
    assert [int(status) for status, _ in listed] == sorted(Exit)
    assert all(meaning for _, meaning in listed)


def test_every_command_is_listed_with_its_options(
    reference: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    page = reference.commands_page()
    commands = re.findall(r"^## `csshift (\w+)`$", page, re.M)
    assert {"solve", "check", "import", "schema"} <= set(commands)
    for command in commands:
        assert main([command, "--help"]) == 0
        shown = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out)) - {"--help"}
        text = section(page, f"`csshift {command}`")
        assert {option for option in shown if option not in text} == set()
