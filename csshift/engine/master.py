"""The restricted master program: convex combinations of known schedules that keep the links.

(Dantzig and Wolfe, 1960.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix, hstack, vstack

from csshift.engine.control import Control
from csshift.engine.parts import Parts
from csshift.program import UNBOUNDED

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_SCHEDULES = 150
"""Schedules kept of one part; those with the largest reduced costs make room."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """A solution of the master program.

    Parameters
    ----------
    objective : float
    weights : list of float array
        By part: weight of each of its schedules.
    duals : float array, shape (linking rows,)
    convexity : float array, shape (parts,)
        Dual value of each part: its schedules' least reduced cost.
    """

    objective: float
    weights: list[Floats]
    duals: Floats
    convexity: Floats


@dataclass(eq=False)
class _Pool:
    """Schedules of one part: values, costs, and what they add to the linking rows."""

    values: Integers
    cost: Integers
    links: Integers
    known: set[bytes]


class Master:
    """Known schedules of every part, and the program that mixes them.

    Parameters
    ----------
    parts : Parts
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._pools = [
            _Pool(
                np.empty((0, part.columns.size), dtype=np.int64),
                np.empty(0, dtype=np.int64),
                np.empty((0, parts.linking.size), dtype=np.int64),
                set(),
            )
            for part in parts.parts
        ]

    def schedules(self, number: int) -> Integers:
        """Return the known schedules of a part, shape (schedules, own columns)."""
        return self._pools[number].values

    def add(self, number: int, values: Integers) -> bool:
        """Add a schedule of a part; return whether it is new."""
        pool, part = self._pools[number], self.parts.parts[number]
        key = values.tobytes()
        if key in pool.known:
            return False
        pool.known.add(key)
        pool.values = np.vstack([pool.values, values])
        pool.cost = np.append(pool.cost, part.piece.cost @ values)
        pool.links = np.vstack([pool.links, part.links @ values])
        return True

    def reduced_cost(self, number: int, values: Integers, mixture: Mixture) -> float:
        """Return what a unit of a schedule would change the objective by."""
        part = self.parts.parts[number]
        links = np.asarray(part.links @ values, dtype=np.float64)
        return float(part.piece.cost @ values - mixture.duals @ links - mixture.convexity[number])

    def trim(self, mixture: Mixture) -> None:
        """Forget schedules of large reduced cost where there are too many, in both places."""
        for number, pool in enumerate(self._pools):
            if pool.cost.size <= MOST_SCHEDULES:
                continue
            weights = mixture.weights[number]
            reduced = pool.cost - pool.links @ mixture.duals - mixture.convexity[number]
            reduced[: weights.size][weights > 0] = -np.inf
            keep = np.sort(np.argsort(reduced)[: MOST_SCHEDULES // 2])
            mixture.weights[number] = weights[keep[keep < weights.size]]
            pool.values, pool.cost, pool.links = (
                pool.values[keep],
                pool.cost[keep],
                pool.links[keep],
            )
            pool.known = {values.tobytes() for values in pool.values}

    def solve(
        self, control: Control, fixed: Mapping[int, Integers] | None = None
    ) -> Mixture | None:
        """Return the best mixture; None when there is none, or time was up.

        Parameters
        ----------
        control : Control
        fixed : mapping of int to int64 array
            Parts that are decided, with their schedules.
        """
        from ortools.linear_solver.python import model_builder_helper as helper

        rest = self.parts.rest
        pools = [self._pool_of(number, fixed or {}) for number in range(len(self._pools))]
        counts = np.array([pool.cost.size for pool in pools])
        if np.any(counts == 0):
            return None
        model, unit = self._model(pools, counts)
        solver = helper.ModelSolverHelper("glop")
        solver.set_time_limit_in_seconds(max(0.01, control.left))
        with control.halting(solver.interrupt_solve):
            solver.solve(model)
        if solver.status() != helper.SolveStatus.OPTIMAL:
            return None
        weights = np.asarray(solver.variable_values())[rest.size :]
        duals = np.asarray(solver.dual_values()) * unit
        return Mixture(
            objective=float(solver.objective_value()) * unit,
            weights=np.split(weights, np.cumsum(counts)[:-1]),
            duals=duals[: self.parts.linking.size],
            convexity=duals[self.parts.linking.size :],
        )

    def _model(self, pools: list[_Pool], counts: NDArray[np.int64]) -> tuple[Any, float]:
        """Return the linear program, and what its costs were divided by."""
        from ortools.linear_solver.python import model_builder_helper as helper

        piece, linking, rest = self.parts.piece, self.parts.linking, self.parts.rest
        total = int(counts.sum())
        links = csr_array(np.vstack([pool.links for pool in pools]).T.astype(np.float64))
        convex = csr_array(
            (np.ones(total), (np.repeat(np.arange(counts.size), counts), np.arange(total))),
            shape=(counts.size, total),
        )
        above = hstack([self.parts.rest_links.astype(np.float64), links])
        below = hstack([csr_array((counts.size, rest.size)), convex])
        least, most = piece.row_lower[linking], piece.row_upper[linking]
        costs = np.concatenate([piece.cost[rest], *[pool.cost for pool in pools]])
        unit = float(np.abs(costs).max(initial=0)) or 1.0
        ones = np.ones(counts.size)
        model: Any = helper.ModelBuilderHelper()
        model.fill_model_from_sparse_data(
            np.concatenate([piece.lower[rest], np.zeros(total)]),
            np.concatenate([piece.upper[rest], np.full(total, np.inf)]),
            costs / unit,
            np.concatenate([np.where(least <= -UNBOUNDED, -np.inf, least), ones]),
            np.concatenate([np.where(most >= UNBOUNDED, np.inf, most), ones]),
            csr_matrix(vstack([above, below])),
        )
        model.set_maximize(False)
        return model, unit

    def _pool_of(self, number: int, decided: Mapping[int, Integers]) -> _Pool:
        if number not in decided:
            return self._pools[number]
        values, part = decided[number], self.parts.parts[number]
        return _Pool(
            values[None], np.array([part.piece.cost @ values]), (part.links @ values)[None], set()
        )

    def guide(self, mixture: Mixture) -> Floats:
        """Return the mixed values of all owned columns of the piece, 0 elsewhere."""
        values = np.zeros(self.parts.piece.columns.size)
        for part, pool, weights in zip(self.parts.parts, self._pools, mixture.weights, strict=True):
            values[part.columns] = weights @ pool.values[: weights.size]  # newer ones have none
        return values
