"""What results and problems look like in a console and in a notebook."""

from __future__ import annotations

import pickle

from problems import DAY, MONDAY, small

import csshift
from csshift import Assignment, Roster


def test_results_and_problems_are_shown_in_a_few_lines() -> None:
    problem = small()
    result = csshift.solve(problem, time_limit=10, workers=1)
    for shown in (problem, result, result.roster, result.score):
        assert repr(shown).count("\n") <= 3
        assert len(repr(shown)) < 600
        assert str(shown) == repr(shown)
    assert result.status in repr(result)
    assert f"{len(problem.agents)} agents" in repr(problem)


def test_a_result_is_plain_data() -> None:
    result = csshift.solve(small(), time_limit=10, workers=1)
    assert pickle.loads(pickle.dumps(result)) == result


def test_a_notebook_shows_the_grid_with_names_escaped() -> None:
    worked = Assignment(agent_id="<b>&", date=MONDAY, shift="<i>")
    page = Roster(assignments=(worked,))._repr_html_()
    assert "<td>&lt;b&gt;&amp;</td><td>&lt;i&gt;</td>" in page
    assert "<i>" not in page
    assert Roster()._repr_html_().startswith("<table>")


def test_a_large_roster_is_shown_in_part_and_says_so() -> None:
    shifts = [
        Assignment(agent_id=f"A{i:03}", date=MONDAY + day * DAY, shift="E")
        for i in range(100)
        for day in range(40)
    ]
    page = Roster(assignments=tuple(shifts))._repr_html_()
    assert page.count("<tr>") == 61
    assert "4000 shifts of 100 agents" in page
    assert "60 agents and 35 dates shown" in page


def test_a_result_without_a_roster_is_shown() -> None:
    result = csshift.Result(status="infeasible", conflicts=("min <rest>",))
    assert "min <rest>" in repr(result)
    assert "min &lt;rest&gt;" in result._repr_html_()
