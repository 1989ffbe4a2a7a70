"""When a queue is closed, as its counts show it: weekdays and hours without rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date as Date
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from csshift.demand.history.calendar import SUNDAY, WorkCalendar
from csshift.demand.history.counts import WEEKDAYS, History, any_along, closed_weekdays
from csshift.model.entity import clock

Mask = NDArray[np.bool_]

HOLIDAY = 7
"""Kind of day after the seven weekdays."""

LEAST_DENSITY = 0.5
MOST_LISTED = 5
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day_kind(date: Date, calendar: WorkCalendar) -> int:
    """Return the weekday (Monday 0) that a day is like, 7 for a holiday."""
    return HOLIDAY if calendar.kind(date) == "holiday" else calendar.like_weekday(date)


def closed_intervals(history: History, calendar: WorkCalendar) -> Mask:
    """Return when each queue is closed, shape (queues, 8, intervals of a day).

    A weekday without any row of the queue is closed. So are, on an open weekday, the
    intervals before its first and after its last row, and those without a row on any day; but
    only where rows are dense, for an export that lists no zeros leaves rare inquiries out. The
    eighth kind of day is the holiday: like Sunday, unless some holiday has rows.

    Parameters
    ----------
    calendar : WorkCalendar
        Says which days are like which.
    """
    weekdays = closed_weekdays(history, calendar)
    named = history.named_by_day()
    kinds = np.array([day_kind(date, calendar) for date in history.volumes.dates])
    closed = np.zeros((len(named), WEEKDAYS + 1, named.shape[2]), dtype=np.bool_)
    for row, days in enumerate(named):
        ever = days.any(axis=0)
        dense = days.sum() >= LEAST_DENSITY * days.any(axis=1).sum() * ever.sum()
        for kind in range(WEEKDAYS + 1):
            rows = days[kinds == kind].any(axis=0) if (kinds == kind).any() else np.zeros_like(ever)
            if rows.any():
                closed[row, kind] = _outside(rows, ever) & dense
            elif kind == HOLIDAY:
                closed[row, kind] = closed[row, SUNDAY]
            else:
                closed[row, kind] = weekdays[row, kind]
    return closed


def _outside(rows: Mask, ever: Mask) -> Mask:
    """Return the intervals before the first row, after the last, and without any on any day."""
    first, last = np.flatnonzero(rows)[[0, -1]]
    slots = np.arange(len(rows))
    found: Mask = ~ever | (slots < first) | (slots > last)
    return found


def history_notes(history: History, calendar: WorkCalendar) -> tuple[str, ...]:
    """Return what was assumed about days and hours without rows, a sentence each.

    Queues for which the same was assumed share a sentence.
    """
    found: dict[str, list[str]] = {}
    closed = closed_intervals(history, calendar)
    for row, (store, skill) in enumerate(history.volumes.queues):
        for text in _assumptions(history, calendar, closed[row], row):
            found.setdefault(text, []).append(f"{skill} in {store}")
    queues = set(history.volumes.queues)
    stores, skills = ({queue[part] for queue in queues} for part in (0, 1))
    for store in sorted(stores):
        for skill in sorted(skills):
            if (store, skill) not in queues:
                found.setdefault("no rows at all; taken as closed (0)", []).append(
                    f"{skill} in {store}"
                )
    return tuple(f"{_listed(names)}: {text}" for text, names in found.items())


def _assumptions(history: History, calendar: WorkCalendar, closed: Mask, row: int) -> Iterator[str]:
    weekdays = ~any_along(~closed[:WEEKDAYS], 1)
    if weekdays.any():
        names = _joined([NAMES[day] for day in np.flatnonzero(weekdays)], "or")
        yield f"no {names} in the history; taken as closed (0)"
    if closed[np.flatnonzero(~weekdays)].any():
        hours = _open_hours(closed, weekdays, history.volumes.interval_minutes)
        yield f"hours without rows are taken as closed (0): open {hours}"
    dates = history.volumes.dates
    usual = [calendar.kind(date) not in ("skip", "holiday") for date in dates]
    gaps = [
        date
        for day, date in enumerate(dates)
        if usual[day] and not history.known[row, day] and not weekdays[calendar.like_weekday(date)]
    ]
    if gaps:
        days = "1 day" if len(gaps) == 1 else f"{len(gaps)} days"
        whose = "its weekday has" if len(gaps) == 1 else "their weekdays have"
        shown = _listed([str(date) for date in gaps])
        yield (
            f"{days} without rows, though {whose} some ({shown}); "
            "left out of the history; give rows of 0 if nothing came"
        )
    yield from _zeros(history, calendar, closed, row)
    yield from _only_skipped(history, calendar, weekdays, row)


def _zeros(history: History, calendar: WorkCalendar, closed: Mask, row: int) -> Iterator[str]:
    """Yield a note on intervals without rows on days with rows."""
    kinds = [day_kind(date, calendar) for date in history.volumes.dates]
    named = history.named_by_day()[row]
    blank = history.known[row][:, None] & ~named & ~closed[kinds]
    count = int(blank.sum())
    if count:
        one = count == 1
        what = "1 interval" if one else f"{count:,} intervals"
        where = "on a day that has rows, counts" if one else "on days that have rows, count"
        yield f"{what} without a row, {where} as 0"


def _only_skipped(
    history: History, calendar: WorkCalendar, closed: Mask, row: int
) -> Iterator[str]:
    like = np.array([calendar.like_weekday(date) for date in history.volumes.dates])
    for weekday in range(WEEKDAYS):
        if not closed[weekday] and not history.known[row, like == weekday].any():
            yield f"every {NAMES[weekday]} with rows is skipped; forecast like the other days"


def _open_hours(closed: Mask, weekdays: Mask, minutes: int) -> str:
    """Return ``09:00-18:00 on Monday and Friday; 10:00-14:00 on Saturday``."""
    days: dict[str, list[str]] = {}
    for weekday in np.flatnonzero(~weekdays):
        days.setdefault(_spans(~closed[weekday], minutes), []).append(NAMES[weekday])
    if len(days) == 1:
        return next(iter(days))
    return "; ".join(f"{spans} on {_joined(names, 'and')}" for spans, names in days.items())


def _spans(is_open: Mask, minutes: int) -> str:
    spans = []
    start = 0
    for value, group in groupby(bool(slot) for slot in is_open):
        end = start + len(list(group))
        if value:
            spans.append(f"{clock(start * minutes)}-{clock(end * minutes)}")
        start = end
    return ", ".join(spans)


def _joined(names: Sequence[str], word: str) -> str:
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    text = ", ".join(every[:MOST_LISTED])
    return text if len(every) <= MOST_LISTED else f"{text} and {len(every) - MOST_LISTED} more"
