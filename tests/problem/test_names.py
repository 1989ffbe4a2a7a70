"""Whatever names something is held against what there is; nothing binds nobody in silence."""

from __future__ import annotations

import json
import typing
from datetime import date, datetime
from typing import Any

import pytest
from problems import DAY as ONE_DAY
from problems import MONDAY, agent, cell, shift, small
from pydantic import ValidationError

from csshift.errors import Fault, InputError, nearest
from csshift.instance import Instance
from csshift.model.entity import Entity, TableRow, fields_of
from csshift.model.notes import Note
from csshift.model.promotions import CalendarDay, PromotionEffect, ShapePoint
from csshift.planner.solve import solve
from csshift.problem import Problem
from csshift.problem.faults import SELECTED
from csshift.rules.base import Selector
from csshift.rules.registry import kinds

OWN = "the name of the entity itself"
TEXT = "for people"
DATE = "any date, and rows of other days are left out with a note"
PERIOD = "any date"
WORDS = "a word that is not known is no value at all"
DEMAND = "demand makes its store known"

DUTY = {"name": "remind", "skill": "pre-sale", "window": "10:00-14:00"}
CELL = {"date": MONDAY, "start": "10:00", "store": "S1", "skill": "pre-sale"}
DAY = {"agent_id": "a", "date": MONDAY}
SAYS = {"agent_id": "a", "works": "never"}
SHIFTS = {"shifts": ["?"]}
COUNT = {"count": 1}

