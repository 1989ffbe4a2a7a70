"""What a minimum of work asks of a period that an agent cannot work whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csshift.rules.staffing import Staffing


def asked(
    staffing: Staffing,
    agents: NDArray[np.int64],
    block: range,
    minimum: int,
    known: NDArray[np.int64],
    longest: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return what a minimum of work asks of each agent in a period that is known whole.

    The minimum is asked in proportion to the days of the period on which the agent is
    employed and not on leave all day, rounded down; leave for a part of a day reduces nothing.
    Of a period that began in the history no more is asked than the history leaves possible.

    Parameters
    ----------
    staffing : Staffing
    agents : int array, shape (chosen,)
        Positions of the agents.
    block : range
        Positions of the days.
    minimum : int
        What an agent owes who is never on leave.
    known : int array, shape (chosen,)
        What was worked on the days of the period that lie in the history.
    longest : int array, shape (shifts,)
        What each shift adds; 0 for one that does not count.

    Returns
    -------
    int array, shape (chosen,)
    """
    available = staffing.available[agents, block.start : block.stop]
    share = minimum * available.sum(axis=1) // len(block)
    if block.start >= staffing.history_days:
        return np.asarray(share, dtype=np.int64)
    planned = staffing.offered[agents, staffing.history_days : block.stop]
    possible = np.where(planned, longest, 0).max(axis=2, initial=0).sum(axis=1)
    return np.asarray(np.minimum(share, known + possible), dtype=np.int64)
