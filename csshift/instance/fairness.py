"""Fair shares of the duty turns, settled before the search, and the price of leaving them.

Each day's turns are divided among those who may hold them, could work that day and serve a
queue that needs somebody then, in proportion to their contract hours; the fair number of an
agent is the sum.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from fractions import Fraction
from functools import cached_property
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from csshift.instance.requirements import SupplyAndDemand
from csshift.instance.supply import Supply
from csshift.instance.terms import weekly_hours
from csshift.model.duties import Duty
from csshift.model.horizon import period_blocks
from csshift.model.people import Agent


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
    attainable : tuple of int
        Turns of the horizon that the agent could hold at most.
    """

    agents: NDArray[np.int64]
    fair: tuple[Fraction, ...]
    past: tuple[int, ...]
    attainable: tuple[int, ...]

    @property
    def shared(self) -> bool:
        """Whether there is anybody to share with."""
        return len(self.fair) > 1

    @cached_property
    def target(self) -> tuple[Fraction, ...]:
        """The numbers to come near to: the fair ones, where the history leaves them in reach.

        Those who already held more than is fair keep what they held, and the others divide
        the rest in proportion to their fair numbers.
        """
        most = [
            past + attainable for past, attainable in zip(self.past, self.attainable, strict=True)
        ]
        return within(self.fair, self.past, most)


def within(
    numbers: Sequence[Fraction], least: Sequence[int], most: Sequence[int]
) -> tuple[Fraction, ...]:
    """Return numbers of the same sum, all in the same proportion to these but where limits bind.

    Where the limits do not leave room for the sum, everybody is at the limit in its way.
    """
    left, free = sum(numbers, Fraction(0)), list(range(len(numbers)))
    found = list(numbers)
    while free:
        basis = sum((numbers[i] for i in free), Fraction(0))
        rate = max(left, Fraction(0)) / basis if basis else Fraction(0)
        wanted = {i: rate * numbers[i] for i in free}
        low = [i for i in free if wanted[i] < least[i]]
        high = [i for i in free if wanted[i] > most[i]]
        found = [wanted.get(i, number) for i, number in enumerate(found)]
        if not low and not high:
            break
        lifted = sum((least[i] - wanted[i] for i in low), Fraction(0))
        lowered = sum((wanted[i] - most[i] for i in high), Fraction(0))
        # The side that moves more is settled first: the other may yet come free.
        settled, limit = (low, least) if lifted >= lowered else (high, most)
        for i in settled:
            found[i] = Fraction(limit[i])
            left -= limit[i]
            free.remove(i)
    return tuple(found)


def fair_shares(instance: SupplyAndDemand) -> dict[str, FairShare]:
    """Return the fair shares of every duty, by name."""
    return {duty.name: fair_share(instance, duty) for duty in instance.duties}


def may_hold(duty: Duty, group: tuple[str, ...], agent: Agent) -> bool:
    """Return whether the agent may hold the duty for a group of stores (empty: all)."""
    return duty.skill in agent.skills and (not group or any(map(agent.serves, group)))


def may_hold_any(duty: Duty, agent: Agent) -> bool:
    """Return whether the agent may hold the duty for any of its groups of stores."""
    return any(may_hold(duty, group, agent) for group in duty.groups)


def fair_share(instance: SupplyAndDemand, duty: Duty) -> FairShare:
    """Return the fair numbers of a duty's turns.

    The turns of each planned day and group of stores are divided among those who may hold
    them, could work a fitting shift that day and serve a queue that requires heads within it,
    or, if there is no such person, among all who could. Those of the history are divided among
    those who may hold them and were employed and not on leave. Turns of people who have left,
    who may hold the duty no longer or can hold it on no planned day, are not divided. Nobody
    has more than one turn a day, or more turns than `max_per_week` allows.
    """
    hours = weekly_hours(instance.problem)
    workable_shifts = workable(instance, fitting_shifts(instance, duty))
    could = np.any(workable_shifts, axis=2)
    needed = np.any(workable_shifts & needed_on(instance), axis=2)
    days = list(_days_of_horizon(instance, duty, could, needed))
    # Those who have left, or are away throughout, are not in today's team, whatever they held.
    sharing = {i for day in days for _, able in day for i in able}
    eligible = np.array([i in sharing for i in range(len(instance.agents))], dtype=np.bool_)
    past = _past_turns(instance, duty, eligible)
    fair: defaultdict[int, Fraction] = defaultdict(Fraction)
    for day in (*days, *_groups_of_history(instance, duty, eligible, past)):
        for agent, part in divided_by_day(day, hours).items():
            fair[agent] += part
    agents = sorted(fair)
    attainable = _attainable_turns(instance, duty, could)
    numbers = tuple(fair[i] for i in agents)
    if duty.max_per_week is not None:
        numbers = within(numbers, [0] * len(agents), [past[i] + attainable[i] for i in agents])
    return FairShare(
        np.array(agents, dtype=np.int64),
        numbers,
        tuple(past[i] for i in agents),
        tuple(attainable[i] for i in agents),
    )


def divided_by_day(
    groups: Sequence[tuple[int, list[int]]], hours: Sequence[Fraction]
) -> dict[int, Fraction]:
    """Return a day's turns divided, nobody having more than one in all groups of stores.

    Parameters
    ----------
    groups : sequence of (int, list of int)
        For each group of stores, the turns and who could hold them. The group with the fewest
        of them goes first.
    hours : sequence of Fraction
        Contract hours of each agent.
    """
    shares: defaultdict[int, Fraction] = defaultdict(Fraction)
    for turns, able in sorted(groups, key=lambda group: len(group[1])):
        room = {i: 1 - shares[i] for i in able}
        for agent, part in divided(turns, {i: hours[i] for i in able}, room).items():
            shares[agent] += part
    return {agent: part for agent, part in shares.items() if part}


