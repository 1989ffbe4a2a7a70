"""Notes on what people say of themselves, on days without a duty, and on standby."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from csshift.instance.supply import Supply
from csshift.model.availability import rows_by_agent
from csshift.model.notes import Note, listed, listed_zh
from csshift.rules.cover import ShiftCover
from csshift.rules.hours import MinShifts


def availability_notes(supply: Supply) -> Iterator[Note]:
    """Yield rows without effect, and people and wishes to whom availability leaves no shift."""
    yield from _rows_outside(supply)
    yield from _nothing_left(supply)
    yield from _wishes_against(supply)


def _rows_outside(supply: Supply) -> Iterator[Note]:
    """Find the rows that count on no planned day."""
    dates = supply.horizon.dates
    rows = [row for row in supply.problem.availability if not any(map(row.in_force, dates))]
    if rows:
        start, end = supply.horizon.start, supply.horizon.end
        yield Note(
            code="availability-outside",
            text=f"availability: {_counted(len(rows), 'row')} left out, whose start_date and "
            f"end_date lie outside {start} to {end}",
            text_zh=f"可用时间：{len(rows)} 行的 start_date 和 end_date 不在 {start} 至 {end} 内，"
            "已略去",
            agents=tuple(dict.fromkeys(row.agent_id for row in rows)),
            count=len(rows),
        )


def _nothing_left(supply: Supply) -> Iterator[Note]:
    """Find people to whom availability leaves no shift, though leave and employment would."""
    grid, barred = supply.grid, supply.barred
    own = rows_by_agent(supply.problem.availability, hard=True)
    offered = grid.offered[:, grid.history_days :]
    there = grid.available[:, grid.history_days :].any(axis=1)
    empty = there & ~offered.any(axis=(1, 2)) & barred.any(axis=(1, 2))
    found = [supply.agents[i].agent_id for i in np.flatnonzero(empty).tolist()]
    if found:
        said = "; ".join(map(str, own[found[0]]))
        yield Note(
            code="availability-leaves-nothing",
            text=f"availability leaves no shift to {listed(found)} (works {said}): check "
            "weekdays, hours and shifts in availability.csv, or add a shift that fits",
            text_zh=f"{listed_zh(found)} 按可用时间（{said}）没有可上的班次："
            "请检查 availability.csv 中的星期、时间和班次，或增加合适的班次",
            agents=tuple(found),
            count=len(found),
        )


def _wishes_against(supply: Supply) -> Iterator[Note]:
    """Find wishes to work that availability rules out."""
    grid = supply.grid
    rows = []
    for request in supply.planned.requests:
        if request.want == "off":
            continue
        agent, day = grid.agent_index[request.agent_id], supply.horizon.index(request.date)
        wanted = (
            np.arange(len(supply.shifts))
            if request.shift is None
            else grid.shifts_wished(request.shift)
        )
        if supply.barred[agent, day, wanted].all():
            rows.append(request)
    if rows:
        agents = tuple(dict.fromkeys(row.agent_id for row in rows))
        yield Note(
            code="wish-against-availability",
            text=f"{_counted(len(rows), 'wish', 'wishes')} to work cannot be granted: "
            f"availability.csv rules out the day or the shift for {listed(agents)}",
            text_zh=f"{len(rows)} 个上班意愿无法满足：{listed_zh(agents)} 的 availability.csv "
            "不允许该日或该班次",
            agents=agents,
            dates=tuple(sorted({row.date for row in rows})),
            count=len(rows),
        )


def duty_day_notes(supply: Supply) -> Iterator[Note]:
    """Yield the duties that are held on no planned day, and dates of duties outside."""
    start, end = supply.horizon.start, supply.horizon.end
    for duty in supply.duties:
        outside = [date for date in duty.dates if date not in supply.horizon]
        if not any(map(duty.needed, supply.horizon.dates)):
            yield Note(
                code="duty-without-days",
                text=f"the duty {duty.name!r} is held on no day from {start} to {end}: none of its "
                "weekdays and dates lies there",
                text_zh=f"值班 {duty.name} 在 {start} 至 {end} 没有一天需要："
                "其星期和日期都不在其中",
                rules=(duty.name,),
            )
        elif outside:
            yield Note(
                code="dates-outside",
                text=f"{len(outside)} of {len(duty.dates)} dates of the duty {duty.name!r} "
                f"outside {start} to {end} left out",
                text_zh=f"值班 {duty.name} 的 {len(duty.dates)} 个日期中有 {len(outside)} 个"
                f"不在 {start} 至 {end} 内，已略去",
                rules=(duty.name,),
                count=len(outside),
            )


def standby_notes(supply: Supply) -> Iterator[Note]:
    """Yield what standby means for the shifts tagged so, and whether no rule asks for any."""
    codes = tuple(shift.code for shift in supply.shifts if shift.standby)
    if not codes:
        return
    rules = [rule for rule in supply.effective_rules if isinstance(rule, ShiftCover | MinShifts)]
    named = {i for rule in rules for i in supply.grid.shifts_of(rule.shift_words()).tolist()}
    asked = any(supply.shifts[i].standby for i in named)
    listed = ", ".join(codes)
    text = f"{listed}: on standby an agent serves no queue, holds no duty and is not paid, but the "
    text += "day is no day off"
    chinese = f"{'、'.join(codes)} 为待命：不接待、不值班、不计薪，但当天不算休息"
    if not asked:
        text += '; no rule asks for it: add shift-cover with shifts = ["tag:standby"]'
        chinese += '；没有规则需要待命：请加 shift-cover 规则，shifts = ["tag:standby"]'
    yield Note(code="standby", text=text, text_zh=chinese, shifts=codes)


def _counted(count: int, noun: str, plural: str = "") -> str:
    return f"1 {noun}" if count == 1 else f"{count} {plural or noun + 's'}"
