"""Neighbourhoods free decisions, each once, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe

from csshift.engine.budget import Budget
from csshift.engine.lns.neighbourhoods import NEIGHBOURHOODS, View, includes_all_deviations
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY, Builder, Program


def view_of(program: Program, rng: np.random.Generator, *, with_reference: bool) -> View:
    values = feasible_decisions(rng, program)
    assert values is not None
    reference = rng.random(program.columns) if with_reference else None
    return View(Structure(program), values, reference)


@pytest.mark.parametrize("with_reference", [True, False])
@pytest.mark.parametrize("name", NEIGHBOURHOODS)
def test_unique_free_decision_columns(name: str, with_reference: bool) -> None:
    freed = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        program = random_program(rng, random_recipe(rng, pinned=seed % 2 == 0))
        view = view_of(program, rng, with_reference=with_reference)
        for size in (1.0, 1.7, 3.0, 40.0):
            columns = NEIGHBOURHOODS[name](view, rng, size)
            assert np.unique(columns).size == columns.size
            assert np.all(np.isin(columns, view.structure.decisions))
            assert np.all(program.column_agent[columns] != NOBODY)
            freed += columns.size
    assert freed > 0


@pytest.mark.parametrize(
    "name", ["random agents", "agents that deviate", "agents of a costly interval"]
)
def test_kinds_over_the_horizon_free_all_of_an_agent(name: str) -> None:
    rng = np.random.default_rng(3)
    program = random_program(rng, random_recipe(rng, agents=4))
    view = view_of(program, rng, with_reference=True)
    for size in (1, 2, 3, 9):
        columns = NEIGHBOURHOODS[name](view, rng, float(size))
        agents = np.unique(program.column_agent[columns])
        assert agents.size == min(size, 4)
        assert columns.size == view.structure.columns_of_agents(agents.astype(np.int64)).size


def week() -> Program:
    """Three agents, seven days, an undated column each, and a shortage on day 5 alone."""
    builder = Builder()
    work = builder.columns(
        (3, 7), family="work", upper=1, agent=np.arange(3)[:, None], day=np.arange(7)
    )
    builder.columns(3, family="undated", upper=1, agent=np.arange(3))
    short = builder.columns(7, family="short", upper=9, cost=5, day=np.arange(7), continuous=True)
    builder.rows(np.vstack([work, short]).T, 1, family="short", lower=[0, 0, 0, 0, 0, 9, 0])
    return builder.build()


@pytest.mark.parametrize("name", ["costly days", "some agents on some days"])
def test_windows_around_a_costly_day_hold_it(name: str) -> None:
    program = week()
    values = program.lower.copy()
    values[(program.column_day == 5) & (program.column_agent == NOBODY)] = 9
    view = View(Structure(program), values, None)
    rng = np.random.default_rng(0)
    around = 0
    for _ in range(40):
        days = program.column_day[NEIGHBOURHOODS[name](view, rng, 1.0)]
        around += 5 in days
        assert np.ptp(days[days != NOBODY]) < 7 if np.any(days != NOBODY) else True
    assert around == 40 if name == "costly days" else around > 10


def test_a_window_is_days_in_a_row_of_everybody() -> None:
    program = week()
    view = View(Structure(program), program.lower, None)
    rng = np.random.default_rng(1)
    for _ in range(40):
        columns = NEIGHBOURHOODS["window of days"](view, rng, 1.0)
        days = np.unique(program.column_day[columns])
        dated = days[days != NOBODY]
        assert np.all(np.diff(dated) == 1)
        assert dated.size <= 4  # a third of the week, rounded outwards
        assert columns.size == 3 * dated.size + 3


def agents_chosen(kind: str, view: View, times: int) -> list[int]:
    rng = np.random.default_rng(1)
    agent = view.structure.program.column_agent
    return [int(agent[NEIGHBOURHOODS[kind](view, rng, 1.0)[0]]) for _ in range(times)]


def test_those_who_deviate_most_are_chosen_most() -> None:
    program = week()
    reference = program.lower.astype(np.float64)
    reference[program.column_agent == 1] = 1.0
    view = View(Structure(program), program.lower, reference)
    assert agents_chosen("agents that deviate", view, 50).count(1) > 45


def test_those_with_the_largest_gap_shares_are_chosen_most() -> None:
    program = week()
    gap_shares = np.zeros(program.columns)
    gap_shares[np.flatnonzero(program.column_agent == 1)[3]] = 5.0
    view = View(Structure(program), program.lower, None, gap_shares)
    assert agents_chosen("agents with avoidable cost", view, 40).count(1) > 30


def test_windows_are_drawn_to_gap_shares_where_these_are_known() -> None:
    rng = np.random.default_rng(2)
    program = week()
    gap_shares = np.zeros(program.columns)
    short = np.flatnonzero((program.column_agent == NOBODY) & (program.column_day == 1))
    gap_shares[short] = 1.0
    view = View(Structure(program), program.lower, None, gap_shares)
    columns = NEIGHBOURHOODS["costly days"](view, rng, 0.4)
    days = set(program.column_day[columns].tolist()) - {NOBODY}
    assert 1 in days
    assert 5 not in days


def test_deviations_are_included_only_where_all_are() -> None:
    program = week()
    structure = Structure(program)
    reference = program.lower.astype(np.float64)
    reference[structure.decisions[[2, 9]]] = 0.5
    view = View(structure, program.lower, reference)
    assert includes_all_deviations(view, structure.decisions[[2, 3, 9]])
    assert not includes_all_deviations(view, structure.decisions[[2, 3]])
    assert not includes_all_deviations(View(structure, program.lower, None), structure.decisions)


def test_side_decisions_leave_the_main_ones() -> None:
    program = week()
    view = View(Structure(program), program.lower, None)
    columns = NEIGHBOURHOODS["side decisions"](view, np.random.default_rng(0), 3.0)
    families = {program.families[f] for f in program.column_family[columns]}
    assert families == {"undated"}


def test_a_relaxation_can_be_the_reference() -> None:
    program = week()
    structure = Structure(program)
    subproblem = structure.full()
    found = relax(subproblem, Budget(30), 5.0)
    assert found is not None
    reference = program.lower.astype(np.float64)
    reference[subproblem.column_ids] = found.values
    view = View(structure, program.lower, reference)
    assert NEIGHBOURHOODS["agents that deviate"](view, np.random.default_rng(0), 2.0).size == 16


def test_a_team_is_freed_where_its_relaxation_is_better() -> None:
    program = week()
    structure = Structure(program)
    short = program.lower.copy()
    short[(program.column_day == 5) & (program.column_agent == NOBODY)] = 9
    columns = NEIGHBOURHOODS["team that deviates"](
        View(structure, short, None), np.random.default_rng(0), 1.0
    )
    assert np.all(program.column_agent[columns] != NOBODY)
    assert {5} <= set(program.column_day[columns].tolist()) <= {5, NOBODY}
    best = short.copy()
    best[(program.column_day == 5) & (program.column_agent != NOBODY)] = 1
    best[(program.column_day == 5) & (program.column_agent == NOBODY)] = 6
    view = View(structure, best, None)
    assert NEIGHBOURHOODS["team that deviates"](view, np.random.default_rng(0), 1.0).size == 0
