"""The first complete solution: one owner after the other, tracking the relaxation.

Each owner's decisions are a small exact program of their own. Its objective is the owner's
reduced cost in the relaxation plus a quadratic penalty on every linking row for the distance
between what the owners have decided and what the relaxation gave them, so that what one owner
rounds away the next one makes up for (error diffusion after Floyd and Steinberg, 1976, on the
rows of a program). The penalty is linear in an owner's columns as long as no two of them that
are chosen together meet in one linking row, as with the shifts of an agent.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.blocks import Blocks
from csshift.engine.control import Control
from csshift.engine.exact import Effort, solve_piece
from csshift.engine.links import Links
from csshift.engine.piece import Piece, less, spans, spread, trimmed
from csshift.engine.relax import Relaxation
from csshift.engine.repair import repair
from csshift.engine.rolling import LENGTH, solve_rolling
from csshift.engine.structure import Structure
from csshift.engine.tracking import track

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OWNER_EFFORT = Effort(seconds=2.0)
LONG_EFFORT = Effort(seconds=30.0, gap=0.05)
"""For an owner whose long horizon led to dead ends: a few of them take the time of many."""

PASSES = 8
CONSTRUCTION_SHARE = 0.4
"""Part of the time left for the passes after the first."""

MANY = 100
"""Owners for each worker from which several decide at once."""

LONG = 2 * LENGTH
"""Days from which on an owner decides along the horizon."""

COST_RANGE = 1e6
"""Largest magnitude of an integer cost in an owner's program."""


@dataclass(eq=False)
class _State:
    """Decisions so far, what they leave of the linking rows, and how far they are off.

    Owners who are deciding stand at their lower bounds in the links and at their guide in the
    deviation.
    """

    values: Integers
    links: Links
    deviation: Floats
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, eq=False)
class _Owner:
    """An owner's columns and their entries in the program."""

    columns: NDArray[np.int64]
    rows: NDArray[np.int64]
    data: Integers
    of: NDArray[np.int64]
    """Position of the column of each entry."""

    def moved(self, amounts: Integers) -> Integers:
        """Return what amounts of the columns add to the row of each entry."""
        return np.asarray(self.data * amounts[self.of])


