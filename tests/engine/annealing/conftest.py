"""Steps are compiled before the tests: the first search would not wait for them."""

from __future__ import annotations

import numpy as np
import pytest
from programs import random_program, random_recipe

from csshift.engine.annealing.recourse_prices import RecoursePrices
from csshift.engine.annealing.schedules import ScheduleBuilder
from csshift.engine.annealing.team import Team
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.params import AnnealingParams
from csshift.engine.structure import Structure


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    rng = np.random.default_rng(0)
    structure = Structure(random_program(rng, random_recipe(rng)))
    prices = RecoursePrices(RecourseBlocks(structure), Budget(60.0))
    builder = ScheduleBuilder(structure, prices, AnnealingParams())
    Team(prices, [builder.build(agent) for agent in structure.agents.tolist()]).compile()
