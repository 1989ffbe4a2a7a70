"""How evenly a burden lies on the people, beside what would be fair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csshift.errors import Fault, InputError, suggestion
from csshift.planner.result import Result
from csshift.problem import Problem
from csshift.report.charts.canvas import BLUE, INK, axes_for, font_families, literal, roster_of
from csshift.report.people import Person, people

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HOURS, OVERTIME, DAYS = "hours", "overtime", "days"
MOST_NAMED = 60
"""People up to which each bar carries a name."""


def plot_fairness(
    problem: Problem, result: Result, *, measure: str = HOURS, ax: Axes | None = None
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

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    MissingExtraError
        Without matplotlib, which the extra ``plot`` brings.
    InputError
        When the measure is unknown, or the result has no roster.
    """
    duties = [duty.name for duty in problem.duties]
    known = [HOURS, OVERTIME, DAYS, *duties]
    if measure not in known:
        remedy = suggestion(measure, known, "measure")
        raise InputError([Fault("measure", "unknown measure", remedy, value=measure)])
    turn = duties.index(measure) if measure in duties else None
    persons = people(problem, roster_of(result))
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
    name = person.agent.name or person.agent.agent_id
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
