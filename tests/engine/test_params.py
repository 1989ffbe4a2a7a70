"""Parameters: defaults, ranges, mappings, and what can be sent to another process."""

from __future__ import annotations

import logging
import pickle
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from programs import optimum, random_program

from csshift.engine.budget import Budget
from csshift.engine.parameter_set import Params
from csshift.engine.params import LnsParams, ReferenceParams, SearchParams
from csshift.engine.search import Search
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.structure import Structure

BAD = [
    ({"lns": {"growht": 2.0}}, "LnsParams: unknown parameter growht; did you mean growth?"),
    ({"lns": {"growth": 0.5}}, "LnsParams.growth: expected at least 1, not 0.5"),
    ({"lns": {"growth": float("nan")}}, "LnsParams.growth: expected a number"),
    ({"lns": {"decay": 1.5}}, "LnsParams.decay: expected from 0 to 1, not 1.5"),
    ({"lns": {"patience": 2.5}}, "LnsParams.patience: expected a whole number"),
    ({"lns": {"patience": True}}, "LnsParams.patience: expected a whole number"),
    ({"lns": {"reference": {"pause": "long"}}}, "ReferenceParams.pause: expected a number"),
    ({"lns": 3}, "SearchParams.lns: expected a table"),
    ({"improve": 1}, "SearchParams.improve: expected true or false"),
    ({"lns": {"reference": {"tolerance_range": [1e-3, 1e-5]}}}, "a lower and an upper bound"),
    ({"lns": {"reference": {"tolerance_range": [1e-3]}}}, "a lower and an upper bound"),
    ({"relaxation": {"tightening": [[1e-4]]}}, "expected lists of 2 values"),
    ({"relaxation": {"tightening": []}}, "expected a list of values"),
    ({"construction": {"rolling": {"lengths": 42}}}, "expected a list of values"),
]


def test_defaults_come_from_an_empty_mapping() -> None:
    assert SearchParams.from_mapping({}) == SearchParams()


def test_a_mapping_changes_what_it_names_and_nothing_else() -> None:
    params = SearchParams.from_mapping(
        {"improve": False, "lns": {"growth": 2, "reference": {"tolerance_range": [0, 1]}}}
    )
    reference = ReferenceParams(tolerance_range=(0, 1))
    assert params == SearchParams(improve=False, lns=LnsParams(growth=2, reference=reference))


@pytest.mark.parametrize(("given", "message"), BAD)
def test_what_is_wrong_with_a_value_is_said(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        SearchParams.from_mapping(given)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_direct_construction_is_checked_as_well() -> None:
    with pytest.raises(ValueError, match=r"LnsParams\.growth"):
        LnsParams(growth=-1.0)
    with pytest.raises(ValueError, match=r"SearchParams\.lns"):
        SearchParams(lns=ReferenceParams())  # type: ignore[arg-type]


def test_a_file_gives_the_same_as_its_mapping(tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_text("tighten = false\n[benders]\nmax_columns = 0\n", encoding="utf-8-sig")
    expected = SearchParams.from_mapping({"tighten": False, "benders": {"max_columns": 0}})
    assert SearchParams.from_toml(path) == expected
    path.write_text("[benders]\nmax_column = 0\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"search\.toml: BendersParams: unknown parameter"):
        SearchParams.from_toml(path)
    path.write_text("benders = ", encoding="utf-8")
    with pytest.raises(ValueError, match=r"search\.toml: "):
        SearchParams.from_toml(path)


def every_set(params: Params) -> list[type[Params]]:
    nested = [getattr(params, known.name) for known in fields(params)]
    return [type(params), *(t for n in nested if isinstance(n, Params) for t in every_set(n))]


@pytest.mark.parametrize("kind", sorted(set(every_set(SearchParams())), key=lambda k: k.__name__))
def test_every_parameter_is_documented(kind: type[Params]) -> None:
    described = kind.__doc__ or ""
    listed = described[described.index("Parameters\n") :]
    names = {
        name.strip()
        for line in listed.splitlines()
        if " : " in line
        for name in line.split(" : ")[0].split(",")
    }
    assert names == {known.name for known in fields(kind)}


def test_parameters_subproblems_and_results_can_be_pickled() -> None:
    program = random_program(np.random.default_rng(4))
    params = SearchParams.from_mapping({"lns": {"growth": 2.0}})
    assert pickle.loads(pickle.dumps(params)) == params
    subproblem = Structure(program).full()
    copy = pickle.loads(pickle.dumps(subproblem))
    first, second = (solve_cpsat(s, Budget(30), Limits(20.0)) for s in (subproblem, copy))
    assert first.status == second.status == "optimal"
    assert first.bound == second.bound
    search = Search(program, Budget(30))
    search.run()
    found = search.incumbent.close()
    again = pickle.loads(pickle.dumps(found))
    assert again.objective == optimum(program)
    assert again.proven
    assert np.array_equal(again.values, found.values)
    assert again.trace == found.trace


def test_a_search_logs_its_events_under_the_engine_alone(caplog: pytest.LogCaptureFixture) -> None:
    program = random_program(np.random.default_rng(4))
    assert not logging.getLogger("csshift").handlers
    assert not logging.getLogger("csshift.engine").handlers
    with caplog.at_level(logging.DEBUG, "csshift.engine"):
        found = Search(program, Budget(30)).run()
    assert {record.name.split(".")[:2] == ["csshift", "engine"] for record in caplog.records} == {
        True
    }
    events = [r for r in caplog.records if r.levelno == logging.INFO and "objective" in r.message]
    assert len(events) == len(found.trace)
