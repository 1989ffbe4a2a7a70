"""The whole summary, as it is printed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from report_cases import DUTY, MONDAY, assignments, cell, problem, result, turn
from rich.cells import cell_len
from rich.console import Console

from csshift.instance import Instance
from csshift.model.demand import ForecastCell
from csshift.model.duties import Duty
from csshift.model.notes import Note
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.model.score import Finding, Score
from csshift.problem import Problem
from csshift.report.terminal import result_summary, score_summary, status_lines
from csshift.report.wording import number, percent, plain, queue_label


def printed(parts: Any, encoding: str = "utf-8", width: int = 80, **options: Any) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    console = Console(file=stream, width=width, markup=False, highlight=False, **options)
    for part in parts:
        console.print(part)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


@pytest.fixture
def case() -> Problem:
    return problem(
        [{"name": "陈静"}, {"name": "[b]x[/b]"}],
        name="Spring",
        duties=[DUTY],
        requests=[{"agent_id": "A0", "date": "2026-03-16", "want": "off", "weight": 2}],
    )


@pytest.fixture
def roster() -> Roster:
    return Roster(
        assignments=assignments("EEE", "-L"),
        duties=(turn(0, 0), turn(1, 0)),
        coverage=(cell(), cell(day=1, required=1, supplied=1)),
    )


def test_every_section_is_there(case: Problem, roster: Roster) -> None:
    text = printed(
        result_summary(
            case, result(roster, seconds=12.3, notes=(Note(code="advice", text="Take care."),))
        )
    )
    for expected in (
        "Spring: 2 agents, 7 days, 2026-03-16 to 2026-03-22",
        "Every hard rule holds.",
        "3 head-hours are required; 1 of them are missing (33.3 %)",
        "2026-03-16 Mo 09:00  S1 sale: needs 2, has 1, short 1 heads",
        "reminder: 2 of 7 turns filled, 0 to 2 a person",
        "nobody for 5 turns of reminder on 5 days from 2026-03-18 to 2026-03-22",
        "0 of 1 wish granted",
        "A0 陈静 2026-03-16 Mo: wanted a day off, works E (weight 2)",
        "A1 [b]x[/b]",
        "- Take care.",
    ):
        assert " ".join(expected.split()) in " ".join(text.split())
    assert "\x1b" not in text
    assert "objective" not in text, "points are for --verbose"
    assert text.index("Take care.") < text.index("Shortage") < text.index("\nRoster")


def test_verbose_shows_points(case: Problem, roster: Roster) -> None:
    text = printed(result_summary(case, result(roster, seconds=12.3), verbose=True))
    assert "feasible: objective 120, bound 90, gap 25 %, seconds 12.3" in text


@pytest.mark.parametrize("width", [60, 80, 140])
def test_no_line_is_wider_than_the_terminal(case: Problem, roster: Roster, width: int) -> None:
    text = printed(result_summary(case, result(roster), width), width=width)
    assert max(map(cell_len, text.splitlines())) <= width


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "cp1252"])
def test_an_encoding_that_lacks_characters_still_prints(
    case: Problem, roster: Roster, encoding: str
) -> None:
    text = printed(result_summary(case, result(roster)), encoding)
    assert "head-hours are required" in text
    assert ("陈静" in text) == (encoding == "gbk")
    if encoding == "ascii":
        assert text.isascii()
        assert "??????" not in text


def test_colour_stands_on_terminals_only(
    case: Problem, roster: Roster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    summary = list(result_summary(case, result(roster)))
    assert "\x1b[32m" in printed(summary, force_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in printed(summary, force_terminal=True)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "optimal", "bound": 120.0}, "without giving up something else: this is prov"),
        ({"status": "feasible", "bound": None}, "How much better another roster could be is not"),
    ],
)
def test_statuses_with_a_roster(
    case: Problem, roster: Roster, fields: dict[str, Any], words: str
) -> None:
    assert words in printed(status_lines(case, result(roster, **fields)), width=120)


def test_infeasible_names_the_rules_and_unknown_says_what_to_do(case: Problem) -> None:
    found = Result(status="infeasible", conflicts=("min-rest", "[red]x"))
    text = printed(status_lines(case, found))
    assert "Infeasible: no roster keeps all hard rules; these contradict one another:" in text
    assert "- min-rest\n- [red]x" in text
    assert "--time-limit" in printed(status_lines(case, Result(status="unknown")))


def test_a_summary_without_a_roster_is_short(case: Problem) -> None:
    assert len(printed(result_summary(case, Result(status="unknown"))).splitlines()) == 2


def test_a_check_lists_the_violations_first(case: Problem, roster: Roster) -> None:
    finding = Finding(rule="min-rest", agent_id="A0", date="2026-03-17", text="8 h of rest")
    score = Score(objective=7, penalties={}, violations=(finding,) * 201)
    lines = printed(score_summary(case, roster, score)).splitlines()
    assert lines[1:3] == ["201 hard violations:", "- min-rest: A0 2026-03-17: 8 h of rest"]
    assert lines[202] == "- and 1 more"
    good = Score(objective=7, penalties={})
    assert "Every hard rule holds." in printed(score_summary(case, roster, good))


def test_penalties_are_told_with_their_number_and_examples(case: Problem, roster: Roster) -> None:
    broken = (
        Finding(rule="weekends [x]", agent_id="A1", points=1),
        Finding(rule="weekends [x]", agent_id="A0", date="2026-03-17", points=5),
    )
    score = Score(objective=6, penalties={"weekends [x]": 6.0, "surplus": 0.5}, broken=broken)
    lines = printed(score_summary(case, roster, score)).splitlines()
    assert next(line.split() for line in lines if line.startswith("weekends")) == [
        "weekends",
        "[x]",
        "6",
        "2",
        "A0",
        "2026-03-17,",
        "A1",
    ]


def test_numbers_and_text_are_written_for_people() -> None:
    assert [number(x) for x in (1234.5, 0.1 + 0.2, -0.001, 1e6)] == [
        "1,234.5",
        "0.3",
        "0",
        "1,000,000",
    ]
    assert percent(0.01234) == "1.23 %"
    assert plain("a\tb\u2028c\u200bd早") == "a?b?c?d早"


def test_titles_of_tables_break_between_words_only(case: Problem, roster: Roster) -> None:
    duties = [DUTY | {"name": f"payment-reminder-{i}"} for i in "ab"]
    long = case.with_(duties=tuple(map(Duty.model_validate, duties)))
    for width in (60, 80):
        found = result(roster.model_copy(update={"duties": ()}))
        text = printed(result_summary(long, found), width=width)
        people = text[text.index("\nPeople") :]
        assert "payment-reminder-a" in people
        assert "payment-reminder-b" in people


@pytest.mark.parametrize(
    ("stores", "queue", "en", "zh"),
    [
        (("S1",), "S1", "S1", "S1"),
        (("S1", "S2"), "S1|S2", "all stores", "全部店铺"),
        (("S1", "S2", "S3"), "S1|S2", "S1|S2", "S1|S2"),
        (tuple("ABCDEF"), "A|B|C|D|E", "A|B|C and 2 more", "A|B|C 等（另 2 家）"),
    ],
)
def test_a_queue_is_named_by_its_stores(
    stores: tuple[str, ...], queue: str, en: str, zh: str
) -> None:
    people = [{"stores": tuple(queue.split("|"))}, {"stores": stores}]
    forecast = [
        ForecastCell(date=MONDAY, start=540, store=store, skill="sale", inquiries=1)
        for store in stores
    ]
    skills = [{"name": "sale", "handle_seconds": 300}]
    parts = {"stores": stores, "forecast": forecast, "requirements": [], "skills": skills}
    instance = Instance(problem(people, **parts))
    assert queue_label(instance, queue) == en
    assert queue_label(instance, queue, "zh") == zh
