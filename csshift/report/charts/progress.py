"""How a search went: objective and proven bound over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csshift.errors import Fault, InputError
from csshift.model.result import Result
from csshift.report.charts.canvas import INK, ORANGE, axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_progress(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the objective and the bound over time.

    The axis of points is logarithmic when the first roster cost over ten times the last one.

    Parameters
    ----------
    result : Result
        With a trace; a result without a roster has at most a bound.
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
        When the result has no trace.
    """
    objective = [(p.seconds, p.objective) for p in result.trace if p.objective is not None]
    bound = [(p.seconds, p.bound) for p in result.trace if p.bound is not None]
    if not objective and not bound:
        raise InputError([Fault("result", "there is no trace to draw", "solve the problem first")])
    axes = axes_for(ax, 7, 3.2)
    end = max(result.seconds, *(seconds for seconds, _ in (*objective, *bound)))
    for name, points, colour, style in (
        ("objective", objective, INK, "-"),
        ("bound", bound, ORANGE, "--"),
    ):
        if points:
            seconds, steps = zip(*points, (end, points[-1][1]), strict=True)
            axes.step(seconds, steps, style, where="post", color=colour, label=name)
    values = [value for _, value in (*objective, *bound)]
    if min(values) > 0 and objective and objective[0][1] > 10 * objective[-1][1]:
        axes.set_yscale("log")
    axes.set_xlim(0, end or 1)
    axes.set_xlabel("seconds")
    axes.set_ylabel("points")
    gap = "" if result.gap is None else f", gap {100 * result.gap:.2f} %"
    axes.set_title(f"search{gap}")
    axes.legend(frameon=False, fontsize="small")
    return axes
