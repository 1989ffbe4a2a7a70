"""Skills, and how a forecast of their inquiries becomes heads."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from csshift.model.entity import Entity, Name, TimeSpan, Weight

BUILT_IN_SKILLS = ("pre-sale", "after-sale", "payment-reminder", "hotline")

Fraction01 = Annotated[float, Field(ge=0, lt=1)]
# Beyond this, a share is indistinguishable from 1 in large teams.
ServiceLevel = Annotated[float, Field(ge=0, le=0.999_999)]
# A team that may be busy for less than a thousandth of its time is a slip.
Occupancy = Annotated[float, Field(ge=0.001, le=1)]
# From a millisecond to some thirty years: beyond, a figure in seconds is a slip.
Seconds = Annotated[float, Field(ge=0.001, le=1e9)]

LARGEST_BACKLOG = 1e9
LONGEST_DEADLINE_HOURS = 8784.0
"""A leap year."""


class SkillOverride(Entity):
    """Differences of a skill on some days, such as the peaks of a promotion.

    Parameters
    ----------
    dates : tuple of date
        Days on which the override applies; days outside the horizon are left out.
    sessions_at_once : int or None
        Chats: sessions that one agent holds at most; None means as on other days, here and below.
    mean_response_seconds : float or None
        Chats: the mean time to a reply that must not be exceeded, seconds.
    service_level : float or None
        Share to be answered, or of replies to be given, within the skill's threshold.
    bot_share : float or None
        Share of the inquiries that a bot answers alone, 0 to below 1.
    """

    dates: Annotated[tuple[Date, ...], Field(min_length=1)]
    sessions_at_once: Annotated[int, Field(ge=1, le=50)] | None = None
    mean_response_seconds: Seconds | None = None
    service_level: ServiceLevel | None = None
    bot_share: Fraction01 | None = None

    @property
    def changes(self) -> dict[str, float]:
        """The fields of the skill that are different, with their values."""
        return self.model_dump(exclude={"dates"}, exclude_none=True)

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.changes:
            raise ValueError("dates: the override changes nothing; give sessions_at_once = 7")
        return self


CHAT_ONLY = frozenset({"sessions_at_once", "mean_response_seconds"})
"""Fields of an override that concern chats only."""


class Skill(Entity):
    """A kind of inquiry that agents can be skilled in.

    Parameters
    ----------
    name : str
        Name, unique in the problem.
    channel : {"call", "chat", "deferrable"}
        Live calls, chats held several at once, or work with a deadline.
    handle_seconds : float or None
        Mean work for one inquiry, seconds. Needed to turn a forecast of calls or of
        deferrable work into heads.
    service_level : float
        Calls: share to be answered within `answer_within_seconds`. Chats: share of replies
        to be given within `response_within_seconds`. At most 0.999999.
    answer_within_seconds : float
        Calls: the threshold of the service level, seconds.
    patience_seconds : float or None
        Calls: mean time until a waiting customer gives up, seconds; None means never
        (Erlang C instead of Erlang A).
    reply_seconds, customer_gap_seconds, replies_per_session : float
        Chats: work for one reply, the customer's pause before the next message (both in
        seconds), and replies in a session.
    sessions_at_once : int
        Chats: sessions that one agent holds at most.
    mean_response_seconds : float or None
        Chats: the mean time to a reply that must not be exceeded, seconds.
    response_within_seconds : float
        Chats: the threshold of the service level, seconds (180: the 3-minute response rate).
    shrinkage : float
        Share of paid time not spent on inquiries, breaks of the shift left out; 0 to below 1.
    max_occupancy : float
        Upper limit on the busy share of the agents' time, 0.001 to 1.
    bot_share : float
        Share of the inquiries that a bot answers alone, so that no agent sees them; 0 to
        below 1.
    overrides : tuple of SkillOverride
        Differences on some days; each day is in at most one of them.
    backlog : float
        Deferrable: inquiries waiting when the horizon starts, at most a billion.
    working_window : Span or None
        Deferrable: the part of the day in which the work may be done.
    deadline_hours : float
        Deferrable: time from arrival until the work must be done, hours; at most a year (8784).
    shortage_weight : Decimal
        Multiplies the weight of a shortage of this skill.
    """

    name: Name
    channel: Literal["call", "chat", "deferrable"] = "call"
    handle_seconds: Annotated[Seconds, Field(le=86_400)] | None = None
    service_level: ServiceLevel = 0.80
    answer_within_seconds: Annotated[float, Field(ge=0, le=86_400)] = 20.0
    patience_seconds: Seconds | None = None
    reply_seconds: Annotated[Seconds, Field(le=3600)] = 12.0
    customer_gap_seconds: Annotated[Seconds, Field(le=7200)] = 40.0
    replies_per_session: Annotated[float, Field(ge=1, le=1000)] = 10.0
    sessions_at_once: Annotated[int, Field(ge=1, le=50)] = 4
    mean_response_seconds: Seconds | None = 30.0
    response_within_seconds: Seconds = 180.0
    shrinkage: Fraction01 = 0.0
    max_occupancy: Occupancy = 1.0
    bot_share: Fraction01 = 0.0
    overrides: tuple[SkillOverride, ...] = ()
    backlog: Annotated[float, Field(ge=0, le=LARGEST_BACKLOG)] = 0.0
    working_window: TimeSpan | None = None
    deadline_hours: Annotated[float, Field(gt=0, le=LONGEST_DEADLINE_HOURS)] = 24.0
    shortage_weight: Annotated[Weight, Field(gt=0)] = Decimal(1)

    @model_validator(mode="after")
    def _overrides_apply(self) -> Self:
        seen: set[Date] = set()
        for override in self.overrides:
            twice = sorted(seen.intersection(override.dates))
            if twice:
                raise ValueError(f"overrides: {twice[0]} is in two of them; keep it in one")
            seen.update(override.dates)
            idle = sorted(CHAT_ONLY.intersection(override.changes))
            if idle and self.channel != "chat":
                raise ValueError(f"overrides: {idle[0]} is for chats; the channel is not chat")
        return self

    def on(self, date: Date) -> Skill:
        """Return the skill as it is on a day, without overrides."""
        if not self.overrides:
            return self
        found = (override.changes for override in self.overrides if date in override.dates)
        return self.model_copy(update={"overrides": (), **next(found, {})})
