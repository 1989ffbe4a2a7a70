"""Aggregation cuts: rows that share time are added up until whole people show.

A row with a flow between its bounds says little about whole people. Adding the row that supplies
the flow, times whatever cancels it, leaves an inequality with more decisions and fewer flows.
Mixed-integer rounding of it may cut off the present values (Marchand and Wolsey, 2001); until then
another row is added. All of it is done in integers, so the cuts are valid whatever the values were.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from csshift.engine.cuts.inequality import Cuts, Inequality
from csshift.engine.cuts.rounding import Rounding, groups
from csshift.engine.duals import LARGEST_SUM
from csshift.engine.relaxation_params import CutParams
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import UNBOUNDED, Floats

LARGEST_IN_CUT = 1 << 24
"""Magnitude of a cut's coefficients: larger ones could not be added to other rows."""

TIGHT = 1e-4
"""Slack, relative to a row's largest coefficient, up to which a row is tight."""

ELIMINATED = 8
"""Flows of a row that are tried for elimination."""


class AggregationCuts:
    """Separates aggregation cuts, round after round.

    Parameters
    ----------
    structure : Structure
    full : Subproblem
        The structure's full subproblem.
    """

    def __init__(self, structure: Structure, full: Subproblem, params: CutParams) -> None:
        self._params = params
        self._integer = ~full.continuous
        row_agent = structure.program.row_agent[full.row_ids].astype(np.int64)
        self._rounding = Rounding(groups(full, row_agent, self._integer))
        self._round = 0
        self._fails: dict[int, tuple[int, int]] = {}
        """By row: in how many rounds it led to no cut, and the round in which it is tried next."""

    def separate(
        self,
        wider: Subproblem,
        values: Floats,
        duals: Floats,
        expired: Callable[[], bool] = lambda: False,
    ) -> Cuts | None:
        """Return cuts that some values violate, at most one from each tight row.

        Parameters
        ----------
        wider : Subproblem
            The full subproblem, perhaps with cuts as further rows.
        values : float array, shape (columns,)
        duals : float array, shape (wider.rows,)
            Of all rows that can supply a flow, the one with the largest dual value is taken.
        expired : callable
            Whether time is up: then no further row is tried.
        """
        self._round += 1
        search = _Aggregation(wider, values, duals, self._integer, self._rounding, self._params)
        found: dict[bytes, Inequality] = {}
        for row in search.starts.tolist():
            if expired():
                break
            key = int(wider.row_ids[row])
            fails, again = self._fails.get(key, (0, 0))
            if again > self._round:
                continue
            cut = search.from_row(row)
            if cut is None:
                wait = min(fails, self._params.most_rounds_skipped)
                self._fails[key] = fails + 1, self._round + 1 + wait
            else:
                self._fails.pop(key, None)
                found[cut.column.tobytes() + cut.amount.tobytes()] = cut
        return Cuts.of(list(found.values()), wider.columns)


