"""Charts: what they draw, where, and what they say when something is missing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import report_cases as cases
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from csshift.errors import InputError, MissingExtraError
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.problem import Problem
from csshift.report.charts import plot_coverage, plot_fairness, plot_heat_map, plot_progress

Plot = Callable[..., Axes]


@pytest.fixture
def problem() -> Problem:
    return cases.problem(
        [{"name": "林$x^$"}, {"name": "B"}], days=3, duties=[cases.DUTY], stores=["S2"]
    )


@pytest.fixture
def result() -> Result:
    roster = Roster(
        assignments=cases.assignments("EEL", "-LL"),
        duties=(cases.turn(0, 0),),
        coverage=(
            cases.cell(0, 9, 2, 1.5),
            cases.cell(0, 9, 1, 1, store="S2"),
            cases.cell(2, 20, 3, 1, skill="care"),
        ),
    )
    trace = [(0.5, None, 10), (1, 9000, 40), (4, 120, 90)]
    points = [{"seconds": s, "objective": o, "bound": b} for s, o, b in trace]
    return cases.result(roster, trace=points, seconds=6)


def progress(problem: Problem, result: Result, **options: Any) -> Axes:
    return plot_progress(result, **options)


EVERY = (plot_coverage, plot_heat_map, plot_fairness, progress)


# A machine without a Chinese font draws boxes, and matplotlib warns of them.
@pytest.mark.filterwarnings("ignore:Glyph .* missing from:UserWarning")
@pytest.mark.parametrize("plot", EVERY)
def test_a_chart_makes_a_figure_or_draws_into_the_axes_given(
    plot: Plot, problem: Problem, result: Result
) -> None:
    own = plot(problem, result)
    assert own.get_title()
    image = BytesIO()
    assert isinstance(own.figure, Figure)
    own.figure.savefig(image, format="svg")
    assert b"</svg>" in image.getvalue()
    axes = Figure().subplots(1, 2)
    assert plot(problem, result, ax=axes[1]) is axes[1]
    assert not axes[0].has_data()


@pytest.mark.parametrize("plot", EVERY)
def test_without_matplotlib_the_install_command_is_told(
    plot: Plot, problem: Problem, result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'csshift\[plot\]'"):
        plot(problem, result)


@pytest.mark.parametrize("plot", EVERY)
def test_without_a_roster_there_is_a_fault(plot: Plot, problem: Problem) -> None:
    with pytest.raises(InputError, match="to draw"):
        plot(problem, Result(status="infeasible"))


def drawn(axes: Axes) -> dict[str, np.ndarray[Any, Any]]:
    return {str(patch.get_label()): patch.get_data().values for patch in axes.patches}  # type: ignore[attr-defined]


def test_coverage_draws_the_heads_of_every_interval(problem: Problem, result: Result) -> None:
    series = drawn(plot_coverage(problem, result))
    assert series["required"].shape == (3 * 24,)
    assert series["required"][9] == 3
    assert series["supplied"][9] == 2.5
    assert series["required"].sum() == 6
    axes = plot_coverage(problem, result, skill="care", date=problem.horizon.dates[2])
    assert drawn(axes)["required"].tolist() == [0] * 20 + [3] + [0] * 3
    assert axes.get_title() == "care, 2026-03-18"
    assert drawn(plot_coverage(problem, result, store="S2"))["required"].sum() == 1


def test_the_heat_map_shows_what_is_missing_when(problem: Problem, result: Result) -> None:
    image = plot_heat_map(problem, result).images[0]
    values = np.asarray(image.get_array())
    assert values.shape == (3, 24)
    assert {(int(d), int(i)): values[d, i] for d, i in np.argwhere(values)} == {
        (0, 9): 0.5,
        (2, 20): 2,
    }
    assert image.get_clim() == (0, 2)


def test_fairness_sorts_people_and_marks_the_fair_share(problem: Problem, result: Result) -> None:
    axes = plot_fairness(problem, result)
    assert [bar.get_width() for bar in axes.patches] == [14, 23]  # type: ignore[attr-defined]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["B", r"林\$x^\$"]
    turns = plot_fairness(problem, result, measure="reminder")
    assert [bar.get_width() for bar in turns.patches] == [0, 1]  # type: ignore[attr-defined]
    fair = np.asarray(turns.lines[0].get_xdata(), dtype=float)
    assert fair.sum() > 0
    assert list(plot_fairness(problem, result, measure="overtime").patches) == []


def test_progress_draws_steps_to_the_end(result: Result) -> None:
    axes = plot_progress(result)
    lines = {str(line.get_label()): line for line in axes.lines}
    assert list(lines["objective"].get_xdata()) == [1, 4, 6]
    assert list(lines["objective"].get_ydata()) == [9000, 120, 120]
    assert list(lines["bound"].get_ydata()) == [10, 40, 90, 90]
    assert axes.get_yscale() == "log"
    assert axes.get_title() == "search, gap 25.00 %"


def test_unknown_names_are_faults_with_a_suggestion(problem: Problem, result: Result) -> None:
    with pytest.raises(InputError, match="did you mean 'sale'"):
        plot_coverage(problem, result, skill="sael")
    with pytest.raises(InputError, match="unknown store"):
        plot_heat_map(problem, result, store="X9")
    with pytest.raises(InputError, match="outside the horizon"):
        plot_coverage(problem, result, date=cases.Date(2030, 1, 1))
    with pytest.raises(InputError, match="did you mean 'hours'"):
        plot_fairness(problem, result, measure="hour")
