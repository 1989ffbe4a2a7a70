"""The relaxation of a subproblem to which cuts are added as rows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array, diags_array

from csshift.engine.budget import Budget
from csshift.engine.cuts.inequality import Cuts
from csshift.engine.solvers.incremental_lp import Basis, IncrementalSimplex
from csshift.engine.solvers.lp import Relaxation, relaxation_of
from csshift.engine.solvers.scaling import scale
from csshift.engine.subproblem import Subproblem

SLACK = 1e-6
"""Slack of a cut, relative to its bound, above which it does not bind."""


class CutRelaxation:
    """Solves the relaxation again after every round of cuts, from its last basis.

    Parameters
    ----------
    full : Subproblem
        What the cuts are for.

    Attributes
    ----------
    subproblem : Subproblem
        With the cuts as further rows; their `row_ids` are negative and different.
    """

    def __init__(self, full: Subproblem, budget: Budget) -> None:
        self.subproblem, self.budget = full, budget
        self._rows, self._number = full.rows, 0
        scaled = scale(full, relaxed=True)
        self._scaled, self._row_unit = scaled, scaled.row_unit
        self._simplex = IncrementalSimplex(scaled.row_lower, scaled.row_upper, grows_by_rows=True)
        self._simplex.add(scaled.matrix.tocsc(), scaled.cost, scaled.lower, scaled.upper)

    def add(self, cuts: Cuts) -> None:
        """Add cuts."""
        matrix = csr_array(cuts.matrix.astype(np.float64) @ diags_array(self._scaled.column_unit))
        unit = np.maximum.reduceat(np.abs(matrix.data), matrix.indptr[:-1])
        self._row_unit = np.concatenate([self._row_unit, unit])
        lower, upper = cuts.lower / unit, np.full(cuts.lower.size, math.inf)
        self._simplex.add_rows(csr_array(diags_array(1 / unit) @ matrix), lower, upper)
        self.subproblem = cuts.added_to(self.subproblem, self._number)
        self._number += cuts.lower.size

    def solve(self, seconds: float) -> Relaxation | None:
        """Solve; None when nothing came out in time."""
        found = self._simplex.solve(self.budget, seconds)
        if found is None:
            return None
        values = found.values * self._scaled.column_unit
        duals = found.duals * self._scaled.cost_unit / self._row_unit
        return relaxation_of(
            self.subproblem, values, duals, converged=found.optimal, method="simplex"
        )

    def basis(self) -> Basis | None:
        """Return the basis of the last solution, less the cuts removed since."""
        return self._simplex.basis()

    def without_slack_cuts(self, found: Relaxation, least: float) -> Relaxation:
        """Remove the cuts that do not bind, if they are at least a part of all; return the rest."""
        wider = self.subproblem
        near = SLACK * np.maximum(np.abs(wider.row_lower.astype(np.float64)), 1.0)
        slack = (found.duals == 0) & (wider.matrix @ found.values - wider.row_lower > near)
        slack[: self._rows] = False
        number = int(slack.sum())
        if number <= least * (wider.rows - self._rows):
            return found
        kept = np.flatnonzero(~slack)
        self._simplex.remove_rows(np.flatnonzero(slack))
        self._row_unit = self._row_unit[kept]
        self.subproblem = wider.restrict(kept, np.arange(wider.columns))
        return replace(found, duals=found.duals[kept])
