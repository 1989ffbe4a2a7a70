"""The competition's text format, its cost, and the problem made from it, on a made-up instance."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import csshift
import csshift.instance
from benchmarks.case import BenchmarkError
from benchmarks.inrc2 import InrcCase, build_problem, cases, code_of, nurse_roster
from benchmarks.inrc2_cost import (
    COMPLETE,
    CONSECUTIVE,
    COVER,
    DAYS_OFF,
    PREFERENCES,
    TOTAL,
    WEEKENDS,
    broken,
    costs,
)
from benchmarks.inrc2_format import Instance, Limits, read_instance, read_solution, write_solution
from csshift import Assignment, Roster
from csshift.model.score import Score
from csshift.scoring import score

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("CSSHIFT_SHARED", ROOT.parent / "shared")) / "data" / "inrc2"
NAME = "tiny_0_0-1"

SCENARIO = """\
SCENARIO = tiny
WEEKS = 2
SKILLS = 2
Lead
Aide
SHIFT_TYPES = 2
Day (2,3)
Night (2,2)
FORBIDDEN_SHIFT_TYPES_SUCCESSIONS
Day 0
Night 1 Day
CONTRACTS = 2
Full (6,9) (2,4) (2,3) 1 1
Half (3,5) (1,3) (1,4) 1 0
NURSES = 3
Ann Full 2 Lead Aide
Bob Full 1 Aide
Cid Half 1 Aide
"""
HISTORY = """\
HISTORY
0 tiny
NURSE_HISTORY
Ann 0 0 Night 1 3 0
Bob 2 1 None 0 0 4
Cid 0 0 Day 4 4 0
"""
WEEK_DATA = """\
WEEK_DATA
tiny
REQUIREMENTS
Day Lead (0,1) (0,0) (0,0) (0,0) (0,0) (0,0) (0,0)
Day Aide (0,1) (0,1) (0,1) (0,2) (0,1) (0,1) (0,1)
Night Aide (0,1) (0,0) (0,1) (0,1) (0,0) (0,1) (0,0)
SHIFT_OFF_REQUESTS = 2
Ann Any Tue
Cid Night Sat
"""
FILES = {
    "Sc-tiny.txt": SCENARIO,
    "H0-tiny-0.txt": HISTORY,
    "WD-tiny-0.txt": WEEK_DATA,
    "WD-tiny-1.txt": WEEK_DATA.replace("Day Lead (0,1)", "Day Lead (1,1)"),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "inrc2" / "tiny"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_bytes(text.replace("\n", "\r\n").encode())
    return tmp_path


@pytest.fixture
def instance(data: Path) -> Instance:
    return read_instance(data / "inrc2" / "tiny", 0, (0, 1))


def schedule(**rows: str) -> dict[tuple[str, int], tuple[str, str]]:
    """Return a roster from a text a nurse: D, N as aide, L a day as lead, ``-`` off."""
    worked = {"D": ("Day", "Aide"), "N": ("Night", "Aide"), "L": ("Day", "Lead")}
    return {
        (name, day): worked[letter]
        for name, row in rows.items()
        for day, letter in enumerate(row)
        if letter != "-"
    }


def judged(instance: Instance, roster: dict[tuple[str, int], tuple[str, str]]) -> Score:
    problem = build_problem(instance)
    dates = problem.horizon.dates
    rows = tuple(Assignment(name, dates[d], code_of(*pair)) for (name, d), pair in roster.items())
    return score(csshift.instance.Instance(problem), Roster(assignments=rows))


def test_what_the_files_say(instance: Instance) -> None:
    assert (instance.days, instance.skills) == (14, ("Lead", "Aide"))
    assert instance.shifts == {"Day": Limits(2, 3), "Night": Limits(2, 2)}
    assert instance.blocked == {"Day": frozenset(), "Night": frozenset({"Day"})}
    assert instance.contracts["Full"].complete
    assert not instance.contracts["Half"].complete
    ann, bob, _ = instance.nurses
    assert (ann.past.shift, ann.past.same, ann.past.work) == ("Night", 1, 3)
    assert (bob.past.total, bob.past.weekends, bob.past.off) == (2, 1, 4)
    assert instance.days_off[2:] == (("Ann", 8, None), ("Cid", 12, "Night"))
    assert [need.least for need in instance.needs if need.least] == [1]


@pytest.mark.parametrize(
    ("file", "old", "new", "reported"),
    [
        ("Sc-tiny.txt", "WEEKS = 2", "WEEKS = 4", "Sc-tiny.txt: 4 weeks, not 2"),
        ("Sc-tiny.txt", "SKILLS = 2", "SKILLS = 3", "line 3: 2 lines follow"),
        ("Sc-tiny.txt", "Night (2,2)", "Night (3,2)", "line 8: .* is not .minimum,maximum."),
        ("Sc-tiny.txt", "Night (2,2)", "Night (0,2)", "line 8: a run has at least 1 day"),
        ("Sc-tiny.txt", "Bob Full", "Bob Fool", "line 17: 'Fool' is no contract"),
        ("Sc-tiny.txt", "Bob Full 1", "Bob Full 2", "line 17: a field is missing"),
        ("Sc-tiny.txt", "NURSES = 3", "PEOPLE = 3", "Sc-tiny.txt, line 12: 6 lines follow"),
        ("H0-tiny-0.txt", "Cid 0 0 Day 4 4 0", "Dan 0 0 Day 4 4 0", "does not name Cid"),
        ("H0-tiny-0.txt", "Night 1 3 0", "Night 4 3 0", "line 4: .* contradict"),
        ("WD-tiny-1.txt", "Ann Any Tue", "Ann Any Die", "line 8: 'Die' is no day"),
        ("WD-tiny-1.txt", "(0,2) ", "", "WD-tiny-1.txt, line 5: a field is missing"),
    ],
)
def test_a_file_of_another_form_is_reported_with_its_line(
    data: Path, file: str, old: str, new: str, reported: str
) -> None:
    path = data / "inrc2" / "tiny" / file
    path.write_text(FILES[file].replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BenchmarkError, match=reported):
        cases([NAME], data)


@pytest.mark.parametrize("name", ["tiny", "tiny_0", "tiny_0_0-", "tiny_9_0-1", "huge_0_0-1"])
def test_an_instance_that_is_not_there(data: Path, name: str) -> None:
    with pytest.raises(BenchmarkError, match=name):
        cases([name], data)


@pytest.mark.parametrize(
    ("row", "name", "constraint", "cost"),
    [
        ("NN--DD--DD--DD", "Ann", DAYS_OFF, 0),
        ("DD----DD------", "Ann", DAYS_OFF, 30 * 1 + 30 * 3),  # the end is only too long
        ("--------DD--DD", "Bob", DAYS_OFF, 30 * 8),  # four days of the history count
        ("NN------------", "Ann", CONSECUTIVE, 15 * 1 + 30 * 1),  # with those of the history
        ("--------------", "Ann", CONSECUTIVE, 15 * 1),  # the night of the history is alone
        ("D-------------", "Cid", CONSECUTIVE, 15 * 1 + 30 * 1),
        ("NDD-----------", "Ann", CONSECUTIVE, 30 * 2),
        ("NN--D---------", "Ann", CONSECUTIVE, 15 * 2 + 30 * 2),
        ("NN-----------D", "Ann", CONSECUTIVE, 15 * 1 + 30 * 1),
        ("-----D------DD", "Ann", COMPLETE, 30),
        ("-----D------DD", "Cid", COMPLETE, 0),
        ("-----D------DD", "Ann", WEEKENDS, 30),
        ("-----D--------", "Bob", WEEKENDS, 30),
        ("DDDD----------", "Bob", TOTAL, 0),
        ("DDDDDDDD------", "Bob", TOTAL, 20),
        ("DD------------", "Cid", TOTAL, 20),
        ("-D-----N------", "Ann", PREFERENCES, 10),
        ("-----N------D-", "Cid", PREFERENCES, 10),
    ],
)
def test_cost_of_each_constraint(
    instance: Instance, row: str, name: str, constraint: str, cost: int
) -> None:
    alone = replace(
        instance,
        nurses=tuple(nurse for nurse in instance.nurses if nurse.name == name),
        days_off=tuple(wish for wish in instance.days_off if wish[0] == name),
    )
    assert costs(alone, schedule(**{name: row}))[constraint] == cost


def test_cover_below_the_optimum(instance: Instance) -> None:
    everything = sum(need.best for need in instance.needs)
    assert costs(instance, {})[COVER] == 30 * everything
    assert costs(instance, schedule(Ann="L", Bob="D", Cid="D"))[COVER] == 30 * (everything - 2)


def test_hard_constraints(instance: Instance) -> None:
    assert list(broken(instance, schedule(Ann="-------L"))) == []
    found = "; ".join(broken(instance, schedule(Ann="D", Bob="L--ND")))
    assert "Bob works as Lead on day 0" in found
    assert "Ann: Day on day 0" in found
    assert "Bob: Day on day 4" in found
    assert "0 of 1 Lead on Day of day 7" in found


def random_rosters(
    instance: Instance, count: int
) -> Iterator[dict[tuple[str, int], tuple[str, str]]]:
    """Yield rosters made of blocks of days, most of which break something."""
    rng = random.Random(5)
    for _ in range(count):
        roster = {}
        for nurse in instance.nurses:
            day = 0
            while day < instance.days:
                length, shift = rng.randint(1, 5), rng.choice([None, None, *instance.shifts])
                for place in range(day, min(day + length, instance.days)):
                    if shift is not None:
                        skills = instance.skills if rng.random() < 0.05 else nurse.skills
                        roster[nurse.name, place] = shift, rng.choice(skills)
                day += length
        yield roster


def assert_alike(instance: Instance, roster: dict[tuple[str, int], tuple[str, str]]) -> None:
    found, own = judged(instance, roster), costs(instance, roster)
    named = {PREFERENCES if rule == "requests" else rule: c for rule, c in found.penalties.items()}
    assert named == dict(own)
    assert len(found.violations) == len(list(broken(instance, roster)))


def test_the_problem_and_the_paper_judge_alike(instance: Instance) -> None:
    for roster in random_rosters(instance, 500):
        assert_alike(instance, roster)


def test_a_solved_roster_costs_what_csshift_says(data: Path, tmp_path: Path) -> None:
    (case,) = cases([NAME], data)
    assert isinstance(case, InrcCase)
    problem = case.problem()
    result = csshift.solve(problem, time_limit=20, seed=1, workers=1)
    assert result.roster is not None
    assert result.bound is not None
    roster = nurse_roster(case.instance, problem, result.roster.shifts())
    assert sum(costs(case.instance, roster).values()) == result.objective
    feasible = [r for r in random_rosters(case.instance, 500) if not list(broken(case.instance, r))]
    assert feasible
    assert all(sum(costs(case.instance, r).values()) >= result.bound for r in feasible)
    case.write(result, problem, tmp_path / "out")
    assert read_solution(case.instance, tmp_path / "out") == roster


def test_a_result_with_another_objective_is_refused(data: Path, tmp_path: Path) -> None:
    (case,) = cases([NAME], data)
    problem = case.problem()
    result = csshift.solve(problem, time_limit=20, seed=1, workers=1)
    assert result.objective is not None
    wrong = result.model_copy(
        update={"score": result.score.model_copy(update={"objective": result.objective + 5})}
    )
    with pytest.raises(BenchmarkError, match="the instance says"):
        case.write(wrong, problem, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_solution_files_are_read_as_written(instance: Instance, tmp_path: Path) -> None:
    roster = schedule(Ann="LL-----L-----N", Cid="-DD")
    write_solution(instance, roster, tmp_path)
    path = tmp_path / "Sol-tiny-0-0.txt"
    path.write_text(path.read_text(encoding="utf-8") + "Viol: 0\nCost: 5\n", encoding="utf-8")
    assert read_solution(instance, tmp_path) == roster
    path.write_text("ASSIGNMENTS = 2\nAnn Mon Day Lead\nAnn Mon Day Aide\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 3: Ann has two shifts on one day"):
        read_solution(instance, tmp_path)


@pytest.mark.parametrize(
    ("scenario", "history", "weeks", "cost"),
    [
        # As the organisers' validator says; the others by the definitions alone.
        ("n005w4", 0, "1-2-3-3", 1695),
        ("n005w4", 1, "5-3-1-0", None),
        ("n012w8", 0, "3-5-0-2-0-4-5-2", None),
        ("n021w4", 0, "5-4-1-2", None),
    ],
)
def test_samples_of_the_organisers(
    scenario: str, history: int, weeks: str, cost: int | None
) -> None:
    if not (FOLDER / scenario).is_dir():
        pytest.skip(f"no {scenario} in {FOLDER}; set CSSHIFT_SHARED to the parent of data")
    folder = FOLDER / scenario
    instance = read_instance(folder, history, tuple(map(int, weeks.split("-"))))
    roster = read_solution(instance, folder / f"Solution_H_{history}-WD_{weeks}")
    assert list(broken(instance, roster)) == []
    assert_alike(instance, roster)
    if cost is not None:
        assert sum(costs(instance, roster).values()) == cost
