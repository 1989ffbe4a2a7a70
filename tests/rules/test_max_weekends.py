from __future__ import annotations

from datetime import timedelta

from rule_cases import MONDAY, amount, cheapest, plan, work_columns

from csshift.rules.weekends import MaxWeekends

SATURDAY = MONDAY + timedelta(days=5)
SUNDAY = MONDAY + timedelta(days=6)


def excess(count: int, *rows: str, **options: object) -> int:
    return int(amount({"kind": "max-weekends", "count": count}, plan(*rows, **options)))


def test_a_weekend_counts_once() -> None:
    week, both, sat, sun = "DDDDD", "DD", "D-", "-D"
    assert excess(2, week + both + week + sat) == 0
    assert excess(1, week + both + week + sat) == 1
    assert excess(0, week + sun + week + both + week + "--") == 2
    assert excess(0, week + "--") == 0


def test_weekends_that_the_horizon_cuts_count() -> None:
    assert excess(0, "D-----D", start=SUNDAY) == 2


def test_a_weekend_that_began_in_the_history_counts_with_its_saturday() -> None:
    assert excess(1, "D|------D", start=SUNDAY) == 1
    assert excess(1, "-|------D", start=SUNDAY) == 0
    assert excess(1, "D|D-----D", start=SUNDAY) == 1
    assert excess(0, "D|-------", start=SUNDAY) == 0
    assert excess(0, "-|D------", start=SUNDAY) == 1


def test_weekends_wholly_in_the_history_do_not_count() -> None:
    assert excess(0, "DD|-----", start=MONDAY) == 0


def test_leave_on_one_of_the_days() -> None:
    assert excess(0, ".D-----D.", start=SATURDAY) == 2
    assert excess(0, "..", start=SATURDAY) == 0


def test_a_weekend_column_belongs_to_its_agent_and_day() -> None:
    schedule = plan("DD", "--", start=SATURDAY)
    work, fixed = work_columns(schedule)
    MaxWeekends(count=0).rows(work)
    program = work.builder.build()
    assert program.column_agent[fixed.size :].tolist() == [0, 1]
    assert program.column_day[fixed.size :].tolist() == [1, 1]
    assert cheapest(MaxWeekends(count=0), schedule) is None
