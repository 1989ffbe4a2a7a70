"""The sheet of a report that lists who holds which duty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from csshift.errors import Fault, InputError
from csshift.io.excel.book import address, read_book
from csshift.io.excel.tables import Grid, read_sheet_table
from csshift.io.layout import DUTIES
from csshift.io.tables import Content
from csshift.io.translations import cell_words, folded, store
from csshift.model.roster import DutyTurn


def read_turns(
    path: str | Path, judge: Callable[[Content[DutyTurn]], tuple[DutyTurn, ...]]
) -> tuple[DutyTurn, ...]:
    """Return the duty turns that a workbook lists; none when it has no such sheet.

    Parameters
    ----------
    path : str or Path
    judge : callable
        Returns the turns of a content, or raises what is wrong with them.

    Raises
    ------
    InputError
        With every fault: sheet and cell.
    MissingExtraError
        When the package that reads workbooks is not installed.
    """
    titles = set(store()["report_sheets"]["turns"].values())
    sheet = next((s for s in read_book(path) if folded(s.title) in titles), None)
    found = None if sheet is None else read_sheet_table(sheet, DUTIES, cell_words("for_people"))
    if sheet is None or found is None:
        return ()
    content, grid = found
    try:
        return judge(content)
    except InputError as error:
        where = f"{Path(path).name}, sheet {sheet.title}"
        raise InputError(_placed(fault, where, grid) for fault in error.faults) from None


def _placed(fault: Fault, where: str, grid: Grid) -> Fault:
    position = grid.positions.get(fault.column or "")
    if fault.line is None or position is None:
        return replace(fault, table=where)
    cell = address(fault.line - 1, position)
    return replace(fault, table=f"{where}, cell {cell}", line=None)
