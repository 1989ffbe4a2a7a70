"""Duty columns: who holds which duty, for which group of stores, on which shift."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csshift.instance.fairness import FairShare, may_hold
from csshift.instance.turn_prices import TurnPrices, nearest_count, turn_units
from csshift.model.duties import Duty
from csshift.model.horizon import period_blocks
from csshift.program import ABSENT
from csshift.rules.work import WorkColumns, flat

if TYPE_CHECKING:
    from csshift.instance import Instance

UNFILLED = "unfilled duties"
FAIRNESS = "duty fairness"
SHARE_UNITS = 1000
"""Shares of a holder's time are counted in thousandths."""


@dataclass(frozen=True, eq=False)
class DutyColumns:
    """Columns of one duty.

    Parameters
    ----------
    hold : int array, shape (groups, agents, planned days, shifts)
        Ids of the columns "agent holds the duty for the group, working this shift".
    """

    duty: Duty
    hold: NDArray[np.int64]


def add_duties(instance: Instance, work: WorkColumns) -> tuple[DutyColumns, ...]:
    """Add the columns and rows of every duty."""
    added = tuple(_add_duty(instance, duty, work) for duty in instance.duties)
    _limit_shares(instance, added, work)
    _share_fairly(instance, added, work)
    return added


def _add_duty(instance: Instance, duty: Duty, work: WorkColumns) -> DutyColumns:
    first = work.grid.history_days
    planned = work.shift[:, first:]
    fits = np.array([duty.fits(shift) for shift in instance.shifts])
    needed = np.array([duty.needed(date) > 0 for date in instance.horizon.dates])
    hold = np.full((len(duty.groups), *planned.shape), ABSENT, dtype=np.int64)
    for g, group in enumerate(duty.groups):
        able = np.array([may_hold(duty, group, agent) for agent in instance.agents])
        exists = (planned != ABSENT) & able[:, None, None] & needed[:, None] & fits
        agents, days, _ = np.nonzero(exists)
        hold[g][exists] = work.builder.columns(
            agents.size, family=duty.name, upper=1, agent=agents, day=days
        )
    columns = DutyColumns(duty, hold)
    _hold_by_working(columns, planned, work)
    _fill_turns(instance, columns, work)
    _limit_weeks(instance, columns, work)
    return columns


def _hold_by_working(columns: DutyColumns, planned: NDArray[np.int64], work: WorkColumns) -> None:
    """A holder works the shift, and holds the duty for one group at most."""
    exists = (columns.hold != ABSENT).any(axis=0)
    held = columns.hold[:, exists].T
    worked = planned[exists]
    coefficients = np.append(np.ones(held.shape[1], dtype=np.int64), -1)
    work.builder.rows(
        np.column_stack([held, worked]), coefficients, family=columns.duty.name, upper=0
    )


def _fill_turns(instance: Instance, columns: DutyColumns, work: WorkColumns) -> None:
    """Each group has `count` holders a day; an unfilled turn costs."""
    groups, _, days, _ = columns.hold.shape
    day = np.tile(np.arange(days), groups)
    needed = np.tile([columns.duty.needed(date) for date in instance.horizon.dates], groups)
    unfilled = work.builder.columns(
        groups * days,
        family=UNFILLED,
        upper=needed,
        cost=1,
        unit=Fraction(instance.weights.duty_unfilled),
        source="weights.duty_unfilled",
        day=day,
    )
    held = columns.hold.transpose(0, 2, 1, 3).reshape(groups * days, -1)
    work.builder.rows(
        np.column_stack([held, unfilled]),
        1,
        family=columns.duty.name,
        lower=needed,
        upper=needed,
    )


