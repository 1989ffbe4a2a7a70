"""Kinds that judge each agent's own days: kept, broken, at the limit, and across the history.

Every case is judged by rows and check, hard and soft, which must agree.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rule_cases import SHIFTS, agree, amount, plan, shift

from csshift.rules.registry import parse_rule

Case = tuple[str, dict[str, Any], str, int]

CASES: list[Case] = [
    # Days begin on a Monday; the bar stands before the first planned day.
    ("max-days-off", {"days": 2}, "DDDDD--", 0),
    ("max-days-off", {"days": 1}, "DDDDD--", 1),
    ("max-days-off", {"days": 1}, "---|DDDD", 0),  # settled: no more is possible
    ("max-days-off", {"days": 1}, "---|DD-D", 1),
    ("max-days-off", {"days": 0}, "DDD...D", 0),  # leave is no day off
    ("max-days-off", {"days": 1}, "D--", 1),  # a maximum counts the days that are known
    ("max-kinds", {}, "DDD--DD", 0),
    ("max-kinds", {}, "DDE--DN", 2),
    ("max-kinds", {"count": 2}, "DDE--DD", 0),
    ("max-kinds", {}, "E--|DDDD", 1),
    ("max-kinds", {}, "DE-|DENN", 1),  # of the history nothing new
    ("max-kinds", {"groups": [["tag:late"], ["D"]]}, "EN-----", 0),
    ("max-kinds", {"groups": [["tag:late"], ["D"]]}, "EN-D---", 1),
    ("max-kinds", {"groups": [["E"]]}, "END----", 0),  # in no group: does not count
    ("min-kinds", {"count": 2}, "DDE----", 0),
    ("min-kinds", {"count": 2}, "DDD----", 1),
    ("min-kinds", {"count": 3}, "DDD----", 2),
    ("min-kinds", {"count": 2}, "E--|D---", 0),
    ("min-kinds", {"count": 2}, "D--|DD--", 1),
    ("min-kinds", {"count": 2}, "D--|....", 0),  # no more is possible
    ("min-kinds", {"count": 2}, "DDD---", 0),  # the week is not known whole
    ("min-kinds", {"count": 2, "groups": [["tag:late"], ["D"]]}, "ENN----", 1),
    ("min-kinds", {"count": 2, "groups": [["tag:late"], ["D"]]}, "ENND---", 0),
    ("min-weekends", {"count": 1}, "-----D-", 0),
    ("min-weekends", {"count": 1}, "-----DD", 0),
    ("min-weekends", {"count": 1}, "DDDDD--", 1),
    ("min-weekends", {"count": 1}, "DDDDD..", 0),  # leave: not possible
    ("min-weekends", {"count": 1, "per": "week"}, "-----D|------", 0),
    ("min-weekends", {"count": 1, "per": "month"}, "-----D-|-------", 0),  # not the whole month
    ("min-weekends-off", {"count": 1}, "-----D---------", 0),
    ("min-weekends-off", {"count": 2}, "-----D--------", 1),
    ("min-weekends-off", {"count": 1, "per": "rolling-14-days"}, "-----D-|D-----D", 1),
    ("max-weekends", {"count": 1, "per": "month"}, "------D|-----D-", 1),
    ("max-weekends", {"count": 1, "per": "week"}, "-----DD|-----D-", 0),
    ("max-consecutive-weekends", {"count": 1}, "-----D-|------D", 1),
    ("max-consecutive-weekends", {"count": 1}, "-----D-|-------", 0),
    ("max-consecutive-weekends", {"count": 2}, "-----D-------D", 0),
    ("max-consecutive-weekends-off", {"count": 1}, "-------|D------", 1),
    ("max-consecutive-weekends-off", {"count": 1}, "-------|D-----D", 0),
    ("max-consecutive-weekends-off", {"count": 1}, "-------|D----..", 0),
    ("max-consecutive-days-off", {"days": 2}, "D--D--D", 0),
    ("max-consecutive-days-off", {"days": 2}, "D---D", 1),
    ("max-consecutive-days-off", {"days": 2}, "--|-D--", 1),
    ("max-consecutive-days-off", {"days": 2}, "-..-.-", 0),
    ("days-off-after", {"days": 2, "shifts": ["N"]}, "NN--D", 0),
    ("days-off-after", {"days": 2, "shifts": ["N"]}, "NN-D-", 1),
    ("days-off-after", {"days": 2, "shifts": ["N"]}, "NND--", 2),
    ("days-off-after", {"days": 2, "shifts": ["N"]}, "NN-N-", 1),
    ("days-off-after", {"days": 2, "shifts": ["N"]}, "NN|D--", 2),
    ("days-off-after", {"days": 2, "shifts": ["N"]}, "NN|.D-", 1),
    ("days-off-after", {"days": 2, "run": 3}, "DDD-DD-DD", 1),
    ("days-off-after", {"days": 1, "run": 3}, "DDD-DD-DD", 0),
    ("compensation-day", {"within": 3}, "------DDDD", 1),
    ("compensation-day", {"within": 3}, "------DDD-", 0),
    ("compensation-day", {"within": 3}, "------DDD", 0),  # the days after are not all known
    ("compensation-day", {"within": 3, "days": 2}, "------D|DD-", 1),
    ("compensation-day", {"within": 2, "weekdays": ["saturday"]}, "-----DDD", 1),
    ("compensation-day", {"within": 2, "valid": {"from": date(2026, 3, 18)}}, "DDD-D", 0),
    ("compensation-day", {"within": 2, "valid": {"from": date(2026, 3, 18)}}, "DDDDD", 1),
    ("forbidden-sequence", {"shifts": ["N", ".", "D"]}, "N-DN--D", 1),
    ("forbidden-sequence", {"shifts": ["N", ".", "D"]}, "N-|DN-", 1),
    ("forbidden-sequence", {"shifts": [".", "+", "."]}, "D-E-DD-", 1),
    ("forbidden-sequence", {"shifts": ["N", "!N|."]}, "NN-NE--", 1),
    ("forbidden-sequence", {"shifts": ["N", "."]}, "N|..", 0),  # nobody can avoid it
    ("forbidden-sequence", {"shifts": ["N", "."]}, "N|-.", 1),
    ("forbidden-sequence", {"shifts": ["*", "N"]}, "DNN", 2),
    ("required-sequence", {"after": ["N", "N"], "then": [".", "."]}, "NN--", 0),
    ("required-sequence", {"after": ["N", "N"], "then": [".", "."]}, "NN-D", 1),
    ("required-sequence", {"after": ["N", "N"], "then": [".", "."]}, "NN|DD", 2),
    ("required-sequence", {"after": ["E"], "then": ["E|."]}, "EE-ED", 1),
    ("required-sequence", {"after": ["E"], "then": ["E"]}, "E..", 1),
    ("required-sequence", {"after": ["E"], "then": ["E"]}, "E|..", 0),
    ("min-sequences", {"shifts": [".", "."]}, "DDDDD--", 0),
    ("min-sequences", {"shifts": [".", "."]}, "D-DDD-D", 1),
    ("min-sequences", {"shifts": [".", "."]}, "D-D|D-DD", 1),
    ("min-sequences", {"shifts": [".", "."]}, "DDD|-DD-", 1),
    ("min-sequences", {"shifts": [".", "."]}, "DD|-DD-", 0),  # the week is not over
    ("min-sequences", {"shifts": ["N", "N"], "count": 2}, "NN-NN--", 0),
    ("min-sequences", {"shifts": ["N", "N"], "count": 2}, "NN-N---", 1),
    ("min-sequences", {"shifts": ["N", "N"]}, "D......", 0),  # not possible on leave
    ("rotation", {"cycle": ["D", "D", "."], "start": date(2026, 3, 16)}, "DD-DD-D", 0),
    ("rotation", {"cycle": ["D", "D", "."], "start": date(2026, 3, 16)}, "DE-DDD-", 3),
    ("rotation", {"cycle": ["D", "D", "."], "start": date(2026, 3, 16)}, "DE-|.D-", 0),
    ("rotation", {"cycle": ["+", "."], "start": date(2026, 4, 1), "offset": 1}, "-D-N", 0),
    ("forward-rotation", {}, "DEN-DD", 0),
    ("forward-rotation", {}, "NED", 2),
    ("forward-rotation", {}, "N|E-D", 1),
    ("forward-rotation", {"days_off": 1}, "N-E--D", 1),
    ("forward-rotation", {"minutes": 480}, "NEN", 0),
    ("forward-rotation", {"minutes": 479}, "NEN", 1),
    ("max-start-spread", {"hours": 6}, "DDEE---", 0),
    ("max-start-spread", {"hours": 5.5}, "DDEED--", 2),
    ("max-start-spread", {"hours": 5}, "EE-|D-EE", 1),
    ("max-start-spread", {"hours": 14}, "DN-----", 0),
    ("max-start-spread", {"hours": 13.999}, "DN-----", 1),
    ("min-rest-block", {"days": 2}, "DDDDD--", 0),
    ("min-rest-block", {"days": 2}, "-DDDDD-", 1),
    ("min-rest-block", {"days": 2}, "DDDDDD--DDDDD--", 0),  # begins on Sunday
    ("min-rest-block", {"days": 2}, "DDDDDD--DDDDDD-", 1),
    ("min-rest-block", {"hours": 39}, "DDDDD-D", 0),  # 17:00 to 08:00 two days later
    ("min-rest-block", {"hours": 39.017}, "DDDDD-D", 1),
    ("min-rest-block", {"hours": 24}, "DDDD-DD", 0),
    ("min-rest-block", {"hours": 40}, "NNN|N-N-", 0),  # 06:00 to 22:00 of the next day
    ("min-rest-block", {"hours": 40.017}, "NNN|N-N-", 1),
    ("min-rest-block", {"hours": 60}, "EEE|EE--", 1),  # 23:00 to 24:00 of Sunday: 49 h
    ("min-rest-block", {"hours": 49}, "EEE|EE--", 0),
    (
        "min-rest-block",
        {"hours": 60, "per": "rolling-4-days"},
        "DD---DD",
        1,
    ),  # from 00:00 of the fourth day: 56 h
    ("min-rest", {"hours": 48, "after": ["N"]}, "NN--D", 0),
    ("min-rest", {"hours": 48, "after": ["N"]}, "NN-D-", 1),
    ("min-rest", {"hours": 48, "after": ["N"]}, "NN-|D-", 1),
    ("min-rest", {"hours": 48, "after": ["N"], "run": 3}, "NN-DNNN-N", 1),
    ("min-rest", {"hours": 48, "after": ["N"], "run": 3}, "NNN|-D-", 1),
    ("min-rest", {"hours": 48, "after": ["N"], "run": 3}, "NNN--D-", 0),
    ("min-rest", {"hours": 16, "before": ["D"]}, "DDEED", 2),
    ("max-shifts", {"count": 1, "shifts": ["start:20:00-24:00"]}, "NNE", 1),
    ("max-shifts", {"count": 0, "shifts": ["during:00:00-06:00"]}, "NDE", 1),
    ("max-shifts", {"count": 1, "per": "rolling-3-days"}, "D-|D--D", 1),
    ("max-shifts", {"count": 3, "per": "rolling-14-days"}, "DDD|-D-", 1),
    ("max-shifts", {"count": 3, "per": "quarter"}, "DDD|-D-", 1),
    ("max-shifts", {"count": 3, "per": "year"}, "DD|-D-", 0),
    ("min-shifts", {"count": 3, "per": "rolling-4-days"}, "DDD--", 1),
    ("min-shifts", {"count": 3, "per": "year"}, "-----", 0),  # the year is not known whole
    ("max-hours", {"hours": 8, "per": "day"}, "DNE", 0),
    ("max-hours", {"hours": 7, "per": "day"}, "DNE", 3),
]


@pytest.mark.parametrize(("kind", "fields", "row", "expected"), CASES)
def test_days_of_one_agent(kind: str, fields: dict[str, Any], row: str, expected: int) -> None:
    start = date(2026, 3, 16 + row.find("|")) if "|" in row else date(2026, 3, 16)
    assert amount({"kind": kind, **fields}, plan(row, start=start)) == expected


def test_a_week_can_begin_on_sunday() -> None:
    fields = {"kind": "max-shifts", "count": 2, "week_start": "sunday"}
    row = "----D|DDD----"  # Tuesday to Saturday, Sunday 8 March to Saturday
    assert amount(fields, plan(row, start=date(2026, 3, 8))) == 1
    assert amount({**fields, "week_start": "monday"}, plan(row, start=date(2026, 3, 8))) == 0


def test_the_start_of_the_week_can_stand_in_the_horizon() -> None:
    schedule = plan("------DD", start=date(2026, 3, 16))
    sunday = schedule.grid.horizon.model_copy(update={"week_start": "sunday"})
    object.__setattr__(schedule.grid, "horizon", sunday)
    assert amount({"kind": "max-shifts", "count": 1}, schedule) == 1


def test_a_sum_counts_the_weekdays_and_dates_of_its_rule() -> None:
    rule = {"kind": "max-shifts", "count": 1, "per": "horizon"}
    schedule = plan("DDDDDDDDDDDDDD")
    assert amount({**rule, "weekdays": ["saturday", "sunday"]}, schedule) == 3
    valid = {"from": date(2026, 3, 20), "until": date(2026, 3, 22)}
    assert amount({**rule, "valid": valid}, schedule) == 2
    assert amount({**rule, "valid": valid, "weekdays": ["sunday"]}, schedule) == 0
    minimum = {"kind": "min-shifts", "count": 1, "per": "week"}
    assert amount({**minimum, "weekdays": ["sunday"]}, plan("DDDDDD-DDDDDDD")) == 1
    # Of a week that validity cuts nothing is required.
    cut = {"from": date(2026, 3, 17)}
    assert amount({**minimum, "valid": cut}, plan("-------D------")) == 0


def test_sundays_off_in_a_period() -> None:
    rule = {"kind": "min-days-off", "days": 1, "per": "horizon", "weekdays": ["sunday"]}
    assert amount(rule, plan("DDDDDD-DDDDDDD")) == 0
    assert amount({**rule, "days": 2}, plan("DDDDDD-DDDDDDD")) == 1


def test_split_shifts_a_week() -> None:
    split = shift("S", "09:00-12:00+18:00-22:00")
    rule = {"kind": "max-shifts", "count": 2, "shifts": ["parts:2"]}
    assert amount(rule, plan("SSDS---", shifts=(*SHIFTS, split))) == 1


def test_overtime_costs_by_tiers_what_each_hour_costs() -> None:
    tiers = [{"above": 40, "cost": 1.5}, {"above": 48, "cost": 2}]
    rule = parse_rule({"kind": "overtime", "tiers": tiers, "severity": 10})

    def points(row: str) -> object:
        found = agree(rule, plan(row))
        return rule.weight * sum(violation.amount for violation in found)

    assert points("DDDDD--") == 0
    assert points("DDDDDD-") == 8 * 15
    assert points("DDDDDDD") == 8 * 15 + 8 * 20
    assert points("DDDD|DDD") == 8 * 15 + 8 * 20
    assert rule.sentence().startswith("Overtime in a week costs")


def test_overtime_is_never_forbidden_and_its_tiers_rise() -> None:
    tiers = [{"above": 40, "cost": 1.5}]
    with pytest.raises(ValueError, match="paid, not forbidden"):
        parse_rule({"kind": "overtime", "tiers": tiers, "severity": "hard"})
    for second in ({"above": 40, "cost": 2}, {"above": 48, "cost": 1.5}):
        with pytest.raises(ValueError, match="do not rise"):
            parse_rule({"kind": "overtime", "tiers": [*tiers, second]})


def test_no_late_shift_before_a_wished_day_off() -> None:
    schedule = plan("EDE-E.D")
    wishes = schedule.shift != schedule.shift
    wishes[0, 1] = wishes[0, 3] = True
    object.__setattr__(schedule.grid, "wished_off", wishes)
    rule = {"kind": "no-shifts-before-off", "shifts": ["E"]}
    assert amount({**rule, "before": "wish"}, schedule) == 2
    assert amount({**rule, "before": "leave"}, schedule) == 1
    assert amount(rule, schedule) == 3


def test_an_unknown_shift_of_the_history_fits_any_shift_and_none_that_is_named() -> None:
    assert amount({"kind": "forbidden-sequence", "shifts": ["+", "."]}, plan("?|-D")) == 1
    assert amount({"kind": "forbidden-sequence", "shifts": ["N", "."]}, plan("?|-D")) == 0
    assert amount({"kind": "forbidden-sequence", "shifts": ["!N|.", "D"]}, plan("?|D")) == 1
    assert amount({"kind": "max-kinds"}, plan("?--|DDDD")) == 0
    assert (
        amount({"kind": "min-rest-block", "days": 1}, plan("?????|?-", start=date(2026, 3, 21)))
        == 0
    )
