"""Neighbourhoods: which decisions to free in one step of the improvement.

A neighbourhood is a function from what is known to the decisions to be freed. To try a new
one, write such a function and add it to `NEIGHBOURHOODS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.guide import ODD, distance_cost
from csshift.engine.piece import spans, spread
from csshift.engine.relax import relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TEAM = 8.0
"""Owners that are relaxed together, relative to those that other kinds free."""

TEAM_SECONDS = 3.0
"""Limit of their relaxation."""

NEARNESS = 0.05
"""Price of their changes, relative to that of a relaxation of all."""


@dataclass(frozen=True, eq=False)
class View:
    """What a neighbourhood may look at.

    Parameters
    ----------
    structure : Structure
    values : int64 array, shape (program.columns,)
        The best solution.
    guide : float array, shape (program.columns,), or None
        Values of the relaxation or of priced columns.
    days : int
        Days of the horizon.
    losses : float array, shape (program.columns,), or None
        What each column loses against a bound.
    control : Control or None
        Ends relaxations.
    room : int
        What the bound leaves to be gained.
    """

    structure: Structure
    values: Integers
    guide: Floats | None
    days: int
    losses: Floats | None = None
    control: Control | None = None
    room: int = 0


Neighbourhood: TypeAlias = Callable[[View, np.random.Generator, float], Integers]
"""(view, random, size) -> owned columns; `size` counts owners times horizon."""


def random_owners(view: View, random: np.random.Generator, size: float) -> Integers:
    """Some owners, over the whole horizon."""
    return _owners(view, random, size, np.ones(view.structure.owners.size))


def owners_at_odds(view: View, random: np.random.Generator, size: float) -> Integers:
    """Owners whose decisions differ most from the guide."""
    return _owners(view, random, size, 1e-3 + _odds(view))


def owners_at_a_loss(view: View, random: np.random.Generator, size: float) -> Integers:
    """Owners whose decisions cost most beside what the bound allows for."""
    if view.losses is None:
        return owners_at_odds(view, random, size)
    return _owners(view, random, size, _lost_by_owner(view))


def spots_at_odds(view: View, random: np.random.Generator, size: float) -> Integers:
    """Owners on the days in which they differ from the guide, and on days around these."""
    table = _odds_by_day(view)
    owners, days = np.nonzero(table > ODD)
    if owners.size == 0:
        return window_of_some(view, random, size)
    room = max(1, round(size * view.days))
    if owners.size > room:
        distance = np.abs(days - random.choice(days)) + random.random(days.size)
        nearest = np.argsort(distance)[:room]
        owners, days = owners[nearest], days[nearest]
    chosen: NDArray[np.bool_] = np.zeros(table.shape, dtype=np.bool_)
    chosen[owners, days] = True
    _fill(chosen, room - owners.size, random)
    return _columns_of_spots(view.structure, chosen)


def team_at_odds(view: View, random: np.random.Generator, size: float) -> Integers:
    """Owners on the days in which the relaxation of a few of them alone differs from what they do.

    That of everybody takes long and is rough; a few are relaxed exactly in a moment, and where
    the relaxation is tight their piece then ends at the relaxation's cost.
    """
    structure, control = view.structure, view.control or Control(TEAM_SECONDS)
    count = min(structure.owners.size, max(2, round(TEAM * size)))
    lost = _lost_by_owner(view)
    team = random.choice(structure.owners, size=count, replace=False, p=lost / lost.sum())
    decisions = structure.columns_of_all(np.sort(team))
    piece = structure.piece_of(decisions, view.values)
    found = relax(
        piece,
        control,
        math.inf if control.reproducible else TEAM_SECONDS,
        cost=piece.cost + distance_cost(structure, piece, view.values, NEARNESS * view.room),
        exact=True,
    )
    if found is None or not found.converged:
        return np.empty(0, dtype=np.int64)
    if piece.cost @ (view.values[piece.columns] - found.values) < 1:
        return np.empty(0, dtype=np.int64)  # nothing to be gained by these
    guided = replace(view, guide=spread(piece, found.values, view.values))
    return _columns_of_spots(structure, _odds_by_day(guided) > ODD)


def window(view: View, random: np.random.Generator, size: float) -> Integers:
    """Everybody, on some days in a row."""
    length = size * view.days / view.structure.owners.size
    first = random.uniform(-length / 2, view.days - length / 2)
    return _in_days(view, view.structure.owned, first, first + length)


def costly_window(view: View, random: np.random.Generator, size: float) -> Integers:
    """Everybody, on the days around a consequence that costs much."""
    day = _costly_day(view, random)
    length = size * view.days / view.structure.owners.size
    return _in_days(view, view.structure.owned, day - length / 2, day + length / 2 + 1e-6)


def window_of_some(view: View, random: np.random.Generator, size: float) -> Integers:
    """A share of the owners, on a longer stretch of days around a costly one."""
    share = random.uniform(0.15, 0.6)
    owners = view.structure.owners
    count = max(2, round(share * owners.size))
    length = size * view.days / count
    day = _costly_day(view, random) if random.random() < 0.5 else random.uniform(0, view.days)
    chosen = random.choice(owners, size=min(count, owners.size), replace=False)
    columns = view.structure.columns_of_all(np.sort(chosen))
    return _in_days(view, columns, day - length / 2, day + length / 2 + 1e-6)


def owners_of_a_block(view: View, random: np.random.Generator, size: float) -> Integers:
    """Owners who can change a costly consequence, over the whole horizon."""
    structure = view.structure
    costs = _consequence_costs(view)
    if costs.sum() <= 0:
        return random_owners(view, random, size)
    column = structure.unowned[random.choice(costs.size, p=costs / costs.sum())]
    block = structure.block[column]
    nearby = structure.columns_of_blocks(np.array([block]))
    rows = structure.cutter.rows_of(nearby)
    matrix = structure.program.matrix
    owners = structure.program.column_agent[matrix.indices[spans(matrix.indptr, rows)]]
    able = np.isin(structure.owners, owners[owners != NOBODY])
    return _owners(view, random, size, able.astype(np.float64) + 1e-6)


def side_decisions(view: View, random: np.random.Generator, size: float) -> Integers:
    """What goes along with the main decisions: all owned columns but those of the largest family.

    Duties can so be handed on without changing a shift.
    """
    structure = view.structure
    family = structure.program.column_family[structure.owned]
    side = structure.owned[family != np.bincount(family).argmax()]
    days = view.days * min(1.0, 4 * size / structure.owners.size)
    first = random.uniform(0, max(0.0, view.days - days))
    return _in_days(view, side, first, first + days)


NEIGHBOURHOODS: dict[str, Neighbourhood] = {
    "random owners": random_owners,
    "owners at odds": owners_at_odds,
    "owners at a loss": owners_at_a_loss,
    "spots at odds": spots_at_odds,
    "team at odds": team_at_odds,
    "window": window,
    "costly window": costly_window,
    "window of some": window_of_some,
    "owners of a block": owners_of_a_block,
    "side decisions": side_decisions,
}


def includes_odds(view: View, decisions: Integers) -> bool:
    """Return whether all decisions that differ from the guide are among the given ones."""
    if view.guide is None:
        return False
    columns = view.structure.choices
    odd = columns[_distances(view, view.guide, columns)[0] > ODD]
    return bool(np.isin(odd, decisions).all())


def _owners(view: View, random: np.random.Generator, size: float, odds: Floats) -> Integers:
    owners = view.structure.owners
    count = int(min(owners.size, max(1, round(size))))
    chosen = random.choice(owners, size=count, replace=False, p=odds / odds.sum())
    return view.structure.columns_of_all(np.sort(chosen))


def _lost_by_owner(view: View) -> Floats:
    """Return what each owner loses against a bound, above 0; the same where it is not known."""
    structure = view.structure
    if view.losses is None:
        return np.ones(structure.owners.size)
    place = _places(structure, structure.owned)
    lost = np.maximum(view.losses[structure.owned], 0.0)
    total = np.bincount(place, lost, structure.owners.size)
    return np.asarray(total + 1e-3 * total.mean() + 1e-9)


def _columns_of_spots(structure: Structure, chosen: NDArray[np.bool_]) -> Integers:
    """Return the columns of owners on days, shape (owners, days), and theirs without a day."""
    day = structure.program.column_day[structure.owned]
    place = _places(structure, structure.owned)
    picked = np.where(day == NOBODY, np.any(chosen, axis=1)[place], chosen[place, day])
    return np.asarray(structure.owned[np.flatnonzero(picked)])


def _in_days(view: View, columns: Integers, first: float, last: float) -> Integers:
    """Return the columns of these days; columns without a day follow their neighbours."""
    day = view.structure.program.column_day[columns]
    chosen = columns[((day >= np.floor(first)) & (day < np.ceil(last))) | (day == NOBODY)]
    return np.asarray(chosen)


def _odds(view: View) -> Floats:
    """Return each owner's distance from the guide."""
    owners = view.structure.owners
    if view.guide is None:
        return np.ones(owners.size)
    distance, place = _distances(view, view.guide, view.structure.choices)
    return np.bincount(place, distance, owners.size).astype(np.float64)


