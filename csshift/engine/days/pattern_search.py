"""Rosters from pattern programs: of the whole horizon, or of some days while the rest stays.

With one column for each good distribution of a day, exact search mostly ends within seconds on two
weeks of a small team.
"""

from __future__ import annotations

import logging
import math

import numpy as np

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.days.decomposition import DayDecomposition
from csshift.engine.days.patterns import PatternProgram
from csshift.engine.incumbent import Incumbent
from csshift.engine.solvers.cpsat import Limits
from csshift.program import Integers

logger = logging.getLogger(__name__)

STAGE = "pattern program"

EARLY = 1 / 3
"""Part of its limit within which a search that ends could have had more days."""

ROUNDING = 1e-6
"""Part of an objective that rounding may hide, beside two units of cost for each day."""


class PatternSearch:
    """Improves the incumbent by pattern programs around it; for one thread at a time.

    Parameters
    ----------
    days : DayDecomposition
        Has a bound.
    blocks : RecourseBlocks
    incumbent : Incumbent
        Holds a solution.
    """

    def __init__(
        self, days: DayDecomposition, blocks: RecourseBlocks, incumbent: Incumbent
    ) -> None:
        self.days, self.blocks, self.incumbent = days, blocks, incumbent
        self.params, self._budget = days.params, incumbent.budget
        self._horizon = blocks.structure.days
        self._number = max(1.0, self.params.first_window * self._horizon)
        self._rng = np.random.default_rng((self._budget.seed, 17))
        self._program: PatternProgram | None = None
        self._seconds = self.params.pattern_share * self._budget.seconds
        self._fruitless = 0
        self._offered: set[bytes] = set()

    @property
    def complete(self) -> bool:
        """Whether all patterns that matter are listed, so that a search may prove."""
        return self._program is not None and self._program.complete

    @property
    def over(self) -> bool:
        """Whether too many turns gained nothing."""
        return self._fruitless >= self.params.pattern_patience

    def renew(self) -> None:
        """List the patterns for the present incumbent."""
        values, objective = self.incumbent.values, self.incumbent.objective
        if values is not None and objective is not None:
            self._program = PatternProgram(self.days, values, objective)

    def search_whole(self) -> bool:
        """Search the whole horizon for a turn; return whether that came to its end."""
        program, until = self._program, self._budget.elapsed + self._seconds
        while program is not None and not self.incumbent.done:
            seconds = self._seconds if self._budget.reproducible else until - self._budget.elapsed
            limits = Limits(seconds, workers=self._budget.workers, full_presolve=True)
            decided, bound, ended = program.solve(self._budget, limits, self._budget.seed)
            if bound is not None:
                self.incumbent.raise_bound(bound, STAGE)
            # What costs more than it seemed to is searched again, with what is known by now.
            if decided is not None and self._offer(program, decided) and ended:
                continue
            if decided is None and ended:
                self._conclude(program)
            return ended
        return True

    def _conclude(self, program: PatternProgram) -> None:
        """Take what a search of all days proves that ended without a better roster.

        It does not prove the known roster optimal where that seems to cost less than it does.
        """
        if not program.complete:
            return
        objective, cost = self.incumbent.objective or 0, program.known_cost()
        # All rosters that are not listed cost at least as much as the one known at first.
        self.incumbent.raise_bound(min(cost, program.objective), STAGE)
        if cost >= objective - ROUNDING * abs(objective) - 2 * len(self.days.groups):
            self.incumbent.exhaust()

    def search_until_complete(self) -> None:
        """Take turns at some days until there are too many in vain, or all patterns are listed."""
        while not (self.over or self.incumbent.done):
            self.take_turn()
            if self.complete:
                return

    def take_turn(self) -> float:
        """Search some days after others for a turn; return the seconds that it was to take."""
        before, complete, seconds = self.incumbent.objective, self.complete, self._seconds
        self.search_days(self._budget.elapsed + seconds)
        if self.incumbent.objective != before:
            self._fruitless = 0
        else:
            # A proof may need the time that a search for better rosters does not.
            self._fruitless += not complete
            self._seconds *= self.params.pattern_growth
        if not self.incumbent.done:
            self.renew()
        return seconds

    def search_days(self, until: float = math.inf, steps: float = math.inf) -> None:
        """Search some days after others, until some second of the budget or for some steps."""
        program, budget = self._program, self._budget
        while program is not None and steps > 0 and not self.incumbent.done:
            if budget.elapsed >= until or self.incumbent.values is None:
                return
            if not np.array_equal(self.incumbent.values, program.values):
                program.follow(self.incumbent.values)
            steps -= 1
            self._search_some_days(program)

    def _search_some_days(self, program: PatternProgram) -> None:
        budget, began = self._budget, self._budget.elapsed
        chosen = self._some_days()
        limit = self.params.window_share * budget.seconds
        seed = int(self._rng.integers(1 << 30))
        decided, ended = program.solve_days(budget, Limits(limit), seed, chosen)
        before = self.incumbent.objective or 0
        if decided is not None:
            self._offer(program, decided)
        spent = budget.elapsed - began
        gain = before - (self.incumbent.objective or 0)
        end = "" if ended else ", not proved"
        logger.debug("patterns of %d days: %.2f s, gain %g%s", chosen.size, spent, gain, end)
        if ended and decided is None and chosen.size == self._horizon:
            self._conclude(program)
        growth = self.params.window_growth
        if not ended:
            self._number = max(1.0, self._number / growth)
        elif budget.reproducible or spent < EARLY * limit:
            self._number = min(float(self._horizon), self._number * growth)

    def _some_days(self) -> Integers:
        """Return days in a row, going on from the last day to the first, or any days."""
        number = round(self._number)
        if self._rng.random() < self.params.scattered_share:
            return np.sort(self._rng.choice(self._horizon, number, replace=False))
        first = int(self._rng.integers(self._horizon))
        return np.sort(np.arange(first, first + number) % self._horizon)

    def _offer(self, program: PatternProgram, decided: Integers) -> bool:
        """Offer a roster, and learn what its days truly cost; return whether it is a new one.

        Rounding may let a roster seem better than the best one again and again.
        """
        known = decided.tobytes()
        if known in self._offered:
            return False
        self._offered.add(known)
        self.days.learn(decided)
        self.blocks.offer(decided, self.incumbent, STAGE)
        program.learn(decided)
        program.follow(decided if self.incumbent.values is None else self.incumbent.values)
        return True
