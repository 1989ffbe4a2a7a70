"""A copy of a problem knows its own fields, and nothing that was derived from others."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from functools import cached_property
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import DAY, MONDAY, agent, cell, random_problem, small
from pydantic import ValidationError

import csshift
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.demand import ForecastCell
from csshift.model.entity import Entity
from csshift.problem import Problem
from csshift.rules.registry import parse_rule

DERIVED = sorted(
    name
    for room in Instance.__mro__
    for name, value in vars(room).items()
    if isinstance(value, cached_property)
)

COPIES: dict[str, Callable[[Problem], Problem]] = {
    "model_copy": lambda problem: problem.model_copy(),
    "deep model_copy": lambda problem: problem.model_copy(deep=True),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda problem: pickle.loads(pickle.dumps(problem)),
    "constructor": lambda problem: Problem(**dict(problem)),
    "construct": lambda problem: Problem.model_construct(**dict(problem)),
    "json": lambda problem: Problem.model_validate_json(problem.model_dump_json()),
    "with_": lambda problem: problem.with_(),
}
CHANGES: dict[str, Callable[[Problem, dict[str, Any]], Problem]] = {
    "with_": lambda problem, changes: problem.with_(**changes),
    "model_copy": lambda problem, changes: problem.model_copy(update=changes),
    "deep model_copy": lambda problem, changes: problem.model_copy(update=changes, deep=True),
    "constructor": lambda problem, changes: Problem(**{**dict(problem), **changes}),
}
changing = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())


def used(problem: Problem) -> Problem:
    """Return the problem after everything has been derived from it."""
    instance = Instance(problem)
    for name in DERIVED:
        getattr(instance, name)
    return problem


def forecast(inquiries: float) -> tuple[ForecastCell, ...]:
    return tuple(
        ForecastCell(
            date=MONDAY + day * DAY, start=600, store="S1", skill="hotline", inquiries=inquiries
        )
        for day in range(3)
    )


def calls(inquiries: float = 10, **parts: Any) -> Problem:
    people = tuple(agent(name, skills={"hotline": 1}) for name in "abcd")
    skills = ({"name": "hotline", "handle_seconds": 300},)
    usual = {"requirements": (), "agents": people, "skills": skills}
    return small(**{**usual, "forecast": forecast(inquiries), **parts})


def test_there_is_something_to_keep() -> None:
    assert {"grid", "demand", "quantities", "classes", "effective_rules"} <= set(DERIVED)


@pytest.mark.parametrize("name", DERIVED)
def test_what_is_derived_is_computed_once(name: str) -> None:
    instance = Instance(calls())
    assert getattr(instance, name) is getattr(instance, name)
    assert Instance.of(instance) is instance


@pytest.mark.parametrize("how", COPIES.values(), ids=COPIES.keys())
def test_no_copy_carries_what_is_derived(how: Callable[[Problem], Problem]) -> None:
    problem = used(calls())
    copied = how(problem)
    assert copied == problem
    for plain in (problem, copied):
        assert set(dict(plain)) == set(Problem.model_fields) == set(plain.__dict__)
        assert not plain.__pydantic_private__


def test_a_used_problem_equals_an_unused_one() -> None:
    assert used(calls()) == calls()
    assert calls() != calls(11)
    assert len(pickle.dumps(used(calls()))) == len(pickle.dumps(calls()))
    assert repr(used(calls())) == repr(calls())


def test_no_other_entity_keeps_derived_values_among_its_fields() -> None:
    todo, found = [Entity], set()
    while todo:
        model = todo.pop()
        todo += model.__subclasses__()
        found |= {model for value in vars(model).values() if isinstance(value, cached_property)}
    assert not found


@changing
def test_a_tripled_forecast_asks_for_more_heads(change: Callable[..., Problem]) -> None:
    problem = calls()
    csshift.solve(problem, time_limit=5, workers=1)
    other = change(problem, {"forecast": forecast(30)})
    heads = Instance(other).demand.heads
    assert np.array_equal(heads, Instance(calls(30)).demand.heads)
    assert heads.sum() > Instance(problem).demand.heads.sum()
    result = csshift.solve(other, time_limit=5, workers=1)
    assert result.score is not None
    hours = float(heads.sum()) / 100
    assert float(result.score.required_hours) == pytest.approx(hours)


@changing
def test_a_hard_rule_that_is_added_binds_in_solve_and_check(change: Callable[..., Problem]) -> None:
    problem = calls()
    roster = csshift.solve(problem, time_limit=5, workers=1).roster
    assert roster is not None
    assert roster.assignments
    rule = parse_rule({"kind": "forbidden-shifts", "shifts": ["D"]})
    other = change(problem, {"rules": (rule,)})
    assert csshift.check(problem, roster).feasible
    assert not csshift.check(other, roster).feasible
    result = csshift.solve(other, time_limit=5, workers=1)
    assert result.roster is not None
    assert result.roster.assignments == ()


@changing
def test_fewer_or_more_agents_are_no_error(change: Callable[..., Problem]) -> None:
    problem = calls()
    csshift.solve(problem, time_limit=5, workers=1)
    for people in (problem.agents[:1], (*problem.agents, agent("e", skills={"hotline": 1}))):
        result = csshift.solve(change(problem, {"agents": people}), time_limit=5, workers=1)
        assert result.status == "optimal"
        assert result.roster is not None
        known = {person.agent_id for person in people}
        assert {entry.agent_id for entry in result.roster.assignments} <= known


@changing
def test_leave_shifts_and_days_of_a_copy_count(change: Callable[..., Problem]) -> None:
    problem = used(calls())
    away = tuple({"agent_id": name, "date": MONDAY} for name in "abcd")
    assert not Instance(change(problem, {"leave": away})).grid.available[:, 0].any()
    late = {"code": "L", "hours": "12:00-20:00"}
    more = change(problem, {"shifts": (*problem.shifts, late)})
    assert len(Instance(more).quantities.presence) == 2
    days = problem.horizon.model_copy(update={"days": 5})
    assert Instance(change(problem, {"horizon": days})).grid.days == 5


@changing
def test_a_changed_copy_is_validated(change: Callable[..., Problem]) -> None:
    problem = used(calls())
    with pytest.raises(InputError, match="unknown agent"):
        change(problem, {"leave": ({"agent_id": "z", "date": MONDAY},)})
    with pytest.raises(InputError, match="unknown shift"):
        change(problem, {"shifts": ({"code": "N", "hours": "08:00-16:00"},)}).with_(
            rules=({"kind": "forbidden-shifts", "shifts": ["D"]},)
        )
    with pytest.raises(ValidationError, match="agents"):
        change(problem, {"agents": ()})
    with pytest.raises(ValidationError, match="demands"):
        change(problem, {"demands": ()})


def test_a_copy_leaves_the_original_as_it_was() -> None:
    problem = used(calls())
    heads = Instance(problem).demand.heads.copy()
    used(problem.with_(forecast=forecast(30), requirements=(cell("12:00", 2, skill="hotline"),)))
    assert np.array_equal(Instance(problem).demand.heads, heads)
    assert problem == calls()


def test_with_keeps_which_fields_were_given() -> None:
    problem = Problem.model_validate_json(calls().model_dump_json(exclude_unset=True))
    changed = problem.with_(name="x")
    assert changed.model_fields_set == problem.model_fields_set | {"name"}


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sets(st.sampled_from(["rules", "leave", "pins", "requirements"])))
def test_a_changed_copy_is_the_problem_built_anew(seed: int, cleared: set[str]) -> None:
    problem = used(random_problem(Random(seed), agents=4, days=5, shifts=2))
    changes: dict[str, Any] = dict.fromkeys(cleared, ())
    changed = problem.with_(**changes)
    fresh = Problem.model_validate({**problem.model_dump(), **changes})
    assert changed == fresh
    one, other = Instance(changed), Instance(fresh)
    assert np.array_equal(one.grid.available, other.grid.available)
    assert np.array_equal(one.demand.heads, other.demand.heads)
    assert np.array_equal(one.classes.efficiency, other.classes.efficiency)
    assert one.quantities.time_units == other.quantities.time_units
    assert one.effective_rules == other.effective_rules
