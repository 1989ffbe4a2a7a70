"""The night before the horizon serves its first morning, the last night the next morning."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems import DAY, MONDAY, agent, cell, roster, shift, small, turn, works

import csshift
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.demand import ForecastCell
from csshift.model.duties import Duty
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.problem import Problem

NIGHT = shift("N", "22:00-30:00")
EARLY = shift("E", "06:00-14:00")
AROUND = tuple(cell(f"{hour:02d}:00", 1, day=day) for day in range(3) for hour in range(24))


def around(days: int = 3, minutes: int = 60, edges: str = "auto", **parts: Any) -> Problem:
    """Return a problem with nights, and demand of one head round the clock."""
    usual = {
        "horizon": {
            "start": MONDAY,
            "days": days,
            "interval_minutes": minutes,
            "edges": edges,
        },
        "shifts": (EARLY, NIGHT),
        "requirements": tuple(
            cell(f"{at // 60:02d}:{at % 60:02d}", 1, day=day)
            for day in range(days)
            for at in range(0, 1440, minutes)
        ),
    }
    return small(**{**usual, **parts})


def forecast(day: int, hour: int, inquiries: float, skill: str = "pre-sale") -> ForecastCell:
    date = MONDAY + day * DAY
    return ForecastCell(date=date, start=60 * hour, store="S1", skill=skill, inquiries=inquiries)


def supplied(score: Score, day: int) -> dict[int, Decimal]:
    """Return the heads supplied by hour of a day, where there are some."""
    date = MONDAY + day * DAY
    cells = [c for c in score.coverage if c.date == date and c.supplied]
    return {c.start // 60: c.supplied for c in cells}


def required_hours(score: Score, day: int) -> list[int]:
    return [c.start // 60 for c in score.coverage if c.date == MONDAY + day * DAY]


def planned(problem: Problem, *entries: Any) -> tuple[Roster, Score]:
    """Return a roster with its hourly plan, and its score."""
    from csshift.planner.judge import with_plan

    instance = Instance(problem)
    plan = with_plan(instance, roster(*entries))
    return plan, csshift.check(problem, plan)


def notes(problem: Problem) -> dict[str, str]:
    return {note.code: note.text for note in Instance(problem).notes}


class TestFirstMorning:
    def test_the_night_before_serves_and_stands_in_the_plan(self) -> None:
        problem = around(history=(works("a", -1, "N"),))
        plan, score = planned(problem)
        assert supplied(score, 0) == dict.fromkeys(range(6), Decimal(1))
        shown = {(row.agent_id, row.date, row.start // 60) for row in plan.allocation}
        assert shown == {("a", MONDAY, hour) for hour in range(6)}
        assert score.violations == ()

    def test_its_hours_are_no_shift_of_the_first_day(self) -> None:
        problem = around(history=(works("a", -1, "N"),))
        plan, score = planned(problem, works("a", 0, "N"))
        assert supplied(score, 0) == dict.fromkeys((*range(6), 22, 23), Decimal(1))
        assert len({(row.date, row.start, row.agent_id) for row in plan.allocation}) == 8 + 6
        result = csshift.solve(problem, time_limit=2, workers=1)
        assert result.objective == pytest.approx(result.score.objective if result.score else None)

    def test_the_day_before_alone_counts(self) -> None:
        _, score = planned(around(history=(works("a", -2, "N"), works("b", -1, "E"))))
        assert supplied(score, 0) == {}

    def test_none_leaves_the_first_morning_alone(self) -> None:
        problem = around(edges="none", history=(works("a", -1, "N"),))
        plan, score = planned(problem)
        assert plan.allocation == ()
        assert supplied(score, 0) == {}

    def test_it_serves_what_its_agents_may_serve_today(self) -> None:
        people = (agent("a", skills={"after-sale": 1}), agent("b"))
        _, score = planned(around(agents=people, history=(works("a", -1, "N"),)))
        assert supplied(score, 0) == {}
        people = (agent("a", skills={"pre-sale": "0.5"}), agent("b"))
        _, score = planned(around(agents=people, history=(works("a", -1, "N"),)))
        assert supplied(score, 0) == dict.fromkeys(range(6), Decimal("0.5"))

    def test_leave_and_the_end_of_the_employment_change_nothing(self) -> None:
        people = (agent("a", end_date=MONDAY - DAY), agent("b"))
        leave = ({"agent_id": "b", "date": MONDAY},)
        history = (works("a", -1, "N"), works("b", -1, "N"))
        _, score = planned(around(agents=people, leave=leave, history=history))
        # No more than what fills the queue: the rest is surplus.
        assert supplied(score, 0) == dict.fromkeys(range(6), Decimal(1))
        assert score.penalties["surplus"] == 0.5 * 6

    def test_a_leaver_serves_nobody_and_is_named(self) -> None:
        problem = around(history=(works("gone", -1, "N"), works("a", -1, "N")))
        _, score = planned(problem)
        assert supplied(score, 0) == dict.fromkeys(range(6), Decimal(1))
        assert "gone" in notes(problem)["night-before-unknown-agents"]
        assert "night-before-unknown-agents" not in notes(around(history=(works("a", -1, "N"),)))
        assert "night-before-unknown-agents" not in notes(around(history=(works("x", -1, "E"),)))

    def test_a_code_that_is_not_known_has_no_hours(self) -> None:
        _, score = planned(around(history=(works("a", -1, "old"),)))
        assert supplied(score, 0) == {}

    def test_a_break_is_spread_over_the_night(self) -> None:
        night = shift("N", "22:00-30:00", break_minutes=60)
        _, score = planned(around(shifts=(EARLY, night), history=(works("a", -1, "N"),)))
        assert supplied(score, 0) == dict.fromkeys(range(6), Decimal("0.875"))

    def test_a_split_night_serves_its_stretches(self) -> None:
        night = shift("N", "18:00-22:00+26:00-29:00")
        _, score = planned(around(shifts=(EARLY, night), history=(works("a", -1, "N"),)))
        assert list(supplied(score, 0)) == [2, 3, 4]

    def test_a_duty_of_that_night_takes_its_part(self) -> None:
        watch = Duty(name="watch", skill="pre-sale", window="22:00-28:00", share="0.5")
        history = {"history": (works("a", -1, "N"),), "history_duties": (turn("a", -1, "watch"),)}
        _, score = planned(around(duties=(watch,), **history))
        shares = supplied(score, 0)
        assert [shares[hour] for hour in range(6)] == [Decimal("0.5")] * 4 + [Decimal(1)] * 2
        assert not score.violations


class TestNextMorning:
    def test_demand_counts_until_a_shift_could_start(self) -> None:
        _, score = planned(around(), works("a", 2, "N"))
        assert required_hours(score, 3) == list(range(6))
        assert supplied(score, 3) == dict.fromkeys(range(6), Decimal(1))
        assert score.required_hours == 3 * 24 + 6

    def test_the_last_night_is_worked_like_the_others(self) -> None:
        result = csshift.solve(around(shifts=(NIGHT,)), time_limit=2, workers=1)
        assert result.roster is not None
        assert {row.date for row in result.roster.assignments} == {
            MONDAY + i * DAY for i in range(3)
        }
        last = {row.date for row in result.roster.allocation}
        assert MONDAY + 3 * DAY in last
        none = csshift.solve(around(shifts=(NIGHT,), edges="none"), time_limit=2, workers=1)
        assert none.roster is not None
        assert max(row.date for row in none.roster.allocation) == MONDAY + 2 * DAY

    @pytest.mark.parametrize(
        ("shifts", "hours"),
        [
            ((shift("D", "09:00-17:00"), NIGHT), 9),
            ((shift("D", "08:30-17:00"), NIGHT), 8),
            ((shift("D", "00:00-08:00"), NIGHT), 0),
            ((shift("D", "09:00-17:00"),), 0),
            ((shift("D", "16:00-24:00"),), 0),
            ((shift("D", "09:00-17:00"), shift("L", "16:00-24:15")), 9),
            ((NIGHT,), 22),
        ],
    )
    def test_the_hours_that_count(self, shifts: tuple[csshift.Shift, ...], hours: int) -> None:
        assert Instance(around(shifts=shifts)).next_morning == hours

    def test_a_shift_no_longer_in_use_starts_no_day_and_is_no_night(self) -> None:
        old = NIGHT.model_copy(update={"end_date": MONDAY})
        assert Instance(around(shifts=(EARLY, old))).next_morning == 0
        early = EARLY.model_copy(update={"end_date": MONDAY + 2 * DAY})
        day = shift("D", "09:00-17:00")
        assert Instance(around(shifts=(early, day, NIGHT))).next_morning == 9

    def test_intervals_of_15_minutes(self) -> None:
        early = shift("E", "06:40-14:00")
        problem = around(days=1, minutes=15, shifts=(early, NIGHT))
        assert Instance(problem).next_morning == 6 * 4 + 2
        _, score = planned(problem, works("a", 0, "N"))
        cells = [c for c in score.coverage if c.date == MONDAY + DAY]
        assert len(cells) == 26
        assert sum(c.supplied for c in cells) == 24
        assert score.shortage_hours == Decimal(24 - 2) + Decimal("0.5")

    def test_rows_of_the_next_day_win(self) -> None:
        rows = (*AROUND, cell("02:00", 5, day=3), cell("07:00", 5, day=3), cell("02:00", 9, day=4))
        problem = around(requirements=rows)
        _, score = planned(problem)
        assert required_hours(score, 3) == [2]
        assert "requirements.csv on 2026-03-19" in notes(problem)["next-morning-demand"]
        # The row at 07:00 and that of the day after are not used, and are counted.
        assert notes(problem)["rows-outside"].startswith("2 of 75 rows of requirements.csv")
        assert "2026-03-19 06:00" in notes(problem)["rows-outside"]

    def test_rows_of_the_next_day_that_begin_later_ask_for_nobody(self) -> None:
        problem = around(requirements=(*AROUND, cell("09:00", 1, day=3)))
        assert required_hours(planned(problem)[1], 3) == []
        assert "next-morning-demand" not in notes(problem)

    def test_under_seven_days_the_last_day_stands_for_the_next(self) -> None:
        rows = tuple(cell("03:00", day + 1, day=day) for day in range(3))
        problem = around(requirements=rows)
        demand = Instance(problem).demand
        assert demand.heads[demand.day == 3].tolist() == [300]
        assert "2026-03-18" in notes(problem)["next-morning-demand"]

    @pytest.mark.parametrize("days", [7, 10])
    def test_the_latest_day_of_the_same_weekday_stands_for_the_next(self, days: int) -> None:
        rows = tuple(cell("03:00", day + 1, day=day) for day in range(days))
        problem = around(days=days, requirements=rows)
        demand = Instance(problem).demand
        assert demand.heads[demand.day == days].tolist() == [100 * (days - 7 + 1)]
        assert str(MONDAY + (days - 7) * DAY) in notes(problem)["next-morning-demand"]

    def test_forecast_and_requirements_are_continued_each_by_itself(self) -> None:
        rows = (cell("03:00", 2), cell("03:00", 2, day=2))
        forecasts = (forecast(0, 3, 9), forecast(0, 4, 9), forecast(3, 4, 12), forecast(3, 8, 1))
        skill = {"name": "pre-sale", "channel": "call", "handle_seconds": 300}
        problem = around(requirements=rows, forecast=forecasts, skills=(skill,))
        planned_rows = Instance(problem).planned
        after = MONDAY + 3 * DAY
        found = [c.start // 60 for c in planned_rows.requirements if c.date == after]
        assert found == [3]
        assert [c.inquiries for c in planned_rows.forecast if c.date == after] == [12]
        note = notes(problem)["next-morning-demand"]
        assert "forecast.csv on 2026-03-19" in note
        assert "requirements.csv on 2026-03-18" in note

    def test_none_leaves_the_next_morning_alone(self) -> None:
        problem = around(edges="none", requirements=(*AROUND, cell("02:00", 5, day=3)))
        _, score = planned(problem, works("a", 2, "N"))
        assert score.required_hours == 72
        assert "surplus" not in score.penalties
        assert "next-morning-demand" not in notes(problem)
        assert notes(problem)["rows-outside"].startswith("1 of 73")

    def test_a_row_that_counts_is_checked_and_one_that_does_not_is_not(self) -> None:
        wrong = cell("02:00", 1, day=3, skill="hotlin")
        with pytest.raises(InputError, match="hotlin"):
            around(requirements=(*AROUND, wrong))
        around(requirements=(*AROUND, cell("07:00", 1, day=3, skill="hotlin")))
        around(edges="none", requirements=(*AROUND, wrong))

    def test_the_next_day_alone_is_no_demand(self) -> None:
        with pytest.raises(InputError, match="no row lies within the horizon"):
            around(requirements=(cell("02:00", 1, day=3),))

    def test_overrides_hold_on_the_next_day(self) -> None:
        skill = {
            "name": "pre-sale",
            "channel": "call",
            "handle_seconds": 300,
            "overrides": [{"dates": [MONDAY + 3 * DAY], "bot_share": "0.9"}],
        }
        rows = tuple(forecast(day, 3, 10) for day in range(3))
        problem = around(requirements=(), forecast=rows, skills=(skill,))
        demand = Instance(problem).demand
        assert demand.heads[-1] < demand.heads[0]
        assert "dates-outside" not in notes(problem)

    def test_a_duty_past_midnight_takes_its_part(self) -> None:
        watch = Duty(name="watch", skill="pre-sale", window="22:00-28:00", share="0.5")
        problem = around(duties=(watch,))
        _, score = planned(problem, works("a", 2, "N"), turn("a", 2, "watch"))
        shares = supplied(score, 3)
        assert [shares[hour] for hour in range(6)] == [Decimal("0.5")] * 4 + [Decimal(1)] * 2

    def test_a_plan_beyond_what_counts_is_a_fault(self) -> None:
        problem = around()
        plan, _ = planned(problem, works("a", 2, "N"))
        last = plan.allocation[-1]
        late = last.model_copy(update={"start": last.start + 60})
        wrong = plan.model_copy(update={"allocation": (*plan.allocation, late)})
        assert csshift.check(problem, wrong).violations
        far = last.model_copy(update={"date": last.date + DAY})
        with pytest.raises(InputError, match="outside the horizon"):
            csshift.check(problem, plan.model_copy(update={"allocation": (far,)}))


class TestRules:
    """Seats and people on site are counted as they were: from the night before to the last end."""

    def test_seats_count_the_night_before(self) -> None:
        rules = ({"kind": "seats", "count": 1},)
        problem = around(rules=rules, shifts=(shift("D", "04:00-12:00"), NIGHT))
        full = problem.with_(history=(works("a", -1, "N"),))
        assert not csshift.check(problem, roster(works("b", 0, "D"))).violations
        assert csshift.check(full, roster(works("b", 0, "D"))).violations

    def test_nobody_must_be_on_site_after_the_last_day(self) -> None:
        rule = {"kind": "min-on-site", "tags": ["lead"], "hours": "00:00-06:00"}
        people = (agent("a", tags=("lead",)), agent("b", tags=("lead",)))
        problem = around(rules=(rule,), agents=people, history=(works("a", -1, "N"),))
        held = roster(works("b", 0, "N"), works("a", 1, "N"))
        assert not csshift.check(problem, held).violations


DEFERRED = {"channel": "deferrable", "handle_seconds": 1800, "deadline_hours": 12, "shrinkage": 0}


def mail(**fields: Any) -> Problem:
    return around(
        days=2,
        requirements=(),
        forecast=tuple(forecast(day, hour, 1, "mail") for day in range(2) for hour in (3, 23)),
        skills=({"name": "mail", **DEFERRED, **fields},),
        agents=(agent("a", skills={"mail": 1}), agent("b", skills={"mail": 1})),
        shifts=(shift("D", "08:00-16:00"), NIGHT),
    )


def test_work_with_a_deadline_goes_on_into_the_next_morning() -> None:
    instance = Instance(mail())
    demand = instance.demand
    assert demand.interval[demand.day == 2].size > 0
    assert demand.interval[demand.day == 2].max() < 8
    plan, score = planned(mail(), works("a", 0, "N"), works("b", 1, "N"))
    [work] = score.deferred
    # What the summary says is as of midnight, when the next horizon starts.
    assert work.arrivals == pytest.approx(4)
    assert work.arrivals + work.backlog - work.done == pytest.approx(work.left)
    assert plan.allocation


def test_work_with_a_window_is_not_planned_outside_it() -> None:
    demand = Instance(mail(working_window="08:00-20:00")).demand
    assert demand.interval[demand.day == 2].size == 0


def test_the_simulation_has_the_night_before_and_the_last_one() -> None:
    people = tuple(agent(name, skills={"hotline": 1}) for name in "abcd")
    rows = tuple(forecast(day, hour, 4, "hotline") for day in range(2) for hour in range(24))
    skill = {"name": "hotline", "handle_seconds": 240, "channel": "call", "patience_seconds": 120}
    parts: dict[str, Any] = {
        "requirements": (),
        "forecast": rows,
        "agents": people,
        "skills": (skill,),
        "shifts": (shift("D", "06:00-22:00"), NIGHT),
    }
    worked = (works("c", 0), works("d", 1), works("a", 0, "N"), works("b", 1, "N"))
    with_night = around(days=2, history=(works("b", -1, "N"),), **parts)
    outcomes = {
        name: csshift.simulate(problem, roster(*worked), replications=3, seed=1)
        for name, problem in {
            "night": with_night,
            "empty": around(days=2, **parts),
            "none": around(days=2, edges="none", history=(works("b", -1, "N"),), **parts),
        }.items()
    }
    service = {
        name: {(row.date, row.start): row.service for row in outcome.rows(("date", "start"))}
        for name, outcome in outcomes.items()
    }
    first, last = (MONDAY, 120), (MONDAY + 2 * DAY, 120)
    assert service["night"][first].mean > 0.5  # type: ignore[union-attr]
    assert service["night"][last].mean > 0.5  # type: ignore[union-attr]
    assert service["empty"][first].mean < 0.1  # type: ignore[union-attr]
    assert last not in service["none"]
    assert outcomes["night"].verdict("hotline") in ("met", "open", "missed")


def test_a_result_with_both_edges_is_written_and_read_back(tmp_path: Path) -> None:
    problem = around(history=(works("a", -1, "N"),))
    result = csshift.solve(problem, time_limit=2, workers=1)
    csshift.write_result(result, problem, tmp_path / "result")
    again = csshift.load_result(problem, tmp_path / "result")
    assert again.roster is not None
    assert result.roster is not None
    assert set(again.roster.allocation) == set(result.roster.allocation)
    assert again.objective == pytest.approx(result.objective)
    text = (tmp_path / "result" / "coverage.csv").read_text(encoding="utf-8")
    assert "2026-03-19,05:00" in text
    assert "2026-03-19,06:00" not in text


def test_every_report_shows_the_next_morning(tmp_path: Path) -> None:
    from csshift.report.charts import plot_coverage, plot_heat_map
    from csshift.report.excel import write_excel
    from csshift.report.html import write_html

    problem = around(history=(works("a", -1, "N"),))
    # Who left on the day before has no row, and still serves the first morning.
    people = (agent("a", end_date=MONDAY - timedelta(days=1)), agent("b"))
    problem = problem.with_(agents=people)
    result = csshift.solve(problem, time_limit=1, workers=1)
    write_html(tmp_path / "roster.html", problem, result)
    write_excel(tmp_path / "roster.xlsx", problem, result)
    assert "3/19" in (tmp_path / "roster.html").read_text(encoding="utf-8")
    plot_coverage(problem, result)
    plot_coverage(problem, result, date=MONDAY + 3 * DAY)
    plot_heat_map(problem, result)


def test_shortages_at_both_edges_are_explained() -> None:
    from csshift.report.shortage import Explainer

    rows = (cell("03:00", 3), cell("03:00", 3, day=3))
    people = tuple(agent(name) for name in "abcd")
    problem = around(requirements=rows, agents=people, history=(works("a", -1, "N"),))
    plan, score = planned(problem, works("b", 2, "N"), works("c", 2, "E"))
    explainer = Explainer(Instance(problem), plan)
    first, last = (explainer.explain(c) for c in score.coverage)
    assert (first.at_work, first.off, first.here) == (1, 3, 1.0)
    # Nobody can be sent into a night that is over.
    assert (first.shifts, first.could_come) == (0, 0)
    assert (last.at_work, last.other_hours, last.off) == (1, 1, 2)
    assert (last.shifts, last.could_come) == (1, 2)


@pytest.mark.parametrize("days", [1, 3])
@pytest.mark.parametrize("minutes", [15, 60])
def test_the_engine_counts_what_the_checker_counts(days: int, minutes: int) -> None:
    night = shift("N", "21:45-30:15", break_minutes=45)
    problem = around(
        days=days,
        minutes=minutes,
        shifts=(EARLY, night, shift("S", "10:00-14:00+17:00-21:00")),
        history=(works("a", -1, "N"), works("b", -1, "S")),
        agents=(agent("a"), agent("b"), agent("c")),
    )
    result = csshift.solve(problem, time_limit=1.5, workers=1)
    assert result.roster is not None
    assert result.objective is not None
    assert csshift.check(problem, result.roster).objective == pytest.approx(result.objective)
    bare = Roster(assignments=result.roster.assignments, duties=result.roster.duties)
    assert csshift.check(problem, bare).objective == pytest.approx(result.objective)
    assert result.bound is not None
    assert result.bound <= result.objective + 1e-6


def test_columns_of_the_next_morning_belong_to_the_last_day() -> None:
    from csshift.compile import compile_problem

    program = compile_problem(Instance(around(history=(works("a", -1, "N"),)))).program
    assert int(np.max(program.column_day)) == 2
