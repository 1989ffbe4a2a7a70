"""The two interpreters of a tally say the same, whatever is declared."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_cases import agree, plan, work_columns
from test_rule_agreement import schedules

from csshift.rules.grid import RosterGrid, Schedule
from csshift.rules.tally import CountingRule, Tally


class Declared(CountingRule):
    """A rule of tallies that a test sets."""

    kind: str = "declared"
    given: ClassVar[list[Tally]] = []

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        yield from self.given


def declared(*tallies: Tally) -> type[Declared]:
    return type("Declared", (Declared,), {"given": list(tallies), "__annotations__": {}})


@st.composite
def tallies(draw: st.DrawFn, schedule: Schedule) -> Tally:
    grid = schedule.grid
    positions = st.lists(st.integers(0, grid.days - 1), min_size=1, max_size=5, unique=True)
    days = sorted(draw(positions))
    sense = draw(st.sampled_from(["at most", "at least"]))
    once = None
    if draw(st.booleans()):
        once = draw(st.lists(st.integers(0, 2), min_size=len(days), max_size=len(days)))
    kinds = None
    if draw(st.sampled_from([True, False, False])):
        size = len(grid.shifts)
        kinds = draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    single = once is not None or kinds is not None
    low, high = (0, 1) if single else (0, 3) if sense == "at most" else (-2, 3)
    number = st.integers(low, high)
    table = draw(st.lists(number, min_size=len(grid.shifts), max_size=len(grid.shifts)))
    shifts: Any = table
    if draw(st.booleans()):
        shifts = [table, *[draw(st.permutations(table)) for _ in days[1:]]]
    work: Any = 0 if kinds is not None or (single and np.any(table)) else draw(number)
    limit = draw(st.lists(st.integers(-1, 6), min_size=len(grid.agents), max_size=len(grid.agents)))
    unit = draw(st.sampled_from([Fraction(1), Fraction(1, 60), Fraction(3)]))
    return Tally(days, sense, limit, lambda t: f"{t.total}", shifts, work, unit, once, kinds)


def _judge(data: st.DataObject) -> None:
    schedule = data.draw(schedules(overlaps=True))
    found = data.draw(st.lists(tallies(schedule), max_size=4))
    rule = declared(*found)
    who = data.draw(st.sampled_from([None, {"tags": ["x", "z"]}]))
    hard = agree_on_days(rule(agents=who), schedule)
    assert hard == agree_on_days(rule(agents=who, severity=Decimal("2.5")), schedule)


def agree_on_days(rule: Declared, schedule: Schedule) -> list[Any]:
    """Hold rows and check together; tallies of the past alone are no rule and left out."""
    first = schedule.grid.history_days
    type(rule).given = [tally for tally in rule.given if tally.days[-1] >= first]
    return agree(rule, schedule)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_rows_and_check_of_any_tally_agree(data: st.DataObject) -> None:
    _judge(data)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_rows_and_check_of_any_tally_agree_at_length(data: st.DataObject) -> None:
    _judge(data)


def test_declarations_that_have_no_meaning_are_rejected() -> None:
    def build(**fields: Any) -> Tally:
        return Tally(**{"days": [0, 1], "sense": "at most", "limit": 1, "text": str, **fields})

    with pytest.raises(ValueError, match="negative"):
        build(shifts=[1, -1])
    with pytest.raises(ValueError, match="count once"):
        build(work=1, shifts=[2, 0], once=[0, 0])
    with pytest.raises(ValueError, match="count once"):
        build(sense="at least", shifts=[1, -1], once=[0, 0])
    with pytest.raises(ValueError, match="work of any kind"):
        build(work=1, kinds=[0, 1])


def test_words_are_made_of_what_an_agent_works() -> None:
    def text(tally: Any) -> str:
        return f"{tally.codes}, {tally.off} off, {tally.run} in a row, {tally.total}/{tally.limit}"

    schedule = plan("DE?|-DNN")
    tally = Tally(range(3, 7), "at most", 2, text, work=1, unit=Fraction(1, 2))
    (violation,) = agree(declared(tally)(), schedule)
    assert violation.text == "D-N-N, 1 off, 3 in a row, 3/2/1"


def test_tallies_of_one_shape_form_one_block() -> None:
    work, fixed = work_columns(plan("DDDD", "DDDD"))
    each = [Tally([day], "at most", 0, str, work=1) for day in range(4)]
    declared(*each)(severity=Decimal(1)).rows(work)
    program = work.builder.build()
    assert program.columns == fixed.size + 8
    assert program.column_day[fixed.size :].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
