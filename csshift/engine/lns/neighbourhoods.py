"""Neighbourhoods: which decisions to free in one step of the improvement.

A neighbourhood is a function from what is known to the decisions to free. To try a new one, write
such a function and add it to `NEIGHBOURHOODS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.engine.budget import Budget
from csshift.engine.lns.reference import distance_cost
from csshift.engine.params import LnsParams
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import Structure
from csshift.engine.subproblem import csr_entries
from csshift.program import NOBODY, Floats, Integers


@dataclass(frozen=True, eq=False)
class View:
    """What a neighbourhood may look at.

    Parameters
    ----------
    values : int64 array, shape (program.columns,)
        The best solution.
    reference : float array, shape (program.columns,), or None
        Values of the relaxation or of priced columns.
    gap_shares : float array, shape (program.columns,), or None
        Each column's share in the gap to a bound.
    budget : Budget or None
        Interrupts relaxations.
    distance : int
        Objective less bound.
    """

    structure: Structure
    values: Integers
    reference: Floats | None
    gap_shares: Floats | None = None
    budget: Budget | None = None
    distance: int = 0
    params: LnsParams = LnsParams()


Neighbourhood: TypeAlias = Callable[[View, np.random.Generator, float], Integers]
"""(view, rng, size) -> decisions to free; `size` counts agents times horizon."""


def random_agents(view: View, rng: np.random.Generator, size: float) -> Integers:
    """Some agents, over the whole horizon."""
    return _draw_agents(view, rng, size, np.ones(view.structure.agents.size))


def deviating_agents(view: View, rng: np.random.Generator, size: float) -> Integers:
    """Agents whose decisions differ most from the reference."""
    agents = view.structure.agents.size
    weights = np.ones(agents)
    if view.reference is not None:
        columns = view.structure.binaries
        place = view.structure.agent_positions(columns)
        weights = np.bincount(place, _deviations(view, columns), agents).astype(np.float64)
    return _draw_agents(view, rng, size, 1e-3 + weights)


def agents_by_gap_share(view: View, rng: np.random.Generator, size: float) -> Integers:
    """Agents whose decisions have large shares in the gap to the bound."""
    if view.gap_shares is None:
        return deviating_agents(view, rng, size)
    return _draw_agents(view, rng, size, _gap_share_by_agent(view))


def deviating_agent_days(view: View, rng: np.random.Generator, size: float) -> Integers:
    """Agents on the days on which they differ from the reference, and on days around these."""
    table = _deviation_by_day(view)
    agents, days = np.nonzero(table > view.params.reference.deviation)
    if agents.size == 0:
        return window_of_some_agents(view, rng, size)
    room = max(1, round(size * view.structure.days))
    if agents.size > room:
        distance = np.abs(days - rng.choice(days)) + rng.random(days.size)
        nearest = np.argsort(distance)[:room]
        agents, days = agents[nearest], days[nearest]
    chosen: NDArray[np.bool_] = np.zeros(table.shape, dtype=np.bool_)
    chosen[agents, days] = True
    _fill(chosen, room - agents.size, rng)
    return _columns_of_agent_days(view.structure, chosen)


def deviating_team(view: View, rng: np.random.Generator, size: float) -> Integers:
    """Agents on the days on which the relaxation of a few of them alone differs from the roster.

    The relaxation of all agents takes long and is rough; that of a few is exact in a moment, and
    where it is tight their subproblem then ends at its cost.
    """
    structure, params = view.structure, view.params
    budget = view.budget or Budget(params.team_seconds)
    count = min(structure.agents.size, max(2, round(params.team_size * size)))
    shares = _gap_share_by_agent(view)
    team = rng.choice(structure.agents, size=count, replace=False, p=shares / shares.sum())
    decisions = structure.columns_of_agents(np.sort(team))
    subproblem = structure.restrict_with_recourse(decisions, view.values)
    price = params.reference.distance_price * params.team_distance_price * view.distance
    found = relax(
        subproblem,
        budget,
        math.inf if budget.reproducible else params.team_seconds,
        cost=subproblem.cost + distance_cost(structure, subproblem, view.values, price),
        method="simplex",
    )
    if found is None or not found.converged:
        return np.empty(0, dtype=np.int64)
    if subproblem.cost @ (view.values[subproblem.column_ids] - found.values) < 1:
        return np.empty(0, dtype=np.int64)  # nothing can be gained by these agents
    relaxed = replace(view, reference=subproblem.embed(found.values, view.values))
    deviating = _deviation_by_day(relaxed) > params.reference.deviation
    return _columns_of_agent_days(structure, deviating)


def window(view: View, rng: np.random.Generator, size: float) -> Integers:
    """All agents, on some consecutive days."""
    structure = view.structure
    length = size * structure.days / structure.agents.size
    first = rng.uniform(-length / 2, structure.days - length / 2)
    return _in_days(view, structure.decisions, first, first + length)


def costly_window(view: View, rng: np.random.Generator, size: float) -> Integers:
    """All agents, on the days around recourse that costs much."""
    structure = view.structure
    day = _costly_day(view, rng)
    length = size * structure.days / structure.agents.size
    return _in_days(view, structure.decisions, day - length / 2, day + length / 2 + 1e-6)


def window_of_some_agents(view: View, rng: np.random.Generator, size: float) -> Integers:
    """A share of the agents, on a longer stretch of days around a costly one."""
    share = rng.uniform(0.15, 0.6)
    agents, horizon = view.structure.agents, view.structure.days
    count = max(2, round(share * agents.size))
    length = size * horizon / count
    day = _costly_day(view, rng) if rng.random() < 0.5 else rng.uniform(0, horizon)
    chosen = rng.choice(agents, size=min(count, agents.size), replace=False)
    columns = view.structure.columns_of_agents(np.sort(chosen))
    return _in_days(view, columns, day - length / 2, day + length / 2 + 1e-6)


def agents_of_a_costly_block(view: View, rng: np.random.Generator, size: float) -> Integers:
    """Agents who can change costly recourse, over the whole horizon."""
    structure = view.structure
    costs = _recourse_costs(view)
    if costs.sum() <= 0:
        return random_agents(view, rng, size)
    column = structure.recourse[rng.choice(costs.size, p=costs / costs.sum())]
    block = structure.block[column]
    rows = structure.rows_of(structure.columns_of_blocks(np.array([block])))
    program = structure.program
    entries = csr_entries(program.matrix.indptr, rows)
    agents = program.column_agent[program.matrix.indices[entries]]
    able = np.isin(structure.agents, agents[agents != NOBODY])
    return _draw_agents(view, rng, size, able.astype(np.float64) + 1e-6)


def side_decisions(view: View, rng: np.random.Generator, size: float) -> Integers:
    """What accompanies the main decisions: all columns but those of the largest family.

    So duties can be passed on without changing a shift.
    """
    structure = view.structure
    family = structure.program.column_family[structure.decisions]
    side = structure.decisions[family != np.bincount(family).argmax()]
    days = structure.days * min(1.0, 4 * size / structure.agents.size)
    first = rng.uniform(0, max(0.0, structure.days - days))
    return _in_days(view, side, first, first + days)


DEVIATING_AGENT_DAYS = "agent-days that deviate"
"""The neighbourhood that follows a new reference."""

DEVIATING_TEAM = "team that deviates"

NEIGHBOURHOODS: Mapping[str, Neighbourhood] = {
    "random agents": random_agents,
    "agents that deviate": deviating_agents,
    "agents with avoidable cost": agents_by_gap_share,
    DEVIATING_AGENT_DAYS: deviating_agent_days,
    DEVIATING_TEAM: deviating_team,
    "window of days": window,
    "costly days": costly_window,
    "some agents on some days": window_of_some_agents,
    "agents of a costly interval": agents_of_a_costly_block,
    "side decisions": side_decisions,
}


def includes_all_deviations(view: View, decisions: Integers) -> bool:
    """Return whether all decisions that differ from the reference are among the given ones."""
    if view.reference is None:
        return False
    columns = view.structure.binaries
    deviating = columns[_deviations(view, columns) > view.params.reference.deviation]
    return bool(np.isin(deviating, decisions).all())


def _draw_agents(view: View, rng: np.random.Generator, size: float, weights: Floats) -> Integers:
    agents = view.structure.agents
    count = int(min(agents.size, max(1, round(size))))
    chosen = rng.choice(agents, size=count, replace=False, p=weights / weights.sum())
    return view.structure.columns_of_agents(np.sort(chosen))


def _gap_share_by_agent(view: View) -> Floats:
    """Return each agent's share in the gap, above 0; the same for all where it is not known."""
    structure = view.structure
    if view.gap_shares is None:
        return np.ones(structure.agents.size)
    place = structure.agent_positions(structure.decisions)
    shares = np.maximum(view.gap_shares[structure.decisions], 0.0)
    total = np.bincount(place, shares, structure.agents.size)
    return np.asarray(total + 1e-3 * total.mean() + 1e-9)


