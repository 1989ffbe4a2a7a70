"""The schedules of an agent supply what the program says."""

from __future__ import annotations

import numpy as np
import pytest
from programs import random_program, random_recipe

from csshift.engine.annealing.recourse_prices import RecoursePrices
from csshift.engine.annealing.schedules import AgentSchedules, ScheduleBuilder, TooLargeError
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.params import AnnealingParams
from csshift.engine.structure import Structure
from csshift.program import Program


def built(program: Program) -> tuple[Structure, list[AgentSchedules]]:
    structure = Structure(program)
    prices = RecoursePrices(RecourseBlocks(structure), Budget(60.0))
    builder = ScheduleBuilder(structure, prices, AnnealingParams())
    return structure, [builder.build(agent) for agent in structure.agents.tolist()]


@pytest.mark.parametrize("seed", range(10))
def test_supplies_agree_with_the_matrix(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, nights=True, days=3, shifts=2))
    structure, team = built(program)
    prices = RecoursePrices(RecourseBlocks(structure), Budget(60.0))
    for schedules in team:
        table = schedules.supplies.by_option
        for option in range(schedules.cost.size):
            amounts = np.zeros((prices.blocks, prices.width))
            used = table.indices[table.indptr[option] : table.indptr[option + 1]]
            amounts[schedules.supplies.block[used]] += schedules.supplies.amount[used]
            values = np.zeros(program.columns, dtype=np.int64)
            values[schedules.columns] = schedules._options[option]
            activity = np.asarray(prices.recourse.decision_matrix @ values)
            inside = prices.row_block >= 0
            found = amounts[prices.row_block[inside], prices.row_place[inside]]
            assert np.array_equal(found, activity[inside])


def test_limits_are_kept() -> None:
    rng = np.random.default_rng(1)
    structure = Structure(random_program(rng, random_recipe(rng, days=3, shifts=2)))
    prices = RecoursePrices(RecourseBlocks(structure), Budget(60.0))
    for params in (AnnealingParams(max_options=1), AnnealingParams(max_nodes=0)):
        with pytest.raises(TooLargeError):
            ScheduleBuilder(structure, prices, params).build(int(structure.agents[0]))
