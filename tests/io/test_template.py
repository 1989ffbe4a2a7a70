"""The folder that `csshift init` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from csshift.errors import InputError
from csshift.io.layout import PROBLEM_TABLES
from csshift.io.reading import load
from csshift.io.template import write_template


def test_it_shows_what_a_folder_can_hold(tmp_path: Path) -> None:
    names = write_template(tmp_path / "new" / "folder")
    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == set(names)
    problem = load(tmp_path / "new" / "folder")
    assert len(problem.agents) == 6
    assert len(problem.shifts) == 3
    assert {cell.skill for cell in problem.forecast} == {"pre-sale", "after-sale"}
    assert {cell.date for cell in problem.forecast} == set(problem.horizon.dates)
    assert [duty.name for duty in problem.duties] == ["payment-reminder"]
    assert problem.leave
    assert problem.requests
    assert any(not rule.hard for rule in problem.rules)


def test_the_readme_names_every_file_and_column(folder: Path) -> None:
    text = (folder / "README.txt").read_text("utf-8")
    for table in PROBLEM_TABLES:
        assert table.file in text
        for column in table.header:
            assert column in text or (table.name == "shifts" and column == "name")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "agents.csv").write_text("mine")
    (tmp_path / "README.txt").write_text("mine")
    with pytest.raises(InputError) as caught:
        write_template(tmp_path)
    assert [Path(fault.table).name for fault in caught.value.faults] == ["README.txt", "agents.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.txt", "agents.csv"]
    assert (tmp_path / "agents.csv").read_text() == "mine"


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="a file is where a folder is needed"):
        write_template(tmp_path / "file")
