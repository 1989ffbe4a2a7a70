from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
from rule_cases import MONDAY, plan, work_columns

from csshift.program import ABSENT, Builder
from csshift.rules.base import Rule
from csshift.rules.work import flat

HARD = Rule(kind="test")
SOFT = Rule(kind="test", severity=Decimal("1.5"))


def test_rows_that_nothing_can_break_are_left_out() -> None:
    work, _ = work_columns(plan("DD", "D."))
    HARD.at_most(work, work.day, 1, 1)
    program = work.builder.build()
    assert program.row_family.tolist().count(program.families.index("test")) == 1
    assert program.row_agent.tolist()[-1] == 0


def test_history_lifts_a_limit_that_it_passed() -> None:
    work, _ = work_columns(plan("DDD|DD"))
    HARD.at_most(work, work.day, 1, 2)
    program = work.builder.build()
    assert program.row_upper.tolist() == [3]  # those three days, and no more


def test_shared_slack_is_paid_once() -> None:
    work, fixed = work_columns(plan("DD"))
    columns = np.vstack([work.day, work.day])
    SOFT.at_most(work, columns, 1, [1, 0], share=np.array([7, 7]), unit=Fraction(1, 60))
    program = work.builder.build()
    assert program.columns == fixed.size + 1
    assert program.upper[-1] == 2
    assert Fraction(int(program.cost[-1]), program.scale) == Fraction(3, 2) / 60


def test_a_row_of_one_negative_coefficient_keeps_its_sense() -> None:
    builder = Builder()
    column = builder.columns(1, family="x", upper=9)
    builder.rows(column[None], -2, family="x", upper=-3)
    program = builder.build()
    assert not program.holds(np.array([1, 1]))
    assert program.holds(np.array([1, 2]))


def test_a_demand_without_columns_is_infeasible_or_paid() -> None:
    nothing = np.empty((1, 0), dtype=np.int64)
    builder = work_columns(plan("D"))[0]
    HARD.at_least(builder, nothing, 1, 2)
    program = builder.builder.build()
    assert program.row_upper.tolist() == [-2]
    paid, fixed = work_columns(plan("D"))
    SOFT.at_least(paid, np.full((1, 3), ABSENT), 1, 2)
    assert paid.builder.build().upper[fixed.size :].tolist() == [2]


def test_flat_keeps_the_first_axis_of_empty_arrays() -> None:
    assert flat(np.empty((0, 3, 2), dtype=np.int64)).shape == (0, 6)
    assert flat(np.empty((3, 0, 2), dtype=np.int64)).shape == (3, 0)


def test_weekends_that_touch_the_horizon() -> None:
    assert plan("-" * 14).grid.weekends() == [(5, 6), (12, 13)]
    assert plan("-" * 6).grid.weekends() == [(5, None)]
    assert plan("--|" + "-" * 3).grid.weekends() == []
    sunday = MONDAY.replace(day=22)
    assert plan("-" * 7, start=sunday).grid.weekends() == [(None, 0), (6, None)]
    assert plan("-|-", start=sunday).grid.weekends() == [(0, 1)]
