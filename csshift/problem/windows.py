"""When deferrable work may be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csshift.model.entity import MINUTES_PER_DAY
from csshift.model.skills import Skill

if TYPE_CHECKING:
    from csshift.problem.problem import Problem


def open_slots(problem: Problem, skill: Skill) -> NDArray[np.bool_]:
    """Return the intervals that lie whole in the working window of a skill, shape (slots,).

    A window past midnight goes on into the next day. Without a window, every interval.
    """
    horizon = problem.horizon
    slots = horizon.days * horizon.intervals_per_day
    window = skill.working_window
    if window is None:
        return np.ones(slots, dtype=np.bool_)
    starts = np.arange(horizon.intervals_per_day) * horizon.interval_minutes
    ends = starts + horizon.interval_minutes
    today = (window.start <= starts) & (ends <= window.end)
    overnight = (window.start <= starts + MINUTES_PER_DAY) & (ends + MINUTES_PER_DAY <= window.end)
    return np.tile(today | overnight, horizon.days)
