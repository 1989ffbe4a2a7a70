"""Heads required and supplied through the horizon, and where some are missing."""

from __future__ import annotations

from datetime import date as Date
from typing import TYPE_CHECKING

import numpy as np

from csshift.errors import Fault, InputError
from csshift.instance import Instance
from csshift.model.result import Result
from csshift.problem import Problem
from csshift.report.charts.canvas import BLUE, INK, RED, axes_for, font_families, heads, queue_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_coverage(
    problem: Problem | Instance,
    result: Result,
    *,
    skill: str | None = None,
    store: str | None = None,
    date: Date | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw heads required, supplied and missing by interval.

    Parameters
    ----------
    problem : Problem
    result : Result
        Of that problem, with a roster.
    skill, store : str or None
        Queues to draw; None takes all of them together.
    date : date or None
        One day of the horizon; None draws all of them in a row.
    ax : matplotlib Axes or None
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    MissingExtraError
        Without matplotlib, which the extra ``plot`` brings.
    InputError
        When skill, store or date are unknown, or the result has no roster.
    """
    instance = Instance.of(problem)
    drawn = heads(instance, result, skill, store)
    horizon = instance.horizon
    if date is not None and date not in horizon:
        remedy = f"choose one from {horizon.start} to {horizon.end}"
        raise InputError([Fault("date", "outside the horizon", remedy, value=str(date))])
    first = 0 if date is None else horizon.index(date)
    days = slice(0, horizon.days) if date is None else slice(first, first + 1)
    required, supplied, shortage = (series[days].ravel() for series in drawn)
    edges = np.arange(required.size + 1) * horizon.interval_hours
    axes = axes_for(ax, 8, 3.2)
    axes.stairs(supplied, edges, fill=True, color=BLUE, label="supplied")
    axes.stairs(
        required, edges, baseline=required - shortage, fill=True, color=RED, label="missing"
    )
    axes.stairs(required, edges, baseline=None, color=INK, linewidth=1.2, label="required")
    dates = horizon.dates if date is None else (date,)
    step = max(1, len(dates) // 10)
    if date is None:
        axes.set_xticks([24 * i for i in range(0, len(dates), step)])
        axes.set_xticklabels([f"{day:%m-%d}" for day in dates[::step]])
    else:
        axes.set_xticks(range(0, 25, 4))
        axes.set_xlabel("hour")
    axes.set_xlim(0, edges[-1])
    axes.set_ylim(0, 1.2 * max(1.0, float(required.max()), float(supplied.max())))
    axes.set_ylabel("heads")
    title = queue_title(skill, store) + ("" if date is None else f", {date}")
    axes.set_title(title, fontfamily=font_families())
    axes.legend(frameon=False, ncols=3, fontsize="small", loc="upper right")
    return axes