def _distances(view: View, guide: Floats, columns: Integers) -> tuple[Floats, Integers]:
    """Return how far columns are from the guide, and the positions of their owners."""
    return np.abs(guide[columns] - view.values[columns]), _places(view.structure, columns)


def _places(structure: Structure, columns: Integers) -> Integers:
    """Return the position among all owners of the owner of each column."""
    return np.searchsorted(structure.owners, structure.program.column_agent[columns])


def _odds_by_day(view: View) -> Floats:
    """Return the largest distance from the guide, shape (owners, days)."""
    structure = view.structure
    table = np.zeros((structure.owners.size, view.days))
    if view.guide is None:
        return table
    columns, day = structure.choices, structure.program.column_day
    columns = columns[day[columns] != NOBODY]
    distance, place = _distances(view, view.guide, columns)
    np.maximum.at(table, (place, day[columns]), distance)
    return table


def _fill(chosen: NDArray[np.bool_], room: int, random: np.random.Generator) -> None:
    """Choose up to `room` more, those near to chosen ones: in the same row, or the same column."""
    owners, days = np.nonzero(chosen)
    if room <= 0:
        return
    distance = np.full(chosen.shape, np.inf)
    column = np.arange(chosen.shape[1])
    for owner in np.unique(owners):
        own = days[owners == owner]
        distance[owner] = np.abs(column[:, None] - own).min(axis=1)
    others = random.random(chosen.shape) * chosen.shape[1]
    others[:, ~chosen.any(axis=0)] = np.inf
    distance = np.minimum(distance + random.random(chosen.shape), others)
    distance[chosen] = np.inf
    order = np.argsort(distance, axis=None)[:room]
    order = order[np.isfinite(distance.ravel()[order])]
    chosen.ravel()[order] = True


def _consequence_costs(view: View) -> Floats:
    columns = view.structure.unowned
    if view.losses is not None:
        return np.maximum(view.losses[columns], 0.0)
    costs = view.structure.program.cost[columns] * view.values[columns].astype(np.float64)
    return np.maximum(costs, 0.0)


def _costly_day(view: View, random: np.random.Generator) -> float:
    columns = view.structure.unowned
    days = view.structure.program.column_day[columns]
    costs = np.where(days >= 0, _consequence_costs(view), 0.0)
    if costs.sum() <= 0:
        return float(random.uniform(0, view.days))
    return float(days[random.choice(costs.size, p=costs / costs.sum())])
