"""Simulated annealing over the schedules of agents (Kirkpatrick, Gelatt and Vecchi, 1983).

A step draws new choices of one to three agents on some days. Those of one agent are drawn all at
once, with a probability that falls with their cost: the cheapest path through the agent's decision
diagram at randomly perturbed prices (Papandreou and Yuille, 2011). A step takes less than a
millisecond.
"""

from __future__ import annotations

import logging
import math
import threading
from dataclasses import dataclass

import numpy as np

from csshift.engine.annealing.recourse_prices import RecoursePrices
from csshift.engine.annealing.schedules import ScheduleBuilder, TooLargeError
from csshift.engine.annealing.team import Member, Team
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.incumbent import Incumbent
from csshift.engine.params import AnnealingParams
from csshift.program import Integers

logger = logging.getLogger(__name__)

STAGE = "annealing"


@dataclass
class _Best:
    """The best choices of a cycle."""

    cost: float
    choices: tuple[Integers, ...]
    offered: bool = False


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
        """Let the next cycles take longer."""
        self.length *= self.params.growth

    def close(self) -> None:
        """Give back what was taken for annealing."""

    def run(self, over: threading.Event | None = None) -> float:
        """Anneal once; return what was gained.

        Parameters
        ----------
        over : Event or None
            Ends the cycle.
        """
        before, values = self.incumbent.objective, self.incumbent.values
        if before is None or values is None or not self.usable:
            return 0.0
        team = self._prepared()
        if team is None:
            return 0.0
        began, seconds = self._budget.elapsed, self.cycle_seconds
        team.load(values)
        self.learn(team)
        # A tiny program is proven at once by others, if it is not kept waiting.
        most = self.params.steps_per_decision * self.recourse.structure.decisions.size
        steps = max(1, round(most * self.length))
        if self._budget.reproducible:
            steps = max(1, min(steps, round(self.params.reproducible_steps * seconds)))
        # Around a good roster, most differences may be of choices that hardly matter.
        typical = team.typical_difference(self.params.typical)
        self._typical = max(typical, self.params.fading * self._typical)
        cycle = _Cycle(self, team, values, self.params.hottest * self._typical)
        until = math.inf if self._budget.reproducible else began + seconds
        cycle.run(steps, until, over or threading.Event())
        self.steps = cycle.steps
        gain = before - (self.incumbent.objective or before)
        logger.debug(
            "annealing: %d steps, %.1f s, %d vertices, temperature %.3g, gain %d",
            cycle.steps,
            self._budget.elapsed - began,
            len(team.prices.log),
            cycle.hottest,
            gain,
        )
        return float(gain)

    def offer(self, team: Team, values: Integers, choices: tuple[Integers, ...]) -> None:
        """Offer choices with their exact recourse."""
        decisions = team.decisions(values, choices)
        blocks = self.recourse.structure.all_blocks
        settled = self.recourse.evaluate(blocks, decisions, self._budget)
        if settled is not None:
            self.incumbent.offer(settled, STAGE)

    def _prepared(self) -> Team | None:
        """Return the team, described at first use; None where it is too large."""
        if self._team is None:
            began = self._budget.elapsed
            structure = self.recourse.structure
            prices = RecoursePrices(self.recourse, self._budget)
            builder = ScheduleBuilder(structure, prices, self.params)
            try:
                agents = []
                for agent in structure.agents.tolist():
                    agents.append(builder.build(agent))
                    spent = self._budget.elapsed - began
                    late = spent > self.params.prepare_share * self._budget.seconds
                    if self.incumbent.done or (late and not self._budget.reproducible):
                        raise TooLargeError
            except TooLargeError:
                logger.info("no annealing: an agent, or all of them, have too many schedules")
                self._failed = True
                return None
            self._team = Team(prices, agents)
            logger.debug("annealing: prepared in %.2f s", self._budget.elapsed - began)
        return self._team

    def learn(self, team: Team) -> bool:
        """Make the prices exact at the present supply; return whether it has a recourse."""
        possible = team.prices.learn(team.supply)
        team.follow_prices()
        return possible


