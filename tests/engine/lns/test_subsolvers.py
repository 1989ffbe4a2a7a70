"""Every subsolver searches the same subproblem and finds what is as good."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from programs import feasible_decisions, optimum, random_program, random_recipe

import csshift
from benchmarks.hourly import write_folder
from csshift.compile import compile_problem
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.incumbent import Incumbent
from csshift.engine.lns.improvement import LargeNeighbourhoodSearch
from csshift.engine.lns.subsolvers import SUBSOLVERS, Subsolver, in_whole_units, subsolvers_for
from csshift.engine.params import LnsParams
from csshift.engine.solvers.cpsat import Limits
from csshift.engine.structure import LinkingRows, Structure
from csshift.instance import Instance
from csshift.program import Program

Integers = NDArray[np.int64]


@pytest.mark.parametrize("seed", range(8))
def test_all_decisions_at_once_come_to_the_same_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, agents=3, efficiencies=(1, 1)))
    start = feasible_decisions(rng, program)
    if start is None:
        pytest.skip("nothing is feasible")
    found = [searched(program, subsolver, start) for subsolver in SUBSOLVERS.values()]
    best = optimum(program)
    assert best is not None
    assert best <= min(found)
    assert max(found) - min(found) <= 1


def searched(program: Program, subsolver: Subsolver, start: Integers) -> int:
    """Return the objective at which the subsolver finds nothing better."""
    structure, budget = Structure(program), Budget(60.0)
    blocks = RecourseBlocks(structure)
    values = blocks.complete(start, budget)
    for _ in range(40):
        prepared = subsolver(blocks, LinkingRows(structure), structure.decisions, values)
        step = prepared.solve(budget, Limits(20.0), 1)
        if step.values is None or not step.promising:
            break
        trial = values.copy()
        trial[prepared.column_ids] = step.values
        values = blocks.complete(trial, budget)
    assert program.holds(values)
    return program.objective(values)


@pytest.mark.parametrize("name", SUBSOLVERS)
def test_each_subsolver_alone_is_safe(name: str) -> None:
    rng = np.random.default_rng(7)
    program = random_program(rng, random_recipe(rng, agents=4, efficiencies=(2, 3)))
    budget, blocks = Budget(0.3), RecourseBlocks(Structure(program))
    start = feasible_decisions(rng, program)
    assert start is not None
    incumbent = Incumbent(program, budget)
    incumbent.offer(blocks.complete(start, budget), "start")
    before = incumbent.objective
    LargeNeighbourhoodSearch(blocks, incumbent, subsolvers={name: SUBSOLVERS[name]}).run(1)
    assert before is not None
    assert incumbent.objective is not None
    assert incumbent.objective <= before
    assert incumbent.values is not None
    assert program.holds(incumbent.values)


def test_without_cuts_one_subsolver_is_enough() -> None:
    rng = np.random.default_rng(0)
    program = random_program(rng, random_recipe(rng, efficiencies=(1,)))
    blocks = RecourseBlocks(Structure(program))
    blocks.structure.direct[:] = True
    assert len(subsolvers_for(blocks.structure)) == 1


@pytest.mark.parametrize("duty", [False, True])
@pytest.mark.parametrize("mixed", [False, True])
def test_flows_stay_as_they_are_where_everything_comes_in_full_heads(
    mixed: bool, duty: bool, tmp_path: Path
) -> None:
    write_folder(tmp_path, 12, 7, duty=duty, mixed=mixed)
    structure = Structure(compile_problem(Instance(csshift.load(tmp_path))).program)
    assert in_whole_units(structure, LnsParams().max_unit_parts) == (not mixed)
    assert len(subsolvers_for(structure)) == (len(SUBSOLVERS) if mixed else 1)
