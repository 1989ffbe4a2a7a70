"""A strengthened program: the same solutions, a tighter relaxation."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, vstack

from csshift.engine.budget import Budget
from csshift.engine.cuts.block_cuts import BlockCuts
from csshift.engine.cuts.flow_cuts import Cuts, FlowCuts
from csshift.engine.duals import lagrangian_bound
from csshift.engine.params import CutParams, RelaxationParams
from csshift.engine.solvers.lp import Relaxation, relax
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, UNBOUNDED, Program

logger = logging.getLogger(__name__)


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


class Strengthening:
    """Adds violated cuts and relaxes again, as long as that raises the bound.

    Parameters
    ----------
    budget : Budget
    params : CutParams
    relaxation_params : RelaxationParams
    """

    def __init__(
        self, budget: Budget, params: CutParams, relaxation_params: RelaxationParams
    ) -> None:
        self.budget, self.params, self._relaxation_params = budget, params, relaxation_params
        # One worker improves nothing meanwhile.
        share = params.budget_share if budget.workers > 1 else params.budget_share / 2
        self._until = budget.elapsed + share * budget.left

    def fits(self, relaxation: Relaxation, seconds: float) -> bool:
        """Return whether there is time for a first round, judged by the relaxation.

        A first-order method rarely gets as near to the optimum as cuts need.

        Parameters
        ----------
        seconds : float
            What the relaxation took.
        """
        if relaxation.method != "simplex" or not relaxation.converged:
            return False
        expected = self.params.round_seconds * seconds
        return self.budget.reproducible or self.budget.elapsed + expected <= self._until

    def run(
        self,
        structure: Structure,
        full: Subproblem,
        relaxation: Relaxation,
        on_bound: Callable[[int, str], object],
    ) -> tuple[Strengthened | None, Strengthened | None]:
        """Look for flow cuts, then for block cuts.

        Parameters
        ----------
        full : Subproblem
            The structure's full subproblem.
        relaxation : Relaxation
            Of it.
        on_bound : callable
            Called with every bound and the name of its stage.

        Returns
        -------
        (Strengthened or None, Strengthened or None)
            The program with flow cuts, and with block cuts, too; None where they do not raise the
            bound by much, for more rows make every later step slower.
        """
        flows = self.add_flow_cuts(structure, full, relaxation)
        if flows is not None:
            on_bound(flows.relaxation.bound + structure.constant(full), "flow cuts")
            if not self._pays(relaxation, flows.relaxation):
                flows = None
        if flows is not None:
            structure, full, relaxation = Structure(flows.program), flows.full, flows.relaxation
        blocks = self.add_block_cuts(structure, full, relaxation)
        if blocks is not None:
            on_bound(blocks.relaxation.bound + structure.constant(full), "block cuts")
            if not self._pays(relaxation, blocks.relaxation):
                blocks = None
        return flows, blocks

    def _pays(self, before: Relaxation, after: Relaxation) -> bool:
        return after.bound - before.bound > self.params.worthwhile_gain * abs(after.bound)

    def add_flow_cuts(
        self, structure: Structure, full: Subproblem, relaxation: Relaxation
    ) -> Strengthened | None:
        """Return the program with flow cuts; None where they do not help.

        Parameters
        ----------
        full : Subproblem
            The structure's full subproblem.
        relaxation : Relaxation
            Of it.
        """
        params = self.params
        agent = structure.program.column_agent[full.column_ids]
        separator = FlowCuts(full, ~full.continuous & (agent != NOBODY))

        def separate(_: Subproblem, found: Relaxation, number: int) -> Cuts | None:
            least = params.violation if number else params.first_violation
            return separator.separate(found.values, least)

        return self._add(structure, full, relaxation, "flow", separate)

    def add_block_cuts(
        self, structure: Structure, full: Subproblem, relaxation: Relaxation
    ) -> Strengthened | None:
        """Return the program with block cuts; None where they do not help.

        They are for relaxations: the columns of one row each, which recourse is rounded with,
        have further rows there.
        """

        def separate(wider: Subproblem, found: Relaxation, _: int) -> Cuts | None:
            blocks = BlockCuts(structure, wider)
            return blocks.separate(found.values, found.duals, self.params.violation)

        return self._add(structure, full, relaxation, "block", separate)

    def _add(
        self,
        structure: Structure,
        full: Subproblem,
        relaxation: Relaxation,
        kind: str,
        separate: Callable[[Subproblem, Relaxation, int], Cuts | None],
    ) -> Strengthened | None:
        budget, params = self.budget, self.params
        wider, best, first = full, relaxation, 0
        for number in range(params.rounds):
            left = budget.left if budget.reproducible else self._until - budget.elapsed
            if left <= 0 or budget.over:
                break
            cuts = separate(wider, best, number)
            if cuts is None or cuts.lower.size < params.few_cuts * first:
                break
            first = first or cuts.lower.size
            trial = _with_cuts(wider, cuts)
            relaxation_params = self._relaxation_params
            found = relax(trial, budget, left, threads=1, params=relaxation_params)
            if found is None or not found.converged:
                break
            logger.debug("%d %s cuts: bound %d", cuts.lower.size, kind, found.bound)
            gained = found.bound - best.bound
            wider, best = trial, found
            if gained <= params.min_gain * abs(found.bound):
                break
        if best.bound <= relaxation.bound:
            return None
        return _in_program(structure.program, full, wider, best)


def _with_cuts(subproblem: Subproblem, cuts: Cuts) -> Subproblem:
    number = cuts.lower.size
    return replace(
        subproblem,
        matrix=csr_array(vstack([subproblem.matrix, cuts.matrix])),
        row_lower=np.concatenate([subproblem.row_lower, cuts.lower]),
        row_upper=np.concatenate([subproblem.row_upper, np.full(number, UNBOUNDED)]),
        row_ids=np.concatenate([subproblem.row_ids, np.full(number, -1)]),
    )


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
    kept = duals[again.row_ids]
    reduced_costs = again.cost - again.matrix.T @ kept
    bound = lagrangian_bound(again, kept)
    relaxation = replace(found, duals=kept, reduced_costs=reduced_costs, bound=bound)
    return Strengthened(stronger, again, relaxation)