class _Cycle:
    """One cycle: draws choices at a temperature that falls."""

    def __init__(self, annealing: Annealing, team: Team, values: Integers, hottest: float) -> None:
        self._annealing, self._team, self._values = annealing, team, values
        self._params, self._rng = annealing.params, annealing.rng
        self._incumbent = annealing.incumbent
        self._budget = annealing.incumbent.budget
        self._days = annealing.recourse.structure.days
        self._reached = np.zeros(team.prices.blocks, dtype=np.bool_)
        self.steps = 0
        self.hottest = hottest
        # Not offered yet: the slacks of the solution may not be at their best.
        self._best = _Best(team.total(), self._choices())
        self._running = self._best.cost
        self._offer_at = 0.0

    def run(self, most_steps: int, until: float, over: threading.Event) -> None:
        """Take steps until there were enough, some seconds of the budget, or the event."""
        began = self._budget.elapsed
        timed = until < math.inf
        warm = self._params.warm_steps * len(self._team.members)
        while not (self._incumbent.done or over.is_set()):
            now = self._budget.elapsed
            progress = self.steps / most_steps
            if timed:
                progress = max(progress, (now - began) / max(until - began, 1e-3))
            if progress >= 1.0:
                break
            self._step(self.hottest * self._params.cooling**progress)
            self.steps += 1
            if self.steps <= warm:
                self._annealing.learn(self._team)
                self._running = self._team.total()
            if self._running < self._best.cost - 0.5:
                self._keep()
            if not self._best.offered and timed and now > self._offer_at:
                self._offer()
        self._offer()

    def _step(self, temperature: float) -> None:
        """Draw the choices of some agents on some days; keep them unless they cost too much."""
        team = self._team
        # One call draws all of these numbers: each call takes about as long as a small sum.
        chances = self._rng.random(4 + self._params.most_agents).tolist()
        windows = self._windows(chances[1:])
        if not windows:
            return
        blocks = self._blocks(windows)
        former, members_former = team.state(blocks), [member.state() for member, _ in windows]
        cost = float(former[2].sum()) + sum(member.own_cost for member, _ in windows)
        for member, window in windows:
            team.lift(member, window)
        predicted = 0.0
        for member, window in windows:
            predicted += self._draw(member, window, temperature)
        before = [state[0] for state in members_former]
        if all(member.chosen is was for (member, _), was in zip(windows, before, strict=True)):
            return
        new = team.settle(blocks) + sum(member.own_cost for member, _ in windows)
        # The choices of one agent were drawn by their cost already, but for what prices got wrong.
        surprise = new - cost - (predicted if len(windows) == 1 else 0.0)
        if surprise <= -temperature * math.log(max(chances[0], 1e-300)):
            self._running += new - cost
            return
        team.restore(blocks, former)
        for (member, _), state in zip(windows, members_former, strict=True):
            member.restore(state)

    def _windows(self, chances: list[float]) -> list[tuple[Member, tuple[int, int]]]:
        """Return some members and their layers, by numbers between 0 and 1."""
        several, length, begin, *agents = chances
        params, members = self._params, self._team.members
        most, count = min(params.most_agents, len(members)), 1
        if several < params.several_agents and most > 1:
            count = 2 + int(several / params.several_agents * (most - 1))
        days = min(self._days, 1 + int(-params.days * math.log(1.0 - length)))
        first = 1 - days + int(begin * (self._days + days - 1))
        left, windows = list(members), []
        for chance in agents[:count]:
            member = left.pop(int(chance * len(left)))
            window = member.schedules.layers_of(first, first + days)
            if window[1] > window[0]:
                windows.append((member, window))
        return windows

    def _draw(self, member: Member, window: tuple[int, int], temperature: float) -> float:
        """Draw a member's choices; return by how much they should raise the cost."""
        first, last = window
        prices = self._team.option_prices(member, window)
        noise = temperature * self._rng.gumbel(size=prices.size)
        drawn = member.schedules.cheapest(
            prices - noise, window, member.nodes[first], member.tail(last)
        )
        before, own = member.chosen[first:last], member.own_cost
        if (drawn == before).all():
            self._team.put(member, window, member.chosen)
            return 0.0
        chosen = member.chosen.copy()
        chosen[first:last] = drawn
        self._team.put(member, window, chosen)
        begin = member.schedules.option_starts[first]
        # Prices contain the own costs of options, but not those of arcs.
        options = member.schedules.cost
        arcs = member.own_cost - own - int(options[drawn].sum() - options[before].sum())
        return float(prices[drawn - begin].sum() - prices[before - begin].sum()) + arcs

    def _blocks(self, windows: list[tuple[Member, tuple[int, int]]]) -> Integers:
        """Return the blocks that the members reach on these layers."""
        reached = self._reached
        for member, (first, last) in windows:
            starts = member.schedules.place_starts
            reached[member.place_block[starts[first] : starts[last]]] = True
        blocks = np.flatnonzero(reached)
        reached[blocks] = False
        return blocks

    def _keep(self) -> None:
        """Keep the present choices as the best if they truly are."""
        team = self._team
        possible = self._annealing.learn(team)
        self._running = team.total()
        if possible and self._running < self._best.cost - 0.5:
            self._best = _Best(self._running, self._choices())

    def _offer(self) -> None:
        if not self._best.offered:
            self._annealing.offer(self._team, self._values, self._best.choices)
            self._best.offered = True
            self._offer_at = self._budget.elapsed + self._params.offer_seconds

    def _choices(self) -> tuple[Integers, ...]:
        return tuple(member.chosen.copy() for member in self._team.members)
