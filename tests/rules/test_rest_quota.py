"""A quota of rest days, carried from plan to plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
from rule_cases import MONDAY, agree, amount, plan

from csshift.rules.grid import Carried, Schedule
from csshift.rules.quota import RestQuota

TWO_A_WEEK = {"kind": "rest-quota", "days": 2, "per": "week"}


def carried(schedule: Schedule, taken: float, owed: float) -> Schedule:
    """Return the schedule with a balance of rest days up to the day before the horizon."""
    until = schedule.grid.horizon.start - timedelta(days=1)
    table = np.array([[round(1000 * taken), round(1000 * owed)]])
    grid = replace(schedule.grid, balances={"rest-days": Carried(until, table)})
    return Schedule(grid, schedule.shift)


def test_a_whole_week() -> None:
    assert amount(TWO_A_WEEK, plan("DDDDD--")) == 0
    assert amount(TWO_A_WEEK, plan("DDDDDD-")) == 1


def test_a_day_that_was_owed_is_made_up_for() -> None:
    week = plan("DDDDD--")
    assert amount(TWO_A_WEEK, carried(week, 3, 4)) == 1
    assert amount(TWO_A_WEEK, carried(week, 4, 4)) == 0


def test_a_day_too_many_is_worked_off() -> None:
    assert amount(TWO_A_WEEK, carried(plan("DDDDDD-"), 5, 4)) == 0


def test_history_without_a_balance_counts() -> None:
    """A week without a day off is owed two days in the next."""
    assert amount(TWO_A_WEEK, plan("DDDDDDD|DDDDD--")) == 2
    assert amount(TWO_A_WEEK, plan("DDDDDDD|DDD----")) == 0


def test_leave_is_no_day_off_and_reduces_the_quota() -> None:
    assert amount(TWO_A_WEEK, plan("DDD....")) == 0  # 3/7 of 2 days is less than one
    assert amount(TWO_A_WEEK, plan("DDDDD..")) == 1


def test_the_balance_of_the_next_plan() -> None:
    schedule = carried(plan("DDDDDD-"), 3, 4)
    taken, due = RestQuota(days=2, per="week").balance(schedule.grid, schedule.worked, 7)
    assert (taken.tolist(), due.tolist()) == ([4000], [6000])


def test_more_cannot_be_asked_than_there_are_days() -> None:
    [broken] = agree(RestQuota(days=20, per="week"), plan("D------", start=MONDAY))
    assert broken.amount == 1
