"""Neighbourhoods free decisions, each once, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe

from csshift.engine.control import Control
from csshift.engine.neighbourhoods import NEIGHBOURHOODS, View, includes_odds
from csshift.engine.relax import relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY, Builder, Program


def view_of(program: Program, random: np.random.Generator, *, guided: bool) -> View:
    values = feasible_decisions(random, program)
    assert values is not None
    guide = random.random(program.columns) if guided else None
    return View(Structure(program), values, guide, int(program.column_day.max()) + 1)


@pytest.mark.parametrize("guided", [True, False])
@pytest.mark.parametrize("name", NEIGHBOURHOODS)
def test_unique_free_owned_columns(name: str, guided: bool) -> None:
    freed = 0
    for seed in range(5):
        random = np.random.default_rng(seed)
        program = random_program(random, random_recipe(random, pinned=seed % 2 == 0))
        view = view_of(program, random, guided=guided)
        for size in (1.0, 1.7, 3.0, 40.0):
            columns = NEIGHBOURHOODS[name](view, random, size)
            assert np.unique(columns).size == columns.size
            assert np.all(np.isin(columns, view.structure.owned))
            assert np.all(program.column_agent[columns] != NOBODY)
            freed += columns.size
    assert freed > 0


@pytest.mark.parametrize("name", ["random owners", "owners at odds", "owners of a block"])
def test_kinds_over_the_whole_horizon_free_whole_owners(name: str) -> None:
    random = np.random.default_rng(3)
    program = random_program(random, random_recipe(random, owners=4))
    view = view_of(program, random, guided=True)
    for size in (1, 2, 3, 9):
        columns = NEIGHBOURHOODS[name](view, random, float(size))
        owners = np.unique(program.column_agent[columns])
        assert owners.size == min(size, 4)
        assert columns.size == view.structure.columns_of_all(owners.astype(np.int64)).size


def week() -> Program:
    """Three owners, seven days, an undated column each, and a shortage on day 5 alone."""
    builder = Builder()
    work = builder.columns(
        (3, 7), family="work", upper=1, agent=np.arange(3)[:, None], day=np.arange(7)
    )
    builder.columns(3, family="undated", upper=1, agent=np.arange(3))
    short = builder.columns(7, family="short", upper=9, cost=5, day=np.arange(7), continuous=True)
    builder.rows(np.vstack([work, short]).T, 1, family="short", lower=[0, 0, 0, 0, 0, 9, 0])
    return builder.build()


@pytest.mark.parametrize("name", ["costly window", "window of some"])
def test_windows_around_a_costly_day_hold_it(name: str) -> None:
    program = week()
    values = program.lower.copy()
    values[(program.column_day == 5) & (program.column_agent == NOBODY)] = 9
    view = View(Structure(program), values, None, 7)
    random = np.random.default_rng(0)
    around = 0
    for _ in range(40):
        days = program.column_day[NEIGHBOURHOODS[name](view, random, 1.0)]
        around += 5 in days
        assert np.ptp(days[days != NOBODY]) < 7 if np.any(days != NOBODY) else True
    assert around == 40 if name == "costly window" else around > 10


def test_a_window_is_days_in_a_row_of_everybody() -> None:
    program = week()
    view = View(Structure(program), program.lower, None, 7)
    random = np.random.default_rng(1)
    for _ in range(40):
        columns = NEIGHBOURHOODS["window"](view, random, 1.0)
        days = np.unique(program.column_day[columns])
        dated = days[days != NOBODY]
        assert np.all(np.diff(dated) == 1)
        assert dated.size <= 4  # a third of the week, rounded outwards
        assert columns.size == 3 * dated.size + 3


def owners_chosen(kind: str, view: View, times: int) -> list[int]:
    random = np.random.default_rng(1)
    owner = view.structure.program.column_agent
    return [int(owner[NEIGHBOURHOODS[kind](view, random, 1.0)[0]]) for _ in range(times)]


def test_those_most_at_odds_with_the_guide_are_chosen_most() -> None:
    program = week()
    guide = program.lower.astype(np.float64)
    guide[program.column_agent == 1] = 1.0
    view = View(Structure(program), program.lower, guide, 7)
    assert owners_chosen("owners at odds", view, 50).count(1) > 45


def test_those_who_lose_most_are_chosen_most() -> None:
    program = week()
    losses = np.zeros(program.columns)
    losses[np.flatnonzero(program.column_agent == 1)[3]] = 5.0
    view = View(Structure(program), program.lower, None, 7, losses)
    assert owners_chosen("owners at a loss", view, 40).count(1) > 30


def test_windows_are_drawn_to_losses_where_these_are_known() -> None:
    random = np.random.default_rng(2)
    program = week()
    losses = np.zeros(program.columns)
    short = np.flatnonzero((program.column_agent == NOBODY) & (program.column_day == 1))
    losses[short] = 1.0
    view = View(Structure(program), program.lower, None, 7, losses)
    columns = NEIGHBOURHOODS["costly window"](view, random, 0.4)
    days = set(program.column_day[columns].tolist()) - {NOBODY}
    assert 1 in days
    assert 5 not in days


def test_odds_are_included_only_where_all_are() -> None:
    program = week()
    structure = Structure(program)
    guide = program.lower.astype(np.float64)
    guide[structure.owned[[2, 9]]] = 0.5
    view = View(structure, program.lower, guide, 7)
    assert includes_odds(view, structure.owned[[2, 3, 9]])
    assert not includes_odds(view, structure.owned[[2, 3]])
    assert not includes_odds(View(structure, program.lower, None, 7), structure.owned)


def test_side_decisions_leave_the_main_ones() -> None:
    program = week()
    view = View(Structure(program), program.lower, None, 7)
    columns = NEIGHBOURHOODS["side decisions"](view, np.random.default_rng(0), 3.0)
    families = {program.families[f] for f in program.column_family[columns]}
    assert families == {"undated"}


def test_a_relaxation_can_be_the_guide() -> None:
    program = week()
    structure = Structure(program)
    piece = structure.cutter.whole()
    found = relax(piece, Control(30), 5.0)
    assert found is not None
    guide = program.lower.astype(np.float64)
    guide[piece.columns] = found.values
    view = View(structure, program.lower, guide, 7)
    assert NEIGHBOURHOODS["owners at odds"](view, np.random.default_rng(0), 2.0).size == 16


def test_a_team_is_freed_where_its_relaxation_is_better() -> None:
    program = week()
    structure = Structure(program)
    short = program.lower.copy()
    short[(program.column_day == 5) & (program.column_agent == NOBODY)] = 9
    columns = NEIGHBOURHOODS["team at odds"](
        View(structure, short, None, 7), np.random.default_rng(0), 1.0
    )
    assert np.all(program.column_agent[columns] != NOBODY)
    assert {5} <= set(program.column_day[columns].tolist()) <= {5, NOBODY}
    best = short.copy()
    best[(program.column_day == 5) & (program.column_agent != NOBODY)] = 1
    best[(program.column_day == 5) & (program.column_agent == NOBODY)] = 6
    view = View(structure, best, None, 7)
    assert NEIGHBOURHOODS["team at odds"](view, np.random.default_rng(0), 1.0).size == 0
