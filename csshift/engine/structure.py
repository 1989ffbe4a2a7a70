"""What the engine reads off a program: agents, linking rows, and blocks of recourse.

A column with an agent is a decision. A column without one (the flow of time to queues, a
shortage) is recourse: it follows from the decisions. Once all decisions are known, the recourse
falls apart into blocks that no row connects, such as one for each interval of the day.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from csshift.engine.params import BendersParams
from csshift.engine.subproblem import (
    Restrictor,
    Subproblem,
    activity_bounds,
    csr_entries,
    csr_sizes,
    marked,
    shift_bounds,
)
from csshift.program import NOBODY, Integers, Program


class Structure(Restrictor):
    """Agents and recourse blocks of one program.

    Attributes
    ----------
    days : int
        Days of the horizon.
    decisions, binaries, recourse : int64 array
        Free columns with an agent, those of them that are chosen or not, and free columns
        without an agent.
    agents : int64 array
        Agents with decisions, ascending.
    block : int64 array, shape (program.columns,)
        Block of each recourse column, -1 for others.
    direct : bool array, shape (num_blocks,)
        Blocks that stay as they are when decisions are searched.
    """

    def __init__(self, program: Program, params: BendersParams = BendersParams()) -> None:
        super().__init__(program)
        self._max_recourse = params.max_recourse_columns
        self.days = int(program.column_day.max(initial=0)) + 1
        free = program.lower < program.upper
        self.decisions = np.flatnonzero(free & (program.column_agent != NOBODY))
        binary = program.upper[self.decisions] - program.lower[self.decisions] == 1
        self.binaries = self.decisions[binary]
        self.recourse = np.flatnonzero(free & (program.column_agent == NOBODY))
        self.agents: Integers = np.unique(program.column_agent[self.decisions]).astype(np.int64)
        self.block = np.full(program.columns, -1, dtype=np.int64)
        self._order, self._starts = self._find_blocks()
        self.direct = self._find_direct(params.direct_columns)
        order = np.argsort(program.column_agent[self.decisions], kind="stable")
        self._by_agent = self.decisions[order]
        self._agent_starts = np.searchsorted(
            program.column_agent[self._by_agent], np.arange(int(self.agents.max(initial=-1)) + 2)
        )

    @property
    def num_blocks(self) -> int:
        """Number of recourse blocks."""
        return int(self._starts.size - 1)

    @property
    def all_blocks(self) -> Integers:
        """Every recourse block."""
        return np.arange(self.num_blocks)

    def columns_of_agent(self, agent: int) -> Integers:
        """Return the decisions of one agent, ascending."""
        first, last = self._agent_starts[agent], self._agent_starts[agent + 1]
        return np.asarray(self._by_agent[first:last])

    def columns_of_agents(self, agents: Integers) -> Integers:
        """Return the decisions of several agents."""
        columns = [self.columns_of_agent(int(agent)) for agent in agents]
        return np.concatenate(columns) if columns else np.empty(0, dtype=np.int64)

    def agent_positions(self, columns: Integers) -> Integers:
        """Return the position of each decision's agent in `agents`."""
        return np.searchsorted(self.agents, self.program.column_agent[columns])

    def restrict_with_recourse(self, decisions: Integers, values: Integers) -> Subproblem:
        """Return the subproblem of decisions and all blocks they touch, the rest at `values`.

        Where that is too much recourse, only the nearest is freed.
        """
        recourse = self.columns_of_blocks(self.blocks_touching(decisions))
        if recourse.size > self._max_recourse:
            recourse = self.recourse_near(decisions)
        return self.restrict(np.concatenate([decisions, recourse]), values)

    def recourse_near(self, decisions: Integers) -> Integers:
        """Return the recourse in the rows of decisions, and what stands alone in rows it reaches.

        So the time of a class can go elsewhere, and shortages follow, while all other flows stay.
        """
        flows = self._recourse_in(self.rows_of(decisions))
        reached = self._recourse_in(self.rows_of(flows))
        single = reached[csr_sizes(self.by_column.indptr, reached) == 1]
        return np.union1d(flows, single)

    def _recourse_in(self, rows: Integers) -> Integers:
        """Return the recourse columns of some rows, ascending."""
        columns = marked(self.program.matrix, rows, self.program.columns)
        return np.flatnonzero(columns & (self.block >= 0))

    def blocks_touching(self, columns: Integers) -> Integers:
        """Return the blocks that share a row with any of the columns, ascending."""
        matrix = self.program.matrix
        rows = self.rows_of(columns)
        near = self.block[matrix.indices[csr_entries(matrix.indptr, rows)]]
        found = np.zeros(self.num_blocks + 1, dtype=np.bool_)
        found[near] = True  # position -1, the spare last one, takes the decisions
        return np.flatnonzero(found[:-1])

    def columns_of_blocks(self, blocks: Integers) -> Integers:
        """Return the columns of the given blocks."""
        return np.asarray(self._order[csr_entries(self._starts, blocks)])

    def batches(self, blocks: Integers, size: int) -> list[Integers]:
        """Return the blocks in batches of about `size` columns."""
        sizes = np.diff(self._starts)[blocks]
        number = np.cumsum(sizes) // max(1, size)
        ends = np.flatnonzero(np.diff(number)) + 1
        return [batch for batch in np.split(blocks, ends) if batch.size]

    def _find_blocks(self) -> tuple[Integers, Integers]:
        """Label recourse by the rows that connect it; return the columns sorted by label."""
        matrix = self.program.matrix
        place = np.full(self.program.columns, -1, dtype=np.int32)
        place[self.recourse] = np.arange(self.recourse.size)
        if not self.recourse.size:
            return self.recourse, np.zeros(1, dtype=np.int64)
        # Columns and rows as the nodes of one graph: joining columns in pairs takes, in rows with
        # thousands of them, a thousand times as many edges.
        entries = np.flatnonzero(place[matrix.indices] >= 0)
        row = np.searchsorted(matrix.indptr, entries, side="right") - 1
        nodes = self.recourse.size + self.program.rows
        ends = place[matrix.indices[entries]], self.recourse.size + row
        graph = csr_array((np.ones(entries.size, dtype=np.int8), ends), shape=(nodes, nodes))
        _, label = connected_components(graph, directed=False)
        label = label[: self.recourse.size]
        count = int(label.max()) + 1
        self.block[self.recourse] = label
        order = self.recourse[np.argsort(label, kind="stable")]
        starts = np.concatenate([[0], np.cumsum(np.bincount(label, minlength=count))])
        return order, starts.astype(np.int64)

    def _find_direct(self, most_columns: int) -> NDArray[np.bool_]:
        """Return which blocks have few columns and only integer ones, such as missing heads.

        Their convex value is not that of their linear relaxation, and rows are cheaper than
        cuts there.
        """
        continuous = self.program.continuous[self._order].astype(np.int64)
        total = np.concatenate([[0], np.cumsum(continuous)])
        sizes = np.diff(self._starts)
        return np.asarray((np.diff(total[self._starts]) == 0) & (sizes <= most_columns))


