"""What every sheet of the report needs: the data, the styles, and tables of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date as Date
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any

from csshift.instance import Instance
from csshift.io.excel.writing import Styles, Value, put, sheet_title
from csshift.io.translations import Language
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.report.shown import SATURDAY, RosterView
from csshift.report.wording import Words

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

DUTY_COLOURS = ("#FFE699", "#9DC3E6", "#A9D18E", "#D9B3FF", "#F4B183", "#B4C7E7", "#C9C9C9")
WIDEST = 60
"""Width of a column, in characters, from which on texts are wrapped."""

LINE_HEIGHT = 16
"""Points."""

HEAD, REST_FILL, LEAVE_FILL, RED = "#DDE6F0", "#FDECEA", "#D9D9D9", "#C00000"


class Context(RosterView):
    """One workbook in the making.

    Parameters
    ----------
    rest : str
        What is written into cells of days off.
    """

    def __init__(
        self,
        instance: Instance,
        result: Result,
        roster: Roster,
        book: Workbook,
        styles: Styles,
        lang: Language,
        rest: str,
    ) -> None:
        super().__init__(instance, roster)
        self.result = result
        self.book = book
        self.styles = styles
        self.words = Words(lang, capital=False)
        self.rest = rest
        self._taken: set[str] = set()

    def sheet(self, title: str) -> Worksheet:
        """Add a sheet; its title is made acceptable."""
        sheet = self.book.add_worksheet(sheet_title(title, self._taken))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    @cached_property
    def names(self) -> dict[str, str]:
        """What people are called: the name, else the identifier."""
        return {agent.agent_id: agent.display_name for agent in self.instance.agents}

    @cached_property
    def duty_colours(self) -> dict[str, str]:
        """Background of each duty."""
        names = [duty.name for duty in self.instance.duties]
        return {name: DUTY_COLOURS[i % len(DUTY_COLOURS)] for i, name in enumerate(names)}

    @property
    def names_suffice(self) -> bool:
        """Whether names alone identify people."""
        names = [agent.name for agent in self.agents]
        known = {agent.agent_id for agent in self.agents}
        return "" not in names and len(set(names)) == len(names) and not known & set(names)

    @property
    def head(self) -> Format:
        """The style of headings."""
        return self.styles.get(bold=True, bg_color=HEAD, border=1, align="center", valign="vcenter")

    def day_head(self, date: Date, **properties: Any) -> Format:
        """Return the style of the heading of a day: weekends are red."""
        if date.weekday() >= SATURDAY:
            properties["font_color"] = RED
        return self.styles.get(bold=True, bg_color=HEAD, border=1, align="center", **properties)


def write_table(
    context: Context,
    sheet: Worksheet,
    header: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    first: int = 0,
) -> int:
    """Write a table and fit its columns; return the row below it.

    Parameters
    ----------
    context : Context
    sheet : Worksheet
    header : sequence of str
    rows : iterable of sequence of cells
    first : int
        Row of the header, from 0.
    """
    date = context.styles.get(num_format="yyyy-mm-dd", align="left")
    decimal = context.styles.get(num_format="#,##0.##")
    wrapped = context.styles.get(text_wrap=True, valign="top")
    widths = [_width(title) for title in header]
    for column, title in enumerate(header):
        put(sheet, first, column, title, context.head)
    row = first
    for row, cells in enumerate(rows, start=first + 1):
        # Not every program finds the height of a row with wrapped texts.
        lines = max((ceil(_width(str(value)) / WIDEST) for value in cells if value), default=1)
        if lines > 1:
            sheet.set_row(row, LINE_HEIGHT * lines)
        for column, value in enumerate(cells):
            fraction = isinstance(value, float) and not value.is_integer()
            width = _width(str(value or ""))
            long = wrapped if lines > 1 else None
            style = date if isinstance(value, Date) else decimal if fraction else long
            put(sheet, row, column, value, style)
            widths[column] = max(widths[column], 11 if style and not long else width)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width, WIDEST))
    if first == 0:
        sheet.freeze_panes(1, 0)
    return row + 1


def _width(text: str) -> float:
    """Return the width of a text in characters; those of Chinese are wide."""
    return 2 + sum(1 if ord(character) < 0x1100 else 2 for character in text)