DECISIONS: dict[str, dict[str, str | dict[str, Any]]] = {
    # By model and field: why no name in it can be unknown, or parts in which "?" is unknown.
    "Problem": {
        "name": TEXT,
        "stores": OWN,
        "pools": {"pools": [["?"]]},
        "labour": {"labour": "?"},
        "severities": OWN,
    },
    "Horizon": {"start": PERIOD},
    "Agent": {
        "agent_id": OWN,
        "name": TEXT,
        "team": OWN,
        "tags": OWN,
        "start_date": PERIOD,
        "end_date": PERIOD,
        "stores": {"agents": [{"agent_id": "a", "skills": {"pre-sale": 1}, "stores": ["?"]}]},
        "skills": {"agents": [{"agent_id": "a", "skills": {"?": 1}}]},
        "contract": {"agents": [{"agent_id": "a", "skills": {"pre-sale": 1}, "contract": "?"}]},
    },
    "Contract": {"name": OWN},
    "Shift": {"code": OWN, "name": TEXT, "tags": OWN, "end_date": PERIOD},
    "Skill": {"name": OWN},
    "SkillOverride": {"dates": DATE},
    "Duty": {
        "name": OWN,
        "skill": {"duties": [DUTY | {"skill": "?"}]},
        "stores": {"duties": [DUTY | {"stores": [["?"]]}]},
        "dates": DATE,
    },
    "ForecastCell": {
        "date": DATE,
        "store": DEMAND,
        "skill": {"forecast": [CELL | {"skill": "?", "inquiries": 1}]},
    },
    "RequirementCell": {
        "date": DATE,
        "store": DEMAND,
        "skill": {"requirements": [CELL | {"skill": "?", "heads": 1}]},
    },
    "Leave": {"kind": TEXT, "date": DATE, "agent_id": {"leave": [DAY | {"agent_id": "?"}]}},
    "Request": {
        "date": DATE,
        "agent_id": {"requests": [DAY | {"agent_id": "?", "want": "off"}]},
        "shift": {"requests": [DAY | {"shift": "?", "want": "off"}]},
    },
    "Availability": {
        "agent_id": {"availability": [SAYS | {"agent_id": "?"}]},
        "shifts": {"availability": [SAYS | {"shifts": ["?"]}]},
        "start_date": PERIOD,
        "end_date": PERIOD,
    },
    "Pin": {
        "date": DATE,
        "agent_id": {"pins": [DAY | {"agent_id": "?"}]},
        "shift": {"pins": [DAY | {"shift": "?"}]},
    },
    "Assignment": {
        "date": PERIOD,
        "agent_id": "people who have left may stand in the history",
        "shift": "codes no longer in use may stand in the history",
    },
    "DutyTurn": {
        "date": PERIOD,
        "stores": "groups of the past need not be those of today",
        "agent_id": "people who have left may stand in the history",
        "duty": "duties no longer held may stand in the history",
    },
    "Balance": {
        "agent_id": "people who have left may stand in the balances",
        "what": "balances that no rule uses are carried on, and noted",
        "until": DATE,
    },
    "Holiday": {"date": DATE, "name": TEXT},
    "LabourTerms": {"figures": {"labour": "china", "labour_terms": {"figures": {"?": 1}}}},
    "Fair": {
        "since": DATE,
        "shifts": {"rules": [{"kind": "fair"} | SHIFTS]},
    },
    "Points": {
        "shifts": {"rules": [{"kind": "fair", "of": "points", "points": [SHIFTS | {"points": 1}]}]}
    },
    "DateSpan": {"name": OWN, "start": DATE, "until": DATE, "dates": DATE},
    "Valid": {
        "start": DATE,
        "until": DATE,
        "spans": {"rules": [{"kind": "min-rest", "valid": {"spans": ["?"]}}]},
    },
    "Selector": {
        name: {"rules": [{"kind": "min-rest", "agents": {name: ["?"]}}]} for name in SELECTED
    },
    "AgentFilter": {
        name: {"rules": [{"kind": "min-rest", "agents": {"exclude": {name: ["?"]}}}]}
        for name in SELECTED
    },
    "MinRest": {
        "after": {"rules": [{"kind": "min-rest", "after": ["?"]}]},
        "before": {"rules": [{"kind": "min-rest", "before": ["?"]}]},
    },
    "MinSequences": {"shifts": {"rules": [{"kind": "min-sequences", "shifts": ["!?|."]}]}},
    "RequiredSequence": {
        "after": {"rules": [{"kind": "required-sequence", "after": ["?"], "then": ["."]}]},
        "then": {"rules": [{"kind": "required-sequence", "after": ["+"], "then": ["?"]}]},
    },
    "DaysOffAfter": {"shifts": {"rules": [{"kind": "days-off-after", "days": 1} | SHIFTS]}},
    "Rotation": {
        "start": PERIOD,
        "cycle": {"rules": [{"kind": "rotation", "cycle": ["?"], "start": MONDAY}]},
    },
    "ShiftsBeforeOff": {"shifts": {"rules": [{"kind": "no-shifts-before-off"} | SHIFTS]}},
    "MinKinds": {"groups": {"rules": [{"kind": "min-kinds", "groups": [["?"]]}]}},
    "MaxKinds": {"groups": {"rules": [{"kind": "max-kinds", "groups": [["?"]]}]}},
    "Handover": {"shifts": {"rules": [{"kind": "handover", "hours": "08:00-12:00"} | SHIFTS]}},
    "Apart": {"shifts": {"rules": [{"kind": "apart"} | SHIFTS]}},
    "MaxShare": {"shifts": {"rules": [{"kind": "max-share", "of": {}, "share": 1} | SHIFTS]}},
    "ForbiddenShifts": {"shifts": {"rules": [{"kind": "forbidden-shifts"} | SHIFTS]}},
    "ForbiddenSequence": {
        "shifts": {"rules": [{"kind": "forbidden-sequence", "shifts": ["D", "?"]}]}
    },
    "MaxShifts": {"shifts": {"rules": [{"kind": "max-shifts", "per": "week"} | COUNT | SHIFTS]}},
    "MinShifts": {"shifts": {"rules": [{"kind": "min-shifts", "per": "week"} | COUNT | SHIFTS]}},
    "MaxConsecutiveShifts": {
        "shifts": {"rules": [{"kind": "max-consecutive-shifts"} | COUNT | SHIFTS]}
    },
    "MinConsecutiveShifts": {
        "shifts": {"rules": [{"kind": "min-consecutive-shifts"} | COUNT | SHIFTS]}
    },
    "MinOnSite": {
        "tags": {"rules": [{"kind": "min-on-site", "tags": ["?"], "hours": "08:00-12:00"}]}
    },
    "ShiftNeed": {
        "dates": DATE,
        "shifts": {"rules": [{"kind": "shift-cover", "cover": [SHIFTS | {"heads": 1}]}]},
    },
    # Judged where the forecast is made: tests/demand/test_promotions.py, tests/cli.
    "PromotionEffect": {
        "wave": OWN,
        "start": PERIOD,
        "end": PERIOD,
        "stores": "judged with the forecast",
        "multipliers": "judged with the forecast",
        "shape": "judged with the forecast",
    },
    "ShapePoint": {"shape": OWN},
    "CalendarDay": {"date": PERIOD, "name": TEXT},
}
RULE_FIELDS = {
    "name": TEXT,
    "id": OWN,
    "severity": "one of the levels; how else it is written, tests of severity say",
    "per": {"rules": [{"kind": "max-shifts", "count": 1, "per": "?"}]},
}
"""Fields that every kind of rule has."""


def leaves(annotation: Any) -> set[Any]:
    """Return the types that an annotation is made of."""
    if typing.get_origin(annotation) is typing.Literal:
        return set()
    inner = typing.get_args(annotation)
    return {annotation} if not inner else set().union(*map(leaves, inner))


