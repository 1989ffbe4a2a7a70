"""Who sits at the desk when: breaks, absences and ring-fenced time drawn for one replication.

A break is one stretch that begins anywhere in the shift with equal probability; one that
would pass the end continues at the beginning, so that each minute of the shift is a break with
the probability that the plan counts with. Those who begin together take turns (stratified).

Within each interval the time that is left goes, one after the other from a random place on, to
calls and chats in the proportion of the plan, and to what keeps an agent from both: duties,
ring-fenced work with a deadline, and the shrinkage of the skills served.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.simulation.desk import ANYTHING, CALLS, CHATS, Desk
from csshift.simulation.turns import Plan, Turn

Span: TypeAlias = tuple[float, float]
LEAST = 1.0
"""Seconds; shorter stretches are not worth getting up for."""


class Change(NamedTuple):
    """From now on an agent takes other contacts.

    Parameters
    ----------
    takes : int
        `CALLS`, `CHATS`, `ANYTHING`, or 0.
    queues : tuple of int
        The queues that the plan names; empty with `takes` 0.
    """

    time: float
    agent: int
    takes: int
    slot: int
    queues: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Attendance:
    """One replication's presence.

    Parameters
    ----------
    changes : list of Change
        In the order of time.
    staffed : float array, shape (queues, slots)
        Seconds that agents give to each queue: for live contacts what the plan shares out,
        the time of those whom it names nowhere in equal parts; for deferrable work the
        ring-fenced time.
    fenced : float array, shape (queues, slots)
        Ring-fenced seconds for deferrable work times efficiency, shrinkage left out.
    """

    changes: list[Change]
    staffed: NDArray[np.float64]
    fenced: NDArray[np.float64]


def draw_attendance(desk: Desk, rng: np.random.Generator) -> Attendance:
    """Draw breaks and absences of every turn."""
    drawing = _Drawing(desk)
    together = defaultdict(list)
    for turn in desk.turns:
        together[turn.spans, turn.break_seconds].append(turn)
    for turns in together.values():
        places = (rng.permutation(len(turns)) + rng.random(len(turns))) / len(turns)
        for turn, place in zip(turns, places.tolist(), strict=True):
            drawing.add(turn, place, rng)
    # Who comes sits down before who goes gets up; who does both, a shift after another, stays.
    staying = {(change.time, change.agent) for change in drawing.changes if change.takes}
    changes = [c for c in drawing.changes if c.takes or (c.time, c.agent) not in staying]
    changes.sort(key=lambda change: (change.time, not change.takes, change.agent))
    return Attendance(changes, drawing.staffed, drawing.fenced)


class _Drawing:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.changes: list[Change] = []
        self.staffed = np.zeros(desk.expected.shape)
        self.fenced = np.zeros(desk.expected.shape)
        per_agent = (desk.efficiency[:, : desk.live] > 0).tolist()
        self.able = [tuple(q for q, can in enumerate(row) if can) for row in per_agent]

    def add(self, turn: Turn, place: float, rng: np.random.Generator) -> None:
        """Add a turn whose break begins at a place of the shift, 0 to 1."""
        stretches = _without_break(turn, place)
        seconds = self.desk.slot_seconds
        by_slot: dict[int, list[Span]] = defaultdict(list)
        for start, end in stretches:
            first = max(int(start // seconds), 0)  # a night may have begun before the horizon
            for slot in range(first, min(int(-(-end // seconds)), self.desk.slots)):
                inside = max(start, slot * seconds), min(end, (slot + 1) * seconds)
                if inside[1] > inside[0]:
                    by_slot[slot].append(inside)
        changes: list[Change] = []
        ends: list[float] = []
        offsets = rng.random(len(by_slot)).tolist()
        for slot, offset in zip(by_slot, offsets, strict=True):
            for change, end in self._interval(turn, slot, by_slot[slot], offset):
                changes.append(change)
                ends.append(end)
        for change, end, following in zip(changes, ends, [*changes[1:], None], strict=True):
            self.changes.append(change)
            if following is None or following.time > end + 1e-6:
                self.changes.append(Change(end, turn.agent, 0, change.slot, ()))

    def _interval(
        self, turn: Turn, slot: int, stretches: list[Span], offset: float
    ) -> Iterator[tuple[Change, float]]:
        plan = turn.plans.get(slot, Plan())
        there = sum(end - start for start, end in stretches)
        calls, chats, queues = self._live_time(turn, slot, stretches, plan)
        away = there - calls - chats
        parts: list[tuple[float, int, tuple[int, ...]]] = [
            (calls, CALLS if plan.calls else ANYTHING, queues[0]),
            (chats, CHATS, queues[1]),
            (away, 0, ()),
        ]
        if (turn.agent + slot) % 2:
            parts[0], parts[1] = parts[1], parts[0]
        parts = [part for part in parts if part[0] >= LEAST]
        for start, end, takes, named in _laid_out(stretches, parts, offset * there):
            yield Change(start, turn.agent, takes, slot, named), end

    def _live_time(
        self, turn: Turn, slot: int, stretches: list[Span], plan: Plan
    ) -> tuple[float, float, tuple[tuple[int, ...], tuple[int, ...]]]:
        """Return seconds for calls (or for anything) and for chats, and the queues of both."""
        there = sum(end - start for start, end in stretches)
        left = there - _on_duty(turn, stretches)
        length = self.desk.slot_seconds
        reserved = plan.set_aside + sum(share for _, share in plan.deferrable)
        squeeze = min(1.0, max(left, 0.0) / (reserved * length)) if reserved else 0.0
        for queue, share in plan.deferrable:
            time = share * length * squeeze * (1 - float(turn.shrinkage[queue]))
            self.staffed[queue, slot] += time
            self.fenced[queue, slot] += time * float(self.desk.efficiency[turn.agent, queue])
        left = max(0.0, left - reserved * length * squeeze)
        named = [*plan.calls, *plan.chats]
        if not named:
            named = [(queue, 1.0) for queue in self.able[turn.agent]]
        if not named or left < LEAST:
            return 0.0, 0.0, ((), ())
        total = sum(share for _, share in named)
        present = left * (1 - sum(turn.shrinkage[q] * share for q, share in named) / total)
        for queue, share in named:
            self.staffed[queue, slot] += present * share / total
        part = sum(share for _, share in plan.chats) / total if plan.chats else 0.0
        first = plan.calls or ([] if plan.chats else named)
        names = tuple(q for q, _ in first), tuple(q for q, _ in plan.chats)
        return present * (1 - part), present * part, names


def _on_duty(turn: Turn, stretches: list[Span]) -> float:
    return sum(
        share * max(0.0, min(end, last) - max(start, first))
        for first, last, share in turn.duties
        for start, end in stretches
    )


def _without_break(turn: Turn, place: float) -> list[Span]:
    length = sum(end - start for start, end in turn.spans)
    first = place * length
    last = first + turn.break_seconds
    kept = [(max(0.0, last - length), first), (last, length)]
    return [
        span for part in kept for span in _at_work(turn.spans, *part) if span[1] - span[0] >= LEAST
    ]


def _at_work(spans: tuple[Span, ...], start: float, end: float) -> Iterator[Span]:
    """Yield the times of day of a stretch that is counted along the spans."""
    passed = 0.0
    for first, last in spans:
        low, high = max(start - passed, 0.0), min(end - passed, last - first)
        if high > low:
            yield first + low, first + high
        passed += last - first


def _laid_out(
    stretches: list[Span], parts: list[tuple[float, int, tuple[int, ...]]], offset: float
) -> Iterator[tuple[float, float, int, tuple[int, ...]]]:
    """Yield the parts one after the other along the stretches, from an offset on, in a circle.

    They are scaled to fill the stretches.
    """
    if not parts:
        return
    total = sum(end - start for start, end in stretches)
    stretch = total / sum(length for length, _, _ in parts)
    if len(parts) == 1:
        offset = 0.0
    found: list[tuple[float, float, int, tuple[int, ...]]] = []
    spans = tuple(stretches)
    place = offset
    for length, takes, queues in parts:
        end = place + length * stretch
        for shift in (0.0, total):
            low, high = max(place - shift, 0.0), min(end - shift, total)
            if high > low:
                found += [(*span, takes, queues) for span in _at_work(spans, low, high)]
        place = end
    yield from sorted(found)
