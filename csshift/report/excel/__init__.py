"""A roster as a workbook, in the layouts that supervisors use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from csshift.errors import Fault, InputError
from csshift.instance import Instance
from csshift.io.translations import Language
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.problem import Problem

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

    from csshift.io.excel.writing import Styles
    from csshift.report.excel.sheet import Context

__all__ = ["Layout", "write_excel"]

Layout = Literal["month", "weeks"]


def write_excel(
    path: str | Path,
    problem: Problem | Instance,
    result: Result,
    *,
    lang: Language = "zh",
    layout: Layout = "month",
    rest: str = "",
    previous: Roster | None = None,
) -> None:
    """Write a result as a workbook: the roster, and sheets about what it means.

    What users named is always text, never a formula. Counts below the roster are formulas, so
    that they follow what is edited.

    Parameters
    ----------
    path : str or Path
        Appears whole or not at all.
    problem : Problem
    result : Result
        Of that problem, with a roster.
    lang : {"zh", "en"}
        Language of titles and headings.
    layout : {"month", "weeks"}
        One matrix a month; or, before these, names listed under each shift week by week.
    rest : str
        Text of cells of days off; blank, or a word such as 休.
    previous : Roster or None
        An earlier version: a further sheet lists what has changed since.

    Raises
    ------
    InputError
        When there is no roster, the word for rest is a shift or not known as one for rest, or
        the file cannot be written.
    MissingExtraError
        Without XlsxWriter, which the extra ``excel`` brings.
    """
    instance = Instance.of(problem)
    from csshift.io.excel.writing import write_book
    from csshift.report.excel.sheet import Context

    roster = require_roster(result)
    _require_rest(instance, rest)

    def fill(book: Workbook, styles: Styles) -> None:
        context = Context(instance, result, roster, book, styles, lang, rest)
        _add_sheets(context, layout, previous)

    write_book(Path(path), fill)


def _add_sheets(context: Context, layout: Layout, previous: Roster | None) -> None:
    from csshift.report.excel.coverage import coverage_sheet
    from csshift.report.excel.lists import (
        changes_sheet,
        facts_sheet,
        people_sheet,
        turns_sheet,
        wishes_sheet,
    )
    from csshift.report.excel.month import month_sheets
    from csshift.report.excel.weeks import weeks_sheet

    if layout == "weeks":
        weeks_sheet(context)
    month_sheets(context)
    coverage_sheet(context)
    people_sheet(context)
    if context.instance.duties:
        turns_sheet(context)
    if context.instance.planned.requests:
        wishes_sheet(context)
    if previous is not None:
        changes_sheet(context, previous)
    facts_sheet(context)


def require_roster(result: Result) -> Roster:
    """Return the roster of a result.

    Raises
    ------
    InputError
        When it has none.
    """
    if result.roster is None:
        raise InputError(
            [Fault("result", f"no roster: the solve ended {result.status}", "solve again")]
        )
    return result.roster


def _require_rest(instance: Instance, rest: str) -> None:
    from csshift.io.translations import cell_words, folded

    wrong = ""
    if any(rest in (shift.code, shift.name) for shift in instance.shifts if rest):
        wrong = "it is a shift"
    elif folded(rest) not in cell_words("rest"):
        wrong = "it would not be read back as a day off"
    if wrong:
        remedy = "leave it blank, or choose 休, off, -, ..."
        raise InputError([Fault("rest", wrong, remedy, value=rest)])
