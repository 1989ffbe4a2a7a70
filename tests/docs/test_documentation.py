"""The documentation: its examples run, its settings are valid, its commands exist."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from csshift.cli.main import main
from csshift.io.schema import schema

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> Iterator[tuple[Path, str]]:
    """The blocks of one language of every page."""
    for page in PAGES:
        for found, content in BLOCK.findall(page.read_text(encoding="utf-8")):
            if found == language:
                yield page, content


def names(found: list[tuple[Path, str]]) -> list[str]:
    return [f"{page.stem}-{i}" for i, (page, _) in enumerate(found)]


PYTHON, TOML = list(blocks("python")), list(blocks("toml"))


def test_there_are_examples() -> None:
    assert len(PYTHON) >= 3
    assert len(TOML) >= 3


@pytest.mark.parametrize(("page", "script"), PYTHON, ids=names(PYTHON))
def test_python_examples_run(page: Path, script: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "promotion-week", tmp_path / "examples" / "promotion-week")
    # A process of its own: some examples register rules.
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "error", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{page}: {done.stderr}"


@pytest.mark.parametrize(("page", "text"), TOML, ids=names(TOML))
def test_toml_examples_are_read(page: Path, text: str) -> None:
    assert tomllib.loads(text), page


def test_commands_and_options_exist(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    commands = set(re.findall(r"`csshift ([a-z]+)", text))
    assert {"solve", "check", "import"} <= commands
    assert main(["--help"]) == 0
    known = capsys.readouterr().out
    for command in sorted(commands):
        assert main([command, "--help"]) == 0, command
        known += capsys.readouterr().out
    others = {"--slow", "--strict"}
    options = set(re.findall(r"`[^`\n]*?(--[a-z][a-z-]+)", text)) - others
    assert {option for option in options if option not in known} == set()


def test_every_page_is_in_the_navigation() -> None:
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r"[\w/-]+\.md", settings))
    assert {page.relative_to(ROOT / "docs").as_posix() for page in PAGES} <= listed


def test_the_glossary_is_in_order() -> None:
    text = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8").split("## Glossary")[1]
    terms = re.findall(r"^(\S.*)\n:   ", text, re.MULTILINE)
    assert terms == sorted(terms, key=str.lower)
    assert {"bound", "neighbourhood", "recourse", "roster grid"} <= set(terms)


def test_settings_of_the_reference_are_known() -> None:
    hook = (ROOT / "docs" / "hooks" / "reference.py").read_text(encoding="utf-8")
    models = re.findall(r'^    "(\w+)": "`', hook, re.MULTILINE)
    assert models
    assert set(models) <= schema()["$defs"].keys()


HEADINGS = {"Notes", "Shortage", "Duties", "Wishes", "People", "Roster"}


def repeatable(text: str) -> list[str]:
    """Return what a run prints whatever roster it finds: headings, demand, dates, shifts."""
    lines = [line.rstrip() for line in text.splitlines()]
    found = [line for line in lines if line in HEADINGS or line.startswith("The files are in")]
    found += re.findall(
        r"^Every hard rule holds\. [\d.]+ head-hours are required", text, re.MULTILINE
    )
    found += re.findall(r"[\d,]+ inquiries come", text)
    found += re.findall(r"^(?:after|pre)-sale +[\d.]+", text, re.MULTILINE)
    found += [line for line in lines if (" paid" in line and ":" in line) or "required h" in line]
    found += [
        line for line in lines if (line.endswith(" |") and "Sa" in line) or "2026-03  |" in line
    ]
    return [lines[0], *sorted(found)]  # the skill that lacks more comes first


def test_the_output_in_the_quick_start_is_that_of_its_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "84")
    assert main(["init", "my-shop"]) == 0
    capsys.readouterr()
    assert main(["solve", "my-shop", "--time-limit", "5"]) == 0
    page = (ROOT / "docs" / "quick-start.md").read_text(encoding="utf-8")
    (shown,) = (text for kind, text in BLOCK.findall(page) if text.startswith("A week in spring"))
    expected = repeatable(shown)
    assert len(expected) > 15
    assert repeatable(capsys.readouterr().out) == expected