def _columns_of_agent_days(structure: Structure, chosen: NDArray[np.bool_]) -> Integers:
    """Return the columns of agents on days, shape (agents, days), and theirs without a day."""
    day = structure.program.column_day[structure.decisions]
    place = structure.agent_positions(structure.decisions)
    picked = np.where(day == NOBODY, np.any(chosen, axis=1)[place], chosen[place, day])
    return np.asarray(structure.decisions[np.flatnonzero(picked)])


def _in_days(view: View, columns: Integers, first: float, last: float) -> Integers:
    """Return the columns of these days, and all columns without a day."""
    day = view.structure.program.column_day[columns]
    chosen = columns[((day >= np.floor(first)) & (day < np.ceil(last))) | (day == NOBODY)]
    return np.asarray(chosen)


def _deviations(view: View, columns: Integers) -> Floats:
    """Return how far columns are from the reference, 0 where that is not known."""
    if view.reference is None:
        return np.zeros(columns.size)
    return np.abs(view.reference[columns] - view.values[columns])


def _deviation_by_day(view: View) -> Floats:
    """Return the largest deviation from the reference, shape (agents, days)."""
    structure = view.structure
    table = np.zeros((structure.agents.size, structure.days))
    if view.reference is None:
        return table
    columns, day = structure.binaries, structure.program.column_day
    columns = columns[day[columns] != NOBODY]
    place = structure.agent_positions(columns)
    np.maximum.at(table, (place, day[columns]), _deviations(view, columns))
    return table


