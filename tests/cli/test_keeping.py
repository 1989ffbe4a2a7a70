"""What a search has found is kept, whatever fails afterwards."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from csshift.cli import reporting, solving
from csshift.cli.main import main
from csshift.errors import EngineError, Fault, InputError
from csshift.io import writing
from csshift.io.template import write_template
from csshift.model.result import Result
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.model.score import Score
from csshift.problem import Problem

ROSTER = Roster(
    assignments=(Assignment(agent_id="A01", date="2026-03-16", shift="早"),),
    duties=(DutyTurn(date="2026-03-16", duty="payment-reminder", agent_id="A01"),),
)
TABLE = "agent_id,date,shift\nA01,2026-03-16,早\n"
FOUND = Result(status="feasible", roster=ROSTER, score=Score(objective=5, penalties={}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "spring")
    return tmp_path / "spring"


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Callable[[Result | Exception], None]:
    """Let the search end with a result or an exception."""

    def put(outcome: Result | Exception) -> None:
        def solve(problem: Problem, **options: Any) -> Result:
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        module = ModuleType("csshift.planner.solve")
        module.solve = solve  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)

    return put


Finds = Callable[[Result | Exception], None]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(("status", "code"), [("unknown", 4), ("infeasible", 3)])
def test_a_run_that_finds_nothing_leaves_the_earlier_result_and_its_reports(
    folder: Path, finds: Finds, capsys: pytest.CaptureFixture[str], status: str, code: int
) -> None:
    pytest.importorskip("jinja2")
    finds(FOUND)
    assert main(["solve", str(folder), "-q", "--report", "html"]) == 0
    before = files(folder / "result")
    assert "report.html" in before
    finds(Result.model_validate({"status": status, "conflicts": ["min-rest"]}))
    capsys.readouterr()
    assert main(["solve", str(folder), "-q"]) == code
    assert "kept the earlier result in" in capsys.readouterr().err
    after = files(folder / "result")
    assert json.loads(after.pop("unsolved.json"))["status"] == status
    assert after == before
    finds(FOUND)
    assert main(["solve", str(folder), "-q"]) == 0
    assert "moved 1 earlier report to" in capsys.readouterr().err
    assert set(files(folder / "result")) == set(before) - {"report.html"}
    assert files(folder / "result" / "previous") == {"report.html": before["report.html"]}


def test_a_report_that_fails_costs_no_roster(
    folder: Path,
    finds: Finds,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("jinja2")
    pytest.importorskip("icalendar")

    def fail(*_: object) -> None:
        raise ZeroDivisionError("no hours")

    monkeypatch.setitem(reporting.KINDS, "html", reporting.KINDS["html"]._replace(write=fail))
    finds(FOUND)
    assert main(["solve", str(folder), "-q", "--report", "html,ics"]) == 0
    shown = capsys.readouterr()
    assert shown.err.startswith("csshift: report.html could not be made: no hours; csshift report")
    assert shown.err.count("\n") == 1
    assert (folder / "result" / "roster.csv").read_text() == TABLE
    assert (folder / "result" / "calendars" / "A01.ics").is_file()


def test_a_summary_that_fails_costs_no_roster(
    folder: Path,
    finds: Finds,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("csshift.report.terminal.result_summary", fail)
    finds(FOUND)
    assert main(["solve", str(folder), "-q"]) == 0
    assert "the summary could not be shown: ZeroDivisionError" in capsys.readouterr().err
    assert (folder / "result" / "roster.csv").read_text() == TABLE


@pytest.mark.parametrize(
    ("error", "code"),
    [(InputError([Fault("result", "the files cannot be written")]), 2), (MemoryError(), 70)],
)
@pytest.mark.parametrize("always", [False, True])
def test_a_result_that_cannot_be_written_is_kept_elsewhere(
    folder: Path,
    finds: Finds,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: int,
    always: bool,
) -> None:
    write = writing.write_result

    def fail(result: Result, problem: Problem, target: Path, **options: Any) -> Path:
        if always or target == folder / "result":
            raise error
        return write(result, problem, target, **options)

    monkeypatch.setattr(writing, "write_result", fail)
    finds(FOUND)
    assert main(["solve", str(folder), "-q"]) == code
    shown = capsys.readouterr()
    place = re.search(r"and is in (\S+) instead", shown.err)
    assert place is not None
    kept = Path(place[1])
    assert (kept / "roster.csv").read_text() == TABLE
    assert (kept / "result.json").exists() != always
    shutil.rmtree(kept)
    assert not (folder / "result").exists()


def test_a_rejected_roster_can_be_looked_into(
    folder: Path, finds: Finds, capsys: pytest.CaptureFixture[str]
) -> None:
    finds(FOUND)
    assert main(["solve", str(folder), "-q"]) == 0
    before = files(folder / "result")
    finds(EngineError("the checker rejects the roster", ROSTER))
    capsys.readouterr()
    assert main(["solve", str(folder), "-q"]) == 70
    told = capsys.readouterr().err.splitlines()
    assert "the rejected roster is in" in told[0]
    assert "EngineError: the checker rejects the roster" in told[1]
    after = files(folder / "result")
    assert after.pop("rejected.csv").decode() == TABLE
    assert b"payment-reminder" in after.pop("rejected_duties.csv")
    assert after == before
    finds(FOUND)
    assert main(["solve", str(folder), "-q"]) == 0
    assert "rejected.csv" not in files(folder / "result")


@pytest.mark.parametrize("trouble", ["link", "loop", "roster.csv", "calendars", "disk"])
def test_an_out_that_cannot_be_written_is_found_before_the_search(
    folder: Path,
    finds: Finds,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
) -> None:
    out = folder / "out"
    if trouble in ("link", "loop"):
        out.symlink_to("nowhere" if trouble == "link" else "out")
    elif trouble == "disk":
        monkeypatch.setattr(solving, "BYTES_OF_AN_INTERVAL", 10**15)
    elif trouble == "roster.csv":
        (out / trouble).mkdir(parents=True)
    else:
        pytest.importorskip("icalendar")
        out.mkdir()
        (out / trouble).touch()
    finds(AssertionError("the search has begun"))
    words = ["--report", "ics"] if trouble == "calendars" else []
    assert main(["solve", str(folder), "-q", "--out", str(out), *words]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert str(out) in shown


def test_leftovers_of_killed_runs_are_cleaned_up(folder: Path, finds: Finds) -> None:
    left = folder / "result" / ".csshift-writing-abc"
    left.mkdir(parents=True)
    (left / "roster.csv.part").write_text("half")
    finds(Result(status="unknown"))
    assert main(["solve", str(folder), "-q"]) == 4
    assert set(files(folder / "result")) == {"result.json"}
    assert not left.exists()
