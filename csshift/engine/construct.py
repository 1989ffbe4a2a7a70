"""The first complete solution: one owner after the other, tracking the relaxation.

Each owner's decisions are a small exact program of their own. Its objective is the owner's
reduced cost in the relaxation plus a quadratic penalty on every linking row for the distance
between what the owners have decided and what the relaxation gave them, so that what one owner
rounds away the next one makes up for (error diffusion after Floyd and Steinberg, 1976, on the
rows of a program). The penalty is linear in an owner's columns as long as no two of them that
are chosen together meet in one linking row, as with the shifts of an agent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csshift.engine.blocks import Blocks
from csshift.engine.control import Control
from csshift.engine.exact import Effort, solve_piece
from csshift.engine.links import Links
from csshift.engine.piece import Piece, spans, trimmed
from csshift.engine.relax import Relaxation
from csshift.engine.structure import Structure
from csshift.program import NOBODY

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OWNER_EFFORT = Effort(seconds=2.0, deterministic=2.0)
COST_RANGE = 1e6
"""Largest magnitude of an integer cost in an owner's program."""


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
        self._guide = program.lower.astype(np.float64)
        self._guide[piece.columns] = relaxation.values
        self._reduced = program.cost.astype(np.float64)
        self._reduced[piece.columns] = relaxation.reduced
        self._by_column = program.matrix.tocsc()
        self._weight = _row_weights(structure, piece, relaxation)

    def run(self, seed: int, blocks: Blocks) -> Integers | None:
        """Return a complete feasible solution, or None when none was found in time.

        Parameters
        ----------
        seed : int
            Decides the order of the owners.
        blocks : Blocks
            Works out the consequences.
        """
        values, complete = self.decide(seed)
        if not complete:
            repaired = repair(self.structure, values, self.control, seed)
            if repaired.values is None:
                return None
            values = repaired.values
        return blocks.evaluate(np.arange(self.structure.blocks), values, self.control)

    def decide(self, seed: int) -> tuple[Integers, bool]:
        """Return values with all decisions, and whether they can be completed.

        Consequences stand at their lower bounds; so do the decisions of owners who found
        nothing, or no time.
        """
        program = self.structure.program
        values = program.lower.copy()
        links = Links(self.structure)
        deviation = np.zeros(program.rows)
        complete = True
        for owner in np.random.default_rng(seed).permutation(self.structure.owners).tolist():
            columns = self.structure.columns_of(owner)
            entries = spans(self._by_column.indptr, columns)
            rows = self._by_column.indices[entries].astype(np.int64)
            data = self._by_column.data[entries]
            of = np.repeat(np.arange(columns.size), np.diff(self._by_column.indptr)[columns])
            links.enter(rows, data * (program.upper - program.lower)[columns][of])
            goal = np.bincount(rows, data * self._guide[columns][of], program.rows)
            pull = self._weight[rows] * data * (data / 2 + deviation[rows] - goal[rows])
            cost = self._reduced[columns] + np.bincount(of, pull, columns.size)
            found = self._decide_owner(columns, links, cost, seed)
            if found is None:
                complete = False
                continue
            values[columns] = found
            links.decide(rows, data * (found - program.lower[columns])[of])
            deviation += np.bincount(rows, data * found[of], program.rows) - goal
        return values, complete and links.broken().size == 0

    def _decide_owner(
        self, columns: NDArray[np.int64], links: Links, cost: Floats, seed: int
    ) -> Integers | None:
        """Minimise `cost` over an owner's own rows and what is left of the linking ones."""
        piece = self.structure.cutter.cut(columns, self.structure.program.lower, trim=False)
        low, high = links.room(piece.rows)
        base = piece.matrix @ piece.lower
        linked = links.linking[piece.rows]
        largest = float(np.abs(cost).max(initial=0.0)) or 1.0
        piece = replace(
            piece,
            row_lower=np.where(linked, low + base, piece.row_lower),
            row_upper=np.where(linked, high + base, piece.row_upper),
            cost=np.rint(cost * (COST_RANGE / largest)).astype(np.int64),
        )
        return solve_piece(trimmed(piece), self.control, OWNER_EFFORT, seed=seed).values


def _row_weights(structure: Structure, piece: Piece, relaxation: Relaxation) -> Floats:
    """Return the penalty for a squared unit of deviation in each row; 0 in owners' rows.

    A row counts by what a decision can move in it, priced at its dual value or at what its
    own consequences would cost, whichever is more: a duty that the relaxation fills with ease
    is cheap by its dual value and dear to miss.
    """
    program = structure.program
    reach = np.zeros(program.rows)
    row = np.repeat(np.arange(program.rows), np.diff(program.matrix.indptr))
    owned = program.column_owner[program.matrix.indices] != NOBODY
    np.maximum.at(reach, row[owned], np.abs(program.matrix.data[owned]).astype(np.float64))
    price = np.zeros(program.rows)
    np.maximum.at(
        price,
        row[~owned],
        program.cost[program.matrix.indices[~owned]] / np.abs(program.matrix.data[~owned]),
    )
    price[piece.rows] = np.maximum(price[piece.rows], np.abs(relaxation.duals))
    price *= reach
    tracked = (program.row_owner == NOBODY) & (reach > 0)
    weight = np.zeros(program.rows)
    if tracked.any():
        floor = 0.1 * float(price[tracked].mean()) + 1e-9
        weight[tracked] = np.maximum(price[tracked], floor) / reach[tracked] ** 2
    return weight


@dataclass(frozen=True, eq=False)
class Repaired:
    """Outcome of a repair: decisions that keep every firm row, or that there are none."""

    values: Integers | None
    infeasible: bool


def repair(structure: Structure, values: Integers, control: Control, seed: int) -> Repaired:
    """Find decisions that keep every firm row, near to the given ones as time allows.

    Consequences are left out: rows with unowned columns are widened by what these can do.
    """
    program = structure.program
    links = Links(structure)
    piece = structure.cutter.cut(structure.owned, program.lower, trim=False)
    least, most = links.range(piece.rows)
    fixed = links.activity[piece.rows] - piece.matrix @ piece.lower
    widened = replace(
        piece,
        row_lower=least - fixed,
        row_upper=most - fixed,
        cost=np.where(values[piece.columns] > piece.lower, -1, 1),
    )
    effort = Effort(control.left, workers=control.workers, gap=0.5, thorough=True)
    outcome = solve_piece(trimmed(widened), control, effort, hint=values[piece.columns], seed=seed)
    if outcome.values is None:
        return Repaired(None, outcome.status == "infeasible")
    repaired = values.copy()
    repaired[piece.columns] = outcome.values
    return Repaired(repaired, infeasible=False)
