"""The other usual layout: weeks with names under each shift, teams side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date
from itertools import groupby
from typing import TYPE_CHECKING

from csshift.io.excel.writing import put
from csshift.report.excel.sheet import Context

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

SIDE_BY_SIDE = 2
FIRST_TEAMS = ("pre-sale", "售前", "after-sale", "售后")
"""Teams on the left, in this order; the others follow in the order of the problem."""


def weeks_sheet(context: Context) -> None:
    """Add the sheet of weekly blocks."""
    sheet = context.sheet(context.words.sheet("blocks"))
    sheet.set_column(0, 0, 12)
    sheet.freeze_panes(0, 1)
    row = 0
    dates = context.instance.horizon.dates
    teams = _teams(context)
    for _, group in groupby(dates, key=lambda date: date.isocalendar()[:2]):
        days = tuple(group)
        for i in range(0, len(teams), SIDE_BY_SIDE):
            row = _block(context, sheet, row, teams[i : i + SIDE_BY_SIDE], days) + 1


def _teams(context: Context) -> list[str]:
    teams = list(dict.fromkeys(agent.team for agent in context.agents))
    order = {team: i for i, team in enumerate(FIRST_TEAMS)}
    return sorted(teams, key=lambda team: (team == "", order.get(team.lower(), len(order))))


def _block(
    context: Context, sheet: Worksheet, first: int, teams: Sequence[str], dates: Sequence[Date]
) -> int:
    """Write one week of some teams; return the row below it."""
    words = context.words
    left = context.styles.get(bold=True, font_size=13)
    days = {"first": words.day(dates[0]), "last": words.day(dates[-1])}
    put(sheet, first, 0, words("week", week=dates[0].isocalendar()[1], **days), left)
    columns = {team: 1 + i * (len(dates) + 1) for i, team in enumerate(teams)}
    for row in (first + 1, first + 2, first + 3):
        put(sheet, row, 0, words("shift") if row == first + 3 else None, context.head)
    for team, column in columns.items():
        _team_head(context, sheet, first + 1, column, team, dates)
    row = first + 4
    for shift in context.kinds:
        row = _shift_rows(context, sheet, row, shift.code, columns, dates)
    return row


def _team_head(
    context: Context, sheet: Worksheet, row: int, column: int, team: str, dates: Sequence[Date]
) -> None:
    put(sheet, row, column, team or context.words("others"), context.head)
    for offset, date in enumerate(dates):
        if offset:
            put(sheet, row, column + offset, None, context.head)
        put(sheet, row + 1, column + offset, date, context.day_head(date, num_format="m-d"))
        put(sheet, row + 2, column + offset, context.words.weekday(date), context.day_head(date))
    sheet.set_column(column, column + len(dates) - 1, 10)
    sheet.set_column(column + len(dates), column + len(dates), 2)


def _shift_rows(
    context: Context,
    sheet: Worksheet,
    first: int,
    code: str,
    columns: dict[str, int],
    dates: Sequence[Date],
) -> int:
    """Write the names of those on a shift, one below the other; return the row below."""
    listed: dict[int, list[tuple[str, str | None]]] = {}
    for agent in (agent for agent in context.agents if agent.team in columns):
        for offset, date in enumerate(dates):
            key = agent.agent_id, date
            if context.shifts.get(key) == code:
                turns = context.turns.get(key)
                colour = context.duty_colours[turns[0].duty] if turns else None
                cell = (context.names[agent.agent_id], colour)
                listed.setdefault(columns[agent.team] + offset, []).append(cell)
    depth = max((len(names) for names in listed.values()), default=1)
    label = context.styles.get(bold=True, border=1, align="center", valign="top")
    for row in range(first, first + depth):
        put(sheet, row, 0, code if row == first else None, label)
    for left in columns.values():
        for column in range(left, left + len(dates)):
            names = listed.get(column, [])
            for i in range(depth):
                name, colour = names[i] if i < len(names) else (None, None)
                look = {"bg_color": colour} if colour else {}
                edge = {"left": 1, "right": 1, "top": int(i == 0), "bottom": int(i == depth - 1)}
                style = context.styles.get(align="center", **edge, **look)
                put(sheet, first + i, column, name, style)
    return first + depth
