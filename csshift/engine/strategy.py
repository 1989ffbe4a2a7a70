"""The course of a search: relax, construct, solve small programs whole, improve.

Every stage gets its part of one time budget and can be switched off, for measurements.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from csshift.engine.blocks import Blocks
from csshift.engine.construct import Construction
from csshift.engine.control import Control
from csshift.engine.decomposition import Decomposition, Windows
from csshift.engine.exact import Effort
from csshift.engine.guide import Guide, NearGuide
from csshift.engine.improve import Improvement
from csshift.engine.incumbent import Incumbent, News
from csshift.engine.links import Links
from csshift.engine.losses import Losses
from csshift.engine.mixed import solve_mixed
from csshift.engine.piece import Piece, spread
from csshift.engine.polish import polish
from csshift.engine.relax import Relaxation, relax
from csshift.engine.repair import repair
from csshift.engine.structure import Structure
from csshift.engine.whole import Whole
from csshift.program import Program

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FIRST_TURN, LEAST_TURN, MOST_TURN = 1.0, 0.3, 3.0
"""Time of the improvement after a step of the decomposition, relative to that of the step."""

SHORTEST_TURN = 1.0
"""Seconds."""

TIGHT = 0.01
"""Gap that construction and improvement close without columns."""

TELLING = 0.1
"""Gap from which on most of what is lost against the bound cannot be avoided."""

WORTHWHILE = 0.1
"""Improvement by a pass of the construction, as a share, for which another one is tried."""


@dataclass(frozen=True)
class Plan:
    """Stages and their shares of the time budget.

    Parameters
    ----------
    relaxation : float
        Share of the budget that the first relaxation may take.
    rough : float
        Tolerance of the first relaxation.
    fine : tuple of (float, float)
        Tolerances of those that follow for their bounds, and shares of the time left.
    tighten_after, tighten_latest : float
        Times of the first relaxation, and share of the time left, before those begin.
    whole_columns : int
        Decisions up to which the whole program is tried at once.
    whole : float
        Share of the budget for that.
    mixed, most_mixed : float
        Share of the time left, and seconds, for branch and bound on a program without cuts.
    columns : float
        Share of the time left that generating columns may take.
    pricing_rounds : int
        Rounds of pricing that have to fit into that share for the whole horizon at once.
    construct, branch, decompose, improve, tighten : bool
        Whether these stages run.
    """

    relaxation: float = 0.35
    rough: float = 3e-3
    fine: tuple[tuple[float, float], ...] = ((1e-4, 0.5), (1e-6, 0.3))
    tighten_after: float = 8.0
    tighten_latest: float = 0.4
    whole_columns: int = 700
    whole: float = 0.6
    mixed: float = 0.15
    most_mixed: float = 30.0
    columns: float = 0.4
    pricing_rounds: int = 50
    construct: bool = True
    branch: bool = True
    decompose: bool = True
    improve: bool = True
    tighten: bool = True


class Search:
    """One search for the best solution of a program.

    Parameters
    ----------
    program : Program
    control : Control
    gap : float
        Relative gap at which to end.
    plan : Plan
    tell : callable or None
        Hears of every improvement.
    start : int64 array, shape (program.columns,), or None
        Values to begin with; decisions alone matter, consequences are worked out.
    """

    def __init__(
        self,
        program: Program,
        control: Control,
        *,
        gap: float = 0.0,
        plan: Plan | None = None,
        tell: Callable[[News], None] | None = None,
        start: Integers | None = None,
    ) -> None:
        self.control = control
        self.plan = plan or Plan()
        self.structure = Structure(program)
        self.blocks = Blocks(self.structure)
        self.incumbent = Incumbent(program, control, gap, tell)
        self.start = start
        self.relaxation: Relaxation | None = None
        self._relaxed_seconds = 0.0
        self._losses: Losses | None = None

    def run(self) -> Incumbent:
        """Search until optimal, stopped or out of time; return what was found."""
        piece = self.structure.cutter.whole()
        if piece.contradiction is not None:
            self.incumbent.infeasible = True
            return self.incumbent
        if self.start is not None:
            self._offer(self.start, "start")
        self.incumbent.raise_bound(self._least_cost(), "columns")
        self._relax(piece)
        if self.plan.construct and not self.incumbent.done:
            self._construct(piece)
        if self.structure.direct.all():
            self._branch(piece)
            self._decompose(piece)
        self._solve_whole()
        self._improve(piece)
        return self.incumbent

    def _least_cost(self) -> int:
        """Return what any solution costs at least, by the bounds of single columns alone."""
        program = self.structure.program
        return program.objective(np.where(program.cost > 0, program.lower, program.upper))

    def _relax(self, piece: Piece) -> None:
        share = 1.0 if self.control.reproducible else self.plan.relaxation
        share *= self.control.seconds
        began = self.control.elapsed
        found = relax(piece, self.control, share, self.plan.rough)
        self._relaxed_seconds = self.control.elapsed - began
        if found is not None:
            self._take(piece, found)

    def _take(self, piece: Piece, found: Relaxation) -> None:
        """Keep a relaxation: its bound, its guidance, and its cuts."""
        if not found.exact:
            found = polish(self.structure.program, piece, found, self.control)
        self.relaxation = found
        self._losses = Losses(self.structure.program, piece, found.duals)
        self.incumbent.raise_bound(found.bound + self._constant(piece), "relaxation")
        self.blocks.learn(piece, found.duals, np.arange(self.structure.blocks))

    def _lost(self, values: Integers) -> Floats | None:
        """Return what each column loses against the best bound, where that tells something."""
        gap = self.incumbent.gap
        if self._losses is None or gap is None or gap > TELLING:
            return None
        return self._losses.of(values)

    def _constant(self, piece: Piece) -> int:
        """Return the cost of the columns that are fixed from the start, offset included."""
        program = self.structure.program
        fixed = program.lower.copy()
        fixed[piece.columns] = 0
        return program.objective(fixed)

    def _construct(self, piece: Piece) -> None:
        if self.relaxation is None:
            self._repair()
            return
        construction = Construction(self.structure, piece, self.relaxation, self.control)
        for values in construction.run(self.control.seed, self.blocks):
            before = self.incumbent.objective
            self.incumbent.offer(values, "construction")
            after = self.incumbent.objective
            if before is not None and after is not None and before - after < WORTHWHILE * before:
                break
        self._repair()

    def _repair(self) -> None:
        """Find any feasible decisions where the construction did not."""
        if self.incumbent.values is not None or self.control.over:
            return
        program = self.structure.program
        found = repair(self.structure, program.lower, self.control, self.control.seed)
        if found.infeasible:
            self.incumbent.infeasible = True
        elif found.values is not None:
            self._offer(found.values, "repair")

    def _offer(self, decisions: Integers, stage: str) -> None:
        settled = self.blocks.evaluate(np.arange(self.structure.blocks), decisions, self.control)
        if settled is not None:
            self.incumbent.offer(settled, stage)

    def _branch(self, piece: Piece) -> None:
        """Try branch and bound on the whole: where the relaxation is tight it ends in seconds.

        Where the simplex method is too slow for the relaxation, one node takes too long already.
        """
        values, relaxation = self.incumbent.values, self.relaxation
        if not self.plan.branch or self.incumbent.done or values is None:
            return
        if relaxation is not None and not relaxation.exact:
            return
        left = self.control.seconds if self.control.reproducible else self.control.left
        effort = Effort(min(self.plan.mixed * left, self.plan.most_mixed))
        hint, seed = values[piece.columns], self.control.seed
        found = solve_mixed(piece, self.control, effort, hint=hint, seed=seed).values
        if found is not None:
            decisions = values.copy()
            decisions[piece.columns] = found
            self._offer(decisions, "branch and bound")

    def _decompose(self, piece: Piece) -> None:
        """Decompose by person where that raises the bound: the whole horizon, or windows."""
        values, relaxation = self.incumbent.values, self.relaxation
        gap = self.incumbent.gap
        if not self.plan.decompose or self.incumbent.done or values is None:
            return
        if relaxation is None or gap is None or gap < TIGHT:
            return
        constant = self._constant(piece)
        links = Links(self.structure)

        def on_bound(bound: int) -> None:
            self.incumbent.raise_bound(bound + constant, "columns")

        whole = Decomposition(self.blocks, links, piece, relaxation.duals, self.control, on_bound)
        began = self.control.elapsed
        seconds = whole.start(values)
        share = self.plan.columns * self.control.left
        if self.control.reproducible:
            self._decompose_once(whole)
        elif self.plan.pricing_rounds * seconds > share:
            days = int(self.structure.program.column_day.max(initial=0)) + 1
            windows = Windows(self.blocks, links, self.incumbent, self.control, days)
            self._alternate(windows.step, self._guide(piece))
        elif whole.generation.run(began + share):
            self._losses = whole.losses() or self._losses
            random = self._random()
            whole.step(self.incumbent, random)
            # Columns do not always close the gap; of a small program the whole does.
            self._solve_whole()
            mixed, lowest = whole.guide(), self.structure.program.lower
            guide = Guide(None if mixed is None else spread(piece, mixed, lowest))
            self._alternate(lambda: whole.step(self.incumbent, random), guide)

    def _decompose_once(self, whole: Decomposition) -> None:
        """Dive once after so many rounds, whatever the clock says."""
        if whole.generation.run(math.inf, self.plan.pricing_rounds):
            whole.step(self.incumbent, self._random())

    def _random(self) -> np.random.Generator:
        return np.random.default_rng((self.control.seed, 5))

    def _alternate(self, step: Callable[[], None], guide: Guide) -> None:
        """Take turns between steps of the decomposition and the improvement.

        The improvement runs the longer after each step the more it gains a second.
        """
        improvement = Improvement(self.blocks, self.incumbent, self.control, guide, self._lost)
        share = FIRST_TURN
        while not self.incumbent.done:
            rate, spent = self._turn(step)
            if not self.plan.improve:
                continue
            until = self.control.elapsed + max(SHORTEST_TURN, share * spent)
            other, _ = self._turn(partial(improvement.run, self.control.workers, until=until))
            if rate + other > 0:
                share = min(max(other / (rate + 1e-12), LEAST_TURN), MOST_TURN)

    def _turn(self, step: Callable[[], None]) -> tuple[float, float]:
        """Take a step; return what it gained a second, and its seconds."""
        began, before = self.control.elapsed, self.incumbent.objective or 0
        step()
        spent = self.control.elapsed - began
        gained = before - (self.incumbent.objective or 0)
        return gained / max(spent, 1e-3), spent

    def _solve_whole(self) -> None:
        if self.incumbent.done or self.structure.owned.size > self.plan.whole_columns:
            return
        share = 1.0 if self.control.reproducible else self.plan.whole
        until = self.control.elapsed + share * self.control.left
        Whole(self.blocks, self.incumbent, self.control).run(until, self.control.workers)

    def _improve(self, piece: Piece) -> None:
        if self.incumbent.done or self.incumbent.values is None or not self.plan.improve:
            return
        improvement = Improvement(
            self.blocks, self.incumbent, self.control, self._guide(piece), self._lost
        )
        tightening = None
        if self._is_loose():
            if self.control.workers > 1:
                improvement.run(self.control.workers, until=self._tightening_begins())
            tightening = self._start_tightening(piece)
            if self.control.workers > 1:
                improvement.run(self.control.workers - 1, until_event=tightening)
        improvement.run(self.control.workers)
        if tightening is not None:
            tightening.wait()

    def _is_loose(self) -> bool:
        """Return whether a more exact relaxation may raise the bound."""
        if not self.plan.tighten or self.control.reproducible:
            return False
        known = self.relaxation
        return known is None or not (known.converged and known.exact)

    def _tightening_begins(self) -> float:
        """Return when the bound matters more than a worker: the first solutions are far from it."""
        wait = self.plan.tighten_after * self._relaxed_seconds
        return self.control.elapsed + min(wait, self.plan.tighten_latest * self.control.left)

    def _start_tightening(self, piece: Piece) -> threading.Event:
        """Solve the relaxation again, more exactly, beside the improvement."""
        done = threading.Event()

        def tighten() -> None:
            try:
                for tolerance, share in self.plan.fine:
                    seconds = share * self.control.left
                    found = relax(piece, self.control, seconds, tolerance, threads=1)
                    if found is not None:
                        self._take(piece, found)
            finally:
                done.set()

        threading.Thread(target=tighten, name="tighten", daemon=True).start()
        return done

    def _guide(self, piece: Piece) -> Guide:
        """Return what the relaxation says, as near to the best solution as it can be."""
        known = self.relaxation
        if known is None:
            return Guide()
        if self.control.reproducible:  # the guide is renewed by the clock
            return Guide(spread(piece, known.values, self.structure.program.lower))
        return NearGuide(
            self.structure,
            piece,
            known,
            self.incumbent,
            self.control,
            self._constant(piece),
            self._relaxed_seconds,
        )
