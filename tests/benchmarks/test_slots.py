"""Fixed slots: generator, problem folder, judge, and Timefold."""

from __future__ import annotations

import csv
import importlib.util
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import csshift
from benchmarks.__main__ import main
from benchmarks.case import AbsentError, BenchmarkError
from benchmarks.slots import timefold
from benchmarks.slots.case import SlotCase, slot_case
from benchmarks.slots.folder import write_folder
from benchmarks.slots.generator import make_instance
from benchmarks.slots.instance import (
    UNFILLED,
    SlotAgent,
    SlotInstance,
    SlotShift,
    SlotWish,
    date_of,
)
from benchmarks.slots.scorer import judge
from csshift import Assignment, Roster
from csshift.instance import Instance
from csshift.scoring import score

EARLY = SlotShift("E", "hotline", 6 * 60, 14 * 60, 0)
LATE = SlotShift("L", "hotline", 15 * 60, 23 * 60, 0)
OTHER = SlotShift("O", "after-sale", 8 * 60, 17 * 60, 60)
ANN = SlotAgent("ann", ("hotline",), "full-time", 48 * 60)
BEN = SlotAgent("ben", ("hotline", "after-sale"), "part-time", 16 * 60)


def instance(**changes: object) -> SlotInstance:
    made = SlotInstance(
        days=8,
        shifts=(EARLY, LATE, OTHER),
        agents=(ANN, BEN),
        slots={(day, shift.code): 1 for day in range(8) for shift in (EARLY, LATE, OTHER)},
        leave=frozenset({("ann", 5)}),
        wishes=(
            SlotWish("ann", 0, "off", "", 3),
            SlotWish("ann", 1, "off", "L", 2),
            SlotWish("ben", 2, "work", "", 5),
            SlotWish("ben", 3, "work", "O", 7),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_judge_counts_slots_and_wishes() -> None:
    nothing = judge(instance(), [])
    assert (nothing.unfilled, nothing.broken, nothing.faults) == (24, 12, ())
    assert nothing.objective == 24 * UNFILLED + 12
    turns = [("ann", 0, "E"), ("ann", 1, "E"), ("ben", 2, "E"), ("ben", 3, "O")]
    some = judge(instance(), turns)
    assert (some.unfilled, some.broken, some.faults) == (20, 3, ())
    assert judge(instance(), [("ann", 1, "L")]).broken == 14


@pytest.mark.parametrize(
    ("turns", "told"),
    [
        ([("ann", 0, "E"), ("ben", 0, "E")], "more agents than slots on day 0, E"),
        ([("ann", 9, "E")], "more agents than slots on day 9, E"),
        ([("ann", 0, "E"), ("ann", 0, "L")], "ann works twice on day 0"),
        ([("ann", 5, "E")], "ann is on leave on day 5"),
        ([("ann", 0, "O")], "ann on day 0 lacks the skill of O"),
        ([("ann", 0, "L"), ("ann", 1, "E")], "ann rests too little before day 1"),
        ([("ben", day, "O") for day in (0, 2, 4)], "ben works 1440 minutes in week 0"),
        ([("cid", 0, "E")], "('cid', 0, 'E') names"),
    ],
)
def test_the_judge_finds_what_no_roster_may_do(
    turns: list[tuple[str, int, str]], told: str
) -> None:
    (fault,) = judge(instance(), turns).faults
    assert fault.startswith(told)


def test_the_judge_allows_six_days_in_a_row_and_no_seven() -> None:
    free = instance(leave=frozenset(), agents=(replace(ANN, week_minutes=7 * 480), BEN))
    assert not judge(free, [("ann", day, "E") for day in range(1, 7)]).faults
    found = judge(free, [("ann", day, "E") for day in range(8)]).faults
    assert found == ("ann works every day from day 0 to 6", "ann works every day from day 1 to 7")


def random_turns(made: SlotInstance, chance: random.Random) -> list[tuple[str, int, str]]:
    """Return a roster that gives nobody two shifts on one day, but may break all else."""
    often = chance.random()
    return [
        (agent.name, day, chance.choice(made.shifts).code)
        for agent in made.agents
        for day in range(made.days)
        if chance.random() < often
    ]


def valid_turns(made: SlotInstance, chance: random.Random) -> Iterator[tuple[str, int, str]]:
    """Yield turns that can be added to one another without breaking a rule."""
    taken: list[tuple[str, int, str]] = []
    for turn in chance.sample(random_turns(made, chance), k=10):
        if not judge(made, [*taken, turn]).faults:
            taken.append(turn)
            yield turn


@pytest.mark.parametrize("variant", [1, 2])
def test_the_judge_and_the_folder_say_the_same(variant: int, tmp_path: Path) -> None:
    made = make_instance(5, 9, variant)
    write_folder(made, tmp_path)
    problem = csshift.load(tmp_path)
    chance = random.Random(variant)
    valid = 0
    for attempt in range(120):
        try:
            turns = list(valid_turns(made, chance)) if attempt % 2 else random_turns(made, chance)
        except ValueError:  # fewer turns than the sample takes
            continue
        roster = Roster(
            assignments=tuple(
                Assignment(agent_id=name, date=date_of(day), shift=code)
                for name, day, code in turns
            )
        )
        judged, checked = judge(made, turns), score(Instance(problem), roster)
        assert checked.feasible == (not judged.faults)
        assert checked.objective == judged.objective
        valid += not judged.faults
    assert valid > 20


def test_generated_instances_repeat_and_are_of_every_kind() -> None:
    made = make_instance(20)
    assert made == make_instance(20)
    assert made != make_instance(20, variant=2)
    assert made.leave
    assert {(wish.want, bool(wish.shift)) for wish in made.wishes} == {
        (want, named) for want in ("work", "off") for named in (True, False)
    }
    assert {agent.contract for agent in made.agents} == {"full-time", "part-time"}
    assert {shift.paid for shift in made.shifts} == {480}
    slots = sum(make_instance(60).slots.values())
    assert slots == pytest.approx(3 * sum(made.slots.values()), rel=0.15)
    assert all(heads > 0 for heads in made.slots.values())


def test_a_result_that_the_judge_does_not_confirm_is_not_written(tmp_path: Path) -> None:
    case = slot_case("slots-3x7", tmp_path, "rivals")
    problem = case.problem()
    turn = Assignment(agent_id="A001", date=date_of(0), shift="E-hotline")
    roster = Roster(assignments=(turn,))
    wrong = csshift.Result(
        status="feasible", roster=roster, score=score(Instance(problem), Roster())
    )
    with pytest.raises(BenchmarkError, match="the judge of slots"):
        case.write(wrong, problem, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_csshift_solves_slots(tmp_path: Path) -> None:
    words = ["rivals", "slots-3x7", "--method", "csshift", "--time-limit", "2"]
    assert main([*words, "--workers", "1", "--out", str(tmp_path)]) == 0
    with (tmp_path / "results.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["instance"] == "slots-3x7"
    assert float(row["bound"]) <= float(row["objective"])


def has_timefold() -> bool:
    return importlib.util.find_spec("timefold") is not None and shutil.which("javac") is not None


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> SlotCase:
    return slot_case("slots-4x7", tmp_path_factory.mktemp("slots"), "rivals")


@pytest.mark.skipif(not has_timefold(), reason="needs timefold and a JDK")
def test_timefold_solves_the_same_slots(tiny: SlotCase, tmp_path: Path) -> None:
    problem = tiny.problem()
    result = tiny.rivals()["timefold"](problem, 1.5, 7, 1)
    tiny.write(result, problem, tmp_path / "out")  # the judge confirms it
    assert result.objective is not None
    assert result.roster is not None
    assert result.roster.assignments
    assert result.seed == 7
    assert "timefold" in result.versions
    assert result.trace[-1].objective == result.objective
    assert (tmp_path / "out" / "roster.csv").is_file()


@pytest.mark.skipif(not has_timefold(), reason="needs timefold and a JDK")
@pytest.mark.slow
def test_java_that_fails_is_told(tiny: SlotCase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timefold, "_lines", lambda _: ["no number"])
    with pytest.raises(BenchmarkError, match=r"java failed: .*InputMismatch"):
        timefold.find_timefold().solve(tiny.instance, 1.0, 0)


@pytest.mark.parametrize("absent", ["timefold", "java"])
def test_an_absent_timefold_is_told_and_the_rest_is_run(
    absent: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if absent == "timefold":
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    elif importlib.util.find_spec("timefold") is None:
        pytest.skip("needs timefold")
    else:
        monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(AbsentError):
        timefold.find_timefold()
    words = ["rivals", "slots-3x7", "--method", "csshift", "--method", "timefold"]
    more = ["--time-limit", "1", "--workers", "1", "--out", str(tmp_path)]
    assert main([*words, *more]) == 0
    told = capsys.readouterr()
    assert "slots-3x7: timefold is left out: " in told.err
    assert ("pip install timefold" in told.err) == (absent == "timefold")
    assert "method=csshift" in told.out


def test_a_result_of_java_is_read(tiny: SlotCase) -> None:
    made = tiny.instance
    first = min(made.slots)
    found = timefold._read(made, "progress 1200 -2 -300\nslot 0 1\nprogress 1500 0 -7\nend 1600\n")
    assert found.turns == ((made.agents[1].name, *first),)
    assert found.progress == ((1.2, -2, -300), (1.5, 0, -7))
    assert found.seconds == 1.6
    with pytest.raises(BenchmarkError, match="without a result"):
        timefold._read(made, "progress 1200 0 -300\n")
