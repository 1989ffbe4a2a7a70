"""Cross-references between the parts of a problem; finds every fault, not only the first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date as Date
from datetime import timedelta
from itertools import chain, islice
from typing import Any

from csshift.errors import Fault, suggestion
from csshift.model.availability import obstacle, rows_by_agent
from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.duties import Duty
from csshift.model.entity import MINUTES_PER_DAY, Entity, clock
from csshift.model.horizon import DateSpan, Horizon
from csshift.model.people import Agent, Balance, Leave, Pin
from csshift.model.roster import Assignment, DutyTurn
from csshift.model.shifts import Shift
from csshift.model.skills import Skill
from csshift.problem.availability import availability_faults, request_words, shift_faults
from csshift.problem.calendars import calendar_faults
from csshift.problem.names import Names, Noun, collect_names
from csshift.problem.outside import DEMAND, outside_parts
from csshift.problem.presets import labour_faults
from csshift.rules.base import Rule
from csshift.rules.selector import AgentFilter
from csshift.rules.severity import LEVELS
from csshift.rules.shift_words import DURING, PARTS, START, TAG, form_suggestion

KEYS: dict[str, tuple[str, ...]] = {
    "agents": ("agent_id",),
    "shifts": ("code",),
    "skills": ("name",),
    "contracts": ("name",),
    "duties": ("name",),
    "spans": ("name",),
    "forecast": ("date", "start", "store", "skill"),
    "requirements": ("date", "start", "store", "skill"),
    "leave": ("agent_id", "date", "hours"),
    "availability": ("agent_id", "works", "weekdays", "hours", "shifts", "start_date", "end_date"),
    "requests": ("agent_id", "date", "want", "shift"),
    "pins": ("agent_id", "date"),
    "holidays": ("date",),
    "balances": ("agent_id", "what"),
    "history": ("agent_id", "date"),
    "history_duties": ("date", "duty", "stores", "agent_id"),
}
"""The fields of each table that no two of its rows share."""

LONGEST_SPAN_DAYS = 3_700
"""About ten years: a longer span is a slip in its dates."""

MOST_FAULTS = 200
"""Faults that are listed; a fault repeated in a million rows helps nobody more than this."""


def find_faults(
    parts: Mapping[str, Any], unread: Mapping[Noun, Collection[str]] | None = None
) -> list[Fault]:
    """Return the faults among the parts of a problem, at most `MOST_FAULTS` and a final one.

    Parameters
    ----------
    parts : mapping
        Fields of `Problem` by name. A part that could not be read is absent;
        references to it are then not checked.
    unread : mapping of noun to names, optional
        Names in entries which could not be read completely; references to them
        are not faults.
    """
    outside = outside_parts(parts)
    faults = (
        fault
        for fault in _all_faults(parts, collect_names(parts, unread), outside)
        if fault.index not in outside.get(fault.table, ())
    )
    return first_faults(chain(faults, _no_demand(parts)))


def first_faults(faults: Iterable[Fault]) -> list[Fault]:
    """Return the first `MOST_FAULTS` faults, and one more that says so if there are others."""
    found = list(islice(faults, MOST_FAULTS + 1))
    if len(found) > MOST_FAULTS:
        last = f"more than {MOST_FAULTS} faults"
        found[-1] = Fault("problem", last, "fix these first, then run again")
    return found


def _all_faults(
    parts: Mapping[str, Any], names: Names, outside: Mapping[str, frozenset[int]]
) -> Iterator[Fault]:
    for table, fields in KEYS.items():
        yield from _duplicates(table, parts.get(table, ()), fields)
    yield from _agents(parts.get("agents", ()), names)
    yield from _rules(parts, names)
    yield from _spans(parts.get("spans", ()))
    yield from labour_faults(parts)
    yield from calendar_faults(parts)
    yield from _duties(parts.get("duties", ()), names)
    yield from _pools(parts.get("pools", "auto"), names)
    yield from _references(parts, names)
    yield from availability_faults(parts, names)
    for index, request in enumerate(parts.get("requests", ())):
        if request.shift is not None:
            words = request_words(request.shift, names)
            yield from shift_faults(words, names, "requests", index, "shift")
    yield from _pins(parts, outside)
    yield from _demand(parts, names, outside)
    yield from _backlogs(parts)
    horizon = parts.get("horizon")
    if horizon is not None:
        yield from _starts(parts, horizon)
        yield from _history_dates(parts, horizon)
        yield from _balances(parts.get("balances", ()), horizon)


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
    if field == "hours":
        return "all day" if value is None else str(value)
    if value is None:
        return "any"
    return "|".join(value) if isinstance(value, tuple) else str(value)


def _agents(agents: Sequence[Agent], names: Names) -> Iterator[Fault]:
    for index, agent in enumerate(agents):
        for skill in agent.skills:
            yield from names.validate("skill", skill, "agents", index, "skills")
        for store in agent.stores:
            yield from names.validate("store", store, "agents", index, "stores")
        if agent.contract is not None:
            yield from names.validate("contract", agent.contract, "agents", index, "contract")
        if agent.start_date and agent.end_date and agent.end_date < agent.start_date:
            yield Fault(
                "agents",
                f"the employment ends before it starts ({agent.start_date})",
                "exchange start_date and end_date, or clear one",
                index=index,
                column="end_date",
                value=str(agent.end_date),
            )


SELECTED: dict[str, Noun] = {
    "ids": "agent",
    "teams": "team",
    "tags": "agent tag",
    "contracts": "contract",
    "skills": "skill",
    "stores": "store",
}
"""The fields of a selector, and what they name."""


def _rules(parts: Mapping[str, Any], names: Names) -> Iterator[Fault]:
    seen: set[str] = set()
    levels = ("hard", "report", *LEVELS, *parts.get("severities", ()))
    for index, rule in enumerate(parts.get("rules", ())):
        if rule.level is not None and rule.level not in levels and "severities" in parts:
            problem, remedy = "unknown level of severity", suggestion(rule.level, levels, "level")
            yield Fault("rules", problem, remedy, index=index, column="severity", value=rule.level)
        for word in rule.shift_words():
            yield from _shift_word(rule, word, names, index)
        for tag in rule.agent_tags():
            yield from names.validate("agent tag", tag, "rules", index, "tags")
        for column, selector in rule.selectors().items():
            yield from _selector(selector, names, index, column)
            if selector.exclude is not None:
                yield from _selector(selector.exclude, names, index, f"{column}.exclude")
        for column, words in rule.span_words().items():
            noun: Noun = "period" if column == "per" else "span"
            for word in words:
                yield from names.validate(noun, word, "rules", index, column)
        if rule.id and rule.id in seen:
            problem, remedy = "a second rule with this id", "give each rule a different id"
            yield Fault("rules", problem, remedy, index=index, column="id", value=rule.id)
        seen.add(rule.id)


def _shift_word(rule: Rule, word: str, names: Names, index: int) -> Iterator[Fault]:
    """Yield a fault if a word names no shift."""
    column = rule.field_of(word)
    if word in names.known.get("shift", ()) or word.startswith((START, DURING, PARTS)):
        return
    if word.startswith(TAG):
        yield from names.validate("shift tag", word.removeprefix(TAG), "rules", index, column)
        return
    form = form_suggestion(word)
    if form is None or "shift" not in names.known:
        yield from names.validate("shift", word, "rules", index, column)
        return
    yield Fault("rules", "unknown shift", form, index=index, column=column, value=word)


def _selector(selector: AgentFilter, names: Names, index: int, column: str) -> Iterator[Fault]:
    for field, words in selector.named():
        for word in words:
            yield from names.validate(SELECTED[field], word, "rules", index, f"{column}.{field}")


def _spans(spans: Sequence[DateSpan]) -> Iterator[Fault]:
    """Yield a fault for each span with dates that no calendar of rules reaches."""
    for index, span in enumerate(spans):
        if (span.last - span.first).days > LONGEST_SPAN_DAYS:
            problem = f"more than {LONGEST_SPAN_DAYS} days from the first to the last date"
            yield Fault("spans", problem, "correct the dates", index=index, column="until")


def _duties(duties: Sequence[Duty], names: Names) -> Iterator[Fault]:
    for index, duty in enumerate(duties):
        yield from names.validate("skill", duty.skill, "duties", index, "skill")
        seen: set[str] = set()
        for store in (store for group in duty.stores for store in group):
            yield from names.validate("store", store, "duties", index, "stores")
            if store in seen:
                yield Fault(
                    "duties",
                    "the store is in two groups",
                    "leave it in one",
                    index=index,
                    column="stores",
                    value=store,
                )
            seen.add(store)


def _pools(pools: str | Sequence[Sequence[str]], names: Names) -> Iterator[Fault]:
    seen: set[str] = set()
    for store in () if isinstance(pools, str) else chain.from_iterable(pools):
        yield from names.validate("store", store, "pools", None, "")
        if store in seen:
            problem, remedy = "duplicate store in the groups", "leave it in one of them"
            yield Fault("pools", problem, remedy, value=store)
        seen.add(store)


REFERENCES: dict[str, tuple[tuple[str, Noun], ...]] = {
    "forecast": (("skill", "skill"),),
    "requirements": (("skill", "skill"),),
    "leave": (("agent_id", "agent"),),
    "availability": (("agent_id", "agent"),),
    "requests": (("agent_id", "agent"),),
    "pins": (("agent_id", "agent"), ("shift", "shift")),
}
"""The columns of each table that name something, and what they name.

