"""Tables and pictures of forecasts: promotions, back-tests, proposed rates."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table
from rich.text import Text

from csshift.demand.history.backtest import BackTest
from csshift.demand.promotions.effects import Promoted
from csshift.errors import Fault, InputError
from csshift.extras import needed
from csshift.model.reception import ProposedRate
from csshift.report.charts import font_families, literal
from csshift.report.sections import new_table
from csshift.report.wording import number, percent, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def wave_table(promoted: Promoted) -> Table:
    """Return the ordinary inquiries, what each phase of each wave adds, and the sum, by skill."""
    skills = sorted({skill for _, skill in promoted.ordinary.queues})
    rows = {
        skill: [i for i, queue in enumerate(promoted.ordinary.queues) if queue[1] == skill]
        for skill in skills
    }
    table = new_table("wave", "phase", "adds most on", *map(plain, skills), "all", left=3)

    def line(wave: str, phase: str, when: str, values: np.typing.NDArray[np.float64]) -> None:
        sums = [float(values[rows[skill]].sum()) for skill in skills]
        cells = [number(value, 1) for value in (*sums, sum(sums))]
        table.add_row(Text(plain(wave)), phase, when, *cells)

    ordinary = promoted.ordinary
    line("ordinary", "", "", ordinary.values)
    for addition in promoted.additions:
        by_day = addition.values.sum(axis=0).reshape(ordinary.days, -1).sum(axis=1)
        when = str(ordinary.dates[int(by_day.argmax())]) if by_day.max() > 0 else ""
        line(addition.wave, addition.phase, when, addition.values)
    line("forecast", "", "", promoted.values)
    return table


def back_test_table(tests: Iterable[BackTest]) -> Table:
    """Return the errors of the last week by queue, beside those of the seasonal-naive forecast."""
    table = new_table(
        "store", "skill", "inquiries", "WAPE", "seasonal-naive", "in interval", left=2
    )
    for test in tests:
        errors = ("" if e is None else percent(e) for e in (test.wape, test.naive_wape))
        store, skill = (Text(plain(name)) for name in test.queue)
        table.add_row(store, skill, number(test.inquiries, 0), *errors, percent(test.coverage))
    return table


def proposal_table(rates: Iterable[ProposedRate]) -> Table:
    """Return rates by agent and skill: as observed, shrunk, with its interval, and in use."""
    figures = ("days", "observed", "proposed", "95 % interval", "current")
    table = new_table("agent", "skill", "basis", *figures, left=3)
    for rate in rates:
        names = (Text(plain(name)) for name in (rate.agent_id, rate.skill, rate.basis))
        interval = f"{number(rate.low)} to {number(rate.high)}"
        current = "" if rate.current is None else number(rate.current)
        figures = (str(rate.days), number(rate.observed), number(rate.proposed), interval, current)
        table.add_row(*names, *figures)
    return table


FORMATS = ("png", "svg", "pdf")


def picture_format(path: str) -> str:
    """Return the format that the name of a picture implies.

    Raises
    ------
    InputError
        When its ending is none of png, svg and pdf.
    """
    ending = PurePath(path).suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        remedy = f"end the name with .{', .'.join(FORMATS)}"
        raise InputError([Fault(path, "no format of a picture", remedy)])
    return ending


def draw_forecast(promoted: Promoted, kind: str) -> bytes:
    """Return a picture with one panel per skill, summed over stores.

    Parameters
    ----------
    promoted : Promoted
        What to draw.
    kind : str
        Format of the picture.

    Raises
    ------
    MissingExtraError
        When matplotlib is not installed.
    """
    mpl = needed("matplotlib", "plot")
    from matplotlib.figure import Figure

    skills = sorted({skill for _, skill in promoted.ordinary.queues})
    with mpl.rc_context({"font.family": font_families()}):
        figure = Figure(figsize=(12, 2.6 * len(skills)), layout="constrained")
        panels = np.atleast_1d(figure.subplots(len(skills), 1, sharex=True))
        for axes, skill in zip(panels, skills, strict=True):
            _draw_skill(axes, promoted, skill)
        panels[0].legend(loc="upper left", fontsize="small", ncols=4)
        return _saved(figure, kind)


def _saved(figure: Any, kind: str) -> bytes:
    import warnings

    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A machine without a Chinese font shows boxes in a legend; that is no failure.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(buffer, format=kind, dpi=120)
    return buffer.getvalue()


def _draw_skill(axes: Axes, promoted: Promoted, skill: str) -> None:
    ordinary = promoted.ordinary
    rows = [i for i, queue in enumerate(ordinary.queues) if queue[1] == skill]
    midnight = datetime.combine(ordinary.first, time())
    count = ordinary.values.shape[1]
    step = timedelta(minutes=ordinary.interval_minutes)
    when: list[Any] = [midnight + slot * step for slot in range(count)]
    waves: dict[str, Any] = {}
    for addition in promoted.additions:
        added = addition.values[rows].sum(axis=0)
        waves[addition.wave] = waves.get(addition.wave, 0) + np.maximum(added, 0)
    base = ordinary.values[rows].sum(axis=0)
    labels = [_literal(name) for name in ("ordinary", *waves)]
    axes.stackplot(when, base, *waves.values(), labels=labels, step="post", linewidth=0)
    axes.plot(when, promoted.values[rows].sum(axis=0), color="black", linewidth=0.6,
              drawstyle="steps-post")  # fmt: skip
    axes.set_title(_literal(skill), loc="left", fontsize="medium")
    axes.set_ylabel(f"inquiries in {ordinary.interval_minutes} min")
    axes.margins(x=0)


def _literal(text: str) -> str:
    """Return text that matplotlib neither hides (leading _) nor takes for a formula ($)."""
    return f"\u200a{literal(plain(text))}"
