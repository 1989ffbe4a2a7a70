"""Teams for tests, described from small programs."""

from __future__ import annotations

from csshift.engine.annealing.recourse_prices import RecoursePrices
from csshift.engine.annealing.schedules import ScheduleBuilder
from csshift.engine.annealing.team import Team
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.params import AnnealingParams
from csshift.engine.structure import Structure


def team_of(structure: Structure) -> Team:
    """Describe the schedules of all agents; nothing is chosen yet."""
    prices = RecoursePrices(RecourseBlocks(structure), Budget(60.0))
    builder = ScheduleBuilder(structure, prices, AnnealingParams())
    return Team(prices, [builder.build(agent) for agent in structure.agents.tolist()])
