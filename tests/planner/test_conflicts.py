"""Why no roster is possible: by rule, agent and date, minimal, and with what resolves it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from random import Random
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import DAY, MONDAY, agent, random_problem, shift, small

from csshift import solve
from csshift.compile.hard import HardProgram, compile_hard
from csshift.engine.budget import Budget
from csshift.engine.conflicts.subsets import ConflictSearch
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.conflict import Conflict
from csshift.model.horizon import Horizon
from csshift.model.people import Contract, Leave, Pin
from csshift.model.roster import Assignment, Roster
from csshift.planner.conflicts import find_conflict, hard_conflict
from csshift.planner.relaxing import known_options, relax_problem
from csshift.problem import Problem
from csshift.rules.base import Rule
from csshift.rules.rest import MinRest
from csshift.rules.work import WorkColumns
from csshift.scoring import score


def found(problem: Problem) -> Conflict:
    result = solve(problem, time_limit=5.0, workers=1)
    assert result.status == "infeasible"
    assert result.conflict is not None
    return result.conflict


def texts(conflict: Conflict) -> list[str]:
    return [part.text for part in conflict.parts]


def leave(agent_id: str, day: int, **fields: Any) -> Leave:
    return Leave(agent_id=agent_id, date=MONDAY + day * DAY, **fields)


def pin(agent_id: str, day: int, code: str | None) -> Pin:
    return Pin(agent_id=agent_id, date=MONDAY + day * DAY, shift=code)


def cover(heads: int, shifts: tuple[str, ...] = ("D",), day: int = 1, **fields: Any) -> Any:
    need = {"shifts": shifts, "heads": heads, "dates": [MONDAY + day * DAY]}
    return {"kind": "shift-cover", "name": "days", "cover": [need], **fields}


def five(**parts: Any) -> Problem:
    return small(agents=tuple(agent(f"A{i}") for i in range(1, 6)), **parts)


def test_heads_that_leave_takes_away_name_day_and_agents() -> None:
    problem = five(rules=(cover(4),), leave=(leave("A1", 1), leave("A2", 1), leave("A3", 2)))
    conflict = found(problem)
    assert conflict.minimal
    assert texts(conflict) == [
        "days, 2026-03-17: 4 needed on D, 3 agents are there (A1, A2 on leave)",
        "A1, A2 are on leave on 2026-03-17",
    ]
    assert conflict.parts[0].text_zh == "days，2026-03-17：D 需要 4 人，可到岗 3 人（A1、A2 请假）"
    assert [relaxation.option for relaxation in conflict.relaxations] == ["days"]


def test_with_one_head_less_there_is_no_conflict() -> None:
    problem = five(rules=(cover(3),), leave=(leave("A1", 1), leave("A2", 1)))
    assert solve(problem, time_limit=5.0, workers=1).status in ("optimal", "feasible")


def test_two_pins_too_close_are_named_among_many() -> None:
    shifts = (shift("D", "08:00-16:00"), shift("N", "22:00-30:00"))
    pins = [pin(f"A{i}", 0, "D") for i in range(1, 6)]
    pins += [pin("A3", 1, "N"), pin("A3", 2, "D"), pin("A4", 1, "D")]
    conflict = found(five(shifts=shifts, rules=({"kind": "min-rest"},), pins=tuple(pins)))
    assert texts(conflict) == [
        "min-rest, A3, 2026-03-17 to 2026-03-18: "
        + MinRest.sentences["en"].format(hours=11).rstrip("."),
        "A3 is pinned to N on 2026-03-17",
        "A3 is pinned to D on 2026-03-18",
    ]
    assert len(conflict.relaxations) == 1
    assert conflict.relaxations[0].option.startswith("pin A3 2026-03-1")


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ("b", "no agent whom it concerns has the tag lead"),
        ("a", "no shift covers 16:00-20:00"),
    ],
)
def test_presence_that_nobody_can_provide_says_why(chosen: str, reason: str) -> None:
    people = (agent("a", tags=("lead",)), agent("b"))
    selector = {"ids": [chosen]}
    rule = {"kind": "min-on-site", "tags": ["lead"], "hours": "08:00-20:00", "agents": selector}
    conflict = found(small(agents=people, rules=(rule,)))
    assert len(conflict.parts) == 1
    assert reason in conflict.parts[0].text


def test_employment_and_part_of_a_day_are_named() -> None:
    people = (agent("a"), agent("b", end_date=MONDAY), agent("c"))
    absent = (leave("c", 1, hours="14:00-24:00"),)
    conflict = found(small(agents=people, rules=(cover(2),), leave=absent))
    assert texts(conflict) == [
        "days, 2026-03-17: 2 needed on D, 1 agent is there (b not employed; c on leave)",
        "c 14:00-24:00 is on leave on 2026-03-17",
        "b is employed until 2026-03-16",
    ]


def test_relaxing_a_condition_makes_a_roster_possible() -> None:
    problem = five(rules=(cover(4),), leave=(leave("A1", 1), leave("A2", 1)))
    for option in ("days", "leave A1 2026-03-17"):
        assert option in known_options(problem)
        result = solve(relax_problem(problem, [option]), time_limit=5.0, workers=1)
        assert result.status in ("optimal", "feasible")
    with pytest.raises(InputError, match="names no hard rule"):
        relax_problem(problem, ["dayz"])


def test_a_contract_is_relaxed_by_a_soft_rule_of_its_name() -> None:
    people = (agent("a", contract="half"), agent("b", contract="half"))
    problem = small(
        agents=people,
        contracts=(Contract(name="half", max_hours_per_week=8),),
        rules=({"kind": "min-shifts", "count": 2, "per": "horizon", "shifts": ["D"]},),
    )
    name = "contract half: max_hours_per_week"
    relaxed = solve(relax_problem(problem, [name]), time_limit=5.0, workers=1)
    assert relaxed.score is not None
    assert relaxed.score.penalties[name] == 2 * 8 * 20_000


def test_relaxing_one_rule_of_a_preset_keeps_the_others_of_its_kind() -> None:
    problem = small(labour="standard")
    for option in known_options(problem):
        before = Instance(problem).effective_rules
        after = Instance(relax_problem(problem, [option])).effective_rules
        assert {r.label for r in after if r.hard} == {r.label for r in before if r.hard} - {option}
        assert option in {r.label for r in after if not r.hard}


def test_nights_that_return_too_soon_are_a_contradiction() -> None:
    """Each night alone can be filled, and half of the agents could work it in the relaxation."""
    rules = (
        {"kind": "required-sequence", "name": "two off", "after": ["N"], "then": [".", "."]},
        {"kind": "shift-cover", "name": "nights", "cover": [{"shifts": ["N"], "heads": 4}]},
    )
    shifts = (shift("D", "08:00-16:00"), shift("N", "22:00-30:00"))
    parts: dict[str, Any] = {
        "horizon": Horizon(start=MONDAY, days=9),
        "agents": tuple(agent(f"A{i:02}") for i in range(9)),
        "shifts": shifts,
    }
    conflict = found(small(rules=rules, **parts))
    assert conflict.minimal
    assert {part.rule for part in conflict.parts} == {"two off", "nights"}
    assert [part.rule for part in conflict.parts].count("nights") == 3
    fewer = (rules[0], {**rules[1], "cover": [{"shifts": ["N"], "heads": 3}]})
    assert find_conflict(Instance(small(rules=fewer, **parts))) is None
    solved = solve(small(rules=rules, **parts), time_limit=20, workers=1)
    assert solved.status == "infeasible"


def brute_force(hard: HardProgram, groups: tuple[int, ...]) -> bool:
    """Return whether some assignment of shifts keeps the rows of some groups."""
    program = hard.program
    rows = np.isin(hard.group, (-1, *groups))
    matrix = program.matrix.toarray()[rows]
    cells = hard.work.shift.reshape(-1, hard.work.shift.shape[2])
    days = hard.work.day.ravel()
    values = program.lower[np.newaxis].copy()
    for options, day in zip(cells, days, strict=True):
        copies = [values]
        for column in options:
            chosen = values.copy()
            chosen[:, [column, day]] = 1
            copies.append(chosen)
        values = np.vstack(copies)
    sums = values @ matrix.T
    kept = (sums >= program.row_lower[rows]) & (sums <= program.row_upper[rows])
    return bool(kept.all(axis=1).any())


@st.composite
def tight_problems(draw: st.DrawFn) -> Problem:
    shifts = (shift("D", "08:00-16:00"), shift("N", "22:00-30:00"))
    heads = st.integers(1, 2)
    codes = st.sampled_from([("D",), ("N",), ("D", "N")])
    rules: list[Any] = [
        cover(draw(heads), draw(codes), draw(st.integers(0, 2))) for _ in range(draw(heads))
    ]
    rules += draw(
        st.sets(st.sampled_from(["rest", "hours", "days", "least", "seats"]), max_size=4).map(
            lambda names: [
                {
                    "rest": {"kind": "min-rest"},
                    "hours": {"kind": "max-hours", "hours": 8, "per": "horizon"},
                    "days": {"kind": "max-consecutive-days", "days": 1},
                    "least": {"kind": "min-consecutive-days", "days": 2},
                    "seats": {"kind": "seats", "count": 1},
                }[name]
                for name in sorted(names)
            ]
        )
    )
    absent = draw(st.sets(st.tuples(st.sampled_from("ab"), st.integers(0, 2)), max_size=2))
    fixed = draw(st.sets(st.tuples(st.sampled_from("ab"), st.integers(0, 2)), max_size=2))
    return small(
        shifts=shifts,
        rules=tuple(rules),
        leave=tuple(leave(*row) for row in sorted(absent)),
        pins=tuple(pin(*row, draw(st.sampled_from(["D", None]))) for row in sorted(fixed - absent)),
    )


@settings(max_examples=60, deadline=None)
@given(tight_problems())
def test_conflicts_are_minimal_and_found_where_there_are_any(problem: Problem) -> None:
    hard = compile_hard(Instance(problem))
    every = tuple(range(len(hard.conditions)))
    subset = ConflictSearch(hard.program, hard.group, Budget(60.0)).minimal_subset(np.array(every))
    assert (subset is None) == brute_force(hard, every)
    if subset is None:
        return
    assert subset.minimal
    groups = tuple(subset.groups.tolist())
    assert not brute_force(hard, groups)
    for rest in combinations(groups, len(groups) - 1):
        assert brute_force(hard, rest)


@settings(max_examples=40, deadline=None)
@given(tight_problems())
def test_the_relaxations_are_as_few_as_possible(problem: Problem) -> None:
    hard = compile_hard(Instance(problem))
    every = np.arange(len(hard.conditions))
    cost = np.ones(every.size, dtype=np.int64)
    search = ConflictSearch(hard.program, hard.group, Budget(60.0))
    chosen = search.cheapest_relaxation(every, every, cost)
    assert chosen is not None
    assert brute_force(hard, tuple(np.setdiff1d(every, chosen).tolist()))
    for fewer in combinations(every.tolist(), max(0, chosen.size - 1)):
        if chosen.size and chosen.size <= 2:
            assert not brute_force(hard, tuple(np.setdiff1d(every, fewer).tolist()))


@pytest.mark.parametrize("seed", range(150))
def test_the_conditions_hold_where_the_checker_finds_no_violation(seed: int) -> None:
    random = Random(seed)
    problem = random_problem(random, random.randint(1, 3), random.randint(2, 9), 2)
    instance = Instance(problem)
    hard = compile_hard(instance)
    grid = instance.grid
    chosen = np.full(hard.work.day.shape, -1)
    for agent_number, day in np.ndindex(chosen.shape):
        options = np.flatnonzero(hard.work.shift[agent_number, day] >= 0).tolist()
        if day >= grid.history_days and options and random.random() < 0.5:
            chosen[agent_number, day] = random.choice(options)
    assignments = tuple(
        Assignment(
            agent_id=problem.agents[a].agent_id,
            date=grid.dates[d],
            shift=problem.shifts[chosen[a, d]].code,
        )
        for a, d in np.argwhere(chosen >= 0).tolist()
    )
    values = np.zeros(hard.program.columns, dtype=np.int64)
    for a, d in np.argwhere(chosen >= 0).tolist():
        values[[hard.work.shift[a, d, chosen[a, d]], hard.work.day[a, d]]] = 1
    settled = np.unique(np.append(hard.work.shift.ravel(), hard.work.day.ravel()))
    settled = settled[hard.program.lower[settled] < hard.program.upper[settled]]
    lower, upper = hard.program.lower.copy(), hard.program.upper.copy()
    lower[settled] = upper[settled] = values[settled]
    fixed = replace(hard.program, lower=lower, upper=upper)
    every = np.arange(len(hard.conditions))
    holds = ConflictSearch(fixed, hard.group, Budget(60.0)).is_feasible(every)
    assert holds == (not score(instance, Roster(assignments=assignments)).violations)


class AsksMoreOnLeave(Rule):
    """A rule of somebody's own that requires work wherever there is a column for it."""

    kind: Literal["asks-more"] = "asks-more"

    def rows(self, work: WorkColumns) -> None:
        columns = work.day[work.day >= 0].reshape(-1, 1)
        self.at_least(work, columns, 1, 1)


def test_a_problem_with_a_solution_has_no_conflict_whatever_its_rules_do() -> None:
    problem = small(rules=(AsksMoreOnLeave(),), leave=(leave("a", 1),))
    assert hard_conflict(Instance(problem)) is not None
    assert find_conflict(Instance(problem)) is None


def test_leave_availability_and_employment_are_in_the_columns_of_the_other_form() -> None:
    for seed in range(30):
        random = Random(seed)
        instance = Instance(random_problem(random, 2, 5, 2))
        solved = compile_hard(instance, separate=False)
        first = instance.grid.history_days
        offered = instance.grid.offered[:, first:]
        assert np.array_equal(solved.work.shift[:, first:] >= 0, offered)
