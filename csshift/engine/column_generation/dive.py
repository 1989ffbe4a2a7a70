"""Diving with re-pricing: from fractional schedules to one schedule for every agent.

Days of agents on which a mix of schedules agrees are fixed, schedules are priced anew for what is
left, and so on; the last days are left to an exact search. Days bind less than whole schedules:
a schedule that is fixed as a whole leaves the last agents nothing that fits. (Diving in general:
Joncour, Michel, Sadykov, Sverdlov and Vanderbeck, 2010.)
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from csshift.engine.column_generation.generation import ColumnGeneration, Progress
from csshift.engine.column_generation.master import MasterSolution
from csshift.engine.column_generation.pricing import Fixing
from csshift.engine.generation_params import DiveParams
from csshift.program import Floats, Integers

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class DiveResult:
    """Where a dive ended.

    Parameters
    ----------
    values : int64 array, shape (columns of the subproblem,)
        Every agent's schedule, the likeliest one where it is not fixed. Other columns are 0.
    free : bool array, shape (columns of the subproblem,)
        Columns of agents that were not fixed.
    objective : float
        Of the master, with what is fixed.
    """

    values: Integers
    free: NDArray[np.bool_]
    objective: float


@dataclass(frozen=True, eq=False)
class _AgentDay:
    """What most of the schedules of an agent do on a day.

    Parameters
    ----------
    share : float
        Weight of these schedules, noise included.
    columns, values : int64 array
        Those columns of the agent on that day that are linked to other agents.
    """

    share: float
    number: int
    day: int
    columns: Integers
    values: Integers


@dataclass(eq=False)
class Dive:
    """One dive.

    Parameters
    ----------
    generation : ColumnGeneration
        Has generated; its master stays as it is.
    noise : float
        Standard deviation of what is added to the weights: 0 for the first dive.
    fixed : mapping of int to int64 array
        Blocks that are decided from the start, with their schedules.
    known : int64 array, shape (columns of the subproblem,), or None
        A solution to improve on: the dive ends as soon as the master is no better.
    last_columns : float
        Linked columns that are left to an exact search.
    """

    generation: ColumnGeneration
    rng: np.random.Generator
    noise: float = 0.0
    params: DiveParams = DiveParams()
    fixed: dict[int, Integers] = field(default_factory=dict)
    known: Integers | None = None
    last_columns: float = 0.0

    def __post_init__(self) -> None:
        blocks = self.generation.split.blocks
        self._days = [block.linked_by_day for block in blocks]
        self._open = [
            set() if number in self.fixed else set(days) for number, days in enumerate(self._days)
        ]
        self._fixing = Fixing(
            [np.zeros(block.columns.size, dtype=np.bool_) for block in blocks],
            [np.zeros(block.columns.size, dtype=np.int64) for block in blocks],
        )
        self._retreats = self.params.retreats
        self._target = np.inf

    def run(self, until: float) -> DiveResult | None:
        """Fix days until few are left; None when time was up or a dead end was met."""
        generation, solution = self.generation, self.generation.solution
        if solution is None:
            return None
        self.master = generation.master.subset(solution, self.fixed, self.params.schedules)
        self._target = self._add_known()
        return self._go_on(self._price_again(-np.inf if self.fixed else solution.objective), until)

    def resume(self, until: float) -> DiveResult | None:
        """Free some days again and go on; None where that was done often enough, too."""
        if not self._retreats:
            return None
        return self._go_on(self._retreat(), until)

    def _go_on(self, solution: MasterSolution | None, until: float) -> DiveResult | None:
        budget = self.generation.budget
        while solution is not None and self._left() > self.last_columns:
            if budget.over or budget.elapsed > until:
                return None
            few = self._left() <= self.params.late * self.last_columns
            if solution.objective > self._target:
                # The exact search may know better than the schedules priced so far.
                return self._result(solution) if few else None
            chosen, dropped, found = self._fix_some(solution)
            if self._harms(found, solution) and (few or self._retreats):
                self._release(chosen, dropped)
                if few:
                    return self._result(self.master.solve(budget))
                found = self._retreat()
            if found is not None:
                logger.debug("dive: %d columns left, %g", self._left(), found.objective)
            solution = found
        return self._result(solution)

    def _left(self) -> int:
        """Return the number of linked columns on days that are not fixed."""
        return sum(
            days[day].size
            for days, some in zip(self._days, self._open, strict=True)
            for day in some
        )

    def _add_known(self) -> float:
        """Add the schedules of the known solution; return the cost from which on none is better.

        Where agents are fixed from the start, a dive can return what it began with.
        """
        if self.known is None:
            return np.inf
        split, pricing = self.generation.split, self.generation.pricing
        for k, block in enumerate(split.blocks):
            if k not in self.fixed:
                self.master.add(k, self.known[block.columns])
        cost = int(split.subproblem.cost @ self.known)
        return cost - (1 - 1e-6) * pricing.unit

    def _fix_some(
        self, solution: MasterSolution
    ) -> tuple[list[_AgentDay], dict[int, Integers], MasterSolution | None]:
        """Fix some days; only the one that harms least where several were too bold.

        Returns
        -------
        chosen : list of _AgentDay
        dropped : dict of int to int64 array
            Schedules that do not fit, by number of their block.
        found : MasterSolution or None
        """
        chosen = self._choose(solution)
        dropped = self._fix(chosen)
        found = self._price_again(solution.objective)
        if len(chosen) > 1 and self._harms(found, solution):
            self._release(chosen, dropped)
            chosen = [self._least_harmful(chosen[: self.params.candidates])]
            dropped = self._fix(chosen)
            found = self._price_again(solution.objective)
        return chosen, dropped, found

    def _retreat(self) -> MasterSolution | None:
        """Free half of the days of those agents who are not settled yet."""
        self._retreats -= 1
        self.noise = max(self.noise, self.params.retreat_noise)
        for number, some in enumerate(self._open):
            closed = sorted(set(self._days[number]) - some)
            if not some or not closed:
                continue
            for day in self.rng.choice(closed, len(closed) // 2, replace=False).tolist():
                self._open[number].add(day)
                self._fixing.masks[number][self._days[number][day]] = False
        return self._price_again(-np.inf)

    def _choose(self, solution: MasterSolution) -> list[_AgentDay]:
        """Return what to fix next: all that is nearly certain, or a few of the likeliest."""
        agent_days = sorted(self._agent_days(solution), key=lambda agent_day: -agent_day.share)
        params = self.params
        few = max(1, int(params.min_step * len(agent_days)))
        most = max(few, int(params.max_step * len(agent_days)))
        sure = sum(agent_day.share >= params.fix_at for agent_day in agent_days[:most])
        return agent_days[: max(sure, few)]

    def _agent_days(self, solution: MasterSolution) -> list[_AgentDay]:
        """Return what most schedules do, for every agent and open day."""
        agent_days = []
        for number, (some, weights) in enumerate(zip(self._open, solution.weights, strict=True)):
            used = np.flatnonzero(weights > 1e-9)
            schedules, weight = self.master.schedules(number)[used], weights[used]
            for day in sorted(some):
                columns = self._days[number][day]
                own = schedules[:, columns]
                _, first, kind = np.unique(own, axis=0, return_index=True, return_inverse=True)
                shares = np.bincount(kind.ravel(), weight).astype(np.float64)
                if self.noise and shares.size > 1:
                    shares = shares + self.rng.normal(0.0, self.noise, shares.size)
                best = int(shares.argmax())
                values = own[first[best]]
                agent_days.append(_AgentDay(float(shares[best]), number, day, columns, values))
        return agent_days

    def _harms(self, after: MasterSolution | None, before: MasterSolution) -> bool:
        """Return whether fixing several days at once was too bold."""
        if after is None:
            return not self.generation.budget.over
        rise = after.objective - before.objective
        broken = after.violation > before.violation + 1e-6
        return broken or rise > self.params.harmful_rise * abs(before.objective)

    def _fix(self, chosen: list[_AgentDay]) -> dict[int, Integers]:
        """Fix days; return the schedules that do not fit, by number of their block."""
        for agent_day in chosen:
            number = agent_day.number
            self._open[number].discard(agent_day.day)
            self._fixing.masks[number][agent_day.columns] = True
            self._fixing.values[number][agent_day.columns] = agent_day.values
        return {
            number: self.master.keep(
                number, self._fixing.fits(number, self.master.schedules(number))
            )
            for number in {agent_day.number for agent_day in chosen}
        }

    def _release(self, chosen: list[_AgentDay], dropped: dict[int, Integers]) -> None:
        """Free days again, and add the schedules that did not fit."""
        for agent_day in chosen:
            self._open[agent_day.number].add(agent_day.day)
            self._fixing.masks[agent_day.number][agent_day.columns] = False
            self._fixing.values[agent_day.number][agent_day.columns] = 0
        for number, schedules in dropped.items():
            for values in schedules:
                self.master.add(number, values)

    def _least_harmful(self, candidates: list[_AgentDay]) -> _AgentDay:
        """Return the day that raises the master least, with the schedules at hand.

        (Strong diving: Sadykov, Vanderbeck, Pessoa, Tahiri and Uchoa, 2019.)
        """
        budget = self.generation.budget
        costs = []
        for agent_day in candidates:
            own = self.master.schedules(agent_day.number)[:, agent_day.columns]
            differs = np.any(own != agent_day.values, axis=1)
            costs.append(self.master.objective_without(agent_day.number, differs, budget))
        return candidates[int(np.argmin(costs))]

    def _price_again(self, before: float) -> MasterSolution | None:
        """Return the master's solution for what is left, with schedules priced for it."""
        generation, master = self.generation, self.master
        budget = generation.budget
        if not all(map(self._has, range(len(self._open)))):
            self._price(generation.duals, None)
        solution = master.solve(budget)
        progress = Progress(self.params.idle_rounds, self.params.min_gain)
        centre, mispriced = None, False
        for _ in range(self.params.rounds):
            if solution is None or budget.over or progress.idle(solution.objective):
                return solution
            if solution.objective <= before * (1 + self.params.rise):
                return solution
            smoothing = 0.0 if centre is None or mispriced else generation.params.dive_smoothing
            duals = solution.duals if centre is None else smoothing * centre
            if centre is not None:
                duals = duals + (1 - smoothing) * solution.duals
            centre = duals
            helped = self._price(duals, solution)
            if not helped and smoothing == 0.0:
                return solution
            mispriced = not helped
            master.trim(solution)
            solution = master.solve(budget)
        return solution

    def _price(self, duals: Floats, solution: MasterSolution | None) -> bool:
        """Price the agents with open days at these duals; return whether the master can gain."""
        generation, master = self.generation, self.master
        numbers = [n for n, some in enumerate(self._open) if some or not self._has(n)]
        seconds = generation.params.pricing_seconds
        worth = None if solution is None else solution.convexity
        priced = generation.pricing.price(duals, seconds, numbers, worth, self._fixing)
        helped = False
        for number, found in priced.schedules.items():
            for values in found:
                fresh = master.add(number, values)
                if solution is not None:
                    helped |= fresh and master.improves(number, values, solution)
        return helped

    def _has(self, number: int) -> bool:
        """Return whether a schedule of a block is known."""
        return bool(self.master.schedules(number).size)

    def _result(self, solution: MasterSolution | None) -> DiveResult | None:
        if solution is None:
            return None
        split = self.generation.split
        values = np.zeros(split.subproblem.columns, dtype=np.int64)
        free = np.zeros(split.subproblem.columns, dtype=np.bool_)
        for number, block in enumerate(split.blocks):
            weights = solution.weights[number]
            values[block.columns] = self.master.schedules(number)[int(weights.argmax())]
            if self._open[number]:
                free[block.columns] = ~self._fixing.masks[number]
        return DiveResult(values, free, solution.objective)