def _limit_weeks(instance: Instance, columns: DutyColumns, work: WorkColumns) -> None:
    """An agent takes at most `max_per_week` turns in an ISO week, the history counted in."""
    limit = columns.duty.max_per_week
    if limit is None:
        return
    dates = instance.horizon.dates
    able = np.flatnonzero((columns.hold != ABSENT).any(axis=(0, 2, 3)))
    for block, _ in period_blocks(dates, "week"):
        week = dates[block[0]].isocalendar()[:2]
        past = np.zeros(len(instance.agents), dtype=np.int64)
        for turn in instance.past_turns:
            if turn.duty == columns.duty.name and turn.date.isocalendar()[:2] == week:
                past[work.grid.agent_index[turn.agent_id]] += 1
        held = columns.hold[:, able][:, :, block.start : block.stop]
        upper = np.maximum(limit - past[able], 0)
        turns = flat(held.transpose(1, 0, 2, 3))
        work.builder.rows(turns, 1, family=columns.duty.name, upper=upper)


def _share_fairly(instance: Instance, added: tuple[DutyColumns, ...], work: WorkColumns) -> None:
    """Charge each agent's distance from the number of turns to come near to."""
    shares, prices = instance.fair_shares, instance.turn_prices
    for columns in added:
        share = shares[columns.duty.name]
        if prices.outside and share.shared:
            _charge_distance(columns, share, prices, work)


def _charge_distance(
    columns: DutyColumns, share: FairShare, prices: TurnPrices, work: WorkColumns
) -> None:
    """Add a column for each turn that an agent can be below or above the nearest count.

    Prices rise with the distance, so that the columns fill in order without binaries. Where
    the nearest count is out of reach, what cannot be helped is a constant.
    """
    builder = work.builder
    held = columns.hold[:, share.agents].transpose(1, 0, 2, 3)
    most = (held != ABSENT).any(axis=(1, 3)).sum(axis=1).tolist()
    base = [
        min(max(nearest_count(target), past), past + more)
        for target, past, more in zip(share.target, share.past, most, strict=True)
    ]
    width = max(most)
    # One column a turn: [below or above, agent, distance], its price outside and inside a band.
    units = np.zeros((2, 2, len(base), width), dtype=np.int64)
    used = np.zeros((2, len(base), width), dtype=np.bool_)
    for i, (target, past, middle) in enumerate(zip(share.target, share.past, base, strict=True)):
        builder.offset += prices.count(target, middle)
        for n in range(past, past + most[i]):
            above = n >= middle
            place = int(above), i, n - middle if above else middle - 1 - n
            units[(slice(None), *place)] = np.array(turn_units(target, n)) * (1 if above else -1)
            used[place] = True
    agent = np.broadcast_to(share.agents[:, None], used.shape)
    slack = np.full(used.shape, ABSENT, dtype=np.int64)
    slack[used] = builder.columns(int(used.sum()), family=FAIRNESS, upper=1, agent=agent[used])
    builder.charge(slack[used], units[0][used], prices.outside_unit, "weights.duty_fairness")
    builder.charge(slack[used], units[1][used], prices.inside_unit, "weights.surplus")
    turns = held.reshape(len(base), -1)
    due = np.array(base, dtype=np.int64) - np.array(share.past, dtype=np.int64)
    builder.rows(
        np.hstack([turns, slack[0], slack[1]]),
        np.repeat([1, 1, -1], [turns.shape[1], width, width]),
        family=FAIRNESS,
        lower=due,
        upper=due,
    )


def _limit_shares(instance: Instance, added: tuple[DutyColumns, ...], work: WorkColumns) -> None:
    """The shares of the duties that an agent holds at one time come to at most 1."""
    for moment in sorted({columns.duty.window.start for columns in added}):
        at_once = [c for c in added if c.duty.window.start <= moment < c.duty.window.end]
        shares = [int(columns.duty.share * SHARE_UNITS) for columns in at_once]
        if sum(shares) <= SHARE_UNITS:
            continue
        agents, days = len(instance.agents), instance.horizon.days
        held = [c.hold.transpose(1, 2, 0, 3).reshape(agents * days, -1) for c in at_once]
        coefficients = np.concatenate(
            [np.full(block.shape[1], share) for block, share in zip(held, shares, strict=True)]
        )
        work.builder.rows(np.hstack(held), coefficients, family="duties", upper=SHARE_UNITS)
