"""Charts by matplotlib, for notebooks and slides; the extra ``plot`` brings it.

Each function draws into the axes given, or into those of a new figure, and returns them.
Nothing is shown or saved: ``ax.figure.savefig("coverage.png")`` does that. Without matplotlib
each raises `csshift.MissingExtraError`.
"""

from __future__ import annotations

from datetime import date as Date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from csshift.errors import Fault, InputError, suggestion
from csshift.extras import needed
from csshift.instance import Instance
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.problem import Problem
from csshift.report.people import Person, people
from csshift.report.shown import coverage_dates, heads_by_slot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_coverage", "plot_fairness", "plot_heat_map", "plot_progress"]

INK, BLUE, RED, ORANGE = "#16202b", "#a9c7ea", "#c8553d", "#c8853d"
CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
"""Fonts with Chinese characters, which the usual one of matplotlib lacks."""
HOURS, OVERTIME, DAYS = "hours", "overtime", "days"
MOST_NAMED = 60
"""People up to which each bar carries a name."""


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

    Raises
    ------
    InputError
        When skill, store or date are unknown, or the result has no roster.
    """
    instance = Instance.of(problem)
    drawn = heads(instance, result, skill, store)
    horizon = instance.horizon
    covered = instance.covered_dates[: len(drawn.required)]
    if date is not None and date not in covered:
        remedy = f"choose one from {covered[0]} to {covered[-1]}"
        raise InputError([Fault("date", "outside the horizon", remedy, value=str(date))])
    first = 0 if date is None else horizon.index(date)
    days = slice(0, len(covered)) if date is None else slice(first, first + 1)
    # Of the day after the horizon, only the morning is known.
    shown = instance.slots - first * horizon.intervals_per_day
    required, supplied, shortage = (series[days].ravel()[:shown] for series in drawn)
    axes = axes_for(ax, 8, 3.2)
    _draw_heads(axes, Heads(required, supplied, shortage), horizon.interval_hours)
    dates = covered if date is None else (date,)
    step = max(1, len(dates) // 10)
    if date is None:
        axes.set_xticks([24 * i for i in range(0, len(dates), step)])
        axes.set_xticklabels([f"{day:%m-%d}" for day in dates[::step]])
    else:
        axes.set_xticks(range(0, 25, 4))
        axes.set_xlabel("hour")
    title = queue_title(skill, store) + ("" if date is None else f", {date}")
    axes.set_title(title, fontfamily=font_families())
    axes.legend(frameon=False, ncols=3, fontsize="small", loc="upper right")
    return axes


def _draw_heads(axes: Axes, shown: Heads, hours: float) -> None:
    """Draw series of heads, one value for each interval of some hours."""
    required, supplied, shortage = shown
    edges = np.arange(required.size + 1) * hours
    axes.stairs(supplied, edges, fill=True, color=BLUE, label="supplied")
    axes.stairs(
        required, edges, baseline=required - shortage, fill=True, color=RED, label="missing"
    )
    axes.stairs(required, edges, baseline=None, color=INK, linewidth=1.2, label="required")
    axes.set_xlim(0, edges[-1])
    axes.set_ylim(0, 1.2 * max(1.0, float(required.max()), float(supplied.max())))
    axes.set_ylabel("heads")


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

    Raises
    ------
    InputError
        When skill or store are unknown, or the result has no roster.
    """
    instance = Instance.of(problem)
    shortage = heads(instance, result, skill, store).shortage
    dates = instance.covered_dates[: len(shortage)]
    axes = axes_for(ax, 8, 1.2 + 0.28 * len(dates))
    # At least one head as the end of the scale: tiny shortages should not look like a disaster.
    image = axes.imshow(
        shortage,
        aspect="auto",
        cmap="OrRd",
        vmin=0,
        vmax=max(1.0, float(shortage.max())),
        extent=(0, 24, len(dates), 0),
        interpolation="nearest",
    )
    step = max(1, len(dates) // 31)
    axes.set_yticks([i + 0.5 for i in range(0, len(dates), step)])
    axes.set_yticklabels([f"{day:%m-%d %a}" for day in dates[::step]], fontsize="small")
    axes.set_xticks(range(0, 25, 4))
    axes.set_xlabel("hour")
    title = f"heads missing: {queue_title(skill, store)}"
    axes.set_title(title, fontfamily=font_families())
    figure = axes.get_figure()
    if figure is not None:
        figure.colorbar(image, ax=axes, label="heads")
    return axes


def plot_fairness(
    problem: Problem | Instance, result: Result, *, measure: str = HOURS, ax: Axes | None = None
) -> Axes:
    """Draw a bar for each person, the most burdened on top.

    Parameters
    ----------
    problem : Problem
    result : Result
        Of that problem, with a roster.
    measure : str
        ``hours`` (paid), ``overtime``, ``days``, or the name of a duty: its turns, those of the
        history included, with a tick at the fair number.
    ax : matplotlib Axes or None
        Where to draw; None makes a figure.

    Raises
    ------
    InputError
        When the measure is unknown, or the result has no roster.
    """
    instance = Instance.of(problem)
    duties = [duty.name for duty in instance.duties]
    known = [HOURS, OVERTIME, DAYS, *duties]
    if measure not in known:
        remedy = suggestion(measure, known, "measure")
        raise InputError([Fault("measure", "unknown measure", remedy, value=measure)])
    turn = duties.index(measure) if measure in duties else None
    persons = people(instance, roster_of(result))
    bars = [bar for bar in (_bar(person, measure, turn) for person in persons) if bar is not None]
    bars.sort(key=lambda bar: (bar[1], bar[0]))
    axes = axes_for(ax, 6, 1.2 + 0.2 * min(len(bars), MOST_NAMED))
    positions = range(len(bars))
    axes.barh(positions, [value for _, value, _ in bars], color=BLUE)
    ticks = [(i, fair) for i, (_, _, fair) in enumerate(bars) if fair is not None]
    if ticks:
        rows, fair = zip(*ticks, strict=True)
        axes.plot(fair, rows, "|", color=INK, markersize=8, label="fair")
        axes.legend(frameon=False, fontsize="small", loc="lower right", bbox_to_anchor=(1, 1))
    names = [literal(name) for name, _, _ in bars]
    named = len(bars) <= MOST_NAMED
    axes.set_yticks(
        positions if named else [],
        labels=names if named else [],
        fontsize="small",
        fontfamily=font_families(),
    )
    axes.set_ylabel("" if named else f"{len(bars)} people")
    axes.margins(y=0.01)
    axes.set_xlabel(_unit(measure, turn), fontfamily=font_families())
    axes.set_title("fairness")
    return axes


def _bar(person: Person, measure: str, turn: int | None) -> tuple[str, float, float | None] | None:
    """Return name, value and fair value of a person; None whom the measure does not concern."""
    name = person.agent.display_name
    if turn is not None:
        turns = person.turns[turn]
        held = turns.planned + turns.past
        return (name, held, turns.fair) if held or turns.fair is not None else None
    values = {HOURS: person.hours, OVERTIME: person.overtime, DAYS: person.days}
    value = values[measure]
    return None if value is None else (name, value, None)


def _unit(measure: str, turn: int | None) -> str:
    if turn is not None:
        return literal(f"turns of {measure}")
    return {HOURS: "paid hours", OVERTIME: "overtime hours", DAYS: "days worked"}[measure]


def plot_progress(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the objective and the bound over time.

    The axis of points is logarithmic when the first roster cost over ten times the last one.

    Parameters
    ----------
    result : Result
        With a trace; a result without a roster has at most a bound.
    ax : matplotlib Axes or None
        Where to draw; None makes a figure.

    Raises
    ------
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


class Heads(NamedTuple):
    """Heads by day and interval, summed over queues; each of shape (days, intervals)."""

    required: NDArray[np.float64]
    supplied: NDArray[np.float64]
    shortage: NDArray[np.float64]


def axes_for(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes given, or those of a new figure of a size in inches.

    Raises
    ------
    MissingExtraError
        Without matplotlib, which the extra ``plot`` brings.
    """
    if ax is not None:
        return ax
    needed("matplotlib.figure", "plot")
    from matplotlib.figure import Figure

    # A separate figure, which no list of open windows keeps alive.
    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def roster_of(result: Result) -> Roster:
    """Return the roster of a result.

    Raises
    ------
    InputError
        When it has none.
    """
    if result.roster is None:
        raise InputError([Fault("result", "there is no roster to draw", "solve the problem first")])
    return result.roster


def heads(instance: Instance, result: Result, skill: str | None, store: str | None) -> Heads:
    """Return the heads of the queues of a skill and a store; None stands for all of them.

    Raises
    ------
    InputError
        When the problem knows no such skill or store, or the result has no roster.
    """
    faults = [
        Fault(noun, f"unknown {noun}", suggestion(name, known, noun), value=name)
        for noun, name, known in (
            ("skill", skill, tuple(instance.known_skills)),
            ("store", store, instance.known_stores),
        )
        if name is not None and name not in known
    ]
    if faults:
        raise InputError(faults)
    roster = roster_of(result)
    cells = roster.coverage if result.score is None else result.score.coverage
    shown = [
        cell
        for cell in cells
        if skill in (None, cell.skill)
        and (store is None or store in instance.stores_of(cell.store))
    ]
    dates = coverage_dates(instance, cells)
    empty = np.zeros((3, len(dates), instance.horizon.intervals_per_day))
    return Heads(*sum(heads_by_slot(instance, shown, dates).values(), start=empty))


def queue_title(skill: str | None, store: str | None) -> str:
    """Return what is drawn, for a title: ``pre-sale, S1``."""
    return literal(", ".join(filter(None, (skill, store)))) or "all skills and stores"


def font_families() -> list[str]:
    """Return the usual font, then an installed one that has Chinese characters, if there is."""
    from matplotlib import rcParams
    from matplotlib.font_manager import fontManager

    installed = set(fontManager.get_font_names())
    return [*rcParams["font.family"], *[name for name in CHINESE_FONTS if name in installed][:1]]


def literal(text: str) -> str:
    """Return text that matplotlib draws unchanged: a dollar sign starts no formula."""
    return text.replace("$", r"\$")
