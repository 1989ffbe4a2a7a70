"""Reads a roster in the layout that supervisors use: one row per person, one column per day."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date as Date
from pathlib import Path
from typing import NamedTuple

from csshift.errors import Fault, InputError, suggestion
from csshift.io.excel.book import Sheet, address, cell_text, read_book
from csshift.io.excel.days import Header, find_header, resolve
from csshift.io.fields import CellError, decimal
from csshift.io.translations import cell_words, folded, known_titles
from csshift.model.roster import Assignment
from csshift.model.weekdays import weekday_position
from csshift.problem import Problem
from csshift.problem.faults import MOST_FAULTS, first_faults

LEAST_DAYS = 3


class Entry(NamedTuple):
    """A filled cell: the shift of an agent on a day, or that the day is off.

    Parameters
    ----------
    agent_id : str
    date : date
    shift : str or None
        None where the cell says that the day is off.
    where : str
        The cell, for faults.
    """

    agent_id: str
    date: Date
    shift: str | None
    where: str


@dataclass
class Matrix:
    """The roster that the sheets of a workbook hold.

    Parameters
    ----------
    file : str
        Name of the workbook.
    entries : list of Entry
        The filled cells.
    dates : set of date
        Days that have a column.
    faults : list of Fault
    """

    file: str
    entries: list[Entry] = field(default_factory=list)
    dates: set[Date] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """The shifts."""
        return tuple(
            Assignment(agent_id=entry.agent_id, date=entry.date, shift=entry.shift)
            for entry in self.entries
            if entry.shift is not None
        )


def read_matrix(path: str | Path, problem: Problem) -> Matrix:
    """Return the roster of a workbook in matrix form.

    A sheet counts when it has a row of consecutive days with rows of known people below.
    Cells hold a shift's code or name; blank, ``休`` and a few more words are days off.

    Parameters
    ----------
    path : str or Path
    problem : Problem
        Knows the agents, by identifier or name, the shifts and the horizon.
    """
    place = Path(path)
    found = Matrix(place.name)
    reader = _Reader(problem, found)
    others = known_titles()
    read = [reader.read(sheet) for sheet in read_book(place) if sheet.title not in others]
    if not any(read):
        found.faults.append(
            Fault(
                place.name,
                "no sheet holds a roster: a row of dates with rows of known people below",
                "put the dates into one row, the names to the left of the shifts",
            )
        )
    if found.faults:
        raise InputError(first_faults(found.faults))
    return found


class _Reader:
    """Reads sheet after sheet into a matrix."""

    def __init__(self, problem: Problem, found: Matrix) -> None:
        self.problem = problem
        self.found = found
        names = Counter(agent.name for agent in problem.agents if agent.name)
        self.agents = {a.name: a.agent_id for a in problem.agents if names[a.name] == 1}
        self.agents |= {agent.agent_id: agent.agent_id for agent in problem.agents}
        self.shared_names = {name for name, count in names.items() if count > 1}
        called = Counter(shift.name for shift in problem.shifts if shift.name)
        self.shifts = {s.name: s.code for s in problem.shifts if called[s.name] == 1}
        self.shifts |= {shift.code: shift.code for shift in problem.shifts}
        self.counts, self.off = cell_words("at_work"), cell_words("rest")
        self.rest = self.off | cell_words("leave") | {folded(leave.kind) for leave in problem.leave}
        self.seen: set[tuple[str, Date]] = set()

    def read(self, sheet: Sheet) -> bool:
        """Take a sheet; return whether it holds a roster."""
        header = find_header(sheet, min(LEAST_DAYS, self.problem.horizon.days))
        if header is None or not self._holds_people(sheet, header):
            return False
        dates = resolve(sheet, header, self.problem.horizon)
        if dates is None:
            self._fault(
                sheet,
                header.row,
                header.first_column,
                "the year and month of the days are unknown",
                "write whole dates, or a title such as 2026年3月 above them",
            )
            return True
        self.found.dates.update(dates.values())
        for number, row in self._below(sheet, header).items():
            if len(self.found.faults) > MOST_FAULTS:
                break
            if self._is_weekdays(sheet, number, dates):
                continue
            self._read_row(sheet, number, row[: header.first_column], dates)
        return True

    def _holds_people(self, sheet: Sheet, header: Header) -> bool:
        """Return whether people are listed below the dates, and none beside them, as in a list."""
        own = [cell_text(cell).strip() for cell in sheet.rows[header.row][: header.first_column]]
        below = self._below(sheet, header).values()
        return self._agent(own) is None and any(
            self._agent(row[: header.first_column]) for row in below
        )

    def _below(self, sheet: Sheet, header: Header) -> dict[int, list[str]]:
        """Return the rows below the dates as text, as far as the days go."""
        width = max(header.days) + 1
        return {
            number: [cell_text(cell).strip() for cell in row[:width]]
            for number, row in enumerate(sheet.rows)
            if number > header.row
        }

    def _agent(self, labels: list[str]) -> str | None:
        known = (self.agents[label] for label in labels if label in self.agents)
        return next(known, None)

    def _is_weekdays(self, sheet: Sheet, number: int, dates: Mapping[int, Date]) -> bool:
        """Return whether a row holds days of the week; a wrong one is a fault."""
        row = sheet.rows[number]
        words = {c: weekday_position(cell_text(row[c])) for c in dates if cell_text(row[c]).strip()}
        if not words or any(word is None for word in words.values()):
            return False
        if any(cell_text(row[c]).strip() in self.shifts for c in words):
            return False  # a shift may be called like a day of the week
        for column, word in words.items():
            if word != dates[column].weekday():
                self._fault(
                    sheet,
                    number,
                    column,
                    f"{dates[column]} is another day of the week",
                    "correct the dates, the month of the title, or the days of the week",
                )
                break
        return True

    def _read_row(
        self, sheet: Sheet, number: int, labels: list[str], dates: Mapping[int, Date]
    ) -> None:
        cells = {c: cell_text(sheet.rows[number][c]).strip() for c in dates}
        filled = {column: text for column, text in cells.items() if text}
        agent = self._agent(labels)
        if any(folded(label) in self.counts for label in labels):
            return  # counts, which may be labelled with what is also somebody's name
        if agent is None:
            if filled and not self._is_footer(labels, filled):
                self._unknown(sheet, number, labels)
            return
        for column, text in filled.items():
            self._read_cell(sheet, number, column, agent, dates[column], text)

    def _read_cell(
        self, sheet: Sheet, number: int, column: int, agent: str, date: Date, text: str
    ) -> None:
        shift = self.shifts.get(text)
        problem = remedy = ""
        if shift is None and folded(text) not in self.rest:
            problem, remedy = "unknown shift", suggestion(text, self.shifts, "shift")
        elif date not in self.problem.horizon:
            horizon = self.problem.horizon
            problem = f"{date} is outside the horizon {horizon.start} to {horizon.end}"
            remedy = "clear the cell, or plan these days, too"
        elif (agent, date) in self.seen:
            problem, remedy = f"a second entry for {agent} on {date}", "keep one of them"
        if problem:
            self._fault(sheet, number, column, problem, remedy, text)
            return
        self.seen.add((agent, date))
        where = f"{self.found.file}, sheet {sheet.title}, cell {address(number, column)}"
        self.found.entries.append(Entry(agent, date, shift, where))

    def _is_footer(self, labels: list[str], filled: Mapping[int, str]) -> bool:
        """Return whether a row counts people, or remarks on the sheet, rather than plans one."""
        words = [label for label in labels if label]
        if any(word in self.shifts or folded(word) in self.off for word in words):
            return True
        return all(_is_number(text) and text not in self.shifts for text in filled.values())

    def _unknown(self, sheet: Sheet, number: int, labels: list[str]) -> None:
        named = [(column, label) for column, label in enumerate(labels) if label]
        column, label = named[-1] if named else (0, None)
        if label is None:
            problem, remedy = "a row of shifts without a name", "write agent_id or name"
        elif label in self.shared_names:
            problem, remedy = "several agents have this name", "write the agent_id in a column"
        else:
            problem, remedy = "unknown agent", suggestion(label, self.agents, "agent")
        self._fault(sheet, number, column, problem, remedy, label)

    def _fault(
        self,
        sheet: Sheet,
        row: int,
        column: int,
        problem: str,
        remedy: str,
        value: str | None = None,
    ) -> None:
        where = f"{self.found.file}, sheet {sheet.title}, cell {address(row, column)}"
        self.found.faults.append(Fault(where, problem, remedy, value=value))


def _is_number(text: str) -> bool:
    try:
        decimal(unicodedata.normalize("NFKC", text))
    except CellError:
        return False
    return True
