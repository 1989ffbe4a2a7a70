"""Every kind of rule is shown kept, at its limit, broken, and across the history.

Each roster is judged by rows and check, hard and soft, which must agree. A kind that is added has
to be added here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from rule_cases import SHIFTS, agree, amount, plan, shift

from csshift.rules.grid import Schedule
from csshift.rules.registry import kinds, parse_rule

ALL_SHIFTS = (*SHIFTS, shift("M", "05:00-08:00"))
Rows = tuple[str, ...]


class Shown(NamedTuple):
    """Rosters that show a kind; days begin on a Monday, planned ones after the bar.

    Parameters
    ----------
    keeps, limit : tuple of str
        Kept easily, and just so: one step more breaks the rule.
    breaks : tuple of str
        Broken by `amount`, in a horizon without history.
    settled : tuple of str
        Broken in the history alone, or beyond what planned days can change: no violation.
    after, clear : tuple of str or None
        The same planned days, broken after one history and kept after another; None where only
        the day itself counts.
    """

    fields: dict[str, Any]
    keeps: Rows
    limit: Rows
    breaks: Rows
    amount: Fraction | int
    settled: Rows
    after: Rows | None = None
    clear: Rows | None = None
    tags: Rows | None = None


def one(
    fields: dict[str, Any],
    keeps: str,
    limit: str,
    breaks: str,
    excess: int,
    settled: str,
    after: str | None = None,
    clear: str | None = None,
) -> Shown:
    """Return what shows a kind on the days of one agent."""
    past = [None if row is None else (row,) for row in (after, clear)]
    return Shown(fields, (keeps,), (limit,), (breaks,), excess, (settled,), *past)


NIGHTS = {"shifts": ["N"]}
HALF = Fraction(1, 2)
WEEKENDS = {"count": 1, "per": "rolling-14-days"}
SENIOR = {"by": {"tags": ["s"]}, "agents": {"exclude": {"tags": ["s"]}}}
TIERS = {"tiers": [{"above": 16, "cost": 1.5}]}
CYCLE = {"cycle": ["D", "."], "start": "2026-03-16"}
DAWN = {"hours": "05:00-06:00"}
RELIEF = {"hours": "00:00-24:00", "minutes": 60, "shifts": ["N"]}
PAIRS = {"shifts": [".", "."]}

EVERY: dict[str, Shown] = {
    "min-rest": one({"hours": 9}, "DE", "ED", "ND", 1, "ND|--", "N|D", "D|D"),
    "max-consecutive-days": one(
        {"days": 3}, "DD-D", "DDD-", "DDDD", 1, "DDDD|---", "DD|DD", "-D|DD"
    ),
    "min-consecutive-days": one(
        {"days": 2}, "-DDD-", "-DD-", "-D--", 1, "-D-|---", "-D|--", "-DD|--"
    ),
    "min-consecutive-days-off": one(
        {"days": 2}, "D---D", "D--D", "D-DD", 1, "D-D|DD", "D-|DD", "D--|DD"
    ),
    "max-consecutive-days-off": one(
        {"days": 2}, "D-D", "D--D", "D---", 1, "---|D", "--|-D", "D-|-D"
    ),
    "min-days-off": one(
        {"days": 2}, "DDD----", "DDDDD--", "DDDDDD-", 1, "DDDDDD|-", "DDD|DDD-", "DD-|DDD-"
    ),
    "max-days-off": one(
        {"days": 2}, "DDDDDDD", "DDDDD--", "DDDD---", 1, "---|DDDD", "--|DDDD-", "DD|DDDD-"
    ),
    "max-hours": one({"hours": 16}, "D------", "DD-----", "DDD", 8, "DDD|----", "DD|D--", "D-|D--"),
    "min-hours": one(
        {"hours": 16}, "DDD----", "DD-----", "D------", 8, "------|D", "---|D---", "D--|D---"
    ),
    "max-shifts": one({"count": 2}, "D------", "DD-----", "DDD", 1, "DDD|----", "DD|D--", "D-|D--"),
    "min-shifts": one(
        {"count": 2}, "DDD----", "DD-----", "D------", 1, "------|D", "---|D---", "D--|D---"
    ),
    "max-overtime": one(
        {"hours": 8, "per": "week"},
        *("DDDDD--", "DDDDDD-", "DDDDDDD", 8, "DDDDDDD|-------", "DDDDD|DD", "DDDD-|DD"),
    ),
    "overtime": one(TIERS, "D------", "DD-----", "DDD----", 12, "DDD|----", "DD|D--", "D-|D--"),
    "max-kinds": one({}, "DDD", "D-D", "DE", 1, "DE|--", "D|E", "E|E"),
    "min-kinds": one(
        {"count": 2}, "DEN----", "DE-----", "D------", 1, "D-----|.", "D--|D---", "E--|D---"
    ),
    "max-weekends": one(
        {"count": 1},
        *("DDDDD--", "-----DD-------", "-----D-------D", 1),
        *("-----DD|-------", "-----D|------D-", "------|------D-"),
    ),
    "min-weekends": one(
        {"count": 1}, "-----DD", "-----D-", "DDDDD--", 1, "------|.", "------|-", "-----D|-"
    ),
    "min-weekends-off": one(
        WEEKENDS,
        *("D-------------", "-----DD-------", "-----D-------D", 1),
        *("-----D-------D|-", "-----D-|------D", "-------|------D"),
    ),
    "max-consecutive-weekends": one(
        {"count": 1},
        *("-------", "-----D--------", "-----D-------D", 1),
        *("-----D-------D|-", "-----D-|------D", "-------|------D"),
    ),
    "max-consecutive-weekends-off": one(
        {"count": 1},
        *("-----D-------D", "-------D-----D", "--------------", 1),
        *("--------------|D", "-------|D------", "-----D-|D------"),
    ),
    "complete-weekends": one(
        {}, "DDDDDDD", "DDDDD--", "DDDDDD-", 1, "-----D-|---", "-----D|-", "------|-"
    ),
    "compensation-day": one(
        {"within": 3},
        *(
            "------D--D",
            "------DDD-",
            "------DDDD",
            1,
            "------DDDD|--",
            "------D|DDD",
            "-------|DDD",
        ),
    ),
    "forbidden-shifts": one(NIGHTS, "D", "DED", "DN", 1, "N|D"),
    "no-shifts-before-off": one({"shifts": ["E"], "before": "leave"}, "D.", "E-.", "E.", 1, "E|.-"),
    "forbidden-sequence": one({"shifts": ["N", "D"]}, "DN-", "N-D", "ND", 1, "ND|--", "N|D", "D|D"),
    "required-sequence": one(
        {"after": ["N"], "then": ["."]}, "N--", "DN-", "ND", 1, "ND|-", "N|D", "D|D"
    ),
    "min-sequences": one(
        PAIRS, "DDDD---", "DDDDD--", "D-DDDD-", 1, "D-DDDD|.", "DDD|-DDD", "DD-|-DDD"
    ),
    "max-consecutive-shifts": one(
        {"count": 2, **NIGHTS}, "NDN", "NN-", "NNN", 1, "NNN|--", "NN|N", "ND|N"
    ),
    "min-consecutive-shifts": one(
        {"count": 2, **NIGHTS}, "-NNN-", "-NN-", "-N--", 1, "-N-|---", "-N|D-", "-NN|D-"
    ),
    "days-off-after": one(
        {"days": 2, **NIGHTS}, "N---D", "N--D", "N-D", 1, "N-D|--", "N|-D", "D|-D"
    ),
    "rotation": one(CYCLE, "D-D", "D-D-", "DDD", 1, "-D|D-"),
    "forward-rotation": one({}, "DEN", "DD", "ED", 1, "ED|--", "E|D", "D|D"),
    "max-start-spread": one({"hours": 6}, "DD", "DE", "DN", 1, "DN|--", "N|D", "E|D"),
    "min-rest-block": one(
        {"days": 2}, "DDDD---", "DDDDD--", "DDDDDD-", 1, "DDDDDD|.", "DDD|-DDD", "DD-|-DDD"
    ),
    "rest-quota": one(
        {"days": 2, "per": "week"},
        *("DDDD---", "DDDDD--", "DDDDDD-", 1),
        *("-------|DDDDDDD", "DDDDDDD|DDDDD--", "DDDDD--|DDDDD--"),
    ),
    "seats": Shown(
        {"count": 1},
        *(("D-", "-D"), ("D-", "N-"), ("D", "E"), 3, ("N|-", "N|-")),
        *(("N|-", "-|M"), ("-|-", "-|M")),
    ),
    "min-on-site": Shown(
        DAWN,
        *(("MM", "MM"), ("MM", "--"), ("M-", "--"), 1, ("-|M",)),
        *(("-|-",), ("N|-",)),
    ),
    "never-alone": Shown(
        DAWN,
        *(("-M", "-M"), ("-M", "N-"), ("-M", "--"), 1, ("N|-", "-|-")),
        *(("-|M", "-|-"), ("-|M", "N|-")),
    ),
    "shift-cover": Shown(
        {"cover": [{"shifts": ["D"], "heads": 1}]},
        *(("D", "D"), ("D", "-"), ("E", "-"), 1, ("-|D",)),
    ),
    "accompanied": Shown(
        SENIOR,
        *(("DD", "DD"), ("D-", "DD"), ("DE", "DD"), 1, ("D|-", "-|-")),
        tags=("", "s"),
    ),
    "handover": Shown(RELIEF, ("N-", "MM"), ("N-", "-M"), ("N-", "--"), 1, ("N|-", "-|-")),
    "together": Shown({}, ("DD", "DD"), ("D-", "D-"), ("DE", "DD"), 1, ("D|-", "E|-")),
    "apart": Shown({}, ("D-", "-D"), ("D", "E"), ("D", "D"), 1, ("D|-", "D|-")),
    "group-limit": Shown({"count": 1}, ("D", "D"), ("D", "-"), ("-", "-"), 1, ("-|D", "-|D")),
    "max-share": Shown(
        {"of": {"tags": ["i"]}, "share": 0.5},
        *(("-", "D"), ("D", "D"), ("D", "-"), HALF, ("D|-", "-|-")),
        tags=("i", ""),
    ),
    "fair": Shown(
        {"by": "range"},
        *(("D-", "-D"), ("DD", "D-"), ("DD", "--"), 1, ("DDD|-", "---|-")),
        *(("D|D", "-|-"), ("-|D", "D|-")),
    ),
}
SOFT_ALONE = {"overtime"}
"""Kinds that cannot be hard."""

TODAY_ALONE = {
    *("accompanied", "apart", "forbidden-shifts", "group-limit", "handover", "max-share"),
    *("no-shifts-before-off", "rotation", "shift-cover", "together"),
}
"""Kinds of which the history can neither help nor harm a planned day."""


def schedule(kind: str, rows: Rows) -> Schedule:
    return plan(*rows, shifts=ALL_SHIFTS, tags=EVERY[kind].tags)


def excess(kind: str, rows: Rows) -> Fraction:
    """Return the amount of violation, after holding rows and check together, hard and soft."""
    fields = {"kind": kind, **EVERY[kind].fields}
    if kind in SOFT_ALONE:
        found = agree(parse_rule({**fields, "severity": 2}), schedule(kind, rows))
        return sum((violation.amount for violation in found), Fraction(0))
    return amount(fields, schedule(kind, rows))


def test_every_kind_is_shown() -> None:
    assert set(EVERY) == set(kinds())
    assert {kind for kind, shown in EVERY.items() if shown.after is None} == TODAY_ALONE


@pytest.mark.parametrize("kind", EVERY)
def test_kept_at_the_limit_and_broken(kind: str) -> None:
    shown = EVERY[kind]
    assert excess(kind, shown.keeps) == 0
    assert excess(kind, shown.limit) == 0
    assert excess(kind, shown.breaks) == shown.amount > 0


@pytest.mark.parametrize("kind", EVERY)
def test_what_the_history_settled_breaks_nothing(kind: str) -> None:
    assert all("|" in row for row in EVERY[kind].settled)
    assert excess(kind, EVERY[kind].settled) == 0


@pytest.mark.parametrize("kind", sorted(set(EVERY) - TODAY_ALONE))
def test_the_history_counts_across_the_boundary(kind: str) -> None:
    after, clear = EVERY[kind].after, EVERY[kind].clear
    assert after is not None
    assert clear is not None
    assert [row.partition("|")[2] for row in after] == [row.partition("|")[2] for row in clear]
    assert excess(kind, after) > 0
    assert excess(kind, clear) == 0


@pytest.mark.parametrize("kind", EVERY)
def test_a_rule_for_nobody_requires_nothing(kind: str) -> None:
    shown = EVERY[kind]
    fields = {"kind": kind, **shown.fields, "agents": {"tags": ["nobody"]}}
    if kind in ("min-on-site", "shift-cover"):
        return  # these require somebody, whoever may be chosen
    fields |= {"severity": 2}
    assert agree(parse_rule(fields), schedule(kind, shown.breaks)) == []


@pytest.mark.parametrize("kind", EVERY)
def test_a_rule_that_reports_costs_nothing_and_finds_the_same(kind: str) -> None:
    shown = EVERY[kind]
    rule = parse_rule({"kind": kind, **shown.fields, "severity": "report"})
    found = list(rule.violations(schedule(kind, shown.breaks)))
    assert (rule.weight, rule.only_reports) == (0, True)
    assert sum(violation.amount for violation in found) == shown.amount
