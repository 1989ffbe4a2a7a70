"""Building a program from arrays of columns and rows."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from csshift.program.costs import Costs
from csshift.program.linear_program import NOBODY, UNBOUNDED, Integers, single_agent
from csshift.program.program import Program

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ABSENT = -1
"""Marks a column that does not exist and counts as zero."""

Shape: TypeAlias = int | tuple[int, ...]


class RowRangeError(Exception):
    """The numbers in a row are too large together.

    Parameters
    ----------
    family : str
        Family of the row.
    """

    def __init__(self, family: str) -> None:
        self.family = family
        super().__init__(f"the numbers in rows of {family} are too large together")


class Builder:
    """Collects columns and rows block by block.

    The column `one` is fixed at 1 and carries every known constant, such as history.
    """

    def __init__(self) -> None:
        self._families: dict[str, int] = {}
        self._columns: list[dict[str, NDArray[np.int64]]] = []
        self.costs = Costs()
        self.offset = Fraction(0)
        self._count = 0
        self._rows: list[tuple[NDArray[np.integer], ...]] = []
        self._row_labels: list[dict[str, NDArray[np.int64]]] = []
        self._row_count = 0
        self.one = int(self.columns(1, family="constant", lower=1, upper=1)[0])

    def family(self, name: str) -> int:
        """Return the index of a family, made on first use."""
        return self._families.setdefault(name, len(self._families))

    def columns(
        self,
        shape: Shape,
        *,
        family: str,
        upper: ArrayLike,
        lower: ArrayLike = 0,
        cost: ArrayLike = 0,
        unit: Fraction = Fraction(1),
        source: str | None = None,
        agent: ArrayLike = NOBODY,
        day: ArrayLike = NOBODY,
        continuous: bool = False,
    ) -> NDArray[np.int64]:
        """Add columns and return their ids in the given shape.

        Parameters
        ----------
        shape : int or tuple of int
            Shape of the block; every array is broadcast to it.
        lower, upper : array_like of int
            Bounds; columns that are not fixed by them count from 0.
        cost : array_like of int
            Cost of one unit of the column, in multiples of `unit` points.
        unit : Fraction
            Points in one unit of `cost`.
        source : str or None
            The input fields that the cost comes from, for messages; None takes the family.
        agent, day : array_like of int
            Labels; NOBODY where a column has none.
        continuous : bool
            Whether the columns count units so small that rounding them hardly matters.

        Raises
        ------
        ValueError
            When a free column has a lower bound other than 0.
        """
        fields = {"lower": lower, "upper": upper, "agent": agent, "day": day}
        block = {
            name: np.broadcast_to(np.asarray(value, dtype=np.int64), shape).ravel()
            for name, value in fields.items()
        }
        if np.any((block["lower"] != 0) & (block["lower"] != block["upper"])):
            raise ValueError(f"columns of {family} that are not fixed must count from 0")
        size = block["lower"].size
        block["continuous"] = np.full(size, continuous, dtype=np.int64)
        block["family"] = np.full(size, self.family(family), dtype=np.int64)
        self._columns.append(block)
        ids = np.arange(self._count, self._count + size, dtype=np.int64).reshape(shape)
        self._count += size
        self.charge(ids, cost, unit, family if source is None else source)
        return ids

    def charge(
        self, columns: NDArray[np.int64], cost: ArrayLike, unit: Fraction, source: str = "costs"
    ) -> None:
        """Add `cost` times `unit` points to the cost of columns; ABSENT ones are left out.

        Parameters
        ----------
        columns : int array
            Column ids; a repeated id is charged each time.
        cost : array_like of int, broadcast to the shape of `columns`
        unit : Fraction
            Points in one unit of `cost`.
        source : str
            The input fields that the cost comes from, for messages.
        """
        amounts = np.broadcast_to(np.asarray(cost, dtype=np.int64), columns.shape).ravel()
        ids = columns.ravel()
        keep = (ids != ABSENT) & (amounts != 0)
        if unit and keep.any():
            self.costs.charge(ids[keep], amounts[keep], Fraction(unit), source)

    def rows(
        self,
        columns: ArrayLike,
        coefficients: ArrayLike,
        *,
        family: str,
        lower: ArrayLike | None = None,
        upper: ArrayLike | None = None,
    ) -> None:
        """Add rows of equal width; ABSENT columns and zero coefficients are left out.

        Parameters
        ----------
        columns : array_like of int, shape (rows, width)
            Column ids, ABSENT allowed.
        coefficients : array_like of int, broadcast to (rows, width)
            Coefficients.
        lower, upper : array_like of int or None, broadcast to (rows,)
            Bounds; None is no bound.
        """
        ids = np.asarray(columns, dtype=np.int64)
        count = ids.shape[0]
        values = np.broadcast_to(np.asarray(coefficients, dtype=np.int64), ids.shape)
        row = np.repeat(np.arange(count, dtype=np.int64), ids.shape[1])
        self.sparse_rows(
            count,
            row,
            ids.ravel(),
            values.ravel(),
            family=family,
            lower=lower,
            upper=upper,
        )

    def sparse_rows(
        self,
        count: int,
        row: NDArray[np.int64],
        columns: NDArray[np.int64],
        coefficients: NDArray[np.int64],
        *,
        family: str,
        lower: ArrayLike | None = None,
        upper: ArrayLike | None = None,
    ) -> None:
        """Add `count` rows given as coordinate triples; `row` counts from 0 in this block."""
        keep = (columns != ABSENT) & (coefficients != 0)
        self._rows.append((row[keep] + self._row_count, columns[keep], coefficients[keep]))
        fields: dict[str, ArrayLike] = {
            "lower": -UNBOUNDED if lower is None else lower,
            "upper": UNBOUNDED if upper is None else upper,
            "family": self.family(family),
        }
        self._row_labels.append(
            {
                name: np.broadcast_to(np.asarray(value, dtype=np.int64), (count,))
                for name, value in fields.items()
            }
        )
        self._row_count += count

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns so far."""
        return self._row_count, self._count

    def upper_of(self, columns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the upper bounds of columns; 0 for ABSENT ones."""
        return np.where(columns == ABSENT, 0, self._field("upper")[columns])

    def labels_of(self, columns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return agents and days of columns; those of ABSENT ones mean nothing."""
        return self._field("agent")[columns], self._field("day")[columns]

    def _field(self, name: str) -> NDArray[np.int64]:
        # Joined blocks are kept, so that asking after every block stays linear.
        if len(self._columns) > 1:
            self._columns = [
                {key: np.concatenate([b[key] for b in self._columns]) for key in self._columns[0]}
            ]
        return self._columns[0][name]

    def build(self, *, final: bool = False) -> Program:
        """Return the program: duplicates summed, rows divided by their gcd, costs scaled.

        Parameters
        ----------
        final : bool
            Empty the builder: what rows are made of takes as much memory as the program.

        Raises
        ------
        CostRangeError
            When integer costs cannot be exact.
        RowRangeError
            When a row's numbers could leave 64 bits.
        """
        joined = {
            name: np.concatenate([block[name] for block in self._columns])
            for name in self._columns[0]
        }
        if final:
            self._columns = []
        largest = np.maximum(np.abs(joined["lower"]), np.abs(joined["upper"]))
        cost, offset, scale = self.costs.scaled(largest, self.offset)
        labels = {
            name: np.concatenate([block[name] for block in self._row_labels])
            if self._row_labels
            else np.empty(0, dtype=np.int64)
            for name in ("lower", "upper", "family")
        }
        matrix = self._matrix(final=final)
        self._require_room(matrix, labels, largest)
        lower, upper = _divide_by_gcd(matrix, labels["lower"], labels["upper"])
        fixed = joined["lower"] == joined["upper"]
        return Program(
            matrix=matrix,
            row_lower=lower,
            row_upper=upper,
            lower=joined["lower"],
            upper=joined["upper"],
            cost=cost,
            scale=scale,
            offset=offset,
            families=tuple(self._families),
            continuous=joined["continuous"].astype(np.bool_),
            column_family=joined["family"].astype(np.int32),
            column_agent=joined["agent"].astype(np.int32),
            column_day=joined["day"].astype(np.int32),
            row_family=labels["family"].astype(np.int32),
            row_agent=single_agent(matrix, joined["agent"], ~fixed).astype(np.int32),
        )

    def _matrix(self, *, final: bool) -> csr_array:
        from scipy.sparse import coo_array, csr_array

        shape = (self._row_count, self._count)
        if not self._rows:
            return csr_array(shape, dtype=np.int64)
        rows, columns, values = zip(*self._rows, strict=True)
        self._rows = []  # replaced by the whole of them
        # Half the memory, and faster products; SciPy would keep 64 bits.
        small = max(*shape, sum(map(len, values))) < 1 << 31
        index: type[np.int32 | np.int64] = np.int32 if small else np.int64
        row: NDArray[np.integer] = np.concatenate(rows).astype(index)
        column: NDArray[np.integer] = np.concatenate(columns).astype(index)
        value = np.concatenate(values)
        del rows, columns, values
        if not final:
            self._rows = [(row, column, value)]  # millions of columns take gigabytes already
        matrix = coo_array((value, (row, column)), shape=shape).tocsr()
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return matrix

    def _require_room(
        self, matrix: csr_array, labels: dict[str, Integers], largest: Integers
    ) -> None:
        """Raise where a row's activity or bounds could reach UNBOUNDED."""
        # Sums of floats are exact enough: the limit is far below what 64 bits hold.
        most = abs(matrix).astype(np.float64) @ largest.astype(np.float64)
        for name in ("lower", "upper"):
            size = np.abs(labels[name])
            most = most + np.where(size < UNBOUNDED, size, 0)
        over = np.flatnonzero(most >= UNBOUNDED)
        if over.size:
            raise RowRangeError(list(self._families)[labels["family"][over[0]]])


def _divide_by_gcd(
    matrix: csr_array, lower: Integers, upper: Integers
) -> tuple[Integers, Integers]:
    """Divide each row by the gcd of its coefficients, in place, and round its bounds inwards."""
    sizes = np.diff(matrix.indptr)
    filled = np.flatnonzero(sizes)
    divisor = np.ones(sizes.size, dtype=np.int64)
    if filled.size:
        # Of a single number, reduceat keeps the sign.
        divisor[filled] = np.gcd.reduceat(np.abs(matrix.data), matrix.indptr[filled])
    matrix.data //= np.repeat(divisor, sizes)
    bounded_below, bounded_above = lower > -UNBOUNDED, upper < UNBOUNDED
    return (
        np.where(bounded_below, -((-lower) // divisor), lower),
        np.where(bounded_above, upper // divisor, upper),
    )
