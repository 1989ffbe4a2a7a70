"""Rows in which decisions are held against the relaxation while they are made one by one.

A linking row is tracked as it is, unless its consequences carry it on: time of a class that
flows to queues matters where it arrives, not where it comes from. Such a row is replaced by
the rows that its flows reach, in the proportions in which the relaxation lets it flow; so the
shortfall of one class can be made up for by another that serves the same queues.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, diags_array, vstack

from csshift.engine.piece import Piece
from csshift.engine.relax import Relaxation
from csshift.engine.structure import Structure
from csshift.program import NOBODY

Floats = NDArray[np.float64]

LEAST_WEIGHT = 0.1
"""Weight of a row without a price, relative to the mean."""


@dataclass(frozen=True, eq=False)
class Tracking:
    """Tracked rows over the decisions.

    Parameters
    ----------
    matrix : csc_array, shape (tracked, program.columns)
        What a unit of each decision adds to each tracked row.
    weight : float array, shape (tracked,)
        Penalty for a squared unit of deviation.
    """

    matrix: csc_array
    weight: Floats


def track(structure: Structure, piece: Piece, relaxation: Relaxation) -> Tracking:
    """Return the rows to track, weighted by what missing them costs.

    Parameters
    ----------
    structure : Structure
    piece : Piece
        The whole program; the relaxation is of this piece.
    relaxation : Relaxation
    """
    program = structure.program
    linking = program.row_agent == NOBODY
    flows = _flow_columns(structure)
    matrix = csr_array(program.matrix.astype(np.float64))
    onward = np.zeros(program.rows, dtype=np.bool_)
    onward[np.unique(csc_array(matrix[:, flows]).indices)] = True
    onward &= linking & _touches_decisions(structure)
    arrivals = _arrivals(structure, piece, relaxation, flows, onward)
    decisions = np.zeros(program.columns)
    decisions[structure.owned] = 1.0
    owned = csr_array(matrix @ diags_array(decisions))
    direct = np.flatnonzero(linking & ~onward & _touches_decisions(structure))
    duals = np.zeros(program.rows)
    duals[piece.rows] = np.abs(relaxation.duals)
    missing = np.zeros(program.rows)
    missing[direct] = _consequence_price(structure)[direct]
    rows = csr_array(vstack([csr_array(arrivals @ owned), owned[direct]]))
    price = np.concatenate([duals, np.maximum(duals, missing)[direct]])
    used = np.flatnonzero(np.diff(rows.indptr))
    rows, price = csr_array(rows[used]), price[used]
    reach = np.maximum.reduceat(np.abs(rows.data), rows.indptr[:-1]) if used.size else price
    price = price * reach
    floor = LEAST_WEIGHT * float(price.mean()) + 1e-9 if used.size else 0.0
    return Tracking(csc_array(rows), np.maximum(price, floor) / np.maximum(reach, 1e-12) ** 2)


def _flow_columns(structure: Structure) -> NDArray[np.int64]:
    """Return the unowned columns that stand in several rows."""
    counts = np.diff(csc_array(structure.program.matrix).indptr)
    return structure.unowned[counts[structure.unowned] > 1]


def _touches_decisions(structure: Structure) -> NDArray[np.bool_]:
    program = structure.program
    touched = np.zeros(program.rows, dtype=np.bool_)
    touched[structure.cutter.rows_of(structure.owned)] = True
    return touched


def _arrivals(
    structure: Structure,
    piece: Piece,
    relaxation: Relaxation,
    flows: NDArray[np.int64],
    onward: NDArray[np.bool_],
) -> csr_array:
    """Return what a unit in each onward row comes to in the rows that its flows reach.

    Shape (program.rows, program.rows). Where the relaxation lets nothing flow, flows are
    taken as even.
    """
    program = structure.program
    amount = np.zeros(program.columns)
    amount[piece.columns] = np.maximum(relaxation.values, 0.0)
    entries = csc_array(program.matrix[:, flows].astype(np.float64)).tocoo()
    row, flow, value = entries.row, entries.col, entries.data
    here = onward[row]
    moved = np.abs(value[here]) * (
        amount[flows[flow[here]]] + 1e-6 * program.upper[flows[flow[here]]]
    )
    total = np.bincount(row[here], moved, program.rows)
    share = moved / total[row[here]] / np.abs(value[here])
    shape = (program.rows, flows.size)
    source = csr_array((share, (row[here], flow[here])), shape=shape)
    target = csr_array((value[~here], (row[~here], flow[~here])), shape=shape)
    return csr_array(target @ source.T)


def _consequence_price(structure: Structure) -> Floats:
    """Return the dearest unit of each row's own consequences."""
    program = structure.program
    matrix = program.matrix
    row = np.repeat(np.arange(program.rows), np.diff(matrix.indptr))
    unowned = program.column_agent[matrix.indices] == NOBODY
    price = np.zeros(program.rows)
    paid = program.cost[matrix.indices[unowned]] / np.abs(matrix.data[unowned])
    np.maximum.at(price, row[unowned], paid)
    return price
