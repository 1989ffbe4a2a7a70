"""What ``import csshift`` offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

import csshift
from csshift.model.roster import Assignment, Roster

LISTED = """
Agent Assignment Contract CsshiftError Duty DutyTurn EngineError Fault Finding ForecastCell
Horizon InputError Leave MissingExtraError Outcome Pin Problem Progress Request RequirementCell
Result Roster Rule Score Shift Skill SkillOverride Weights __version__ check load load_result
register simulate solve write_result
"""
NAMES = LISTED.split()


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def test_the_public_names_are_these() -> None:
    assert sorted(csshift.__all__) == sorted(NAMES)
    assert set(NAMES) <= set(dir(csshift))


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


@pytest.mark.parametrize("first", ["csshift.check.score", "csshift.planner.result"])
def test_check_is_the_function_whatever_is_imported(first: str) -> None:
    code = f"import csshift, {first}; from csshift.check import score; csshift.solve; "
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


def test_without_pandas_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(csshift.MissingExtraError, match=r"pip install 'csshift\[frames\]'"):
        Roster().to_frame()
