"""The public format, its cost, and the problem made from it, on a made-up instance."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from made_up import TEXT

import csshift
import csshift.instance
from benchmarks.case import BenchmarkError
from benchmarks.curtois import MONDAY, CurtoisCase, build_problem, cases, exact_hours
from benchmarks.instance_format import Instance, Wish, broken, cost, parse_instance
from csshift import Assignment, Roster
from csshift.rules.base import Rule
from csshift.rules.hours import MaxHours, MinHours
from csshift.scoring import score


@pytest.fixture(scope="module")
def instance() -> Instance:
    return parse_instance(TEXT)


def schedule(**rows: str) -> dict[tuple[str, int], str]:
    """Return a roster from one text a person, ``-`` being a day off."""
    return {
        (name, day): code
        for name, row in rows.items()
        for day, code in enumerate(row)
        if code != "-"
    }


def roster(entries: dict[tuple[str, int], str], problem: csshift.Problem) -> Roster:
    dates = problem.horizon.dates
    return Roster(
        assignments=tuple(
            Assignment(agent_id=name, date=dates[day], shift=code)
            for (name, day), code in entries.items()
        )
    )


def test_what_the_file_says(instance: Instance) -> None:
    assert instance.days == 14
    assert [(s.code, s.minutes, set(s.blocked)) for s in instance.shifts] == [
        ("E", 480, set()),
        ("L", 500, {"E"}),
        ("N", 725, {"E", "L"}),
    ]
    first = instance.staff[0]
    assert dict(first.max_shifts) == {"E": 14, "L": 5, "N": 2}
    assert (first.max_minutes, first.min_minutes, first.max_run) == (4321, 2000, 5)
    assert (first.min_run, first.min_off, first.max_weekends) == (2, 2, 1)
    assert instance.days_off == {("A", 0), ("A", 9), ("C", 13)}
    assert instance.off == (Wish("C", 12, "N", 3),)
    assert (instance.cover[2].day, instance.cover[2].over) == (1, 7)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("L,500,E", "L,500,X", "line 7: 'X' is not a shift"),
        ("L,500,E", "L,5.5,E", "line 7: '5.5' is not a whole number"),
        ("L,500,E", "L,-5,E", "line 7: '-5' is not a whole number from 0"),
        ("L,500,E", "L,nan,E", "line 7: 'nan' is not a whole number"),
        ("L,500,E", "L,1e999999999,E", "line 7: '1e999999999' is not a whole number"),
        ("A,0,9", "A,0,14", "line 16: day 14 lies outside the horizon"),
        ("A,0,9", "D,0,9", "line 16: 'D' is not known"),
        ("3,E,2,10,1", "3,E,2,10", "line 33: a field is missing"),
        ("4800,0,4,1,1,2", "4800,0,4,1,1", "line 13: a field is missing"),
        ("SECTION_COVER", "SECTION_COVERS", "line 28: unknown section"),
        ("# made up", "14", "line 1: stands before"),
        ("14\n\nSECTION_SHIFTS", "\nSECTION_SHIFTS", "HORIZON holds one line"),
    ],
)
def test_a_file_of_another_form_is_told_with_its_line(old: str, new: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_instance(TEXT.replace(old, new, 1))


@pytest.mark.parametrize(
    ("number", "expected"),
    [("-0", 0), ("+3", 3), ("5.0", 5), ("1e2", 100), ("\u3000 7\u00a0", 7), ("007", 7)],
)
def test_numbers_as_published_instances_and_programs_write_them(number: str, expected: int) -> None:
    changed = parse_instance(TEXT.replace("L,500,E", f"L,{number},E", 1))
    assert changed.shifts[1].minutes == expected


def test_cost_of_wishes_and_cover(instance: Instance) -> None:
    assert cost(instance, {}) == 2 + 2 + 5 + 100 + 100 + 20 + 20
    worked = schedule(A="--EE", B="E-EEE", C="L-----------N")
    assert cost(instance, worked) == 3
    assert cost(instance, schedule(A="-N", B="EN", C="EL")) == 9 + 1 + 100 + 14 + 40


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({"A": "--EEEEE---EE--"}, None),
        ({"A": "E-------------"}, "day 0"),
        ({"C": "NNNNNNN-------"}, "days of work"),
        ({"B": "--NN----------"}, "shifts N"),
        ({"B": "--LE----------"}, "E on day 3 follows L"),
        ({"C": "--NL----------"}, "L on day 3 follows N"),
        ({"B": "---E----------"}, "1 days of work"),
        ({"B": "--EE-EE-------"}, "1 days off"),
        ({"B": "-----E-----EEE"}, "2 weekends"),
        ({"B": "EEEEE--EEEEE--"}, "minutes"),
        ({"A": "EE------------"}, "minutes"),
    ],
)
def test_limits(instance: Instance, rows: dict[str, str], told: str | None) -> None:
    found = [text for text in broken(instance, schedule(**rows)) if next(iter(rows)) in text]
    assert (told is None and not found) or any(told in text for text in found if told)


@pytest.mark.parametrize("minutes", [*range(200), 8640, 112320, 599_999])
def test_hours_stand_for_exact_minutes(minutes: int) -> None:
    rules: tuple[Any, ...] = (MaxHours, MinHours)
    for rule in rules:
        assert rule(hours=exact_hours(minutes), per="horizon").minutes == minutes


def random_rosters(instance: Instance, count: int) -> Iterator[dict[tuple[str, int], str]]:
    """Yield rosters made of blocks of days, some of them within all limits."""
    chance = random.Random(3)
    codes = ("E", "E", "E", "L", "N", "-", "-")
    for _ in range(count):
        rows = {}
        for person in instance.staff:
            cells = ""
            while len(cells) < instance.days:
                cells += chance.choice(codes) * chance.randint(1, 5)
            rows[person.name] = cells[: instance.days]
        yield schedule(**rows)


def test_the_problem_and_the_instance_judge_alike(instance: Instance) -> None:
    problem = build_problem(instance)
    valid = 0
    for entries in random_rosters(instance, 400):
        judged = score(csshift.instance.Instance(problem), roster(entries, problem))
        faults = list(broken(instance, entries))
        assert judged.feasible == (not faults)
        assert judged.objective == cost(instance, entries)
        valid += not faults
    lone = replace(instance, staff=instance.staff[2:], days_off=frozenset(), on=())
    problem = build_problem(lone)
    for entries in random_rosters(lone, 400):
        judged = score(csshift.instance.Instance(problem), roster(entries, problem))
        assert judged.feasible == (not list(broken(lone, entries)))
        valid += judged.feasible
    assert valid > 5


def test_the_problem_is_made_of_ordinary_parts(instance: Instance) -> None:
    problem = build_problem(instance, "made up")
    assert problem.horizon.start == MONDAY
    assert MONDAY.weekday() == 0
    assert [shift.paid_minutes for shift in problem.shifts] == [480, 500, 725]
    assert problem.leave == ()  # leave would lower the minimum hours
    assert {(pin.agent_id, pin.date, pin.shift) for pin in problem.pins} == {
        (name, problem.horizon.dates[day], None) for name, day in instance.days_off
    }
    weights = {(r.want, r.date.day): r.weight for r in problem.requests}
    assert weights == {("work", 3): Decimal(2), ("work", 4): Decimal(7), ("off", 13): Decimal(3)}
    rules: list[Rule] = [rule for rule in problem.rules if rule.agents is not None]
    assert ("A", "B") in {rule.agents.ids for rule in rules if rule.agents}
    assert sum(rule.kind == "shift-cover" for rule in problem.rules) == 1


def test_a_solution_that_does_not_hold_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "Instance99.txt").write_text(TEXT, encoding="utf-8")
    (case,) = cases(["99"], tmp_path)
    problem = case.problem()
    empty = score(csshift.instance.Instance(problem), Roster())
    result = csshift.Result(status="feasible", roster=Roster(), score=empty)
    with pytest.raises(BenchmarkError, match="0 minutes"):
        case.write(result, problem, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_instances_are_found_by_number(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "curtois"
    folder.mkdir(parents=True)
    for number in (10, 9):
        (folder / f"Instance{number}.txt").write_text(TEXT, encoding="utf-8")
    for data in (tmp_path, tmp_path / "data", folder):
        assert [case.name for case in cases([], data)] == ["Instance9", "Instance10"]
    (case,) = cases(["Instance10"], tmp_path)
    assert case.best_known == 4631
    with pytest.raises(BenchmarkError, match=r"Instance3\.txt"):
        cases(["3"], tmp_path)
    with pytest.raises(BenchmarkError, match="README"):
        cases([], tmp_path / "nothing")
    (folder / "Instance9.txt").write_text("14", encoding="utf-8")
    with pytest.raises(BenchmarkError, match=r"Instance9\.txt: line 1"):
        cases(["9"], tmp_path)


@pytest.mark.parametrize("number", [1, 12, 22])
def test_published_instances_are_read(number: int, published: Path) -> None:
    instance = CurtoisCase(published / f"Instance{number}.txt").instance
    days, staff, shifts = {1: (14, 8, 1), 12: (28, 60, 10), 22: (364, 50, 10)}[number]
    assert (instance.days, len(instance.staff), len(instance.shifts)) == (days, staff, shifts)
    assert len(instance.cover) == days * shifts
