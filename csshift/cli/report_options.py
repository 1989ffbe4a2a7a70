"""Options of the reports and of workbooks."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Lang = Annotated[
    Literal["zh", "en"], typer.Option("--lang", help="Language of reports and workbooks.")
]
ResultFolder = Annotated[
    str, typer.Argument(metavar="RESULT", help="Result folder: holds result.json and its tables.")
]
Excel = Annotated[
    str | None,
    typer.Option(
        "--excel", metavar="FILE", help="Write the roster as a workbook, with sheets about it."
    ),
]
Html = Annotated[
    str | None, typer.Option("--html", metavar="FILE", help="Write one page for a browser.")
]
Ics = Annotated[
    str | None,
    typer.Option("--ics", metavar="FOLDER", help="Write a calendar file for each agent."),
]
Attendance = Annotated[
    str | None,
    typer.Option(
        "--attendance",
        metavar="FILE",
        help="Write a workbook that attendance systems such as DingTalk's can take.",
    ),
]
AttendanceColumns = Annotated[
    str | None,
    typer.Option(
        "--attendance-columns",
        metavar="TITLE=FIELD,...",
        help="Its columns, such as 姓名=name,工号=agent_id,{date}=shift_name; {date} or {day} in a "
        "title makes a column for each day. Fields: agent_id, name, team, contract, date, weekday, "
        "shift, shift_name, start, end, hours, paid_hours, duties.",
    ),
]
Layout = Annotated[
    Literal["month", "weeks"],
    typer.Option(
        "--layout",
        help="Workbook: a matrix a month; or, before these, names under each shift by week.",
    ),
]
Rest = Annotated[
    str,
    typer.Option(
        "--rest", metavar="TEXT", help="Workbook: what stands in days off, such as 休; or nothing."
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="RESULT|BOOK",
        help="Workbook: list what has changed since this result folder, workbook or roster.csv.",
    ),
]
TimeZone = Annotated[
    str | None,
    typer.Option(
        "--time-zone",
        metavar="NAME",
        help="Calendars: where the team works. Default: Asia/Shanghai.",
    ),
]
Reports = Annotated[
    str | None,
    typer.Option(
        "--report",
        metavar="KINDS",
        help="Reports to add to the result folder: html, excel, ics, with commas between.",
    ),
]
Pins = Annotated[
    str | None,
    typer.Option(
        "--pins",
        metavar="FILE",
        help="A roster made in part by hand, to be kept and completed: a workbook in matrix form "
        "(blank cells are free), or a file such as roster.csv.",
    ),
]
NewBook = Annotated[
    str, typer.Argument(metavar="BOOK.xlsx", help="The workbook to write; must not be there yet.")
]
Source = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="FOLDER|BOOK",
        help="Write this problem instead of the small one to start from.",
    ),
]