The history is not among them: people who have left and shifts no longer in use may stand in it.
"""


def _references(parts: Mapping[str, Any], names: Names) -> Iterator[Fault]:
    for table, columns in REFERENCES.items():
        rows: Sequence[Entity] = parts.get(table, ())
        for column, noun in columns:
            for index, row in enumerate(rows):
                name = getattr(row, column)
                if name is not None:
                    yield from names.validate(noun, name, table, index, column)


def _pins(parts: Mapping[str, Any], outside: Mapping[str, frozenset[int]]) -> Iterator[Fault]:
    """Yield a fault for each pin that leave, employment or another pin contradicts."""
    agents: dict[str, Agent] = {agent.agent_id: agent for agent in parts.get("agents", ())}
    shifts: dict[str, Shift] = {shift.code: shift for shift in parts.get("shifts", ())}
    leave: dict[str, list[Leave]] = {}
    for row in parts.get("leave", ()):
        leave.setdefault(row.agent_id, []).append(row)
    availability = rows_by_agent(parts.get("availability", ()), hard=True)
    left_out = outside.get("pins", frozenset())
    pins = [
        (index, pin)
        for index, pin in enumerate(parts.get("pins", ()))
        # Of the last day that there is, no night could run into another.
        if index not in left_out and pin.date < Date.max
    ]
    off = {(pin.agent_id, pin.date) for _, pin in pins if pin.shift is None}
    for index, pin in pins:
        agent, shift = agents.get(pin.agent_id), shifts.get(pin.shift or "")
        if shift is None or agent is None:
            continue
        reason = _against(pin, agent, shift, leave.get(pin.agent_id, ()))
        kept_off = obstacle(availability.get(pin.agent_id, ()), shift, pin.date)
        if reason is None and kept_off is not None:
            reason = f"works {kept_off}, as availability.csv says"
        next_day = pin.date + timedelta(days=1)
        if reason is None and shift.overnight and (pin.agent_id, next_day) in off:
            reason = f"has a pinned day off on {next_day}, into which {shift.code} runs"
        if reason:
            yield Fault(
                "pins",
                f"{pin.agent_id} {reason}",
                "remove the pin, or what it contradicts",
                index=index,
                column="shift",
                value=pin.shift,
            )


def _against(pin: Pin, agent: Agent, shift: Shift, leave: Iterable[Leave]) -> str | None:
    """Return what forbids a pinned shift, before any rule is considered; None when nothing does."""
    for row in leave:
        if row.overlap(shift, pin.date):
            hours = "" if row.hours is None else f" {row.hours}"
            runs = f", into which {shift.code} runs" if row.date > pin.date else ""
            return f"is on leave on {row.date}{hours}{runs}"
    if not agent.employed(pin.date):
        return f"is not employed on {pin.date}"
    if shift.overnight and not agent.employed(pin.date + timedelta(days=1)):
        return f"is not employed on {pin.date + timedelta(days=1)}, into which {shift.code} runs"
    if not shift.in_use(pin.date):
        return f"works {shift.code} on {pin.date}, but its end_date is {shift.end_date}"
    return None


def _demand(
    parts: Mapping[str, Any], names: Names, outside: Mapping[str, frozenset[int]]
) -> Iterator[Fault]:
    """Yield a fault for each skill of the forecast that cannot become heads, once."""
    mute = {name for name, skill in names.skills.items() if not _convertible(skill)}
    firm = {_cell_key(cell) for cell in parts.get("requirements", ())}
    for index, cell in enumerate(parts.get("forecast", ())):
        if index in outside.get("forecast", ()):
            continue
        if cell.skill in mute and _cell_key(cell) not in firm:
            mute.discard(cell.skill)
            yield Fault(
                "forecast",
                "the forecast of this skill cannot become heads: its handling time is not known",
                f"add handle_seconds under [skills.{cell.skill}] in problem.toml",
                index=index,
                column="skill",
                value=cell.skill,
            )


def _backlogs(parts: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a fault for each backlog without a store, because no demand names its skill."""
    cells = (*parts.get("forecast", ()), *parts.get("requirements", ()))
    named = {cell.skill for cell in cells}
    for skill in parts.get("skills", ()):
        if skill.channel == "deferrable" and skill.backlog and skill.name not in named:
            yield Fault(
                "problem.toml",
                "the backlog belongs to no store: the demand has no row of this skill",
                "add rows to forecast.csv, with 0 inquiries if no more arrive, or remove it",
                column=f"skills.{skill.name}.backlog",
                value=f"{skill.backlog:g}",
            )


