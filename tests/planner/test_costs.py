"""What rules and missing skills cost, held against problems whose answer is known."""

from __future__ import annotations

import pytest
from problems import MONDAY, agent, cell, shift, small

from csshift.instance import Instance
from csshift.planner.costs import estimate_savings


def test_a_missing_skill_and_a_rule_cost_what_they_keep_away() -> None:
    cells = [cell(f"{hour:02}:00", 2, day=day) for hour in (8, 9, 10) for day in range(3)]
    problem = small(
        agents=(agent("a", contract=None),),
        requirements=tuple(cells),
        rules=({"kind": "max-shifts", "count": 2, "per": "horizon", "shifts": ["D"]},),
    )
    found = estimate_savings(Instance(problem), 60.0)
    assert found.shortage_hours == pytest.approx(18 - 6)
    saved = {(saving.kind, saving.name): saving for saving in found.savings}
    assert saved["rule", "max-shifts"].hours == pytest.approx(3)
    extra = saved["skill", "pre-sale"]
    # The rule holds for the additional agent, too.
    assert extra.hours == pytest.approx(6)
    assert extra.shifts == ("D",)
    assert found.missing == ()


def test_a_rule_that_costs_nothing_is_not_named() -> None:
    problem = small(rules=({"kind": "min-rest"},), shifts=(shift("D", "08:00-16:00"),))
    found = estimate_savings(Instance(problem), 60.0)
    assert found.shortage_hours == pytest.approx(0)
    assert found.savings == ()


def test_without_time_everything_is_named_as_missing() -> None:
    problem = small(rules=({"kind": "min-rest"},))
    found = estimate_savings(Instance(problem), 0.0)
    assert found.shortage_hours is None
    assert found.missing == ("min-rest",)


def test_customers_of_the_forecast_are_counted() -> None:
    problem = small(
        agents=(agent("a"),),
        skills=({"name": "pre-sale", "channel": "call", "handle_seconds": 300},),
        requirements=(),
        forecast=(
            {"date": MONDAY, "start": "10:00", "store": "S1", "skill": "pre-sale", "inquiries": 40},
        ),
    )
    found = estimate_savings(Instance(problem), 60.0)
    assert found.shortage_hours is not None
    assert found.shortage_hours > 1
    (extra,) = found.savings
    assert extra.inquiries == pytest.approx(40 / (found.shortage_hours + 1), rel=0.02)