def models() -> set[type[Any]]:
    """Return every entity of which a problem, or a forecast, is made."""
    found: set[type[Any]] = set()
    todo: list[type[Any]] = [Problem, PromotionEffect, ShapePoint, CalendarDay, Selector]
    todo += kinds().values()
    while todo:
        model = todo.pop()
        if model not in found:
            found.add(model)
            parts = set().union(*(leaves(f.annotation) for f in fields_of(model).values()))
            todo += [p for p in parts if isinstance(p, type) and issubclass(p, Entity | TableRow)]
    return found


def naming_fields() -> set[tuple[str, str]]:
    return {
        (model.__name__, name)
        for model in models()
        for name, field in fields_of(model).items()
        if leaves(field.annotation) & {str, date, datetime}
    }


FIELDS = sorted(naming_fields() - {("Rule", "kind")})


def test_there_are_fields_to_walk_over() -> None:
    assert {("Agent", "contract"), ("MinOnSite", "tags"), ("ShiftNeed", "shifts")} <= {*FIELDS}


@pytest.mark.parametrize(("model", "name"), FIELDS)
def test_every_field_that_names_something_is_decided_upon(model: str, name: str) -> None:
    rules = {kind.__name__ for kind in kinds().values()} | {"Rule"}
    own = DECISIONS.get(model, {})
    decision = RULE_FIELDS.get(name) if model in rules and name not in own else own.get(name)
    assert decision is not None, f"decide what {model}.{name} is held against"
    if isinstance(decision, dict):
        assert any(fault.value == "?" for fault in faults(**decision))


def test_every_decision_is_about_a_field() -> None:
    decided = {(model, name) for model, names in DECISIONS.items() for name in names}
    assert decided <= set(FIELDS)
    assert set(SELECTED) | {"match", "exclude"} == set(Selector.model_fields)


def faults(**parts: Any) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        small(**parts)
    assert all(fault.remedy for fault in caught.value.faults)
    return caught.value.faults


TEAMS = (
    agent("a", team="T2", tags=("nursing",)),
    agent("b", team="T1", end_date=date(2026, 3, 1)),
    agent("c", tags=("lead",), end_date=date(2026, 3, 1)),
)
OFF_SITE = {"kind": "min-on-site", "hours": "10:00-12:00"}


@pytest.mark.parametrize(
    ("rule", "column", "text"),
    [
        (
            {"agents": {"tags": ["nurisng"]}},
            "agents.tags",
            "no agent has this tag; did you mean 'n",
        ),
        ({"agents": {"tags": ["NURSING "]}}, "agents.tags", "did you mean 'nursing'?"),
        ({"agents": {"teams": ["t2"]}}, "agents.teams", "is in this team; did you mean 'T2'?"),
        ({"agents": {"teams": ["X"]}}, "agents.teams", "known teams: T1, T2"),
        (OFF_SITE | {"tags": ["leed"]}, "tags", "no agent has this tag; did you mean 'lead'?"),
        (OFF_SITE | {"tags": ["leed"], "severity": 3}, "tags", "did you mean 'lead'?"),
    ],
)
def test_an_unknown_tag_or_team_is_a_fault(rule: dict[str, Any], column: str, text: str) -> None:
    [fault] = faults(agents=TEAMS, rules=[{"kind": "min-rest"} | rule])
    assert (fault.table, fault.index, fault.column) == ("rules", 0, column)
    assert text in str(fault)


def test_where_nobody_has_a_tag_the_fault_says_so() -> None:
    [fault] = faults(rules=[{"kind": "min-rest", "agents": {"tags": ["x"]}}])
    assert "the column tags of agents.csv is empty" in fault.remedy


@pytest.mark.parametrize(
    ("written", "known", "expected"),
    [
        ("NURSING", {"nursing", "new"}, "nursing"),
        (" ｎｕｒｓｉｎｇ", {"nursing"}, "nursing"),
        ("full time", {"fulltime", "half"}, "fulltime"),
        ("nurisng", {"Nursing"}, "Nursing"),
        ("x", {"nursing"}, None),
        ("x", set(), None),
    ],
)
def test_the_nearest_name_ignores_case_blanks_and_width(
    written: str, known: set[str], expected: str | None
) -> None:
    assert nearest(written, known) == expected


