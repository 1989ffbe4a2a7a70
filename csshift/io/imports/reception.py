"""Reads the reception export of a shop, one agent per row, as figures of agents by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Date
from functools import partial
from typing import Any, Literal

from csshift.errors import Fault, InputError
from csshift.io.fields import CellError, text
from csshift.io.imports import values
from csshift.io.imports.header import TOTALS, Head, find_head, known_headings
from csshift.io.imports.log import ImportLog
from csshift.io.imports.mapping import Mapping as Meaning
from csshift.io.imports.sheets import Sheet
from csshift.io.imports.values import Hours
from csshift.model.reception import ReceptionDay

DURATIONS = ("first_response_seconds", "mean_response_seconds", "session_seconds", "hours")
COUNTS = ("inquiries", "received", "reminded", "reminded_paid", "sales")
SHARES = ("within_3_minutes",)
MEANS = ("first_response_seconds", "mean_response_seconds", "session_seconds", "within_3_minutes")
FIGURES = (*COUNTS, *DURATIONS, *SHARES)
MOST_SALES = 1e11
LARGEST_SUM = 1e12

Key = tuple[Date, str, str, str]


@dataclass(frozen=True)
class Given:
    """What the file does not say.

    Parameters
    ----------
    date, store, skill
        Values for rows without them.
    blank : {"unknown", "zero"}
        Meaning of a blank count, or of a dash in its place.
    hours : {"auto", "start", "end"}
        Whether a single time is the start or the end of its interval.
    """

    date: Date | None = None
    store: str = ""
    skill: str = ""
    blank: Literal["unknown", "zero"] = "unknown"
    hours: Hours = "auto"


@dataclass
class NameCheck:
    """Finds names that no table may hold, each once.

    Parameters
    ----------
    faults : list of Fault
        What is wrong.
    """

    faults: list[Fault] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def check(self, file: str, line: int, **names: str) -> None:
        """Note names with line breaks or characters that cannot be seen."""
        for column, name in names.items():
            if (column, name) in self._seen:
                continue
            self._seen.add((column, name))
            try:
                text(name)
            except CellError as error:
                self.faults.append(
                    Fault(file, error.problem, error.remedy, line=line, column=column, value=name)
                )


@dataclass(frozen=True)
class _Row:
    """One row of an export."""

    nickname: str
    key: Key
    figures: dict[str, float]
    line: int


def read_reception(
    sheets: Sequence[Sheet], meaning: Meaning, given: Given, log: ImportLog
) -> list[ReceptionDay]:
    """Return the figures of agents by day, several nicknames of one agent put together.

    Counts and sales of an agent's nicknames add up; mean times and shares are averaged, weighted
    by the customers received; of the hours online the longest count, for the nicknames are
    online side by side.

    Parameters
    ----------
    sheets : sequence of Sheet
        The exports.
    meaning : Mapping
        Maps nicknames to agents. If it names any, other nicknames are left out and reported in the
        log; otherwise each nickname is an agent.
    given : Given
        What the files do not say.
    log : ImportLog
        Is notified of every row that is left out.

    Raises
    ------
    InputError
        When a column is missing, or two rows of a nickname and day contradict each other.
    """
    rows: dict[tuple[str, Key], _Row] = {}
    faults: list[Fault] = []
    names = NameCheck()
    for sheet in sheets:
        needed = ("nickname",) if given.date else ("date", "nickname")
        head = find_head(sheet, known_headings("reception"), needed, meaning.columns, log)
        if not any(name in head.columns for name in FIGURES):
            problem = f"no figures under {', '.join(head.headings)[:120]}"
            remedy = "the header needs columns such as 接待人数, 平均响应时长"
            raise InputError([Fault(sheet.file, problem, remedy)])
        for row, cells in _read(sheet, head, meaning, given, log):
            _, agent, store, skill = row.key
            names.check(sheet.file, row.line, nickname=agent, store=store, skill=skill)
            place = row.nickname, row.key
            earlier = rows.setdefault(place, row)
            if earlier is row:
                continue
            if earlier.figures == row.figures:
                log.drop((sheet.file, row.line), "repeated row", f"as line {earlier.line}", cells)
                continue
            problem = f"other figures of {row.nickname} on {row.key[0]} than in line {earlier.line}"
            faults.append(Fault(sheet.file, problem, "keep the right row", line=row.line))
    if faults or names.faults:
        raise InputError((*names.faults, *faults))
    log.kept += len(rows)
    together: dict[Key, list[_Row]] = {}
    for row in rows.values():
        together.setdefault(row.key, []).append(row)
    return [_joined(key, group) for key, group in sorted(together.items())]


def _read(
    sheet: Sheet, head: Head, meaning: Meaning, given: Given, log: ImportLog
) -> Iterator[tuple[_Row, list[str]]]:
    """Yield the rows that can be read, with their cells."""
    parse = _parsers(head)
    last_date = ""
    filled = 0
    for line, cells in sheet.rows[head.below :]:
        padded = cells + [""] * (len(head.headings) - len(cells))
        texts = {name: padded[column] for name, column in head.columns.items()}
        if any(TOTALS.search(texts.get(name, "")) for name in ("nickname", "date")):
            log.drop((sheet.file, line), "totals row", "", cells)
            continue
        if not texts["nickname"]:
            log.drop((sheet.file, line), "unreadable", "no nickname", cells)
            continue
        if "date" in texts:
            filled += not texts["date"] and bool(last_date)
            last_date = texts["date"] = texts["date"] or last_date
        row = _row(texts, parse, meaning, given, (sheet.file, line), cells, log)
        if row is not None:
            yield row, cells
    if filled:
        log.notes.append(f"{sheet.file}: {filled} blank dates filled from above (merged cells)")


def _row(
    texts: Mapping[str, str],
    parse: Mapping[str, Any],
    meaning: Meaning,
    given: Given,
    place: tuple[str, int],
    cells: list[str],
    log: ImportLog,
) -> _Row | None:
    """Return one row; None, and an entry in the log, when it is left out."""
    nickname = texts["nickname"]
    agent = meaning.agents.get(nickname, "" if meaning.agents else nickname)
    if not agent:
        log.drop(place, "unknown nickname", nickname, cells)
        return None
    try:
        date = values.day(texts["date"]) if "date" in texts else given.date
    except CellError as error:
        log.drop(place, "unreadable", f"{error.problem}: {texts['date'] or 'blank'}", cells)
        return None
    figures: dict[str, float] = {}
    for name in FIGURES:
        if name in texts:
            try:
                found = parse[name](texts[name])
            except CellError as error:
                log.drop(place, "unreadable", f"{name} {texts[name]}: {error.problem}", cells)
                return None
            if found is not None:
                figures[name] = found / 3600 if name == "hours" else found
    if not figures or date is None:
        log.drop(place, "no figure", "every column is blank", cells)
        return None
    store, skill = texts.get("store") or given.store, texts.get("skill") or given.skill
    store, skill = meaning.stores.get(store, store), meaning.skills.get(skill, skill)
    return _Row(nickname, (date, agent, store, skill), figures, place[1])


def _parsers(head: Head) -> dict[str, Any]:
    """Return how the cells of each column are read; a bare number of hours is in hours."""
    found: dict[str, Any] = dict.fromkeys(COUNTS, values.number)
    found["sales"] = partial(values.number, most=MOST_SALES)
    found |= dict.fromkeys(SHARES, values.share)
    for name in DURATIONS:
        unit = head.units.get(name, 3600.0 if name == "hours" else 1.0)
        found[name] = partial(values.seconds, unit=unit)
    return found


def _joined(key: Key, rows: Sequence[_Row]) -> ReceptionDay:
    figures: dict[str, float] = {}
    for name in FIGURES:
        known = [row for row in rows if name in row.figures]
        if not known:
            continue
        found = [row.figures[name] for row in known]
        if name in MEANS:
            weights = [row.figures.get("received", 1.0) for row in known]
            if not sum(weights):
                weights = [1.0] * len(known)
            figures[name] = sum(a * b for a, b in zip(found, weights, strict=True)) / sum(weights)
        else:
            figures[name] = max(found) if name == "hours" else sum(found)
        if figures[name] > LARGEST_SUM:
            problem = f"{name} of {key[1]} on {key[0]} add up to {figures[name]:g}"
            raise InputError([Fault("reception", problem, f"the limit is {LARGEST_SUM:,.0f}")])
    date, agent, store, skill = key
    return ReceptionDay(date=date, agent_id=agent, store=store, skill=skill, **figures)
