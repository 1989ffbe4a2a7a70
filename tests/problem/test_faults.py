"""Cross-references: every fault is found, and nothing that is not one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from problems import DAY, MONDAY, agent, small

from csshift.errors import Fault, InputError
from csshift.instance import Instance
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Leave
from csshift.problem import Problem
from csshift.problem.faults import MOST_FAULTS, find_faults
from csshift.problem.names import MOST_COMPARED

CELL = {"date": "2026-03-16", "start": "09:00", "store": "S1", "skill": "pre-sale"}
BASE: dict[str, Any] = {
    "horizon": {"start": "2026-03-16", "days": 7},
    "agents": [
        {"agent_id": "A1", "skills": {"pre-sale": 1}, "contract": "full"},
        {"agent_id": "A2", "skills": {"pre-sale": 1}, "stores": ["S1"], "tags": ["new"]},
    ],
    "shifts": [
        {"code": "E", "hours": "08:00-16:00", "tags": ["early"]},
        {"code": "L", "hours": "16:00-24:00"},
    ],
    "contracts": [{"name": "full"}],
    "requirements": [CELL | {"heads": 1}],
}
PIN = {"agent_id": "A1", "date": "2026-03-16", "shift": "E"}
PAST = {"agent_id": "A1", "date": "2026-03-15"}
DUTY = {"name": "reminder", "skill": "payment-reminder", "window": "10:00-20:00"}


def faults(**parts: Any) -> list[Fault]:
    with pytest.raises(InputError) as caught:
        Problem.model_validate(BASE | parts)
    assert all(fault.remedy for fault in caught.value.faults)
    return list(caught.value.faults)


CASES: list[tuple[dict[str, Any], str, int | None, str, str]] = [
    # parts, table, index, column, problem
    ({"agents": [*BASE["agents"], BASE["agents"][0]]}, "agents", 2, "agent_id", "second entry"),
    ({"shifts": [*BASE["shifts"], BASE["shifts"][1]]}, "shifts", 2, "code", "second entry"),
    ({"skills": [{"name": "vip"}, {"name": "vip"}]}, "skills", 1, "name", "second entry"),
    ({"contracts": [{"name": "full"}] * 2}, "contracts", 1, "name", "second entry"),
    ({"duties": [DUTY, DUTY]}, "duties", 1, "name", "second entry"),
    ({"requirements": [CELL | {"heads": 1}] * 2}, "requirements", 1, "date", "second entry"),
    ({"leave": [{"agent_id": "A1", "date": "2026-03-16"}] * 2}, "leave", 1, "agent_id", "second"),
    ({"pins": [PIN, PIN | {"shift": "L"}]}, "pins", 1, "agent_id", "second entry"),
    ({"history": [PAST | {"shift": "E"}, PAST | {"shift": "L"}]}, "history", 1, "agent_id", "sec"),
    ({"requests": [PIN | {"want": "off"}] * 2}, "requests", 1, "agent_id", "second entry"),
    ({"contracts": []}, "agents", 0, "contract", "unknown contract"),
    ({"agents": [{"agent_id": "A", "skills": {"x": 1}}]}, "agents", 0, "skills", "unknown skill"),
    (
        {"agents": [{"agent_id": "A", "skills": {"pre-sale": 1}, "stores": ["S1", "S7"]}]},
        "agents",
        0,
        "stores",
        "unknown store",
    ),
    ({"rules": [{"kind": "forbidden-shifts", "shifts": ["X"]}]}, "rules", 0, "shifts", "shift"),
    (
        {"rules": [{"kind": "forbidden-shifts", "shifts": ["tag:x"]}]},
        "rules",
        0,
        "shifts",
        "unknown shift tag",
    ),
    (
        {"rules": [{"kind": "min-rest"}, {"kind": "min-rest", "agents": {"ids": ["A9"]}}]},
        "rules",
        1,
        "agents.ids",
        "unknown agent",
    ),
    (
        {"rules": [{"kind": "min-rest", "agents": {"contracts": ["half"]}}]},
        "rules",
        0,
        "agents.contracts",
        "unknown contract",
    ),
    (
        {"rules": [{"kind": "min-rest", "agents": {"skills": ["x"]}}]},
        "rules",
        0,
        "agents.skills",
        "unknown skill",
    ),
    ({"duties": [DUTY | {"skill": "x"}]}, "duties", 0, "skill", "unknown skill"),
    ({"duties": [DUTY | {"stores": [["S7"]]}]}, "duties", 0, "stores", "unknown store"),
    ({"duties": [DUTY | {"stores": [["S1"], ["S1"]]}]}, "duties", 0, "stores", "two groups"),
    ({"requirements": [CELL | {"heads": 1, "skill": "x"}]}, "requirements", 0, "skill", "unknown"),
    (
        {"requirements": [CELL | {"heads": 1, "date": "2026-03-23"}]},
        "requirements",
        0,
        "date",
        "no row lies within the horizon",
    ),
    (
        {"requirements": [CELL | {"heads": 1, "start": "09:30"}]},
        "requirements",
        0,
        "start",
        "no interval of 60 minutes",
    ),
    ({"forecast": [CELL | {"skill": "hotline", "inquiries": 1}]}, "forecast", 0, "skill", "heads"),
    ({"leave": [{"agent_id": "A9", "date": "2026-03-16"}]}, "leave", 0, "agent_id", "agent"),
    ({"pins": [PIN | {"shift": "X"}]}, "pins", 0, "shift", "unknown shift"),
    ({"requests": [PIN | {"want": "work", "shift": "X"}]}, "requests", 0, "shift", "unknown"),
    (
        {"pins": [PIN], "leave": [{"agent_id": "A1", "date": "2026-03-16"}]},
        "pins",
        0,
        "shift",
        "on leave",
    ),
    (
        {
            "pins": [PIN],
            "agents": [{"agent_id": "A1", "skills": {"pre-sale": 1}, "start_date": "2026-03-17"}],
        },
        "pins",
        0,
        "shift",
        "not employed",
    ),
    ({"history": [PIN]}, "history", 0, "date", "not before the horizon"),
]


@pytest.mark.parametrize(("parts", "table", "index", "column", "problem"), CASES)
def test_one_fault_where_it_stands(
    parts: dict[str, Any], table: str, index: int | None, column: str, problem: str
) -> None:
    [fault] = faults(**parts)
    assert (fault.table, fault.index, fault.column) == (table, index, column)
    assert problem in fault.problem


def test_the_base_has_no_fault() -> None:
    assert len(Problem.model_validate(BASE).agents) == 2


def test_what_looks_odd_and_is_right() -> None:
    parts: dict[str, Any] = {
        "forecast": [CELL | {"inquiries": 5}],  # a requirement wins, so no figures are needed
        "pins": [PIN | {"shift": None}],
        "leave": [{"agent_id": "A1", "date": "2026-03-16"}],
        "requests": [PIN | {"want": "off"}, PIN | {"want": "off", "shift": None}],
        "rules": [{"kind": "forbidden-shifts", "shifts": ["E", "tag:early"]}],
        "history": [PAST | {"shift": "E"}],
    }
    problem = Problem.model_validate(BASE | parts)
    for part, given in parts.items():
        assert len(getattr(problem, part)) == len(given), part


def test_without_demand_the_stores_of_the_agents_are_known() -> None:
    parts = {"requirements": [], "duties": [DUTY | {"stores": [["S1"]]}]}
    assert Problem.model_validate(BASE | parts).known_stores == ("S1",)
    assert faults(requirements=[], stores=["S2"])[0].value == "S1"


def test_every_fault_is_found() -> None:
    parts = {
        "contracts": [],
        "pins": [PIN | {"agent_id": "B", "shift": "X"}],
        "duties": [DUTY | {"skill": "x", "stores": [["S7"]]}],
    }
    found = {(fault.table, fault.column) for fault in faults(**parts)}
    assert found == {
        ("agents", "contract"),
        ("pins", "agent_id"),
        ("pins", "shift"),
        ("duties", "skill"),
        ("duties", "stores"),
    }


def test_the_nearest_name_is_suggested() -> None:
    [fault] = faults(leave=[{"agent_id": "A11", "date": "2026-03-16"}])
    assert fault.remedy == "did you mean 'A1'?"


def test_parts_that_could_not_be_read_are_not_judged() -> None:
    leave = (Leave(agent_id="A9", date=date(2026, 3, 16)),)
    horizon = Horizon(start=date(2026, 3, 16), days=7)
    assert find_faults({"leave": leave, "horizon": horizon}) == []
    assert find_faults({"leave": leave, "agents": ()}, {"agent": {"A9"}}) == []
    assert [fault.column for fault in find_faults({"leave": leave, "agents": ()})] == ["agent_id"]


def test_names_are_judged_without_a_horizon() -> None:
    leave = (Leave(agent_id="A9", date=date(1990, 1, 1)),)
    assert [fault.column for fault in find_faults({"leave": leave, "agents": ()})] == ["agent_id"]


def test_a_skill_that_cannot_become_heads_is_told_once() -> None:
    cells = [CELL | {"skill": "hotline", "inquiries": 1, "store": f"S{n}"} for n in range(1, 9)]
    assert len(faults(forecast=cells)) == 1


def test_faults_are_capped_and_huge_tables_get_no_search_for_names() -> None:
    agents = tuple(
        Agent.model_validate({"agent_id": f"A{n}", "skills": {"pre-sale": 1}})
        for n in range(MOST_COMPARED + 1)
    )
    leave = tuple(Leave(agent_id=f"B{n}", date=date(2026, 3, 16)) for n in range(1_000))
    found = find_faults({"agents": agents, "leave": leave})
    assert len(found) == MOST_FAULTS + 1
    assert "2001 agents" in found[0].remedy
    assert found[-1].problem == f"more than {MOST_FAULTS} faults"


@pytest.mark.parametrize("day", [date.max, MONDAY + 40 * DAY])
def test_a_pin_outside_the_horizon_is_left_out_whatever_it_contradicts(day: date) -> None:
    """The day after the last day that there is was looked up: an OverflowError."""
    leaver = agent("a", end_date=MONDAY + 9 * DAY)
    pin = {"agent_id": "a", "date": day, "shift": "D"}
    assert Instance(small(agents=(leaver,), pins=(pin,))).planned.pins == ()


@pytest.mark.parametrize("cell", ["S1;S2", "S1,S2", "S1、S2", "S1/S9", "S1 S2"])
def test_stores_with_another_mark_between_them_are_told_apart(cell: str) -> None:
    people = [{"agent_id": "A", "skills": {"pre-sale": 1}, "stores": [cell]}]
    found = faults(agents=people, stores=["S1", "S2"])
    assert [fault.remedy for fault in found] == [f"separate names with '|': S1|S{cell[-1]}"]
