"""The sections of the summary: shortage, deadlines, people, duties, wishes, penalties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date as Date
from typing import Literal

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.people import Request
from csshift.model.roster import CoverageCell, Roster
from csshift.model.score import DeferredWork, Score
from csshift.model.skills import Skill, SkillOverride
from csshift.report.grid import agent_label
from csshift.report.headline import unserved
from csshift.report.people import Person, people
from csshift.report.shortage import (
    Explainer,
    shortage_by_skill,
    stretches,
    worst_cells,
)
from csshift.report.wording import Words, counted, day, listed, number, percent, plain, queue_label
from csshift.scoring.coverage import empty_cells
from csshift.scoring.judging import broken_requests
from csshift.scoring.unfilled import explain_unfilled

MOST_AGENTS, MOST_CELLS, FEW_CELLS, MOST_REQUESTS, MOST_TURNS = 60, 10, 3, 20, 10
MOST_QUEUES = 20
MOST_EMPTY, MOST_STRETCHES = 6, 7
LEAST_WORK = 0.05
"""Inquiries below which a figure is rounding noise."""


def coverage_sections(
    instance: Instance, roster: Roster, score: Score, most: int = MOST_CELLS
) -> Iterator[RenderableType]:
    """Yield the shortage by skill, then the worst intervals, each with its explanation."""
    yield skill_table(instance, score)
    found = worst_cells(score.coverage, len(score.coverage))
    short, cells = len(found), found[:most]
    if not cells:
        return
    many = (
        f"The worst {len(cells)} of {short:,} intervals" if short > len(cells) else "The intervals"
    )
    yield Text(f"{many} with a shortage:" if short > 1 else "The only interval with a shortage:")
    explainer = Explainer(instance, roster)
    for cell in cells:
        where, *why = explainer.explain(cell).lines()
        yield Text(where)
        yield from (_indented(line) for line in why)
    if short > len(cells):
        yield Text("coverage.csv holds every interval")


def total_lines(instance: Instance, roster: Roster, score: Score) -> Iterator[str]:
    """Yield the head-hours that are missing, and the inquiries that nobody can take in time."""
    total = f"{number(score.shortage_hours)} of {number(score.required_hours)} head-hours missing"
    yield f"{total} ({percent(score.shortage_percent / 100)})"
    yield from unserved(instance, roster, score, Words("en"))


def empty_lines(instance: Instance, roster: Roster, score: Score) -> Iterator[str]:
    """Yield for each queue when inquiries come and nobody who serves it is at work."""
    queues: dict[tuple[str, str], list[CoverageCell]] = {}
    for cell in empty_cells(instance, roster, score.coverage):
        if cell.inquiries:
            queues.setdefault((cell.store, cell.skill), []).append(cell)
    ranked = sorted(queues.items(), key=lambda item: -sum(cell.inquiries for cell in item[1]))
    for (store, skill), cells in ranked[:MOST_EMPTY]:
        inquiries = sum(cell.inquiries for cell in cells)
        count = "fewer than 1 inquiry" if inquiries < 1 else f"{number(inquiries, 0)} of them"
        times = listed(stretches(cells, instance.horizon.interval_minutes), MOST_STRETCHES)
        where = queue_label(instance, store)
        yield f"Nobody is at work for {plain(skill)} of {where} ({count}): {times}"
    if len(ranked) > MOST_EMPTY:
        yield f"and for {counted(len(ranked) - MOST_EMPTY, 'other queue')} at some time"


def skill_table(instance: Instance, score: Score) -> Table:
    """Return required, supplied and missing head-hours by skill."""
    table = new_table("skill", "required h", "supplied h", "missing h", "missing %")
    for row in shortage_by_skill(instance, score.coverage):
        hours = (number(value) for value in (row.required, row.supplied, row.shortage))
        table.add_row(Text(plain(row.skill)), *hours, number(row.percent))
    return table


def deferred_sections(score: Score) -> Iterator[RenderableType]:
    """Yield in words whether all is done in time, then a row for each store and skill."""
    late = [work for work in score.deferred if work.late >= LEAST_WORK]
    if late:
        total = number(sum(work.late for work in late), 1)
        yield Text(f"{total} inquiries would be late, of {counted(len(late), 'queue')}")
    else:
        yield Text("Everything is done before its deadline")
    figures = ("waiting", "arrive", "done", "late", "left", "planned h", "idle h used")
    table = new_table("skill, store", *figures)
    ranked = sorted(score.deferred, key=lambda work: (-work.late, -work.left))
    for work in ranked[:MOST_QUEUES]:
        table.add_row(Text(plain(f"{work.skill}, {work.store}")), *_figures(work))
    if len(ranked) > MOST_QUEUES:
        table.caption = f"{MOST_QUEUES} of {len(ranked)} queues, those with most late work"
    yield table


def _figures(work: DeferredWork) -> Iterator[str]:
    figures = (work.backlog, work.arrivals, work.done, work.late, work.left)
    hours = (work.ring_fenced_hours, work.idle_hours)
    yield from (number(value if value >= LEAST_WORK else 0, 1) for value in (*figures, *hours))


def people_table(instance: Instance, roster: Roster) -> RenderableType:
    """Return days, paid hours, overtime and duty turns of each person."""
    names = [plain(duty.name) for duty in instance.duties]
    every = people(instance, roster)
    owed = any(person.owed for person in every)
    columns = ("owed h", "why not") if owed else ()
    table = new_table("agent", "days", "paid h", "overtime h", *names, *columns)
    if owed:
        table.columns[-1].justify = "left"
    for person in every[:MOST_AGENTS]:
        cells = [*_person_cells(person), *(_owed_cells(person) if owed else ())]
        table.add_row(*cells)
    if len(every) > MOST_AGENTS:
        table.caption = f"{MOST_AGENTS} of {len(every)} agents; roster.csv holds all of them"
    return table


def _person_cells(person: Person) -> Iterator[Text]:
    yield Text(agent_label(person.agent))
    yield Text(str(person.days))
    yield Text(number(person.hours))
    yield Text("" if person.overtime is None else number(person.overtime))
    for turns in person.turns:
        past = f" + {turns.past} before" if turns.past else ""
        fair = "" if turns.fair is None else f" (fair {number(turns.fair, 1)})"
        held = turns.planned or turns.past or turns.fair is not None
        yield Text(f"{turns.planned}{past}{fair}" if held else "")


def _owed_cells(person: Person) -> Iterator[Text]:
    owed = person.owed
    yield Text("" if owed is None else number(owed.hours, 1))
    reasons = [] if owed is None else [*map(plain, owed.reasons)]
    if owed is not None and owed.away > 0:
        reasons.insert(0, f"away {number(owed.away, 1)} h")
    yield Text(", ".join(reasons))


def duty_lines(instance: Instance, roster: Roster) -> Iterator[RenderableType]:
    """Yield for each duty how many turns are filled, how evenly, and why others are not."""
    held = Counter(turn.duty for turn in roster.duties)
    every = people(instance, roster)
    unfilled = explain_unfilled(instance, roster)
    for position, duty in enumerate(instance.duties):
        turns = duty.turns_on(instance.horizon.dates)
        line = f"{plain(duty.name)}: {held[duty.name]} of {counted(turns, 'turn')} filled"
        shares = [person.turns[position] for person in every]
        counts = [share.planned for share in shares if share.fair is not None]
        if counts:
            line += f", {min(counts)} to {max(counts)} a person"
        off = [abs(s.planned + s.past - s.fair) for s in shares if s.fair is not None]
        if off:
            line += f", at most {number(max(off), 1)} from the fair share"
        yield Text(line)
        missing = [entry for entry in unfilled if entry.duty == duty]
        yield from (_indented(plain(str(entry))) for entry in missing[:MOST_TURNS])
        if len(missing) > MOST_TURNS:
            yield _indented(f"and {len(missing) - MOST_TURNS} more like these; see duties.csv")


def request_lines(instance: Instance, roster: Roster) -> Iterator[RenderableType]:
    """Yield how many wishes are granted, and the others."""
    broken = broken_requests(instance, roster)
    total = len(instance.planned.requests)
    yield Text(f"{total - len(broken)} of {counted(total, 'wish', 'wishes')} granted")
    names = {agent.agent_id: agent_label(agent) for agent in instance.agents}
    broken.sort(key=lambda entry: (-entry[0].weight, entry[0].date))
    for request, worked in broken[:MOST_REQUESTS]:
        who = f"{names[request.agent_id]} {day(request.date)}"
        yield _indented(f"{who}: {_wish(request, worked)}")
    if len(broken) > MOST_REQUESTS:
        yield _indented(f"and {len(broken) - MOST_REQUESTS} more")


def _wish(request: Request, worked: str | None) -> str:
    wanted = "a day off" if request.want == "off" else "to work"
    if request.shift is not None:
        wanted = f"{'not ' if request.want == 'off' else ''}shift {plain(request.shift)}"
    got = "is off" if worked is None else f"works {plain(worked)}"
    return f"wanted {wanted}, {got} (weight {number(request.weight)})"


def penalty_table(score: Score) -> Table:
    """Return the points by rule, the costliest first, with examples of who breaks it."""
    table = new_table("rule", "points", "times", "such as")
    table.columns[-1].justify = "left"
    for rule, points in score.ranked_penalties:
        found = [finding for finding in score.broken if finding.rule == rule]
        found.sort(key=lambda finding: -finding.points)
        places = [f"{f.agent_id or ''} {f.date or ''}".strip() for f in found]
        times = str(len(found)) if found else ""
        examples = listed(dict.fromkeys(place for place in places if place), 2)
        table.add_row(Text(plain(rule)), number(points, 1), times, Text(examples))
    return table


def _indented(line: str) -> Padding:
    return Padding(Text(line), (0, 0, 0, 4), expand=False)


def new_table(*columns: str, left: int = 1) -> Table:
    """Return a table for a terminal: names on the left, then figures."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, caption_justify="left")
    for position, name in enumerate(columns):
        side: Literal["left", "right"] = "left" if position < left else "right"
        # A title breaks between words only.
        widest = max(map(cell_len, name.split()), default=0)
        table.add_column(Text(name), justify=side, overflow="fold", min_width=min(widest, 24))
    return table


