"""Counts by interval: the hourly trend of a shop, and tables of workforce systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date as Date
from types import MappingProxyType

from csshift.errors import Fault, InputError
from csshift.io.fields import CellError
from csshift.io.imports import values
from csshift.io.imports.header import TOTALS, Head, bare, find_head
from csshift.io.imports.log import ImportLog
from csshift.io.imports.mapping import Mapping as Meaning
from csshift.io.imports.reception import Given
from csshift.io.imports.sheets import Sheet
from csshift.model.demand import ForecastCell
from csshift.model.entity import clock

LENGTHS = (60, 30, 15)
LEAST_ACROSS = 4
ROWS_SEARCHED = 30

HEADINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "date": ("日期", "统计日期", "数据日期", "date", "day"),
        "start": ("时段", "小时", "时间段", "开始时间", "时间", "time", "hour", "interval",
                  "start", "starttime", "intervalstart", "日期时间", "datetime", "timestamp"),
        "store": ("店铺", "店铺名称", "store", "shop"),
        "skill": ("技能", "技能组", "队列", "skill", "queue", "queuename", "skillgroup"),
        "inquiries": ("咨询人数", "咨询客户数", "咨询量", "咨询数", "进线量", "来电量",
                      "inquiries", "offered", "callsoffered", "calls", "contacts", "volume",
                      "received", "contactsoffered"),
    }
)  # fmt: skip

Key = tuple[Date, int, str, str]


def read_counts(
    sheets: Sequence[Sheet], meaning: Meaning, given: Given, log: ImportLog
) -> list[ForecastCell]:
    """Return counts by interval, store and skill.

    Three layouts are known: an interval a row; a day a row with hours across; an hour a row with
    days across.

    Parameters
    ----------
    sheets : sequence of Sheet
        The tables.
    meaning : Mapping
        What columns, stores and skills are called.
    given : Given
        Day, store and skill of rows that name none.
    log : ImportLog
        Is told of every row and cell that is left out.

    Raises
    ------
    InputError
        When a column is missing, the store or the skill is not known, intervals do not start on
        the quarter of an hour, or two rows of one interval contradict each other.
    """
    found: dict[Key, tuple[float, str, int]] = {}
    faults: list[Fault] = []
    for sheet in sheets:
        across = _across(sheet)
        rows = (
            _long(sheet, meaning, given, log)
            if across is None
            else _wide(sheet, *across, meaning, given, log)
        )
        for key, count, line, cells in rows:
            earlier = found.get(key)
            if earlier is None:
                found[key] = count, sheet.file, line
            elif earlier[0] == count:
                log.drop((sheet.file, line), "repeated row", f"as line {earlier[2]}", cells)
            else:
                problem = f"{count:g} at {key[0]} {clock(key[1])}, {earlier[0]:g} in line"
                faults.append(
                    Fault(sheet.file, f"{problem} {earlier[2]}", "keep the right row", line=line)
                )
    if faults:
        raise InputError(faults)
    log.kept += len(found)
    _tell_length(found, log)
    return [
        ForecastCell(date=key[0], start=key[1], store=key[2], skill=key[3], inquiries=count)
        for key, (count, _, _) in sorted(found.items())
    ]


def _tell_length(found: Mapping[Key, object], log: ImportLog) -> None:
    for length in LENGTHS:
        if all(key[1] % length == 0 for key in found):
            if found:
                log.notes.append(f"intervals of {length} minutes")
            return
    odd = next(key for key in found if key[1] % LENGTHS[-1])
    problem = f"{odd[0]} {clock(odd[1])} does not start on the quarter of an hour"
    raise InputError([Fault("counts", problem, "give intervals of 15, 30 or 60 minutes")])


def _queue(texts: Mapping[str, str], meaning: Meaning, given: Given) -> tuple[str, str]:
    store, skill = texts.get("store") or given.store, texts.get("skill") or given.skill
    return meaning.stores.get(store, store), meaning.skills.get(skill, skill)


Cell = tuple[Key, float, int, list[str]]


def _long(sheet: Sheet, meaning: Meaning, given: Given, log: ImportLog) -> Iterator[Cell]:
    head = find_head(sheet, HEADINGS, ("start", "inquiries"), meaning.columns, log)
    _require_queue(sheet, head, given)
    dates = "date" in head.columns
    last_date = ""
    filled = 0
    for line, cells in sheet.rows[head.below :]:
        padded = cells + [""] * (len(head.headings) - len(cells))
        texts = {name: padded[column] for name, column in head.columns.items()}
        if any(TOTALS.search(texts.get(name, "")) for name in HEADINGS if name != "inquiries"):
            log.drop((sheet.file, line), "totals row", "", cells)
            continue
        if dates:
            filled += not texts["date"] and bool(last_date)
            last_date = texts["date"] = texts["date"] or last_date
        found = _cell(
            texts.get("date", ""), texts["start"], texts["inquiries"], given,
            (sheet.file, line), cells, log,
        )  # fmt: skip
        if found is not None:
            date, start, count = found
            yield (date, start, *_queue(texts, meaning, given)), count, line, cells
    if filled:
        log.notes.append(f"{sheet.file}: {filled} blank dates filled from above (merged cells)")


def _cell(
    date: str,
    start: str,
    count: str,
    given: Given,
    place: tuple[str, int],
    cells: Sequence[str],
    log: ImportLog,
) -> tuple[Date, int, float] | None:
    """Return day, minute and count; None, and a word in the log, when they cannot be read."""
    text = date or start
    try:
        day = given.date if given.date and not date else values.day(text)
        text = start
        minute = values.minute_of_day(text)
        text = count
        number = values.number(text)
    except CellError as error:
        log.drop(place, "unreadable", f"{error.problem}: {text or 'blank'}", cells)
        return None
    if number is None:
        log.drop(place, "no figure", f"{day} {clock(minute)}", cells)
        return None
    return day, minute, number


def _require_queue(sheet: Sheet, head: Head, given: Given) -> None:
    faults = [
        Fault(sheet.file, f"no column names the {field}", f"give --{field} NAME", column=field)
        for field, value in (("store", given.store), ("skill", given.skill))
        if field not in head.columns and not value
    ]
    if faults:
        raise InputError(faults)


def _across(sheet: Sheet) -> tuple[int, bool] | None:
    """Return the position of a header with hours or days across, and whether they are days."""
    for position, (_, cells) in enumerate(sheet.rows[:ROWS_SEARCHED]):
        headings = {bare(cell) for cell in cells}
        if all(headings & set(HEADINGS[field]) for field in ("start", "inquiries")):
            return None  # an interval a row; numbers below are no hours
        rest = [cell for cell in cells[1:] if cell]
        for parse, days in ((values.day, True), (values.minute_of_day, False)):
            hits = sum(_reads(parse, cell) for cell in rest)
            named = not (cells[0] and (_reads(values.day, cells[0])
                                       or _reads(values.minute_of_day, cells[0])))  # fmt: skip
            least = 1 if days else LEAST_ACROSS
            if named and hits >= least and 2 * hits > len(rest):
                return position, days
    return None


def _reads(parse: object, cell: str) -> bool:
    try:
        parse(cell)  # type: ignore[operator]
    except CellError:
        return False
    return True


def _wide(
    sheet: Sheet, position: int, days: bool, meaning: Meaning, given: Given, log: ImportLog
) -> Iterator[Cell]:
    """Yield the cells of a table with hours, or days, across."""
    line, header = sheet.rows[position]
    parse = values.day if days else values.minute_of_day
    across = {i: cell for i, cell in enumerate(header) if i and cell and _reads(parse, cell)}
    named = {
        field: i
        for i, cell in enumerate(header)
        for field, known in HEADINGS.items()
        if i not in across and bare(cell) in known
    }
    if not days and "date" not in named:
        named["date"] = 0
    if days:
        named["start"] = named.get("start", 0)
    _require_queue(sheet, Head(named, {}, header, position + 1), given)
    for i, cell in enumerate(header):
        if cell and i not in across and i not in named.values():
            log.notes.append(f"{sheet.file}, line {line}: column not used: {cell}")
    for line, cells in sheet.rows[position + 1 :]:
        padded = cells + [""] * (len(header) - len(cells))
        texts = {field: padded[i] for field, i in named.items()}
        if any(TOTALS.search(text) for text in texts.values()):
            log.drop((sheet.file, line), "totals row", "", cells)
            continue
        for i, heading in across.items():
            date, start = (heading, texts["start"]) if days else (texts["date"], heading)
            place = [heading, padded[i]]
            found = _cell(date, start, padded[i], given, (sheet.file, line), place, log)
            if found is not None:
                day, minute, count = found
                yield (day, minute, *_queue(texts, meaning, given)), count, line, place
