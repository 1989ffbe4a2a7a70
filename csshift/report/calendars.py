"""One calendar file for each agent: shifts as events, in the time zone of the team."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from csshift.errors import Fault, InputError, suggestion
from csshift.extras import needed
from csshift.instance import Instance
from csshift.io.files import write_together
from csshift.model.entity import clock
from csshift.model.people import Agent, Leave
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.model.shifts import Shift
from csshift.problem import Problem
from csshift.report.shown import RosterView, leave_text
from csshift.report.wording import Words

if TYPE_CHECKING:
    from icalendar import Calendar, Event, Timezone

DEFAULT_TIME_ZONE = "Asia/Shanghai"
SUFFIX = ".ics"
LONGEST_NAME = 120
"""Bytes of a file's name; most systems allow 255."""

RESERVED = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{i}" for port in ("com", "lpt") for i in range(10)}
)


def calendars(
    problem: Problem | Instance,
    roster: Roster,
    *,
    time_zone: str = DEFAULT_TIME_ZONE,
    lang: Literal["zh", "en"] = "zh",
    stamp: datetime | None = None,
) -> dict[str, bytes]:
    """Return a calendar for each agent, by the name of its file.

    Times of shifts are wall-clock times: a shift to 06:00 ends at 06:00 even in the night in which
    the clocks change. Each stretch of a split shift is an event. The identifier of an
    event depends on agent and day alone, so that importing a later version replaces it; events of
    days that have become free must be deleted by hand. Leave for part of a day is also an event.

    Parameters
    ----------
    problem : Problem
    roster : Roster
    time_zone : str
        Name in the IANA time zone database.
    lang : {"zh", "en"}
        Language of what csshift adds to the names.
    stamp : datetime, optional
        Time of writing, with a time zone; now by default.

    Raises
    ------
    InputError
        When there is no such time zone.
    MissingExtraError
        Without icalendar, which the extra ``ics`` brings.
    """
    instance = Instance.of(problem)
    package = needed("icalendar", "ics")
    zone = _zone(time_zone)
    made = (stamp or datetime.now(UTC)).astimezone(UTC)
    first, last = instance.horizon.start, instance.horizon.end + timedelta(days=3)
    component = package.Timezone.from_tzinfo(zone, time_zone, first, last)
    writer = _Writer(instance, roster, zone, component, made, Words(lang))
    names = file_names([agent.agent_id for agent in writer.agents])
    return {names[agent.agent_id]: writer.calendar(agent).to_ical() for agent in writer.agents}


def write_calendars(
    folder: str | Path,
    problem: Problem | Instance,
    roster: Roster,
    *,
    time_zone: str = DEFAULT_TIME_ZONE,
    lang: Literal["zh", "en"] = "zh",
) -> tuple[str, ...]:
    """Write a calendar for each agent into a folder; return the names of the files.

    See `calendars` for the content. Files of the same name are replaced, others stay.

    Raises
    ------
    InputError
        When there is no such time zone, or the files cannot be written.
    MissingExtraError
        Without icalendar, which the extra ``ics`` brings.
    """
    contents = calendars(problem, roster, time_zone=time_zone, lang=lang)
    write_together(Path(folder), contents, last=next(iter(contents)))
    return tuple(contents)


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import available_timezones

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        remedy = suggestion(name, available_timezones(), "time zone")
        fault = Fault("time zone", "there is no such time zone", remedy, value=name)
        raise InputError([fault]) from None


