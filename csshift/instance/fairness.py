"""Fair shares of the duty turns, settled before the search, and the price of leaving them.

Each day's turns are divided among those who may hold them and could work that day, in
proportion to their contract hours; the fair number of an agent is the sum.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from csshift.instance.quantities import pairs
from csshift.instance.supply import Supply
from csshift.model.duties import Duty
from csshift.model.people import Agent, Contract
from csshift.rules.days import ForbiddenShifts
from csshift.rules.hours import MaxHours, MaxShifts

USUAL_HOURS = Fraction(40)
"""Hours a week of an agent whose contract names none."""

WEEKS_A_MONTH = Fraction(30_4375, 7_0000)
"""30.4375 days."""

PRICE_UNITS = 1000
"""Parts of the highest price of a turn in which prices are counted."""

PRICE_PLACES = 100
"""The highest price of a turn is rounded down to 1 / `PRICE_PLACES` points."""

LEAST_PRICE = Fraction(1, PRICE_PLACES)
HALF = Fraction(1, 2)


@dataclass(frozen=True, eq=False)
class FairShare:
    """The fair number of turns of one duty, for each agent who could hold it.

    Parameters
    ----------
    agents : int array, shape (holders,)
        Positions of the agents with a share.
    fair : tuple of Fraction
        Fair turns, history included; they add up to the turns that can be held.
    past : tuple of int
        Turns held in the history.
    """

    agents: NDArray[np.int64]
    fair: tuple[Fraction, ...]
    past: tuple[int, ...]

    @property
    def shared(self) -> bool:
        """Whether there is anybody to share with."""
        return len(self.fair) > 1


def nearest_count(fair: Fraction) -> int:
    """Return the number of turns that costs nothing: the one nearest to the fair number."""
    return -int(-(fair - HALF) // 1)


def turn_price(fair: Fraction, held: int) -> int:
    """Return what one more turn costs beyond `held`, in `PRICE_UNITS` of the highest price.

    With x = held + 1/2 - fair, the distance of the turn's middle from the fair number, the
    price is nine tenths of x / (1 + |x|), and a thousandth more for each whole turn of the
    first hundred, since rounding alone would make far turns cost the same. It is negative
    below the fair number, rises with each turn, so that the cost of a count is strictly
    convex, and stays below 1, so that moving a turn from one agent to another gains less than
    twice the highest price.
    """
    distance = held + HALF - fair
    size = abs(distance)
    price = int(PRICE_UNITS * Fraction(9, 10) * size / (1 + size)) + min(int(size), 99)
    return price if distance > 0 else -price


def count_cost(fair: Fraction, held: int) -> int:
    """Return the cost of holding some turns, in `PRICE_UNITS` of the highest price."""
    best = nearest_count(fair)
    if held >= best:
        return sum(turn_price(fair, n) for n in range(best, held))
    return -sum(turn_price(fair, n) for n in range(held, best))


def fair_shares(supply: Supply) -> dict[str, FairShare]:
    """Return the fair shares of every duty, by name."""
    return {duty.name: fair_share(supply, duty) for duty in supply.duties}


def highest_price(supply: Supply, shares: Mapping[str, FairShare]) -> Fraction:
    """Return the points that a turn away from the fair number costs at most.

    It is `weights.duty_fairness`, or less where twice that would pay for a shift that no
    queue needs: nobody is called in for the sake of fairness. Where extra work costs nothing
    at all, the weight stands: there is no price that it could stay below.
    """
    wanted = Fraction(supply.weights.duty_fairness)
    least = cheapest_extra_shift(supply, shares)
    if not least or not wanted:
        return wanted
    # A price of nothing would switch fairness off: the least one stays far below any work.
    return min(wanted, max(Fraction(int(least / 2 * PRICE_PLACES), PRICE_PLACES), LEAST_PRICE))


def cheapest_extra_shift(supply: Supply, shares: Mapping[str, FairShare]) -> Fraction | None:
    """Return the points for each turn held on the cheapest shift that no queue needs.

    None where no shift can hold a shared duty. Shifts that none of those who share the duty
    may work do not count. Of a shift, the time on the last day counts, which the end of the
    horizon may cut. A duty takes time from the queues; where it takes more from a long shift
    than from the shortest that fits, the difference is no surplus.
    """
    surplus, quantities = Fraction(supply.weights.surplus), supply.quantities
    shared = [duty for duty in supply.duties if shares[duty.name].shared]
    taken = {
        (duty.name, supply.shifts[i].code): _hours(
            supply, pairs(quantities.taken(duty, supply.shifts[i]))
        )
        for duty in shared
        for i in _worked_by_holders(supply, duty, shares[duty.name])
    }
    if not taken:
        return None
    least = {name: min(t for (duty, _), t in taken.items() if duty == name) for name, _ in taken}
    hourly = _least_cost_per_hour(supply, shares)
    prices = []
    for shift, presence in zip(supply.shifts, quantities.presence, strict=True):
        held = [(t, least[name]) for (name, code), t in taken.items() if code == shift.code]
        if held:
            time = _hours(supply, pairs(presence))
            points = surplus * (time - _most_saved(time, held))
            points += hourly * Fraction(shift.paid_minutes, 60)
            prices.append(points / len(held))
    return min(prices)


def _worked_by_holders(supply: Supply, duty: Duty, share: FairShare) -> list[int]:
    """Return the fitting shifts that any of those who share the duty could work on some day."""
    could = workable(supply, fitting_shifts(supply, duty))[share.agents]
    return np.flatnonzero(could.any(axis=(0, 1))).tolist()


def _hours(supply: Supply, parts: Sequence[tuple[int, int]]) -> Fraction:
    """Return the hours of an agent's time before midnight."""
    inside = sum(units for offset, units in parts if offset < supply.horizon.intervals_per_day)
    return inside * supply.quantities.time_hour


