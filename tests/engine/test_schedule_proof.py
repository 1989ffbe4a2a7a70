"""Schedules that cannot add up: proofs are right, and found where nothing else finds them."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.budget import Budget
from csshift.engine.conflicts.blocks import agent_blocks, commonness, interchangeable_groups
from csshift.engine.conflicts.schedules import ScheduleProof
from csshift.engine.conflicts.subsets import ConflictSearch
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, UNBOUNDED, Builder, Program, single_agent


def nights(agents: int, days: int, heads: int, apart: int) -> tuple[Program, NDArray[np.int64]]:
    """Return heads on every night, agents working one night in `apart + 1`, and the groups.

    Groups are heads of each night first, then each pair of nights of each agent.
    """
    builder = Builder()
    columns = np.array(
        [
            builder.columns(days, family="work", upper=1, agent=agent, day=np.arange(days))
            for agent in range(agents)
        ]
    )
    builder.rows(columns.T, 1, family="heads", lower=heads)
    for later in range(1, apart + 1):
        pairs = [columns[:, [day, day + later]] for day in range(days - later)]
        builder.rows(np.concatenate(pairs), 1, family="rest", upper=1)
    program = builder.build()
    return program, np.arange(program.rows)


def of(program: Program) -> tuple[Subproblem, NDArray[np.int64]]:
    """Return a program whole as a subproblem, and the agents of its columns."""
    free = np.flatnonzero(program.lower < program.upper)
    rows = np.arange(program.rows)
    fixed = program.matrix @ np.where(program.lower == program.upper, program.lower, 0)
    low = np.where(program.row_lower > -UNBOUNDED, program.row_lower - fixed, -UNBOUNDED)
    high = np.where(program.row_upper < UNBOUNDED, program.row_upper - fixed, UNBOUNDED)
    subproblem = Subproblem(
        matrix=csr_array(program.matrix[:, free]),
        row_lower=low,
        row_upper=high,
        lower=program.lower[free],
        upper=program.upper[free],
        cost=np.zeros(free.size, dtype=np.int64),
        continuous=program.continuous[free],
        column_ids=free,
        row_ids=rows,
    )
    return subproblem, program.column_agent[free].astype(np.int64)


def proven(program: Program) -> NDArray[np.int64] | None:
    subproblem, agent = of(program)
    return ScheduleProof(subproblem, agent, Budget(60.0, workers=1)).find(30.0)


def test_one_night_in_three_is_a_third_of_the_agents() -> None:
    """Thirty agents fill ten nights each day and never eleven, though the relaxation does."""
    assert proven(nights(30, 9, 10, 2)[0]) is None
    assert proven(nights(30, 9, 11, 2)[0]) is not None


def test_the_rows_named_contradict_one_another() -> None:
    program, _ = nights(3, 3, 2, 2)
    rows = proven(program)
    assert rows is not None
    assert feasible(of(program)[0].restrict(rows, np.arange(9))) is False


def test_a_minimal_set_is_found_by_schedules() -> None:
    program, group = nights(12, 8, 5, 2)
    search = ConflictSearch(program, group, Budget(120.0, workers=1))
    found = search.minimal_subset(group)
    assert found is not None
    assert found.minimal
    judge = ConflictSearch(program, group, Budget(120.0, workers=1))
    assert judge.is_feasible(found.groups) is False
    for number in found.groups[:5]:
        assert judge.is_feasible(found.groups[found.groups != number]) is True


def test_a_type_without_any_schedule_is_a_contradiction() -> None:
    builder = Builder()
    columns = [builder.columns(2, family="work", upper=1, agent=agent) for agent in (0, 1)]
    builder.rows(columns, 1, family="own", lower=1)
    builder.rows([columns[0]], 1, family="own", upper=0)
    builder.rows([np.concatenate(columns)], 1, family="both", lower=1)
    assert proven(builder.build()) is not None


def feasible(program: Subproblem) -> bool:
    """Judge by trying everything."""
    ranges = [range(low, high + 1) for low, high in zip(program.lower, program.upper, strict=True)]
    return any(
        bool(np.all((program.row_lower <= sums) & (sums <= program.row_upper)))
        for values in product(*ranges)
        for sums in [program.matrix @ np.array(values, dtype=np.int64)]
    )


@st.composite
def small_programs(draw: st.DrawFn) -> tuple[Subproblem, NDArray[np.int64]]:
    """Draw agents with columns and rows of their own, columns of nobody, and rows between."""
    agents, width, free = draw(st.integers(2, 3)), draw(st.integers(1, 2)), draw(st.integers(0, 1))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    agent = np.concatenate([np.repeat(np.arange(agents), width), np.full(free, NOBODY)])
    own = [random.integers(-1, 3, width) * 1 for _ in range(agents)]
    alike = draw(st.booleans())
    rows = []
    for person in range(agents):
        row = np.zeros(agent.size, dtype=np.int64)
        row[agent == person] = own[0 if alike else person]
        rows.append(row)
    rows += [random.integers(-2, 3, agent.size) for _ in range(draw(st.integers(1, 3)))]
    matrix = np.array(rows)
    low = np.where(random.random(len(rows)) < 0.6, random.integers(-2, 4, len(rows)), -UNBOUNDED)
    high = np.where(random.random(len(rows)) < 0.6, random.integers(-2, 4, len(rows)), UNBOUNDED)
    high = np.where(low > -UNBOUNDED, np.maximum(low, high), high)
    program = Subproblem(
        matrix=csr_array(matrix),
        row_lower=low,
        row_upper=high,
        lower=np.zeros(agent.size, dtype=np.int64),
        upper=random.integers(0, 3, agent.size),
        cost=np.zeros(agent.size, dtype=np.int64),
        continuous=np.zeros(agent.size, dtype=np.bool_),
        column_ids=np.arange(agent.size),
        row_ids=np.arange(len(rows)),
    )
    return program, agent


@settings(max_examples=60, deadline=None)
@given(drawn=small_programs())
def test_what_is_proven_is_infeasible(drawn: tuple[Subproblem, NDArray[np.int64]]) -> None:
    program, agent = drawn
    proof = ScheduleProof(program, agent, Budget(20.0, workers=1))
    rows = proof.find(5.0)
    columns = np.arange(program.columns)
    if rows is not None:
        assert not feasible(program.restrict(rows, columns))
        group = np.arange(program.rows)
        fewer = proof.sufficient(rows, group, group, 5.0)
        assert set(fewer.tolist()) <= set(rows.tolist())
        assert not feasible(program.restrict(fewer, columns))
    if proof.values is not None:
        assert rows is None
        sums = program.matrix @ proof.values
        assert np.all((program.row_lower <= sums) & (sums <= program.row_upper))
        assert np.all((program.lower <= proof.values) & (proof.values <= program.upper))


def test_whole_schedules_that_add_up_are_a_solution() -> None:
    subproblem, agent = of(nights(30, 9, 10, 2)[0])
    proof = ScheduleProof(subproblem, agent, Budget(60.0, workers=1))
    assert proof.find(30.0) is None
    assert proof.values is not None
    sums = subproblem.matrix @ proof.values
    assert np.all((subproblem.row_lower <= sums) & (sums <= subproblem.row_upper))


def test_pairs_choose_their_schedules_together() -> None:
    """Of each pair one works at most; of six pairs seven are asked for, in every second column."""
    builder = Builder()
    columns = np.array([builder.columns(1, family="work", upper=1, agent=a)[0] for a in range(12)])
    builder.rows(columns.reshape(6, 2), 1, family="apart", upper=1)
    builder.rows([columns], 1, family="heads", lower=7)
    subproblem, agent = of(builder.build())
    assert set(agent_blocks(subproblem.matrix, agent).tolist()) == {0, 2, 4, 6, 8, 10}
    assert proven(builder.build()) is not None


def swapped(program: Program, group: NDArray[np.int64], groups: list[int]) -> bool:
    keep = np.flatnonzero(~np.isin(group, groups))
    subproblem, _ = of(program)
    return feasible(subproblem.restrict(keep, np.arange(subproblem.columns)))


def test_groups_of_one_class_are_interchangeable() -> None:
    """One of three agents has a row of his own more: his groups are no part of the class."""
    builder = Builder()
    columns = np.array(
        [builder.columns(2, family="work", upper=1, agent=a, day=np.arange(2)) for a in range(3)]
    )
    builder.rows(columns, 1, family="one", upper=1)
    builder.rows(columns[2:, :1], 1, family="never", upper=0)
    builder.rows(columns.T, 1, family="heads", lower=2)
    program = builder.build()
    subproblem, agent = of(program)
    block = agent_blocks(subproblem.matrix, agent)
    own = single_agent(subproblem.matrix, block)
    group = np.arange(program.rows)
    found = interchangeable_groups(subproblem, block, own, group)
    assert found[0] == found[1] != found[2]
    assert 3 in found
    assert not {4, 5} & set(found)
    assert swapped(program, group, [0]) == swapped(program, group, [1])


def test_what_few_agents_have_is_not_common() -> None:
    builder = Builder()
    columns = np.array(
        [builder.columns(2, family="work", upper=1, agent=a, day=np.arange(2)) for a in range(4)]
    )
    builder.rows(columns, 1, family="one", upper=1)
    builder.rows(columns[2:3, :1], 1, family="leave", upper=0)
    builder.rows(columns.T, 1, family="heads", lower=2)
    program = builder.build()
    shares = commonness(program, np.arange(program.rows))
    assert shares.tolist() == [1, 1, 1, 1, 0.25, 1, 1]
