"""What an INRC-II roster costs by the definitions of arXiv:1501.04177; nothing knows csshift.

Runs of days are judged as the competition's validator does: those of the history count from
their true start, and one that reaches the last day is never too short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from benchmarks.inrc2_format import Instance, Limits, Nurse, Roster

TOTAL, CONSECUTIVE, DAYS_OFF = "total assignments", "consecutive assignments", "days off in a row"
PREFERENCES, WEEKENDS, COMPLETE = "preferences", "working weekends", "complete weekends"
COVER = "optimal coverage"

WEIGHTS = {
    COVER: 30,
    DAYS_OFF: 30,
    PREFERENCES: 10,
    COMPLETE: 30,
    TOTAL: 20,
    WEEKENDS: 30,
}
WORK_WEIGHT, SHIFT_WEIGHT = 30, 15
"""Those of consecutive assignments: of any shift, and of the same one."""


def costs(instance: Instance, roster: Roster) -> Counter[str]:
    """Return the cost of each soft constraint."""
    found: Counter[str] = Counter()
    for nurse in instance.nurses:
        row = [roster.get((nurse.name, day), (None,))[0] for day in range(instance.days)]
        found.update(_costs_of_nurse(instance, nurse, row))
    for name, day, shift in instance.days_off:
        worked = roster.get((name, day), (None,))[0]
        if worked is not None and shift in (None, worked):
            found[PREFERENCES] += WEIGHTS[PREFERENCES]
    heads = _heads(roster)
    for need in instance.needs:
        missing = need.best - heads[need.day, need.shift, need.skill]
        found[COVER] += WEIGHTS[COVER] * max(0, missing)
    return +found


def _heads(roster: Roster) -> Counter[tuple[int, str, str]]:
    return Counter((day, shift, skill) for (_, day), (shift, skill) in roster.items())


def _costs_of_nurse(instance: Instance, nurse: Nurse, row: list[str | None]) -> Counter[str]:
    found: Counter[str] = Counter()
    contract, past = instance.contracts[nurse.contract], nurse.past
    worked = [shift is not None for shift in row]
    weekends = [worked[day : day + 2] for day in range(5, len(row), 7)]
    # What the history has in excess is settled: each further shift or weekend counts.
    least, most = contract.total.least - past.total, max(0, contract.total.most - past.total)
    total = sum(worked)
    found[TOTAL] = WEIGHTS[TOTAL] * max(least - total, total - most, 0)
    excess = sum(map(any, weekends)) - max(0, contract.weekends - past.weekends)
    found[WEEKENDS] = WEIGHTS[WEEKENDS] * max(0, excess)
    if contract.complete:
        found[COMPLETE] = WEIGHTS[COMPLETE] * sum(a != b for a, b in weekends)
    found[DAYS_OFF] = WEIGHTS[DAYS_OFF] * _runs(
        (not works for works in worked), past.off, contract.off
    )
    found[CONSECUTIVE] = WORK_WEIGHT * _runs(worked, past.work, contract.work)
    for shift, limits in instance.shifts.items():
        before = past.same if past.shift == shift else 0
        found[CONSECUTIVE] += SHIFT_WEIGHT * _runs((s == shift for s in row), before, limits)
    return found


def _runs(flags: Iterable[bool], before: int, limits: Limits) -> int:
    """Return the days by which runs of true days are too short or too long.

    Parameters
    ----------
    flags : iterable of bool
        The planned days.
    before : int
        Days of the history in a row, up to its last one.
    limits : Limits
    """
    total = 0
    groups = [(flag, len(list(group))) for flag, group in groupby(flags)]
    if before and not groups[0][0]:
        groups.insert(0, (True, 0))
    for place, (flag, planned) in enumerate(groups):
        if not flag:
            continue
        length = planned + (before if place == 0 else 0)
        total += min(planned, max(0, length - limits.most))
        if place < len(groups) - 1:
            total += max(0, limits.least - length)
    return total


def broken(instance: Instance, roster: Roster) -> Iterator[str]:
    """Yield every hard constraint that a roster breaks, in words."""
    skills = {nurse.name: nurse.skills for nurse in instance.nurses}
    for (name, day), (shift, skill) in roster.items():
        if skill not in skills[name]:
            yield f"{name} works as {skill} on day {day}"
        if shift in instance.blocked.get(_shift_before(instance, roster, name, day) or "", ()):
            yield f"{name}: {shift} on day {day} may not follow the day before"
    heads = _heads(roster)
    for need in instance.needs:
        there = heads[need.day, need.shift, need.skill]
        if there < need.least:
            yield f"{there} of {need.least} {need.skill} on {need.shift} of day {need.day}"


def _shift_before(instance: Instance, roster: Roster, name: str, day: int) -> str | None:
    if day:
        return roster.get((name, day - 1), (None,))[0]
    return next(nurse.past.shift for nurse in instance.nurses if nurse.name == name)
