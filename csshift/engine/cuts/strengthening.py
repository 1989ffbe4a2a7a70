"""A strengthened program: the same solutions, a tighter relaxation."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, vstack

from csshift.engine.cuts.aggregation_cuts import AggregationCuts
from csshift.engine.cuts.cut_relaxation import CutRelaxation
from csshift.engine.cuts.flow_cuts import FlowCuts
from csshift.engine.cuts.gomory_cuts import GomoryCuts
from csshift.engine.cuts.inequality import Cuts
from csshift.engine.incumbent import Incumbent
from csshift.engine.relaxation_params import CutParams
from csshift.engine.solvers.lp import Relaxation, relaxation_of
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, Program

logger = logging.getLogger(__name__)

AGGREGATION, GOMORY = "aggregation cuts", "Gomory cuts"


@dataclass(frozen=True, eq=False)
class Strengthened:
    """A program with cuts that bind as further rows.

    Parameters
    ----------
    program : Program
        It has the columns and the solutions of the original one.
    full : Subproblem
        The full subproblem of its structure.
    relaxation : Relaxation
        Of `full`.
    """

    program: Program
    full: Subproblem
    relaxation: Relaxation


@dataclass
class _Rounds:
    """Cuts of the first round, and rounds in a row that raised the bound by little."""

    first: int = 0
    little: int = 0


class Strengthening:
    """Adds violated cuts and relaxes again, as long as that raises the bound.

    Parameters
    ----------
    structure : Structure
    full : Subproblem
        The structure's full subproblem.
    relaxation : Relaxation
        Of it.
    incumbent : Incumbent
        It takes every bound.
    """

    def __init__(
        self,
        structure: Structure,
        full: Subproblem,
        relaxation: Relaxation,
        incumbent: Incumbent,
        params: CutParams,
    ) -> None:
        self._structure, self._full, self._incumbent = structure, full, incumbent
        self.params, self._budget = params, incumbent.budget
        self._first, self._best = relaxation, relaxation
        self._highest = relaxation.bound
        self._growing = CutRelaxation(full, incumbent.budget)
        self._constant = structure.constant(full)
        agent = structure.program.column_agent[full.column_ids]
        self._flow_cuts = FlowCuts(full, ~full.continuous & (agent != NOBODY))
        self._aggregation_cuts = AggregationCuts(structure, full, params)
        self._gomory_cuts = GomoryCuts(full, params)
        self._aggregated = False
        """Whether aggregation cuts alone raise the bound by little."""
        self._most_rounds = params.rounds
        if self._budget.reproducible:
            self._most_rounds = round(params.reproducible_rounds * self._budget.seconds)
        self._rounds: dict[str, _Rounds] = {}
        self._pace: list[tuple[float, int]] = []
        """After each round: seconds of the budget, and the bound."""
        self._is_solved = True
        """Whether the relaxation with all cuts is solved."""
        self._longest = 0.0
        """Seconds that the relaxation took, at most."""
        self.ended = False
        """Whether further rounds would raise the bound by little."""

    def add_flow_cuts(self, until: float) -> Strengthened | None:
        """Return the program with flow cuts; None where they do not raise the bound by much.

        More rows make every later step slower.

        Parameters
        ----------
        until : float
            Seconds of the budget.
        """
        params = self.params

        def separate() -> Cuts | None:
            first = self._best is self._first
            least = params.first_violation if first else params.violation
            return self._flow_cuts.separate(self._best.values, least)

        self._run(separate, "flow cuts", until)
        return self._result()

    def add_cuts_from_rows(self, until: float) -> Strengthened | None:
        """Return the program with all cuts; None where the bound has not risen by much.

        Aggregation cuts come first; Gomory cuts join them once a round raises the bound by little.
        These cuts are for the relaxation alone.

        Parameters
        ----------
        until : float
            Seconds of the budget.
        """
        if not self._aggregated:
            self._aggregated = self._run(lambda: self._aggregate(until), AGGREGATION, until)
        if self._aggregated:
            self.ended = self._run(lambda: self._round_tableau(until), GOMORY, until)
        return self._result()

    def _aggregate(self, until: float) -> Cuts | None:
        best, wider = self._best, self._growing.subproblem
        return self._aggregation_cuts.separate(
            wider, best.values, best.duals, lambda: self._left(until) <= 0
        )

    def _round_tableau(self, until: float) -> Cuts | None:
        """Return Gomory cuts, and the aggregation cuts that are violated as well."""
        basis, wider = self._growing.basis(), self._growing.subproblem
        if basis is None:
            return None
        cuts = self._gomory_cuts.separate(
            wider, self._best.values, basis, lambda: self._left(until) <= 0
        )
        others = None if cuts is None else self._aggregate(until)
        return cuts if cuts is None or others is None else cuts.and_others(others)

    def _left(self, until: float) -> float:
        """Return the seconds left; those of a reproducible search do not depend on turns."""
        budget = self._budget
        return budget.left if budget.reproducible else min(until - budget.elapsed, budget.left)

    def _result(self) -> Strengthened | None:
        best = self._best
        if best.bound - self._first.bound <= self.params.worthwhile_gain * abs(best.bound):
            return None
        return _in_program(self._structure.program, self._full, self._growing.subproblem, best)

    def _run(self, separate: Callable[[], Cuts | None], kind: str, until: float) -> bool:
        """Add cuts round by round; return whether that came to an end of its own.

        A relaxation that was not solved in time is solved first: cuts at its values would be of
        little use, and make the next one slower.
        """
        params, rounds = self.params, self._rounds.setdefault(kind, _Rounds())
        for _ in range(self._most_rounds):
            if self._incumbent.done:
                return False
            began = self._budget.elapsed
            if self._is_solved:
                cuts = separate()
                late = self._left(until) <= 0
                few = cuts is None or cuts.lower.size < params.few_cuts * rounds.first
                if few and not late:
                    return True
                if cuts is not None:
                    rounds.first = rounds.first or cuts.lower.size
                    self._add(cuts)
                    logger.debug("%d %s", cuts.lower.size, kind)
                if late:
                    return False
            found = self._solve(until)
            if found is not None:
                logger.debug("%s: bound %d", kind, found.bound)
                self._incumbent.raise_bound(found.bound + self._constant, kind)
            if found is None or not self._is_solved:
                return False
            gained = found.bound - self._highest
            self._highest = max(self._highest, found.bound)
            self._pace.append((self._budget.elapsed, self._highest))
            self._best = self._growing.without_slack_cuts(found, params.slack_share)
            enough = self._gains_enough(kind, gained, rounds)
            if not enough or self._is_behind(gained, began) or self._is_slow():
                return True
        return True

    def _gains_enough(self, kind: str, gained: int, rounds: _Rounds) -> bool:
        """Count a round; return whether another one of its kind is worth its time."""
        params = self.params
        least, patience = params.min_gain, params.patience
        if kind == AGGREGATION:
            least, patience = params.joining_gain, 0
        elif kind == GOMORY:
            patience = params.tableau_patience
        little = gained <= least * abs(self._highest)
        rounds.little = rounds.little + 1 if little else 0
        return rounds.little <= patience

    def _add(self, cuts: Cuts) -> None:
        self._growing.add(cuts)
        unknown = np.zeros(self._growing.subproblem.rows - self._best.duals.size)
        duals = np.concatenate([self._best.duals, unknown])
        self._best = replace(self._best, duals=duals)
        self._is_solved = False

    def _solve(self, until: float) -> Relaxation | None:
        """Relax again; at the end of a turn, for longer than it ever took.

        What is interrupted begins again, so a time that was not enough is doubled.
        """
        began = self._budget.elapsed
        longest = self.params.overrun * self._longest
        found = self._growing.solve(max(self._left(until), min(longest, self._budget.left)))
        self._is_solved = found is not None and found.converged
        self._longest = max(self._longest, self._budget.elapsed - began)
        return found

    def _is_behind(self, gained: int, began: float) -> bool:
        """Return whether the bound cannot catch up with the best one at the pace of a round."""
        known, budget = self._incumbent.bound, self._budget
        if budget.reproducible or known is None:
            return False
        rounds = budget.left / max(budget.elapsed - began, 1e-3)
        return self._highest + rounds * max(gained, 0) < known - self._constant

    def _is_slow(self) -> bool:
        """Return whether cuts, at their pace of late, close too little of the gap to matter.

        What others have proven counts: cuts must get there first. Better rosters close more of
        the gap then. Some rounds gain nothing, so several are looked at.
        """
        budget, params, objective = self._budget, self.params, self._incumbent.objective
        if budget.reproducible or objective is None:
            return False
        latest = budget.elapsed - params.pace_share * budget.seconds
        earlier = [known for known in self._pace[: -params.pace_rounds] if known[0] <= latest]
        if not earlier:
            return False
        since, before = earlier[-1]
        promised = (self._highest - before) / (budget.elapsed - since) * budget.left
        best = max(self._highest, (self._incumbent.bound or 0) - self._constant)
        wanted = params.worthwhile_share * (objective - self._constant - best)
        return promised < best - self._highest + wanted


def _in_program(
    program: Program, full: Subproblem, wider: Subproblem, found: Relaxation
) -> Strengthened:
    """Return the program with the cuts that bind, and the relaxation in its terms."""
    added = full.rows + np.flatnonzero(found.duals[full.rows :] > 0)
    part = wider.matrix[added].tocoo()
    cuts = csr_array(
        (part.data, (part.row, full.column_ids[part.col])), shape=(added.size, program.columns)
    )
    family = program.row_family.max(initial=0)  # any: no rule is responsible for a cut
    stronger = replace(
        program,
        matrix=csr_array(vstack([program.matrix, cuts])),
        row_lower=np.concatenate([program.row_lower, wider.row_lower[added]]),
        row_upper=np.concatenate([program.row_upper, wider.row_upper[added]]),
        row_family=np.concatenate([program.row_family, np.full(added.size, family, np.int32)]),
        row_agent=np.concatenate([program.row_agent, np.full(added.size, NOBODY, np.int32)]),
    )
    duals = np.zeros(stronger.rows)
    duals[full.row_ids] = found.duals[: full.rows]
    duals[program.rows :] = found.duals[added]
    again = Structure(stronger).full()
    relaxation = relaxation_of(
        again, found.values, duals[again.row_ids], converged=found.converged, method=found.method
    )
    return Strengthened(stronger, again, relaxation)
