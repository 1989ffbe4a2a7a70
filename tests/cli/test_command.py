"""The command: arguments, exit statuses, and what goes to which stream."""

from __future__ import annotations

import json
import re
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from csshift.cli.main import main
from csshift.errors import EngineError, MissingExtraError
from csshift.io.template import write_template
from csshift.model.result import Progress, Result, Status
from csshift.model.roster import Assignment, Roster
from csshift.model.score import Finding, Score
from csshift.problem import Problem

Solver = Callable[..., Result]
ROSTER = Roster(assignments=(Assignment(agent_id="A01", date="2026-03-16", shift="早"),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that ``csshift init`` writes."""
    write_template(tmp_path / "spring")
    return tmp_path / "spring"


@pytest.fixture
def planner(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """Put a function in the place of the planner's."""

    def replace(name: str, function: Any) -> None:
        module = ModuleType(f"csshift.planner.{name}")
        setattr(module, name, function)
        monkeypatch.setitem(sys.modules, module.__name__, module)

    return replace


def returning(status: Status, roster: Roster | None = ROSTER, **fields: Any) -> Solver:
    score = None if roster is None else Score(objective=5.0, penalties={"surplus": 5.0})
    found = Result(status=status, roster=roster, score=score, **fields)
    return lambda problem, **options: found


def fail(error: BaseException) -> Solver:
    def solver(problem: Problem, **options: Any) -> Result:
        raise error

    return solver


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line on standard error, nothing being on standard output."""
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.endswith("\n")
    assert shown.err.count("\n") == 1
    assert "Traceback" not in shown.err
    return shown.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("solve {} --time-limit nan", "'--time-limit': nan is not above 0"),
        ("solve {} --time-limit 0", "'--time-limit': 0 is not above 0"),
        ("solve {} --time-limit -3", "'--time-limit': -3 is not above 0"),
        ("solve {} --time-limit inf", "'--time-limit': inf"),
        ("solve {} --time-limit 1e300", "at most 1,000,000 seconds"),
        ("solve {} --time-limit soon", "'--time-limit'"),
        ("solve {} --seed -1", "'--seed': -1 is not a whole number from 0 to 2,147,483,647"),
        ("solve {} --seed 1.5", "'--seed': 1.5 is not a whole number"),
        ("solve {} --seed x", "'--seed': x is not a whole number"),
        ("solve {} --workers 0", "'--workers': 0 is not a whole number from 1 to 256"),
        ("solve {} --workers -1", "'--workers': -1 is not a whole number"),
        ("solve {} --workers 2.5", "'--workers': 2.5 is not a whole number"),
        ("solve {} --workers 1000000", "'--workers': 1000000 is not a whole number"),
        ("solve {} --gap 1", "'--gap': 1 is not a share"),
        ("solve {} --gap nan", "'--gap': nan is not a share"),
        ("solve {} --gap -0.1", "'--gap'"),
        ("solve {} --outt x", "--out"),
        ("solve {} again", "unexpected extra argument"),
        ("solve", "'FOLDER'"),
        ("solve {}/nowhere", "there is no such folder"),
        ("solve {}/agents.csv", "not a folder"),
        ("solve {} --out {}/agents.csv", "a file is where a folder is needed"),
        ("solve {} --out {}/agents.csv/deeper", "a file is where a folder is needed"),
        ("check {}", "'--roster'"),
        ("check {} --roster {}/nowhere.csv", "nowhere.csv"),
        ("init {}/agents.csv", "agents.csv"),
        ("slove {}", "'slove'"),
        ("--versoin", "--version"),
        ("schema extra", "unexpected extra argument"),
    ],
)
def test_bad_arguments_take_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, words: str
) -> None:
    words_given = [word.replace("{}", str(folder)) for word in arguments.split()]
    assert main(words_given) == 2
    assert words in one_line(capsys)
    assert not (folder / "result").exists()


def test_every_fault_of_the_input_takes_a_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / "leave.csv").open("a") as file:
        file.write("nobody,2026-03-16,\nA01,2030-13-01,\n")
    assert main(["solve", str(folder)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("csshift: leave.csv, line ") for line in lines)


def test_faults_of_roster_and_duties_are_told_together(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "r.csv").write_text("agent_id,date,shift\nnobody,2026-03-16,早\n")
    (folder / "d.csv").write_text("date,duty,stores,agent_id,start,end\n2026-03-16,tea,,A01,,\n")
    files = ["--roster", str(folder / "r.csv"), "--duties", str(folder / "d.csv")]
    assert main(["check", str(folder), *files]) == 2
    shown = capsys.readouterr().err
    assert "'nobody'" in shown
    assert "'tea'" in shown


def test_control_characters_in_arguments_reach_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["solve", "a\x1b[31m\nb\udcff"]) == 2
    shown = one_line(capsys)
    assert "there is no such folder" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("status", "code"), [("optimal", 0), ("feasible", 0), ("infeasible", 3), ("unknown", 4)]
)
def test_the_exit_status_says_what_came_of_it(
    folder: Path,
    planner: Callable[[str, Any], None],
    capsys: pytest.CaptureFixture[str],
    status: Status,
    code: int,
) -> None:
    found = code == 0
    conflicts = ("min-rest", "pins [b]") if status == "infeasible" else ()
    planner("solve", returning(status, ROSTER if found else None, conflicts=conflicts))
    assert main(["solve", str(folder), "--quiet"]) == code
    shown = capsys.readouterr()
    stream, other = (shown.out, shown.err) if found else (shown.err, shown.out)
    words = {"optimal": "this is proven", "feasible": "How much better another roster could be"}
    assert words.get(status, status.capitalize()) in stream
    assert other == ""
    for rule in conflicts:
        assert f"- {rule}\n" in shown.err
    written = {file.name for file in (folder / "result").iterdir()}
    assert ("roster.csv" in written) == found
    assert json.loads((folder / "result" / "result.json").read_text())["status"] == status


def test_options_reach_the_planner(
    folder: Path, tmp_path: Path, planner: Callable[[str, Any], None]
) -> None:
    given: dict[str, Any] = {}

    def solver(problem: Problem, **options: Any) -> Result:
        given.update(options, agents=len(problem.agents))
        return returning("feasible")(problem)

    planner("solve", solver)
    out = tmp_path / "deep" / "roster"
    options = "--time-limit 2.5 --seed 7 --workers 3 --gap 0.01 --reproducible -q"
    assert main(["solve", str(folder), "--out", str(out), *options.split()]) == 0
    assert isinstance(given.pop("stop"), threading.Event)
    assert callable(given.pop("on_progress"))
    assert given == {
        "time_limit": 2.5,
        "seed": 7,
        "workers": 3,
        "gap": 0.01,
        "reproducible": True,
        "agents": 6,
    }
    assert (out / "roster.csv").read_text() == "agent_id,date,shift\nA01,2026-03-16,早\n"
    assert main(["solve", str(folder)]) == 0
    defaults = (given["time_limit"], given["seed"], given["workers"], given["gap"])
    assert defaults == (60.0, 0, None, 0.0)
    assert not given["reproducible"]
    assert (folder / "result" / "result.json").is_file()


def test_progress_goes_to_standard_error_and_not_with_quiet(
    folder: Path, planner: Callable[[str, Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def solver(problem: Problem, *, on_progress: Any, **options: Any) -> Result:
        if on_progress is not None:
            on_progress(Progress(seconds=1.5, stage="relaxation", bound=3.0))
        return returning("feasible")(problem)

    planner("solve", solver)
    assert main(["solve", str(folder)]) == 0
    shown = capsys.readouterr()
    assert shown.err == "   1.5 s  no roster yet\n"
    assert main(["solve", str(folder), "--verbose"]) == 0
    assert capsys.readouterr().err == "   1.5 s  relaxation  bound 3\n"
    assert "relaxation" not in shown.out
    assert main(["solve", str(folder), "--quiet"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("roster", [ROSTER, None])
def test_an_interrupted_search_is_written_and_exits_with_130(
    folder: Path,
    planner: Callable[[str, Any], None],
    capsys: pytest.CaptureFixture[str],
    roster: Roster | None,
) -> None:
    def solver(problem: Problem, *, stop: threading.Event, **options: Any) -> Result:
        stop.set()
        return returning("unknown" if roster is None else "feasible", roster)(problem)

    planner("solve", solver)
    assert main(["solve", str(folder), "--quiet"]) == 130
    assert "csshift: interrupted; " in capsys.readouterr().err
    written = json.loads((folder / "result" / "result.json").read_text())
    assert written["status"] == ("unknown" if roster is None else "feasible")
    assert (folder / "result" / "roster.csv").exists() == (roster is not None)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (EngineError("the checker rejects\nthe roster"), 70, "EngineError: the checker rejects"),
        (ZeroDivisionError(), 70, "internal error: ZeroDivisionError; set CSSHIFT_TRACEBACK=1"),
        (MissingExtraError("pandas", "frames"), 2, "pip install 'csshift[frames]'"),
    ],
)
def test_failures_take_one_line(
    folder: Path,
    planner: Callable[[str, Any], None],
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    words: str,
) -> None:
    planner("solve", fail(error))
    assert main(["solve", str(folder), "-q"]) == code
    assert words in one_line(capsys)


def test_an_interruption_outside_the_search_is_silent(
    folder: Path, planner: Callable[[str, Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    planner("solve", fail(KeyboardInterrupt()))
    assert main(["solve", str(folder), "-q"]) == 130
    assert capsys.readouterr() == ("", "")


def test_the_traceback_of_an_internal_error_can_be_asked_for(
    folder: Path, planner: Callable[[str, Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSSHIFT_TRACEBACK", "1")
    planner("solve", fail(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        main(["solve", str(folder), "-q"])


def test_the_summary_is_shown_even_when_the_files_cannot_be_written(
    folder: Path, planner: Callable[[str, Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def solver(problem: Problem, **options: Any) -> Result:
        (folder / "result" / "roster.csv").mkdir(parents=True)
        return returning("feasible")(problem)

    planner("solve", solver)
    assert main(["solve", str(folder), "-q"]) == 2
    shown = capsys.readouterr()
    assert "Roster" in shown.out
    assert "this is a folder, and a file is to be written here" in shown.err
    saved = re.search(r"and is in (\S+) instead", shown.err)
    assert saved is not None
    kept = Path(saved[1])
    assert (kept / "roster.csv").read_text() == "agent_id,date,shift\nA01,2026-03-16,早\n"
    shutil.rmtree(kept)


@pytest.mark.parametrize("violated", [False, True])
def test_check_tells_violations_by_its_exit_status(
    folder: Path,
    planner: Callable[[str, Any], None],
    capsys: pytest.CaptureFixture[str],
    violated: bool,
) -> None:
    (folder / "r.csv").write_text("agent_id,date,shift\nA01,2026-03-16,早\n")
    (folder / "d.csv").write_text(
        "date,duty,stores,agent_id,start,end\n2026-03-16,payment-reminder,S1,A01,,\n"
    )
    judged: list[Roster] = []

    def judge(problem: Problem, roster: Roster) -> Score:
        judged.append(roster)
        findings = (Finding(rule="min-rest", agent_id="A01", text="too short"),)
        return Score(objective=1, penalties={}, violations=findings if violated else ())

    planner("check", judge)
    files = ["--roster", str(folder / "r.csv"), "--duties", str(folder / "d.csv")]
    assert main(["check", str(folder), *files]) == int(violated)
    assert judged[0].assignments == ROSTER.assignments
    assert [turn.agent_id for turn in judged[0].duties] == ["A01"]
    shown = capsys.readouterr()
    assert shown.err == ""
    assert ("- min-rest: A01: too short" in shown.out) == violated
    assert ("Every hard rule holds." in shown.out) != violated


def test_init_writes_a_folder_that_solve_reads(
    tmp_path: Path, planner: Callable[[str, Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "my problem"
    assert main(["init", str(place)]) == 0
    assert f"csshift solve '{place}'" in capsys.readouterr().out
    planner("solve", returning("feasible"))
    assert main(["solve", str(place), "-q"]) == 0
    before = (place / "agents.csv").read_bytes()
    assert main(["init", str(place)]) == 2
    assert (place / "agents.csv").read_bytes() == before


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert {"problem", "result", "rules", "problem_folder"} <= set(described)
    assert "min-rest" in described["rules"]


def test_help_explains_every_command_and_the_exit_statuses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0
    general = capsys.readouterr().out
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == general
    for command in ("solve", "check", "schema", "init"):
        assert f"  {command} " in general
        assert main([command, "--help"]) == 0
        assert "Usage: csshift " + command in capsys.readouterr().out
    assert "Exit status: 0" in general


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    import csshift

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"csshift {csshift.__version__}\n"


def test_a_year_of_leave_and_last_months_roster_are_taken_as_they_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "leave.csv").write_text(
        "agent_id,date,kind,hours\nA01,2025-05-01,annual,\nA01,2026-12-24,annual,14:00-24:00\n"
    )
    (folder / "history.csv").write_text(
        "agent_id,date,shift\nA99,2026-03-14,早\nA01,2026-03-15,X\nA02,2026-03-15,早\n"
    )
    assert main(["solve", str(folder), "--time-limit", "4", "--workers", "1"]) == 0
    assert "not among the agents: A99" in capsys.readouterr().out.replace("\n", " ")
    written = json.loads((folder / "result" / "result.json").read_text(encoding="utf-8"))
    notes = {note["code"]: note for note in written["notes"]}
    assert notes["history-unknown-agents"]["agents"] == ["A99"]
    assert notes["history-unknown-shifts"]["shifts"] == ["X"]


def test_solve_and_check_show_what_the_problem_says_in_vain(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / "requests.csv").open("a") as file:
        file.write("A01,2030-01-01,off,,1\n")
    with (folder / "problem.toml").open("a") as file:
        file.write('\n[[rules]]\nkind = "max-weekends"\ncount = 0\nname = "idle"\n')
        file.write('agents = { skills = ["hotline"] }\n')
    out = folder / "r"
    assert main(["solve", str(folder), "--out", str(out), "--time-limit", "5", "--quiet"]) == 0
    shown = capsys.readouterr().out
    assert main(["check", str(folder), "--roster", str(out / "roster.csv")]) in (0, 1)
    for text in (shown, capsys.readouterr().out):
        plain = " ".join(text.split())
        assert "rows of requests.csv lies outside 2026-03-16 to 2026-03-22 and was left" in plain
        assert "('idle', max-weekends) binds nobody: no agent matches skills = 'hotline'" in plain
    codes = [note["code"] for note in json.loads((out / "result.json").read_text())["notes"]]
    assert [code for code in codes if code.startswith("r")] == ["rule-binds-nobody", "rows-outside"]
