"""Every method searches the same piece and finds what is as good."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from programs import feasible_decisions, optimum, random_program, random_recipe

import csshift
from benchmarks.hourly import write_folder
from csshift.compile import compile_problem
from csshift.engine.blocks import Blocks
from csshift.engine.control import Control
from csshift.engine.exact import Effort
from csshift.engine.improve import Improvement
from csshift.engine.incumbent import Incumbent
from csshift.engine.links import Links
from csshift.engine.methods import METHODS, Method, Task, in_whole_units, methods_for
from csshift.engine.structure import Structure
from csshift.program import Program

Integers = NDArray[np.int64]


@pytest.mark.parametrize("seed", range(8))
def test_all_decisions_at_once_come_to_the_same_value(seed: int) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, owners=3, efficiencies=(1, 1)))
    start = feasible_decisions(random, program)
    if start is None:
        pytest.skip("nothing is feasible")
    found = [searched(program, method, start) for method in METHODS.values()]
    best = optimum(program)
    assert best is not None
    assert best <= min(found)
    assert max(found) - min(found) <= 1


def searched(program: Program, method: Method, start: Integers) -> int:
    """Return the objective at which the method finds nothing better."""
    structure, control = Structure(program), Control(60.0)
    blocks = Blocks(structure)
    values = blocks.plan(start, control)
    for _ in range(40):
        piece = method(Task(blocks, Links(structure), structure.owned, values))
        step = piece.solve(control, Effort(20.0), 1)
        if step.values is None or not step.promising:
            break
        trial = values.copy()
        trial[piece.columns] = step.values
        values = blocks.plan(trial, control)
    assert program.holds(values)
    return program.objective(values)


@pytest.mark.parametrize("name", METHODS)
def test_each_method_alone_is_safe(name: str) -> None:
    random = np.random.default_rng(7)
    program = random_program(random, random_recipe(random, owners=4, efficiencies=(2, 3)))
    control, blocks = Control(0.3), Blocks(Structure(program))
    start = feasible_decisions(random, program)
    assert start is not None
    incumbent = Incumbent(program, control)
    incumbent.offer(blocks.plan(start, control), "start")
    before = incumbent.objective
    Improvement(blocks, incumbent, control, methods={name: METHODS[name]}).run(1)
    assert before is not None
    assert incumbent.objective is not None
    assert incumbent.objective <= before
    assert incumbent.values is not None
    assert program.holds(incumbent.values)


def test_without_cuts_one_method_is_enough() -> None:
    random = np.random.default_rng(0)
    program = random_program(random, random_recipe(random, efficiencies=(1,)))
    blocks = Blocks(Structure(program))
    blocks.structure.direct[:] = True
    assert len(methods_for(blocks)) == 1


@pytest.mark.parametrize("duty", [False, True])
@pytest.mark.parametrize("mixed", [False, True])
def test_flows_stay_as_they_are_where_everything_comes_in_whole_heads(
    mixed: bool, duty: bool, tmp_path: Path
) -> None:
    write_folder(tmp_path, 12, 7, duty=duty, mixed=mixed)
    structure = Structure(compile_problem(csshift.load(tmp_path)).program)
    assert in_whole_units(structure) == (not mixed)
    assert len(methods_for(Blocks(structure))) == (len(METHODS) if mixed else 1)