def rule_notes(problem: Problem) -> tuple[Note, ...]:
    """Return the notes on rules."""
    return tuple(note for note in Instance(problem).notes if note.code.startswith("rule-"))


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"agents": {"teams": ["T1"], "tags": ["nursing"]}}, "teams = 'T1' and tags = 'nursing'"),
        ({"agents": {"skills": ["hotline"], "teams": ["T1"]}}, "no agent matches skills = 'hotl"),
        ({"agents": {"teams": ["T1"]}}, "b, whom it selects, is not employed on any day from 2026"),
        ({"agents": {"ids": ["b", "c"]}}, "the 2 agents that it selects are not employed"),
    ],
)
def test_a_rule_that_binds_nobody_is_noted(rule: dict[str, Any], reason: str) -> None:
    rules = [{"kind": "max-consecutive-days", "days": 6}, {"kind": "min-rest", "name": "x"} | rule]
    [note] = rule_notes(small(agents=TEAMS, rules=rules))
    assert (note.code, note.rules) == ("rule-binds-nobody", ("x",))
    assert note.text.startswith("rule 2 of problem.toml ('x', ")
    assert reason in note.text


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"tags": ["lead"]}, "c, whom it selects, is not employed"),
        ({"tags": ["lead"], "agents": {"ids": ["a"]}}, "one of the tags 'lead'"),
    ],
)
@pytest.mark.parametrize("severity", ["hard", 5])
def test_people_on_site_who_cannot_be_are_asked_for_in_vain(
    rule: dict[str, Any], reason: str, severity: object
) -> None:
    rules = [OFF_SITE | rule | {"name": "x", "severity": severity}]
    [note] = rule_notes(small(agents=TEAMS, rules=rules))
    assert (note.code, note.rules) == ("rule-impossible", ("x",))
    assert reason in note.text
    assert ("no roster can keep it" in note.text) == (severity == "hard")


def test_rules_that_bind_somebody_are_not_noted() -> None:
    rules = [
        {"kind": "min-rest"},
        {"kind": "min-rest", "agents": {"teams": ["T1", "T2"]}},
        {"kind": "forbidden-shifts", "shifts": ["tag:day"], "agents": {"tags": ["nursing"]}},
        OFF_SITE | {"tags": ["lead", "nursing"], "severity": 1},
    ]
    day = shift("D", "08:00-16:00", tags="day")
    assert rule_notes(small(agents=TEAMS, shifts=(day,), rules=rules)) == ()


def test_a_note_about_a_rule_stands_in_the_result_even_of_an_infeasible_problem() -> None:
    rule = OFF_SITE | {"tags": ["lead"]}
    result = solve(small(agents=TEAMS, rules=[rule]), time_limit=5, workers=1)
    assert result.status == "infeasible"
    assert [note.code for note in result.notes] == ["rule-impossible", "agents-not-employed"]
    heads = tuple(cell("10:00", 1, day=day) for day in range(3))
    idle = {"kind": "min-rest", "agents": {"teams": ["T1"]}}
    result = solve(small(agents=TEAMS, requirements=heads, rules=[idle]), time_limit=5, workers=1)
    assert [note.code for note in result.notes] == ["rule-binds-nobody", "agents-not-employed"]


@pytest.mark.parametrize(
    "name", ["a\u202e1", "a\ud800", "a\n1", "a\x001", "a\u200b", "a\u2028b", " "]
)
def test_names_that_tables_refuse_are_refused_in_python_and_json(name: str) -> None:
    """Direction marks went into a problem by way of JSON, and its result could not be read."""
    fields = small().model_dump(mode="json")
    for part, index, field, value in (
        ("agents", 0, "agent_id", name),
        ("agents", 0, "tags", [name]),
        ("shifts", 0, "code", name),
        ("requirements", 0, "store", name),
        ("requirements", 0, "skill", name),
    ):
        rows = [dict(row) for row in fields[part]]
        rows[index][field] = value
        changed = fields | {part: rows}
        with pytest.raises(ValidationError) as caught:
            Problem.model_validate(changed)
        assert any(field in error["loc"] for error in caught.value.errors())
        with pytest.raises(ValidationError):
            Problem.model_validate_json(json.dumps(changed))


def test_names_are_read_without_blanks_around_them_as_in_tables() -> None:
    fields = small().model_dump(mode="json")
    fields["agents"][0]["agent_id"] = " a\u3000"
    assert Problem.model_validate(fields) == small()


@pytest.mark.parametrize("words", [["O"], ["tag:old"]])
def test_a_rule_whose_shifts_are_all_retired_is_a_note(words: list[str]) -> None:
    old = shift("O", "08:00-16:00", tags="old").model_copy(update={"end_date": MONDAY - ONE_DAY})
    rule = {"kind": "forbidden-shifts", "shifts": words}
    usual = {"shifts": (shift("D", "08:00-16:00"), old)}
    (note,) = rule_notes(small(rules=(rule,), **usual))
    assert note.code == "rule-binds-nobody"
    assert "its shifts ('O') are no longer in use on 2026-03-16" in note.text
    # A sequence that starts with a shift of the history binds on the first day.
    sequence = {"kind": "forbidden-sequence", "shifts": ["O", "D"]}
    assert rule_notes(small(rules=(sequence,), **usual)) == ()
