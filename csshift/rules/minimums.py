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
    most_a_day: int,
) -> NDArray[np.int64]:
    """Return what a minimum of work asks of each agent in a period that is known whole.

    The minimum is asked in proportion to the days of the period on which the agent is
    available, rounded down. Of a period that began in the history no more is asked than the
    history leaves possible.

    Parameters
    ----------
    staffing : Staffing
    agents : int array, shape (chosen,)
        Positions of the agents.
    block : range
        Positions of the days.
    minimum : int
        What an agent owes who is available on every day.
    known : int array, shape (chosen,)
        What was worked on the days of the period that lie in the history.
    most_a_day : int
        The most that one day can add.

    Returns
    -------
    int array, shape (chosen,)
    """
    available = staffing.available[agents, block.start : block.stop]
    share = minimum * available.sum(axis=1) // len(block)
    if block.start >= staffing.history_days:
        return np.asarray(share, dtype=np.int64)
    planned = available[:, staffing.history_days - block.start :].sum(axis=1)
    return np.asarray(np.minimum(share, known + most_a_day * planned), dtype=np.int64)
