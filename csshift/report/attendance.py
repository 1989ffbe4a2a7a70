"""A roster as a table for attendance systems, with the columns that they require."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING

from csshift.errors import Fault, InputError, suggestion
from csshift.instance import Instance
from csshift.io.excel.writing import Styles, Value, put, write_book
from csshift.io.translations import Language
from csshift.model.entity import clock
from csshift.model.people import Agent
from csshift.model.roster import Roster
from csshift.problem import Problem
from csshift.report.shown import RosterView
from csshift.report.wording import Words

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

OF_PERSON = ("agent_id", "name", "team", "contract")
OF_DAY = ("date", "weekday", "shift", "shift_name", "start", "end", "hours", "paid_hours", "duties")
FIELDS = (*OF_PERSON, *OF_DAY)
EACH_DAY = ("{date}", "{day}")
DEFAULT_COLUMNS = {
    "zh": "姓名=name,工号=agent_id,部门=team,{date}=shift_name",
    "en": "name=name,agent_id=agent_id,department=team,{date}=shift_name",
}


@dataclass(frozen=True)
class AttendanceColumn:
    """A column of the file.

    Parameters
    ----------
    title : str
        The title that the attendance system expects; ``{date}`` or ``{day}`` in it makes a column
        for each day, titled with the date or the day of the month.
    field : str
        Content of the column, one of `FIELDS`.
    """

    title: str
    field: str

    @property
    def each_day(self) -> bool:
        """Whether there is one such column for each day."""
        return any(mark in self.title for mark in EACH_DAY)

    def titled(self, date: Date) -> str:
        """Return its title for a day."""
        return self.title.replace("{date}", date.isoformat()).replace("{day}", str(date.day))


def parse_columns(text: str) -> tuple[AttendanceColumn, ...]:
    """Return columns written as ``title=field`` with commas between.

    Raises
    ------
    InputError
        When one is not a pair, its field is unknown, or columns for each day are mixed with
        columns for a single day.
    """
    columns: list[AttendanceColumn] = []
    faults: list[Fault] = []
    for part in text.split(","):
        title, equals, field = (text.strip() for text in part.rpartition("="))
        if not (title and equals):
            faults.append(_fault(part, "not a pair title=field", "write 姓名=name"))
        elif field not in FIELDS:
            faults.append(_fault(field, "unknown field", suggestion(field, FIELDS, "field")))
        else:
            columns.append(AttendanceColumn(title, field))
    wide = [column for column in columns if column.each_day]
    for column in columns:
        if column.each_day and column.field in OF_PERSON:
            faults.append(
                _fault(column.title, "a field of the person, not of a day", "drop {date}")
            )
        if wide and not column.each_day and column.field in OF_DAY:
            remedy = "put {date} into its title, or drop it from the others"
            faults.append(_fault(column.title, "one day, beside columns for each day", remedy))
    if faults:
        raise InputError(faults)
    return tuple(columns)


def _fault(value: str, instance: str, remedy: str) -> Fault:
    return Fault("attendance columns", instance, remedy, value=value)


def attendance_rows(
    problem: Problem | Instance,
    roster: Roster,
    columns: Sequence[AttendanceColumn],
    lang: Language = "zh",
) -> Iterator[list[Value]]:
    """Yield the header and the rows: one per person, or one per person and day.

    With a column for each day there is one row per person. Days off hold the word for rest in
    the columns of the shift and nothing in those of its times; days outside the employment
    are blank, or have no row.
    """
    instance = Instance.of(problem)
    table = _Table(instance, roster, lang)
    dates, agents = instance.horizon.dates, table.agents
    if any(column.each_day for column in columns):
        yield [title for column in columns for title in _titles(column, dates)]
        for agent in agents:
            yield [
                cell
                for column in columns
                for cell in (
                    [table.cell(agent, date, column.field) for date in dates]
                    if column.each_day
                    else [table.cell(agent, dates[0], column.field)]
                )
            ]
    else:
        yield [column.title for column in columns]
        for agent in agents:
            for date in filter(agent.employed, dates):
                yield [table.cell(agent, date, column.field) for column in columns]


def _titles(column: AttendanceColumn, dates: Iterable[Date]) -> list[str]:
    return [column.titled(date) for date in dates] if column.each_day else [column.title]


def write_attendance(
    path: str | Path,
    problem: Problem | Instance,
    roster: Roster,
    *,
    columns: str | None = None,
    lang: Language = "zh",
) -> None:
    """Write a workbook that an attendance system such as DingTalk's can take.

    Parameters
    ----------
    path : str or Path
        Appears whole or not at all.
    problem : Problem
    roster : Roster
    columns : str, optional
        ``title=field`` with commas between; see `parse_columns`. The default has one
        row per person with the name of the shift in a column for each day.
    lang : {"zh", "en"}
        Language of the default titles, of the days of the week and of the word for rest.

    Raises
    ------
    InputError
        When the columns are not right, or the file cannot be written.
    MissingExtraError
        Without XlsxWriter, which the extra ``excel`` brings.
    """
    instance = Instance.of(problem)
    wanted = parse_columns(columns or DEFAULT_COLUMNS[lang])

    def fill(book: Workbook, styles: Styles) -> None:
        sheet = book.add_worksheet(Words(lang)("attendance"))
        text = styles.get(num_format="@")
        date = styles.get(num_format="yyyy-mm-dd", align="left")
        for row, cells in enumerate(attendance_rows(instance, roster, wanted, lang)):
            for column, value in enumerate(cells):
                style = text if isinstance(value, str) else None
                put(sheet, row, column, value, date if isinstance(value, Date) else style)
        sheet.freeze_panes(1, 0)

    write_book(Path(path), fill)


class _Table(RosterView):
    """Looks up what a field holds for a person and a day."""

    def __init__(self, instance: Instance, roster: Roster, lang: Language) -> None:
        super().__init__(instance, roster)
        self.words = Words(lang, capital=False)

    def cell(self, agent: Agent, date: Date, field: str) -> Value:
        """Return the cell."""
        if field in OF_PERSON:
            found: Value = getattr(agent, field)
            return found
        if field == "date":
            return date
        if field == "weekday":
            return self.words.weekday(date)
        key = agent.agent_id, date
        code = self.shifts.get(key)
        if code is None:
            rests = field in ("shift", "shift_name") and agent.employed(date)
            return self.words("off") if rests else None
        shift = self.by_code[code]
        values: dict[str, Value] = {
            "shift": code,
            "shift_name": shift.name or code,
            "start": clock(shift.start),
            "end": clock(shift.end),
            "hours": shift.hours_text,
            "paid_hours": shift.paid_minutes / 60,
            "duties": ", ".join(turn.duty for turn in self.turns.get(key, ())),
        }
        return values[field]
