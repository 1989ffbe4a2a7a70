"""What stands in the tables and no roster can use is told, and nothing else is."""

from __future__ import annotations

import ast
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from problems import MONDAY, agent, cell, roster, shift, small, works

import csshift
from csshift import Problem, solve
from csshift.instance import Instance
from csshift.model.notes import Note
from csshift.planner.check import with_plan
from csshift.planner.roster_notes import roster_notes

SOURCES = Path(csshift.__file__).parent
BEFORE, AFTER = MONDAY - timedelta(days=1), MONDAY + timedelta(days=3)
DAY_SHIFT = shift("D", "08:00-16:00")
HEADS = tuple(cell("10:00", 1, day=day) for day in range(3))


def notes(problem: Problem) -> dict[str, Note]:
    """Return the notes on what is unused, by code."""
    found = Instance(problem).notes
    codes = [note.code for note in found]
    assert len(set(codes)) == len(codes)
    return {note.code: note for note in found}


def test_a_shop_that_uses_all_its_rows_has_no_notes() -> None:
    contract = {"name": "full", "max_hours_per_week": 40}
    people = (agent("a", contract="full"), agent("b", contract="full"))
    assert notes(small(agents=people, contracts=(contract,), requirements=HEADS)) == {}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"end_date": BEFORE}, True),
        ({"start_date": AFTER}, True),
        ({"end_date": MONDAY}, False),
        ({"start_date": AFTER - timedelta(days=1)}, False),
    ],
)
def test_people_who_are_employed_on_no_day_are_told(fields: dict[str, Any], told: bool) -> None:
    people = (agent("a"), agent("b", name="王芳", **fields))
    found = notes(small(agents=people, requirements=HEADS))
    assert ("agents-not-employed" in found) == told
    if told:
        assert found["agents-not-employed"].agents == ("b",)
        assert "b 王芳 is employed on no day" in found["agents-not-employed"].text


def test_contracts_that_nobody_has_are_told() -> None:
    contracts = tuple({"name": name, "max_hours_per_week": 40} for name in ("full", "part"))
    people = (agent("a", contract="full"), agent("b"))
    found = notes(small(agents=people, contracts=contracts, requirements=HEADS))
    assert list(found) == ["contracts-unheld"]
    assert "no agent has part" in found["contracts-unheld"].text


def test_shifts_that_ended_are_told_unless_they_explain_the_history() -> None:
    ended = csshift.Shift(code="E", hours="08:00-12:00", end_date=BEFORE)
    problem = small(shifts=(DAY_SHIFT, ended), requirements=HEADS)
    assert notes(problem)["shifts-ended"].shifts == ("E",)
    past = ({"agent_id": "a", "date": BEFORE, "shift": "E"},)
    assert notes(small(shifts=(DAY_SHIFT, ended), requirements=HEADS, history=past)) == {}
    last = ended.model_copy(update={"end_date": MONDAY})
    assert notes(small(shifts=(DAY_SHIFT, last), requirements=HEADS)) == {}


@pytest.mark.parametrize("chosen", [None, {"ids": ["a"]}])
def test_shifts_that_a_hard_rule_forbids_to_everybody_are_told(chosen: dict[str, Any]) -> None:
    night = shift("N", "22:00-30:00")
    rule = {"kind": "forbidden-shifts", "shifts": ["N"]} | ({"agents": chosen} if chosen else {})
    found = notes(small(shifts=(DAY_SHIFT, night), rules=[rule], requirements=HEADS))
    assert ("shifts-impossible" in found) == (chosen is None)
    soft = [rule | {"severity": 1}]
    assert notes(small(shifts=(DAY_SHIFT, night), rules=soft, requirements=HEADS)) == {}


def test_skills_and_stores_without_demand_are_told() -> None:
    people = (
        agent("a", skills={"pre-sale": 1, "hotline": 1}, stores=("S1", "S2")),
        agent("b", skills={"pre-sale": 1, "after-sale": 1, "payment-reminder": 1}),
    )
    duty = {"name": "payment-reminder", "skill": "payment-reminder", "window": "10:00-14:00"}
    rules = [{"kind": "min-rest", "agents": {"skills": ["after-sale"]}}]
    stores = ("S1", "S2")
    shop = {"agents": people, "stores": stores, "duties": (duty,), "rules": rules}
    found = notes(small(**shop, requirements=HEADS))
    assert found["skills-unasked"].skills == ("hotline",)
    assert found["stores-unasked"].stores == ("S2",)
    served = cell("10:00", 1, store="S2", skill="hotline")
    problem = small(**shop, requirements=(*HEADS, served))
    assert notes(problem) == {}


def test_demand_of_other_days_does_not_count() -> None:
    people = (agent("a", skills={"pre-sale": 1, "hotline": 1}), agent("b"))
    later = cell("10:00", 1, skill="hotline", day=30)
    found = notes(small(agents=people, requirements=(*HEADS, later)))
    assert found["skills-unasked"].skills == ("hotline",)


def test_where_only_rules_ask_for_people_skills_are_not_told() -> None:
    rules = [{"kind": "min-on-site", "hours": "10:00-12:00", "count": 1}]
    assert notes(small(requirements=(), rules=rules)) == {}


def test_shifts_that_a_roster_leaves_out_are_told() -> None:
    late = shift("L", "14:00-22:00")
    problem = small(shifts=(DAY_SHIFT, late), requirements=HEADS)
    instance = Instance(problem)

    def codes(*rows: Any) -> list[tuple[str, ...]]:
        planned = with_plan(instance, roster(*rows))
        found = roster_notes(instance, planned, csshift.check(instance, planned))
        return [note.shifts for note in found if note.code == "shifts-unused"]

    assert codes(works("a", 0, "D")) == [("L",)]
    assert codes(works("a", 0, "D"), works("b", 0, "L")) == []
    assert codes() == []


def test_the_result_holds_them() -> None:
    people = (agent("a"), agent("b", end_date=BEFORE))
    contracts = ({"name": "part", "max_hours_per_week": 20},)
    problem = small(agents=people, contracts=contracts, requirements=HEADS)
    result = solve(problem, time_limit=5, workers=1)
    codes = {note.code for note in result.notes}
    assert {"agents-not-employed", "contracts-unheld"} <= codes
    assert all(note.text_zh for note in result.notes)


def test_every_note_is_written_in_both_languages() -> None:
    for source in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Note":
                assert "text_zh" in {word.arg for word in node.keywords}, (source, node.lineno)


def test_many_names_are_counted() -> None:
    people = [agent("a"), *(agent(f"b{i}", end_date=date(2020, 1, 1)) for i in range(8))]
    note = notes(small(agents=tuple(people), requirements=HEADS))["agents-not-employed"]
    assert (note.count, len(note.agents)) == (8, 8)
    assert "b4 and 3 more are employed" in note.text
    assert "b4 等 8 个" in note.text_zh
