"""Ring-fenced heads are one thing for search and check; heads end with the time limit."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from problems import MONDAY, agent, cell, roster, shift, small, works

import csshift
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.instance import requirements as requirements_module
from csshift.instance.requirements import Requirements, collect_requirements
from csshift.model.demand import ForecastCell
from csshift.model.people import Contract, Leave
from csshift.model.result import Progress, Result
from csshift.model.skills import Skill
from csshift.planner import solve as solving
from csshift.problem import Problem


def refund_folder(path: Path) -> Path:
    """Write the starter folder with a backlog of refunds that everybody but one can do."""
    for source in files("csshift.io").joinpath("starter").iterdir():
        (path / source.name).write_bytes(source.read_bytes())
    agents = (path / "agents.csv").read_text("utf-8")
    agents = agents.replace("payment-reminder,full-time", "payment-reminder;refund,full-time")
    (path / "agents.csv").write_text(agents, "utf-8")
    with (path / "problem.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[skills.refund]\nchannel = "deferrable"\nhandle_seconds = 180\nbacklog = 100\n'
        )
    with (path / "forecast.csv").open("a", encoding="utf-8") as file:
        file.write("2026-03-17,10:00,S1,refund,20\n")
    return path


@pytest.mark.parametrize("seed", range(4))
def test_case_19_backlog_check_disagrees(seed: int, tmp_path: Path) -> None:
    problem = csshift.load(refund_folder(tmp_path))
    stop = threading.Event()

    def at_the_first_roster(progress: Progress) -> None:
        if progress.objective is not None:
            stop.set()

    result = csshift.solve(
        problem, time_limit=60, seed=seed, workers=2, stop=stop, on_progress=at_the_first_roster
    )
    assert result.roster is not None
    by_hand = result.roster.model_copy(update={"allocation": (), "coverage": ()})
    again = csshift.load(tmp_path)
    # The plan for a roster by hand is rounded to units on its own.
    for each, slack in ((result.roster, 1e-9), (by_hand, 1e-4)):
        judged = csshift.check(again, each)
        assert judged.violations == ()
        assert judged.objective == pytest.approx(result.objective, rel=slack)


def deferring(**parts: Any) -> Problem:
    """Return a problem whose refunds can only be planned around a contract and leave."""
    both = {"pre-sale": 1, "refund": 1}
    usual: dict[str, Any] = {
        "agents": (agent("a", skills=both, contract="part"), agent("b", skills=both)),
        "shifts": (shift("E", "06:00-14:00"), shift("L", "14:00-22:00")),
        "contracts": (Contract(name="part", max_hours_per_week=20),),
        "leave": (Leave(agent_id="b", date=MONDAY),),
        "requirements": tuple(cell(f"{hour:02d}:00", 1, day=1) for hour in range(6, 22)),
        "skills": (Skill(name="refund", channel="deferrable", handle_seconds=360, backlog=90),),
        "forecast": (
            ForecastCell(date=MONDAY, start=600, store="S1", skill="refund", inquiries=30),
        ),
    }
    return small(**(usual | parts))


def test_a_roster_by_hand_is_judged_by_the_heads_of_the_problem() -> None:
    problem = deferring()
    assignments = (works("a", 1, "E"), works("b", 1, "L"), works("a", 2, "E"))
    judged = csshift.check(problem, roster(*assignments))
    assert judged.violations == ()
    required = sum(entry.required for entry in judged.coverage)
    assert float(required) * 100 == pytest.approx(Instance(problem).demand.heads.sum())


class Blocked:
    """A forecast that becomes heads only when it is released."""

    def __init__(self, interrupt: bool) -> None:
        self.released, self.interrupt = threading.Event(), interrupt

    def __call__(self, problem: Problem) -> Requirements:
        if self.interrupt:
            self.released.wait(0.2)  # until the main thread waits
            _thread.interrupt_main()
        assert self.released.wait(60)
        return collect_requirements(Instance(problem))


@pytest.fixture
def blocked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Blocked]:
    """Yield a block that solves meet; they must come back before it is released."""
    block = Blocked(getattr(request, "param", False))
    monkeypatch.setattr(requirements_module, "collect_requirements", block)
    yield block
    block.released.set()


def assert_ended_before_heads(block: Blocked, result: Result) -> None:
    assert not block.released.is_set()
    assert result.status == "unknown"
    assert [note.code for note in result.notes] == ["heads-unfinished"]


def test_a_stop_takes_effect_while_heads_are_computed(blocked: Blocked) -> None:
    stop = threading.Event()
    stop.set()
    assert_ended_before_heads(blocked, csshift.solve(small(), time_limit=600, stop=stop))


def test_the_time_limit_covers_the_heads(blocked: Blocked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "LEAST_HEADS_SECONDS", 0.01)
    assert_ended_before_heads(blocked, csshift.solve(small(), time_limit=0.01))


@pytest.mark.parametrize("blocked", [True], indirect=True)
def test_an_interruption_takes_effect_while_heads_are_computed(blocked: Blocked) -> None:
    # A job in the background starts with SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        result = csshift.solve(small(), time_limit=600)
    finally:
        signal.signal(signal.SIGINT, before)
    assert_ended_before_heads(blocked, result)


def test_a_fault_of_the_forecast_is_raised_by_solve() -> None:
    problem = small(
        requirements=(),  # which would win over the forecast
        skills=(Skill(name="pre-sale", channel="call", handle_seconds=86_400),),
        forecast=(
            ForecastCell(date=MONDAY, start=600, store="S1", skill="pre-sale", inquiries=1e9),
        ),
    )
    with pytest.raises(InputError, match="100,000 heads"):
        csshift.solve(problem, time_limit=5)
