"""What a fixed-slot instance is: plain data that neither csshift nor a rival has a part in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

MONDAY = date(2026, 3, 2)

REST_MINUTES = 11 * 60
"""Least rest between two shifts."""

LONGEST_RUN = 6
"""Most days of work in any seven, which is to say in a row."""

UNFILLED = 100
"""Points for a slot that nobody fills; a broken wish costs its weight."""


@dataclass(frozen=True)
class SlotShift:
    """A shift of one skill; minutes from midnight, beyond 24:00 where it ends on the next day."""

    code: str
    skill: str
    start: int
    end: int
    unpaid: int

    @property
    def paid(self) -> int:
        """Paid minutes."""
        return self.end - self.start - self.unpaid


@dataclass(frozen=True)
class SlotAgent:
    """A person, with the paid minutes that a week from Monday to Sunday may hold."""

    name: str
    skills: tuple[str, ...]
    contract: str
    week_minutes: int


@dataclass(frozen=True)
class SlotWish:
    """A wish to work or not to work on a day; an empty shift stands for any."""

    agent: str
    day: int
    want: Literal["work", "off"]
    shift: str
    weight: int


@dataclass(frozen=True)
class SlotInstance:
    """Slots to be filled, and who may fill them.

    Parameters
    ----------
    days : int
        Days of the horizon; day 0 is a Monday.
    slots : mapping of (int, str) to int
        How many slots a day and a shift code have; pairs without any are left out.
    leave : frozenset of (str, int)
        Agent and day.
    """

    days: int
    shifts: tuple[SlotShift, ...]
    agents: tuple[SlotAgent, ...]
    slots: Mapping[tuple[int, str], int]
    leave: frozenset[tuple[str, int]]
    wishes: tuple[SlotWish, ...]

    def eligible(self, day: int, skill: str) -> list[int]:
        """Return the positions of the agents who have the skill and are not away on the day."""
        return [
            position
            for position, agent in enumerate(self.agents)
            if skill in agent.skills and (agent.name, day) not in self.leave
        ]


def date_of(day: int) -> date:
    """Return the date of a day of the horizon."""
    return MONDAY + timedelta(days=day)
