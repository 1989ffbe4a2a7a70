"""Cross-references between the parts of a problem; finds every fault, not only the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from typing import Any

from csshift.errors import Fault, suggestion
from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.duties import Duty
from csshift.model.entity import MINUTES_PER_DAY, Entity, clock
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Leave, Pin, Request
from csshift.model.roster import Assignment, DutyTurn
from csshift.model.shifts import Shift
from csshift.model.skills import BUILT_IN_SKILLS, Skill
from csshift.rules.base import Rule

KEYS: dict[str, tuple[str, ...]] = {
    "agents": ("agent_id",),
    "shifts": ("code",),
    "skills": ("name",),
    "contracts": ("name",),
    "duties": ("name",),
    "forecast": ("date", "start", "store", "skill"),
    "requirements": ("date", "start", "store", "skill"),
    "leave": ("agent_id", "date"),
    "requests": ("agent_id", "date", "want", "shift"),
    "pins": ("agent_id", "date"),
    "history": ("agent_id", "date"),
    "history_duties": ("date", "duty", "stores", "agent_id"),
}
"""The fields of each table that no two of its rows share."""

MOST_FAULTS = 200
"""Faults that are listed; a fault repeated in a million rows helps nobody more than this."""


@dataclass(frozen=True)
class Names:
    """Everything that can be referred to by name."""

    agents: Mapping[str, Agent]
    shifts: Mapping[str, Shift]
    skills: Mapping[str, Skill]
    contracts: frozenset[str]
    duties: Mapping[str, Duty]
    stores: frozenset[str]
    shift_tags: frozenset[str]


def find_faults(parts: Mapping[str, Any]) -> list[Fault]:
    """Return the faults among the parts of a problem, at most `MOST_FAULTS`.

    Parameters
    ----------
    parts : mapping
        Fields of `Problem` by name. Parts may be missing where they could not be read;
        references to what is missing are then not judged.
    """
    faults: list[Fault] = []
    for fault in _all_faults(parts):
        if len(faults) == MOST_FAULTS:
            faults.append(
                Fault(
                    "problem", f"more than {MOST_FAULTS} faults", "mend these first, then run again"
                )
            )
            break
        faults.append(fault)
    return faults


def _all_faults(parts: Mapping[str, Any]) -> Iterator[Fault]:
    names = _names(parts)
    for table, fields in KEYS.items():
        yield from _duplicates(table, parts.get(table, ()), fields)
    yield from _agents(parts.get("agents", ()), names)
    yield from _rules(parts.get("rules", ()), names)
    yield from _duties(parts.get("duties", ()), names)
    horizon = parts.get("horizon")
    if horizon is not None:
        yield from _demand(parts, horizon, names)
        yield from _single_days(parts, horizon, names)
        yield from _pins(parts, names)
        yield from _history(parts, horizon, names)


def _names(parts: Mapping[str, Any]) -> Names:
    skills = {name: Skill(name=name) for name in BUILT_IN_SKILLS}
    skills |= {skill.name: skill for skill in parts.get("skills", ())}
    cells = (*parts.get("forecast", ()), *parts.get("requirements", ()))
    stores = {cell.store for cell in cells} | set(parts.get("stores", ()))
    if not stores:
        stores = {store for agent in parts.get("agents", ()) for store in agent.stores}
    shifts = {shift.code: shift for shift in parts.get("shifts", ())}
    return Names(
        agents={agent.agent_id: agent for agent in parts.get("agents", ())},
        shifts=shifts,
        skills=skills,
        contracts=frozenset(contract.name for contract in parts.get("contracts", ())),
        duties={duty.name: duty for duty in parts.get("duties", ())},
        stores=frozenset(stores),
        shift_tags=frozenset(tag for shift in shifts.values() for tag in shift.tags),
    )


def _duplicates(table: str, rows: Sequence[Entity], fields: tuple[str, ...]) -> Iterator[Fault]:
    seen: set[tuple[Any, ...]] = set()
    for index, row in enumerate(rows):
        key = tuple(getattr(row, field) for field in fields)
        if key in seen:
            shown = ", ".join(_text(field, part) for field, part in zip(fields, key, strict=True))
            yield Fault(
                table,
                f"a second entry for the same {', '.join(fields)}",
                "keep one of them",
                index=index,
                column=fields[0],
                value=shown,
            )
        seen.add(key)


def _text(field: str, value: Any) -> str:
    if field == "start" and isinstance(value, int):
        return clock(value)
    return "|".join(value) if isinstance(value, tuple) else str(value)


def _unknown(
    table: str, index: int | None, column: str, value: str, known: Iterable[str], noun: str
) -> Fault:
    known = list(known)
    return Fault(
        table,
        f"unknown {noun}",
        suggestion(value, known, noun),
        index=index,
        column=column,
        value=value,
    )


def _agents(agents: Sequence[Agent], names: Names) -> Iterator[Fault]:
    for index, agent in enumerate(agents):
        for skill in agent.skills:
            if skill not in names.skills:
                yield _unknown("agents", index, "skills", skill, names.skills, "skill")
        for store in agent.stores:
            if store not in names.stores:
                yield _unknown("agents", index, "stores", store, names.stores, "store")
        if agent.contract is not None and agent.contract not in names.contracts:
            yield _unknown("agents", index, "contract", agent.contract, names.contracts, "contract")
        if agent.start_date and agent.end_date and agent.end_date < agent.start_date:
            yield Fault(
                "agents",
                f"the employment ends before it starts ({agent.start_date})",
                "exchange start_date and end_date, or clear one",
                index=index,
                column="end_date",
                value=str(agent.end_date),
            )


def _rules(rules: Sequence[Rule], names: Names) -> Iterator[Fault]:
    for index, rule in enumerate(rules):
        for word in rule.shift_words():
            tag = word.removeprefix("tag:")
            if word.startswith("tag:") and tag not in names.shift_tags:
                yield _unknown("rules", index, "shifts", tag, names.shift_tags, "shift tag")
            elif not word.startswith("tag:") and word not in names.shifts:
                yield _unknown("rules", index, "shifts", word, names.shifts, "shift")
        selector = rule.agents
        if selector is None:
            continue
        known: tuple[tuple[str, tuple[str, ...] | None, Iterable[str], str], ...] = (
            ("agents.ids", selector.ids, names.agents, "agent"),
            ("agents.contracts", selector.contracts, names.contracts, "contract"),
            ("agents.skills", selector.skills, names.skills, "skill"),
        )
        for column, words, among, noun in known:
            for word in words or ():
                if word not in set(among):
                    yield _unknown("rules", index, column, word, among, noun)


def _duties(duties: Sequence[Duty], names: Names) -> Iterator[Fault]:
    for index, duty in enumerate(duties):
        if duty.skill not in names.skills:
            yield _unknown("duties", index, "skill", duty.skill, names.skills, "skill")
        seen: set[str] = set()
        for store in (store for group in duty.stores for store in group):
            if store not in names.stores:
                yield _unknown("duties", index, "stores", store, names.stores, "store")
            if store in seen:
                yield Fault(
                    "duties",
                    "the store stands in two groups",
                    "leave it in one",
                    index=index,
                    column="stores",
                    value=store,
                )
            seen.add(store)


def _outside(table: str, index: int, date: Date, horizon: Horizon) -> Fault:
    return Fault(
        table,
        f"outside the horizon {horizon.start} to {horizon.end}",
        "correct the date, remove the row, or change [horizon]",
        index=index,
        column="date",
        value=str(date),
    )


def _demand(parts: Mapping[str, Any], horizon: Horizon, names: Names) -> Iterator[Fault]:
    firm = {_cell_key(cell) for cell in parts.get("requirements", ())}
    for table in ("forecast", "requirements"):
        cells: Sequence[ForecastCell | RequirementCell] = parts.get(table, ())
        for index, cell in enumerate(cells):
            if cell.date not in horizon:
                yield _outside(table, index, cell.date, horizon)
            if cell.start >= MINUTES_PER_DAY or cell.start % horizon.interval_minutes:
                yield Fault(
                    table,
                    f"no interval of {horizon.interval_minutes} minutes starts then",
                    "use starts from 00:00 on, in steps of the interval",
                    index=index,
                    column="start",
                    value=clock(cell.start),
                )
            if cell.skill not in names.skills:
                yield _unknown(table, index, "skill", cell.skill, names.skills, "skill")
            elif isinstance(cell, ForecastCell) and _cell_key(cell) not in firm:
                yield from _convertible(index, names.skills[cell.skill])


def _cell_key(cell: ForecastCell | RequirementCell) -> tuple[Date, int, str, str]:
    return cell.date, cell.start, cell.store, cell.skill


def _convertible(index: int, skill: Skill) -> Iterator[Fault]:
    if skill.channel != "chat" and skill.handle_seconds is None:
        yield Fault(
            "forecast",
            "the forecast of this skill cannot become heads: its handling time is not known",
            f"add handle_seconds under [skills.{skill.name}] in problem.toml",
            index=index,
            column="skill",
            value=skill.name,
        )


def _single_days(parts: Mapping[str, Any], horizon: Horizon, names: Names) -> Iterator[Fault]:
    for table in ("leave", "requests", "pins"):
        rows: Sequence[Leave | Request | Pin] = parts.get(table, ())
        for index, row in enumerate(rows):
            if row.agent_id not in names.agents:
                yield _unknown(table, index, "agent_id", row.agent_id, names.agents, "agent")
            if row.date not in horizon:
                yield _outside(table, index, row.date, horizon)
            shift = None if isinstance(row, Leave) else row.shift
            if shift is not None and shift not in names.shifts:
                yield _unknown(table, index, "shift", shift, names.shifts, "shift")


def _pins(parts: Mapping[str, Any], names: Names) -> Iterator[Fault]:
    away = {(leave.agent_id, leave.date) for leave in parts.get("leave", ())}
    for index, pin in enumerate(parts.get("pins", ())):
        agent = names.agents.get(pin.agent_id)
        if pin.shift is None or agent is None:
            continue
        reason = "on leave" if (pin.agent_id, pin.date) in away else None
        if not agent.employed(pin.date):
            reason = "not employed"
        if reason:
            yield Fault(
                "pins",
                f"{pin.agent_id} is {reason} on {pin.date}",
                "remove the pin, or the leave or dates that it contradicts",
                index=index,
                column="shift",
                value=pin.shift,
            )


def _history(parts: Mapping[str, Any], horizon: Horizon, names: Names) -> Iterator[Fault]:
    known: dict[str, tuple[Callable[[Any], str], Iterable[str], str]] = {
        "agent_id": (lambda row: row.agent_id, names.agents, "agent"),
        "shift": (lambda row: row.shift, names.shifts, "shift"),
        "duty": (lambda row: row.duty, names.duties, "duty"),
    }
    for table, columns in (
        ("history", ("agent_id", "shift")),
        ("history_duties", ("agent_id", "duty")),
    ):
        rows: Sequence[Assignment | DutyTurn] = parts.get(table, ())
        for index, row in enumerate(rows):
            for column in columns:
                value, among, noun = known[column]
                if value(row) not in among:
                    yield _unknown(table, index, column, value(row), among, noun)
            if row.date >= horizon.start:
                yield Fault(
                    table,
                    f"not before the horizon, which starts on {horizon.start}",
                    "history ends on the day before; fixed days of the horizon go into pins.csv",
                    index=index,
                    column="date",
                    value=str(row.date),
                )
