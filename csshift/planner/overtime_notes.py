"""Overtime by the rates at which China pays it, and breaches of rules that do not bind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from csshift.instance import Instance
from csshift.model.notes import Note
from csshift.model.result import OvertimePay
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.problem.calendars import STATUTORY, calendar_of
from csshift.rules.overtime import workdays

MOST_RULES = 5
"""Soft rules whose price a note names."""

STANDARD_MINUTES = 480
"""Paid minutes of a workday beyond which overtime begins."""

RATES = (Decimal("1.5"), Decimal(2), Decimal(3))
"""Workday, rest day, statutory holiday: Labour Law, article 44."""


def overtime_pay(instance: Instance, roster: Roster) -> tuple[OvertimePay, ...]:
    """Return the overtime of each agent in the horizon; empty where no calendar applies.

    Under standard hours, work on a rest day is overtime unless it is made up for by a day off.
    """
    if calendar_of(dict(instance.problem)) is None:
        return ()
    grid, schedule = instance.grid, instance.schedule(roster.assignments)
    statutory = grid.spans.get(STATUTORY)
    open_days = workdays(grid)
    found = []
    for agent, row in zip(instance.agents, schedule.paid_minutes.tolist(), strict=True):
        minutes = [0, 0, 0]
        for day in range(grid.history_days, grid.days):
            if statutory is not None and grid.dates[day] in statutory:
                minutes[2] += row[day]
            elif open_days[day]:
                minutes[0] += max(0, row[day] - STANDARD_MINUTES)
            else:
                minutes[1] += row[day]
        hours = [(Decimal(number) / 60).quantize(Decimal("0.01")) for number in minutes]
        paid = sum((rate * own for rate, own in zip(RATES, hours, strict=True)), Decimal(0))
        found.append(
            OvertimePay(
                agent_id=agent.agent_id,
                workday_hours=hours[0],
                rest_day_hours=hours[1],
                statutory_hours=hours[2],
                paid_hours=paid.quantize(Decimal("0.01")),
            )
        )
    return tuple(found)


def overtime_notes(instance: Instance, roster: Roster) -> Iterator[Note]:
    """Yield how much overtime a roster has at which rate."""
    rows = overtime_pay(instance, roster)
    if not any(row.paid_hours for row in rows):
        return
    each = [
        sum((getattr(row, name) for row in rows), Decimal(0))
        for name in ("workday_hours", "rest_day_hours", "statutory_hours", "paid_hours")
    ]
    hours = [f"{float(number):,g}" for number in each]
    yield Note(
        code="overtime-pay",
        text=f"overtime: {hours[0]} h on workdays at 150 %, {hours[1]} h on rest days at 200 %, "
        f"{hours[2]} h on statutory holidays at 300 %: {hours[3]} hours' pay; the result folder "
        "lists the agents in overtime.csv",
        text_zh=f"加班：工作日 {hours[0]} 小时（150%），休息日 {hours[1]} 小时（200%），法定节假日 "
        f"{hours[2]} 小时（300%），合计 {hours[3]} 小时工资；明细见结果文件夹的 overtime.csv",
        agents=tuple(row.agent_id for row in rows if row.paid_hours),
    )


def breach_notes(score: Score) -> Iterator[Note]:
    """Yield how often the rules are broken that only report."""
    if not score.reported:
        return
    by_rule = Counter(finding.rule for finding in score.reported)
    listed = ", ".join(f"{rule} {count} times" for rule, count in by_rule.most_common())
    chinese = "，".join(f"{rule} {count} 次" for rule, count in by_rule.most_common())
    yield Note(
        code="labour-breaches",
        text=f"rules that only report are broken: {listed}; check and result.json list each one",
        text_zh=f"只报告的规则有违反：{chinese}；明细见 check 的输出或 result.json",
        rules=tuple(by_rule),
        count=len(score.reported),
    )


def soft_rule_notes(instance: Instance, score: Score) -> Iterator[Note]:
    """Yield which soft rules of the problem gave way, how often, and at what price.

    Fair shares are a price for everybody, and have notes of their own.
    """
    soft = {rule.label for rule in instance.problem.rules if rule.weight and rule.kind != "fair"}
    broken = [finding for finding in score.broken if finding.rule in soft]
    points: dict[str, float] = {}
    for finding in broken:
        points[finding.rule] = points.get(finding.rule, 0.0) + finding.points
    count = Counter(finding.rule for finding in broken)
    dearest = sorted(points.items(), key=lambda entry: -entry[1])[:MOST_RULES]
    if not dearest:
        return
    more = len(points) - len(dearest)
    listed = ", ".join(
        f"{rule} {count[rule]} time{'s' if count[rule] > 1 else ''} ({price:g} points)"
        for rule, price in dearest
    )
    chinese = "，".join(f"{rule} {count[rule]} 次（{price:g} 分）" for rule, price in dearest)
    yield Note(
        code="soft-rules-broken",
        text=f"soft rules gave way: {listed}{f' and {more} more' if more else ''}",
        text_zh=f"软规则未满足：{chinese}{f'，另有 {more} 条' if more else ''}",
        rules=tuple(points),
        count=len(broken),
    )
