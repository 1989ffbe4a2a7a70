"""The layouts of tables of counts: one interval per row, hours across, days across."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from csshift.errors import Fault, InputError
from csshift.io.fields import CellError
from csshift.io.imports import values
from csshift.io.imports.header import (
    TOTALS,
    Names,
    bare,
    doubled_column,
    find_head,
    known_headings,
    matching_columns,
    missing_column,
)
from csshift.io.imports.log import ImportLog
from csshift.io.imports.reception import Given
from csshift.io.imports.sheets import Sheet
from csshift.io.imports.values import run_through_a_day

LEAST_ACROSS = 4
ROWS_SEARCHED = 30
MOST_COUNTS = 800_000
"""Counts of a file: 40 queues for a year by the hour are 350,000."""

LABELS = ("date", "start", "store", "skill")

Chosen = Mapping[str, str]


def _names() -> Names:
    return known_headings("counts")


@dataclass(frozen=True, slots=True)
class RawCount:
    """One count, as its table has it.

    Parameters
    ----------
    labels : mapping of str to str
        Date, start, store and skill, as far as columns name them; cells of a row share it.
    heading : str
        Hour or day of the column, where these are across; blank otherwise.
    count : str
    line : int
    cells : sequence of str
        Text for the log if it is left out.
    """

    labels: Mapping[str, str]
    heading: str
    count: str
    line: int
    cells: Sequence[str]

    def label(self, name: str) -> str | None:
        """Return the text of a label, None where no column names it."""
        found = self.labels.get(name)
        if self.heading and found is None and name == self.labels["across"]:
            return self.heading
        return found


def raw_counts(sheet: Sheet, chosen: Chosen, given: Given, log: ImportLog) -> list[RawCount]:
    """Return the counts of a sheet, whatever its layout.

    Blank labels belong to the label above them, as the cells below a merged one do.

    Parameters
    ----------
    sheet : Sheet
    chosen : mapping of str to str
        Headings that a mapping file gives for fields.
    given : Given
        What the sheet does not say.
    log : ImportLog
        Is notified of rows and columns that are left out.

    Raises
    ------
    InputError
        When a column is missing, or two hold one field.
    """
    across = _find_across(sheet, chosen)
    if across is not None:
        return _limited(sheet, _read_across(sheet, *across, chosen, given, log))
    head = find_head(sheet, _names(), ("start", "inquiries"), chosen, log)
    _require_queue(sheet, head.columns, given)
    labels = _Labels(sheet, head.columns, given, log)
    found = []
    for line, cells in sheet.rows[head.below :]:
        padded = cells + [""] * (len(head.headings) - len(cells))
        texts = labels.read(line, padded, cells)
        if texts is not None:
            count = padded[head.columns["inquiries"]]
            found.append(RawCount(texts, "", count, line, cells))
    labels.note_filled()
    return _limited(sheet, found)


def _limited(sheet: Sheet, counts: Iterable[RawCount]) -> list[RawCount]:
    found = list(islice(counts, MOST_COUNTS + 1))
    if len(found) > MOST_COUNTS:
        problem = f"more than {MOST_COUNTS:,} counts"
        raise InputError([Fault(sheet.file, problem, "split the file", line=found[-1].line)])
    return found


@dataclass
class _Labels:
    """Reads date, start, store and skill of row after row; blank ones repeat those above."""

    sheet: Sheet
    columns: Mapping[str, int]
    given: Given
    log: ImportLog
    above: dict[str, str] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)

    def read(self, line: int, padded: Sequence[str], cells: Sequence[str]) -> dict[str, str] | None:
        """Return the labels of a row; None, and an entry in the log, for one of totals."""
        texts = {name: padded[self.columns[name]] for name in LABELS if name in self.columns}
        if any(TOTALS.search(text) for text in texts.values()):
            self.log.drop((self.sheet.file, line), "totals row", "", cells)
            return None
        another_day = bool(texts.get("date"))
        for name, text in texts.items():
            if text:
                self.above[name] = text
            elif name in self.above and self._repeats(name, texts, another_day=another_day):
                texts[name] = self.above[name]
                self.filled[name] = self.filled.get(name, 0) + 1
        return texts

    def _repeats(self, name: str, texts: Mapping[str, str], *, another_day: bool) -> bool:
        if name == "start":  # a blank time is a merged one only where queues share it
            return not another_day and ("store" in texts or "skill" in texts)
        return name == "date" or not getattr(self.given, name)

    def note_filled(self) -> None:
        """Note how many labels were filled from above."""
        for name, count in self.filled.items():
            what = {"date": "dates", "start": "times"}.get(name, f"cells of {name}")
            self.log.notes.append(
                f"{self.sheet.file}: {count} blank {what} filled from above (merged cells)"
            )


def _require_queue(sheet: Sheet, columns: Mapping[str, int], given: Given) -> None:
    faults = [
        Fault(sheet.file, f"no column names the {name}", f"give --{name} NAME", column=name)
        for name, value in (("store", given.store), ("skill", given.skill))
        if name not in columns and not value
    ]
    if faults:
        raise InputError(faults)


def _find_across(sheet: Sheet, chosen: Chosen) -> tuple[int, bool] | None:
    """Return the position of a header with hours or days across, and whether they are days.

    Titles above it may hold a date or two: the header is the first row with more than half as
    many hours or days as the row with most.
    """
    wanted = {name: {bare(chosen[name])} if name in chosen else set(_names()[name])
              for name in ("start", "inquiries")}  # fmt: skip
    found: list[tuple[int, int, bool]] = []
    for position, (_, cells) in enumerate(sheet.rows[:ROWS_SEARCHED]):
        headings = {bare(cell) for cell in cells}
        if all(headings & known for known in wanted.values()):
            return None  # an interval a row; numbers below are no hours
        hits, days = _across(cells, chosen)
        if hits:
            found.append((hits, position, days))
    most = max((hits for hits, _, _ in found), default=0)
    return next(((place, days) for hits, place, days in found if 2 * hits > most), None)


def _across(cells: Sequence[str], chosen: Chosen) -> tuple[int, bool]:
    """Return how many hours or days a row lists, 0 where it is no header, and which of them."""
    if cells[0] and (_reads(values.day, cells[0]) or _reads(values.time_of_day, cells[0])):
        return 0, False
    rest = [cell for cell in cells[1:] if cell and not _is_label(cell, chosen)]
    days = [values.day(cell) for cell in rest if _reads(values.day, cell)]
    if days and 2 * len(days) > len(rest) and len(set(days)) == len(days):
        return len(days), True
    hours = [values.time_of_day(c).minute for c in rest if _reads(values.time_of_day, c)]
    if len(hours) >= LEAST_ACROSS and 2 * len(hours) > len(rest) and run_through_a_day(hours):
        return len(hours), False
    return 0, False


def _is_label(cell: str, chosen: Chosen) -> bool:
    known = any(matching_columns([cell], name, _names()[name], chosen) for name in LABELS)
    return known or TOTALS.search(cell) is not None


def _reads(parse: Callable[[str], object], cell: str) -> bool:
    try:
        parse(cell)
    except CellError:
        return False
    return True


def _read_across(
    sheet: Sheet, position: int, days: bool, chosen: Chosen, given: Given, log: ImportLog
) -> Iterator[RawCount]:
    """Yield the counts of a table with hours, or days, across."""
    line, header = sheet.rows[position]
    parse = values.day if days else values.time_of_day
    across = {i: cell for i, cell in enumerate(header) if i and cell and _reads(parse, cell)}
    headings = _with_merged(sheet, position, across, chosen)
    columns = _label_columns(sheet, position, headings, across, chosen)
    first = "start" if days else "date"
    if first not in columns and _leads(sheet, position, days, columns, given):
        columns[first] = 0
    if first not in columns and (days or given.date is None):
        raise InputError([missing_column(sheet, first, _names(), chosen, headings, line)])
    _require_queue(sheet, columns, given)
    labels = _Labels(sheet, columns, given, log)
    body: list[tuple[int, list[str]]] = []
    other = "date" if days else "start"
    for number, cells in sheet.rows[position + 1 :]:
        padded = cells + [""] * (len(header) - len(cells))
        texts = labels.read(number, padded, cells)
        if texts is None:
            continue
        body.append((number, padded))
        texts["across"] = other
        for i, heading in across.items():
            yield RawCount(texts, heading, padded[i], number, (heading, padded[i]))
    labels.note_filled()
    _note_unused(sheet, position, {*across, *columns.values()}, body, log)


def _leads(
    sheet: Sheet, position: int, days: bool, columns: Mapping[str, int], given: Given
) -> bool:
    """Return whether the first column, whatever it is called, holds the days or the hours."""
    if 0 in columns.values():
        return False
    below = [cells[0] for _, cells in sheet.rows[position + 1 :] if cells[0]]
    return days or given.date is None or any(_reads(values.day, cell) for cell in below)


def _with_merged(
    sheet: Sheet, position: int, across: Mapping[int, str], chosen: Chosen
) -> list[str]:
    """Return the headings, blank ones from the row above: there merged cells keep their text."""
    headings = list(sheet.rows[position][1])
    above = sheet.rows[position - 1][1] if position else []
    for i, text in enumerate(above):
        known = text and _is_label(text, chosen) and not TOTALS.search(text)
        if known and i not in across and i < len(headings) and not headings[i]:
            headings[i] = text
    return headings


def _label_columns(
    sheet: Sheet, position: int, headings: list[str], across: Mapping[int, str], chosen: Chosen
) -> dict[str, int]:
    line = sheet.rows[position][0]
    columns: dict[str, int] = {}
    faults: list[Fault] = []
    for name in LABELS:
        found = matching_columns(headings, name, _names()[name], chosen)
        found = [i for i in found if i not in across]
        if len(found) > 1:
            faults.append(doubled_column(sheet.file, line, name, headings, found))
        elif name in chosen and not found:
            faults.append(missing_column(sheet, name, _names(), chosen, headings, line))
        if found:
            columns[name] = found[0]
    if faults:
        raise InputError(faults)
    return columns


def _note_unused(
    sheet: Sheet,
    position: int,
    used: set[int],
    body: Sequence[tuple[int, Sequence[str]]],
    log: ImportLog,
) -> None:
    """Note columns that are not used; one with figures is something left out."""
    line, header = sheet.rows[position]
    width = max([len(header), *(len(cells) for _, cells in body)])
    for i in range(width):
        heading = header[i] if i < len(header) else ""
        figures = [cells[i] for _, cells in body if i < len(cells) and _is_figure(cells[i])]
        if i in used or not (heading or figures):
            continue
        if figures and not TOTALS.search(heading):
            detail = f"{heading or 'no heading'}, {len(figures)} figures"
            log.drop((sheet.file, line), "unused column", detail, figures)
        else:
            log.notes.append(f"{sheet.file}, line {line}: column not used: {heading}")


def _is_figure(cell: str) -> bool:
    try:
        return values.number(cell) is not None
    except CellError:
        return False
