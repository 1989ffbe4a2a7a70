"""A rule whose rows and check disagree is caught by its name, before a plan and after one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import pytest
from problems import cell, small
from rule_cases import plan

from csshift.errors import EngineError
from csshift.planner.solve import solve
from csshift.rules.audit import audit_rule, disagreement
from csshift.rules.base import Rule, Violation
from csshift.rules.grid import Schedule
from csshift.rules.registry import parse_rule
from csshift.rules.work import WorkColumns


class Careless(Rule):
    """Nobody works on the first planned day; the rows forget it, or the check does."""

    kind: Literal["careless"] = "careless"
    forgets: Literal["rows", "check"] = "rows"

    def rows(self, work: WorkColumns) -> None:
        agents, first = self.chosen(work.grid), work.grid.history_days
        if self.forgets != "rows":
            self.at_most(work, work.day[agents, first][:, None], 1, 0)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        first = schedule.grid.history_days
        for agent in self.chosen(schedule.grid).tolist():
            if self.forgets != "check" and schedule.worked[agent, first]:
                yield Violation(Fraction(1), agent, first, "works on the first day")


@pytest.mark.parametrize(
    ("forgets", "severity", "says"),
    [
        ("rows", "hard", "rows say 0 points, check says forbidden (works on the first day)"),
        ("rows", 2.5, "rows say 0 points, check says 2.5 points (works on the first day)"),
        ("check", "hard", "rows say forbidden, check says 0 points (no violation)"),
        ("check", 2.5, "rows say 2.5 points, check says 0 points (no violation)"),
    ],
)
def test_a_rule_that_contradicts_itself_is_named(
    forgets: str, severity: str | float, says: str
) -> None:
    rule = Careless.model_validate(
        {"forgets": forgets, "severity": severity, "name": "first day free"}
    )
    found = audit_rule(rule, plan("---").grid, rosters=50, most=1)
    assert str(found[0]).startswith(f"rule first day free: {says}: ")
    assert disagreement(rule, plan("-D")) is None


def test_a_rule_that_does_not_is_not() -> None:
    rule = parse_rule({"kind": "max-shifts", "count": 2, "per": "rolling-3-days"})
    assert audit_rule(rule, plan("D|----", "-|---.").grid, rosters=60) == []


@pytest.mark.parametrize("severity", ["hard", Decimal(7)])
def test_a_plan_that_the_check_of_a_rule_rejects_is_no_result(severity: str | Decimal) -> None:
    rule = Careless(forgets="rows", severity=severity, name="first day free")  # type: ignore[arg-type]
    problem = small(rules=(rule,), requirements=(cell("10:00", 1),))
    with pytest.raises(EngineError, match="first day free"):
        solve(problem, time_limit=5, workers=1)
