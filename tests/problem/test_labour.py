"""Presets of labour rules: when they apply, what they hold; and what no rule limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from problems import DAY, MONDAY, agent, cell, roster, shift, small, works

from csshift.errors import InputError
from csshift.instance import Instance
from csshift.io.reading import load
from csshift.model.entity import parse_span
from csshift.model.horizon import Horizon
from csshift.model.notes import Note
from csshift.model.people import Contract, Pin
from csshift.planner.check import check
from csshift.planner.solve import solve
from csshift.problem import Problem
from csshift.problem.labour import preset_text, touches
from csshift.problem.presets import label_in, presets

LABELS = {
    "standard: rest between shifts",
    "standard: days in a row",
    "standard: days off a week",
    "standard: hours a week",
}
NIGHTS = "standard: no nights"
SHIFTS = (shift("D", "08:00-16:00"), shift("E", "06:00-14:00"), shift("N", "22:00-30:00"))
HEAD = "[horizon]\nstart = 2026-03-16\ndays = 7\n"


def write(folder: Path, settings: str, tags: str = "") -> Path:
    (folder / "problem.toml").write_text(settings, encoding="utf-8")
    (folder / "agents.csv").write_text(
        f"agent_id,name,skills,tags\na,黄阿姨,pre-sale,{tags}\nb,,pre-sale,\n", "utf-8"
    )
    (folder / "shifts.csv").write_text("code,hours\nD,08:00-16:00\nN,22:00-30:00\n", "utf-8")
    (folder / "requirements.csv").write_text(
        "date,start,store,skill,heads\n2026-03-16,10:00,S1,pre-sale,1\n", "utf-8"
    )
    return folder


def week(**parts: Any) -> Problem:
    """Return a week of two agents and three shifts, labour rules of the preset."""
    demand = tuple(cell(start, 2, day=day) for day in range(7) for start in ("10:00", "23:00"))
    usual: dict[str, Any] = {
        "horizon": Horizon(start=MONDAY, days=7),
        "shifts": SHIFTS,
        "requirements": demand,
        "labour": "standard",
    }
    return small(**usual | parts)


def labels(problem: Problem) -> set[str]:
    return {
        rule.label
        for rule in Instance.of(problem).effective_rules
        if rule.label.startswith("standard")
    }


def broken(problem: Problem, *days: tuple[int, str]) -> set[str]:
    """Return the hard rules that agent a breaks with these shifts by day."""
    made = roster(*(works("a", day, code) for day, code in days))
    return {finding.rule for finding in check(problem, made).violations}


def codes(problem: Problem) -> dict[str, Note]:
    return {note.code: note for note in Instance.of(problem).notes}


@pytest.mark.parametrize(
    ("line", "rules", "expected"),
    [
        ("", "", "standard"),
        ("rules = []\n", "", "standard"),
        ("", '[[rules]]\nkind = "seats"\ncount = 9\n', "none"),
        ('labour = "none"\n', "", "none"),
        ('labour = "standard"\n', '[[rules]]\nkind = "seats"\ncount = 9\n', "standard"),
    ],
)
def test_a_folder_without_rules_has_the_preset(
    tmp_path: Path, line: str, rules: str, expected: str
) -> None:
    problem = load(write(tmp_path, line + HEAD + rules))
    assert problem.labour == expected
    assert labels(problem) == (LABELS if expected == "standard" else set())
    assert ("labour-preset" in codes(problem)) == (expected == "standard")


def test_a_problem_built_in_python_has_no_preset_and_no_notes_unless_it_names_one() -> None:
    free = week(labour=None)
    assert labels(free) == set()
    assert Instance.of(free).notes == ()
    assert labels(week()) == LABELS


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ('labour = "standrad"', "did you mean 'standard'"),
        ('labour = "Standard "', "did you mean 'standard'"),
        ('labour = ""', "known presets: china, "),
        ("labour = false", 'labour = "none"'),
        ('labour = ["standard"]', 'labour = "none"'),
    ],
)
def test_an_unknown_preset_is_a_fault_with_its_line(tmp_path: Path, line: str, remedy: str) -> None:
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, f'name = "x"\n{line}\n{HEAD}'))
    [fault] = caught.value.faults
    assert (fault.table, fault.line, fault.column) == ("problem.toml", 2, "labour")
    assert remedy in str(fault)
    with pytest.raises(InputError, match="did you mean 'standard'"):
        week(labour="standart")


@pytest.mark.parametrize("before", [HEAD, f'{HEAD}[[rules]]\nkind = "min-rest"\n'])
def test_a_preset_named_below_a_table_is_a_fault_that_says_where_it_belongs(
    tmp_path: Path, before: str
) -> None:
    with pytest.raises(InputError, match="at the top of the file, before the first table"):
        load(write(tmp_path, f'{before}labour = "none"\n'))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([(0, "N"), (1, "N")], set()),
        ([(0, "N"), (1, "D")], {"standard: rest between shifts"}),
        ([(day, "D") for day in range(5)], set()),
        # Six days of eight hours are 48.
        ([(day, "D") for day in range(6)], {"standard: hours a week"}),
        (
            [(day, "D") for day in range(7)],
            {"standard: hours a week", "standard: days off a week", "standard: days in a row"},
        ),
    ],
)
def test_check_applies_the_preset(days: list[tuple[int, str]], expected: set[str]) -> None:
    assert broken(week(), *days) == expected
    assert broken(week(labour="none"), *days) == set()


def test_solve_and_check_agree_on_a_week_that_asks_for_more_than_the_preset_allows() -> None:
    result = solve(week(), time_limit=5, workers=1)
    assert result.roster is not None
    for who in "ab":
        worked = [row for row in result.roster.assignments if row.agent_id == who]
        assert len(worked) == 5, "44 h are five shifts of 8 h"
    assert check(week(), result.roster).feasible
    assert [note.code for note in result.notes][:2] == ["nobody-at-work", "labour-preset"]


@pytest.mark.parametrize(
    "tag",
    [
        "nursing",
        "Pregnant",
        "minor",
        "intern",
        "哺乳",
        "哺乳期",
        "怀孕",
        "孕期",
        "未成年人",
        "实习生",
    ],
)
def test_no_nights_for_those_whom_they_harm(tag: str) -> None:
    problem = week(agents=(agent("a", tags=("老", tag)), agent("b")))
    assert NIGHTS in labels(problem)
    assert broken(problem, (0, "N")) == {NIGHTS}
    assert broken(problem, (0, "D"), (1, "D")) == set()
    made = roster(works("b", 0, "N"))
    assert check(problem, made).feasible, "the others may work nights"


def test_a_contract_named_so_counts_as_a_tag_does() -> None:
    people = (agent("a", contract="实习"), agent("b"))
    problem = week(agents=people, contracts=(Contract(name="实习"),))
    assert broken(problem, (0, "N")) == {NIGHTS}
    assert "for 1 agent (实习)" in (preset_text(problem) or "")


def test_whom_nights_would_harm_is_said_where_nobody_is_tagged_and_there_are_nights() -> None:
    text = "for agents tagged nursing, pregnant, minor or intern (nobody)"
    assert text in (preset_text(week()) or "")
    assert "（目前无人）" in (preset_text(week(), "zh") or "")
    assert "22:00" not in (preset_text(week(shifts=SHIFTS[:2])) or "")


def test_tags_that_only_look_like_those_words_change_nothing() -> None:
    words = ("minority", "internal", "实习带教", "非哺乳期")
    assert labels(week(agents=(agent("a", tags=words), agent("b")))) == LABELS


@pytest.mark.parametrize(
    ("hours", "night"),
    [
        ("06:00-22:00", False),
        ("05:59-12:00", True),
        ("14:00-22:01", True),
        ("00:00-06:00", True),
        ("14:00-22:00", False),
        ("06:00-12:00+22:00-23:00", True),
        ("23:00-31:00", True),
        ("07:00-12:00+18:00-22:00", False),
        ("23:59-47:00", True),
    ],
)
def test_a_night_is_any_working_time_between_ten_and_six(hours: str, night: bool) -> None:
    assert touches(shift("X", hours), parse_span("22:00-30:00")) == night


def test_a_rule_takes_the_place_of_the_presets_rule_of_its_kind() -> None:
    problem = week(rules=({"kind": "max-hours", "hours": 60, "per": "week"},))
    assert labels(problem) == LABELS - {"standard: hours a week"}
    assert broken(problem, *((day, "D") for day in range(6))) == set()
    assert "replace its max-hours" in (preset_text(problem) or "")
    part = week(rules=({"kind": "min-rest", "hours": 12, "agents": {"ids": ["a"]}},))
    assert codes(part)["no-rest-rule"].agents == ("b",)


def test_a_contract_that_allows_more_than_the_preset_is_named() -> None:
    people = (agent("a", contract="long"), agent("b", contract="short"))
    terms = (
        Contract(name="long", max_hours_per_week=60),
        Contract(name="short", max_hours_per_week=44),
    )
    problem = week(agents=people, contracts=terms)
    assert "standard: hours a week" in broken(problem, *((day, "D") for day in range(6)))
    text = preset_text(problem) or ""
    assert "contract long does not count" in text


@pytest.mark.parametrize("days", [6, 7, 13])
def test_a_history_that_breaks_the_preset_leaves_the_problem_feasible(days: int) -> None:
    """Days without end, 13-hour days, no rest: what is past is a fact."""
    shifts = (*SHIFTS, shift("L", "07:00-20:00"))
    past = tuple(works("a", -back, "N" if back == 1 else "L") for back in range(1, days + 1))
    start = MONDAY + 3 * DAY
    past = tuple(replace(row, date=row.date + 3 * DAY) for row in past)
    problem = week(
        horizon=Horizon(start=start, days=7),
        shifts=shifts,
        agents=(agent("a", tags=("nursing",)), agent("b")),
        history=past,
        requirements=tuple(cell("10:00", 2, day=3 + day) for day in range(7)),
    )
    result = solve(problem, time_limit=5, workers=1)
    assert result.roster is not None
    assert check(problem, result.roster).feasible
    first = [row for row in result.roster.assignments if row.date == start]
    assert [row.agent_id for row in first] == ["b"], "a has worked too long already"


def test_a_conflict_with_pins_names_the_presets_rules() -> None:
    pins = tuple(
        Pin(agent_id="a", date=MONDAY + timedelta(days=day), shift="D") for day in range(7)
    )
    result = solve(week(pins=pins), time_limit=10, workers=1)
    assert result.status == "infeasible"
    named = " ".join(result.conflicts)
    assert any(label in named for label in LABELS), result.conflicts
    assert solve(week(pins=pins, labour="none"), time_limit=5, workers=1).roster is not None


def test_every_preset_has_its_texts_in_both_languages() -> None:
    assert "standard" in presets()
    for preset in presets().values():
        assert preset.title.keys() >= {"en", "zh"}
        for entry in preset.rules:
            assert entry.name.keys() >= {"en", "zh"}
            assert entry.brief.keys() >= {"en", "zh"}
            assert label_in(entry.name["en"], "zh") == entry.name["zh"]
    assert label_in("min-rest", "zh") is None
    problem = week(agents=(agent("a", tags=("孕期",)), agent("b")))
    for lang, off in (("en", "to turn it off"), ("zh", "如不需要")):
        text = preset_text(problem, lang) or ""
        for figure in ("11", "6", "44", "22:00", "孕期", off, 'labour = "none"'):
            assert figure in text
        assert "{" not in text


def test_notes_name_what_nothing_limits() -> None:
    problem = week(labour="none")
    found = codes(problem)
    assert found.keys() == {"no-rest-rule", "no-hours-limit", "no-days-limit"}
    assert found["no-rest-rule"].text.startswith(
        "no rule requires rest between shifts: E may follow N"
    )
    assert found["no-hours-limit"].text.startswith("nothing limits the hours of anybody")
    assert found["no-days-limit"].text.startswith("nothing limits the days in a row;")
    assert all(note.agents == ("a", "b") for note in found.values())


def test_notes_name_the_agents_whom_no_rule_concerns() -> None:
    people = (
        agent("1", name="黄阿姨"),
        *(agent(str(i)) for i in range(2, 5)),
        agent("5", contract="part"),
    )
    problem = week(
        agents=people,
        labour="none",
        contracts=(Contract(name="part", max_hours_per_week=20),),
        rules=(
            {"kind": "min-rest", "hours": 8, "severity": 3},
            {"kind": "max-consecutive-days", "days": 6, "agents": {"ids": ["2", "3", "4"]}},
        ),
    )
    found = codes(problem)
    assert found.keys() == {"no-hours-limit", "no-days-limit"}
    assert "the hours of 4 agents (黄阿姨, 2, 3, ...)" in found["no-hours-limit"].text
    assert found["no-hours-limit"].agents == ("1", "2", "3", "4")
    assert "in a row of 2 agents (黄阿姨, 5)" in found["no-days-limit"].text


@pytest.mark.parametrize(
    ("parts", "silent"),
    [
        ({"shifts": (shift("D", "08:00-16:00"),)}, "no-rest-rule"),
        ({"rules": ({"kind": "forbidden-shifts", "shifts": ["N"]},)}, "no-rest-rule"),
        (
            {
                "shifts": SHIFTS[::2],
                "rules": ({"kind": "forbidden-sequence", "shifts": ["N", "D"]},),
            },
            "no-rest-rule",
        ),
        ({"horizon": Horizon(start=MONDAY, days=5)}, "no-hours-limit"),
        ({"rules": ({"kind": "max-shifts", "count": 5, "per": "week"},)}, "no-hours-limit"),
        ({"horizon": Horizon(start=MONDAY, days=6)}, "no-days-limit"),
        ({"rules": ({"kind": "min-days-off", "days": 1, "per": "week"},)}, "no-days-limit"),
    ],
)
def test_nothing_is_said_where_nothing_can_go_wrong(parts: dict[str, Any], silent: str) -> None:
    days = parts.get("horizon", Horizon(start=MONDAY, days=7)).days
    demand = tuple(cell("10:00", 1, day=day) for day in range(days))
    assert silent in codes(week(labour="none"))
    assert silent not in codes(week(labour="none", requirements=demand, **parts))
