"""Where the weekends lie."""

from __future__ import annotations

from csshift.rules.staffing import Staffing

SATURDAY = 5


def weekends(staffing: Staffing) -> list[tuple[int | None, int | None]]:
    """Return (Saturday, Sunday) of the weekends that touch the horizon; None where unknown."""
    found: list[tuple[int | None, int | None]] = []
    first = staffing.history_days
    for saturday in range(first - 1, staffing.days):
        before = saturday < 0
        weekday = (staffing.dates[0].weekday() + saturday) % 7
        if weekday != SATURDAY:
            continue
        sunday = saturday + 1 if saturday + 1 < staffing.days else None
        found.append((None if before else saturday, sunday))
    return found
