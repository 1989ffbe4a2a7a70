"""Rows and checks are written separately; on any schedule they say the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rule_cases import MONDAY, amount, shift

from csshift.model.horizon import Horizon
from csshift.model.people import Agent
from csshift.model.shifts import Shift
from csshift.rules.grid import OFF, UNKNOWN, RosterGrid, Schedule
from csshift.rules.registry import kinds

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
WORDS = ("A", "B", "tag:odd", "tag:none")
PERIODS = st.sampled_from(["week", "month", "horizon", "rolling-7-days"])
DAYS = st.integers(1, 6) | st.sampled_from([15, 366])
COUNT = st.integers(0, 5) | st.just(366)
DATES = st.integers(0, 28).map(lambda days: MONDAY + timedelta(days=days))
SHIFT_WORDS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)
FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "min-rest": {"hours": st.sampled_from([0, 8, 11, 11.5, 35, 48])},
    "max-consecutive-days": {"days": DAYS},
    "min-consecutive-days": {"days": DAYS},
    "min-consecutive-days-off": {"days": DAYS},
    "min-days-off": {"days": st.integers(1, 6), "per": PERIODS},
    "max-hours": {"hours": st.sampled_from([0, 7.5, 16, 20.333, 40]), "per": PERIODS},
    "min-hours": {"hours": st.sampled_from([0, 7.5, 16, 20.333, 40]), "per": PERIODS},
    "max-shifts": {"count": COUNT, "per": PERIODS, "shifts": st.none() | SHIFT_WORDS},
    "min-shifts": {"count": COUNT, "per": PERIODS, "shifts": st.none() | SHIFT_WORDS},
    "max-weekends": {"count": st.integers(0, 2)},
    "complete-weekends": {},
    "forbidden-shifts": {"shifts": SHIFT_WORDS},
    "forbidden-sequence": {"shifts": SHIFT_WORDS},
    "max-consecutive-shifts": {"count": DAYS, "shifts": SHIFT_WORDS},
    "min-consecutive-shifts": {"count": DAYS, "shifts": SHIFT_WORDS},
    "seats": {"count": st.integers(0, 3)},
    "min-on-site": {
        "count": st.integers(1, 2),
        "tags": st.sampled_from([["x"], ["x", "y"], ["nobody"]]),
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
BY_MINUTE = ("seats", "min-on-site")


@st.composite
def schedules(draw: st.DrawFn, overlaps: bool) -> Schedule:
    """Draw a grid and a schedule that keeps to its availability."""
    past, planned = draw(st.integers(0, 4)), draw(st.integers(3, 9))
    hours = draw(st.lists(st.sampled_from(HOURS), min_size=1, max_size=3))
    shifts = tuple(shift("ABC"[i], text, 25 * i, "odd" * (i % 2)) for i, text in enumerate(hours))
    size = (draw(st.integers(1, 3)), past + planned)
    horizon = Horizon(start=MONDAY + timedelta(days=draw(st.integers(0, 20))), days=planned)
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


def _judge(kind: str, data: st.DataObject) -> None:
    fields = data.draw(st.fixed_dictionaries(FIELDS[kind]))
    who = data.draw(st.sampled_from([None, {"tags": ["x", "z"]}, {"tags": ["nobody"]}]))
    schedule = data.draw(schedules(overlaps=kind not in BY_MINUTE))
    amount({"kind": kind, **fields, "agents": who}, schedule)


@pytest.mark.parametrize("kind", sorted(FIELDS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_rows_and_check_agree(kind: str, data: st.DataObject) -> None:
    _judge(kind, data)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(FIELDS))
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_rows_and_check_agree_at_length(kind: str, data: st.DataObject) -> None:
    _judge(kind, data)
