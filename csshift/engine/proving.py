"""Raising the bound beside the improvement: days apart from agents, cuts, exact relaxations."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from csshift.engine.benders.master import solve_benders
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.days.decomposition import DayDecomposition
from csshift.engine.days.pattern_search import PatternSearch
from csshift.engine.incumbent import Incumbent
from csshift.engine.lns.improvement import LargeNeighbourhoodSearch
from csshift.engine.params import SearchParams
from csshift.engine.relaxation.repeated import relaxation_fits
from csshift.engine.solvers.cpsat import Limits
from csshift.engine.solvers.lp import Relaxation, relax
from csshift.engine.solvers.scip import solve_scip
from csshift.engine.structure import LinkingRows
from csshift.engine.subproblem import Subproblem

logger = logging.getLogger(__name__)

AddCuts: TypeAlias = Callable[[float], bool]


class Proving:
    """Stages that raise the bound; with several workers, one of them proves.

    Parameters
    ----------
    blocks : RecourseBlocks
    links : LinkingRows
    full : Subproblem
        The structure's full subproblem.
    incumbent : Incumbent
    params : SearchParams
    """

    def __init__(
        self,
        blocks: RecourseBlocks,
        links: LinkingRows,
        full: Subproblem,
        incumbent: Incumbent,
        params: SearchParams,
    ) -> None:
        self.blocks, self.links, self.full = blocks, links, full
        self.incumbent, self.params = incumbent, params
        self._budget = incumbent.budget
        self._running: list[threading.Event] = []
        self._fruitless = 0.0
        self._days: DayDecomposition | None = None
        self._days_done: threading.Event | None = None

    def is_loose(self, known: Relaxation | None) -> bool:
        """Return whether a more exact relaxation than the known one may raise the bound."""
        exact = known is not None and known.converged and known.method == "simplex"
        return not exact and self.params.tighten and not self._budget.reproducible

    def begin_days(self, relaxation: Relaxation | None, add_cuts: AddCuts | None = None) -> None:
        """Begin to price days apart from agents in a thread of its own, with several workers.

        Nothing happens where the relaxation may still be tightened.

        Parameters
        ----------
        relaxation : Relaxation or None
            Its dual values are the first prices.
        add_cuts : callable or None
            Looks for cuts until some second of the budget; returns whether more of them may raise
            the bound.
        """
        several = self._budget.workers > 1 and not self._budget.reproducible
        if several and not self.is_loose(relaxation):
            self._begin_days(relaxation, add_cuts)

    def _begin_days(self, relaxation: Relaxation | None, add_cuts: AddCuts | None) -> None:
        self._days_done = self._beside(lambda: self._price_in_turns(relaxation, add_cuts))

    def price_days(
        self,
        relaxation: Relaxation | None,
        improvement: LargeNeighbourhoodSearch,
        add_cuts: AddCuts | None = None,
    ) -> None:
        """Price days apart from agents, beside the improvement or in turns with it.

        Parameters
        ----------
        relaxation, add_cuts
            As for `begin_days`, which need not have been called.
        improvement : LargeNeighbourhoodSearch
        """
        if self._budget.reproducible or self._budget.workers == 1:
            self._price_alone(relaxation, improvement)
        else:
            if self._days_done is None:
                self._begin_days(relaxation, add_cuts)
            improvement.run(self._budget.workers - 1, until_event=self._days_done)
        if self._days is not None:
            self._search_patterns(self._days, improvement)

    def _day_decomposition(self, relaxation: Relaxation | None) -> DayDecomposition | None:
        """Return the decomposition, None where there is nothing to decompose."""
        structure, params = self.blocks.structure, self.params.days
        if relaxation is None or not self.params.price_days:
            return None
        small = structure.decisions.size <= params.max_columns
        if self.incumbent.done or structure.direct.all() or not (small and params.max_steps):
            return None
        on_bound = partial(self.incumbent.raise_bound, stage="days apart from agents")
        self._days = DayDecomposition(
            *(self.blocks, self.links, self.full, relaxation.duals, self._budget, on_bound, params),
            known_bound=self.incumbent.bound,
            cut_params=self.params.cuts,
        )
        return self._days

    def _price_alone(
        self, relaxation: Relaxation | None, improvement: LargeNeighbourhoodSearch
    ) -> None:
        """Price days in turns with the improvement, or for a number of steps."""
        days, params, budget = self._day_decomposition(relaxation), self.params.days, self._budget
        if days is None:
            return
        if budget.reproducible:
            for _ in range(int(params.reproducible_steps * budget.seconds)):
                self._step(days)
            return
        while not (days.finished or self.incumbent.done):
            began = budget.elapsed
            self._repeat(days, began + params.turn_seconds)
            self._improve_while_it_pays(improvement, budget.elapsed - began)

    def _price_in_turns(self, relaxation: Relaxation | None, add_cuts: AddCuts | None) -> None:
        days = self._day_decomposition(relaxation)
        if days is not None:
            self._in_turns(days, add_cuts)

    def _in_turns(self, days: DayDecomposition, add_cuts: AddCuts | None) -> None:
        """Price days or look for cuts, whichever raised the bound faster in its last turn.

        While the master of the days falls, they have most turns: the bound rises later.
        """
        budget, seconds = self._budget, self.params.days.bound_turn_share * self._budget.seconds
        rates = {"days": math.inf, "cuts": math.inf}
        turns = 0
        while not self.incumbent.done:
            waits = days.moving and turns < self.params.days.turns_of_days
            faster = rates["cuts"] > rates["days"] and not waits
            with_cuts = add_cuts is not None and (days.finished or faster)
            turns = 0 if with_cuts else turns + 1
            # Where the days have proven more than the last cuts could, rosters need the time.
            behind = rates["cuts"] == 0 and days.bound == self.incumbent.bound
            if days.finished and (not with_cuts or behind):
                return
            began, before, own = budget.elapsed, self.incumbent.bound or 0, days.bound
            if with_cuts and add_cuts is not None:
                add_cuts = add_cuts if add_cuts(began + seconds) else None
            else:
                self._repeat(days, began + seconds)
            spent = max(budget.elapsed - began, 1e-3)
            rate = ((self.incumbent.bound or 0) - before) / spent
            if with_cuts:
                rates["cuts"] = rate
            else:
                rates["days"] = max(rate, self._own_rate(days, own, spent))

    def _own_rate(self, days: DayDecomposition, before: int | None, spent: float) -> float:
        """Return how fast days raise their own bound, 0 where it will not soon be the better one.

        It may be behind that of the cuts and rise ten times as fast.
        """
        if days.bound is None or before is None:
            return 0.0
        rate = (days.bound - before) / spent
        behind = (self.incumbent.bound or 0) - days.bound
        soon = self.params.days.catching_up_share * self._budget.left
        return rate if behind < rate * soon else 0.0

    def _improve_while_it_pays(self, improvement: LargeNeighbourhoodSearch, spent: float) -> None:
        """Let the only worker improve after a turn at the bound, longer while that gains."""
        params, budget = self.params.days, self._budget
        turn = params.improvement_ratio * spent
        latest = budget.elapsed + params.improving_ratio * spent
        gains = True
        while gains and not self.incumbent.done and budget.elapsed < latest:
            before = self.incumbent.objective
            improvement.run(1, until=min(budget.elapsed + turn, latest))
            gains = self.incumbent.objective != before

    def _search_patterns(
        self, days: DayDecomposition, improvement: LargeNeighbourhoodSearch
    ) -> None:
        """Search for rosters of good days, beside the improvement, while that pays."""
        budget = self._budget
        if days.bound is None:
            return
        search = PatternSearch(days, self.blocks, self.incumbent)
        search.renew()
        if budget.reproducible:
            if not (search.complete and search.search_whole()):
                search.search_days(steps=self.params.days.reproducible_windows)
            return
        while not (self.incumbent.done or search.over):
            if budget.workers > 1:
                done = self._beside(search.search_until_complete)
                improvement.run(budget.workers - 1, until_event=done)
                if not (search.complete or search.over):
                    return  # it failed
            else:
                seconds = search.take_turn()
                improvement.run(1, until=budget.elapsed + seconds)
            if search.complete and search.search_whole():
                return

    def _repeat(self, days: DayDecomposition, until: float | None = None) -> None:
        while not (days.finished or self.incumbent.done):
            self._step(days)
            if until is not None and self._budget.elapsed >= until:
                return

    def _step(self, days: DayDecomposition) -> None:
        """Take a step; end where other stages have proven more for a while."""
        if self.incumbent.values is not None:
            days.learn(self.incumbent.values)
        before = self.incumbent.bound
        began = self._budget.elapsed
        days.step()
        raised = self.incumbent.bound != before
        if self._budget.workers > 1:
            # The master falls for many steps before the bound rises; nobody waits for them.
            raised |= days.moving
        self._fruitless = 0.0 if raised else self._fruitless + self._budget.elapsed - began
        if self._budget.reproducible:
            return
        if self._fruitless > self.params.days.patience_share * self._budget.seconds:
            logger.info("days apart from agents are given up: no higher bound for a while")
            days.finished = True

    def search_by_cuts(self, improvement: LargeNeighbourhoodSearch) -> None:
        """Search a small program by cuts in turns with its improvement, each twice as long."""
        params = self.params.benders
        if self._budget.reproducible or self.blocks.structure.decisions.size > params.max_columns:
            return
        seconds = 2 * params.turn_share * self._budget.seconds
        while not self.incumbent.done:
            improvement.run(self._budget.workers, until=self._budget.elapsed + seconds)
            until = self._budget.elapsed + seconds
            solve_benders(self.blocks, self.links, self.incumbent, until)
            seconds *= 2

    def tighten(
        self,
        improvement: LargeNeighbourhoodSearch,
        usual_seconds: float,
        take: Callable[[Relaxation], object],
    ) -> None:
        """Solve the relaxation again, more exactly, once the first improvements are made.

        Parameters
        ----------
        improvement : LargeNeighbourhoodSearch
        usual_seconds : float
            What the first relaxation took.
        take : callable
            Called with every relaxation.
        """
        params, budget = self.params.relaxation, self._budget

        def work() -> None:
            for tolerance, share in params.tightening:
                seconds = share * budget.left
                if relaxation_fits(self.full, params, seconds):
                    found = relax(self.full, budget, seconds, tolerance, threads=1, params=params)
                    if found is not None:
                        take(found)

        if budget.workers > 1:
            # The bound is worth a worker later: the first solutions are far from it.
            wait = min(params.tighten_after * usual_seconds, params.tighten_latest * budget.left)
            improvement.run(budget.workers, until=budget.elapsed + wait)
        done = self._beside(work)
        if budget.workers > 1:
            improvement.run(budget.workers - 1, until_event=done)

    def wait(self) -> None:
        """Wait for what is still running."""
        for done in self._running:
            done.wait()

    def _beside(self, work: Callable[[], None]) -> threading.Event:
        """Do some work in a thread of its own; return what is set once it has ended."""
        done = self.incumbent.in_thread(work, "bound")
        self._running.append(done)
        return done


def solve_whole(
    blocks: RecourseBlocks, full: Subproblem, incumbent: Incumbent, limits: Limits
) -> None:
    """Solve the whole program by branch and bound, from the best solution on.

    Parameters
    ----------
    full : Subproblem
        That of the blocks' structure.
    """
    if incumbent.values is None:
        return
    decisions, budget = incumbent.values.copy(), incumbent.budget
    hint = decisions[full.column_ids]
    found = solve_scip(full, budget, limits, hint=hint, seed=budget.seed)
    logger.debug("branch and bound: %s", found.status)
    if found.values is not None:
        decisions[full.column_ids] = found.values
        blocks.offer(decisions, incumbent, "branch and bound")
