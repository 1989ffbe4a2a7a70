"""Numbers at their limits: weights that overflow, paces far apart, units that are not exact."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from extremes import large_fields
from problems import agent, cell, roster, shift, small, turn, works
from pydantic import ValidationError

import csshift
from csshift.cli.main import main
from csshift.compile import compile_problem
from csshift.instance import Instance
from csshift.instance.quantities import MAXIMUM_TIME_UNITS
from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.duties import Duty
from csshift.model.entity import Entity
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Contract, Request
from csshift.model.shifts import Shift
from csshift.model.skills import Skill
from csshift.model.weights import Weights
from csshift.program.costs import LARGEST_OBJECTIVE
from csshift.rules.registry import kinds

WEIGHTS = (
    *(name for name in Weights.model_fields if name not in ("deep_shortage_share", "shortage_by")),
    "shortage_weight",
    "severity",
    "request_weight",
    "cost_per_hour",
)


def agreed(problem: csshift.Problem, seconds: float = 5.0) -> csshift.Result:
    """Solve, check the shifts and duties alone, and return the result."""
    result = csshift.solve(problem, time_limit=seconds, workers=1)
    assert result.roster is not None
    bare = csshift.Roster(assignments=result.roster.assignments, duties=result.roster.duties)
    judged = csshift.check(problem, bare)
    assert judged.violations == ()
    assert judged.objective == result.objective
    assert result.bound is not None
    assert result.bound <= judged.objective
    return result


def refusal(problem: csshift.Problem) -> str:
    """Return the one fault that solve and check give."""
    with pytest.raises(csshift.InputError) as solving:
        csshift.solve(problem, time_limit=5.0, workers=1)
    with pytest.raises(csshift.InputError) as checking:
        csshift.check(problem, csshift.Roster())
    assert solving.value.faults == checking.value.faults
    (fault,) = solving.value.faults
    return str(fault)


def strict(**weights: Any) -> csshift.Problem:
    """Three agents and five heads all day and all week, a shortage that counts a thousandfold."""
    return small(
        horizon=Horizon(start="2026-03-16", days=7),
        agents=tuple(agent(name) for name in "abc"),
        shifts=(shift("D", "08:00-16:00", 50),),
        skills=(Skill(name="pre-sale", shortage_weight=1000),),
        requirements=tuple(
            cell(f"{hour:02d}:00", 5, day=day) for day in range(7) for hour in range(24)
        ),
        weights=Weights(**weights),
    )


def test_weights_that_overflow_are_named() -> None:
    problem = strict(shortage=1_000_000, deep_shortage=1_000_000, surplus="0.001")
    fault = refusal(problem)
    assert fault.startswith("weights: weights.shortage, weights.deep_shortage")
    assert "shortage_weight of pre-sale; weights.surplus: too far apart" in fault
    assert "; lower weights.shortage" in fault
    assert fault.endswith("raise or round weights.surplus")


def test_a_folder_with_weights_too_far_apart_ends_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    assert main(["init", str(folder)]) == 0
    with (folder / "problem.toml").open("a", encoding="utf-8") as file:
        file.write("\n[skills.zz]\nshortage_weight = 1000000\n")
        file.write("[weights]\nshortage = 999999.999\nsurplus = 0.001\n")
    cells = "".join(f"2026-03-{16 + day},12:00,S1,zz,100000\n" for day in range(7))
    (folder / "requirements.csv").write_text(f"date,start,store,skill,heads\n{cells}")
    (tmp_path / "roster.csv").write_text("agent_id,date,shift\n")
    capsys.readouterr()
    assert main(["solve", str(folder), "--time-limit", "5"]) == 2
    solving = capsys.readouterr().err
    assert main(["check", str(folder), "--roster", str(tmp_path / "roster.csv")]) == 2
    assert capsys.readouterr().err == solving
    assert "shortage_weight of zz" in solving
    assert "added up exactly" in solving
    assert not (folder / "result").exists()


def test_the_same_weights_closer_together_are_solved() -> None:
    result = agreed(strict(shortage=1_000_000, deep_shortage=1_000_000, surplus="0.5"))
    assert result.status == "optimal"


def test_a_shortage_weight_of_a_million_alone_is_solved() -> None:
    problem = small(
        horizon=Horizon(start="2026-03-16", days=28),
        agents=tuple(agent(name) for name in "abc"),
        skills=(Skill(name="pre-sale", shortage_weight=1_000_000),),
        requirements=tuple(
            cell(f"{hour:02d}:00", 10, day=day) for day in range(28) for hour in range(8, 16)
        ),
    )
    assert agreed(problem).objective == pytest.approx(28 * 8 * (7000 + 200) * 1_000_000)


def test_paces_far_apart_under_a_severe_rule_are_solved() -> None:
    problem = small(
        horizon=Horizon(start="2026-03-16", days=2),
        agents=(agent("a", skills={"zz": "0.001", "pre-sale": 100}, tags=("t",)),),
        shifts=(shift("s", "00:00-24:00"),),
        skills=(Skill(name="zz"),),
        rules=(
            {
                "kind": "min-on-site",
                "tags": ["t"],
                "hours": "09:00-23:00",
                "severity": 1_000_000,
            },
        ),
        duties=(Duty(name="d", skill="payment-reminder", window="23:00-30:00"),),
        requirements=(cell("20:00", "0.5", skill="zz", day=1),),
        weights=Weights(shortage="0.001"),
    )
    # Two unfilled turns, 47 idle hours, and a shortage of which a quarter head counts as deep.
    expected = 40_000 + Decimal("23.5") + Decimal("0.499") * Decimal("0.001") + Decimal("24.9")
    assert agreed(problem).objective == pytest.approx(float(expected), rel=1e-6)


def test_solve_and_check_give_one_objective() -> None:
    problem = small(
        horizon=Horizon(start="1900-01-01", days=1, interval_minutes=30),
        agents=(agent("a", skills={"pre-sale": 1, "hotline": "0.001"}),),
        shifts=(
            shift("0", "00:00-24:00"),
            shift("1", "00:00-24:00", 30),
            shift("2", "09:00-12:00+18:00-23:00"),
            shift("3", "07:07-15:13"),
        ),
        skills=(Skill(name="pre-sale", shortage_weight=1_000_000), Skill(name="zz")),
        requirements=tuple(
            {"date": "1900-01-01", "start": start, "store": "S1", "skill": skill, "heads": heads}
            for start, skill, heads in (
                ("10:00", "pre-sale", 2),
                ("17:00", "zz", 2),
                ("12:00", "zz", 100_000),
                ("12:00", "hotline", 100_000),
            )
        ),
    )
    assert agreed(problem).status == "optimal"


def test_a_cheap_shortage_beside_a_dear_one_is_not_left_to_idle_agents() -> None:
    """A linear solver takes a price for nothing beside one that is a billion times as high."""
    problem = small(
        horizon=Horizon(start="2026-03-16", days=1),
        agents=(agent("a", skills={"hotline": 1}), agent("b", skills={"zz": 1, "pre-sale": 1})),
        skills=(
            Skill(name="hotline", shortage_weight=1_000_000),
            Skill(name="zz", shortage_weight="0.001"),
        ),
        requirements=(
            cell("10:00", 50, skill="hotline"),
            cell("10:00", "0.5", skill="zz"),
            cell("10:00", "0.4"),
        ),
        weights=Weights(shortage=1, deep_shortage=0, surplus=0),
    )
    judged = csshift.check(problem, roster(works("a", 0), works("b", 0)))
    assert {cell.skill: cell.shortage for cell in judged.coverage} == {
        "hotline": 49,
        "zz": 0,
        "pre-sale": 0,
    }


def test_a_duty_of_all_the_time_is_held_where_units_are_not_exact() -> None:
    problem = small(
        horizon=Horizon(start="2026-03-16", days=1),
        agents=(agent("a"),),
        shifts=(shift("A", "08:00-16:01", 7), shift("B", "08:00-15:59", 7)),
        duties=(Duty(name="d", skill="pre-sale", window="10:00-14:30"),),
        requirements=(cell("10:00", 1),),
    )
    assert Instance(problem).quantities.time_units == MAXIMUM_TIME_UNITS
    result = agreed(problem)
    assert result.roster is not None
    assert len(result.roster.duties) == 1


def test_a_roster_whose_duties_take_more_than_all_of_the_time_is_judged() -> None:
    window = {"skill": "pre-sale", "window": "09:00-15:00"}
    problem = small(duties=(Duty(name="one", **window), Duty(name="two", **window)))
    made = roster(works("a", 0), turn("a", 0, "one"), turn("a", 0, "two"))
    judged = csshift.check(problem, made)
    assert [found.rule for found in judged.violations] == ["duties"]


def test_rest_is_measured_in_a_horizon_shorter_than_the_rest() -> None:
    problem = small(
        horizon=Horizon(start="2026-03-16", days=1),
        requirements=(),
        rules=({"kind": "min-rest", "hours": 168},),
    )
    assert csshift.check(problem, roster(works("a", 0))).violations == ()


KINDS = (
    Agent,
    Contract,
    Duty,
    Horizon,
    Request,
    RequirementCell,
    ForecastCell,
    Shift,
    Skill,
    Weights,
)
ENTITIES = (*KINDS, *kinds().values())
DEMAND = {"backlog", "deadline_hours"}


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.__name__)
def test_every_number_has_an_upper_limit(entity: type[Entity]) -> None:
    schema = entity.model_json_schema()
    numbers = {
        name
        for name, field in schema["properties"].items()
        for kind in (field, *field.get("anyOf", ()))
        if kind.get("type") in {"integer", "number"}
    }
    huge = dict.fromkeys(numbers - DEMAND, 10**30)
    with pytest.raises(ValidationError) as caught:
        entity.model_validate({**huge, "no such field": 0})
    assert numbers - DEMAND <= {fault["loc"][0] for fault in caught.value.errors()} | UNLIMITED


UNLIMITED = {"break_minutes"}
"""Limited by another field."""


def built_or_refused(**weights: str) -> bool:
    """Compile 600 agents and 28 days; return whether that was refused, with the names."""
    problem = csshift.Problem.model_validate(large_fields(**weights))
    try:
        program = compile_problem(Instance(problem)).program
    except csshift.InputError as error:
        (fault,) = error.faults
        assert "added up exactly" in fault.problem
        return True
    most = sum(map(int.__mul__, abs(program.cost).tolist(), program.upper.tolist()))
    assert most + abs(program.offset) < LARGEST_OBJECTIVE
    return False


@pytest.mark.parametrize("value", ["0", "0.001", "1000000"])
@pytest.mark.parametrize("name", WEIGHTS)
def test_each_weight_at_its_limit_in_a_month_of_600_agents(name: str, value: str) -> None:
    if value == "0" and name in {"shortage_weight", "severity", "request_weight"}:
        pytest.skip("has to be above 0")
    refused = built_or_refused(**{name: value})
    assert refused == (name == "shortage_weight" and value == "1000000")


@pytest.mark.parametrize(
    ("one", "other", "refused"),
    [
        ("0.001", "0.001", False),
        ("0.001", "1000000", True),
        ("1000000", "0.001", True),
        ("1000000", "1000000", True),
        ("999999.999", "999999.999", True),
    ],
)
def test_all_weights_at_their_limits_in_a_month_of_600_agents(
    one: str, other: str, refused: bool
) -> None:
    # Either of the two prices of a wish is given, not both.
    together = [name for name in WEIGHTS if name != "wish_minutes"]
    weights = {name: other if i % 2 else one for i, name in enumerate(together)}
    assert built_or_refused(**weights) == refused


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [("cost_per_hour", "999999.999"), ("overtime", "999999.999"), ("shortage", "1000000")],
)
def test_a_month_of_600_agents_is_searched_with_extreme_weights(name: str, value: str) -> None:
    agreed(csshift.Problem.model_validate(large_fields(**{name: value})), seconds=40.0)
