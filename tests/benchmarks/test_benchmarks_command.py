"""``python -m benchmarks`` from its arguments to files and rows, at tiny sizes."""

from __future__ import annotations

import csv
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from made_up import TEXT

import csshift
from benchmarks import ablation, suites
from benchmarks.__main__ import main
from benchmarks.hourly import PROFILES, write_folder
from benchmarks.table import COLUMNS
from csshift.engine.params import SearchParams
from csshift.engine.search import Search
from csshift.instance import Instance


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(out: Path, *words: str, seconds: str = "2") -> int:
    return main([*words, "--out", str(out), "--time-limit", seconds, "--workers", "1"])


def test_curtois_writes_the_solution_and_a_row(tmp_path: Path) -> None:
    # Four heads are asked for where there are three people, so that the best cost is 10.
    text = TEXT.replace("3,E,2,10,1", "3,E,4,10,1")
    (tmp_path / "Instance1.txt").write_text(text, encoding="utf-8")
    for seed in ("0", "7"):
        words = ("curtois", "1", "--data", str(tmp_path), "--seed", seed)
        assert run(tmp_path, *words, seconds="20") == 0
    found = rows(tmp_path)
    assert [row["seed"] for row in found] == ["0", "7"]
    first = found[0]
    assert tuple(first) == COLUMNS
    assert (first["suite"], first["instance"], first["method"]) == (
        "curtois",
        "Instance1",
        "csshift",
    )
    assert float(first["bound"]) <= 10 <= float(first["objective"])
    assert float(first["gap_to_best_known"]) == pytest.approx(
        (float(first["objective"]) - 607) / 607, rel=1e-6
    )
    assert first["shortage_percent"] == ""
    assert float(first["seconds_to_first_roster"]) <= float(first["seconds"])
    assert "ortools" in first["versions"]
    folder = tmp_path / "curtois" / "Instance1"
    text = (folder / "csshift-20s-1w-seed0" / "solution.csv").read_text(encoding="utf-8")
    assert text.startswith("employee,day,shift\n")
    trace = (folder / "csshift-20s-1w-seed7-trace.csv").read_text(encoding="utf-8").splitlines()
    assert trace[0] == "seconds,objective,bound,stage"
    assert len(trace) > 1


def test_rivals_solve_the_same_instance_in_turn(tmp_path: Path) -> None:
    assert run(tmp_path, "rivals", "4x3", seconds="4") == 0
    ours, plain = rows(tmp_path)
    assert (ours["method"], plain["method"]) == ("csshift", "cp-sat")
    for row in (ours, plain):
        assert row["instance"] == "hourly-4x3"
        assert float(row["shortage_percent"]) >= 0
    # Neither may be proven wrong by the other.
    assert float(plain["bound"]) <= float(ours["objective"]) * (1 + 1e-9)
    assert float(ours["bound"]) <= float(plain["objective"]) * (1 + 1e-9)
    result = tmp_path / "rivals" / "hourly-4x3" / "cp-sat-4s-1w-seed0" / "result.json"
    assert result.is_file()


def test_scenarios_are_folders_chosen_by_the_start_of_their_names(tmp_path: Path) -> None:
    for name in ("s1-small", "s2-other"):
        write_folder(tmp_path / "shared" / "scenarios" / name, 3, 2)
    (tmp_path / "shared" / "data").mkdir()
    for data in ("shared", "shared/data", "shared/scenarios"):
        assert run(tmp_path, "scenarios", "s2", "--data", str(tmp_path / data)) == 0
    assert [row["instance"] for row in rows(tmp_path)] == ["s2-other"] * 3
    assert (tmp_path / "scenarios" / "s2-other" / "csshift-2s-1w-seed0" / "roster.csv").is_file()


def test_seeds_and_methods_are_chosen(tmp_path: Path) -> None:
    assert run(tmp_path, "rivals", "3x2", "--seeds", "2", "--method", "csshift") == 0
    assert [(row["method"], row["seed"]) for row in rows(tmp_path)] == [
        ("csshift", "0"),
        ("csshift", "1"),
    ]
    assert run(tmp_path, "rivals", "3x2", "--method", "guess") == 2
    assert len(rows(tmp_path)) == 2


def test_a_run_that_fails_has_its_row_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*arguments: object) -> csshift.Result:
        raise ZeroDivisionError("half-made")

    monkeypatch.setattr(suites, "solve_by_cp_sat", broken)
    assert run(tmp_path, "rivals", "3x2", "3x2-2") == 1
    assert [(row["method"], row["status"] == "failed") for row in rows(tmp_path)] == [
        ("csshift", False),
        ("cp-sat", True),
    ] * 2
    failed = rows(tmp_path)[1]
    assert failed["objective"] == failed["bound"] == failed["seconds"] == ""
    assert "half-made" in capsys.readouterr().err


