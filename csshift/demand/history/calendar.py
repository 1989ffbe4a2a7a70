"""Days that are not what their weekday says: holidays and make-up workdays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Date
from datetime import timedelta

from csshift.errors import Fault, InputError
from csshift.extras import needed
from csshift.model.promotions import CalendarDay, DayKind

SATURDAY, SUNDAY = 5, 6
FRIDAY, MONDAY = 4, 0


class WorkCalendar:
    """What each day is like.

    Parameters
    ----------
    days : iterable of CalendarDay
        Days that are not what their weekday says; of two for one date the later counts.
    """

    def __init__(self, days: Iterable[CalendarDay] = ()) -> None:
        self._kinds: dict[Date, DayKind] = {day.date: day.kind for day in days}

    def kind(self, date: Date) -> DayKind | None:
        """Return what the calendar says of a day; None where it is like its weekday."""
        return self._kinds.get(date)

    def like_weekday(self, date: Date) -> int:
        """Return the weekday (Monday 0) that a day resembles.

        A holiday is like a Sunday; a made-up Saturday like a Friday, a made-up Sunday like a
        Monday. What else sets such days apart is learned where the history holds some.
        """
        kind, weekday = self.kind(date), date.weekday()
        if kind == "holiday":
            return SUNDAY
        if kind == "workday" and weekday >= SATURDAY:
            return FRIDAY if weekday == SATURDAY else MONDAY
        return weekday


def chinese_days(first: Date, last: Date) -> tuple[CalendarDay, ...]:
    """Return the statutory holidays and make-up workdays of mainland China.

    Parameters
    ----------
    first, last : date
        The range, both days included.

    Returns
    -------
    tuple of CalendarDay
        Days off on weekdays and statutory holidays on weekends as holidays; weekend days that
        are worked as workdays. Ordinary weekends are left out.

    Raises
    ------
    MissingExtraError
        When chinesecalendar is not installed.
    InputError
        For years that it does not know; give calendar.csv then.
    """
    chinese_calendar = needed("chinese_calendar", "cn", "chinesecalendar")
    found = []
    for day in range((last - first).days + 1):
        date = first + timedelta(days=day)
        try:
            is_off, name = chinese_calendar.get_holiday_detail(date)
        except NotImplementedError:
            remedy = "update chinesecalendar, or list the days in calendar.csv"
            problem = f"the holidays of {date.year} are not known to chinesecalendar"
            raise InputError([Fault("calendar", problem, remedy)]) from None
        if is_off and (name or date.weekday() < SATURDAY):
            found.append(CalendarDay(date=date, kind="holiday", name=str(name or "")))
        elif not is_off and date.weekday() >= SATURDAY:
            found.append(CalendarDay(date=date, kind="workday", name=str(name or "")))
    return tuple(found)