def divided(
    turns: int, hours: Mapping[int, Fraction], room: Mapping[int, Fraction] | None = None
) -> dict[int, Fraction]:
    """Return turns divided in proportion to hours, nobody having more than the room (or one)."""
    most = dict(zip(hours, repeat(Fraction(1)), strict=False)) if room is None else room
    shares: dict[int, Fraction] = {}
    left = dict(hours)
    while left:
        rate = (turns - sum(shares.values(), Fraction(0))) / sum(left.values())
        full = [i for i, own in left.items() if own * rate >= most[i]]
        if not full:
            return shares | {i: own * rate for i, own in left.items()}
        shares |= {i: most[i] for i in full}
        for i in full:
            del left[i]
    return shares


def needed_on(instance: SupplyAndDemand) -> NDArray[np.bool_]:
    """Return on which shifts an agent serves a queue that requires heads within the shift.

    Returns
    -------
    bool array, shape (agents, planned days, shifts)
    """
    demand, classes = instance.demand, instance.classes
    days, per_day = instance.horizon.days, instance.horizon.intervals_per_day
    slot = demand.day * per_day + demand.interval
    # Shifts of the last day end after the horizon.
    offsets = [offset for offset, _ in instance.quantities.presence]
    last = max((int(offset.max(initial=0)) for offset in offsets), default=0)
    open_to = np.zeros(
        (classes.count, max(days * per_day + last, int(slot.max(initial=0))) + 1), bool
    )
    queues = np.column_stack([demand.store, demand.skill])
    for store, skill in np.unique(queues, axis=0).tolist():
        able = classes.efficiency[:, store, skill] > 0
        own = slot[(demand.store == store) & (demand.skill == skill)]
        open_to[np.ix_(able, own)] = True
    starts = np.arange(days) * per_day
    by_class = np.stack(
        [open_to[:, starts[:, None] + offset].any(axis=2) for offset in offsets], axis=2
    )
    return np.asarray(by_class[classes.of_agent], dtype=np.bool_)


def _attainable_turns(instance: SupplyAndDemand, duty: Duty, could: NDArray[np.bool_]) -> list[int]:
    """Return how many turns of the horizon each agent could hold at most."""
    may = np.array([may_hold_any(duty, agent) for agent in instance.agents])
    able = could & may[:, None]
    if duty.max_per_week is None:
        return [int(days) for days in able.sum(axis=1)]
    dates, position = instance.horizon.dates, instance.grid.agent_index
    held = Counter(
        (position[turn.agent_id], turn.date.isocalendar()[:2])
        for turn in instance.past_turns
        if turn.duty == duty.name
    )
    attainable = [0] * len(instance.agents)
    for block, _ in period_blocks(dates, "week"):
        week = dates[block[0]].isocalendar()[:2]
        there = able[:, block.start : block.stop].sum(axis=1).tolist()
        for i, days in enumerate(there):
            attainable[i] += min(days, max(0, duty.max_per_week - held[i, week]))
    return attainable


def fitting_shifts(supply: Supply, duty: Duty) -> NDArray[np.bool_]:
    """Return on which shifts an agent could hold the duty, shape (agents, shifts).

    Shifts that a hard rule keeps from the agent altogether are left out. Skills and stores
    do not count.
    """
    fits = np.array([duty.fits(shift) for shift in supply.shifts])
    if duty.max_per_week == 0:
        fits[:] = False
    return np.asarray(fits & ~banned_shifts(supply), dtype=np.bool_)


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


def banned_shifts(supply: Supply) -> NDArray[np.bool_]:
    """Return which shifts a hard rule keeps an agent from altogether, shape (agents, shifts)."""
    banned = supply.grid.banned
    empty = np.zeros((len(supply.agents), len(supply.shifts)), dtype=np.bool_)
    return empty if banned is None else banned


def _days_of_horizon(
    supply: Supply, duty: Duty, could: NDArray[np.bool_], needed: NDArray[np.bool_]
) -> Iterator[list[tuple[int, list[int]]]]:
    """Yield for each planned day and group the turns, and who shares them."""
    may = [np.array([may_hold(duty, g, agent) for agent in supply.agents]) for g in duty.groups]
    for day in range(supply.horizon.days):
        groups = []
        turns = duty.needed(supply.horizon.dates[day])
        for member in may if turns else ():
            wanted = member & needed[:, day]
            able = wanted if wanted.any() else member & could[:, day]
            groups.append((turns, np.flatnonzero(able).tolist()))
        yield groups


def _past_turns(supply: Supply, duty: Duty, eligible: NDArray[np.bool_]) -> Counter[int]:
    """Return the turns in the history of each agent who may still hold the duty."""
    position = supply.grid.agent_index
    held = Counter(position[turn.agent_id] for turn in supply.past_turns if turn.duty == duty.name)
    for i in tuple(held):
        if not (eligible[i] and may_hold_any(duty, supply.agents[i])):
            del held[i]
    return held


def _groups_of_history(
    supply: Supply, duty: Duty, eligible: NDArray[np.bool_], past: Counter[int]
) -> Iterator[list[tuple[int, list[int]]]]:
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
        yield [(len(holders), sorted(there.union(holders)))]
