"""Damaged folders and workbooks are refused clearly, or solved and judged alike."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from bases import bases
from batch import drawn, limit_memory
from mutations import PLACES
from running import failures, run, summary

import csshift

pytestmark = pytest.mark.skipif(os.name == "nt", reason="limits time and memory of processes")
pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")

FIRST = int(os.environ.get("CSSHIFT_CAMPAIGN_SEED", "0"))
COUNT = int(os.environ.get("CSSHIFT_CAMPAIGN_CASES", "2400"))
PARTS = 24
DOCUMENTED = {0, 2, 3, 4}


def test_the_bases_are_sound(tmp_path: Path) -> None:
    for name, files in bases().items():
        (tmp_path / name).mkdir()
        for file, content in files.items():
            (tmp_path / name / file).write_bytes(content)
        assert csshift.load(tmp_path / name).agents


def test_damaged_problems_are_refused_or_solved() -> None:
    endings = list(run(FIRST, 30))
    assert not failures(endings)
    found = Counter(ending["end"] for ending in endings)
    assert found["refused"] > 4
    assert found["optimal"] + found["feasible"] > 4


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_damaged_problems_at_length(part: int) -> None:
    length = COUNT // PARTS
    endings = list(run(FIRST + 1000 + part * length, length))
    print("\n".join(summary(endings)))
    assert not failures(endings)


@pytest.mark.parametrize("name", sorted(PLACES))
@pytest.mark.parametrize("file", ["agents.csv", "problem.toml"])
def test_something_else_in_the_place_of_a_file(tmp_path: Path, name: str, file: str) -> None:
    folder = tmp_path / "problem"
    folder.mkdir()
    for other, content in bases()["alone"].items():
        if other != file:
            (folder / other).write_bytes(content)
    PLACES[name](folder / file)
    done = command("check", folder, "--roster", folder / "none.csv")
    assert done.returncode == 2
    require_clear(done)


@pytest.mark.parametrize("seed", range(FIRST + 500, FIRST + 503))
def test_the_command_says_what_is_wrong_with_damaged_problems(tmp_path: Path, seed: int) -> None:
    judge_command(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_the_command_on_damaged_problems_at_length(tmp_path: Path, part: int) -> None:
    for seed in range(FIRST + 5000 + part * 20, FIRST + 5000 + part * 20 + 20):
        place = tmp_path / f"{seed}"
        place.mkdir()
        judge_command(place, seed)


def judge_command(place: Path, seed: int) -> None:
    _, path = drawn(seed, place)
    words = ["--time-limit", "0.5", "--workers", "1", "-q", "--out", place / "out"]
    done = command("solve", path, *words)
    assert done.returncode in DOCUMENTED, done.stderr
    require_clear(done)
    assert (place / "out" / "roster.csv").exists() == (done.returncode == 0)


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "csshift", *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=60, start_new_session=True,
        preexec_fn=limit_memory,
    )  # fmt: skip


def require_clear(done: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in done.stderr
    for line in done.stderr.splitlines() if done.returncode == 2 else ():
        assert line.startswith("csshift: "), done.stderr
        assert line.isprintable()
        assert len(line) < 2000


def test_cases_are_of_both_forms(tmp_path: Path) -> None:
    kinds: Counter[str] = Counter()
    for seed in range(30):
        kind, path = drawn(seed, tmp_path)
        kinds[kind.split()[0]] += 1
        assert os.path.lexists(path)
    assert kinds["book"] > 3
    assert kinds["folder"] > 10
