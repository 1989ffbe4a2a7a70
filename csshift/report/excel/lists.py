"""Sheets that list: people, duty turns, broken wishes, what has changed, facts of the solve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date as Date

from csshift.io.excel.writing import Value
from csshift.io.layout import DUTIES
from csshift.model.entity import clock
from csshift.model.roster import AgentDay, DutyTurn, Roster
from csshift.problem.labour import LABOUR_PRESET, preset_text
from csshift.report.excel.sheet import Context, write_table
from csshift.report.headline import headline
from csshift.report.people import Person, people
from csshift.report.wording import rule_sentences
from csshift.scoring.judging import broken_requests


def people_sheet(context: Context) -> None:
    """Add the sheet of days, hours, overtime, weekends, nights and duty turns a person."""
    words, duties = context.words, context.instance.duties
    header = [words.column("agent_id"), words("name"), *map(words.column, ("team", "contract"))]
    header += map(words, ("days", "hours-short", "overtime", "weekend-days", "night-days"))
    every = people(context.instance, context.roster)
    owed = any(person.owed for person in every)
    if owed:
        header += map(words, ("owed", "owed-away", "owed-why"))
    for duty in duties:
        header += [
            f"{words.name(duty.name)} {words(k)}" for k in ("planned", "turns-before", "fair-turns")
        ]
    write_table(
        context, context.sheet(words.sheet("people")), header, _people(context, every, owed=owed)
    )


def _people(context: Context, every: Iterable[Person], *, owed: bool) -> Iterator[list[Value]]:
    for person in every:
        agent = person.agent
        cells: list[Value] = [agent.agent_id, agent.display_name, agent.team, agent.contract]
        cells += [person.days, person.hours, person.overtime, person.weekend_days, person.nights]
        if owed and person.owed is not None:
            reasons = ", ".join(map(context.words.name, person.owed.reasons))
            cells += [round(person.owed.hours, 2), round(person.owed.away, 2), reasons]
        elif owed:
            cells += [None, None, None]
        for turns in person.turns:
            cells += [turns.planned, turns.past, turns.fair]
        yield cells


def turns_sheet(context: Context) -> None:
    """Add the list of duty turns, which `csshift check` reads back."""
    header = [context.words.column(name) for name in DUTIES.header]
    extra = [context.words(key) for key in ("name", "weekday")]
    turns = sorted(context.roster.duties, key=lambda turn: (turn.date, turn.duty, turn.stores))
    rows = [
        [
            turn.date,
            turn.duty,
            "|".join(turn.stores),
            turn.agent_id,
            None if turn.start is None else clock(turn.start),
            None if turn.end is None else clock(turn.end),
            context.names[turn.agent_id],
            context.words.weekday(turn.date),
        ]
        for turn in turns
    ]
    write_table(context, context.sheet(context.words.sheet("turns")), [*header, *extra], rows)


def wishes_sheet(context: Context) -> None:
    """Add the wishes that are not granted, the weightiest first."""
    words = context.words
    header = [words.column("agent_id")]
    header += map(words, ("name", "date", "weekday", "want", "weight", "got"))
    broken = broken_requests(context.instance, context.roster)
    broken.sort(key=lambda entry: (-entry[0].weight, entry[0].date))
    rows: list[list[Value]] = [
        [
            request.agent_id,
            context.names[request.agent_id],
            request.date,
            words.weekday(request.date),
            words.wish(request.want, request.shift),
            request.weight,
            worked or words("off"),
        ]
        for request, worked in broken
    ]
    write_table(context, context.sheet(words.sheet("wishes_broken")), header, rows)


def changes_sheet(context: Context, previous: Roster) -> None:
    """Add what differs from an earlier version, by person and day."""
    words = context.words
    header = [words.column("agent_id")]
    header += map(words, ("name", "date", "weekday", "what", "before", "after"))
    rows: list[list[Value]] = [
        [
            agent,
            context.names.get(agent, agent),
            date,
            words.weekday(date),
            what,
            before or words("off"),
            after or words("off"),
        ]
        for agent, date, what, before, after in _changes(context, previous)
    ]
    rows = rows or [[words("no-changes")]]
    sheet = context.sheet(words.sheet("changes"))
    write_table(context, sheet, header, rows)


def _changes(context: Context, previous: Roster) -> Iterator[tuple[str, Date, str, str, str]]:
    order = {agent.agent_id: i for i, agent in enumerate(context.instance.agents)}
    pairs = (
        (context.words("shift"), previous.shifts(), context.shifts),
        (context.words("duty"), _held(previous.turns()), _held(context.turns)),
    )
    for what, before, after in pairs:
        keys = sorted(before.keys() | after.keys(), key=lambda key: (order[key[0]], key[1]))
        for key in keys:
            old, new = before.get(key, ""), after.get(key, "")
            if old != new:
                yield key[0], key[1], what, old, new


def _held(turns: Mapping[AgentDay, list[DutyTurn]]) -> dict[AgentDay, str]:
    return {key: ", ".join(sorted(map(_duty, held))) for key, held in turns.items()}


def _duty(turn: DutyTurn) -> str:
    return turn.duty + (f" ({'|'.join(turn.stores)})" if turn.stores else "")


def facts_sheet(context: Context) -> None:
    """Add status, objective, bound and what the objective is made of."""
    sheet = context.sheet(context.words.sheet("facts"))
    write_table(context, sheet, [context.instance.problem.name, "", ""], _facts(context))


def _facts(context: Context) -> Iterator[list[Value]]:
    words, result = context.words, context.result
    labour = preset_text(context.instance.problem, words.lang)
    if labour is not None:
        yield [words("labour"), labour]
    yield [words("status"), words(f"status-{result.status}")]
    for sentence in headline(context.instance, result, words):
        yield [None, sentence]
    yield [words("notes"), None if result.notes else words("none")]
    for note in result.notes:
        if note.code != LABOUR_PRESET:
            yield [None, note.worded(words.lang), note.code]
    for key in ("objective", "bound", "gap"):
        value = getattr(result, key)
        yield [words(key), None if value is None else round(value, 4)]
    score = result.score
    if score is not None:
        yield [words("hours-required"), round(float(score.required_hours), 2)]
        yield [words("hours-missing"), round(float(score.shortage_hours), 2)]
    yield [words("seconds"), round(result.seconds, 1)]
    yield [words("seed"), result.seed]
    yield [words("versions"), ", ".join(f"{k} {v}" for k, v in result.versions.items())]
    if score is None:
        return
    yield []
    yield [words("penalties")]
    sentences = rule_sentences(context.instance, words.lang)
    for rule, points in score.ranked_penalties:
        yield [words.name(rule), round(points, 2), sentences.get(rule)]
    yield []
    yield [words("violations"), None if score.violations else words("none")]
    for finding in score.violations:
        yield [words.name(finding.rule), str(finding)]
