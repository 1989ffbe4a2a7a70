"""Runs mutated problems of a range of seeds in a process of its own: ``batch.py FIRST COUNT``.

Writes a line of JSON before and after each, so that whoever started it knows which one ended it.
"""

from __future__ import annotations

import json
import resource
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

from bases import bases
from books import mutate_book, unpacked
from mutations import mutate, write

import csshift
from csshift.io.excel.template import write_workbook
from csshift.model.roster import Roster

LOADING_SECONDS = 30
SOLVING_SECONDS = 90
MEMORY = 2**31
SEARCH_SECONDS = 0.5
BASES = tuple(bases().items())
WEIGHTS = (5, 2, 4, 2, 0.3)
BOOKS = 0.35
"""Share of the cases that are workbooks."""


def drawn(seed: int, place: Path) -> tuple[str, Path]:
    """Write the case of a seed; return the kind of it and its path."""
    rng = Random(seed)
    name, files = rng.choices(BASES, WEIGHTS)[0]
    if rng.random() >= BOOKS:
        folder = place / f"{seed}"
        write(rng, mutate(rng, files), folder)
        return f"folder {name}", folder
    model = place / f"{name}.xlsx"
    if not model.exists():
        source = place / name
        source.mkdir()
        for file, content in files.items():
            (source / file).write_bytes(content)
        write_workbook(csshift.load(source), model)
    book = place / f"{seed}.xlsx"
    book.write_bytes(mutate_book(rng, unpacked(model)))
    return f"book {name}", book


def solved(problem: csshift.Problem, seed: int, place: Path) -> str:
    """Solve, judge anew, write and read back; return the status."""
    try:
        result = csshift.solve(problem, time_limit=SEARCH_SECONDS, workers=1, seed=seed)
    except csshift.InputError as error:
        _require_clear(error)
        return "refused"
    csshift.write_result(result, problem, place / "result")
    if result.roster is None:
        assert result.status in {"infeasible", "unknown"}, result.status
        return result.status
    bare = Roster(assignments=result.roster.assignments, duties=result.roster.duties)
    for roster in (result.roster, bare):  # with the hourly plan of the search, and with another
        score = csshift.check(problem, roster)
        assert not score.violations, f"check finds {score.violations[0]}"
        assert score.objective == result.objective, f"{score.objective} != {result.objective}"
    assert result.bound is None or result.bound <= result.objective, "bound above objective"
    again = csshift.load_result(problem, place / "result")
    assert again.roster is not None, "the roster is not read back"
    assert set(again.roster.assignments) == set(result.roster.assignments), "read back otherwise"
    assert again.objective == result.objective, f"{again.objective} is read back"
    return result.status


def _require_clear(error: csshift.InputError) -> None:
    assert error.faults
    for fault in error.faults:
        assert fault.table, "a fault without a place"
        assert fault.problem, "a fault without words"
        assert str(fault).isprintable(), "a fault that steers a terminal"
        assert len(str(fault)) < 2000, "a fault of a page"


def outcome(seed: int, place: Path) -> dict[str, Any]:
    """Run the case of a seed."""
    kind, path = drawn(seed, place)
    signal.alarm(LOADING_SECONDS)  # ends the process, whatever it is in
    begin = time.monotonic()
    try:
        problem = csshift.load(path)
    except csshift.InputError as error:
        _require_clear(error)
        return {"kind": kind, "end": "refused", "loading": time.monotonic() - begin}
    loading = time.monotonic() - begin
    signal.alarm(SOLVING_SECONDS)
    end = solved(problem, seed, place / "out")
    return {"kind": kind, "end": end, "loading": loading, "all": time.monotonic() - begin}


def limit_memory() -> None:
    """Keep a process that reads without end from taking the memory of the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (2 * MEMORY, 2 * MEMORY))


def main(first: int, count: int) -> None:
    """Run all, in a folder that is removed afterwards."""
    limit_memory()
    place = Path(mkdtemp(prefix="csshift-campaign-"))
    try:
        for seed in range(first, first + count):
            print(json.dumps({"seed": seed}), flush=True)
            try:
                found = outcome(seed, place)
            except Exception as error:
                found = {"kind": "?", "end": "failure", "why": f"{type(error).__name__}: {error}"}
                found["where"] = traceback.format_exc()[-1500:]
            signal.alarm(0)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            if peak > MEMORY:
                found |= {"end": "failure", "why": f"{peak / 2**30:.1f} GiB"}
            print(json.dumps({"seed": seed, "peak": peak, **found}), flush=True)
            shutil.rmtree(place / "out", ignore_errors=True)
            shutil.rmtree(place / f"{seed}", ignore_errors=True)
            (place / f"{seed}.xlsx").unlink(missing_ok=True)
            if peak > MEMORY:
                break  # the peak of a process never falls
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