WORDS = {
    "sessions_at_once": "sessions at once",
    "mean_response_seconds": "s mean reply required",
    "service_level": "of replies in time required",
    "bot_share": "answered by a bot",
}
SHARES = ("service_level", "bot_share")


def lever_lines(instance: Instance) -> Iterator[str]:
    """Yield for each override of a skill what it changes in heads and in predicted replies."""
    for skill in instance.problem.skills:
        for override in skill.overrides:
            yield from _lines(instance, skill, override)


def _lines(instance: Instance, skill: Skill, override: SkillOverride) -> Iterator[str]:
    dates = sorted(date for date in override.dates if date in instance.horizon)
    changes = ", ".join(_change(name, value, skill) for name, value in override.changes.items())
    when = f"{counted(len(dates), 'day')} from {dates[0]}" if dates else "no day of the horizon"
    yield f"{plain(skill.name)}, {when}: {changes}"
    if skill.channel == "deferrable" or not dates:
        return
    usual = skill.model_copy(update={"overrides": ()})
    before, after = _effect(instance, usual, dates), _effect(instance, skill.on(dates[0]), dates)
    if after is None:
        return
    if before is None:
        yield f"    {after}; without it no number of agents meets the targets"
    else:
        yield f"    {after}; without it {before}"


def _change(name: str, value: float, skill: Skill) -> str:
    usual = getattr(skill, name)
    shown = [
        "none" if figure is None else percent(figure) if name in SHARES else number(figure)
        for figure in (value, usual)
    ]
    return f"{shown[0]} {WORDS[name]} instead of {shown[1]}"


def _effect(instance: Instance, skill: Skill, dates: list[Date]) -> str | None:
    """Return head-hours and the predicted service on some days; None without a forecast."""
    from csshift.demand.heads import heads_for

    wanted = set(dates)
    cells = [
        cell
        for cell in instance.problem.forecast
        if cell.skill == skill.name and cell.date in wanted
    ]
    inquiries = np.array([cell.inquiries for cell in cells], dtype=np.float64)
    if not inquiries.sum():
        return None
    try:
        heads = heads_for(skill, inquiries, instance.horizon.interval_minutes)
    except InputError:  # targets that only the override makes possible
        return None
    hours = number(float(heads.heads.sum()) * instance.horizon.interval_hours, 1)
    reply = float(np.average(heads.response_seconds, weights=inquiries))
    share = float(np.average(heads.service, weights=inquiries))
    what = "mean reply" if skill.channel == "chat" else "mean wait"
    return f"{hours} head-hours, {what} {number(reply, 1)} s, {percent(share)} in time"
