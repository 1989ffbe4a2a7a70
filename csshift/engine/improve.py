"""Large-neighbourhood search: free some decisions, solve their piece exactly, repeat.

(Shaw, 1998.) Which decisions, by which method and how many is learned from what was gained.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from csshift.engine.blocks import Blocks
from csshift.engine.choice import Alternative, Size, choose
from csshift.engine.control import Control
from csshift.engine.exact import Effort
from csshift.engine.guide import Guide
from csshift.engine.incumbent import Incumbent
from csshift.engine.links import Links
from csshift.engine.methods import Method, Task, methods_for
from csshift.engine.neighbourhoods import NEIGHBOURHOODS, Neighbourhood, View, includes_odds

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

AIM_SECONDS = 0.5
LIMIT_SECONDS = 1.2
PATIENCE = 24
"""Steps with little gain after which larger pieces are tried."""

LITTLE = 0.001
"""Gain that counts as none, as a part of what the bound leaves to be gained."""

GROWTH = 1.3
MOST_GROWTH = 10.0
"""Factors of aim and limit: by how much they grow each time, and at most."""

METHOD_FLOOR = 0.15
"""Least probability of a method: one that does not suit the program takes its full time."""

FOLLOWING, SHARE = 3.0, 0.5
"""A step that follows new values of a guide makes so many times the usual effort, or more: it aims
at this part of the seconds that the values took."""

GUIDED = "spots at odds"
"""Kind of that step."""

EFFORTS = {"team at odds": 4.0}
"""Effort of steps that relax first, relative to others."""

PIECE_GAP, MOST_PIECE_GAP = 0.01, 1e-3
"""Gap at which a piece is solved, as a part of the gap of the whole, and at most: what is left of
it may not hide what is left to be gained."""

STEPS_A_SECOND = 0.5
"""Steps of a reproducible search for each second of its limit: few enough to get them all done."""


class Improvement:
    """Improves the incumbent of a program until it is done.

    Parameters
    ----------
    blocks : Blocks
        Consequences as functions of the decisions.
    incumbent : Incumbent
        Holds a feasible solution.
    control : Control
    guide : Guide or None
        What the search is drawn to.
    losses : callable
        Returns what each column of a solution loses against the bound, if that is known.
    neighbourhoods : mapping
        Kinds to choose from.
    methods : mapping or None
        Ways to search a piece; None takes all that make a difference.
    """

    def __init__(
        self,
        blocks: Blocks,
        incumbent: Incumbent,
        control: Control,
        guide: Guide | None = None,
        losses: Callable[[Integers], Floats | None] = lambda _: None,
        neighbourhoods: Mapping[str, Neighbourhood] = NEIGHBOURHOODS,
        methods: Mapping[str, Method] | None = None,
    ) -> None:
        self.blocks = blocks
        self.structure = structure = blocks.structure
        self.links = Links(structure)
        self.incumbent = incumbent
        self.control = control
        self.guide = guide or Guide()
        self.losses = losses
        self._days = int(structure.program.column_day.max(initial=0)) + 1
        self._picks = list(neighbourhoods.values())
        self._names = list(neighbourhoods)
        self._kinds = [Alternative() for _ in self._names]
        ways = methods_for(blocks) if methods is None else methods
        self._searches = list(ways.values())
        self._methods = [Alternative() for _ in ways]
        largest = 2.0 * max(1, structure.owners.size)
        self._sizes = [[Size(largest) for _ in self._methods] for _ in self._kinds]
        self._lock = threading.Lock()
        self._randoms: dict[int, np.random.Generator] = {}
        self._patience = PATIENCE
        self._growth = 1.0
        self._most_steps: float = math.inf
        if control.reproducible:
            self._most_steps = max(1, round(STEPS_A_SECOND * control.seconds))

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
            try:
                for task in tasks:
                    task.result()
            except BaseException:
                self.control.stop()  # else leaving the pool would wait for the others
                raise

    def _work(self, number: int, over: threading.Event, until: float) -> None:
        # Kept from run to run, or each would begin with the choices of the one before.
        fresh = np.random.default_rng((self.control.seed, number))
        random = self._randoms.setdefault(number, fresh)
        with self._lock:
            guide = self.guide.of_thread(number)
        steps = 0
        while not self.incumbent.done and not over.is_set() and steps < self._most_steps:
            if self.control.elapsed >= until:
                return
            self._step(random, guide)
            steps += 1

    def _step(self, random: np.random.Generator, guide: Guide) -> None:
        renewed = guide.renew(random)
        values = self.incumbent.values
        if values is None:
            return
        with self._lock:
            kind = choose(self._kinds, random)
            method = choose(self._methods, random, METHOD_FLOOR)
            if renewed and GUIDED in self._names:
                kind = self._names.index(GUIDED)
            size = self._sizes[kind][method]
        extra = EFFORTS.get(self._names[kind], 1.0)
        if renewed:
            extra = max(FOLLOWING, SHARE * guide.seconds / AIM_SECONDS)
        effort = self._growth * extra
        view = View(
            self.structure,
            values,
            guide.values,
            self._days,
            self.losses(values),
            self.control,
            self._room,
        )
        started = time.monotonic()
        decisions = self._picks[kind](view, random, size.value * extra)
        if decisions.size == 0:
            self._skip(kind, size, time.monotonic() - started)
            if renewed:
                guide.judge(0.0, 0.0, exhausted=False)
            return
        task = Task(self.blocks, self.links, decisions, values)
        stage = self._names[kind]
        gain, proved = self._search(task, self._searches[method], stage, effort, random)
        spent = time.monotonic() - started
        if self.control.reproducible:
            spent = AIM_SECONDS * effort * (1 if proved else 2)  # the clock does not repeat
        with self._lock:
            usual = sum(alternative.rate for alternative in self._kinds) / len(self._kinds)
            self._kinds[kind].earn(gain, spent)
            self._methods[method].earn(gain, spent)
            size.learn(spent, AIM_SECONDS * effort, proved=proved, gained=gain > 0)
            self._adapt(gain)
        if renewed:
            exhausted = proved and includes_odds(view, decisions)
            guide.judge(gain, usual, exhausted=exhausted)

    def _skip(self, kind: int, size: Size, spent: float) -> None:
        """Note that a kind had nothing to search."""
        with self._lock:
            self._kinds[kind].earn(0.0, spent)
            slow = spent > AIM_SECONDS * self._growth and not self.control.reproducible
            size.scale(0.8 if slow else 1.2)

    def _adapt(self, gain: float) -> None:
        """Let pieces grow while little is gained, and shrink when something is."""
        if gain > LITTLE * self._room:
            self._growth = max(1.0, self._growth / GROWTH)
            self._patience = PATIENCE
            return
        self._patience -= 1
        if self._patience <= 0:
            self._growth = min(MOST_GROWTH, self._growth * GROWTH)
            self._patience = PATIENCE
            for alternative in (*self._kinds, *self._methods):  # what paid so far no longer does
                alternative.rate = 0.0

    @property
    def _room(self) -> int:
        """What the bound leaves to be gained."""
        objective, bound = self.incumbent.objective, self.incumbent.bound
        return 0 if objective is None or bound is None else objective - bound

    def _search(
        self, task: Task, method: Method, stage: str, effort: float, random: np.random.Generator
    ) -> tuple[float, bool]:
        """Search one neighbourhood, again while cuts mislead; return gain, proof."""
        gain = 0.0
        limit = LIMIT_SECONDS * effort
        until = self.control.elapsed + limit
        piece = method(task)
        for _ in range(piece.rounds):
            seconds = limit if self.control.reproducible else until - self.control.elapsed
            gap = min(PIECE_GAP * (self.incumbent.gap or 0.0), MOST_PIECE_GAP)
            limits = Effort(seconds, gap=gap)
            step = piece.solve(self.control, limits, int(random.integers(1 << 30)))
            if step.values is None or not step.promising:
                return gain, step.status == "optimal"
            gain += self._merge(task.values, piece.columns, step.values, stage)
            if step.status != "optimal" or self.control.over:
                return gain, False
        return gain, True

    def _merge(self, base: Integers, columns: Integers, found: Integers, stage: str) -> float:
        """Put what a piece found onto the incumbent, which may have moved on meanwhile."""
        changed = columns[found != base[columns]]
        trial = base.copy()
        trial[columns] = found
        touched = self.structure.blocks_of(changed)
        trial_settled = self.blocks.evaluate(touched, trial, self.control)
        if trial_settled is None:
            return 0.0
        with self._lock:
            latest, before = self.incumbent.values, self.incumbent.objective
            if latest is None or before is None:
                return 0.0
            if latest is not base:
                combined = latest.copy()
                combined[changed] = trial[changed]
                trial_settled = self._better(touched, combined, trial_settled)
            after = self.structure.program.objective(trial_settled)
            if self.incumbent.offer(trial_settled, stage):
                return float(before - after)
            if after == before and self.structure.program.holds(trial_settled):
                self.incumbent.move(trial_settled)
            return 0.0

    def _better(self, touched: Integers, combined: Integers, alone: Integers) -> Integers:
        """Return what a piece found together with what others did, where that is no worse."""
        program = self.structure.program
        settled = self.blocks.evaluate(touched, combined, self.control)
        if settled is None or program.objective(settled) > program.objective(alone):
            return alone
        return settled if program.holds(settled) else alone
