"""A process of its own anneals as well; nothing is lost where there is none, and none is left."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from programs import feasible_decisions, is_consistent, optimum, random_program, random_recipe

from csshift.engine.annealing.annealing import Annealing
from csshift.engine.annealing.process import AnnealingProcess, annealings_for
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.incumbent import Incumbent
from csshift.engine.params import AnnealingParams, SearchParams
from csshift.engine.search import Search
from csshift.engine.structure import Structure
from csshift.program import Program

PARAMS = AnnealingParams()


def begun(program: Program, budget: Budget) -> tuple[AnnealingProcess, Incumbent]:
    blocks = RecourseBlocks(Structure(program))
    start = feasible_decisions(np.random.default_rng(0), program)
    assert start is not None
    incumbent = Incumbent(program, budget)
    assert incumbent.offer(blocks.complete(start, budget), "start")
    annealing = AnnealingProcess(blocks, incumbent, PARAMS)
    annealing.length = 8.0  # tiny programs have short cycles
    return annealing, incumbent


def program_of(seed: int) -> Program:
    """Return the first program from a seed on in which recourse has flows."""
    while True:
        rng = np.random.default_rng(seed)
        program = random_program(rng, random_recipe(rng))
        if not Structure(program).direct.all() and feasible_decisions(rng, program) is not None:
            return program
        seed += 1


def process_of(annealing: AnnealingProcess) -> subprocess.Popen[bytes]:
    for _ in range(200):
        if annealing._process is not None:
            return annealing._process
        time.sleep(0.05)
    raise AssertionError("no process")


@pytest.mark.parametrize("seed", [1, 4])
def test_finds_the_optimum_of_tiny_programs(seed: int) -> None:
    program = program_of(seed)
    annealing, incumbent = begun(program, Budget(60.0, seed=seed, workers=2))
    process = process_of(annealing)
    before = incumbent.objective
    assert before is not None
    gain = annealing.run()
    assert process.poll() is None
    assert not annealing._busy
    annealing.close()
    assert is_consistent(incumbent)
    assert incumbent.objective == before - gain == optimum(program)
    assert process.wait(10) != 0


def test_a_process_that_ends_is_replaced_by_a_thread(caplog: pytest.LogCaptureFixture) -> None:
    program = program_of(1)
    annealing, incumbent = begun(program, Budget(60.0, workers=2))
    process_of(annealing).kill()
    annealing.run()
    assert incumbent.objective == optimum(program)
    assert "annealing goes on without it" in caplog.text


@pytest.mark.parametrize("interpreter", ["", "/opt/shop/roster", "/nowhere/python3"])
def test_where_no_interpreter_can_be_started(
    interpreter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", interpreter)
    program = program_of(1)
    annealing, incumbent = begun(program, Budget(60.0, workers=2))
    annealing.run()
    assert annealing._process is None
    assert incumbent.objective == optimum(program)


def test_an_event_ends_the_wait_but_not_the_cycle() -> None:
    program = program_of(1)
    annealing, incumbent = begun(program, Budget(60.0, workers=2))
    over = threading.Event()
    over.set()
    assert annealing.run(over) == 0
    assert annealing._busy
    annealing.run()
    assert not annealing._busy
    assert incumbent.objective == optimum(program)
    annealing.close()


def test_the_process_ends_with_the_one_that_started_it() -> None:
    annealing, _ = begun(program_of(1), Budget(600.0, workers=2))
    annealing.length = 1e6
    over = threading.Event()
    over.set()
    annealing.run(over)
    process = process_of(annealing)
    time.sleep(2.0)  # the cycle has begun, and would take minutes
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0


def test_a_search_that_ends_at_once_ends_a_process_that_only_starts() -> None:
    annealing, _ = begun(program_of(1), Budget(600.0, workers=2))
    annealing.length = 1e6
    over = threading.Event()
    over.set()
    annealing.run(over)  # the cycle is waiting for its process
    annealing.close()
    assert process_of(annealing).wait(10) != 0


def test_only_long_searches_with_several_workers_have_a_process() -> None:
    program = program_of(1)
    blocks = RecourseBlocks(Structure(program))
    for budget in (
        Budget(60.0, workers=1),
        Budget(PARAMS.process_seconds / 2, workers=2),
        Budget(60.0, workers=2, reproducible=True),
    ):
        found = annealings_for(blocks, Incumbent(program, budget), PARAMS)
        assert [type(annealing) for annealing in found] == [Annealing]
    incumbent = Incumbent(program, Budget(60.0, workers=2))
    found = annealings_for(blocks, incumbent, PARAMS)
    assert [type(annealing) for annealing in found] == [AnnealingProcess] * 2
    for annealing in found:
        annealing.close()


@pytest.mark.parametrize("seed", range(3))
def test_a_search_leaves_no_process_behind(seed: int) -> None:
    params = replace(SearchParams(), annealing=replace(PARAMS, process_seconds=0.0, min_gap=0.0))
    search = Search(program_of(seed), Budget(2.0, workers=2), params=params)
    incumbent = search.run()
    assert is_consistent(incumbent)
    for annealing in search.annealings:
        assert isinstance(annealing, AnnealingProcess)
        if annealing._process is not None:
            assert annealing._process.wait(10) is not None
