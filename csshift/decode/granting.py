"""Granting wishes that a search left over, where that costs less than the wish is worth.

A search that ends early leaves wishes broken for no reason. Each of them is tried with one
change of the agent's days, and with an exchange between two agents, on one day or on two. What
the best of these would cost says what a wish lost to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from csshift.compile import Compiled
from csshift.compile.coverage import SHORTAGE, SHORTAGE_STEPS
from csshift.compile.work import REQUESTS
from csshift.decode.changes import Changes, Days, Move
from csshift.decode.rosters import decode_decisions
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.model.people import Request
from csshift.scoring.judging import broken_requests

Integers = NDArray[np.int64]

MOST_TRIALS = 20_000
"""Changes and exchanges that are tried in all."""

MOST_TRIALS_OF_WISH = 2_000


@dataclass(frozen=True)
class LostWish:
    """A wish that is not granted, and what the cheapest way to grant it would cost.

    Parameters
    ----------
    request : Request
    worked : str or None
        What is worked instead.
    costs : dict of str to Fraction or None
        Points of the cheapest way by what they are paid for, the wish itself left out; empty
        where every way breaks a hard rule; None where it was not examined.
    barriers : tuple of str
        The hard rules that the ways break, the most frequent one first.
    """

    request: Request
    worked: str | None
    costs: dict[str, Fraction] | None = None
    barriers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Granted:
    """Values with wishes granted, and the wishes that are left."""

    values: Integers
    lost: tuple[LostWish, ...]


def grant_wishes(
    compiled: Compiled, blocks: RecourseBlocks, values: Integers, seconds: float
) -> Granted:
    """Grant the wishes that one change or one exchange grants at a gain.

    Parameters
    ----------
    compiled : Compiled
    blocks : RecourseBlocks
        Of its program.
    values : int array, shape (columns,)
        A solution of its program.
    seconds : float
        Wall-clock limit; infinite: trials alone are counted.
    """
    broken = _lost(compiled, values)
    if not broken or not compiled.instance.weights.wish_points:
        return Granted(values, tuple(LostWish(*entry) for entry in broken))
    granting = _Granting(compiled, blocks, values.copy(), seconds)
    granting.improve()
    lost = _lost(compiled, granting.values)
    return Granted(granting.values, tuple(granting.explained(*entry) for entry in lost))


def _lost(compiled: Compiled, values: Integers) -> list[tuple[Request, str | None]]:
    """Return the wishes that are not granted and what is worked, the weightiest first."""
    if not compiled.instance.planned.requests:
        return []
    broken = broken_requests(compiled.instance, decode_decisions(compiled, values))
    return sorted(broken, key=lambda entry: (-entry[0].weight, entry[0].date))


class _Wishes(Days):
    """The decisions of each agent and day, and the ways in which they can grant a wish."""

    def moves(self, request: Request, values: Integers) -> Iterator[Move]:
        """Yield the changes and exchanges that grant a wish, the smallest first."""
        now = self.contents(values)
        agent = self.instance.grid.agent_index[request.agent_id]
        for days, kept in self._answers(request, now[agent]):
            ours = now[agent, days]
            for shifts in kept:
                yield self._move(agent, days, np.array([self.only(s) for s in shifts]))
                if len(days) == 1 and ours[0, self.shifts + 1 :].any():
                    yield from self._passing_turns_on(now, agent, days[0], shifts[0])
            grants = [
                j
                for j in range(len(self.instance.agents))
                if j != agent and tuple(self.worked(content) for content in now[j, days]) in kept
            ]
            for j in grants:
                yield self._exchange(now, agent, j, days)
            yield from self._with_another_day(now[agent], agent, days, ours, kept)
            for j in grants:
                for e in self._others(days):
                    if (now[j, e] != now[agent, e]).any():
                        yield self._exchange(now, agent, j, [*days, e])

    def _answers(
        self, request: Request, mine: Integers
    ) -> Iterator[tuple[list[int], list[tuple[int | None, ...]]]]:
        """Yield days that have to change together, and the shifts on them that grant a wish."""
        day = self.instance.horizon.index(request.date)
        every = [None, *range(self.shifts)]
        if request.shift is not None:
            named = set(self.instance.grid.shifts_wished(request.shift).tolist())
            wanted = [s for s in every if (s in named) == (request.want == "work")]
            yield [day], [(shift,) for shift in wanted]
        elif request.want == "work":
            yield [day], [(shift,) for shift in every if shift is not None]
        else:
            before = None if day == 0 else self.worked(mine[day - 1])
            if before is None or before not in self.overnight:
                yield [day], [(None,)]
                return
            short = [shift for shift in every if shift not in self.overnight]
            if self.worked(mine[day]) is None:
                yield [day - 1], [(shift,) for shift in short]
            else:
                yield [day - 1, day], [(shift, None) for shift in short]

    def _passing_turns_on(
        self, now: Integers, agent: int, day: int, shift: int | None
    ) -> Iterator[Move]:
        """Yield changes of a day whose duty turns are kept on another shift or passed on."""
        held = np.flatnonzero(now[agent, day, self.shifts + 1 :])
        for other in range(now.shape[0]):
            works = shift if other == agent else self.worked(now[other, day])
            if works is None:
                continue
            # The turns of a duty and group are consecutive, a column for each shift.
            turns = held - held % self.shifts + works + self.shifts + 1
            own = self.only(shift)
            taker = own if other == agent else now[other, day].copy()
            taker[turns] = 1
            agents = [agent] if other == agent else [agent, other]
            contents = [own] if other == agent else [own, taker]
            yield Move(np.array(agents), np.full(len(agents), day), np.array(contents))

    def _with_another_day(
        self,
        mine: Integers,
        agent: int,
        days: list[int],
        ours: Integers,
        kept: list[tuple[int | None, ...]],
    ) -> Iterator[Move]:
        """Yield changes of which a second day of the agent makes up for the hours."""
        had = sum(self.worked(content) is not None for content in ours)
        for shifts in kept:
            gains = sum(shift is not None for shift in shifts) - had
            new = np.array([self.only(shift) for shift in shifts])
            for e in self._others(days) if gains else ():
                works = self.worked(mine[e]) is not None
                if works == (gains > 0):
                    choices = [None] if works else list(range(self.shifts))
                    for shift in choices:
                        contents = np.vstack([new, self.only(shift)])
                        yield self._move(agent, [*days, e], contents)

    def _others(self, days: list[int]) -> list[int]:
        near = sorted(range(self.count), key=lambda e: (abs(e - days[0]), e))
        return [e for e in near if e not in days]

    def _move(self, agent: int, days: list[int], contents: Integers) -> Move:
        return Move(np.full(len(days), agent), np.array(days), contents)

    def _exchange(self, now: Integers, one: int, other: int, days: list[int]) -> Move:
        agents = np.array([one] * len(days) + [other] * len(days))
        contents = np.concatenate([now[other, days], now[one, days]])
        return Move(agents, np.array([*days, *days]), contents)


class _Granting(Changes):
    """One solution that changes while wishes are granted.

    Parameters
    ----------
    compiled : Compiled
    blocks : RecourseBlocks
    values : int array, shape (columns,)
        Changed in place.
    seconds : float
    """

    def __init__(
        self, compiled: Compiled, blocks: RecourseBlocks, values: Integers, seconds: float
    ) -> None:
        super().__init__(compiled, blocks, values, seconds, MOST_TRIALS)
        self.days: _Wishes = _Wishes(compiled)
        self.costs: dict[Request, dict[str, Fraction] | None] = {}
        self.barriers: dict[Request, Counter[str]] = {}

    def improve(self) -> None:
        """Grant wishes, the weightiest first, until a round grants none."""
        granted = True
        while granted and not self.over:
            granted = False
            self.costs.clear()
            for request, _ in _lost(self.compiled, self.values):
                granted = self._grant(request) or granted
                if self.over:
                    return

    def explained(self, request: Request, worked: str | None) -> LostWish:
        """Return a wish that is lost with what is known of why."""
        barriers = tuple(name for name, _ in self.barriers.get(request, Counter()).most_common(3))
        return LostWish(request, worked, self.costs.get(request), barriers)

    def _grant(self, request: Request) -> bool:
        """Grant a wish if a change or an exchange gains by it."""
        before = self.program.objective(self.values)
        best: tuple[int, Integers] | None = None
        self.barriers[request] = Counter()
        for number, move in enumerate(self.days.moves(request, self.values)):
            if self.over or number >= MOST_TRIALS_OF_WISH:
                if best is None:
                    return False
                break
            self.trials -= 1
            settled = self.settled(move, self.barriers[request])
            if settled is None:
                continue
            after = self.program.objective(settled)
            if after < before and self.program.holds(settled):
                self.take(settled)
                return True
            if best is None or after < best[0]:
                best = after, settled
        self.costs[request] = {} if best is None else self._compared(request, best[1])
        return False

    def _compared(self, request: Request, settled: Integers) -> dict[str, Fraction]:
        """Return what a solution costs more than the present one, by what it is paid for.

        Wishes and labour cost are coefficients of the columns of shifts and days.
        """
        program = self.program
        change = program.cost * (settled - self.values)
        own = Fraction(request.weight) * self.compiled.instance.weights.wish_points
        found: dict[str, Fraction] = {REQUESTS: own}
        for column in np.flatnonzero(change).tolist():
            name = program.families[int(program.column_family[column])]
            name = SHORTAGE if name in SHORTAGE_STEPS else name
            name = REQUESTS if self.decided[column] else name
            found[name] = found.get(name, Fraction(0)) + Fraction(
                int(change[column]), program.scale
            )
        return {name: points for name, points in found.items() if points > 0}
