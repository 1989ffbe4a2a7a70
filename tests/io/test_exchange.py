"""A result folder is one thing: killed at any moment, it is the earlier result or the new one."""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path

import pytest
from killing import before_each_operation, content, kill, no_space

from csshift.errors import InputError
from csshift.io import exchange
from csshift.io.exchange import STAGING_PREFIX, locked, settle, steady
from csshift.io.files import prepared_folder, write_file, write_together
from csshift.io.reading import load
from csshift.io.template import write_template
from csshift.io.writing import write_result
from csshift.model.result import Result
from csshift.model.roster import Assignment, Roster
from csshift.planner.results import load_result
from csshift.problem import Problem

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills child processes")

CALENDAR = b"BEGIN:VCALENDAR\r\nPRODID:-//csshift//shifts//EN\r\n"
FIRST_REPORTS = {
    "report.html": b"<p>first",
    "roster.xlsx": b"first book",
    "calendars/A01.ics": CALENDAR + b"first",
    "calendars/A02.ics": CALENDAR + b"first",
}
SECOND_REPORTS = {"report.html": b"<p>second", "calendars/A01.ics": CALENDAR + b"second"}
OWN = {"mine.txt": b"kept", "calendars/holidays.ics": b"BEGIN:VCALENDAR\r\n"}


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    folder = tmp_path_factory.mktemp("problem")
    write_template(folder)
    return load(folder)


def result(problem: Problem, shift: str, status: str = "feasible") -> Result:
    worked = Assignment(agent_id="A01", date=problem.horizon.start, shift=shift)
    return Result.model_validate(
        {"status": status, "roster": Roster(assignments=(worked,)), "versions": {"shift": shift}}
    )


def first(problem: Problem, folder: Path) -> None:
    write_result(result(problem, "早"), problem, folder, reports=FIRST_REPORTS)


def second(problem: Problem, folder: Path) -> None:
    write_result(result(problem, "晚"), problem, folder, reports=SECOND_REPORTS)


@pytest.fixture(autouse=True)
def unflushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the disk: what a killed process wrote is seen by others without a flush."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


class Place:
    """A folder with the first result and files of somebody's own, made again and again."""

    def __init__(self, problem: Problem, place: Path) -> None:
        self.folder = place / "out"
        self.model = place / "model"
        first(problem, self.model)
        for name, own in OWN.items():
            (self.model / name).write_bytes(own)
        self.before = content(self.model)
        second(problem, self.anew())
        self.after = content(self.folder)

    def anew(self) -> Path:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.model, self.folder)
        return self.folder


@pytest.fixture
def place(problem: Problem, tmp_path: Path) -> Place:
    return Place(problem, tmp_path)


def leftovers(folder: Path) -> list[Path]:
    return [*folder.rglob(f"{STAGING_PREFIX}*"), *(p for p in folder.rglob("*") if p.is_symlink())]


def test_nothing_of_the_earlier_result_stays_beside_the_new_one(place: Place) -> None:
    earlier = {"roster.xlsx", "calendars/A02.ics"}
    assert set(place.after) == set(place.before) - earlier | {f"previous/{n}" for n in earlier}
    for name in earlier:
        assert place.after[f"previous/{name}"] == FIRST_REPORTS[name]
    for name, report in (SECOND_REPORTS | OWN).items():
        assert place.after[name] == report
    assert not leftovers(place.folder)


def test_killed_before_any_operation_the_folder_is_whole(problem: Problem, place: Place) -> None:
    """Looked at with nothing but open(): old or new, and the next run tidies up."""
    states = []
    for folder in before_each_operation(lambda path: second(problem, path), place.anew):
        found = content(folder)
        assert found in (place.before, place.after)
        states.append(found == place.after)
        second(problem, folder)
        assert {name: content(folder)[name] for name in place.after} == place.after
        assert not leftovers(folder)
    assert len(states) > 100
    assert states == sorted(states), "one moment separates old from new"
    assert {True, False} == set(states)


