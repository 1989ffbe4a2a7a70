"""With rules of every kind, what a solve finds and proves is held against every possible roster."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import MONDAY
from test_brute_force import QUIET, compare, tiny

from csshift.problem import Problem
from csshift.rules.registry import kinds

WEEKEND = {"weekdays": ["saturday", "sunday"]}


def fields(random: Random, kind: str, codes: list[str]) -> dict[str, Any]:
    """Return fields of a rule of a kind that tiny problems can keep and break."""
    some, other = random.choice(codes), random.choice(codes)
    per = random.choice(("horizon", "rolling-2-days", "week", "day"))
    chosen: dict[str, dict[str, Any]] = {
        "accompanied": {"by": random.choice(({}, {"tags": ["senior"]}, {"ids": ["a1"]}))},
        "apart": {"by": random.choice(("shift", "day"))},
        "compensation-day": {"within": 1, "weekdays": ["monday", "tuesday", "saturday"]},
        "days-off-after": {"days": random.randint(1, 2), "shifts": random.choice((None, [some]))},
        "forbidden-sequence": {"shifts": random.choice(([some, "."], [".", "+"], ["!" + some]))},
        "forward-rotation": {"days_off": random.randint(0, 1)},
        "group-limit": {"count": random.randint(0, 1), "of": random.choice(("off", "work"))},
        "handover": {"hours": "00:00-24:00", "minutes": random.choice((0, 30))},
        "max-consecutive-days-off": {"days": 1},
        "max-consecutive-weekends": {"count": 1},
        "max-consecutive-weekends-off": {"count": 1},
        "max-days-off": {"days": random.randint(0, 1), "per": per},
        "max-kinds": {"per": "horizon"},
        "max-share": {"share": "0.5", "of": random.choice(({"ids": ["a0"]}, {"tags": ["senior"]}))},
        "max-start-spread": {"hours": random.choice((0, 3)), "per": "horizon"},
        "max-shifts": {"count": 0, "per": per, **WEEKEND},
        "min-rest": {"hours": 24, "after": [some], "before": random.choice((None, [other]))},
        "min-rest-block": random.choice(({"hours": 30, "per": "horizon"}, {"days": 1, "per": per})),
        "min-sequences": {"shifts": [some, random.choice((".", "+", other))], "per": "horizon"},
        "min-weekends": {"count": 1},
        "min-weekends-off": {"count": 1},
        "never-alone": {},
        "no-shifts-before-off": {"shifts": [some]},
        "overtime": {"per": per, "tiers": [{"above": 2, "cost": 1}, {"above": 9, "cost": 3}]},
        "required-sequence": {"after": [some], "then": [random.choice((".", other))]},
        "rotation": {"cycle": ["+", ".", some], "start": MONDAY},
        "together": {"by": random.choice(("shift", "day"))},
    }
    return chosen.get(kind, {})


KINDS = sorted(kind for kind in kinds() if fields(Random(1), kind, ["A"]) or kind == "never-alone")


def with_rules(seed: int) -> Problem:
    """Return a tiny problem with two rules more."""
    random = Random(seed)
    problem = tiny(seed)
    codes = [shift.code for shift in problem.shifts]
    rules = []
    for kind in random.sample(KINDS, 2):
        severity = random.choice(("hard", Decimal("0.5"), 6))
        rule = {"kind": kind, "severity": severity, **fields(random, kind, codes)}
        if kind == "overtime":
            rule["severity"] = Decimal(2)
        rules.append(rule)
    return problem.with_(rules=(*problem.rules, *rules))


def test_most_kinds_are_tried() -> None:
    assert len(KINDS) >= 26


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(seed=st.integers(0, 2**32 - 1))
def test_optimum_and_bound_agree_with_all_rosters(seed: int) -> None:
    compare(with_rules(seed))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_optimum_and_bound_agree_with_all_rosters_at_length(part: int) -> None:
    for seed in range(50 * part, 50 * part + 50):
        compare(with_rules(seed))
