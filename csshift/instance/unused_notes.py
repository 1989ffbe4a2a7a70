"""Notes on rows of the tables that no roster can use: people, contracts, shifts, skills, stores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from csshift.instance.supply import Supply
from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.notes import Note, listed, listed_zh
from csshift.model.shifts import Shift
from csshift.rules.base import Rule


def unused_notes(supply: Supply) -> Iterator[Note]:
    """Yield what stands in the tables and cannot appear in any roster."""
    yield from _not_employed(supply)
    yield from _unheld_contracts(supply)
    yield from _ended_shifts(supply)
    yield from _barred_shifts(supply)
    yield from _unasked_skills(supply)
    yield from _unasked_stores(supply)


def _not_employed(supply: Supply) -> Iterator[Note]:
    """Find people who left before the first day, or begin after the last."""
    horizon = supply.horizon
    found = [agent for agent in supply.agents if not any(map(agent.employed, horizon.dates))]
    if found:
        start, end = horizon.start, horizon.end
        names = [agent.label for agent in found]
        verb = "is" if len(found) == 1 else "are"
        yield Note(
            code="agents-not-employed",
            text=f"agents: {listed(names)} {verb} employed on no day from {start} to {end} by "
            "start_date and end_date, and not planned",
            text_zh=f"人员：{listed_zh(names)}按 start_date 和 end_date 在 {start} 至 {end} "
            "均不在职，不参与排班",
            agents=tuple(agent.agent_id for agent in found),
            count=len(found),
        )


def _unheld_contracts(supply: Supply) -> Iterator[Note]:
    """Find contracts that no agent has."""
    held = {agent.contract for agent in supply.agents}
    names = [contract.name for contract in supply.contracts if contract.name not in held]
    if names:
        yield Note(
            code="contracts-unheld",
            text=f"contracts: no agent has {listed(names)}; what they say has no effect",
            text_zh=f"合同：没有人员使用 {listed_zh(names)}，其规定不起作用",
            count=len(names),
        )


def _ended_shifts(supply: Supply) -> Iterator[Note]:
    """Find shifts that ended before the first day and explain no row of the history."""
    first = supply.horizon.start
    past = {row.shift for row in supply.problem.history}
    ended = [shift for shift in supply.shifts if not shift.in_use(first)]
    codes = [shift.code for shift in ended if shift.code not in past]
    if codes:
        yield Note(
            code="shifts-ended",
            text=f"shifts: {listed(codes)} cannot be worked: the end_date lies before {first}",
            text_zh=f"班次：{listed_zh(codes)} 的 end_date 早于 {first}，不会安排",
            shifts=tuple(codes),
            count=len(codes),
        )


def possible_shifts(supply: Supply) -> list[Shift]:
    """Return the shifts that some agent can work on some planned day."""
    grid = supply.grid
    offered = grid.offered[:, grid.history_days :]
    if grid.banned is not None:
        offered = offered & ~grid.banned[:, None, :]
    return [supply.shifts[i] for i in np.flatnonzero(offered.any(axis=(0, 1))).tolist()]


def _barred_shifts(supply: Supply) -> Iterator[Note]:
    """Find shifts in use that no agent can work on any day."""
    possible = {shift.code for shift in possible_shifts(supply)}
    in_use = [shift.code for shift in supply.shifts if shift.in_use(supply.horizon.start)]
    codes = [code for code in in_use if code not in possible]
    if codes:
        yield Note(
            code="shifts-impossible",
            text=f"shifts: nobody can work {listed(codes)} on any day: employment, leave, "
            "availability or a hard rule forbids it to everybody",
            text_zh=f"班次：任何人在任何一天都不能上 {listed_zh(codes)}"
            "（受在职日期、请假、可用时间或硬性规则限制）",
            shifts=tuple(codes),
            count=len(codes),
        )


def _demand(supply: Supply) -> Iterator[ForecastCell | RequirementCell]:
    """Yield the rows of demand on planned days; without any, heads are asked for by rules alone."""
    yield from supply.planned.forecast
    yield from supply.planned.requirements


def _unasked_skills(supply: Supply) -> Iterator[Note]:
    """Find skills that people have, or that are declared, and that no queue or duty asks for."""
    problem = supply.problem
    asked = {cell.skill for cell in _demand(supply)}
    if not asked:
        return
    asked |= {duty.skill for duty in supply.duties}
    asked |= set(_skills_of_rules(problem.rules))
    held = {skill for agent in supply.agents for skill in agent.skills}
    known = dict.fromkeys([*(skill.name for skill in problem.skills), *sorted(held)])
    names = [name for name in known if name not in asked]
    if names:
        start, end = supply.horizon.start, supply.horizon.end
        yield Note(
            code="skills-unasked",
            text=f"skills: nothing is asked of {listed(names)} from {start} to {end}: no row of "
            "forecast.csv or requirements.csv, no duty and no rule names it",
            text_zh=f"技能：{start} 至 {end} 没有对 {listed_zh(names)} 的需求："
            "forecast.csv、requirements.csv、值班和规则中均未出现",
            skills=tuple(names),
            count=len(names),
        )


def _unasked_stores(supply: Supply) -> Iterator[Note]:
    """Find stores without demand or duty, though they are declared or agents serve them."""
    asked = {cell.store for cell in _demand(supply)}
    if not asked:
        return
    asked |= {store for duty in supply.duties for group in duty.groups for store in group}
    names = [store for store in supply.known_stores if store not in asked]
    if names:
        start, end = supply.horizon.start, supply.horizon.end
        yield Note(
            code="stores-unasked",
            text=f"stores: {listed(names)} {'has' if len(names) == 1 else 'have'} no demand from "
            f"{start} to {end}: no row of forecast.csv or requirements.csv, and no duty",
            text_zh=f"店铺：{listed_zh(names)} 在 {start} 至 {end} 没有需求："
            "forecast.csv、requirements.csv 和值班中均未出现",
            stores=tuple(names),
            count=len(names),
        )


def _skills_of_rules(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the skills by which rules select people."""
    for rule in rules:
        for selector in rule.selectors().values():
            for selection in (selector, selector.exclude):
                if selection is not None:
                    yield from dict(selection.named()).get("skills", ())
