"""The Benders master: decisions searched with their recourse replaced by cuts.

`solve_benders` alternates between the master of all decisions and new cuts. It is exact for small
programs and raises the bound of others (Benders, 1962).
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.incumbent import Incumbent
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.solvers.scip import solve_scip
from csshift.engine.structure import LinkingRows
from csshift.engine.subproblem import Solution, Subproblem, activity_bounds, shift_bounds
from csshift.program import UNBOUNDED, Floats, Integers

logger = logging.getLogger(__name__)


class BendersMaster:
    """A subproblem over decisions alone; its recourse takes the form of cuts.

    Parameters
    ----------
    decisions : int array
        Columns with an agent to free.
    values : int64 array, shape (program.columns,)
        A feasible solution; what is not freed stays.
    touched : int array or None
        Blocks to minimise with the decisions; those that they touch when None. Direct ones
        are freed as they are, the others become cuts.

    Attributes
    ----------
    subproblem : Subproblem
        The freed decisions and direct blocks.
    touched : int array
        The blocks that become cuts.
    """

    def __init__(
        self,
        blocks: RecourseBlocks,
        links: LinkingRows,
        decisions: Integers,
        values: Integers,
        touched: Integers | None = None,
    ) -> None:
        self.blocks = blocks
        self.values = values
        structure = blocks.structure
        near = structure.blocks_touching(decisions) if touched is None else touched
        direct = structure.direct[near]
        self.touched = near[~direct]
        settled, recourse = values.copy(), structure.recourse
        settled[recourse] = structure.program.lower[recourse]
        free = np.concatenate([decisions, structure.columns_of_blocks(near[direct])])
        subproblem = structure.restrict(free, settled, keep_redundant=True)
        settled[subproblem.column_ids] = 0
        self._settled = np.asarray(blocks.decision_matrix @ settled, dtype=np.float64)
        lower, upper = links.bounds_without_direct(subproblem.row_ids)
        # What recourse adds at most is counted from its lower bounds.
        fixed = (structure.program.matrix @ settled)[subproblem.row_ids]
        linking = links.linking[subproblem.row_ids]
        self.subproblem = replace(
            subproblem,
            row_lower=np.where(linking, shift_bounds(lower, fixed), subproblem.row_lower),
            row_upper=np.where(linking, shift_bounds(upper, fixed), subproblem.row_upper),
        ).without_redundant_rows()
        self._own = csr_array(blocks.decision_matrix[:, self.subproblem.column_ids])

    def solve(
        self,
        budget: Budget,
        limits: Limits,
        seed: int,
        *,
        resolution: float | None = None,
        use_scip: bool = False,
        prove_bound: bool = False,
    ) -> Solution:
        """Minimise cost and cuts once.

        Parameters
        ----------
        resolution : float or None
            Costs are rounded to this many units of the largest; that of the parameters when None.
        use_scip : bool
            Use SCIP instead of CP-SAT; there is no bound then.
        prove_bound : bool
            Judge which cuts can matter by the bounds of the columns alone. Otherwise an agent
            is taken to choose one column at most in each block, as one shift in an interval:
            fewer cuts then matter, but the bound is no proof and is left out.

        Returns
        -------
        Solution
            Values of the freed columns; the bound is one on their cost and that of the touched
            blocks. It is promising when the cuts promise less cost than the values given.
        """
        master = self._assemble(
            self.blocks.params.resolution if resolution is None else resolution, prove_bound
        )
        own = self.subproblem.columns
        hint = master.epigraph_values(self.values[self.subproblem.column_ids])
        solve = solve_scip if use_scip else solve_cpsat
        found = solve(master.subproblem, budget, limits, hint=hint, seed=seed)
        bound = None
        if found.bound is not None and prove_bound:
            bound = integer_bound(found.bound, master) if self.touched.size else found.bound
        if found.values is None:
            return Solution(found.status, None, bound, promising=False)
        cost, decided = master.subproblem.cost, found.values[:own]
        promising = int(cost @ master.epigraph_values(decided)) < int(cost @ hint)
        return Solution(found.status, decided, bound, promising)

    @property
    def constant(self) -> int:
        """Cost of what is not freed, recourse of untouched blocks included."""
        structure = self.blocks.structure
        rest = self.values.copy()
        rest[self.subproblem.column_ids] = 0
        rest[structure.columns_of_blocks(self.touched)] = 0
        return structure.program.objective(rest)

    def _assemble(self, resolution: float, prove_bound: bool) -> EpigraphProgram:
        """Return the subproblem with a column for each block and its cuts as rows.

        A block of which only one cut can matter goes into the costs of the decisions.
        """
        if not self.touched.size:  # the costs are integers as they are
            integral = np.zeros_like(self.subproblem.continuous)
            exact = replace(self.subproblem, continuous=integral)
            return EpigraphProgram(exact, self.subproblem.columns, 1.0, 0)
        cuts = self.blocks.cuts_of(self.touched)
        slope = csr_array(cuts.duals @ self._own)
        level = cuts.constant - cuts.duals @ self._settled
        lower, upper = self.subproblem.lower, self.subproblem.upper
        if prove_bound:
            low, high = activity_bounds(slope, lower.astype(np.float64), upper.astype(np.float64))
        else:
            agent = self.blocks.structure.program.column_agent[self.subproblem.column_ids]
            low, high = _activity_bounds_of_one_choice(slope, lower, upper, agent)
        lowest, highest = level - high, level - low
        place = np.searchsorted(self.touched, cuts.block)
        floor = np.full(self.touched.size, -np.inf)
        np.maximum.at(floor, place, lowest)
        keep = (highest > floor[place]) | (lowest >= floor[place])
        number = np.bincount(place[keep], minlength=self.touched.size)
        lone = np.flatnonzero(keep & (number[place] == 1))
        several = np.flatnonzero(keep & (number[place] > 1))
        cost = self.subproblem.cost.astype(np.float64) - np.asarray(slope[lone].sum(axis=0))
        largest = max(np.abs(cost).max(initial=1.0), np.abs(highest).max(initial=1.0))
        unit = float(largest) / resolution
        return epigraph_program(
            self.subproblem,
            slope[several],
            level[several],
            place[several],
            floor,
            np.asarray(cost, dtype=np.float64),
            float(level[lone].sum() + self.blocks.minimum[self.touched[number == 0]].sum()),
            unit,
        )


@dataclass(frozen=True, eq=False)
class EpigraphProgram:
    """A master: decisions first, then one epigraph column for each block with several cuts.

    Costs are in `unit` units of the program's; `slip` is how much its optimum may exceed the
    true lower bound, constants included.
    """

    subproblem: Subproblem
    own: int
    unit: float
    slip: int

    def epigraph_values(self, decisions: Integers) -> Integers:
        """Return the decisions with the least values of the blocks that the cuts allow."""
        values = np.concatenate([decisions, self.subproblem.lower[self.own :]])
        cuts = np.flatnonzero(self.subproblem.row_ids < 0)
        if cuts.size:
            rows = self.subproblem.matrix[cuts]
            need = self.subproblem.row_lower[cuts] - rows[:, : self.own] @ decisions
            np.maximum.at(values, self.own + rows[:, self.own :].indices, need)
        return np.asarray(np.minimum(values, self.subproblem.upper))


def epigraph_program(
    subproblem: Subproblem,
    slope: csr_array,
    level: Floats,
    place: Integers,
    floor: Floats,
    cost: Floats,
    constant: float,
    unit: float,
) -> EpigraphProgram:
    """Write cuts as rows ``epigraph + slope @ x >= level``, rounded so that they stay below.

    What rounding can take away from a cut is taken off its level, and what it can add to the
    costs of decisions is noted as `slip`: the optimum less the slip is a lower bound. Decisions
    below 0 gain by what others lose, so both of their bounds matter.
    """
    names, epigraph = np.unique(place, return_inverse=True)
    own, extra = subproblem.columns, names.size
    integer_cost = np.floor(cost / unit).astype(np.int64)
    added = (cost / unit - integer_cost) * np.minimum(subproblem.lower, 0)
    slip = -math.floor(constant / unit + float(added.sum())) + 1
    scaled = slope.copy()
    scaled.data = np.rint(scaled.data / unit)
    rest = slope.copy()
    rest.data = slope.data / unit - scaled.data
    lower, upper = subproblem.lower.astype(np.float64), subproblem.upper.astype(np.float64)
    _, lost = activity_bounds(rest, np.minimum(lower, 0.0), upper)
    need = np.floor(level / unit - lost - 1e-6).astype(np.int64)
    scaled = csr_array(scaled.astype(np.int64))
    scaled.eliminate_zeros()
    least = np.floor(floor[names] / unit).astype(np.int64) - 2
    lowest, _ = activity_bounds(scaled, subproblem.lower, subproblem.upper)
    most = least.copy()
    np.maximum.at(most, epigraph, need - lowest)
    one = csr_array(
        (np.ones(epigraph.size, dtype=np.int64), epigraph, np.arange(epigraph.size + 1)),
        shape=(epigraph.size, extra),
    )
    cuts = csr_array(hstack([scaled, one]))
    matrix = subproblem.matrix
    wide = csr_array(
        (matrix.data, matrix.indices, matrix.indptr), shape=(subproblem.rows, own + extra)
    )
    master = Subproblem(
        matrix=csr_array(vstack([wide, cuts])),
        row_lower=np.concatenate([subproblem.row_lower, need]),
        row_upper=np.concatenate([subproblem.row_upper, np.full(need.size, UNBOUNDED)]),
        lower=np.concatenate([subproblem.lower, least]),
        upper=np.concatenate([subproblem.upper, most]),
        cost=np.concatenate([integer_cost, np.ones(extra, dtype=np.int64)]),
        continuous=np.arange(own + extra) >= own,
        column_ids=np.concatenate([subproblem.column_ids, np.full(extra, -1)]),
        row_ids=np.concatenate([subproblem.row_ids, np.full(need.size, -1)]),
    )
    return EpigraphProgram(master, own, unit, slip)


def integer_bound(proven: int, master: EpigraphProgram) -> int:
    """Return what a bound of a master proves of integer costs."""
    bound = (proven - master.slip) * master.unit
    # A margin for rounding errors: those of the terms, and of very large bounds themselves.
    margin = min(1.0, 1e-3 + 1e-9 * abs(bound))
    return math.ceil(bound - margin - 1e-15 * (abs(proven) + abs(master.slip)) * master.unit)


def _activity_bounds_of_one_choice(
    slope: csr_array, lower: Integers, upper: Integers, agent: NDArray[np.int32]
) -> tuple[Floats, Floats]:
    """Return activity bounds if each agent raises one column at most in each row."""
    names, place = np.unique(agent, return_inverse=True)
    row = np.repeat(np.arange(slope.shape[0]), np.diff(slope.indptr))
    least = np.zeros((slope.shape[0], names.size))
    most = np.zeros((slope.shape[0], names.size))
    moved = slope.data * (upper - lower)[slope.indices]
    np.minimum.at(least, (row, place[slope.indices]), moved)
    np.maximum.at(most, (row, place[slope.indices]), moved)
    at_lower = slope @ lower.astype(np.float64)
    return at_lower + least.sum(axis=1), at_lower + most.sum(axis=1)


def solve_benders(
    blocks: RecourseBlocks, links: LinkingRows, incumbent: Incumbent, until: float
) -> None:
    """Alternate between all decisions and cuts until proven, stalled, or `until` seconds.

    Costs are rounded coarsely at first, for coarse ones are solved fast, and more finely each
    time that nothing better is found.
    """
    structure, budget, params = blocks.structure, incumbent.budget, blocks.params
    resolution = params.first_resolution
    while not incumbent.done and budget.elapsed < until:
        known = structure.program.lower if incumbent.values is None else incumbent.values
        # All blocks, for the bound must not take another block's rounded values for its least.
        master = BendersMaster(blocks, links, structure.decisions, known, structure.all_blocks)
        left = until - budget.elapsed
        seconds = params.reproducible_seconds if budget.reproducible else left
        limits = Limits(seconds, workers=budget.workers, full_presolve=True)
        found = master.solve(budget, limits, budget.seed, resolution=resolution, prove_bound=True)
        logger.debug("Benders master at resolution %g: %s", resolution, found.status)
        if found.status == "infeasible":
            incumbent.infeasible = True
            return
        if found.bound is not None:
            incumbent.raise_bound(found.bound + master.constant, "whole program")
        if found.values is None:
            return
        values = known.copy()
        values[master.subproblem.column_ids] = found.values
        settled = blocks.evaluate(structure.all_blocks, values, budget)
        improved = settled is not None and incumbent.offer(settled, "whole program")
        if found.status != "optimal":
            return
        if not improved:
            resolution *= params.resolution_factor
            if resolution > params.last_resolution:
                return
