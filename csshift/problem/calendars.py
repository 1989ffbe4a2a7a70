"""Workdays, rest days and statutory holidays: spans of dates that rules can name.

They come from the table of holidays, else from the calendar that China publishes year by year,
through the package chinesecalendar. Which of its days off are statutory ones, paid at 300 %, is
worked out from the dates of the festivals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date as Date
from datetime import timedelta
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias

from csshift.errors import Fault, MissingExtraError
from csshift.extras import needed
from csshift.model.calendar import Holiday, LabourTerms
from csshift.model.horizon import DateSpan, Horizon

WORKDAYS, REST_DAYS, STATUTORY, HOLIDAYS = "workdays", "rest-days", "statutory", "holidays"
CALENDAR_SPANS = (WORKDAYS, REST_DAYS, STATUTORY, HOLIDAYS)
"""Spans that a calendar brings: `holidays` are days off that are no ordinary weekend."""

Kind: TypeAlias = Literal["workday", "rest", "statutory"]

FESTIVALS = {
    2024: ("02-10", "04-04", "06-10", "09-17"),
    2025: ("01-29", "04-04", "05-31", "10-06"),
    2026: ("02-17", "04-05", "06-19", "09-25"),
    2027: ("02-06", "04-05", "06-09", "09-15"),
    2028: ("01-26", "04-04", "05-28", "10-03"),
    2029: ("02-13", "04-04", "06-16", "09-22"),
    2030: ("02-03", "04-05", "06-05", "09-12"),
}
"""Spring Festival, Qingming, Dragon Boat and Mid-Autumn Festival of each year."""

FIXED = ("01-01", "05-01", "10-01", "10-02", "10-03")
LONGER_SINCE = 2025
"""From this year on New Year's Eve and the second of May are statutory, too."""


class Calendar(NamedTuple):
    """What kinds days are, and where that comes from.

    Parameters
    ----------
    spans : tuple of DateSpan
    source : str
        For reports.
    """

    spans: tuple[DateSpan, ...]
    source: str


def statutory_days(year: int) -> frozenset[Date]:
    """Return the statutory holidays of China in a year.

    Raises
    ------
    KeyError
        When the festivals of the year are not known.
    """
    spring, *others = (Date.fromisoformat(f"{year}-{day}") for day in FESTIVALS[year])
    found = {Date.fromisoformat(f"{year}-{day}") for day in FIXED} | set(others)
    found |= {spring + timedelta(days=i) for i in range(3)}
    if year >= LONGER_SINCE:
        found |= {spring - timedelta(days=1), Date(year, 5, 2)}
    return frozenset(found)


@cache
def published_years() -> range:
    """Return the years whose calendar the package chinesecalendar has.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    """
    constants = needed("chinese_calendar.constants", "cn", "chinesecalendar")
    years = {day.year for day in constants.holidays}
    return range(min(years), max(years) + 1)


def kind_of(day: Date, table: Mapping[Date, Holiday], china: bool, provisional: bool) -> Kind:
    """Return what kind of day it is: of the table, of the calendar, else by its weekday."""
    if day in table:
        return table[day].kind
    usual: Kind = "rest" if day.weekday() >= 5 else "workday"
    if not china:
        return usual
    if day.year in FESTIVALS and day in statutory_days(day.year):
        return "statutory"
    if provisional and day.year not in published_years():
        return usual
    calendar = needed("chinese_calendar", "cn", "chinesecalendar")
    return "workday" if calendar.is_workday(day) else "rest"


def uses_china(labour: str | None, terms: LabourTerms) -> bool:
    """Return whether the Chinese calendar applies."""
    auto = terms.calendar == "auto" and (labour or "").startswith("china")
    return auto or terms.calendar == "china"


def _years(horizon: Horizon) -> range:
    return range(horizon.start.year, horizon.end.year + 1)


def _covered(year: int, holidays: Sequence[Holiday]) -> bool:
    """Return whether the user's table has a day off in a year, and so speaks of it."""
    return any(row.date.year == year and row.kind != "workday" for row in holidays)


def calendar_faults(parts: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a fault for each year whose calendar is needed and not published."""
    terms, horizon = parts.get("labour_terms", LabourTerms()), parts.get("horizon")
    if horizon is None or not uses_china(parts.get("labour"), terms):
        return
    try:
        known = published_years()
    except MissingExtraError:
        remedy = 'install it: pip install "csshift[cn]"; or write calendar = "none"'
        yield Fault("labour", "the calendar of China needs the package chinesecalendar", remedy)
        return
    for year in _years(horizon):
        if year in known and year in FESTIVALS:
            continue
        if _covered(year, parts.get("holidays", ())) or (terms.provisional and year in FESTIVALS):
            continue
        problem = f"the holidays and make-up workdays of {year} are not published"
        if year not in FESTIVALS:
            problem = f"the statutory holidays of {year} are not known"
        remedy = "give them in holidays.csv (date, kind, name)"
        if year in FESTIVALS:
            remedy += ", or write provisional = true under [labour_terms] to plan without them"
        yield Fault("labour", problem, remedy, value=str(year))


def calendar_of(parts: Mapping[str, Any], first: Date | None = None) -> Calendar | None:
    """Return the calendar of a problem; None where there is none.

    Parameters
    ----------
    parts : mapping
        Fields of `Problem` by name.
    first : date or None
        First day that is looked at; None: the start of the year of the horizon.
    """
    terms, horizon = parts.get("labour_terms", LabourTerms()), parts.get("horizon")
    holidays: Sequence[Holiday] = parts.get("holidays", ())
    china = uses_china(parts.get("labour"), terms)
    if horizon is None or not (china or holidays):
        return None
    table = {row.date: row for row in holidays}
    start = min(first or horizon.start, horizon.start.replace(month=1, day=1))
    end = horizon.end.replace(month=12, day=31)
    days = [start + timedelta(days=i) for i in range((end - start).days + 1)]
    known = published_years() if china else range(0)
    kinds: dict[Date, Kind] = {}
    for day in days:
        # Of a year that is not published, the table alone speaks, and the statutory days.
        open_year = terms.provisional or day.year not in known
        kinds[day] = kind_of(day, table, china, open_year)
    groups = {
        WORKDAYS: [day for day in days if kinds[day] == "workday"],
        REST_DAYS: [day for day in days if kinds[day] == "rest"],
        STATUTORY: [day for day in days if kinds[day] == "statutory"],
        HOLIDAYS: [d for d in days if kinds[d] != "workday" and (_off(d, table, china))],
    }
    own = {span.name for span in parts.get("spans", ())}
    spans = tuple(
        DateSpan(name=name, dates=tuple(dates))
        for name, dates in groups.items()
        if dates and name not in own
    )
    return Calendar(spans, _source(horizon, china, known, holidays))


def _off(day: Date, table: Mapping[Date, Holiday], china: bool) -> bool:
    """Return whether a day off is more than a weekend."""
    if day in table or day.weekday() < 5:
        return True
    return china and day.year in FESTIVALS and day in statutory_days(day.year)


def _source(horizon: Horizon, china: bool, known: range, holidays: Sequence[Holiday]) -> str:
    """Return where the kinds of days come from, for people."""
    parts = ["holidays.csv"] if holidays else []
    if china:
        from importlib.metadata import version

        published = [year for year in _years(horizon) if year in known]
        if published:
            parts.append(f"chinesecalendar {version('chinesecalendar')}")
        parts += [
            f"{year} provisional: weekends and statutory days alone"
            for year in _years(horizon)
            if year not in known and not _covered(year, holidays)
        ]
    return ", ".join(parts)
