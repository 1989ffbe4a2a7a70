"""Kinds that compare agents: kept, broken, at the limit, on leave, across the history."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from rule_cases import SHIFTS, agree, amount, plan, shift

from csshift.rules.registry import parse_rule

SENIOR = {"by": {"tags": ["s"]}, "agents": {"exclude": {"tags": ["s"]}}}
LATE = shift("L", "16:00-24:00")

CASES: list[tuple[str, dict[str, Any], list[str], list[str], Fraction | int]] = [
    # Kind, fields, tags of the agents, their days, amount.
    ("accompanied", SENIOR, ["", "s"], ["DDE", "DED"], 2),
    ("accompanied", SENIOR, ["", "s"], ["DD-", "DDD"], 0),
    ("accompanied", SENIOR, ["", "s"], ["D|DD", "-|DD"], 0),
    ("accompanied", {**SENIOR, "count": 2}, ["", "s", "s"], ["DDE", "DDE", "DED"], 2),
    ("accompanied", {**SENIOR, "hours": 3}, ["", "s"], ["DDE", "DED"], 0),  # 14:00 to 17:00
    ("accompanied", {**SENIOR, "hours": 3.001}, ["", "s"], ["DDE", "DED"], 2),
    ("accompanied", {"by": {}}, ["", ""], ["DD", "D-"], 1),
    ("accompanied", {"by": {}}, ["", ""], ["DE", "DE"], 0),
    ("handover", {"hours": "08:00-24:00", "minutes": 60}, ["", ""], ["D-", "E-"], 1),
    ("handover", {"hours": "08:00-23:00", "minutes": 180}, ["", ""], ["D-", "E-"], 0),
    ("handover", {"hours": "08:00-23:00", "minutes": 181}, ["", ""], ["D-", "E-"], 1),
    ("handover", {"hours": "00:00-24:00", "minutes": 60, "shifts": ["E"]}, ["", ""], ["E", "N"], 0),
    ("handover", {"hours": "00:00-24:00", "minutes": 61, "shifts": ["E"]}, ["", ""], ["E", "N"], 1),
    ("handover", {"hours": "08:00-23:00", "count": 2}, ["", "", ""], ["D", "E", "E"], 0),
    ("handover", {"hours": "08:00-23:00", "shifts": ["E"]}, ["", ""], ["D-", "--"], 0),
    ("never-alone", {}, ["", ""], ["D-", "D-"], 0),
    ("never-alone", {}, ["", ""], ["D-", "E-"], 12),  # 08:00 to 14:00 and 17:00 to 23:00
    ("never-alone", {"hours": "12:00-15:00"}, ["", ""], ["D-", "E-"], 2),
    ("never-alone", {"hours": "00:00-08:00"}, ["", ""], ["N|-", "-|-"], 0),  # settled
    ("never-alone", {"count": 3, "hours": "08:00-09:00"}, ["", ""], ["D", "D"], 1),
    ("together", {}, ["", ""], ["DDE-", "DE-D"], 3),
    ("together", {}, ["", ""], ["DD-", "DD-"], 0),
    ("together", {}, ["", ""], ["D.", "DD"], 0),  # on leave nobody is compared
    ("together", {}, ["", ""], ["D|D", "E|D"], 0),
    ("together", {"by": "day"}, ["", ""], ["DDE-", "DE-D"], 2),
    ("apart", {}, ["", ""], ["DDE", "DED"], 1),
    ("apart", {"by": "day"}, ["", ""], ["DD-", "DE-"], 2),
    ("apart", {"by": "day", "count": 2}, ["", ""], ["DD-", "DE-"], 0),
    ("apart", {"shifts": ["tag:late"]}, ["", ""], ["DN", "DN"], 1),
    ("group-limit", {"count": 1}, ["", ""], ["-D", "D-"], 0),
    ("group-limit", {"count": 1}, ["", "", ""], ["-D-", ".DD", "DD-"], 2),
    ("group-limit", {"share": 0.5}, ["", "", ""], ["-D", "-D", "D-"], 1),
    ("group-limit", {"count": 1, "of": "work"}, ["", ""], ["D|D-", "D|DE"], 1),
    ("group-limit", {"count": 1, "of": "leave"}, ["", ""], ["..", "D."], 1),
    ("group-limit", {"count": 0, "of": "leave"}, ["", ""], ["..", "D."], 3),
    ("group-limit", {"share": 1, "of": "leave"}, ["", ""], ["..", ".."], 0),
    ("max-share", {"of": {"tags": ["i"]}, "share": 0.5}, ["i", ""], ["DD", "DE"], Fraction(1, 2)),
    (
        "max-share",
        {"of": {"tags": ["i"]}, "share": 0.5},
        ["i", "i", ""],
        ["E", "D", "D"],
        Fraction(1, 2),
    ),
    (
        "max-share",
        {"of": {"tags": ["i"]}, "share": 0.3, "by": "day"},
        ["i", "", ""],
        ["D", "D", "E"],
        Fraction(1, 10),
    ),
    ("max-share", {"of": {"tags": ["i"]}, "share": 0}, ["i", ""], ["-|D", "D|D"], 1),
    ("seats", {"count": 1, "hours": "09:00-10:00"}, ["", ""], ["D-", "D-"], 1),
    ("seats", {"count": 1, "hours": "22:00-30:00"}, ["", ""], ["N-", "N-"], 8),
    ("min-on-site", {"count": 2, "hours": "08:00-14:00"}, ["", ""], ["DD", "D-"], 6),
]


@pytest.mark.parametrize(("kind", "fields", "tags", "rows", "expected"), CASES)
def test_days_of_several_agents(
    kind: str, fields: dict[str, Any], tags: list[str], rows: list[str], expected: Fraction | int
) -> None:
    assert amount({"kind": kind, **fields}, plan(*rows, tags=tags)) == expected


def test_rules_of_a_day_hold_on_their_weekdays_and_dates() -> None:
    schedule = plan("DDDDDDD", "DDDDDDD")
    sundays = {"weekdays": ["sunday"]}
    for fields, each in (
        ({"kind": "apart"}, 1),
        ({"kind": "group-limit", "count": 0, "of": "work"}, 2),
        ({"kind": "max-share", "of": {}, "share": 0}, 2),
        ({"kind": "seats", "count": 1}, 9),
        ({"kind": "never-alone", "count": 3}, 9),
        ({"kind": "min-on-site", "count": 3, "hours": "08:00-09:00"}, 1),
        ({"kind": "shift-cover", "cover": [{"shifts": ["D"], "heads": 3}]}, 1),
    ):
        assert amount({**fields, **sundays}, schedule) == each, fields
        assert amount(fields, schedule) == 7 * each, fields
        cut = {"from": "2026-03-19", "until": "2026-03-20"}
        assert amount({**fields, "valid": cut}, schedule) == 2 * each, fields


def test_the_night_of_a_judged_day_counts_past_midnight() -> None:
    rule = {"kind": "min-on-site", "hours": "22:00-30:00", "weekdays": ["monday"]}
    assert amount(rule, plan("---")) == 8
    assert amount(rule, plan("N--")) == 0
    assert amount(rule, plan("-N-")) == 8


def test_a_whole_team_on_leave_breaks_a_hard_limit_whatever_the_roster() -> None:
    rule = parse_rule({"kind": "group-limit", "count": 1, "of": "leave"})
    (violation,) = agree(rule, plan("..", "D."))
    assert "2 of 2 on leave, at most 1" in violation.text
    assert "a0, a1" in violation.text


def test_relief_may_come_from_the_night_before_or_the_next_morning() -> None:
    rule = {"kind": "handover", "hours": "00:00-24:00", "minutes": 0}
    shifts = (*SHIFTS, shift("M", "06:00-14:00"))
    # The night ends at 06:00 of the next day; on the last day that is not known yet.
    assert amount({**rule, "shifts": ["N"]}, plan("NN", "-M", shifts=shifts)) == 0
    assert amount({**rule, "shifts": ["N"]}, plan("NN", "--", shifts=shifts)) == 1


def test_selectors_choose_by_all_words_and_leave_out() -> None:
    schedule = plan("D", "D", "D", tags=["x y", "x", "y"])
    rule = {"kind": "forbidden-shifts", "shifts": ["D"]}
    chosen: list[tuple[dict[str, Any], int]] = [
        ({"tags": ["x", "y"]}, 3),
        ({"tags": ["x", "y"], "match": "all"}, 1),
        ({"exclude": {"tags": ["y"]}}, 1),
        ({"tags": ["x"], "exclude": {"ids": ["a0"]}}, 1),
        ({"exclude": {"ids": ["a2"], "tags": ["x"]}}, 0),
        ({"stores": ["S1"]}, 3),  # who has no stores serves every one
        ({"skills": ["hotline", "pre-sale"], "match": "all"}, 0),
    ]
    for agents, expected in chosen:
        assert amount({**rule, "agents": agents}, schedule) == expected, agents
