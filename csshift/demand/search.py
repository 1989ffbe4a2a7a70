"""Searches for the least number of agents that meets a target."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Cells = NDArray[np.intp]
Meets = Callable[[Counts, Cells], NDArray[np.bool_]]

# Rounding of a load such as 8.5 / 0.85 must not cost a whole agent.
ROUNDING = 1e-9

BEYOND = 1e15
"""Agents that no search tries, yet an integer can hold."""

MOST_AGENTS = 10_000_000
"""No team is larger; up to this size the figures keep at least eight digits."""


class TooManyAgentsError(ValueError):
    """A target that takes more agents than the largest team that is tried."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most:,} agents would be needed")


def demand_array(inquiries: ArrayLike) -> Floats:
    """Return inquiries as an array of floats of at least 0.

    Raises
    ------
    ValueError
        When a value is negative, infinite or not a number.
    """
    values = np.asarray(inquiries, dtype=np.float64)
    if not bool(np.all(np.isfinite(values) & (values >= 0))):
        raise ValueError("inquiries must be finite numbers of at least 0")
    return values


def whole_agents(heads: Floats) -> Counts:
    """Return the least whole numbers not below `heads`, rounding errors forgiven.

    What is beyond every team is cut off at `BEYOND`, and at most that.
    """
    return np.ceil(np.minimum(heads, BEYOND) * (1 - ROUNDING)).astype(np.int64)


def least_agents(meets: Meets, low: Counts, most: int = MOST_AGENTS) -> Counts:
    """Return for each cell the least agents, from `low` on, that meet the target.

    The cells are sorted by load, and more load never needs fewer agents. So two cells bracket
    all cells between them, and settle them at once when they need the same number: a forecast
    costs about as much as it has different answers, not as much as it has cells.

    Parameters
    ----------
    meets : callable
        ``meets(agents, cells)`` says whether that many agents meet the target of those cells
        (indices into `low`); once true it stays true for more agents and for less load.
    low : array of int, shape (n,)
        The least numbers to try, cells by rising load.
    most : int
        The largest number to try.

    Returns
    -------
    array of int, shape (n,)

    Raises
    ------
    TooManyAgentsError
        When `most` does not meet the target of every cell.
    """
    answer = low.copy()
    last = low.size - 1
    if last < 0:
        return answer
    if low[last] > most:
        raise TooManyAgentsError(most)
    ends = np.unique([0, last])
    answer[ends] = _bisect(meets, ends, *_bracket(meets, ends, low[ends], most))
    stride = 1 << (last.bit_length() - 1) if last else 0
    while stride:
        cells = np.arange(stride, last, 2 * stride)
        below = np.maximum(low[cells], answer[cells - stride])
        above = answer[np.minimum(cells + stride, last)]
        answer[cells] = _bisect(meets, cells, below, above)
        stride //= 2
    return answer


def _bracket(meets: Meets, cells: Cells, low: Counts, most: int) -> tuple[Counts, Counts]:
    """Return a range for each cell; its end meets the target, nothing before its start does."""
    low, high = low.copy(), low.copy()
    wanting = np.arange(cells.size)
    step = 1
    while wanting.size:
        wanting = wanting[~meets(high[wanting], cells[wanting])]
        if np.any(high[wanting] >= most):
            raise TooManyAgentsError(most)
        low[wanting] = high[wanting] + 1
        high[wanting] = np.minimum(high[wanting] + step, most)
        step *= 2
    return low, high


def _bisect(meets: Meets, cells: Cells, low: Counts, high: Counts) -> Counts:
    """Return the least number in each range that meets the target; the end of a range does."""
    low, high = low.copy(), high.copy()
    wanting = np.flatnonzero(low < high)
    while wanting.size:
        middle = (low[wanting] + high[wanting]) // 2
        met = meets(middle, cells[wanting])
        high[wanting[met]] = middle[met]
        low[wanting[~met]] = middle[~met] + 1
        wanting = wanting[low[wanting] < high[wanting]]
    return high


def distinct_loads(load: Floats) -> tuple[Floats, Cells]:
    """Return the distinct loads above 0, rising, and the place of each cell among them.

    The place is -1 where there is no load; `scatter` turns answers back into cells.
    """
    distinct, cells = np.unique(load.ravel(), return_inverse=True)
    if distinct.size and distinct[0] == 0:
        return distinct[1:], cells - 1
    return distinct, cells


def scatter(agents: Counts, cells: Cells, shape: tuple[int, ...]) -> Counts:
    """Return the agents of each cell, 0 for those without load."""
    # Place -1 is the 0 put at the end.
    return np.append(agents, 0)[cells].reshape(shape)