class _Writer(RosterView):
    """Writes the calendars of one roster."""

    def __init__(
        self,
        instance: Instance,
        roster: Roster,
        zone: ZoneInfo,
        component: Timezone,
        stamp: datetime,
        words: Words,
    ) -> None:
        super().__init__(instance, roster)
        self.zone = zone
        self.component = component
        self.stamp = stamp
        self.words = words
        self.worked: dict[str, list[Assignment]] = {}
        for row in sorted(roster.assignments, key=lambda row: row.date):
            self.worked.setdefault(row.agent_id, []).append(row)

    def calendar(self, agent: Agent) -> Calendar:
        """Return the calendar of an agent; one without shifts has no events."""
        from icalendar import Calendar

        calendar = Calendar()
        calendar.add("prodid", "-//csshift//shifts//EN")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        title = f"{agent.display_name} {self.words('calendar-title')}"
        calendar.add("x-wr-calname", title)
        calendar.add_component(self.component)
        for row in self.worked.get(agent.agent_id, ()):
            for event in self._events(row, self.by_code[row.shift]):
                calendar.add_component(event)
        for (agent_id, date), rows in self.part_leave.items():
            if agent_id == agent.agent_id:
                for leave in rows:
                    calendar.add_component(self._leave(leave, date))
        return calendar

    def _leave(self, leave: Leave, date: Date) -> Event:
        """Return an event for leave that takes a part of a day."""
        event = self._event((leave.agent_id, date.isoformat(), "leave", str(leave.span.start)))
        event.add("dtstart", self._moment(date, leave.span.start))
        event.add("dtend", self._moment(date, leave.span.end))
        event.add("summary", self.words("calendar-leave", leave=leave_text(leave)))
        return event

    def _event(self, key: tuple[str, ...]) -> Event:
        """Return an event with an identifier that depends on a key alone."""
        from icalendar import Event

        event = Event()
        digest = hashlib.sha256("\0".join(key).encode()).hexdigest()[:32]
        event.add("uid", f"{digest}@csshift")
        event.add("dtstamp", self.stamp)
        return event

    def _events(self, row: Assignment, shift: Shift) -> Iterator[Event]:
        turns = self.turns.get((row.agent_id, row.date), [])
        for number, span in enumerate(shift.hours):
            event = self._event((row.agent_id, row.date.isoformat(), str(number)))
            event.add("dtstart", self._moment(row.date, span.start))
            event.add("dtend", self._moment(row.date, span.end))
            names = [shift.name or shift.code, *(turn.duty for turn in turns)]
            event.add("summary", " + ".join(names))
            event.add("description", "\n".join(self._lines(shift, turns)))
            yield event

    def _moment(self, date: Date, minutes: int) -> datetime:
        """Return the moment at which clocks show a time; one that they skip is the later one."""
        shown = datetime(date.year, date.month, date.day) + timedelta(minutes=minutes)
        return shown.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone)

    def _lines(self, shift: Shift, turns: Iterable[DutyTurn]) -> Iterator[str]:
        if self.instance.problem.name:
            yield self.instance.problem.name
        paid = self.words("calendar-hours", hours=f"{shift.paid_minutes / 60:g}")
        yield f"{shift.code} {shift.hours_text}, {paid}"
        for turn in turns:
            text = turn.duty
            if turn.start is not None and turn.end is not None:
                text += f" {clock(turn.start)}-{clock(turn.end)}"
            if turn.stores:
                text += f" ({', '.join(turn.stores)})"
            yield self.words("calendar-duty", duty=text)


def file_names(identifiers: Iterable[str]) -> dict[str, str]:
    """Return a file name for each identifier, safe on every system and all different.

    Letters and digits of any script stay; where anything else had to go, or two names differ
    in case only, a short hash of the identifier is added.
    """
    every = list(identifiers)
    cleaned = {identifier: _clean(identifier) for identifier in every}
    shared = Counter(name.casefold() for name in cleaned.values())
    return {
        identifier: (
            name
            if name == identifier and shared[name.casefold()] == 1
            else f"{name}-{hashlib.sha256(identifier.encode('utf-8', 'replace')).hexdigest()[:10]}"
        )
        + SUFFIX
        for identifier, name in cleaned.items()
    }


def _clean(identifier: str) -> str:
    text = re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", identifier))
    text = text.encode("utf-8", "replace")[:LONGEST_NAME].decode("utf-8", "ignore").strip("_")
    return f"{text}_" if text.lower() in RESERVED or not text else text