class LinkingRows:
    """The rows that link agents, while agents decide one after the other.

    Recourse counts as helpful: the bounds of a row are widened by all that its recourse columns
    can contribute.
    """

    def __init__(self, structure: Structure) -> None:
        program = structure.program
        self.linking = program.row_agent == NOBODY
        self._lower, self._upper = _widened_bounds(structure, structure.recourse)
        self._lower_direct, self._upper_direct = self._lower, self._upper
        as_cuts = ~structure.direct[structure.block[structure.recourse]]
        if not as_cuts.all():
            helpful = structure.recourse[as_cuts]
            self._lower_direct, self._upper_direct = _widened_bounds(structure, helpful)
        self.activity = np.asarray(program.matrix @ program.lower, dtype=np.int64)
        self._help_down, self._help_up = _contributions(structure, structure.decisions)

    def begin(self, rows: Integers, ranges: Integers) -> None:
        """Let an agent decide: its range in the rows, by entry, helps no other agent now."""
        np.subtract.at(self._help_down, rows, np.minimum(ranges, 0))
        np.subtract.at(self._help_up, rows, np.maximum(ranges, 0))

    def add(self, rows: Integers, amounts: Integers) -> None:
        """Add what an agent decides to the rows, by entry, counted from its lower bounds."""
        np.add.at(self.activity, rows, amounts)

    def slack(self, rows: Integers) -> tuple[Integers, Integers]:
        """Return bounds on what the deciding agent may add to linking rows."""
        lower = self._lower[rows] - self.activity[rows] - self._help_up[rows]
        upper = self._upper[rows] - self.activity[rows] - self._help_down[rows]
        return lower, upper

    def fits(self, rows: Integers, amounts: Integers) -> bool:
        """Return whether the rows have slack for what the deciding agent adds, by entry."""
        touched, place = np.unique(rows, return_inverse=True)
        total = np.zeros(touched.size, dtype=np.int64)
        np.add.at(total, place, amounts)
        lower, upper = self.slack(touched)
        return bool(np.all(((lower <= total) & (total <= upper)) | ~self.linking[touched]))

    def bounds(self, rows: Integers) -> tuple[Integers, Integers]:
        """Return bounds on the activity of decisions in rows, with the help of all recourse."""
        return self._lower[rows], self._upper[rows]

    def bounds_without_direct(self, rows: Integers) -> tuple[Integers, Integers]:
        """Return the same without the help of direct blocks, which are decided as well."""
        return self._lower_direct[rows], self._upper_direct[rows]

    def activity_range(self, rows: Integers) -> tuple[Integers, Integers]:
        """Return the least and the most that the decisions can come to in rows."""
        activity = self.activity[rows]
        return activity + self._help_down[rows], activity + self._help_up[rows]

    def violated(self) -> Integers:
        """Return the linking rows that no recourse can satisfy."""
        out = (self.activity < self._lower) | (self.activity > self._upper)
        return np.flatnonzero(out & self.linking)


def _contributions(structure: Structure, columns: Integers) -> tuple[Integers, Integers]:
    """Return by how much columns above their lower bounds can lower and raise each row."""
    program = structure.program
    ranges = np.zeros(program.columns, dtype=np.int64)
    ranges[columns] = (program.upper - program.lower)[columns]
    return activity_bounds(program.matrix, np.zeros_like(ranges), ranges)


def _widened_bounds(structure: Structure, helpful: Integers) -> tuple[Integers, Integers]:
    """Return bounds on each row's activity while `helpful` columns make up for the rest."""
    program = structure.program
    down, up = _contributions(structure, helpful)
    return shift_bounds(program.row_lower, up), shift_bounds(program.row_upper, down)
