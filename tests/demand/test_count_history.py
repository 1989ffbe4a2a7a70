"""Forecasts from counts: which days are learned from, how good they are, what calendars do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csshift.demand.history.backtest import back_test, weighted_error
from csshift.demand.history.calendar import WorkCalendar, chinese_days
from csshift.demand.history.closures import closed_intervals, history_notes
from csshift.demand.history.counts import History, collect_history
from csshift.demand.history.forest import Method, forecast_history
from csshift.demand.search import Floats
from csshift.errors import InputError, MissingExtraError
from csshift.model.demand import ForecastCell
from csshift.model.promotions import CalendarDay

pytest.importorskip("sklearn")

SHARED_COUNTS = Path("arrivals", "feb1999_hourly_by_type.csv")
MONDAY = date(2026, 3, 2)
NONE = WorkCalendar()
QUICK = Method(trees=20, least_leaf=1)


def cells(days: int, count: Callable[[date, int], float], step: int = 60) -> list[ForecastCell]:
    """Return counts from 08:00 to 12:00 of so many days."""
    return [
        ForecastCell(date=day, start=start, store="S", skill="k", inquiries=count(day, start))
        for day in (MONDAY + timedelta(days=i) for i in range(days))
        for start in range(480, 720, step)
    ]


def by_weekday(day: date, start: int) -> float:
    return 10 * (day.weekday() + 1) + start // 60


def history(days: int = 21, calendar: WorkCalendar = NONE) -> History:
    return collect_history(cells(days, by_weekday), 60, calendar)


def test_a_weekly_pattern_is_found_again() -> None:
    made = forecast_history(history(), MONDAY + timedelta(days=21), 7, method=QUICK)
    days = made.mean.by_day()[0]
    assert np.all(np.diff(days[:, 8:12].sum(axis=1)) > 0)
    assert days[3, 9] == pytest.approx(49, rel=0.1)
    assert np.all(days[:, :7] == pytest.approx(0))
    assert np.all(made.low <= made.mean.values + 1)
    assert np.all(made.high >= made.mean.values - 1)


def test_counts_move_to_the_intervals_of_the_plan() -> None:
    quarters = collect_history(cells(14, lambda *_: 2, step=15), 60, NONE)
    assert quarters.volumes.by_day()[0, 0, 8:12].tolist() == [8] * 4
    hours = collect_history(cells(14, lambda *_: 8), 15, NONE)
    assert hours.volumes.by_day()[0, 0, 32:36].tolist() == [2] * 4
    same = collect_history(cells(14, lambda *_: 3, step=30), 30, NONE)
    assert same.volumes.by_day()[0, 0, 16:24].tolist() == [3] * 8


def test_days_without_a_row_and_skipped_days_are_not_learned_from() -> None:
    gap = [cell for cell in cells(21, by_weekday) if cell.date != MONDAY]
    skip = CalendarDay(date=MONDAY + timedelta(days=8), kind="skip")
    known = collect_history(gap, 60, WorkCalendar([skip])).known[0]
    assert not known[7]  # the first day of `gap` is Tuesday: 8 days after Monday
    assert known.sum() == 19


def test_a_skipped_promotion_leaves_no_trace() -> None:
    peak = MONDAY + timedelta(days=10)

    def lifted(day: date, start: int) -> float:
        return by_weekday(day, start) * (50 if day == peak else 1)

    calendar = WorkCalendar([CalendarDay(date=peak, kind="skip")])
    made = forecast_history(
        collect_history(cells(28, lifted), 60, calendar),
        MONDAY + timedelta(days=28), 7, calendar, QUICK,
    )  # fmt: skip
    plain = forecast_history(history(28), MONDAY + timedelta(days=28), 7, method=QUICK)
    assert np.allclose(made.mean.values, plain.mean.values, rtol=0.25, atol=1)


def test_holidays_and_made_up_days_are_like_other_weekdays() -> None:
    first = MONDAY + timedelta(days=21)
    days = [
        CalendarDay(date=first, kind="holiday"),
        CalendarDay(date=first + timedelta(days=5), kind="workday"),
        CalendarDay(date=first + timedelta(days=6), kind="workday"),
    ]
    calendar = WorkCalendar(days)
    assert [calendar.like_weekday(first + timedelta(days=i)) for i in range(7)] == [
        6, 1, 2, 3, 4, 4, 0,
    ]  # fmt: skip
    made = forecast_history(history(), first, 7, calendar, QUICK).mean.by_day()[0]
    usual = forecast_history(history(), first, 7, NONE, QUICK).mean.by_day()[0]
    assert np.allclose(made[0], usual[6])
    assert np.allclose(made[5], usual[4])
    assert np.allclose(made[6], usual[0])


def test_holidays_of_the_past_set_holidays_apart() -> None:
    past = [MONDAY + timedelta(days=i) for i in (1, 9, 17, 22)]
    ahead = MONDAY + timedelta(days=28)
    calendar = WorkCalendar(CalendarDay(date=day, kind="holiday") for day in (*past, ahead))

    def quiet(day: date, start: int) -> float:
        return 1 if day in past else by_weekday(day, start)

    made = forecast_history(
        collect_history(cells(28, quiet), 60, calendar), ahead, 2, calendar, QUICK
    ).mean.by_day()[0]
    assert made[0, 9] < 15
    assert made[1, 9] > 20


def test_china_works_on_some_weekends() -> None:
    pytest.importorskip("chinese_calendar")
    found = {day.date: day.kind for day in chinese_days(date(2026, 2, 9), date(2026, 2, 28))}
    assert found[date(2026, 2, 17)] == "holiday"
    assert found[date(2026, 2, 14)] == "workday"
    assert date(2026, 2, 11) not in found
    with pytest.raises(InputError, match=r"2999 are not known.*calendar\.csv"):
        chinese_days(date(2999, 1, 1), date(2999, 1, 2))


def test_the_same_seed_gives_the_same_forecast() -> None:
    one, two = (forecast_history(history(), MONDAY, 3, method=QUICK) for _ in range(2))
    assert np.array_equal(one.mean.values, two.mean.values)


def test_scatter_widens_the_interval() -> None:
    random = np.random.default_rng(5)

    def scattered(day: date, start: int) -> float:
        return float(random.poisson(40 * random.gamma(4, 0.25)))

    def even(day: date, start: int) -> float:
        return float(random.poisson(40))

    wide = forecast_history(collect_history(cells(42, scattered), 60, NONE), MONDAY, 7)
    narrow = forecast_history(collect_history(cells(42, even), 60, NONE), MONDAY, 7)
    assert wide.dispersion[0] == pytest.approx(0.25, abs=0.15)
    assert narrow.dispersion[0] < 0.03
    spans = [(made.high - made.low)[0, 9] for made in (wide, narrow)]
    assert spans[0] > 1.5 * spans[1]


def test_prediction_intervals_hold_about_the_share_that_they_promise() -> None:
    random = np.random.default_rng(3)
    drawn = collect_history(
        cells(70, lambda day, start: float(random.negative_binomial(5, 5 / 35))), 60, NONE
    )
    (test,) = back_test(drawn)
    working = np.zeros(24, dtype=bool)
    working[8:12] = True
    nights = 1 - working.mean()
    assert 0.75 <= (test.coverage - nights) / working.mean() <= 1


def test_too_few_days_and_odd_minutes_are_told() -> None:
    with pytest.raises(InputError, match="only 13 days of k in S; give at least 14"):
        history(13)
    odd = ForecastCell(date=MONDAY, start=487, store="S", skill="k", inquiries=1)
    with pytest.raises(InputError, match="quarter of an hour"):
        collect_history([*cells(14, by_weekday), odd], 60, NONE)
    with pytest.raises(InputError, match="three weeks are needed"):
        list(back_test(history(20)))


def test_the_error_is_that_of_the_sums() -> None:
    assert weighted_error(np.array([1.0, 3.0]), np.array([2.0, 1.0])) == 0.75
    assert weighted_error(np.zeros(2), np.ones(2)) is None


def test_without_scikit_learn_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'csshift\[forecast\]'"):
        forecast_history(history(), MONDAY, 7)


def test_without_chinesecalendar_the_install_command_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "chinese_calendar", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'csshift\[cn\]'"):
        chinese_days(MONDAY, MONDAY)


def test_real_counts_are_forecast_no_worse_than_by_last_week(scenarios: Path) -> None:
    from benchmarks.forecast import BUSY, RARE, read_history

    data = scenarios.parent / "data"
    if not (data / SHARED_COUNTS).is_file():
        pytest.skip(f"no counts at {data / SHARED_COUNTS}")
    tests = list(back_test(read_history(data)))
    assert sorted(test.queue[1] for test in tests) == sorted((*BUSY, *RARE))
    for test in tests:
        assert test.wape is not None
        assert test.naive_wape is not None
        assert test.wape <= test.naive_wape
        assert test.coverage > 0.8


def from_rows(
    rows: list[tuple[date, int, str, float]], calendar: WorkCalendar = NONE, skill: str = "k"
) -> History:
    return collect_history(
        [
            ForecastCell(date=day, start=60 * hour, store=store, skill=skill, inquiries=count)
            for day, hour, store, count in rows
        ],
        60,
        calendar,
    )


def weeks(
    store: str, weekdays: range, hours: range = range(9, 18), days: int = 28
) -> list[tuple[date, int, str, float]]:
    return [
        (day, hour, store, 10)
        for day in (MONDAY + timedelta(days=i) for i in range(days))
        if day.weekday() in weekdays
        for hour in hours
    ]


def week_after(past: History, calendar: WorkCalendar = NONE) -> Floats:
    made = forecast_history(past, MONDAY + timedelta(days=28), 7, calendar, QUICK)
    assert np.all(made.low[made.mean.values == 0] == 0)
    assert np.all(made.high[made.mean.values == 0] == 0)
    return made.mean.by_day()


def test_weekdays_without_rows_are_closed_and_a_note_says_so() -> None:
    past = from_rows(weeks("S1", range(5)))
    (made,) = week_after(past)
    assert np.all(made[:5, 9:18] > 5)
    assert np.all(made[5:] == 0)
    assert np.all(made[:, :9] == 0)
    assert np.all(made[:, 18:] == 0)
    assert history_notes(past, NONE) == (
        "k in S1: no Saturday or Sunday in the history; taken as closed (0)",
        "k in S1: hours without rows are taken as closed (0): open 09:00-18:00",
    )


def test_a_store_is_closed_on_its_own_weekdays() -> None:
    past = from_rows([*weeks("S1", range(5)), *weeks("S2", range(7))])
    first, second = week_after(past)
    assert np.all(first[5:] == 0)
    assert np.all(second[:, 9:18] > 5)
    assert history_notes(past, NONE)[0] == (
        "k in S1: no Saturday or Sunday in the history; taken as closed (0)"
    )


def test_shorter_hours_of_a_weekday_are_its_opening_hours() -> None:
    past = from_rows([*weeks("S", range(5)), *weeks("S", range(5, 6), range(10, 14))])
    (made,) = week_after(past)
    assert np.flatnonzero(made[5]).tolist() == [10, 11, 12, 13]
    assert history_notes(past, NONE)[1] == (
        "k in S: hours without rows are taken as closed (0): open 09:00-18:00 on Monday, "
        "Tuesday, Wednesday, Thursday and Friday; 10:00-14:00 on Saturday"
    )


def test_a_single_day_without_rows_is_a_gap_and_no_closure() -> None:
    lost = MONDAY + timedelta(days=8)
    past = from_rows([row for row in weeks("S", range(7)) if row[0] != lost])
    assert not past.known[0, 8]
    (made,) = week_after(past)
    assert np.all(made[1, 9:18] == pytest.approx(10))
    (note,) = [note for note in history_notes(past, NONE) if "without rows, though" in note]
    assert note == (
        "k in S: 1 day without rows, though its weekday has some (2026-03-10); "
        "left out of the history; give rows of 0 if nothing came"
    )
    skip = WorkCalendar([CalendarDay(date=lost, kind="skip")])
    assert not any("though" in note for note in history_notes(past, skip))


def test_hours_missing_on_one_day_count_as_0_and_are_counted() -> None:
    rows = weeks("S", range(7))
    rows.remove((MONDAY, 12, "S", 10))
    notes = history_notes(from_rows(rows), NONE)
    assert "k in S: 1 interval without a row, on a day that has rows, counts as 0" in notes


def test_an_export_without_zeros_is_not_taken_for_closing_hours() -> None:
    random = np.random.default_rng(7)
    rows = [row for row in weeks("S", range(7), range(24), 56) if random.random() < 0.1]
    past = from_rows(rows)
    closed = closed_intervals(past, NONE)
    assert not closed.any()


def test_holidays_of_a_shop_that_closes_on_sundays() -> None:
    holiday = MONDAY + timedelta(days=29)
    calendar = WorkCalendar([CalendarDay(date=holiday, kind="holiday")])
    past = from_rows(weeks("S", range(6)), calendar)
    assert np.all(week_after(past, calendar)[0, 1] == 0)
    earlier = WorkCalendar(
        [*(CalendarDay(date=d, kind="holiday") for d in (holiday, MONDAY + timedelta(days=1)))]
    )
    past = from_rows(weeks("S", range(6)), earlier)
    made = week_after(past, earlier)[0]
    assert np.all(made[1, 9:18] > 5)
    assert np.all(made[6] == 0)


def test_a_queue_that_one_store_lacks_is_noted() -> None:
    cells_ = [
        ForecastCell(date=row[0], start=60 * row[1], store=store, skill=skill, inquiries=1)
        for store, skill in (("S1", "k"), ("S1", "m"), ("S2", "k"))
        for row in weeks(store, range(7), range(24))
    ]
    assert history_notes(collect_history(cells_, 60, NONE), NONE) == (
        "m in S2: no rows at all; taken as closed (0)",
    )


def test_two_weeks_of_a_shop_with_five_days_are_enough() -> None:
    assert from_rows(weeks("S", range(5), days=14)).known.sum() == 10
    with pytest.raises(InputError, match="only 9 days of k in S; give at least 10"):
        from_rows(weeks("S", range(5), days=11))
    (test,) = back_test(from_rows(weeks("S", range(5))), method=QUICK)
    assert test.inquiries == 450
    assert test.coverage == 1


def test_a_mistyped_year_is_refused_before_memory_is_taken() -> None:
    rows = [*weeks("S", range(7)), (date(9026, 3, 2), 9, "S", 1.0)]
    with pytest.raises(InputError, match=r"from 2026-03-02 to 9026-03-02, more than ten years"):
        from_rows(rows)
    many = [(MONDAY + timedelta(days=3000 * (i % 2)), 9, f"S{i}", 1.0) for i in range(2000)]
    with pytest.raises(InputError, match="2,000 queues on 3,001 days are too many"):
        from_rows(many)


@settings(max_examples=60, deadline=None)
@given(
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    opening=st.integers(0, 22),
    hours=st.integers(1, 12),
)
def test_nothing_is_forecast_where_no_row_stands(
    weekdays: set[int], opening: int, hours: int
) -> None:
    span = range(opening, min(24, opening + hours))
    rows = [row for row in weeks("S", range(7), span) if row[0].weekday() in weekdays]
    past = from_rows(rows)
    closed = closed_intervals(past, NONE)[0]
    for day in range(7):
        for hour in range(24):
            is_open = day in weekdays and hour in span
            assert closed[day, hour] != is_open
