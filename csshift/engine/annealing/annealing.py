"""Simulated annealing over the schedules of agents (Kirkpatrick, Gelatt and Vecchi, 1983).

A step draws new choices of one to three agents on some days. Those of one agent are drawn all at
once, with a probability that falls with their cost: the cheapest path through the agent's decision
diagram at randomly perturbed prices (Papandreou and Yuille, 2011).
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from csshift.engine.annealing.kernel import Moves
from csshift.engine.annealing.recourse_prices import RecoursePrices
from csshift.engine.annealing.schedules import ScheduleBuilder, TooLargeError
from csshift.engine.annealing.tables import DEAD
from csshift.engine.annealing.team import Choices, Team
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.incumbent import Incumbent
from csshift.engine.params import AnnealingParams
from csshift.program import Integers

logger = logging.getLogger(__name__)

STAGE = "annealing"


class Annealing:
    """Improves the incumbent in cycles that begin hot and end cold; for one thread at a time.

    Parameters
    ----------
    recourse : RecourseBlocks
    incumbent : Incumbent
        Holds a feasible solution.
    params : AnnealingParams
    number : int
        Those of one search with different numbers draw differently.
    """

    def __init__(
        self,
        recourse: RecourseBlocks,
        incumbent: Incumbent,
        params: AnnealingParams,
        number: int = 0,
    ) -> None:
        self.recourse, self.incumbent, self.params = recourse, incumbent, params
        self.number = number
        self._budget = incumbent.budget
        self.rng = np.random.default_rng((self._budget.seed, 11, number))
        self._team: Team | None = None
        self._preparing: Future[Team] | None = None
        self._cycle: _Cycle | None = None
        self._failed = False
        self.length = 1.0
        """Of the next cycle, as a multiple of the first one."""
        self._typical = 0.0
        self.steps = 0
        """Of the last cycle."""

    @property
    def usable(self) -> bool:
        """Whether the program is small enough, as far as is known, and exact search not closer."""
        gap = self.incumbent.gap
        if gap is not None and gap <= self.params.min_gap:
            return False
        structure = self.recourse.structure
        fits = 0 < structure.decisions.size <= self.params.max_columns
        return fits and not self._failed and not structure.direct.all()

    @property
    def cycle_seconds(self) -> float:
        """Seconds that the next cycle should take: more after each cycle that was worth it."""
        params, budget = self.params, self._budget
        share = min(params.first_share * self.length, params.last_share)
        seconds = share * budget.seconds
        return seconds if budget.reproducible else min(seconds, budget.left)

    def lengthen(self) -> None:
        """Let the next cycles take longer, if there were steps in the last one."""
        if self.steps:
            self.length *= self.params.growth

    def run(self, over: threading.Event | None = None) -> float:
        """Anneal once; return what was gained.

        Parameters
        ----------
        over : Event or None
            Interrupts the cycle; the next call goes on with it.
        """
        before, values, self.steps = self.incumbent.objective, self.incumbent.values, 0
        if before is None or values is None or not self.usable:
            return 0.0
        team = self._prepared()
        if team is None:
            return 0.0
        began = self._budget.elapsed
        cycle = self._cycle = self._cycle or self._begin(team, values)
        cycle.run(over or threading.Event())
        if cycle.ended:
            self._cycle = None
        self.steps = cycle.steps
        gain = before - (self.incumbent.objective or before)
        logger.debug(
            "annealing: %d steps, %.1f s, %d vertices, temperature %.3g to %.3g, gain %d",
            cycle.steps,
            self._budget.elapsed - began,
            len(team.prices.log),
            cycle.hottest,
            cycle.coldest,
            gain,
        )
        return float(gain)

    def _begin(self, team: Team, values: Integers) -> _Cycle:
        """Return a cycle that begins at a solution."""
        seconds = self.cycle_seconds
        team.load(values)
        team.learn()
        # A tiny program is proven at once by others, if it is not kept waiting.
        most = self.params.steps_per_decision * self.recourse.structure.decisions.size
        steps = max(1, round(most * self.length))
        if self._budget.reproducible:
            steps = max(1, min(steps, round(self.params.reproducible_steps * seconds)))
            seconds = math.inf
        # Around a good roster, most differences may be of choices that hardly matter.
        present = team.typical_difference(self.params.typical)
        self._typical = max(self._typical, present)
        hottest = self.params.hottest * self._typical
        coldest = self.params.hottest * self.params.cooling * present
        return _Cycle(self, team, values, steps, seconds, (hottest, coldest))

    def offer(self, team: Team, values: Integers, chosen: Integers) -> None:
        """Offer choices with their exact recourse."""
        decisions = team.decisions(values, chosen)
        blocks = self.recourse.structure.all_blocks
        settled = self.recourse.evaluate(blocks, decisions, self._budget)
        if settled is not None:
            self.incumbent.offer(settled, STAGE)

    def _prepared(self) -> Team | None:
        """Return the team; None where it is too large, or not ready after a moment.

        The first search of an installation compiles the steps, which nothing can interrupt.
        """
        if self._team is None and not self._failed:
            self._preparing = self._preparing or _beside(self._prepare)
            moment = None if self._budget.reproducible else self.params.wait_seconds
            try:
                self._team = self._preparing.result(moment)
            except TooLargeError:
                logger.info("no annealing: an agent, or all of them, have too many schedules")
                self._failed = True
            except TimeoutError:
                logger.debug("annealing: not prepared yet")
        return self._team

    def _prepare(self) -> Team:
        """Describe the schedules of the team, and compile the steps.

        Raises
        ------
        TooLargeError
        """
        began = self._budget.elapsed
        structure = self.recourse.structure
        prices = RecoursePrices(self.recourse, self._budget)
        builder = ScheduleBuilder(structure, prices, self.params)
        agents = []
        for agent in structure.agents.tolist():
            agents.append(builder.build(agent))
            spent = self._budget.elapsed - began
            late = spent > self.params.prepare_share * self._budget.seconds
            if self.incumbent.done or (late and not self._budget.reproducible):
                raise TooLargeError
        team = Team(prices, agents)
        before = self._budget.elapsed
        team.compile()
        if self._budget.reproducible:
            # Compiled once for an installation: what that takes would not repeat.
            self._budget.discount(self._budget.elapsed - before)
        logger.debug("annealing: prepared in %.2f s", self._budget.elapsed - began)
        return team


def _beside(prepare: Callable[[], Team]) -> Future[Team]:
    """Prepare a team in a thread of its own; an interpreter that ends waits for it."""
    pool = ThreadPoolExecutor(1, "annealing")
    try:
        return pool.submit(prepare)
    finally:
        pool.shutdown(wait=False)


class _Cycle:
    """One cycle: draws choices at a temperature that falls, for some steps or seconds."""

    def __init__(
        self,
        annealing: Annealing,
        team: Team,
        values: Integers,
        most_steps: int,
        seconds: float,
        temperatures: tuple[float, float],
    ) -> None:
        self._annealing, self._team, self._values = annealing, team, values
        self._params, self._rng = annealing.params, annealing.rng
        self._incumbent = annealing.incumbent
        self._budget = annealing.incumbent.budget
        params = annealing.params
        self._moves = Moves(params.several_agents, params.most_agents, params.days)
        self._most_steps, self._seconds, self._spent = most_steps, seconds, 0.0
        self.steps = 0
        self.ended = False
        self.hottest, self.coldest = temperatures
        self._best = team.choices
        self._candidate: Choices | None = None
        # Offered as it is, too: the slacks of the solution may not be at their best.
        self._offered = False
        self._offer_at = 0.0
        self._learn_at, self._pause = 1, 1

    def run(self, over: threading.Event) -> None:
        """Go on to the end of the cycle, or until the event."""
        began = self._budget.elapsed - self._spent
        timed = self._seconds < math.inf
        while not (self._incumbent.done or over.is_set()):
            now = self._budget.elapsed
            self._spent = now - began
            progress = self.steps / self._most_steps
            if timed:
                seconds = min(self._seconds, self._spent + self._budget.left)
                progress = max(progress, self._spent / max(seconds, 1e-3))
            self.ended = progress >= 1.0
            if self.ended:
                break
            self._take_steps(self.hottest * (self.coldest / self.hottest) ** progress)
            if not self._offered and timed and now > self._offer_at:
                self._offer()
        self._offer()

    def _take_steps(self, temperature: float) -> None:
        """Take steps until prices are to be made exact, and not too many."""
        parts = self._params.cycle_parts
        part = max(1, min(self._params.steps_at_once, math.ceil(self._most_steps / parts)))
        count = max(1, min(part, self._most_steps - self.steps, self._learn_at - self.steps))
        lowest = (self._candidate or self._best).cost
        found = self._team.take_steps(self._moves, self._rng, temperature, count, lowest)
        self._candidate = found or self._candidate
        self.steps += count
        if self.steps >= self._learn_at:
            error = max(self._learn(), self._check())
            # What is off by less than the temperature hardly changes what is drawn.
            self._pause = 2 * self._pause if error <= temperature else self._pause // 2
            least, most = self.steps // parts, self._params.learning_pause * part
            self._pause = max(1, least, min(self._pause, most))
            self._learn_at = self.steps + self._pause

    def _learn(self) -> int:
        """Make prices exact at the present choices; return by how much they were too low."""
        before = self._team.total()
        self._team.learn()
        return self._team.total() - before

    def _check(self) -> int:
        """Keep the candidate as the best if it truly is; return by how much it seemed better."""
        candidate, self._candidate = self._candidate, None
        if candidate is None:
            return 0
        exact = self._team.learn_of(candidate)
        if exact is None:
            return DEAD
        if exact.cost < self._best.cost:
            self._best, self._offered = exact, False
        return exact.cost - candidate.cost

    def _offer(self) -> None:
        self._check()
        if not self._offered:
            self._annealing.offer(self._team, self._values, self._best.chosen)
            self._offered = True
            self._offer_at = self._budget.elapsed + self._params.offer_seconds
