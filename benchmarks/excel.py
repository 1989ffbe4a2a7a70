"""How long a large roster sheet takes to write, beside XlsxWriter's own time for its cells.

    python -m benchmarks.excel [--agents 500] [--days 31] [--times 7]

Both write the same cells with the same number of formats, in turn, into memory; the ratio of the
medians is what csshift adds. The bare side writes strings and blanks in two nested loops, no more.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date as Date
from datetime import timedelta
from io import BytesIO
from random import Random

from csshift.instance import Instance
from csshift.io.excel.writing import _OPTIONS, Styles
from csshift.io.translations import Language
from csshift.model.result import Result
from csshift.model.roster import Assignment, Roster
from csshift.problem import Problem
from csshift.report.excel.month import month_sheets
from csshift.report.excel.sheet import Context

FIRST = Date(2026, 3, 1)
CODES = ("早", "中", "晚")
LANGUAGE: Language = "zh"


def made_up(agents: int, days: int) -> tuple[Problem, Roster]:
    """Return a problem of many agents, and a roster that nobody would want to work."""
    random = Random(0)
    people = [
        {"agent_id": f"A{i:04d}", "name": f"客服{i:04d}", "team": "售前", "skills": {"pre-sale": 1}}
        for i in range(agents)
    ]
    hours = ("08:00-16:00", "12:00-20:00", "16:00-24:00")
    shifts = [{"code": c, "hours": h} for c, h in zip(CODES, hours, strict=True)]
    horizon = {"start": FIRST.isoformat(), "days": days}
    problem = Problem.model_validate({"horizon": horizon, "agents": people, "shifts": shifts})
    rows = [
        Assignment(agent_id=f"A{i:04d}", date=FIRST + timedelta(days=d), shift=shift)
        for i in range(agents)
        for d in range(days)
        if (shift := random.choice((*CODES, None))) is not None
    ]
    return problem, Roster(assignments=tuple(rows))


def ours(problem: Problem, roster: Roster) -> None:
    """Write the month's sheet as a report does."""
    import xlsxwriter

    book = xlsxwriter.Workbook(BytesIO(), _OPTIONS)
    result = Result(status="feasible", roster=roster)
    month_sheets(Context(Instance(problem), result, roster, book, Styles(book, {}), LANGUAGE, ""))
    book.close()


def bare(cells: list[list[str]]) -> None:
    """Write the same cells with nothing around them."""
    import xlsxwriter

    book = xlsxwriter.Workbook(BytesIO(), _OPTIONS)
    sheet = book.add_worksheet()
    work, rest = (book.add_format({"border": 1, "bg_color": c}) for c in ("white", "red"))
    for r, row in enumerate(cells):
        for c, text in enumerate(row):
            if text:
                sheet.write_string(r, c, text, work)
            else:
                sheet.write_blank(r, c, None, rest)
    book.close()


def matrix(problem: Problem, roster: Roster) -> list[list[str]]:
    """Return the cells of the sheet: identifier, team and name, then a cell a day."""
    worked = roster.shifts()
    return [
        [
            a.agent_id,
            a.team,
            a.name,
            *(worked.get((a.agent_id, d), "") for d in problem.horizon.dates),
        ]
        for a in problem.agents
    ]


def seconds(work: Callable[[], None]) -> float:
    """Return the processor's time for some work: other programs do not lengthen it."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main(arguments: list[str] | None = None) -> int:
    """Measure both in turn and print the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--times", type=int, default=7)
    given = parser.parse_args(arguments)
    problem, roster = made_up(given.agents, given.days)
    cells = matrix(problem, roster)
    pairs = [
        (seconds(lambda: ours(problem, roster)), seconds(lambda: bare(cells)))
        for _ in range(given.times)
    ]
    own, plain = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratios = sorted(a / b for a, b in pairs)
    print(f"{given.agents} x {given.days}, {given.times} times in turn")
    print(f"csshift {own:.3f} s, XlsxWriter alone {plain:.3f} s (medians)")
    print(f"ratio {own / plain:.2f}; of the pairs {ratios[0]:.2f} to {ratios[-1]:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
