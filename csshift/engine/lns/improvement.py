"""Large-neighbourhood search: free some decisions, solve their subproblem, repeat.

(Shaw, 1998.) Neighbourhood, subsolver and size are learned from what was gained.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from csshift.engine.annealing.annealing import Annealing
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.incumbent import Incumbent
from csshift.engine.lns.neighbourhoods import (
    DEVIATING_AGENT_DAYS,
    DEVIATING_TEAM,
    NEIGHBOURHOODS,
    Neighbourhood,
    View,
    includes_all_deviations,
)
from csshift.engine.lns.reference import Reference
from csshift.engine.lns.selection import Arm, Intensity, NeighbourhoodSize, select
from csshift.engine.lns.subsolvers import Subsolver, subsolvers_for
from csshift.engine.lns.turns import AnnealingTurns
from csshift.engine.params import LnsParams
from csshift.engine.solvers.cpsat import Limits
from csshift.engine.structure import LinkingRows
from csshift.program import Floats, Integers

logger = logging.getLogger(__name__)


class LargeNeighbourhoodSearch:
    """Improves the incumbent of a program until it is done.

    Parameters
    ----------
    incumbent : Incumbent
        Holds a feasible solution.
    reference : Reference or None
        Values that point to decisions worth searching.
    gap_shares : callable
        Returns each column's share in the gap of a solution, if that is known.
    neighbourhoods : mapping
        Neighbourhoods to select from, by name.
    subsolvers : mapping or None
        Subsolvers to select from; None takes all that make a difference.
    annealings : sequence of Annealing
        Each takes turns with the steps of one thread; further threads do without.
    """

    def __init__(
        self,
        blocks: RecourseBlocks,
        incumbent: Incumbent,
        reference: Reference | None = None,
        gap_shares: Callable[[Integers], Floats | None] = lambda _: None,
        neighbourhoods: Mapping[str, Neighbourhood] = NEIGHBOURHOODS,
        subsolvers: Mapping[str, Subsolver] | None = None,
        params: LnsParams = LnsParams(),
        annealings: Sequence[Annealing] = (),
    ) -> None:
        self.blocks = blocks
        self.structure = structure = blocks.structure
        self.links = LinkingRows(structure)
        self.incumbent = incumbent
        self.budget = incumbent.budget
        self.reference = reference or Reference()
        self.gap_shares = gap_shares
        self.params = params
        self._neighbourhoods = list(neighbourhoods.items())
        self._operators = [Arm(params.decay) for _ in neighbourhoods]
        available = subsolvers_for(structure, params) if subsolvers is None else subsolvers
        self._subsolvers = list(available.items())
        self._subsolver_arms = [Arm(params.decay) for _ in available]
        largest = 2.0 * max(1, structure.agents.size)
        self._sizes = [
            [NeighbourhoodSize(largest, smallest=params.min_size) for _ in available]
            for _ in neighbourhoods
        ]
        self._intensity = Intensity(params)
        self._turns = [AnnealingTurns(annealing) for annealing in annealings]
        self._lock = threading.Lock()
        self._rngs: dict[int, np.random.Generator] = {}
        self._max_steps: float = math.inf
        if self.budget.reproducible:
            self._max_steps = max(1, round(params.reproducible_steps * self.budget.seconds))

    def run(
        self, workers: int, until_event: threading.Event | None = None, until: float = math.inf
    ) -> None:
        """Improve with several threads until done, the event is set, or `until` seconds."""
        over = until_event or threading.Event()
        if workers <= 1:
            self._work(0, over, until)
            return
        with ThreadPoolExecutor(workers) as pool:
            tasks = [pool.submit(self._work, number, over, until) for number in range(workers)]
            for task in tasks:
                task.result()

    def _work(self, number: int, over: threading.Event, until: float) -> None:
        # Kept from run to run, or each run would repeat the random choices of the one before.
        fresh = np.random.default_rng((self.budget.seed, number))
        rng = self._rngs.setdefault(number, fresh)
        with self._lock:
            reference = self.reference.for_thread(number)
        steps = 0
        while not self.incumbent.done and not over.is_set() and steps < self._max_steps:
            if self.budget.elapsed >= until:
                return
            with self.incumbent.guarding("annealing"):
                if number < len(self._turns) and self._turns[number].due():
                    self._turns[number].take(over)
            with self.incumbent.guarding("improvement"):
                self._step(rng, reference)
            steps += 1

    def _step(self, rng: np.random.Generator, reference: Reference) -> None:
        """Free the decisions of one neighbourhood, and solve their subproblem."""
        renewed = reference.renew(rng)
        values = self.incumbent.values
        if values is None:
            return
        operator, solver = self._select(rng, renewed=renewed)
        name, neighbourhood = self._neighbourhoods[operator]
        subsolver_name, subsolver = self._subsolvers[solver]
        size = self._sizes[operator][solver]
        extra = self.params.team_effort if name == DEVIATING_TEAM else 1.0
        if renewed:
            share = self.params.reference_share * reference.seconds / self.params.target_seconds
            extra = max(self.params.reference_effort, share)
        effort = self._intensity.value * extra
        shares, distance = self.gap_shares(values), self.incumbent.distance
        view = View(
            self.structure, values, reference.values, shares, self.budget, distance, self.params
        )
        started = time.monotonic()
        decisions = neighbourhood(view, rng, size.value * extra)
        if decisions.size == 0:
            self._skip(operator, size, time.monotonic() - started)
            if renewed:
                reference.record(0.0, 0.0, exhausted=False)
            return
        gain, proved = self._search(subsolver, decisions, values, name, effort, rng)
        spent = time.monotonic() - started
        logger.debug(
            "%s, %s: %d of %d decisions, %.2f s, gain %g%s",
            name,
            subsolver_name,
            decisions.size,
            self.structure.decisions.size,
            spent,
            gain,
            "" if proved else ", not proved",
        )
        target = self.params.target_seconds * effort
        if self.budget.reproducible:
            spent = target * (1 if proved else 2)  # the clock does not repeat
        with self._lock:
            usual = sum(arm.rate for arm in self._operators) / len(self._operators)
            self._operators[operator].record(gain, spent)
            self._subsolver_arms[solver].record(gain, spent)
            size.adapt(spent, target, proved=proved, gained=gain > 0)
            if self._intensity.adapt(gain, self.incumbent.distance):
                for arm in (*self._operators, *self._subsolver_arms):
                    arm.rate = 0.0  # with more effort, other things pay
        if renewed:
            exhausted = proved and includes_all_deviations(view, decisions)
            reference.record(gain, usual, exhausted=exhausted)

    def _select(self, rng: np.random.Generator, *, renewed: bool) -> tuple[int, int]:
        """Return the positions of a neighbourhood and a subsolver."""
        with self._lock:
            operator = select(self._operators, rng, self.params.operator_floor)
            solver = select(self._subsolver_arms, rng, self.params.subsolver_floor)
        if renewed:
            names = [name for name, _ in self._neighbourhoods]
            if DEVIATING_AGENT_DAYS in names:
                operator = names.index(DEVIATING_AGENT_DAYS)
        return operator, solver

    def _skip(self, operator: int, size: NeighbourhoodSize, spent: float) -> None:
        """Record that a neighbourhood had nothing to search."""
        with self._lock:
            target = self.params.target_seconds * self._intensity.value
            if self.budget.reproducible:
                spent = target  # the clock does not repeat
            self._operators[operator].record(0.0, spent)
            size.scale(0.5 if spent > target else 1.2)

    def _search(
        self,
        subsolver: Subsolver,
        decisions: Integers,
        base: Integers,
        stage: str,
        effort: float,
        rng: np.random.Generator,
    ) -> tuple[float, bool]:
        """Solve a subproblem, again while cuts mislead; return gain, and whether it is proved."""
        gain = 0.0
        limit = self.params.max_seconds * effort
        until = self.budget.elapsed + limit
        prepared = subsolver(self.blocks, self.links, decisions, base)
        for _ in range(self.params.cut_rounds if prepared.repeats else 1):
            seconds = limit if self.budget.reproducible else until - self.budget.elapsed
            gap = self.params.subproblem_gap * (self.incumbent.gap or 0.0)
            limits = Limits(seconds, gap=min(gap, self.params.max_subproblem_gap))
            found = prepared.solve(self.budget, limits, int(rng.integers(1 << 30)))
            if found.values is None or not found.promising:
                return gain, found.status == "optimal"
            gain += self._merge(base, prepared.column_ids, found.values, stage)
            if found.status != "optimal" or self.budget.over:
                return gain, False
        return gain, True

    def _merge(self, base: Integers, columns: Integers, found: Integers, stage: str) -> float:
        """Put what was found onto the incumbent, which may have changed meanwhile."""
        changed = columns[found != base[columns]]
        trial = base.copy()
        trial[columns] = found
        touched = self.structure.blocks_touching(changed)
        settled = self.blocks.evaluate(touched, trial, self.budget)
        if settled is None:
            return 0.0
        with self._lock:
            latest, before = self.incumbent.values, self.incumbent.objective
            if latest is None or before is None:
                return 0.0
            if latest is not base:
                combined = latest.copy()
                combined[changed] = trial[changed]
                settled = self._better(touched, combined, settled)
            after = self.structure.program.objective(settled)
            if self.incumbent.offer(settled, stage):
                return float(before - after)
            if after == before and self.structure.program.holds(settled):
                self.incumbent.move(settled)
            return 0.0

    def _better(self, touched: Integers, combined: Integers, alone: Integers) -> Integers:
        """Return what was found together with what others did, where that is no worse."""
        program = self.structure.program
        settled = self.blocks.evaluate(touched, combined, self.budget)
        if settled is None or program.objective(settled) > program.objective(alone):
            return alone
        return settled if program.holds(settled) else alone
