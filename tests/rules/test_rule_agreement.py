"""Rows and checks are written separately; on any schedule they say the same."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rule_cases import MONDAY, agree, amount, shift

from csshift.model.horizon import DateSpan, Horizon
from csshift.model.people import Agent
from csshift.model.shifts import Shift
from csshift.model.weekdays import WEEKDAYS
from csshift.rules.grid import OFF, UNKNOWN, Carried, RosterGrid, Schedule
from csshift.rules.registry import kinds, parse_rule

HOURS = (
    "08:00-17:00",
    "14:00-23:00",
    "22:00-30:00",
    "16:00-24:00",
    "00:00-08:00",
    "09:00-12:00+18:00-26:00",
    "23:30-47:30",
    "05:00-06:00",
)
WORDS = ("A", "B", "tag:odd", "tag:none", "start:05:00-09:00", "during:22:00-30:00", "parts:2")
PERIODS = st.sampled_from(
    [
        *("day", "week", "month", "quarter", "year", "horizon", "sale", "gaps"),
        *("rolling-1-days", "rolling-3-days", "rolling-7-days", "rolling-14-days"),
    ]
)
WEEK_STARTS = st.sampled_from([None, "sunday", "thursday"])
PER = {"per": PERIODS, "week_start": WEEK_STARTS}
DAY_WORDS = st.sampled_from(
    ["A", "B", "tag:odd", ".", "+", "*", "A|.", "!A", "!.", "!A|.", "start:00:00-12:00", "parts:2"]
)
DAY_LIST = st.lists(DAY_WORDS, min_size=1, max_size=3)
SELECTED = st.sampled_from(
    [
        {"tags": ["x"]},
        {"tags": ["x", "y"], "exclude": {"ids": ["a1"]}},
        {"tags": ["x", "z"], "match": "all"},
        {"skills": ["hotline"], "stores": ["S1"]},
        {},
    ]
)
DAYS = st.integers(1, 6) | st.sampled_from([15, 366])
COUNT = st.integers(0, 5) | st.just(366)
DATES = st.integers(0, 28).map(lambda days: MONDAY + timedelta(days=days))
SHIFT_WORDS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)
FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "min-rest": {
        "hours": st.sampled_from([0, 8, 11, 11.5, 35, 48, 60]),
        "after": st.none() | SHIFT_WORDS,
        "before": st.none() | SHIFT_WORDS,
        "run": st.integers(1, 3),
    },
    "max-consecutive-days": {"days": DAYS},
    "min-consecutive-days": {"days": DAYS},
    "min-consecutive-days-off": {"days": DAYS},
    "min-days-off": {"days": st.integers(1, 3), **PER},
    "max-hours": {"hours": st.sampled_from([0, 7.5, 16, 20.333, 40]), **PER},
    "min-hours": {"hours": st.sampled_from([0, 7.5, 16, 20.333, 40]), **PER},
    "max-shifts": {"count": COUNT, **PER, "shifts": st.none() | SHIFT_WORDS},
    "min-shifts": {"count": COUNT, **PER, "shifts": st.none() | SHIFT_WORDS},
    "max-weekends": {"count": st.integers(0, 2), "per": PERIODS},
    "complete-weekends": {},
    "forbidden-shifts": {"shifts": SHIFT_WORDS},
    "forbidden-sequence": {"shifts": DAY_LIST},
    "max-consecutive-shifts": {"count": DAYS, "shifts": SHIFT_WORDS},
    "min-consecutive-shifts": {"count": DAYS, "shifts": SHIFT_WORDS},
    "seats": {
        "count": st.integers(0, 3),
        "hours": st.sampled_from([None, "08:00-24:00", "20:00-32:00", "10:00-10:30"]),
    },
    "min-on-site": {
        "count": st.integers(1, 2),
        "tags": st.sampled_from([None, ["x"], ["x", "y"], ["nobody"]]),
        "hours": st.sampled_from(["08:00-24:00", "00:00-24:00", "20:00-32:00", "10:00-10:30"]),
    },
    "shift-cover": {
        "cover": st.lists(
            st.fixed_dictionaries(
                {
                    "shifts": SHIFT_WORDS,
                    "heads": st.integers(0, 3),
                    "dates": st.none() | st.lists(DATES, min_size=1, max_size=5),
                    "under": st.sampled_from([1, 2.5, 100]),
                    "over": st.sampled_from([0, 1, 0.125]),
                }
            ),
            min_size=1,
            max_size=3,
        )
    },
}
FIELDS |= {
    "max-days-off": {"days": st.integers(0, 4), **PER},
    "max-kinds": {
        "count": st.integers(1, 2),
        "groups": st.none() | st.lists(SHIFT_WORDS, min_size=1, max_size=3),
        **PER,
    },
    "overtime": {
        "tiers": st.sampled_from(
            [
                [{"above": 0, "cost": 1.5}],
                [{"above": 8, "cost": 1.5}, {"above": 17.5, "cost": 2}, {"above": 30, "cost": 3}],
            ]
        ),
        **PER,
    },
    "min-kinds": {
        "count": st.integers(1, 3),
        "groups": st.none() | st.lists(SHIFT_WORDS, min_size=1, max_size=3),
        **PER,
    },
    "min-weekends": {"count": st.integers(0, 2), "per": PERIODS},
    "min-weekends-off": {"count": st.integers(0, 2), "per": PERIODS},
    "max-consecutive-weekends": {"count": st.integers(1, 2)},
    "max-consecutive-weekends-off": {"count": st.integers(1, 2)},
    "max-consecutive-days-off": {"days": DAYS},
    "compensation-day": {"within": st.integers(2, 5), "days": st.integers(1, 2)},
    "no-shifts-before-off": {
        "shifts": SHIFT_WORDS,
        "before": st.sampled_from(["wish", "leave", "both"]),
    },
    "required-sequence": {"after": DAY_LIST, "then": DAY_LIST},
    "min-sequences": {"shifts": DAY_LIST, "count": st.integers(1, 3), **PER},
    "days-off-after": {
        "days": st.integers(1, 3),
        "run": st.integers(1, 3),
        "shifts": st.none() | SHIFT_WORDS,
    },
    "rotation": {
        "cycle": st.lists(DAY_WORDS, min_size=1, max_size=5),
        "start": DATES,
        "offset": st.integers(0, 6),
    },
    "forward-rotation": {
        "days_off": st.integers(0, 2),
        "minutes": st.sampled_from([0, 60, 360]),
    },
    "max-start-spread": {"hours": st.sampled_from([0, 2, 8.5]), **PER},
    "min-rest-block": {
        "size": st.sampled_from(
            [
                {"hours": 24},
                {"hours": 35},
                {"hours": 60.025},
                {"hours": 11},
                {"days": 1},
                {"days": 2},
            ]
        ),
        **PER,
    },
    "accompanied": {
        "by": SELECTED,
        "count": st.integers(1, 2),
        "hours": st.sampled_from([None, 1, 4, 8.5]),
    },
    "handover": {
        "minutes": st.sampled_from([0, 15, 60]),
        "hours": st.sampled_from(["08:00-24:00", "00:00-24:00", "20:00-32:00"]),
        "count": st.integers(1, 2),
        "shifts": st.none() | SHIFT_WORDS,
    },
    "never-alone": {
        "count": st.integers(2, 3),
        "hours": st.sampled_from(["00:00-24:00", "20:00-32:00", "10:00-10:30"]),
    },
    "together": {"by": st.sampled_from(["shift", "day"])},
    "apart": {
        "by": st.sampled_from(["shift", "day"]),
        "count": st.integers(0, 2),
        "shifts": st.none() | SHIFT_WORDS,
    },
    "group-limit": {
        "most": st.sampled_from([{"count": 0}, {"count": 1}, {"share": 0.5}, {"share": 0.34}]),
        "of": st.sampled_from(["off", "leave", "work"]),
    },
    "max-share": {
        "of": SELECTED,
        "share": st.sampled_from([0, 0.3, 0.5, 1]),
        "by": st.sampled_from(["shift", "day"]),
        "shifts": st.none() | SHIFT_WORDS,
    },
}
FIELDS["fair"] = {
    "size": st.sampled_from(
        [
            *({"of": of} for of in ("shifts", "hours", "nights", "late", "early", "weekends")),
            {"of": "wishes"},
            {"of": "points", "points": [{"points": 3, "weekdays": ["sunday"]}]},
            {
                "of": "points",
                "points": [{"points": 2, "shifts": ["A"]}, {"points": 1, "shifts": ["tag:odd"]}],
            },
        ]
    ),
    "most": st.sampled_from(
        [{"by": "convex"}, {"by": "worst"}, {"by": "range"}, {"by": "range", "within": 2.5}]
    ),
    "shifts": st.none() | SHIFT_WORDS,
    "since": st.none() | DATES,
}
FIELDS["max-overtime"] = {
    "hours": st.sampled_from([0, 3, 36]),
    "daily": st.sampled_from([8, 7.5]),
    "standard_days": st.sampled_from([None, 5, 20.667]),
    **PER,
}
FIELDS["rest-quota"] = {
    "days": st.sampled_from([0, 2, 8, 20]),
    "per": st.sampled_from(["week", "month"]),
    "name": st.sampled_from(["", "nights"]),
}
BY_MINUTE = ("seats", "min-on-site", "never-alone")
SPANS = {
    "sale": DateSpan(name="sale", start=MONDAY + timedelta(4), until=MONDAY + timedelta(11)),
    "gaps": DateSpan(name="gaps", dates=[MONDAY + timedelta(days) for days in (3, 5, 6, 12)]),
}
VALID = st.sampled_from(
    [
        {"from": MONDAY + timedelta(6)},
        {"until": MONDAY + timedelta(12)},
        {"from": MONDAY + timedelta(2), "spans": ["sale", "gaps"]},
    ]
)
WEEKDAY_LISTS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=5, unique=True)


@st.composite
def schedules(draw: st.DrawFn, overlaps: bool) -> Schedule:
    """Draw a grid and a schedule that keeps to its availability."""
    past = draw(st.integers(0, 4) | st.sampled_from([11]))
    planned = draw(st.integers(3, 9) | st.sampled_from([16]))
    hours = draw(st.lists(st.sampled_from(HOURS), min_size=1, max_size=3))
    standby = draw(st.sampled_from(["", "", " standby"]))
    shifts = tuple(
        shift("ABC"[i], text, 25 * i, "odd" * (i % 2) + standby * (i == 1))
        for i, text in enumerate(hours)
    )
    size = (draw(st.integers(1, 3)), past + planned)
    horizon = Horizon(
        start=MONDAY + timedelta(days=draw(st.integers(0, 20))),
        days=planned,
        week_start=draw(st.sampled_from(["monday", "sunday"])),
    )
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    busy = draw(st.sampled_from([0.15, 0.4, 0.7, 0.95]))
    entries = np.where(random.random(size) < busy, random.integers(0, len(shifts), size), OFF)
    available = random.random(size) < draw(st.sampled_from([0.8, 1.0]))
    offered = available[:, :, None] & (random.random((*size, len(shifts))) < 0.9)
    at = np.indices(size)
    unoffered = ~offered[at[0], at[1], entries] & (np.arange(size[1]) >= past)
    entries[unoffered] = OFF
    unknown = (random.random(size) < draw(st.sampled_from([0.0, 0.3]))) & (entries != OFF)
    entries[unknown & (np.arange(size[1]) < past)] = UNKNOWN
    if not overlaps:
        _separate(entries, shifts)
    grid = RosterGrid(
        agents=tuple(
            Agent(agent_id=f"a{i}", skills={"hotline": Decimal(1)}, tags=("xyz"[i],))
            for i in range(size[0])
        ),
        shifts=shifts,
        horizon=horizon,
        history_days=past,
        dates=tuple(horizon.start + timedelta(days=i) for i in range(-past, planned)),
        available=available,
        offered=offered,
        spans=SPANS,
        wished_off=random.random(size) < 0.2,
        hours=random.choice([1200, 2400], size[0]),
        banned=random.random((size[0], len(shifts))) < draw(st.sampled_from([0, 0.2])),
        balances={
            "nights": Carried(horizon.start, random.integers(0, 5000, (size[0], 2))),
            "hours": Carried(horizon.start - timedelta(3), random.integers(0, 9000, (size[0], 2))),
        },
    )
    return Schedule(grid, entries)


def _separate(entries: NDArray[np.int64], shifts: tuple[Shift, ...]) -> None:
    """Take away shifts that start before the one of the day before has ended."""
    for agent, day in np.ndindex(*entries.shape):
        if day and entries[agent, day] >= 0 and entries[agent, day - 1] >= 0:
            before, after = shifts[entries[agent, day - 1]], shifts[entries[agent, day]]
            if after.start + 1440 < before.end:
                entries[agent, day] = OFF


def test_every_kind_is_tried() -> None:
    assert set(FIELDS) == set(kinds())


def _judge(kind: str, data: st.DataObject) -> bool:
    """Hold rows and check of a random rule together on a roster; return whether it is kept."""
    fields = data.draw(st.fixed_dictionaries(FIELDS[kind]))
    who = data.draw(st.sampled_from([None, {"tags": ["x", "z"]}, {"tags": ["nobody"]}]))
    for choice in ("size", "most"):
        fields |= fields.pop(choice, {})
    dated = kinds()[kind].scope != "none"
    if dated and data.draw(st.sampled_from([False, False, True])):
        fields["valid"] = data.draw(VALID)
    if dated and data.draw(st.sampled_from([False, False, True])):
        fields["weekdays"] = data.draw(WEEKDAY_LISTS)
    schedule = data.draw(schedules(overlaps=kind not in BY_MINUTE))
    fields = {"kind": kind, **fields, "agents": who}
    if "run" in fields and fields.get("after", "") is None:
        fields["run"] = 1
    if kind == "min-days-off" and fields["per"] in ("day", "rolling-1-days"):
        fields["days"] = 1
    if kind == "overtime" or fields.get("by") in ("convex", "worst"):
        return not agree(parse_rule({**fields, "severity": Decimal("2.5")}), schedule)
    return not amount(fields, schedule)


QUICK, AT_LENGTH = 60, 1000
"""Random rosters of each kind; at length, never less than 500."""

LEAST_OF_EACH = 20
"""Rosters at length that keep a rule, and that break it: else its fields say too little."""


@pytest.mark.parametrize("kind", sorted(FIELDS))
@settings(max_examples=QUICK, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_rows_and_check_agree(kind: str, data: st.DataObject) -> None:
    _judge(kind, data)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_rows_and_check_agree_at_length(kind: str) -> None:
    kept: Counter[bool] = Counter()

    @settings(max_examples=AT_LENGTH, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def judge(data: st.DataObject) -> None:
        kept[_judge(kind, data)] += 1

    judge()
    assert kept.total() >= 500
    assert min(kept[True], kept[False]) >= LEAST_OF_EACH
