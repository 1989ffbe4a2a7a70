"""Where heads are missing: days by intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csshift.instance import Instance
from csshift.model.result import Result
from csshift.problem import Problem
from csshift.report.charts.canvas import axes_for, font_families, heads, queue_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_heat_map(
    problem: Problem | Instance,
    result: Result,
    *,
    skill: str | None = None,
    store: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the heads missing as a map of days (rows) by intervals (columns).

    Parameters
    ----------
    problem : Problem
    result : Result
        Of that problem, with a roster.
    skill, store : str or None
        Queues to draw; None takes all of them together.
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
        When skill or store are unknown, or the result has no roster.
    """
    instance = Instance.of(problem)
    shortage = heads(instance, result, skill, store).shortage
    horizon = instance.horizon
    axes = axes_for(ax, 8, 1.2 + 0.28 * horizon.days)
    # At least one head as the end of the scale: crumbs should not look like a disaster.
    image = axes.imshow(
        shortage,
        aspect="auto",
        cmap="OrRd",
        vmin=0,
        vmax=max(1.0, float(shortage.max())),
        extent=(0, 24, horizon.days, 0),
        interpolation="nearest",
    )
    step = max(1, horizon.days // 31)
    axes.set_yticks([i + 0.5 for i in range(0, horizon.days, step)])
    axes.set_yticklabels([f"{day:%m-%d %a}" for day in horizon.dates[::step]], fontsize="small")
    axes.set_xticks(range(0, 25, 4))
    axes.set_xlabel("hour")
    title = f"heads missing: {queue_title(skill, store)}"
    axes.set_title(title, fontfamily=font_families())
    figure = axes.get_figure()
    if figure is not None:
        figure.colorbar(image, ax=axes, label="heads")
    return axes
