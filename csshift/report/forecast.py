"""Tables of what promotions add, of the errors of a back-test, and of proposed rates."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from rich.table import Table
from rich.text import Text

from csshift.demand.history.backtest import BackTest
from csshift.demand.promotions.effects import Promoted
from csshift.model.reception import ProposedRate
from csshift.report.sections import new_table
from csshift.report.wording import number, percent, plain


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
