"""The usual layout: one row per person, one column per day, one sheet per month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date
from itertools import groupby
from typing import TYPE_CHECKING

from csshift.io.excel.extent import address
from csshift.io.excel.writing import put
from csshift.model.people import Agent
from csshift.problem.labour import preset_text
from csshift.report.excel.sheet import LEAVE_FILL, RED, REST_FILL, Context
from csshift.report.shown import leave_text

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

TITLE_ROW, DATE_ROW, WEEKDAY_ROW, FIRST_ROW = 0, 1, 2, 3
ID, TEAM, NAME, FIRST_DAY = 0, 1, 2, 3


def month_sheets(context: Context) -> None:
    """Add one sheet for each month that the horizon touches."""
    for _, days in groupby(
        context.instance.horizon.dates, key=lambda date: (date.year, date.month)
    ):
        _Month(context, tuple(days)).write()


class _Month:
    """Writes the sheet of one month."""

    def __init__(self, context: Context, dates: Sequence[Date]) -> None:
        self.context = context
        self.dates = dates
        self.sheet: Worksheet = context.sheet(context.words.month(dates[0]))
        self.last_day = FIRST_DAY + len(dates) - 1
        self.last_row = FIRST_ROW + len(context.agents) - 1
        get, look = context.styles.get, {"border": 1, "align": "center"}
        self.plain = get(**look)
        self.off = get(**look, font_color=RED, bg_color=REST_FILL)
        self.away = get(**look, bg_color=LEAVE_FILL)
        taken = {word for shift in context.kinds for word in (shift.code, shift.name)}
        word = context.words("leave-cell")
        self.leave_word = "" if word in taken else word

    def write(self) -> None:
        """Write everything."""
        self._columns()
        self._head()
        hours = {shift.code: shift.paid_minutes / 60 for shift in self.context.kinds}
        for row, agent in enumerate(self.context.agents, start=FIRST_ROW):
            self._person(row, agent, hours)
        below = self._footer(self.last_row + 1)
        self._legend(below + 1)

    def _columns(self) -> None:
        sheet, context = self.sheet, self.context
        hidden = {"hidden": True} if context.names_suffice else {}
        codes = [*(shift.code for shift in context.kinds), context.rest]
        wide = max(sum(1 + (ord(c) >= 0x1100) for c in code[:12]) for code in codes)
        sheet.set_column(ID, ID, 10, None, hidden)
        sheet.set_column(TEAM, NAME, 12)
        sheet.set_column(FIRST_DAY, self.last_day, max(4.0, wide + 1.0))
        sheet.freeze_panes(FIRST_ROW, FIRST_DAY)
        sheet.repeat_rows(TITLE_ROW, WEEKDAY_ROW)

    def _head(self) -> None:
        context, sheet = self.context, self.sheet
        named = {"month": context.words.month(self.dates[0]), "name": context.instance.problem.name}
        title = context.words("month-title", **named).replace("  ", " ").strip()
        style = context.styles.get(bold=True, font_size=16, align="left")
        put(sheet, TITLE_ROW, TEAM, title, style)
        for column, key in ((ID, "agent_id"), (TEAM, "team")):
            put(sheet, DATE_ROW, column, context.words.column(key), context.head)
            put(sheet, WEEKDAY_ROW, column, None, context.head)
        put(sheet, DATE_ROW, NAME, context.words("name"), context.head)
        put(sheet, WEEKDAY_ROW, NAME, None, context.head)
        for column, date in enumerate(self.dates, start=FIRST_DAY):
            put(sheet, DATE_ROW, column, date, context.day_head(date, num_format="d"))
            put(sheet, WEEKDAY_ROW, column, context.words.weekday(date), context.day_head(date))
        for column, key in enumerate(("days", "hours-short"), start=self.last_day + 1):
            put(sheet, DATE_ROW, column, context.words(key), context.head)
            put(sheet, WEEKDAY_ROW, column, None, context.head)

    def _person(self, row: int, agent: Agent, hours: dict[str, float]) -> None:
        context, sheet = self.context, self.sheet
        put(sheet, row, ID, agent.agent_id, context.styles.get(num_format="@", border=1))
        put(sheet, row, TEAM, agent.team, context.styles.get(border=1))
        put(sheet, row, NAME, agent.display_name, context.styles.get(border=1))
        days, paid = 0, 0.0
        for column, date in enumerate(self.dates, start=FIRST_DAY):
            text, style = self._cell(agent, date)
            if text:
                sheet.write_string(row, column, text, style)
            else:
                sheet.write_blank(row, column, None, style)
            self._note_leave(row, column, (agent.agent_id, date))
            if (code := context.shifts.get((agent.agent_id, date))) is not None:
                days += 1
                paid += hours[code]
        border = context.styles.get(border=1, num_format="0.##", align="center")
        sheet.write_number(row, self.last_day + 1, days, border)
        sheet.write_number(row, self.last_day + 2, round(paid, 2), border)

    def _note_leave(self, row: int, column: int, key: tuple[str, Date]) -> None:
        """Write leave for a part of the day as a comment: the cell holds the shift."""
        rows = self.context.part_leave.get(key, ())
        if rows:
            lines = [f"{self.context.words('leave-cell')} {leave_text(part)}" for part in rows]
            self.sheet.write_comment(row, column, "\n".join(lines))

    def _cell(self, agent: Agent, date: Date) -> tuple[str, Format]:
        """Return text and style of one day of a person."""
        context = self.context
        key = agent.agent_id, date
        code = context.shifts.get(key)
        if code is not None:
            turns = context.turns.get(key)
            if not turns:
                return code, self.plain
            colour = context.duty_colours[turns[0].duty]
            return code, context.styles.get(border=1, align="center", bg_color=colour)
        if key in context.leave:
            return self.leave_word, self.away
        if not agent.employed(date):
            return "", self.away
        return context.rest, self.off

    def _footer(self, first: int) -> int:
        """Write how many work each shift, and how many work; return the row below."""
        context, sheet = self.context, self.sheet
        style = context.styles.get(border=1, align="center", bg_color="#F2F2F2")
        bold = context.styles.get(border=1, align="center", bg_color="#F2F2F2", bold=True)
        row = first
        for row, shift in enumerate(context.kinds, start=first):
            put(sheet, row, ID, None, style)
            put(sheet, row, TEAM, context.words("count"), style)
            put(sheet, row, NAME, shift.code, style)
            label = address(row, NAME)
            for column, date in enumerate(self.dates, start=FIRST_DAY):
                span = f"{address(FIRST_ROW, column)}:{address(self.last_row, column)}"
                formula = f"=SUMPRODUCT(--EXACT({span},${label}))"
                sheet.write_formula(row, column, formula, style, context.counts[date, shift.code])
        put(sheet, row + 1, ID, None, bold)
        put(sheet, row + 1, TEAM, context.words("count"), bold)
        put(sheet, row + 1, NAME, context.words("at-work"), bold)
        for column, date in enumerate(self.dates, start=FIRST_DAY):
            total = sum(context.counts[date, s.code] for s in context.kinds if not s.standby)
            formula = f"=SUM({address(first, column)}:{address(row, column)})"
            for place, shift in enumerate(context.kinds, start=first):
                formula += f"-{address(place, column)}" if shift.standby else ""
            sheet.write_formula(row + 1, column, formula, bold, total)
        return row + 2

    def _legend(self, first: int) -> None:
        """Write what codes and colours mean, beside the columns of days."""
        context, sheet = self.context, self.sheet
        row = first
        labour = preset_text(context.instance.problem, context.words.lang)
        if labour is not None:
            put(sheet, row, TEAM, labour)
            row += 1
        for shift in context.kinds:
            text = f"{shift.code} {shift.name} {shift.hours_text} ({shift.paid_minutes / 60:g} h)"
            put(sheet, row, TEAM, text.replace("  ", " "))
            row += 1
        for name, colour in context.duty_colours.items():
            put(sheet, row, TEAM, context.words("duty"), context.styles.get(bg_color=colour))
            put(sheet, row, NAME, context.words.name(name))
            row += 1
