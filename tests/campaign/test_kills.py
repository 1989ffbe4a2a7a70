"""Whatever ends a real run, the result folder is the earlier result whole or the new one whole."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from killing import before_each_operation, content, kill, not_ignored

import csshift
from csshift.cli.main import main
from csshift.io.exchange import STAGING_PREFIX

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills processes")
for extra in ("icalendar", "jinja2", "xlsxwriter"):
    pytest.importorskip(extra)

SEED = int(os.environ.get("CSSHIFT_CAMPAIGN_SEED", "0"))
KILLS = int(os.environ.get("CSSHIFT_CAMPAIGN_KILLS", "240"))
PARTS = 8
SIDES = {"old": 11, "new": 22}
"""The two results that take turns in a folder, and the seed of each."""

FILES = {
    "problem.toml": """[horizon]
start = 2026-03-16
days = 3
interval_minutes = 60
[[rules]]
kind = "min-rest"
[[duties]]
name = "SIDE-duty"
skill = "hotline"
window = "10:00-14:00"
""",
    "agents.csv": "agent_id,skills\nSIDE-a,hotline\nSIDE-b,hotline\n",
    "shifts.csv": "code,hours\nD,09:00-17:00\nL,12:00-20:00\n",
    "requirements.csv": "date,start,store,skill,heads\n"
    "2026-03-16,10:00,SIDE-store,hotline,1\n2026-03-17,13:00,SIDE-store,hotline,1\n",
}
REPORTS = {"report.html", "roster.xlsx", "calendars"}


class Arena:
    """A result folder in which results of two problems replace one another."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.out = place / "out"
        self.problems = {}
        for side in SIDES:
            (place / side).mkdir()
            for name, text in FILES.items():
                (place / side / name).write_text(text.replace("SIDE", side))
            self.problems[side] = csshift.load(place / side)
        self.names: dict[str, set[str]] = {}
        begin = time.monotonic()
        for side in ("new", "old"):
            self.complete(side)
            self.names[side] = set(self.found())
            assert {name.split("/")[0] for name in self.names[side]} > REPORTS
        self.seconds = (time.monotonic() - begin) / 2

    def words(self, side: str) -> list[str]:
        """Return the arguments of a run."""
        options = ["--time-limit", "20", "--workers", "1", "--seed", str(SIDES[side])]
        reports = ["--report", "html,excel,ics", "--lang", "en"]
        return ["solve", str(self.place / side), "--out", str(self.out), *options, *reports]

    def start(self, side: str) -> subprocess.Popen[bytes]:
        """Start a run of the command."""
        return subprocess.Popen(
            [sys.executable, "-m", "csshift", *self.words(side)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.place,
        )  # fmt: skip

    def complete(self, side: str) -> None:
        """Run the command undisturbed."""
        process = self.start(side)
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said

    def found(self) -> dict[str, bytes]:
        """Return the files of the result; what a run without a roster says does not count."""
        return {
            name: data
            for name, data in content(self.out).items()
            if not name.startswith(("previous/", "unsolved."))
        }

    def side(self) -> str:
        """Return whose result it is, after a look at every file."""
        found = self.found()
        # A roster with everybody off, of a run that had hardly begun, has tables without rows.
        filled = {name: data for name, data in found.items() if data.count(b"\n") != 1}
        sides = {name: whose(name, data) for name, data in filled.items()}
        (side,) = set(sides.values())
        assert set(found) == self.names[side]
        return side

    def settled(self) -> str:
        """Return whose result it is, after csshift has read it and removed what a kill left."""
        side = self.side()
        result = csshift.load_result(self.problems[side], self.out)
        assert result.roster is not None
        assert result.seed == SIDES[side]
        assert self.side() == side
        assert not list(self.out.rglob(f"{STAGING_PREFIX}*"))
        assert not [path for path in self.out.rglob("*") if path.is_symlink()]
        return side


def whose(name: str, data: bytes) -> str:
    """Return the side that a file belongs to; one that holds both, or a part, is an error."""
    if name == "result.json":
        seed = json.loads(data)["seed"]
        return next(side for side in SIDES if SIDES[side] == seed)
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(BytesIO(data)) as book:
            data = b"".join(book.read(part) for part in book.namelist())
    (side,) = [side for side in SIDES if f"{side}-".encode() in data]
    return side


def other(side: str) -> str:
    return "new" if side == "old" else "old"


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Arena:
    return Arena(tmp_path_factory.mktemp("kills"))


def kill_at_random(arena: Arena, rng: Random, moments: int) -> Counter[str]:
    """Kill runs at any moment, and as often soon after they began to write."""
    ends: Counter[str] = Counter()
    before = arena.settled()
    for moment in range(moments):
        process = arena.start(other(before))
        if moment % 2:
            until_it_writes(arena, process, rng.choice(("new/result.json", "current")))
            time.sleep(rng.choice((0, 0.001, 0.003, 0.01, 0.03)) * rng.random())
        else:
            time.sleep(rng.random() * arena.seconds)
        process.kill()
        _, said = process.communicate(timeout=60)
        assert b"Traceback" not in said
        after = arena.side()
        if moment % 3 == 0:
            assert arena.settled() == after  # else the next run removes what is left
        ended = "finished" if process.returncode == 0 else "killed"
        ends[f"{ended}, {'old' if after == before else 'new'} result"] += 1
        before = after
    arena.complete(other(before))
    assert arena.settled() == other(before)
    return ends


def until_it_writes(arena: Arena, process: subprocess.Popen[bytes], sign: str) -> None:
    """Wait until the staging folder holds `sign`: the new files, or the link that leads to them."""
    while process.poll() is None:
        if any(os.path.lexists(path / sign) for path in arena.out.glob(f"{STAGING_PREFIX}*")):
            return
        time.sleep(0.0002)


def test_killed_at_a_random_moment_a_run_leaves_a_whole_result(arena: Arena) -> None:
    kill_at_random(arena, Random(SEED), 3)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_random_moments_at_length(arena: Arena, part: int) -> None:
    ends = kill_at_random(arena, Random(SEED + 1000 + part), KILLS // PARTS)
    print(dict(ends))


def kill_before_operations(arena: Arena, every: int) -> Counter[str]:
    """Kill the whole command before its operations; the search itself is done beforehand."""
    before = arena.settled()
    side = other(before)
    model = arena.place / "model"
    shutil.rmtree(model, ignore_errors=True)
    shutil.copytree(arena.out, model)
    result = csshift.solve(arena.problems[side], time_limit=20, workers=1, seed=SIDES[side])

    def prepare() -> Path:
        shutil.rmtree(arena.out)
        shutil.copytree(model, arena.out)
        return arena.out

    def act(_: Path) -> None:
        import csshift.planner.solve

        csshift.planner.solve.solve = lambda *args, **options: result
        os.fsync = lambda _: None
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        assert main(arena.words(side)) == 0

    ends: Counter[str] = Counter()
    states = []
    for _ in before_each_operation(act, prepare, kill, every):
        after = arena.side()
        assert arena.settled() == after
        states.append(after == side)
        ends["new" if states[-1] else "old"] += 1
    assert states[-1]
    assert states == sorted(states), "one moment separates old from new"
    return ends


def test_killed_before_some_file_operations_a_run_leaves_a_whole_result(arena: Arena) -> None:
    assert len(kill_before_operations(arena, 60)) == 2


@pytest.mark.slow
def test_killed_before_every_file_operation_a_run_leaves_a_whole_result(arena: Arena) -> None:
    ends = kill_before_operations(arena, 1)
    print(dict(ends))
    assert ends.total() > 200


def interrupt_at_random(arena: Arena, rng: Random, moments: int) -> Counter[str]:
    """Send a signal, often twice, at any moment from the start of the interpreter on."""
    ends: Counter[str] = Counter()
    before = arena.settled()
    for _ in range(moments):
        number = rng.choice((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
        with not_ignored(signal.SIGHUP):
            process = arena.start(other(before))
        time.sleep(rng.random() * arena.seconds * 1.1)
        process.send_signal(number)
        if rng.random() < 0.5:
            time.sleep(rng.random() * 0.1)
            process.send_signal(number)
        _, said = process.communicate(timeout=60)
        after = arena.settled()
        assert b"Traceback" not in said, said
        assert process.returncode in {0, 130, -number}, said
        if process.returncode == 0:
            assert after == other(before)
        if process.returncode == -number:
            assert after == before
        result = "old" if after == before else "new"
        ends[f"{signal.Signals(number).name}: {process.returncode}, {result} result"] += 1
        before = after
    return ends


def test_a_signal_at_any_moment_ends_a_run_as_documented(arena: Arena) -> None:
    interrupt_at_random(arena, Random(SEED), 3)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_signals_at_any_moment_at_length(arena: Arena, part: int) -> None:
    print(dict(interrupt_at_random(arena, Random(SEED + 2000 + part), 30)))


def test_files_that_may_not_grow_cost_no_earlier_result(arena: Arena) -> None:
    """As with a quota: every limit of bytes gives old or new, whole."""
    rng = Random(SEED)
    ends = Counter(_with_short_files(arena, rng.randrange(0, 40_000)) for _ in range(3))
    assert ends[2] > 0


@pytest.mark.slow
def test_files_that_may_not_grow_at_length(arena: Arena) -> None:
    rng = Random(SEED + 3000)
    print(dict(Counter(_with_short_files(arena, rng.randrange(0, 60_000)) for _ in range(40))))


def _with_short_files(arena: Arena, size: int) -> int:
    if not hasattr(resource, "prlimit"):
        pytest.skip("cannot limit another process")
    before = arena.settled()
    process = arena.start(other(before))
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, size))
    return _ended_for_want_of_space(arena, process, before)


def _ended_for_want_of_space(arena: Arena, process: subprocess.Popen[bytes], before: str) -> int:
    _, said = process.communicate(timeout=60)
    assert b"Traceback" not in said
    assert process.returncode in {0, 2}, said
    after = arena.side()
    if process.returncode == 2:
        assert b"csshift: " in said
        assert after == before
    return process.returncode


@pytest.mark.slow
def test_full_disks_of_every_size(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a disk that just holds the earlier result to one that holds both."""
    disk = arena.place / "disk"
    disk.mkdir()
    arena.settled()
    model = arena.place / "full"
    shutil.copytree(arena.out, model)
    monkeypatch.setattr(arena, "out", disk / "out")
    ends: Counter[int] = Counter()
    for kilobytes in range(60, 260, 4):
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(disk)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("may not mount a small disk")
        try:
            shutil.copytree(model, arena.out)
            before = arena.side()
            process = arena.start(other(before))
            ends[_ended_for_want_of_space(arena, process, before)] += 1
        except shutil.Error:
            continue  # does not even hold the earlier result
        finally:
            subprocess.run(["umount", str(disk)], check=True)
    print(dict(ends))
    assert ends[2] > 0
    assert ends[0] > 0


STREAMS = (">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>&1")


@pytest.mark.parametrize("streams", [STREAMS[5]])
def test_a_run_with_broken_streams_writes_its_result(arena: Arena, streams: str) -> None:
    _with_streams(arena, streams)


@pytest.mark.slow
@pytest.mark.parametrize("streams", STREAMS)
@pytest.mark.parametrize("quiet", ["", " -q"])
def test_runs_with_broken_streams_at_length(arena: Arena, streams: str, quiet: str) -> None:
    _with_streams(arena, f"{quiet} {streams}")


def _with_streams(arena: Arena, streams: str) -> None:
    side = other(arena.settled())
    words = " ".join([sys.executable, "-m", "csshift", *arena.words(side)])
    done = subprocess.run(
        ["/bin/sh", "-c", f"{words} {streams}"],
        capture_output=True, check=False, timeout=60, cwd=arena.place,
    )  # fmt: skip
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert arena.settled() == side
