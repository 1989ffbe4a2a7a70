"""Sheets that list: broken wishes, what has changed, what came of the solve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date as Date

from csshift.check.judging import broken_requests
from csshift.io.excel.words import CHANGES, FACTS, WISHES_BROKEN
from csshift.io.excel.writing import Value
from csshift.model.people import Request
from csshift.model.roster import DutyTurn, Roster
from csshift.problem.labour import label_in, preset_text
from csshift.report.excel.sheet import Context, write_table
from csshift.report.wording import rule_sentences


def wishes_sheet(context: Context) -> None:
    """Add the wishes that are not granted, the weightiest first."""
    words = context.words
    header = [words(k) for k in ("agent_id", "name", "date", "weekday", "want", "weight", "got")]
    broken = broken_requests(context.problem, context.roster)
    broken.sort(key=lambda entry: (-entry[0].weight, entry[0].date))
    rows: list[list[Value]] = [
        [
            request.agent_id,
            context.names[request.agent_id],
            request.date,
            words.weekday(request.date),
            _wish(context, request),
            request.weight,
            worked or words("off"),
        ]
        for request, worked in broken
    ]
    write_table(context, context.sheet(WISHES_BROKEN[context.lang]), header, rows)


def _wish(context: Context, request: Request) -> str:
    if request.shift is None:
        return context.words(f"want {request.want}")
    return context.words(f"want {request.want} shift").replace("{shift}", request.shift)


def changes_sheet(context: Context, previous: Roster) -> None:
    """Add what differs from an earlier version, by person and day."""
    words = context.words
    keys = ("agent_id", "name", "date", "weekday", "what", "before", "after")
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
    rows = rows or [[words("no changes")]]
    sheet = context.sheet(CHANGES[context.lang])
    write_table(context, sheet, [words(key) for key in keys], rows)


def _changes(context: Context, previous: Roster) -> Iterator[tuple[str, Date, str, str, str]]:
    order = {agent.agent_id: i for i, agent in enumerate(context.problem.agents)}
    shifts = {(row.agent_id, row.date): row.shift for row in previous.assignments}
    duties = _held(previous.duties)
    held = _held(context.roster.duties)
    pairs = (
        (context.words("shift change"), shifts, context.shifts),
        (context.words("duty"), duties, held),
    )
    for what, before, after in pairs:
        keys = sorted(before.keys() | after.keys(), key=lambda key: (order[key[0]], key[1]))
        for key in keys:
            old, new = before.get(key, ""), after.get(key, "")
            if old != new:
                yield key[0], key[1], what, old, new


def _held(turns: Iterable[DutyTurn]) -> dict[tuple[str, Date], str]:
    found: dict[tuple[str, Date], list[str]] = {}
    for turn in turns:
        stores = f" ({'|'.join(turn.stores)})" if turn.stores else ""
        found.setdefault((turn.agent_id, turn.date), []).append(turn.duty + stores)
    return {key: ", ".join(sorted(names)) for key, names in found.items()}


def facts_sheet(context: Context) -> None:
    """Add status, objective, bound and what the objective is made of."""
    sheet = context.sheet(FACTS[context.lang])
    write_table(context, sheet, [context.problem.name, "", ""], _facts(context))


def _facts(context: Context) -> Iterator[list[Value]]:
    words, result = context.words, context.result
    labour = preset_text(context.problem, context.lang)
    if labour is not None:
        yield [words("labour"), labour]
    yield [words("status"), words(result.status)]
    for key in ("objective", "bound", "gap"):
        value = getattr(result, key)
        yield [words(key), None if value is None else round(value, 4)]
    score = result.score
    if score is not None:
        yield [words("required"), round(float(score.required_hours), 2)]
        yield [words("short"), round(float(score.shortage_hours), 2)]
    yield [words("seconds"), round(result.seconds, 1)]
    yield [words("seed"), result.seed]
    yield [words("versions"), ", ".join(f"{k} {v}" for k, v in result.versions.items())]
    if score is None:
        return
    yield []
    yield [words("penalties")]
    sentences = rule_sentences(context.problem, context.lang)
    for rule, points in sorted(score.penalties.items(), key=lambda item: (-item[1], item[0])):
        yield [label_in(rule, context.lang) or rule, round(points, 2), sentences.get(rule)]
    yield []
    yield [words("violations"), None if score.violations else words("none")]
    for finding in score.violations:
        yield [label_in(finding.rule, context.lang) or finding.rule, str(finding)]
    yield []
    yield [words("notes"), None if result.notes else words("none")]
    for note in result.notes:
        yield [None, note.text]
