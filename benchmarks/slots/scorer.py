"""The judge of fixed-slot rosters, whoever made them: it knows neither csshift nor its rivals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.slots.instance import (
    LONGEST_RUN,
    REST_MINUTES,
    UNFILLED,
    SlotAgent,
    SlotInstance,
    SlotShift,
)

DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class Judgement:
    """What a roster is worth.

    Parameters
    ----------
    unfilled : int
        Slots without an agent.
    broken : int
        Weight of the wishes that are not kept.
    faults : tuple of str
        What no roster may do; empty for a valid one.
    """

    unfilled: int
    broken: int
    faults: tuple[str, ...]

    @property
    def objective(self) -> int:
        """Points: to be as low as possible."""
        return UNFILLED * self.unfilled + self.broken


def judge(instance: SlotInstance, turns: Iterable[tuple[str, int, str]]) -> Judgement:
    """Judge a roster.

    Parameters
    ----------
    turns : iterable of (str, int, str)
        Agent, day and shift code, one for each filled slot.
    """
    listed = sorted(turns)
    filled = Counter((day, code) for _, day, code in listed)
    unfilled = sum(max(0, heads - filled[key]) for key, heads in instance.slots.items())
    worked = {(agent, day): code for agent, day, code in listed}
    return Judgement(unfilled, _broken(instance, worked), tuple(_faults(instance, listed, filled)))


def _broken(instance: SlotInstance, worked: Mapping[tuple[str, int], str]) -> int:
    broken = 0
    for wish in instance.wishes:
        code = worked.get((wish.agent, wish.day))
        works = code is not None if not wish.shift else code == wish.shift
        broken += wish.weight * (works != (wish.want == "work"))
    return broken


def _faults(
    instance: SlotInstance, turns: list[tuple[str, int, str]], filled: Counter[tuple[int, str]]
) -> Iterator[str]:
    agents = {agent.name: agent for agent in instance.agents}
    shifts = {shift.code: shift for shift in instance.shifts}
    unknown = [turn for turn in turns if turn[0] not in agents or turn[2] not in shifts]
    if unknown:
        yield f"{unknown[0]} names somebody or something that is not there"
        return
    for (day, code), heads in filled.items():
        if heads > instance.slots.get((day, code), 0):
            yield f"more agents than slots on day {day}, {code}"
    days: dict[str, list[tuple[int, SlotShift]]] = defaultdict(list)
    for name, day, code in turns:
        days[name].append((day, shifts[code]))
        if (name, day) in instance.leave:
            yield f"{name} is on leave on day {day}"
        if shifts[code].skill not in agents[name].skills:
            yield f"{name} on day {day} lacks the skill of {code}"
    for name, own in days.items():
        yield from _personal_faults(agents[name], own)


def _personal_faults(agent: SlotAgent, own: list[tuple[int, SlotShift]]) -> Iterator[str]:
    """Yield what is wrong with the days of one agent, which are in order."""
    for (day, shift), (following, after) in pairwise(own):
        if day == following:
            yield f"{agent.name} works twice on day {day}"
        elif (following - day) * DAY_MINUTES + after.start - shift.end < REST_MINUTES:
            yield f"{agent.name} rests too little before day {following}"
    minutes: Counter[int] = Counter()
    for day, shift in own:
        minutes[day // 7] += shift.paid
    for week, total in minutes.items():
        if total > agent.week_minutes:
            yield f"{agent.name} works {total} minutes in week {week}"
    worked = {day for day, _ in own}
    for day in sorted(worked):
        if all(day + further in worked for further in range(LONGEST_RUN + 1)):
            yield f"{agent.name} works every day from day {day} to {day + LONGEST_RUN}"
