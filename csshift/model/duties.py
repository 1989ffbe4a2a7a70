"""Daily duties with named holders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from csshift.model.entity import Entity, Exact, Name, Span, TimeSpan
from csshift.model.shifts import Shift
from csshift.model.weekdays import Weekdays, falls_on

MINIMUM_OVERLAP_MINUTES = 240


class Duty(Entity):
    """A task with named holders each day, such as reminding customers to pay.

    Parameters
    ----------
    name : str
        Unique name.
    skill : str
        Skill that a holder needs.
    window : Span
        Part of the day in which the duty is done.
    count : int
        Holders a day, for each group of stores.
    stores : tuple of tuple of str
        Groups of stores; empty means one group of all stores.
    share : Decimal
        Part of the holder's time inside the window that the duty takes, 0 to 1.
    max_per_week : int or None
        Turns of one agent in an ISO week at most.
    weekdays : tuple of str
        Days of the week on which the duty is held, such as ``["Mon-Fri"]``; every day where
        none is given.
    dates : tuple of date
        Dates on which the duty is held; any date if none is given. A day must match
        `weekdays`, too.
    """

    name: Name
    skill: Name
    window: TimeSpan
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    stores: tuple[Annotated[tuple[Name, ...], Field(min_length=1)], ...] = ()
    share: Annotated[Exact, Field(ge=0, le=1, decimal_places=3)] = Decimal(1)
    max_per_week: Annotated[int, Field(ge=0, le=1000)] | None = None
    weekdays: Weekdays = ()
    dates: tuple[Date, ...] = ()

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The groups of stores; an empty group stands for all stores."""
        return self.stores or ((),)

    def needed(self, date: Date) -> int:
        """Return the holders that each group of stores needs on a date."""
        held = falls_on(date, self.weekdays) and (not self.dates or date in self.dates)
        return self.count if held else 0

    def turns_on(self, dates: Iterable[Date]) -> int:
        """Return the turns of all groups of stores on some dates."""
        return sum(map(self.needed, dates)) * len(self.groups)

    def fits(self, shift: Shift) -> bool:
        """Return whether a holder may work this shift: 4 hours of the window, or all of it."""
        least = min(MINIMUM_OVERLAP_MINUTES, self.window.minutes)
        return not shift.standby and shift.overlap(self.window) >= least

    def held_span(self, shift: Shift) -> Span:
        """Return the stretch from the first to the last minute of the shift in the window."""
        inside = [span for span in shift.hours if span.overlap(self.window)]
        return Span(max(inside[0].start, self.window.start), min(inside[-1].end, self.window.end))
