"""Rows in which decisions are compared with the relaxation while they are made one by one.

A linking row is tracked as it is, unless flows lead on from it: the time of a class matters in the
queues where it arrives. Such a row is replaced by the rows that its flows reach, in the proportions
of the relaxation, so that another class that serves the same queues can make up for a shortfall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, vstack

from csshift.engine.solvers.lp import Relaxation
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem, csr_entries, csr_sizes, marked
from csshift.program import NOBODY, UNBOUNDED, Floats, Integers


@dataclass(frozen=True, eq=False)
class Tracking:
    """Tracked rows over the decisions.

    Parameters
    ----------
    matrix : csc_array, shape (tracked, program.columns)
        What a unit of each decision adds to each tracked row.
    weight : float array, shape (tracked,)
        Penalty for a squared unit of deviation.
    goal : float array, shape (tracked,)
        What all decisions should add to each row beyond the relaxation.
    """

    matrix: csc_array
    weight: Floats
    goal: Floats


def track(
    structure: Structure,
    subproblem: Subproblem,
    relaxation: Relaxation,
    min_weight: float,
    *,
    demanded: bool = False,
) -> Tracking:
    """Return the rows to track, weighted by the price of missing them.

    Parameters
    ----------
    subproblem : Subproblem
        The full program; the relaxation is of it.
    min_weight : float
        Weight of a row without a price, relative to the mean.
    demanded : bool
        Whether the goal is what rows require, as without values of decisions, or the part of it
        that the relaxation fills; rows that require nothing are then not tracked.
    """
    program = structure.program
    linking = program.row_agent == NOBODY
    flows = _flow_columns(structure)
    decided = marked(structure.by_column, structure.decisions, program.rows)
    onward = marked(structure.by_column, flows, program.rows) & linking & decided
    arrivals = _arrivals(structure, subproblem, relaxation, flows, onward)
    of_decisions = _decided_entries(structure)
    direct = np.flatnonzero(linking & ~onward & decided)
    duals = np.zeros(program.rows)
    duals[subproblem.row_ids] = np.abs(relaxation.duals)
    missing = np.zeros(program.rows)
    missing[direct] = _recourse_price(structure)[direct]
    rows = csr_array(vstack([csr_array(arrivals @ of_decisions), of_decisions[direct]]))
    price = np.concatenate([duals, np.maximum(duals, missing)[direct]])
    used = np.flatnonzero(np.diff(rows.indptr))
    rows, price = csr_array(rows[used]), price[used]
    largest = np.maximum.reduceat(np.abs(rows.data), rows.indptr[:-1]) if used.size else price
    price = price * largest
    floor = min_weight * float(price.mean()) + 1e-9 if used.size else 0.0
    weight = np.maximum(price, floor) / np.maximum(largest, 1e-12) ** 2
    goal = np.zeros(used.size)
    if demanded:
        required = program.row_lower - program.matrix @ program.lower
        tracked = np.concatenate([np.arange(program.rows), direct])[used]
        bounded = program.row_lower[tracked] > -UNBOUNDED
        goal = np.where(bounded, np.maximum(required[tracked], 0), 0).astype(np.float64)
        if relaxation.filled is not None:
            filled = np.ones(program.rows)
            filled[subproblem.row_ids] = relaxation.filled
            goal *= filled[tracked]
        weight = np.where(bounded, weight, 0.0)
    return Tracking(csc_array(rows), weight, goal)


def demand_as_relaxation(structure: Structure, subproblem: Subproblem) -> Relaxation:
    """Return what stands in for a relaxation where there is none: nothing is decided yet.

    Rows have the price of their own recourse; flows are in proportion to what they could carry.

    Parameters
    ----------
    subproblem : Subproblem
        The full program.
    """
    program = structure.program
    values = program.lower.astype(np.float64)
    flows = _flow_columns(structure)
    values[flows] = program.upper[flows]
    return Relaxation(
        values=values[subproblem.column_ids],
        duals=_recourse_price(structure)[subproblem.row_ids],
        reduced_costs=subproblem.cost.astype(np.float64),
        bound=0,
        converged=False,
        method="pdlp",
    )


def _flow_columns(structure: Structure) -> Integers:
    """Return the recourse columns with entries in several rows."""
    counts = np.diff(structure.by_column.indptr)
    return structure.recourse[counts[structure.recourse] > 1]


def _decided_entries(structure: Structure) -> csr_array:
    """Return a matrix of the program's shape with the entries of decisions only."""
    matrix = structure.program.matrix
    decided = np.zeros(matrix.shape[1], dtype=np.bool_)
    decided[structure.decisions] = True
    kept = decided[matrix.indices]
    indptr = np.concatenate([[0], np.cumsum(kept)])[matrix.indptr]
    data = matrix.data[kept].astype(np.float64)
    return csr_array((data, matrix.indices[kept], indptr), shape=matrix.shape)


def _arrivals(
    structure: Structure,
    subproblem: Subproblem,
    relaxation: Relaxation,
    flows: Integers,
    onward: NDArray[np.bool_],
) -> csr_array:
    """Return what a unit in each onward row comes to in the rows that its flows reach.

    Shape (program.rows, program.rows). Where the relaxation lets nothing flow, flows are
    taken as even.
    """
    program = structure.program
    amount = np.zeros(program.columns)
    amount[subproblem.column_ids] = np.maximum(relaxation.values - subproblem.lower, 0.0)
    by_column = structure.by_column
    entries = csr_entries(by_column.indptr, flows)
    row, value = by_column.indices[entries], by_column.data[entries].astype(np.float64)
    flow = np.repeat(np.arange(flows.size), csr_sizes(by_column.indptr, flows))
    here = onward[row]
    moved = np.abs(value[here]) * (
        amount[flows[flow[here]]] + 1e-6 * (program.upper - program.lower)[flows[flow[here]]]
    )
    total = np.bincount(row[here], moved, program.rows)
    share = moved / total[row[here]] / np.abs(value[here])
    shape = (program.rows, flows.size)
    source = csr_array((share, (row[here], flow[here])), shape=shape)
    target = csr_array((value[~here], (row[~here], flow[~here])), shape=shape)
    return csr_array(target @ source.T)


def _recourse_price(structure: Structure) -> Floats:
    """Return the highest price of a unit of each row's own recourse."""
    program, by_column = structure.program, structure.by_column
    paid = structure.recourse[program.cost[structure.recourse] > 0]
    entries = csr_entries(by_column.indptr, paid)
    cost = np.repeat(program.cost[paid], csr_sizes(by_column.indptr, paid))
    price = np.zeros(program.rows)
    np.maximum.at(price, by_column.indices[entries], cost / np.abs(by_column.data[entries]))
    return price
