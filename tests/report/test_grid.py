"""The roster grid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_cases import DUTY, MONDAY, assignments, problem, turn
from rich.cells import cell_len

from csshift.instance import Instance
from csshift.model.roster import Roster
from csshift.report.grid import blocks, roster_grid


def lines(text: str, *labels: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(labels)]


def test_codes_days_off_leave_and_employment_are_told_apart() -> None:
    case = problem(
        [{}, {"start_date": "2026-03-18"}],
        leave=[{"agent_id": "A0", "date": "2026-03-17", "kind": "sick"}],
    )
    roster = Roster(assignments=assignments("E---N", "---L"))
    grid = roster_grid(Instance(case), roster).plain
    assert lines(grid, "A0") == ["A0      |E  /  .  .  N |.  . |"]
    assert lines(grid, "A1") == ["A1      |      .  L  . |.  . |"]
    assert "16:00-24:00, 7 h paid" in grid
    assert "E Early 08:00-16:00, 8 h paid" in grid


def test_every_duty_has_its_own_mark() -> None:
    case = problem(duties=[DUTY, DUTY | {"name": "review"}])
    turns = (turn(0, 0), turn(1, 0, "review"), turn(2, 1), turn(2, 1, "review"))
    roster = Roster(assignments=assignments("EE", "--E"), duties=turns)
    grid = roster_grid(Instance(case), roster).plain
    assert lines(grid, "A0")[0].split()[1:3] == ["|E*", "E+"]
    assert "E*+" in lines(grid, "A1")[0]
    assert "* reminder; + review;" in grid


def test_weekends_stand_between_bars_also_at_the_edges_of_a_block() -> None:
    sunday = MONDAY + timedelta(days=6)
    case = problem(
        1,
        days=8,
        horizon={"start": str(sunday), "days": 8},
        requirements=[
            {"date": str(sunday), "start": "09:00", "store": "S1", "skill": "sale", "heads": 1}
        ],
    )
    weekdays = roster_grid(Instance(case), Roster()).plain.splitlines()[1]
    assert weekdays.strip() == "|Su|Mo Tu We Th Fr|Sa Su|"


def test_rows_count_who_works_and_who_works_each_shift() -> None:
    case = problem(3)
    grid = roster_grid(Instance(case), Roster(assignments=assignments("EE", "EL", "-L"))).plain
    assert lines(grid, "at work")[0].split()[2:4] == ["|2", "3"]
    assert lines(grid, "E ")[0].split()[1:3] == ["|2", "1"]


def test_wide_characters_are_aligned() -> None:
    shifts = [{"code": "早", "hours": "08:00-16:00"}, {"code": "Late", "hours": "16:00-24:00"}]
    case = problem([{"name": "陈静"}, {"name": "Ann"}], shifts=shifts, duties=[DUTY])
    rows = [replace(a, shift="早") for a in assignments("E-E")]
    grid = roster_grid(Instance(case), Roster(assignments=tuple(rows), duties=(turn(0, 0),))).plain
    rows_of_agents = lines(grid, "A0", "A1", "at work", "2026-03", "早 ")[:5]
    assert "早*" in rows_of_agents[1]
    assert len({cell_len(line) for line in rows_of_agents}) == 1


@given(st.integers(1, 60), st.integers(0, 6), st.integers(1, 200), st.integers(2, 10))
def test_blocks_hold_every_date_once_and_fit(days: int, first: int, width: int, cell: int) -> None:
    dates = tuple(MONDAY + timedelta(days=first + i) for i in range(days))
    found = list(blocks(dates, width, cell))
    assert tuple(date for block in found for date in block) == dates
    assert all(len(block) * cell <= max(width, cell) for block in found)
    if width >= 7 * cell:
        assert all(block[0].weekday() == 0 for block in found[1:])


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_fit_the_width(width: int) -> None:
    case = problem([{"name": "A rather long name of a person"}], days=35)
    grid = roster_grid(Instance(case), Roster(assignments=assignments("EEEE---" * 5)), width).plain
    assert max(map(cell_len, grid.split("\n\nE Early")[0].splitlines())) <= width + 1


def test_agents_beyond_the_limit_are_counted_and_mentioned() -> None:
    case = problem(5)
    grid = roster_grid(Instance(case), Roster(assignments=assignments(*["E"] * 5)), most=3).plain
    assert not lines(grid, "A3", "A4")
    assert lines(grid, "at work")[0].split()[2] == "|5"
    assert "3 of 5 agents; roster.csv holds all of them" in grid


def test_long_codes_are_cropped_and_explained_in_full() -> None:
    case = problem(1, shifts=[{"code": "early-in-the-morning", "hours": "06:00-14:00"}])
    roster = replace(assignments("E")[0], shift="early-in-the-morning")
    grid = roster_grid(Instance(case), Roster(assignments=(roster,))).plain
    assert "early-i~" in lines(grid, "A0")[0]
    assert "early-in-the-morning 06:00-14:00" in grid


def test_names_are_neither_markup_nor_control_characters() -> None:
    case = problem([{"name": "[red]x[/red]"}, {"name": "a\x1b[31m\u202eb\n"}])
    grid = roster_grid(Instance(case), Roster())
    assert "A0 [red]x[/red]" in grid.plain
    assert "A1 a?[31m?b " in grid.plain
