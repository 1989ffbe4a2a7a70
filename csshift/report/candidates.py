"""Who could fill a shortage, and what stops each of the others, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from csshift.instance import Instance
from csshift.model.entity import clock
from csshift.model.roster import CoverageCell
from csshift.planner.costs import Saving, Savings
from csshift.report.shortage import Explainer
from csshift.report.wording import number, plain, queue_label

MOST_CELLS = 10
"""Shortages that are explained, the worst first."""


class Candidate(NamedTuple):
    """An agent with the skill and the store of a shortage.

    Parameters
    ----------
    agent_id, name : str
    free : bool
        Whether nothing stops the agent from working one more shift.
    text : str
        What the agent does, or what stops them.
    """

    agent_id: str
    name: str
    free: bool
    text: str

    def __str__(self) -> str:
        shown = f" {plain(self.name)}" if self.name else ""
        return f"{plain(self.agent_id)}{shown}: {self.text}"


def candidates(explainer: Explainer, cell: CoverageCell) -> list[Candidate]:
    """Return everybody with the skill and the store; those who could come are first."""
    instance = explainer.instance
    found: list[Candidate] = []
    groups = explainer.whereabouts(cell)
    planned = instance.horizon.index(cell.date)
    shifts = explainer.availability.shifts_over(planned, cell.start)
    off = explainer.availability.obstacles(groups["off"], shifts)
    for name, agents in groups.items():
        for place, agent in enumerate(agents):
            free = False
            if name == "off":
                obstacles = off[place]
                free = bool(shifts) and not obstacles
                text = "could be called in" if free else f"off; {'; '.join(obstacles)}"
                if not shifts:
                    text = "off; no shift covers this time"
            else:
                text = _doing(explainer, agent, name, cell)
            person = instance.agents[agent]
            found.append(Candidate(person.agent_id, person.name, free, text))
    return sorted(found, key=lambda candidate: not candidate.free)


def _doing(explainer: Explainer, agent: int, group: str, cell: CoverageCell) -> str:
    """Return what an agent does who is not off."""
    if group == "other_hours":
        return _other_shift(explainer, agent, cell)
    if group == "at_work":
        return _at_work(explainer, agent, cell)
    if group == "on_leave":
        return f"on leave on {cell.date}"
    person = explainer.instance.agents[agent]
    limits = [
        f"{word} {date}"
        for word, date in (("from", person.start_date), ("until", person.end_date))
        if date is not None
    ]
    return f"employed {' '.join(limits)}"


def _at_work(explainer: Explainer, agent: int, cell: CoverageCell) -> str:
    agent_id = explainer.instance.agents[agent].agent_id
    uses = []
    for row in explainer.roster.allocation:
        if (row.agent_id, row.date, row.start) == (agent_id, cell.date, cell.start):
            here = (row.store, row.skill) == (cell.store, cell.skill)
            where = "here" if here else f"on {plain(row.store)} {plain(row.skill)}"
            uses.append(f"{number(row.share)} {where}")
    return f"at work: {', '.join(uses)}" if uses else "at work"


def _other_shift(explainer: Explainer, agent: int, cell: CoverageCell) -> str:
    """Return which shift an agent works, and what stops another one in its place."""
    instance = explainer.instance
    # On the morning after the horizon, it is the last night that could be there.
    today = instance.horizon.index(min(cell.date, instance.horizon.end))
    worked = int(explainer.schedule.shift[agent, instance.grid.history_days + today])
    shift = instance.shifts[worked]
    text = f"works {plain(shift.code)} ({shift.hours_text})"
    if shift.standby:
        text = f"on standby {text.removeprefix('works ')}"
    over = explainer.availability.shifts_over(instance.horizon.index(cell.date), cell.start)
    other = [option for option in over if option.planned == today and option.shift != worked]
    if not other:
        return f"{text}, not at this time"
    (stops,) = explainer.availability.obstacles([agent], other, instead=True)
    if stops:
        return f"{text}; against another shift: {'; '.join(stops)}"
    return f"{text}; could work another shift instead"


def candidate_lines(explainer: Explainer, cell: CoverageCell) -> Iterator[str]:
    """Yield a shortage, and a line for everybody who has the skill and the store."""
    yield (
        f"{cell.date} {clock(cell.start)} "
        f"{queue_label(explainer.instance, cell.store)} {plain(cell.skill)}: "
        f"short {number(cell.shortage)} of {number(cell.required)} heads"
    )
    found = candidates(explainer, cell)
    if not found:
        yield "  no agent has the skill and the store"
    yield from (f"  {candidate}" for candidate in found)


def saving_lines(instance: Instance, found: Savings) -> Iterator[str]:
    """Yield what rules and missing skills cost, one per line."""
    if found.shortage_hours is None:
        yield "Time ran out before the linear relaxation was solved; allow more (--time-limit)."
        return
    required = float(np.sum(instance.demand.heads)) / 100 * instance.horizon.interval_hours
    yield (
        f"The relaxation lacks {number(found.shortage_hours, 1)} of {number(required, 1)} "
        "head-hours. Estimates from it, not proven of rosters:"
    )
    if not found.savings:
        yield "- no rule and no skill alone makes a difference"
    yield from (f"- {_saving(saving)}" for saving in found.savings)
    if found.missing:
        yield f"Time ran out for: {', '.join(map(plain, found.missing))}"


def _saving(saving: Saving) -> str:
    what = f"without the rule {plain(saving.name)}"
    if saving.kind == "skill":
        what = f"one more agent with {plain(saving.name)}"
        if saving.shifts:
            what += f", mostly on {' and '.join(map(plain, saving.shifts))}"
    customers = f", {number(saving.inquiries, 0)} customers" if saving.inquiries >= 1 else ""
    return f"{what}: -{number(saving.hours, 1)} h{customers}"