class _Aggregation:
    """The rows that some values make tight, and the cuts that follow from their sums."""

    def __init__(
        self,
        wider: Subproblem,
        values: Floats,
        duals: Floats,
        integer: np.ndarray,
        rounding: Rounding,
        params: CutParams,
    ) -> None:
        self._wider, self._values, self._integer = wider, values, integer
        self._rounding, self._params = rounding, params
        matrix = wider.matrix
        self._by_column = matrix.tocsc()
        largest = abs(matrix).max(axis=1).toarray().ravel().astype(np.float64)
        activity = matrix @ values
        near = TIGHT * np.maximum(largest, 1.0)
        self._tight = {
            1: (wider.row_lower > -UNBOUNDED) & (activity - wider.row_lower <= near),
            -1: (wider.row_upper < UNBOUNDED) & (wider.row_upper - activity <= near),
        }
        self._preference = np.abs(duals) * largest - 1e-6 * np.diff(matrix.indptr)
        self._from_lower = values - wider.lower
        self._from_upper = wider.upper - values
        inside = np.minimum(self._from_lower, self._from_upper)
        open_ = inside / np.maximum(wider.upper - wider.lower, 1)
        self._open = np.where(integer, 0.0, open_)
        tight = self._tight[1] | self._tight[-1]
        useful = (abs(matrix) @ (open_ > 1e-6).astype(np.float64)) > 0
        self.starts = np.flatnonzero(tight & useful & (np.diff(matrix.indptr) > 0))
        """Rows that may lead to a cut."""

    def from_row(self, row: int) -> Inequality | None:
        """Return the cut that a tight row leads to, if any."""
        for sign in (1, -1):
            if self._tight[sign][row]:
                cut = self._from(row, sign)
                if cut is not None:
                    return cut
        return None

    def _from(self, row: int, sign: int) -> Inequality | None:
        present, used = Inequality.of_row(self._wider, row, sign), {row}
        for step in range(self._params.aggregations + 1):
            cut = self._rounded(present)
            if cut is not None or step == self._params.aggregations:
                return cut
            wider = self._aggregated(present, used)
            if wider is None:
                return None
            present = wider
        return None

    def _aggregated(self, present: Inequality, used: set[int]) -> Inequality | None:
        """Add a row that cancels the flow farthest from its bounds for which there is one."""
        distance = self._open[present.column]
        for place in np.argsort(-distance, kind="stable")[:ELIMINATED].tolist():
            if distance[place] <= 1e-6:
                return None
            flow = int(present.column[place])
            supply = self._supply(flow, int(present.amount[place]), used)
            if supply is None:
                continue
            row, sign = supply
            wider = present.plus(Inequality.of_row(self._wider, row, sign), flow)
            if wider is not None:
                used.add(row)
                return wider
        return None

    def _supply(self, flow: int, amount: int, used: set[int]) -> tuple[int, int] | None:
        """Return the tight row and its side that cancel a flow."""
        span = slice(self._by_column.indptr[flow], self._by_column.indptr[flow + 1])
        rows, entries = self._by_column.indices[span], self._by_column.data[span]
        signs = np.where((entries < 0) == (amount > 0), 1, -1)
        tight = np.where(signs > 0, self._tight[1][rows], self._tight[-1][rows])
        order = np.argsort(-self._preference[rows], kind="stable")
        for place in order[tight[order]].tolist():
            if int(rows[place]) not in used:
                return int(rows[place]), int(signs[place])
        return None

    def _rounded(self, present: Inequality) -> Inequality | None:
        """Round an inequality, its flows counted from the bounds to which they are nearer."""
        wider, column, amount = self._wider, present.column, present.amount
        decided = self._integer[column]
        if not decided.any():
            return None
        most = np.maximum(np.abs(wider.lower[column]), np.abs(wider.upper[column]))
        if float(np.abs(amount).astype(np.float64) @ most) + abs(present.need) > LARGEST_SUM:
            return None
        z, of_z = column[decided], amount[decided]
        flow, step = column[~decided], amount[~decided]
        low = self._from_lower[flow] <= self._from_upper[flow]
        bound = np.where(low, wider.lower[flow], wider.upper[flow])
        # What a flow adds beyond this bound is not negative where it is kept, and elsewhere not
        # positive.
        kept = (step > 0) == low
        need = present.need - int(step @ bound) - int(of_z @ wider.lower[z])
        flow, step, bound = flow[kept], step[kept], bound[kept]
        paid = float(step @ (self._values[flow] - bound))
        square = float(step.astype(np.float64) @ step)
        best = self._rounding.best(
            z, of_z, need, self._from_lower[z], paid, square, self._params.efficacy
        )
        if best is None:
            return None
        lower = best.need + int(step @ bound) + int(best.amount @ wider.lower[z])
        columns, amounts = np.concatenate([z, flow]), np.concatenate([best.amount, step])
        order = np.argsort(columns, kind="stable")
        columns, amounts = columns[order], amounts[order]
        nothing = np.zeros(columns.size, dtype=np.bool_)
        return Inequality(columns, amounts, lower).in_small_numbers(
            LARGEST_IN_CUT, wider.lower[columns], nothing
        )
