"""Feasibility: repairing decisions that break hard rows, and explaining that none exist.

A conflict is a smallest set of row families that cannot hold together, found by a deletion filter
(Chinneck and Dravnieks, 1991): leave one family out; if the rest still contradicts itself, it was
not needed.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from csshift.engine.budget import Budget
from csshift.engine.conflicts.schedules import ScheduleProof
from csshift.engine.params import ConstructionParams
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.structure import LinkingRows, Structure
from csshift.engine.subproblem import Solution, Subproblem, csr_entries
from csshift.program import NOBODY, UNBOUNDED, Integers, Program

logger = logging.getLogger(__name__)

CONFLICT_SECONDS = 20.0
FAMILY_SECONDS = 5.0
"""Time for finding a conflict, and for judging one family in it."""

PROOF_SECONDS, PROOF_SHARE = 1.0, 0.05
"""Time for proving that schedules cannot add up before all decisions are searched: so long, and
at most a share of the time."""

STRUCTURAL = ("work", "constant")
"""Families that define what the columns mean; they are no rules and stay."""


@dataclass(frozen=True, eq=False)
class RepairResult:
    """Decisions that keep every hard row, or that there are none."""

    values: Integers | None
    infeasible: bool


def repair(
    structure: Structure,
    values: Integers,
    budget: Budget,
    seed: int,
    params: ConstructionParams = ConstructionParams(),
    seconds: float = math.inf,
) -> RepairResult:
    """Find decisions that keep every hard row, near to the given ones as time allows.

    First only the agents in broken rows decide again, then all agents. Recourse is left out: the
    bounds of rows with recourse columns are widened by what these can contribute. `seconds` limits
    each of the two searches.
    """
    search = _RepairSearch(structure, values, budget, seed, params.repair_gap)
    agents = search.agents_in_broken_rows()
    if 0 < agents.size < structure.agents.size:
        found, repaired = search.run(
            structure.columns_of_agents(agents), min(seconds, params.repair_share * budget.left)
        )
        if repaired is not None:
            logger.info("repaired the decisions of %d agents", agents.size)
            return RepairResult(repaired, infeasible=False)
    # Where schedules of many agents cannot add up, that is often known long before CP-SAT sees it.
    if search.schedules_contradict(min(PROOF_SECONDS, PROOF_SHARE * min(seconds, budget.left))):
        return RepairResult(None, infeasible=True)
    found, repaired = search.run(structure.decisions, min(seconds, budget.left))
    logger.info("repair of all decisions: %s", found.status)
    infeasible = found.status == "infeasible"
    if found.status == "unknown":
        infeasible = search.schedules_contradict(min(seconds, budget.left))
    return RepairResult(repaired, infeasible)


class _RepairSearch:
    """Decisions with recourse at its lower bounds, and what the rows allow the decisions."""

    def __init__(
        self, structure: Structure, values: Integers, budget: Budget, seed: int, gap: float
    ) -> None:
        program = structure.program
        self._structure, self._budget, self._seed, self._gap = structure, budget, seed, gap
        self._values = values.copy()
        self._values[structure.recourse] = program.lower[structure.recourse]
        self._lower, self._upper = LinkingRows(structure).bounds(np.arange(program.rows))
        self._activity = program.matrix @ self._values

    def agents_in_broken_rows(self) -> Integers:
        """Return the agents whose decisions appear in broken rows."""
        broken = (self._activity < self._lower) | (self._activity > self._upper)
        program = self._structure.program
        entries = csr_entries(program.matrix.indptr, np.flatnonzero(broken))
        agent = program.column_agent[program.matrix.indices[entries]].astype(np.int64)
        return np.intersect1d(agent[agent != NOBODY], self._structure.agents)

    def run(self, columns: Integers, seconds: float) -> tuple[Solution, Integers | None]:
        """Search some decisions near to the given ones; return all values if any were found."""
        widened, wanted = self._widened(columns)
        found = solve_cpsat(
            widened,
            self._budget,
            Limits(seconds, workers=self._budget.workers, gap=self._gap, full_presolve=True),
            hint=wanted,
            seed=self._seed,
        )
        if found.values is None:
            return found, None
        values = self._values.copy()
        values[columns] = found.values
        return found, values

    def schedules_contradict(self, seconds: float) -> bool:
        """Return whether it is proven that no schedules of all agents keep every hard row."""
        widened, _ = self._widened(self._structure.decisions)
        agent = self._structure.program.column_agent[widened.column_ids].astype(np.int64)
        found = ScheduleProof(widened, agent, self._budget).find(seconds)
        logger.info("schedules of agents: %s", "no proof" if found is None else "infeasible")
        return found is not None

    def _widened(self, columns: Integers) -> tuple[Subproblem, Integers]:
        """Return some decisions near to the given ones, and what the given ones are."""
        subproblem = self._structure.restrict(columns, self._values, keep_redundant=True)
        wanted = self._values[subproblem.column_ids]
        settled = self._activity[subproblem.row_ids] - subproblem.matrix @ wanted
        widened = replace(
            subproblem,
            row_lower=self._lower[subproblem.row_ids] - settled,
            row_upper=self._upper[subproblem.row_ids] - settled,
            cost=np.where(wanted > subproblem.lower, -1, 1),
        )
        return widened.without_redundant_rows(), wanted


def minimal_conflict(program: Program, seconds: float = CONFLICT_SECONDS) -> tuple[str, ...]:
    """Return the names of families that contradict one another.

    Within the time no family of the set can be left out; otherwise the set still contradicts
    itself.

    Parameters
    ----------
    program : Program
        Infeasible.
    seconds : float
        Time for finding out.
    """
    budget = Budget(seconds, workers=1)
    needed = {
        index
        for index, name in enumerate(program.families)
        if name not in STRUCTURAL and np.any(program.row_family == index)
    }
    for family in sorted(needed):
        if budget.over:
            break
        if _contradicts(_with_families(program, needed - {family}), budget):
            needed.discard(family)
    return tuple(sorted(program.families[index] for index in needed))


def contradict(program: Program, names: Collection[str], seconds: float = FAMILY_SECONDS) -> bool:
    """Return whether the rows of some families, with the structural ones, are proven to contradict.

    Parameters
    ----------
    program : Program
    names : collection of str
        Families; those that the program does not have are left out.
    seconds : float
        Time for finding out.
    """
    families = {index for index, name in enumerate(program.families) if name in names}
    return _contradicts(_with_families(program, families), Budget(seconds, workers=1))


def _with_families(program: Program, families: set[int]) -> Program:
    """Return the program with the rows of other families (structural ones apart) unbounded."""
    structural = {i for i, name in enumerate(program.families) if name in STRUCTURAL}
    kept = np.isin(program.row_family, sorted(families | structural))
    return replace(
        program,
        row_lower=np.where(kept, program.row_lower, -UNBOUNDED),
        row_upper=np.where(kept, program.row_upper, UNBOUNDED),
    )


def _contradicts(program: Program, budget: Budget) -> bool:
    structure = Structure(program)
    if structure.full().contradiction is not None:
        return True
    limited = Budget(min(FAMILY_SECONDS, budget.left), workers=1)
    return repair(structure, program.lower, limited, seed=0).infeasible
