"""Searching decisions with their consequences replaced by cuts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack

from csshift.engine.blocks import Blocks
from csshift.engine.control import Control
from csshift.engine.exact import Effort, solve_piece
from csshift.engine.links import Links
from csshift.engine.mixed import solve_mixed
from csshift.engine.piece import Piece, less, reach, trimmed
from csshift.program import UNBOUNDED

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

RESOLUTION = 1e6
"""Costs of a reduced piece are scaled so that its largest block costs about this much."""


class Reduced:
    """A piece over decisions alone, its consequences standing as cuts.

    Parameters
    ----------
    blocks : Blocks
    links : Links
    decisions : int array
        Owned columns to free.
    values : int64 array, shape (program.columns,)
        A feasible solution; what is not freed stays.
    touched : int array or None
        Blocks to minimise with the decisions; those that they touch when None. Direct ones
        are freed as they are, the others stand as cuts.
    """

    def __init__(
        self,
        blocks: Blocks,
        links: Links,
        decisions: Integers,
        values: Integers,
        touched: NDArray[np.int64] | None = None,
    ) -> None:
        self.blocks = blocks
        self.values = values
        structure = blocks.structure
        near = structure.blocks_of(decisions) if touched is None else touched
        direct = structure.direct[near]
        self.touched = near[~direct]
        settled = values.copy()
        settled[structure.unowned] = 0
        free = np.concatenate([decisions, structure.columns_of_blocks(near[direct])])
        piece = structure.cutter.cut(free, settled, trim=False)
        settled[piece.columns] = 0
        self._settled = np.asarray(blocks.decision_matrix @ settled, dtype=np.float64)
        least, most = links.range_beside(piece.rows)
        fixed = self._settled[piece.rows].astype(np.int64)
        linking = links.linking[piece.rows]
        self.piece = trimmed(
            replace(
                piece,
                row_lower=np.where(linking, less(least, fixed), piece.row_lower),
                row_upper=np.where(linking, less(most, fixed), piece.row_upper),
            )
        )
        self._own = csr_array(blocks.decision_matrix[:, self.piece.columns])

    def solve(
        self,
        control: Control,
        effort: Effort,
        seed: int,
        *,
        resolution: float = RESOLUTION,
        mixed: bool = False,
        exact: bool = False,
    ) -> Step:
        """Minimise cost and cuts once.

        Parameters
        ----------
        resolution : float
            Costs are rounded to this many units of the largest.
        mixed : bool
            Ask SCIP instead of CP-SAT; there is no bound then.
        exact : bool
            Judge which cuts can matter by the bounds of the columns alone. Otherwise an owner
            is taken to decide for one column at a time in each block, as one shift in an
            interval: fewer cuts then matter, but the bound is no proof and is left out.
        """
        master = self._master(resolution, exact=exact)
        own = self.piece.columns.size
        hint = master.thetas(self.values[self.piece.columns])
        solve = solve_mixed if mixed else solve_piece
        outcome = solve(master.piece, control, effort, hint=hint, seed=seed)
        bound = None
        if outcome.bound is not None and exact:
            bound = _whole_bound(outcome.bound, master) if self.touched.size else outcome.bound
        if outcome.values is None:
            return Step(outcome.status, None, False, bound)
        cost, found = master.piece.cost, outcome.values[:own]
        promising = int(cost @ master.thetas(found)) < int(cost @ hint)
        return Step(outcome.status, found, promising, bound)

    @property
    def constant(self) -> int:
        """Cost of what is not freed, consequences of untouched blocks included."""
        structure = self.blocks.structure
        rest = self.values.copy()
        rest[self.piece.columns] = 0
        rest[structure.columns_of_blocks(self.touched)] = 0
        return structure.program.objective(rest)

    def _master(self, resolution: float, *, exact: bool) -> _Master:
        """Return the piece with a column for each block and its cuts as rows.

        A block of which only one cut can matter goes into the costs of the decisions.
        """
        if not self.touched.size:  # the costs are whole numbers as they are
            exact_piece = replace(self.piece, fine=np.zeros_like(self.piece.fine))
            return _Master(exact_piece, self.piece.columns.size, 1.0, 0)
        rows = self.blocks.rows_for(self.touched)
        slope = csr_array(rows.duals @ self._own)
        level = rows.constant - rows.duals @ self._settled
        owner = self.blocks.structure.program.column_owner[self.piece.columns]
        low, high = (
            reach(slope, self.piece.lower, self.piece.upper)
            if exact
            else _spans_by_owner(slope, self.piece, owner)
        )
        lowest, highest = level - high, level - low
        place = np.searchsorted(self.touched, rows.block)
        floor = np.full(self.touched.size, -np.inf)
        np.maximum.at(floor, place, lowest)
        keep = (highest > floor[place]) | (lowest >= floor[place])
        number = np.bincount(place[keep], minlength=self.touched.size)
        lone = np.flatnonzero(keep & (number[place] == 1))
        several = np.flatnonzero(keep & (number[place] > 1))
        cost = self.piece.cost.astype(np.float64) - np.asarray(slope[lone].sum(axis=0))
        largest = max(np.abs(cost).max(initial=1.0), np.abs(highest).max(initial=1.0))
        unit = float(largest) / resolution
        return _assemble(
            self.piece,
            slope[several],
            level[several],
            place[several],
            floor,
            np.asarray(cost, dtype=np.float64),
            float(level[lone].sum() + self.blocks.least[self.touched[number == 0]].sum()),
            unit,
        )


@dataclass(frozen=True, eq=False)
class Step:
    """What one solve of a reduced piece came to.

    Parameters
    ----------
    status : str
        Of the reduced piece.
    values : int64 array or None
        Values of the freed decisions.
    promising : bool
        Whether the cuts promise less cost than the values that were there before.
    bound : int or None
        Proven lower bound of the cost of the freed decisions and touched blocks.
    """

    status: str
    values: Integers | None
    promising: bool
    bound: int | None


@dataclass(frozen=True, eq=False)
class _Master:
    """A reduced piece: decisions first, then one column for each block with several cuts.

    Costs are in `unit` units of the program's; `slip` is how much its optimum may lie above
    the true lower bound, constants included.
    """

    piece: Piece
    own: int
    unit: float
    slip: int

    def thetas(self, decisions: Integers) -> Integers:
        """Return the decisions with the least values of the blocks that the cuts allow."""
        values = np.concatenate([decisions, self.piece.lower[self.own :]])
        cuts = np.flatnonzero(self.piece.rows < 0)
        if cuts.size:
            rows = self.piece.matrix[cuts]
            need = self.piece.row_lower[cuts] - rows[:, : self.own] @ decisions
            np.maximum.at(values, self.own + rows[:, self.own :].indices, need)
        return np.asarray(np.minimum(values, self.piece.upper))


def _assemble(
    piece: Piece,
    slope: csr_array,
    level: Floats,
    place: NDArray[np.int64],
    floor: Floats,
    cost: Floats,
    constant: float,
    unit: float,
) -> _Master:
    """Write cuts as rows ``theta + slope @ x >= level``, rounded so that they stay below.

    What rounding can take away from a cut is taken off its level, and what it can add to the
    costs of decisions is noted as `slip`: the optimum less the slip is a lower bound.
    """
    names, theta = np.unique(place, return_inverse=True)
    own, extra = piece.columns.size, names.size
    whole = np.floor(cost / unit).astype(np.int64)
    slip = -math.floor(constant / unit) + 1
    scaled = slope.copy()
    scaled.data = np.rint(scaled.data / unit)
    lost = slope.copy()
    lost.data = np.maximum(slope.data / unit - scaled.data, 0.0) * piece.upper[slope.indices]
    need = np.floor(level / unit - lost.sum(axis=1) - 1e-6).astype(np.int64)
    scaled = csr_array(scaled.astype(np.int64))
    scaled.eliminate_zeros()
    least = np.floor(floor[names] / unit).astype(np.int64) - 2
    lowest = reach(scaled, piece.lower, piece.upper)[0].astype(np.int64)
    most = least.copy()
    np.maximum.at(most, theta, need - lowest)
    one = csr_array(
        (np.ones(theta.size, dtype=np.int64), theta, np.arange(theta.size + 1)),
        shape=(theta.size, extra),
    )
    cuts = csr_array(hstack([scaled, one]))
    wide = csr_array(
        (piece.matrix.data, piece.matrix.indices, piece.matrix.indptr),
        shape=(piece.matrix.shape[0], own + extra),
    )
    master = Piece(
        columns=np.concatenate([piece.columns, np.full(extra, -1)]),
        matrix=csr_array(vstack([wide, cuts])),
        row_lower=np.concatenate([piece.row_lower, need]),
        row_upper=np.concatenate([piece.row_upper, np.full(need.size, UNBOUNDED)]),
        lower=np.concatenate([piece.lower, least]),
        upper=np.concatenate([piece.upper, most]),
        cost=np.concatenate([whole, np.ones(extra, dtype=np.int64)]),
        fine=np.arange(own + extra) >= own,
        rows=np.concatenate([piece.rows, np.full(need.size, -1)]),
    )
    return _Master(master, own, unit, slip)


def _whole_bound(proven: int, master: _Master) -> int:
    """Return what a bound of a reduced piece proves of whole costs."""
    bound = (proven - master.slip) * master.unit
    # A margin for rounding errors: those of the terms, and of very large bounds themselves.
    margin = min(1.0, 1e-3 + 1e-9 * abs(bound))
    return math.ceil(bound - margin - 1e-15 * (abs(proven) + abs(master.slip)) * master.unit)


def _spans_by_owner(
    slope: csr_array, piece: Piece, owner: NDArray[np.int32]
) -> tuple[Floats, Floats]:
    """Return what `reach` does if each owner moves one column at most in each row."""
    names, place = np.unique(owner, return_inverse=True)
    row = np.repeat(np.arange(slope.shape[0]), np.diff(slope.indptr))
    least = np.zeros((slope.shape[0], names.size))
    most = np.zeros((slope.shape[0], names.size))
    moved = slope.data * piece.upper[slope.indices]
    np.minimum.at(least, (row, place[slope.indices]), moved)
    np.maximum.at(most, (row, place[slope.indices]), moved)
    return least.sum(axis=1), most.sum(axis=1)
