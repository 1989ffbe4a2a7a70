"""What ``import csshift`` offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest

import csshift
from csshift.io.layout import ALLOCATION, COVERAGE, DUTIES
from csshift.model.roster import AllocationShare, Assignment, CoverageCell, DutyTurn, Roster
from csshift.model.score import Score

LISTED = """
Agent Assignment Availability Contract CsshiftError Duty DutyTurn EngineError Fault Finding
ForecastCell Horizon InputError Leave MissingExtraError Note Outcome Pin Problem Progress Request
RequirementCell Result Roster Rule Score SearchParams Shift Skill SkillOverride Weights __version__
check load load_result register simulate solve write_result
"""
NAMES = LISTED.split()


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def test_the_public_names_are_these() -> None:
    assert sorted(csshift.__all__) == sorted(NAMES)
    assert dir(csshift) == sorted(csshift.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_can_be_had(name: str) -> None:
    value = getattr(csshift, name)
    assert value is getattr(csshift, name)
    assert isinstance(value, str) if name == "__version__" else callable(value)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sovle'"):
        csshift.sovle  # type: ignore[attr-defined]  # noqa: B018


def test_importing_loads_nothing_heavy() -> None:
    heavy = ["ortools", "pandas", "scipy", "numpy", "pydantic", "rich", "typer"]
    code = f"import sys, csshift; print([m for m in {heavy} if m in sys.modules])"
    assert run(code) == "[]"


def test_building_a_problem_loads_no_solver_and_no_frames() -> None:
    code = "import sys, csshift; csshift.Problem, csshift.load; "
    assert run(code + "print([m for m in ('ortools', 'pandas') if m in sys.modules])") == "[]"


@pytest.mark.parametrize("first", ["csshift.model.score", "csshift.model.result"])
def test_check_is_the_function_whatever_is_imported(first: str) -> None:
    code = f"import csshift, {first}; from csshift.scoring import score; csshift.solve; "
    assert run(code + "print(type(csshift.check).__name__)") == "function"


def test_check_can_be_replaced_like_any_other_name(monkeypatch: pytest.MonkeyPatch) -> None:
    original = csshift.check
    with monkeypatch.context() as context:
        context.setattr(csshift, "check", len)
        assert csshift.check is len
    assert csshift.check is original


def test_a_roster_becomes_a_frame() -> None:
    pandas = pytest.importorskip("pandas")
    monday = date(2026, 3, 16)
    roster = Roster(assignments=(Assignment(agent_id="A", date=monday, shift="E"),))
    frame = roster.to_frame()
    expected = pandas.DataFrame({"agent_id": ["A"], "date": [monday], "shift": ["E"]})
    pandas.testing.assert_frame_equal(frame, expected)
    assert list(Roster().to_frame().columns) == ["agent_id", "date", "shift"]


def test_every_table_of_a_roster_becomes_a_frame() -> None:
    pytest.importorskip("pandas")
    monday = date(2026, 3, 16)
    turn = DutyTurn(date=monday, duty="reminder", stores=("S1", "S2"), agent_id="A", start=600)
    share = AllocationShare(
        date=monday, start=1500, agent_id="A", store="S1", skill="sale", share=Decimal("0.5")
    )
    cell = CoverageCell(
        date=monday, start=540, store="S1", skill="sale", required=2, supplied=1, shortage=1
    )
    roster = Roster(duties=(turn,), allocation=(share,), coverage=(cell,))
    assert roster.to_frame("duties").values.tolist() == [
        [monday, "reminder", "S1|S2", "A", "10:00", None]
    ]
    assert roster.to_frame("allocation").values.tolist() == [
        [monday, "25:00", "A", "S1", "sale", 0.5]
    ]
    assert roster.to_frame("coverage")["shortage"].sum() == 1.0
    for name, table in (("duties", DUTIES), ("allocation", ALLOCATION), ("coverage", COVERAGE)):
        assert tuple(Roster().to_frame(name).columns) == table.header  # type: ignore[arg-type]


def test_penalties_become_a_frame() -> None:
    pytest.importorskip("pandas")
    frame = Score(objective=3.0, penalties={"surplus": 1.0, "shortage": 2.0}).to_frame()
    assert frame.values.tolist() == [["shortage", 2.0], ["surplus", 1.0]]


def test_without_pandas_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(csshift.MissingExtraError, match=r"pip install 'csshift\[frames\]'"):
        Roster().to_frame()
