"""Turns of another stage and of the improvement, by what each of them gains a second."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from csshift.engine.generation_params import ColumnGenerationParams
from csshift.engine.incumbent import Incumbent
from csshift.engine.lns.improvement import LargeNeighbourhoodSearch


class Alternation:
    """Takes turns until the incumbent is done.

    Parameters
    ----------
    incumbent : Incumbent
    improvement : LargeNeighbourhoodSearch or None
        None where only the other stage is to run.
    """

    def __init__(
        self,
        incumbent: Incumbent,
        improvement: LargeNeighbourhoodSearch | None,
        params: ColumnGenerationParams = ColumnGenerationParams(),
    ) -> None:
        self.incumbent, self.improvement = incumbent, improvement
        self.params = params
        self._budget = incumbent.budget

    def improve(self) -> None:
        """Improve while that gains much more than at last, for a share of the time at most."""
        params, budget = self.params.windows, self._budget
        until = budget.elapsed + params.improvement_share * budget.left
        most = 0.0
        while not self.incumbent.done and budget.elapsed < until:
            rate, _ = self._improve(min(budget.elapsed + params.min_seconds, until))
            most = max(most, rate)
            if rate <= params.improvement_decline * most:
                return

    def run(self, step: Callable[[], None], most: float | None = None) -> None:
        """Alternate between steps and the improvement.

        The improvement runs longer after each step the more it gains a second. Where neither
        gains, it has at least its first share again.

        Parameters
        ----------
        most : float or None
            Time of the improvement at most, relative to that of a step; that of the parameters
            when None.
        """
        params, share = self.params, self.params.first_turn
        most = params.max_turn if most is None else most
        while not self.incumbent.done:
            rate, spent = self._turn(step)
            if self.improvement is None:
                continue
            turn = max(params.min_turn_seconds, share * spent)
            other, _ = self._improve(self._budget.elapsed + turn)
            if rate + other > 0:
                share = min(max(other / (rate + 1e-12), params.min_turn), most)
            else:
                share = max(share, params.first_turn)

    def _improve(self, until: float) -> tuple[float, float]:
        if self.improvement is None:
            return 0.0, 0.0
        return self._turn(partial(self.improvement.run, self._budget.workers, until=until))

    def _turn(self, step: Callable[[], None]) -> tuple[float, float]:
        """Take a step; return its gain a second, and its seconds."""
        began, before = self._budget.elapsed, self.incumbent.objective or 0
        step()
        spent = self._budget.elapsed - began
        gained = before - (self.incumbent.objective or 0)
        return gained / max(spent, 1e-3), spent