def _most_saved(time: Fraction, taken: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    """Return the surplus at most that holding duties on this shift and not on others saves.

    Parameters
    ----------
    time : Fraction
        Hours of the shift; the duties held on it take no more.
    taken : sequence of (Fraction, Fraction)
        For each duty, the hours that it takes here, and on the shift where it takes least.
    """
    saved, left = Fraction(0), time
    for here, least in sorted(taken, key=lambda pair: pair[1] / pair[0] if pair[0] else 1):
        part = min(Fraction(1), left / here) if here else Fraction(0)
        saved += part * max(Fraction(0), here - least)
        left -= part * here
    return saved


def _least_cost_per_hour(supply: Supply, shares: Mapping[str, FairShare]) -> Fraction:
    costs = {contract.name: Fraction(contract.cost_per_hour) for contract in supply.contracts}
    holders = {i for share in shares.values() if share.shared for i in share.agents.tolist()}
    return min(costs.get(supply.agents[i].contract or "", Fraction(0)) for i in holders)


def may_hold(duty: Duty, group: tuple[str, ...], agent: Agent) -> bool:
    """Return whether the agent may hold the duty for a group of stores (empty: all)."""
    return duty.skill in agent.skills and (not group or any(map(agent.serves, group)))


def fair_share(supply: Supply, duty: Duty) -> FairShare:
    """Return the fair numbers of a duty's turns.

    The turns of each planned day and group of stores are divided among those who may hold
    them and could work a fitting shift that day, those of the history among those who may
    hold them and were employed and not on leave. Turns of people who have left, who may hold the
    duty no longer or can hold it on no planned day, are not divided. Nobody has more than one
    turn a day of a group.
    """
    hours = weekly_hours(supply)
    could = np.any(workable(supply, fitting_shifts(supply, duty)), axis=2)
    # Those who have left, or are away throughout, are not in today's team, whatever they held.
    eligible = np.asarray(could.any(axis=1), dtype=np.bool_)
    past = _past_turns(supply, duty, eligible)
    fair: defaultdict[int, Fraction] = defaultdict(Fraction)
    for turns, able in (
        *_turns_of_horizon(supply, duty, could),
        *_turns_of_history(supply, duty, eligible, past),
    ):
        for agent, part in divided(turns, {i: hours[i] for i in able}).items():
            fair[agent] += part
    agents = sorted(fair)
    return FairShare(
        np.array(agents, dtype=np.int64),
        tuple(fair[i] for i in agents),
        tuple(past[i] for i in agents),
    )


def divided(turns: int, hours: dict[int, Fraction]) -> dict[int, Fraction]:
    """Return turns divided in proportion to hours, nobody having more than one."""
    shares: dict[int, Fraction] = {}
    left = dict(hours)
    while left:
        rate = Fraction(turns - len(shares)) / sum(left.values())
        full = [i for i, own in left.items() if own * rate >= 1]
        if not full:
            return shares | {i: own * rate for i, own in left.items()}
        shares |= dict.fromkeys(full, Fraction(1))
        for i in full:
            del left[i]
    return shares


def weekly_hours(supply: Supply) -> list[Fraction]:
    """Return the contract hours a week of each agent, by which turns are divided."""
    usual = {contract.name: _usual_hours(contract) for contract in supply.contracts}
    return [usual.get(agent.contract or "", USUAL_HOURS) for agent in supply.agents]


def _usual_hours(contract: Contract) -> Fraction:
    if contract.target is not None:
        per, hours = contract.target
        return Fraction(hours) / (1 if per == "week" else WEEKS_A_MONTH)
    limits = (contract.overtime_after_hours_per_week, contract.max_hours_per_week)
    named = [Fraction(hours) for hours in limits if hours]
    return min(named, default=USUAL_HOURS)


def fitting_shifts(supply: Supply, duty: Duty) -> NDArray[np.bool_]:
    """Return on which shifts an agent could hold the duty, shape (agents, shifts).

    Shifts that a hard rule keeps from the agent altogether are left out. Skills and stores
    do not count.
    """
    fits = np.array([duty.fits(shift) for shift in supply.shifts])
    if duty.max_per_week == 0:
        fits[:] = False
    return np.asarray(fits & ~_banned(supply), dtype=np.bool_)


def workable(supply: Supply, fits: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which fitting shifts agents could work, shape (agents, planned days, shifts).

    Employment, leave and pins count.
    """
    grid = supply.grid
    could = grid.offered[:, grid.history_days :] & fits[:, None, :]
    for pin in supply.planned.pins:
        agent, day = grid.agent_index[pin.agent_id], supply.horizon.index(pin.date)
        kept = np.zeros(len(supply.shifts), dtype=np.bool_)
        if pin.shift is not None:
            kept[grid.shift_index[pin.shift]] = True
        could[agent, day] &= kept
    return np.asarray(could, dtype=np.bool_)


def _banned(supply: Supply) -> NDArray[np.bool_]:
    """Return which shifts a hard rule keeps an agent from altogether, shape (agents, shifts)."""
    grid = supply.grid
    paid = np.array([shift.paid_minutes for shift in supply.shifts])
    banned = np.zeros((len(supply.agents), len(supply.shifts)), dtype=np.bool_)
    for rule in supply.effective_rules:
        shifts = np.empty(0, dtype=np.int64)
        if isinstance(rule, ForbiddenShifts) or (isinstance(rule, MaxShifts) and not rule.count):
            shifts = grid.shifts_of(rule.shifts)
        elif isinstance(rule, MaxHours):
            shifts = np.flatnonzero(paid > float(rule.hours) * 60)
        if rule.hard and shifts.size:
            banned[np.ix_(rule.chosen(grid), shifts)] = True
    return banned


def _turns_of_horizon(
    supply: Supply, duty: Duty, could: NDArray[np.bool_]
) -> Iterator[tuple[int, list[int]]]:
    """Yield for each planned day and group the turns, and who could hold them."""
    for group in duty.groups:
        may = np.array([may_hold(duty, group, agent) for agent in supply.agents])
        for day in range(supply.horizon.days):
            needed = duty.needed(supply.horizon.dates[day])
            if needed:
                yield needed, np.flatnonzero(may & could[:, day]).tolist()


def _past_turns(supply: Supply, duty: Duty, eligible: NDArray[np.bool_]) -> Counter[int]:
    """Return the turns in the history of each agent who may still hold the duty."""
    position = supply.grid.agent_index
    held = Counter(position[turn.agent_id] for turn in supply.past_turns if turn.duty == duty.name)
    for i in tuple(held):
        if not (eligible[i] and any(may_hold(duty, g, supply.agents[i]) for g in duty.groups)):
            del held[i]
    return held


def _turns_of_history(
    supply: Supply, duty: Duty, eligible: NDArray[np.bool_], past: Counter[int]
) -> Iterator[tuple[int, list[int]]]:
    """Yield for each day and group of the history the turns held, and who could hold them."""
    position = supply.grid.agent_index
    held: defaultdict[tuple[Date, tuple[str, ...]], list[int]] = defaultdict(list)
    for turn in supply.past_turns:
        agent = position[turn.agent_id]
        if turn.duty == duty.name and past[agent]:
            held[turn.date, turn.stores].append(agent)
    away = {(row.agent_id, row.date) for row in supply.problem.leave if row.hours is None}
    for (date, stores), holders in held.items():
        there = {
            i
            for i in np.flatnonzero(eligible).tolist()
            if may_hold(duty, stores, supply.agents[i])
            and supply.agents[i].employed(date)
            and (supply.agents[i].agent_id, date) not in away
        }
        # Who held a turn could hold it, whatever the tables of today say.
        yield len(holders), sorted(there.union(holders))
