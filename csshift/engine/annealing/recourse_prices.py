"""The cost of recourse as a maximum of linear functions that equal blocks share.

The dual polyhedron of a block depends on its matrix and costs alone. Intervals of equal form differ
in their bounds only, so a vertex that is optimal for one of them is a candidate for all: a hundred
vertices price a month of hours. The prices are never above the true cost; `learn` adds the vertices
that are missing where a supply is of interest.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from csshift.engine.benders.recourse import RecourseBlocks, solve_blocks
from csshift.engine.budget import Budget
from csshift.engine.structure import LinkingRows
from csshift.engine.subproblem import Subproblem, part_of
from csshift.program import NOBODY, UNBOUNDED, Floats, Integers

BROKEN = 1e9
"""Price of a unit by which a row is out of reach of any recourse; far above all costs of a unit."""

ROOM = 8
"""Vertices for which there is room at first, and for which room is added when it is filled.

Every step of annealing reads the prices of many blocks by all of them, the missing ones included.
"""

SAME_DIGITS = 3
"""Decimals in which the dual values of two different vertices differ."""


class RecoursePrices:
    """Costs of blocks by what decisions supply to their rows.

    A linking row without recourse is a block of its own, which is either satisfied or broken.

    Attributes
    ----------
    rows : tuple of int64 array
        Rows of each block: those of the recourse blocks, then the rows without recourse.
    row_block, row_place : int64 array, shape (program.rows,)
        Block of each row and the row's place in it; -1 where a row belongs to an agent.
    form : int64 array, shape (blocks,)
        Number of the form that a block shares with others.
    constants : float array, shape (blocks, room)
        Cost of each block at no supply by each vertex, `-inf` where there is no vertex.
    vertices : float array, shape (forms, room, width)
        Dual values of a block's rows.
    log : list of (int, int)
        Form and number of every vertex, in the order in which they were found.
    """

    def __init__(self, recourse: RecourseBlocks, budget: Budget) -> None:
        self.recourse, self._budget = recourse, budget
        structure = recourse.structure
        program = self._program = structure.program
        matrix = program.matrix
        row = np.repeat(np.arange(program.rows), np.diff(matrix.indptr))
        self.row_block = np.full(program.rows, -1, dtype=np.int64)
        np.maximum.at(self.row_block, row, structure.block[matrix.indices])
        lone = (self.row_block < 0) & (program.row_agent == NOBODY) & (np.diff(matrix.indptr) > 0)
        self._recourse_blocks = structure.num_blocks
        self.row_block[lone] = self._recourse_blocks + np.arange(int(lone.sum()))
        order = np.argsort(self.row_block, kind="stable")
        first = int(np.searchsorted(self.row_block[order], 0))
        starts = np.searchsorted(self.row_block[order], np.arange(self.blocks + 1))[1:-1]
        self.rows = tuple(np.split(order[first:], starts - first)) if self.blocks else ()
        self.row_place = np.full(program.rows, -1, dtype=np.int64)
        for own in self.rows:
            self.row_place[own] = np.arange(own.size)
        self.width = max((own.size for own in self.rows), default=0)
        self._columns = [
            structure.columns_of_blocks(np.array([block])) for block in range(self._recourse_blocks)
        ]
        self._find_forms()
        self.constants = np.full((self.blocks, ROOM), -np.inf)
        self.vertices = np.zeros((len(self.members), ROOM, self.width))
        self.log: list[tuple[int, int]] = []
        self._counts = [0] * len(self.members)
        self._known: list[set[bytes]] = [set() for _ in self.members]
        self._solved: set[bytes] = set()
        self._impossible: set[bytes] = set()
        self._add_limits()

    @property
    def blocks(self) -> int:
        """Number of blocks, rows without recourse included."""
        return max(self._recourse_blocks, int(self.row_block.max(initial=-1)) + 1)

    def costs(self, supply: Floats) -> Floats:
        """Return the price of every block by every vertex.

        Parameters
        ----------
        supply : float array, shape (blocks, width)
        """
        return np.asarray(
            self.constants - np.einsum("bvw,bw->bv", self.vertices[self.form], supply)
        )

    def learn(self, supply: Floats) -> bool:
        """Find the vertices that are optimal at a supply; return whether it has a recourse."""
        blocks = []
        for block in range(self._recourse_blocks):
            key = self._key(block, supply)
            if key in self._impossible:
                return False
            if key not in self._solved:
                blocks.append(block)
        return not blocks or self._solve(blocks, supply)

    def _solve(self, blocks: list[int], supply: Floats) -> bool:
        """Solve blocks at a supply, all at once or, where one has no solution, in halves."""
        found = solve_blocks(self._stack(blocks, supply), self._budget)
        if found is None:
            if len(blocks) > 1 and not self._budget.over:
                half = len(blocks) // 2
                parts = [self._solve(part, supply) for part in (blocks[:half], blocks[half:])]
                return all(parts)
            self._impossible.update(self._key(block, supply) for block in blocks)
            return False
        sizes = [self.rows[block].size for block in blocks]
        for block, duals in zip(blocks, np.split(found[1], np.cumsum(sizes)[:-1]), strict=True):
            self._add_vertex(int(self.form[block]), duals)
            self._solved.add(self._key(block, supply))
        return True

    @staticmethod
    def _key(block: int, supply: Floats) -> bytes:
        return bytes(block.to_bytes(8, "little") + supply[block].tobytes())

    def _find_forms(self) -> None:
        """Number the forms of blocks; all rows without recourse have one form."""
        program, numbers = self._program, dict[tuple[bytes, ...], int]()
        self.form = np.zeros(self.blocks, dtype=np.int64)
        self._matrices: list[csr_array] = []
        for block in range(self.blocks):
            form: tuple[bytes, ...] = ()
            if block < self._recourse_blocks:
                columns, rows = self._columns[block], self.rows[block]
                matrix = csr_array(program.matrix[rows][:, columns])
                missing = (
                    program.row_lower[rows] <= -UNBOUNDED,
                    program.row_upper[rows] >= UNBOUNDED,
                )
                parts = matrix.indptr, matrix.indices, matrix.data, program.cost[columns], *missing
                form = tuple(part.tobytes() for part in parts)
                self._matrices.append(matrix)
            self.form[block] = numbers.setdefault(form, len(numbers))
        self.members = [np.flatnonzero(self.form == number) for number in range(len(numbers))]

    def _add_limits(self) -> None:
        """Price supplies that leave a row out of reach of any recourse."""
        links = LinkingRows(self.recourse.structure)
        for form, members in enumerate(self.members):
            rows = np.stack([self.rows[block] for block in members])
            if members[0] >= self._recourse_blocks:
                self._add(form, np.zeros(rows.shape[1]), np.zeros(members.size))
            for place in range(rows.shape[1]):
                lower, upper = links.bounds(rows[:, place])
                least, most = links.activity_range(rows[:, place])
                short = (lower > -UNBOUNDED) & (least < lower)
                excess = (upper < UNBOUNDED) & (most > upper)
                for sign, broken, bound in ((1, short, lower), (-1, excess, upper)):
                    if broken.any():
                        vertex = np.zeros(rows.shape[1])
                        vertex[place] = sign * BROKEN
                        constant = np.where(broken, sign * BROKEN * bound, -np.inf)
                        self._add(form, vertex, constant)

    def _add_vertex(self, form: int, duals: Floats) -> None:
        """Add a vertex to all blocks of a form, unless it is known."""
        key = (np.round(duals, SAME_DIGITS) + 0.0).tobytes()
        if key in self._known[form]:
            return
        self._known[form].add(key)
        program, members = self._program, self.members[form]
        columns = np.stack([self._columns[block] for block in members])
        rows = np.stack([self.rows[block] for block in members])
        reduced = program.cost[columns[0]] - self._matrices[members[0]].T @ duals
        at = np.where(reduced > 0, program.lower[columns], program.upper[columns])
        bounds = np.where(duals > 0, program.row_lower[rows], program.row_upper[rows])
        self._add(form, duals, at @ reduced + np.where(duals == 0, 0, bounds) @ duals)

    def _add(self, form: int, vertex: Floats, constants: Floats) -> None:
        number = self._counts[form]
        room = self.constants.shape[1]
        if number == room:
            more = ((0, 0), (0, ROOM))
            self.constants = np.pad(self.constants, more, constant_values=-np.inf)
            self.vertices = np.pad(self.vertices, (*more, (0, 0)))
        self.constants[self.members[form], number] = constants
        self.vertices[form, number, : vertex.size] = vertex
        self._counts[form] += 1
        self.log.append((form, number))

    def _stack(self, blocks: list[int], supply: Floats) -> Subproblem:
        """Return one subproblem with all columns of the blocks, given their supply."""
        program = self._program
        columns = np.concatenate([self._columns[block] for block in blocks])
        rows = np.concatenate([self.rows[block] for block in blocks])
        given = np.concatenate([supply[block, : self.rows[block].size] for block in blocks])
        amounts = np.rint(given).astype(np.int64)
        matrices = [self._matrices[block] for block in blocks]
        offsets = np.cumsum([0, *(matrix.shape[1] for matrix in matrices)])
        counts = np.concatenate([np.diff(matrix.indptr) for matrix in matrices])
        parts = [m.indices + offset for m, offset in zip(matrices, offsets, strict=False)]
        data = np.concatenate([matrix.data for matrix in matrices])
        pointers = np.concatenate([[0], np.cumsum(counts)])
        shape = rows.size, columns.size
        matrix = csr_array((data, np.concatenate(parts), pointers), shape=shape)
        return part_of(program, rows, columns, matrix, amounts)


def supplied(prices: RecoursePrices, values: Integers) -> Floats:
    """Return what given columns supply to the rows of each block, shape (blocks, width)."""
    activity = np.asarray(prices.recourse.decision_matrix @ values, dtype=np.float64)
    supply = np.zeros((prices.blocks, prices.width))
    inside = prices.row_block >= 0
    supply[prices.row_block[inside], prices.row_place[inside]] = activity[inside]
    return supply