def _fill(chosen: NDArray[np.bool_], room: int, rng: np.random.Generator) -> None:
    """Choose up to `room` more, those near to chosen ones: in the same row, or the same column."""
    agents, days = np.nonzero(chosen)
    if room <= 0:
        return
    distance = np.full(chosen.shape, np.inf)
    column = np.arange(chosen.shape[1])
    for agent in np.unique(agents):
        own = days[agents == agent]
        distance[agent] = np.abs(column[:, None] - own).min(axis=1)
    others = rng.random(chosen.shape) * chosen.shape[1]
    others[:, ~chosen.any(axis=0)] = np.inf
    distance = np.minimum(distance + rng.random(chosen.shape), others)
    distance[chosen] = np.inf
    order = np.argsort(distance, axis=None)[:room]
    order = order[np.isfinite(distance.ravel()[order])]
    chosen.ravel()[order] = True


def _recourse_costs(view: View) -> Floats:
    columns = view.structure.recourse
    if view.gap_shares is not None:
        return np.maximum(view.gap_shares[columns], 0.0)
    costs = view.structure.program.cost[columns] * view.values[columns].astype(np.float64)
    return np.maximum(costs, 0.0)


def _costly_day(view: View, rng: np.random.Generator) -> float:
    columns = view.structure.recourse
    days = view.structure.program.column_day[columns]
    costs = np.where(days >= 0, _recourse_costs(view), 0.0)
    if costs.sum() <= 0:
        return float(rng.uniform(0, view.structure.days))
    return float(days[rng.choice(costs.size, p=costs / costs.sum())])
