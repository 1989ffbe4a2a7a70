"""The night before the horizon serves its first morning, the last night the next morning."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from edge_cases import (
    AROUND,
    EARLY,
    NIGHT,
    around,
    forecast,
    notes,
    planned,
    required_hours,
    supplied,
)
from problems import DAY, MONDAY, agent, cell, roster, shift, turn, works

import csshift
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.duties import Duty


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
        late = replace(last, start=last.start + 60)
        wrong = plan.model_copy(update={"allocation": (*plan.allocation, late)})
        assert csshift.check(problem, wrong).violations
        far = replace(last, date=last.date + DAY)
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
