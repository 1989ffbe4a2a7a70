from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from rule_cases import MONDAY, amount, plan, work_columns

from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.horizon import Horizon
from csshift.model.people import Agent
from csshift.model.shifts import Shift
from csshift.problem import Problem
from csshift.program import NOBODY
from csshift.rules.registry import parse_rule


def need(*shifts: str, heads: int, **fields: Any) -> dict[str, Any]:
    return {"shifts": shifts, "heads": heads, **fields}


def cost(*needs: dict[str, Any], rows: tuple[str, ...], **fields: Any) -> Fraction:
    return amount({"kind": "shift-cover", "cover": needs, **fields}, plan(*rows))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("DDD", "DDD"), 0),
        (("DDD", "DED"), 1),
        (("DD-", "-E-"), 1 + 1 + 2),
        (("DDD", "DDD", "DD-"), 0),  # one too many costs nothing unless asked
    ],
)
def test_heads_missing_on_every_planned_day(rows: tuple[str, ...], expected: int) -> None:
    assert cost(need("D", heads=2), rows=rows) == expected


def test_missing_and_too_many_have_weights_of_their_own() -> None:
    both = need("D", heads=2, under=100, over=0.125)
    assert cost(both, rows=("DDD", "DD-", "D--")) == Fraction(1, 8) + 100
    assert cost(need("D", heads=1, under=0, over=3), rows=("DD-", "D--")) == 3
    assert cost(need("N", heads=0, over=1), rows=("DN-", "NN-")) == 3


def test_a_hard_rule_forbids_only_what_has_a_weight() -> None:
    # `amount` holds the hard rule against the soft one: no violation is 0, and the reverse.
    assert cost(need("D", heads=2, under=0, over=1), rows=("DDD", "---")) == 0
    assert cost(need("D", heads=2, under=1, over=1), rows=("DDD", "DDD")) == 0
    assert cost(need("D", heads=1, under=1, over=1), rows=("DDD", "DDD")) == 3


def test_shifts_of_one_entry_count_together() -> None:
    assert cost(need("D", "tag:late", heads=3), rows=("D", "E", "N")) == 0
    assert cost(need("D", "D", "tag:day", heads=3), rows=("D", "D", "-")) == 1


def test_entries_are_judged_one_by_one() -> None:
    entries = (need("D", heads=1), need("N", heads=1, under=5), need("D", "N", heads=3, under=2))
    assert cost(*entries, rows=("D-", "NN")) == 0 + 0 + 2 + 1 + 0 + 4


def test_dates_choose_the_days_and_the_history_asks_nothing() -> None:
    tuesday = MONDAY + timedelta(days=1)
    assert cost(need("D", heads=1, dates=[tuesday, tuesday]), rows=("---",)) == 1
    assert cost(need("D", heads=1, dates=[MONDAY]), rows=("-|--",)) == 0
    assert cost(need("D", heads=1), rows=("--|D-",)) == 1


def test_only_agents_of_the_selector_count_and_nobody_may_be_left() -> None:
    chosen = {"agents": {"ids": ["a1"]}}
    assert cost(need("D", heads=1), rows=("D-", "-D"), **chosen) == 1
    assert cost(need("D", heads=2), rows=("DD", "DD"), agents={"ids": ["x"]}) == 4


def test_leave_takes_heads_away() -> None:
    assert cost(need("D", heads=2), rows=("D.", "DD")) == 1


def test_one_row_a_day_and_slack_that_belongs_to_nobody() -> None:
    rule = parse_rule(
        {"kind": "shift-cover", "severity": 2, "cover": [need("D", heads=2, under=100, over=1)]}
    )
    work, fixed = work_columns(plan("D" * 7, "D" * 7, "-" * 7))
    rule.rows(work)
    program = work.builder.build()
    assert program.rows == 7
    slack = slice(fixed.size, None)
    assert program.column_agent[slack].tolist() == [NOBODY] * 14
    assert program.column_day[slack].tolist() == [*range(7), *range(7)]
    assert program.upper[slack].tolist() == [2] * 7 + [1] * 7
    assert (program.cost[slack] / program.scale).tolist() == [200] * 7 + [2] * 7


def test_rows_that_nothing_can_break_are_left_out() -> None:
    work, _ = work_columns(plan("DD", "DD"))
    parse_rule(
        {
            "kind": "shift-cover",
            "cover": [need("D", heads=0), need("D", heads=2, under=0, over=1)],
        }
    ).rows(work)
    assert work.builder.build().rows == 0


def test_a_soft_rule_that_asks_nothing_leaves_whole_numbers_whole() -> None:
    work, _ = work_columns(plan("DD", "DD"))
    cover = [need("D", heads=0)]
    parse_rule({"kind": "shift-cover", "cover": cover, "severity": 1}).rows(work)
    parse_rule({"kind": "forbidden-shifts", "shifts": ["N"]}).rows(work)
    assert work.builder.build().matrix.dtype == np.int64


def test_the_text_says_what_is_missing() -> None:
    rule = parse_rule({"kind": "shift-cover", "cover": [need("D", "tag:late", heads=2)]})
    (found,) = rule.violations(plan("D", "-"))
    assert (found.agent, found.day, found.text) == (None, 0, "1 on D|tag:late, 2 needed")


@pytest.mark.parametrize(
    "wrong",
    [
        {"under": 0},
        {"under": -1},
        {"under": "1.0005"},
        {"heads": -1},
        {"heads": 1.5},
        {"shifts": []},
        {"dates": []},
        {"date": MONDAY},
    ],
)
def test_impossible_entries_are_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        parse_rule({"kind": "shift-cover", "cover": [{**need("D", heads=1), **wrong}]})


def covered(*cover: dict[str, Any]) -> Problem:
    return Problem(
        horizon=Horizon(start=MONDAY, days=2),
        agents=(Agent(agent_id="a", skills={"hotline": Decimal(1)}),),
        shifts=(Shift(code="D", hours="08:00-16:00"),),
        rules=({"kind": "shift-cover", "cover": cover},),
    )


def test_unknown_shifts_are_faults() -> None:
    with pytest.raises(InputError) as caught:
        covered(need("E", heads=1))
    told = {(fault.table, fault.index, fault.value) for fault in caught.value.faults}
    assert told == {("rules", 0, "E")}


def test_dates_outside_the_horizon_are_left_out_with_a_note() -> None:
    late = MONDAY + timedelta(days=9)
    [note] = Instance(covered(need("D", heads=1, dates=[MONDAY, late]))).notes
    assert (note.code, note.count) == ("dates-outside", 1)
    [note] = Instance(covered(need("D", heads=1, dates=[late]))).notes
    assert note.code == "rule-binds-nobody"
    assert "none of its dates" in note.text
    always = need("D", heads=1, dates=[late]), need("D", heads=1)
    [note] = Instance(covered(*always)).notes
    assert note.code == "dates-outside"


def test_many_entries_are_rows_of_one_block() -> None:
    entries = [
        need(code, heads=1, over=1, dates=[MONDAY + timedelta(days=day)])
        for code in "DEN"
        for day in range(14)
    ]
    rule = parse_rule({"kind": "shift-cover", "cover": entries, "severity": 1})
    work, _ = work_columns(plan(*["D" * 14] * 4))
    rule.rows(work)
    program = work.builder.build()
    assert program.rows == len(entries)
    assert np.diff(program.matrix.indptr).tolist() == [4 + 2] * len(entries)