def test_the_ablation_switches_off_each_stage_that_the_engine_can_do_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = list(ablation.methods())
    known = SearchParams()
    switches = [f.name for f in fields(known) if isinstance(getattr(known, f.name), bool)]
    assert switches
    assert named == ["all-stages", *(f"no-{name.replace('_', '-')}" for name in switches)]
    used: list[SearchParams] = []

    def search(*arguments: Any, params: SearchParams, **options: Any) -> Search:
        used.append(params)
        return Search(*arguments, params=params, **options)

    monkeypatch.setattr("csshift.planner.solve.Search", search)
    words = ("--method", named[0], "--method", named[1])
    assert run(tmp_path, "ablation", "3x2", *words, seconds="1") == 0
    assert used == [SearchParams(), replace(SearchParams(), **{switches[0]: False})]
    assert [(row["suite"], row["method"]) for row in rows(tmp_path)] == [
        ("ablation", named[0]),
        ("ablation", named[1]),
    ]


def test_the_ablation_takes_published_instances_too(tmp_path: Path) -> None:
    (tmp_path / "Instance1.txt").write_text(TEXT, encoding="utf-8")
    words = ("ablation", "Instance1", "--data", str(tmp_path), "--method", "all-stages")
    assert run(tmp_path, *words, seconds="3") == 0
    (row,) = rows(tmp_path)
    assert (row["suite"], row["instance"], row["best_known"]) == ("ablation", "Instance1", "607")


@pytest.mark.parametrize(
    "words",
    [
        ("hourly", "many"),
        ("rivals", "slots-many"),
        ("scenarios", "--data", "nowhere"),
        ("curtois", "--data", "nowhere"),
    ],
)
def test_what_cannot_be_run_is_told(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *words) == 2
    assert capsys.readouterr().err.strip()


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "inf", "x"])
def test_a_time_limit_is_positive(limit: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        run(tmp_path, "hourly", "3x2", seconds=limit)


def test_a_table_of_another_form_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert run(tmp_path, "hourly", "3x2") == 2
    assert (tmp_path / "results.csv").read_text(encoding="utf-8") == "a,b\n1,2\n"


@pytest.mark.parametrize("duty", [False, True])
@pytest.mark.parametrize("mixed", [False, True])
def test_generated_folders_are_repeatable_and_of_every_kind(
    tmp_path: Path, mixed: bool, duty: bool
) -> None:
    for name in ("a", "b"):
        write_folder(tmp_path / name, 30, 28, duty=duty, mixed=mixed)
    write_folder(tmp_path / "c", 30, 28, variant=2, duty=duty, mixed=mixed)
    files = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    assert files["leave.csv"] != (tmp_path / "c" / "leave.csv").read_bytes()
    problem = csshift.load(tmp_path / "a")
    assert (len(problem.agents), problem.horizon.days, len(problem.shifts)) == (30, 28, 7)
    asked = {cell.skill for cell in problem.requirements}
    assert {duty.skill for duty in problem.duties} == ({"payment-reminder"} if duty else set())
    assert asked | {duty.skill for duty in problem.duties} == {*PROFILES, "payment-reminder"}
    assert ("payment-reminder" in asked) != duty
    assert any(shift.end > 24 * 60 for shift in problem.shifts)
    assert problem.leave
    assert problem.requests
    whole = all(cell.heads == int(cell.heads) for cell in problem.requirements)
    assert whole != mixed
    assert (Instance(problem).classes.count > 8) == mixed
    assert {agent.contract for agent in problem.agents} == {"full-time", "part-time"}


def test_demand_grows_with_the_team(tmp_path: Path) -> None:
    def heads(agents: int) -> float:
        write_folder(tmp_path / str(agents), agents)
        cells = csshift.load(tmp_path / str(agents)).requirements
        return float(sum(cell.heads for cell in cells))

    assert heads(120) / heads(30) == pytest.approx(4, rel=0.1)


def test_agents_of_several_stores_have_demand_in_each(tmp_path: Path) -> None:
    write_folder(tmp_path / "three", 60, 2, stores=3)
    write_folder(tmp_path / "one", 60, 2)
    three, one = csshift.load(tmp_path / "three"), csshift.load(tmp_path / "one")
    assert {row.store for row in three.requirements} == {"S1", "S2", "S3"}
    assert {len(agent.stores) for agent in three.agents} == {1, 2, 3}
    assert {agent.stores[0] for agent in three.agents} == {"S1", "S2", "S3"}
    heads = [sum(float(row.heads) for row in problem.requirements) for problem in (three, one)]
    assert heads[0] == pytest.approx(heads[1], rel=0.1)
    assert run(tmp_path, "hourly", "3x2x4") == 2