def test_a_reader_settles_what_a_killed_run_left(problem: Problem, place: Place) -> None:
    for folder in before_each_operation(lambda path: second(problem, path), place.anew, every=5):
        found = content(folder)
        with steady(folder):
            assert content(folder) == found
        assert not leftovers(folder)


def test_an_operation_that_fails_leaves_the_folder_whole(problem: Problem, place: Place) -> None:
    def act(folder: Path) -> None:
        try:
            second(problem, folder)
        except InputError:
            (folder / "refused").touch()

    refused = 0
    for folder in before_each_operation(act, place.anew, no_space, every=2):
        found = content(folder)
        if found.pop("refused", None) is None:
            assert found == place.after
        else:
            refused += 1
            assert found == place.before
    assert refused > 30


def test_without_links_the_next_run_completes_what_was_decided(
    problem: Problem, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", no_links)
    monkeypatch.setattr(os, "link", no_links)
    states = []
    for folder in before_each_operation(lambda path: second(problem, path), place.anew):
        settle(folder)
        found = content(folder)
        assert found in (place.before, place.after)
        assert not leftovers(folder)
        states.append(found == place.after)
    assert states == sorted(states)
    assert {True, False} == set(states)


@pytest.mark.slow
def test_a_kill_while_a_kill_is_being_settled(problem: Problem, place: Place) -> None:
    halfway = []
    for number, folder in enumerate(
        before_each_operation(lambda path: second(problem, path), place.anew)
    ):
        if number % 23 == 0 and leftovers(folder):
            halfway.append(shutil.copytree(folder, folder.with_name(f"h{number}"), symlinks=True))
    assert halfway
    for broken in halfway:
        whole = content(broken)

        def again(broken: Path = broken) -> Path:
            shutil.rmtree(place.folder)
            return Path(shutil.copytree(broken, place.folder, symlinks=True))

        for folder in before_each_operation(settle, again, kill):
            assert content(folder) == whole


def test_a_result_without_a_roster_leaves_the_earlier_one_whole(
    problem: Problem, place: Place
) -> None:
    folder = place.anew()
    for status in ("unknown", "infeasible"):
        bare = Result.model_validate({"status": status, "conflicts": ["min-rest"]})
        assert write_result(bare, problem, folder) == folder / "unsolved.json"
        found = content(folder)
        assert json.loads(found.pop("unsolved.json"))["status"] == status
        assert found == place.before
    write_result(bare, problem, folder, reports={"report.html": b"<p>why"})
    assert content(folder)["unsolved.html"] == b"<p>why"
    assert content(folder)["report.html"] == FIRST_REPORTS["report.html"]
    second(problem, folder)
    assert content(folder) == place.after


def test_a_result_without_a_roster_replaces_another_one(problem: Problem, tmp_path: Path) -> None:
    for status in ("unknown", "infeasible"):
        place = write_result(Result.model_validate({"status": status}), problem, tmp_path)
        assert content(tmp_path).keys() == {"result.json"}
        assert json.loads(place.read_bytes())["status"] == status


def test_earlier_reports_in_previous_are_of_one_result(problem: Problem, tmp_path: Path) -> None:
    first(problem, tmp_path)
    second(problem, tmp_path)
    write_result(result(problem, "早"), problem, tmp_path)
    found = content(tmp_path)
    moved = {name for name in found if name.startswith("previous/")}
    assert moved == {f"previous/{name}" for name in SECOND_REPORTS}
    assert not (tmp_path / "calendars").exists()


def test_a_link_in_place_of_a_file_is_replaced_and_its_target_left(
    problem: Problem, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "elsewhere.csv").write_text("theirs")
    (out / "roster.csv").symlink_to("../elsewhere.csv")
    (out / "duties.csv").symlink_to("nowhere")
    second(problem, out)
    assert (tmp_path / "elsewhere.csv").read_text() == "theirs"
    assert not leftovers(out)


def test_names_of_a_hostile_journal_do_not_leave_the_folder(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    staging = tmp_path / "out" / f"{STAGING_PREFIX}1"
    (staging / "committed").mkdir(parents=True)
    names = ["../victim", str(victim)]
    (staging / "journal.json").write_text(json.dumps({"files": names, "stale": names}))
    settle(tmp_path / "out")
    assert victim.read_text() == "x"
    assert not leftovers(tmp_path / "out")


def test_two_writers_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fcntl")
    monkeypatch.setattr(exchange, "LOCK_SECONDS", 0.1)
    with locked(tmp_path), pytest.raises(InputError, match="another csshift process is writing"):
        write_file(tmp_path / "a", b"1")
    sets = [{name: str(number).encode() for name in "abc"} for number in range(4)]
    monkeypatch.setattr(exchange, "LOCK_SECONDS", 60.0)

    def write(files: dict[str, bytes]) -> None:
        for _ in range(5):
            write_together(tmp_path, files, last="a")

    threads = [threading.Thread(target=write, args=(files,)) for files in sets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert content(tmp_path) in sets
    assert not leftovers(tmp_path)


def test_a_reader_never_meets_two_results_at_once(tmp_path: Path) -> None:
    sets = [{name: str(number).encode() * 9 for name in "abc"} for number in range(2)]
    write_together(tmp_path, sets[0], last="a")
    over = threading.Event()

    def write() -> None:
        for number in range(40):
            write_together(tmp_path, sets[number % 2], last="a")
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not over.is_set():
        with steady(tmp_path):
            assert content(tmp_path) in sets
    writer.join()


def test_a_single_file_is_never_away(tmp_path: Path) -> None:
    def anew() -> Path:
        (tmp_path / "a").write_bytes(b"old")
        return tmp_path

    def act(folder: Path) -> None:
        write_file(folder / "a", b"new")

    states = {content(folder)["a"] for folder in before_each_operation(act, anew)}
    assert states == {b"old", b"new"}


def test_a_killed_run_is_read_back(problem: Problem, place: Place) -> None:
    for folder in before_each_operation(lambda path: second(problem, path), place.anew, every=11):
        shift = load_result(problem, folder).versions["shift"]
        assert shift in (folder / "roster.csv").read_text("utf-8")


@pytest.mark.parametrize("trouble", ["link", "loop", "file", "below a file", "taken", "calendars"])
def test_a_folder_that_cannot_be_written_is_found_before(tmp_path: Path, trouble: str) -> None:
    out = tmp_path / "out"
    if trouble == "link":
        out.symlink_to("nowhere")
    elif trouble == "loop":
        out.symlink_to("out")
    elif trouble == "file":
        out.touch()
    elif trouble == "below a file":
        out.touch()
        out /= "deeper"
    elif trouble == "taken":
        (out / "roster.csv").mkdir(parents=True)
    else:
        out.mkdir()
        (out / "calendars").touch()
    before = sorted(tmp_path.rglob("*"))
    names = ["roster.csv", "calendars/A01.ics"]
    with pytest.raises(InputError) as caught, prepared_folder(out, names):
        pytest.fail("it was taken for a folder that can be written to")
    assert str(tmp_path / "out") in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_is_found_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        pytest.raises(InputError, match="MB are free"),
        prepared_folder(tmp_path / "o", [], 10**18),
    ):
        pytest.fail("there is no such disk")
    monkeypatch.setattr(exchange.os, "fsync", lambda _: no_space())
    with pytest.raises(InputError, match="No space left"), prepared_folder(tmp_path, []):
        pytest.fail("nothing can be written")
    assert list(tmp_path.iterdir()) == []


def test_a_prepared_folder_goes_when_nothing_was_written(tmp_path: Path) -> None:
    with prepared_folder(tmp_path / "a" / "b", ["x"]):
        assert (tmp_path / "a" / "b").is_dir()
    assert list(tmp_path.iterdir()) == []
    with prepared_folder(tmp_path / "a" / "b", ["x"]):
        write_file(tmp_path / "a" / "b" / "x", b"1")
    assert (tmp_path / "a" / "b" / "x").read_bytes() == b"1"