class Construction:
    """Builds a complete solution along a relaxation of the whole program.

    Parameters
    ----------
    structure : Structure
    piece : Piece
        The whole program as a piece; the relaxation is of this piece.
    relaxation : Relaxation
    control : Control
    """

    def __init__(
        self, structure: Structure, piece: Piece, relaxation: Relaxation, control: Control
    ) -> None:
        self.structure = structure
        self.control = control
        program = structure.program
        self._guide = spread(piece, relaxation.values, program.lower)
        self._reduced = spread(piece, relaxation.reduced, program.cost)
        self._by_column = program.matrix.tocsc()
        self._at_lower = program.matrix @ program.lower
        self._tracking = track(structure, piece, relaxation)
        self._long = int(program.column_day.max(initial=0)) >= LONG
        share = 1.0 if control.reproducible else CONSTRUCTION_SHARE
        self._until = control.elapsed + share * control.left

    def run(self, seed: int, blocks: Blocks) -> Iterator[Integers]:
        """Yield complete feasible solutions, one after each pass that gives one.

        Parameters
        ----------
        seed : int
            Decides the order of the owners.
        blocks : Blocks
            Works out the consequences.
        """
        everything = np.arange(self.structure.blocks)
        for values, complete in self.decide(seed):
            known: Integers | None = values
            if not complete:
                known = repair(self.structure, values, self.control, seed).values
            settled = None if known is None else blocks.evaluate(everything, known, self.control)
            if settled is not None:
                yield settled

    def decide(self, seed: int, passes: int = PASSES) -> Iterator[tuple[Integers, bool]]:
        """Yield values with all decisions, and whether they can be completed, after each pass.

        Consequences stand at their lower bounds; so do the decisions of owners who found
        nothing, or no time. After the first pass every owner decides again with all others
        known.

        Parameters
        ----------
        seed : int
            Decides the order of the owners.
        passes : int
            Times that each owner decides at most.
        """
        program = self.structure.program
        values = program.lower.copy()
        links = Links(self.structure)
        state = _State(values, links, self._tracking.matrix @ (values - self._guide))
        order = np.random.default_rng(seed).permutation(self.structure.owners).tolist()
        found = self._round(order, state, seed, first=True)
        yield values.copy(), all(found) and links.broken().size == 0
        for number in range(1, passes):
            before = values.copy()
            self._round(order, state, seed + number, first=False)
            if np.array_equal(before, values):
                return
            yield values.copy(), all(found) and links.broken().size == 0
            if self.control.elapsed > self._until:
                return

    def _round(self, order: list[int], state: _State, seed: int, *, first: bool) -> list[bool]:
        """Let every owner decide; at first several at once, where they are many or take long.

        Those who decide at once all make up for the same: each for a large part of it where
        they are few, or where little is left.
        """

        def visit(owner: int) -> bool:
            late = self.control.over or (not first and self.control.elapsed > self._until)
            return not late and self._visit(owner, state, seed, first=first)

        workers = self.control.workers
        few = len(order) < MANY * workers and not self._long
        if not first or few or workers == 1:
            return [visit(owner) for owner in order]
        with ThreadPoolExecutor(workers) as pool:
            try:
                return list(pool.map(visit, order))
            except BaseException:
                self.control.stop()  # else leaving the pool would wait for all the others
                raise

    def _visit(self, number: int, state: _State, seed: int, *, first: bool) -> bool:
        """Let an owner decide, or decide again; return whether decisions were found.

        Others may decide meanwhile. Where what was found does not go with theirs, the owner
        decides once more while they wait.
        """
        program = self.structure.program
        owner = self._entries_of(number)
        lower = program.lower[owner.columns]
        guide = self._guide[owner.columns]
        with state.lock:
            before = state.values[owner.columns]
            if first:
                state.links.enter(owner.rows, owner.moved(program.upper[owner.columns] - lower))
            state.links.decide(owner.rows, -owner.moved(before - lower))
            state.deviation -= self._contribution(owner.columns, before - guide)
            piece = self._question(owner, state)
        found = self._solve(piece, seed)
        with state.lock:
            if found is not None and not state.links.fits(owner.rows, owner.moved(found - lower)):
                piece = self._question(owner, state)
                found = self._solve(piece, seed)
            kept = before if found is None else found
            state.values[owner.columns] = kept
            state.links.decide(owner.rows, owner.moved(kept - lower))
            state.deviation += self._contribution(owner.columns, kept - guide)
        return found is not None

    def _solve(self, piece: Piece, seed: int) -> Integers | None:
        """Return an owner's decisions: at once, or along a long horizon."""
        if self._long:
            day = self.structure.program.column_day[piece.columns]
            guide = self._guide[piece.columns]
            found = solve_rolling(piece, day, guide, self.control, OWNER_EFFORT, seed=seed)
            if found.values is not None:
                return found.values
        effort = LONG_EFFORT if self._long else OWNER_EFFORT
        return solve_piece(piece, self.control, effort, seed=seed).values

    def _entries_of(self, number: int) -> _Owner:
        columns = self.structure.columns_of(number)
        entries = spans(self._by_column.indptr, columns)
        return _Owner(
            columns,
            rows=self._by_column.indices[entries].astype(np.int64),
            data=self._by_column.data[entries],
            of=np.repeat(np.arange(columns.size), np.diff(self._by_column.indptr)[columns]),
        )

    def _contribution(self, columns: NDArray[np.int64], amounts: Floats) -> Floats:
        """Return what amounts of columns come to in the tracked rows."""
        matrix = self._tracking.matrix
        entries = spans(matrix.indptr, columns)
        sizes = np.diff(matrix.indptr)[columns]
        moved = matrix.data[entries] * np.repeat(amounts, sizes)
        return np.bincount(matrix.indices[entries], moved, matrix.shape[0]).astype(np.float64)

    def _pull(self, columns: NDArray[np.int64], others: Floats) -> Floats:
        """Return the cost of each column for the deviation that it leaves behind."""
        matrix, weight = self._tracking.matrix, self._tracking.weight
        entries = spans(matrix.indptr, columns)
        sizes = np.diff(matrix.indptr)[columns]
        rows, data = matrix.indices[entries], matrix.data[entries]
        goal = self._contribution(columns, self._guide[columns])
        pull = weight[rows] * data * (data / 2 + others[rows] - goal[rows])
        of = np.repeat(np.arange(columns.size), sizes)
        return np.bincount(of, pull, columns.size).astype(np.float64)

    def _question(self, owner: _Owner, state: _State) -> Piece:
        """Return an owner's program: its own rows, what is left of the linking ones, its costs.

        Made from the owner's entries alone: linking rows have those of many others.
        """
        program, columns = self.structure.program, owner.columns
        rows, place = np.unique(owner.rows, return_inverse=True)
        matrix = csr_array((owner.data, (place, owner.of)), shape=(rows.size, columns.size))
        base = matrix @ program.lower[columns]
        fixed = self._at_lower[rows] - base
        low, high = state.links.room(rows)
        linked = state.links.linking[rows]
        cost = self._reduced[columns] + self._pull(columns, state.deviation)
        largest = float(np.abs(cost).max(initial=0.0)) or 1.0
        piece = Piece(
            columns=columns,
            matrix=matrix,
            row_lower=np.where(linked, low + base, less(program.row_lower[rows], fixed)),
            row_upper=np.where(linked, high + base, less(program.row_upper[rows], fixed)),
            lower=program.lower[columns],
            upper=program.upper[columns],
            cost=np.rint(cost * (COST_RANGE / largest)).astype(np.int64),
            continuous=program.continuous[columns],
            rows=rows,
        )
        return trimmed(piece)