def _convertible(skill: Skill) -> bool:
    return skill.channel == "chat" or skill.handle_seconds is not None


def _cell_key(cell: ForecastCell | RequirementCell) -> tuple[Date, int, str, str]:
    return cell.date, cell.start, cell.store, cell.skill


def _no_demand(parts: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a fault if there is demand, but none on a planned day.

    Single rows outside are left out, because one table may serve many horizons. If no row
    remains, the dates or the horizon must be wrong.
    """
    horizon = parts.get("horizon")
    tables = [table for table in DEMAND if parts.get(table)]
    if horizon is None or any(row.date in horizon for table in tables for row in parts[table]):
        return
    for table in tables:
        yield Fault(
            table,
            f"no row lies within the horizon {horizon.start} to {horizon.end}",
            "correct the dates, or change [horizon]",
            index=0,
            column="date",
            value=str(parts[table][0].date),
        )


def _starts(parts: Mapping[str, Any], horizon: Horizon) -> Iterator[Fault]:
    for table in DEMAND:
        cells: Sequence[ForecastCell | RequirementCell] = parts.get(table, ())
        for index, cell in enumerate(cells):
            if cell.start >= MINUTES_PER_DAY or cell.start % horizon.interval_minutes:
                yield Fault(
                    table,
                    f"no interval of {horizon.interval_minutes} minutes starts then",
                    "use starts from 00:00 on, in steps of the interval",
                    index=index,
                    column="start",
                    value=clock(cell.start),
                )


def _history_dates(parts: Mapping[str, Any], horizon: Horizon) -> Iterator[Fault]:
    for table in ("history", "history_duties"):
        rows: Sequence[Assignment | DutyTurn] = parts.get(table, ())
        for index, row in enumerate(rows):
            if row.date >= horizon.start:
                yield Fault(
                    table,
                    f"not before the horizon, which starts on {horizon.start}",
                    "history ends on the day before; fixed days of the horizon go into pins.csv",
                    index=index,
                    column="date",
                    value=str(row.date),
                )


def _balances(rows: Sequence[Balance], horizon: Horizon) -> Iterator[Fault]:
    """Yield a fault for each balance of another day than those before it, or of planned days."""
    until: dict[str, Date] = {}
    for index, row in enumerate(rows):
        if row.until >= horizon.start:
            problem = f"not before the horizon, which starts on {horizon.start}"
            remedy = "take the balances that the plan before this one wrote"
        elif row.until != until.setdefault(row.what, row.until):
            problem = f"the balances of {row.what} above end on {until[row.what]}"
            remedy = "give all balances of one thing for the same day"
        else:
            continue
        yield Fault("balances", problem, remedy, index=index, column="until", value=str(row.until))
