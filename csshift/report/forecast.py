"""What the promotions add to a forecast, and how good a forecast from history was."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from csshift.demand.history.backtest import BackTest
from csshift.demand.promotions.effects import Promoted
from csshift.report.wording import number, percent, plain


def wave_table(promoted: Promoted) -> Table:
    """Return the ordinary inquiries, what each phase of each wave adds, and the sum, by skill."""
    skills = sorted({skill for _, skill in promoted.ordinary.queues})
    rows = {
        skill: [i for i, queue in enumerate(promoted.ordinary.queues) if queue[1] == skill]
        for skill in skills
    }
    table = _table("wave", "phase", "adds most on", *map(plain, skills), "all")
    table.columns[1].justify = table.columns[2].justify = "left"

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
    table = _table("store", "skill", "inquiries", "WAPE", "seasonal-naive", "in interval")
    table.columns[1].justify = "left"
    for test in tests:
        errors = ("" if e is None else percent(e) for e in (test.wape, test.naive_wape))
        store, skill = (Text(plain(name)) for name in test.queue)
        table.add_row(store, skill, number(test.inquiries, 0), *errors, percent(test.coverage))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for position, name in enumerate(columns):
        left = position == 0
        table.add_column(Text(name), justify="left" if left else "right", overflow="fold")
    return table
