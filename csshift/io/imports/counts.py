"""Counts by interval: the hourly trend of a shop, and tables of workforce systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date as Date
from datetime import timedelta

from csshift.errors import Fault, InputError
from csshift.io.fields import CellError
from csshift.io.imports import values
from csshift.io.imports.layouts import RawCount, raw_counts
from csshift.io.imports.log import ImportLog
from csshift.io.imports.mapping import Mapping as Meaning
from csshift.io.imports.reception import Given, NameCheck
from csshift.io.imports.sheets import Sheet
from csshift.io.imports.values import LENGTHS, MIDNIGHT, Reading, TimeOfDay, read_hours
from csshift.model.demand import ForecastCell
from csshift.model.entity import clock

Key = tuple[Date, int, str, str]


def read_counts(
    sheets: Sequence[Sheet], meaning: Meaning, given: Given, log: ImportLog
) -> list[ForecastCell]:
    """Return counts by interval, store and skill.

    Three layouts are known: one interval per row; one day per row with hours across; one hour per
    row with days across.

    Parameters
    ----------
    sheets : sequence of Sheet
        The tables.
    meaning : Mapping
        Names of columns, stores and skills.
    given : Given
        Day, store and skill of rows without them, and how blanks and hours are read.
    log : ImportLog
        Is notified of every row and cell that is left out.

    Raises
    ------
    InputError
        When a column is missing, the store or the skill is not known, it is not clear which hour
        a count belongs to, intervals do not start on the quarter of an hour, or two rows of one
        interval contradict each other.
    """
    found: dict[Key, tuple[float, str, int]] = {}
    faults: list[Fault] = []
    names = NameCheck()
    for sheet in sheets:
        raw = raw_counts(sheet, meaning.columns, given, log)
        for key, count, entry in _cells(sheet, raw, meaning, given, log):
            names.check(sheet.file, entry.line, store=key[2], skill=key[3])
            earlier = found.get(key)
            if earlier is None:
                found[key] = count, sheet.file, entry.line
            elif earlier[0] == count:
                log.drop((sheet.file, entry.line), "repeated row", f"as line {earlier[2]}",
                         entry.cells)  # fmt: skip
            else:
                problem = f"{count:g} at {key[0]} {clock(key[1])}, {earlier[0]:g} in line"
                faults.append(
                    Fault(sheet.file, f"{problem} {earlier[2]}", "keep the right row",
                          line=entry.line)
                )  # fmt: skip
    if faults or names.faults:
        raise InputError((*names.faults, *faults))
    log.kept += len(found)
    _note_length(found, log)
    return [
        ForecastCell(date=key[0], start=key[1], store=key[2], skill=key[3], inquiries=count)
        for key, (count, _, _) in sorted(found.items())
    ]


def _note_length(found: Mapping[Key, object], log: ImportLog) -> None:
    for length in LENGTHS:
        if all(key[1] % length == 0 for key in found):
            if found:
                log.notes.append(f"intervals of {length} minutes")
            return
    odd = next(key for key in found if key[1] % LENGTHS[-1])
    problem = f"{odd[0]} {clock(odd[1])} does not start on the quarter of an hour"
    raise InputError([Fault("counts", problem, "give intervals of 15, 30 or 60 minutes")])


def _cells(
    sheet: Sheet, raw: Sequence[RawCount], meaning: Meaning, given: Given, log: ImportLog
) -> Iterator[tuple[Key, float, RawCount]]:
    """Yield the counts that can be read."""
    times: dict[str, TimeOfDay] = {}
    for entry in raw:
        text = entry.label("start") or ""
        if text not in times:
            try:
                times[text] = values.time_of_day(text)
            except CellError:
                continue  # reported below, with its row
    reading = read_hours(times.values(), given.hours, sheet.file, raw[0].line if raw else 1)
    if reading.note:
        log.notes.append(reading.note)
    for entry in raw:
        store = entry.label("store") or given.store
        skill = entry.label("skill") or given.skill
        found = _cell(entry, times, reading, given, sheet.file, log)
        if found is None:
            continue
        if not (store and skill):
            detail = f"no {'skill' if store else 'store'}"
            log.drop((sheet.file, entry.line), "unreadable", detail, entry.cells)
            continue
        day, minute, count = found
        store, skill = meaning.stores.get(store, store), meaning.skills.get(skill, skill)
        yield (day, minute, store, skill), count, entry


def _cell(
    entry: RawCount,
    times: Mapping[str, TimeOfDay],
    reading: Reading,
    given: Given,
    file: str,
    log: ImportLog,
) -> tuple[Date, int, float] | None:
    """Return day, minute and count; None, and an entry in the log, when they cannot be read."""
    date, start = entry.label("date"), entry.label("start") or ""
    text = start if date is None else date
    try:
        day = given.date if given.date and not date else values.day(text)
        text = start
        minute = reading.start(times[start] if start in times else values.time_of_day(start))
        day += timedelta(days=minute // MIDNIGHT)
        text = entry.count
        number = values.number(text)
    except CellError as error:
        detail = f"{error.problem}: {text or 'blank'}"
        log.drop((file, entry.line), "unreadable", detail, entry.cells)
        return None
    except OverflowError:
        log.drop((file, entry.line), "unreadable", f"there is no day after {day}", entry.cells)
        return None
    if number is None and given.blank == "unknown":
        log.drop((file, entry.line), "no figure", f"{day} {clock(minute % MIDNIGHT)}", entry.cells)
        return None
    return day, minute % MIDNIGHT, number or 0.0
