"""Where heads are missing, and why, derived from the roster without a solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csshift.instance import Instance
from csshift.model.entity import Span, clock
from csshift.model.roster import AllocationShare, CoverageCell, Roster
from csshift.report.wording import counted, day, number, plain, queue_label
from csshift.scoring.availability import Availability


class SkillShortage(NamedTuple):
    """Required, supplied and missing head-hours of a skill."""

    skill: str
    required: Decimal
    supplied: Decimal
    shortage: Decimal

    @property
    def percent(self) -> float:
        """Shortage in percent of the head-hours required."""
        return 100 * float(self.shortage / self.required) if self.required else 0.0


def shortage_by_skill(instance: Instance, coverage: Sequence[CoverageCell]) -> list[SkillShortage]:
    """Return the head-hours of each skill that is required, largest shortage first."""
    hours = Decimal(instance.horizon.interval_minutes) / 60
    sums: dict[str, list[Decimal]] = {}
    for cell in coverage:
        total = sums.setdefault(cell.skill, [Decimal(0)] * 3)
        for i, heads in enumerate((cell.required, cell.supplied, cell.shortage)):
            total[i] += heads * hours
    found = [SkillShortage(skill, *total) for skill, total in sums.items()]
    return sorted(found, key=lambda row: (-row.shortage, row.skill))


LEAST_SHOWN = Decimal("0.005")
"""Heads below which a shortage reads as 0."""


def worst_cells(coverage: Sequence[CoverageCell], most: int = 10) -> list[CoverageCell]:
    """Return the cells with the largest shortage that is worth showing, the worst first."""
    short = [cell for cell in coverage if cell.shortage >= LEAST_SHOWN]
    short.sort(key=lambda cell: (-cell.shortage, cell.date, cell.start, cell.store, cell.skill))
    return short[:most]


def stretches(cells: Sequence[CoverageCell], minutes: int) -> list[str]:
    """Return when cells of one queue are, those that follow each other in one: from and until."""
    found: list[tuple[Date, int, int]] = []
    for cell in sorted(cells, key=lambda cell: (cell.date, cell.start)):
        if found and found[-1][0] == cell.date and found[-1][2] == cell.start:
            found[-1] = (cell.date, found[-1][1], cell.start + minutes)
        else:
            found.append((cell.date, cell.start, cell.start + minutes))
    return [f"{date:%m-%d} {Span(start, end)}" for date, start, end in found]


@dataclass(frozen=True)
class Explanation:
    """Where those who may serve a queue are in one interval.

    Parameters
    ----------
    cell : CoverageCell
    queue : str
        Its stores in words.
    able : int
        Agents who may serve the queue.
    at_work, other_hours, on_leave, not_employed, off : int
        What they do: at work in this interval, at work at other hours of the day only, on
        leave, not employed, off. They add up to `able`.
    offered, here, elsewhere, duty : float
        Time of those at work, in agents: all of it, breaks deducted; on this queue; on
        other queues; on duties.
    barriers : dict of str to int
        Agents who are off and cannot be called in, by what prevents it. An agent counts under
        each rule that forbids the best-fitting shift.
    could_come : int
        Agents who are off and whom nothing keeps from being called in.
    shifts : int
        Shift types that cover the interval, those of the day before included.
    planned : bool
        Whether the roster has an hourly plan; without it `here` and `elsewhere` are 0.
    """

    cell: CoverageCell
    queue: str
    able: int
    at_work: int
    other_hours: int
    on_leave: int
    not_employed: int
    off: int
    offered: float
    here: float
    elsewhere: float
    duty: float
    barriers: dict[str, int]
    could_come: int
    shifts: int
    planned: bool

    @property
    def absent(self) -> int:
        """Agents on leave or not employed."""
        return self.on_leave + self.not_employed

    @property
    def ranked_barriers(self) -> list[tuple[str, int]]:
        """The barriers, those that stop most agents first."""
        return sorted(self.barriers.items(), key=lambda item: (-item[1], item[0]))

    @property
    def free(self) -> float:
        """Unused time of those at work, in agents."""
        return max(0.0, self.offered - self.here - self.elsewhere - self.duty)

    def lines(self) -> list[str]:
        """Return the explanation in words: where and when, who is there, who is not."""
        cell = self.cell
        where = f"{day(cell.date)} {clock(cell.start)}  {self.queue} {plain(cell.skill)}"
        need = f"needs {number(cell.required)}, has {number(cell.supplied)}"
        lines = [f"{where}: {need}, short {number(cell.shortage)} heads"]
        if not self.able:
            return [*lines, "no agent has the skill and the store"]
        lines.append(f"{counted(self.able, 'agent')} may serve it: {self._present()}")
        if self.at_work < self.able:
            lines.append(self._absent())
        return lines

    def _present(self) -> str:
        if not self.at_work:
            return "none at work"
        text = f"{self.at_work} at work, the time of {number(self.offered)} after breaks"
        if not self.planned:
            return f"{text}, {number(self.duty)} of it on duties" if self.duty else text
        uses = {"here": self.here, "on other queues": self.elsewhere, "on duties": self.duty}
        shown = [f"{number(time)} {use}" for use, time in uses.items() if round(time, 2)]
        if round(self.free, 2):
            shown.append(f"{number(self.free)} free")
        return f"{text}: {', '.join(shown)}"

    def _absent(self) -> str:
        counts = (
            (self.other_hours, "at work at other hours"),
            (self.on_leave, "on leave"),
            (self.not_employed, "not employed"),
            (self.off, "off"),
        )
        text = ", ".join(f"{count} {what}" for count, what in counts if count)
        if not self.off:
            return text
        if not self.shifts:
            return f"{text}; no shift type covers this time"
        text += f", of whom {self.could_come} could be called in"
        if self.barriers:
            listed = ", ".join(f"{plain(name)} {count}" for name, count in self.ranked_barriers)
            text += f" (against it: {listed})"
        return text


class Explainer:
    """Explains shortages of one roster.

    Parameters
    ----------
    instance : Instance
    roster : Roster
        Within the horizon, of known agents and shifts.
    """

    def __init__(self, instance: Instance, roster: Roster) -> None:
        self.instance = instance
        self.roster = roster
        self.schedule = instance.schedule(roster.assignments)

    @cached_property
    def availability(self) -> Availability:
        """Who could be called in."""
        return Availability(self.instance, self.schedule)

    @cached_property
    def _shares(self) -> dict[tuple[Date, int], list[AllocationShare]]:
        """The hourly plan by date and minute."""
        found: dict[tuple[Date, int], list[AllocationShare]] = {}
        for row in self.roster.allocation:
            found.setdefault((row.date, row.start), []).append(row)
        return found

    def explain(self, cell: CoverageCell) -> Explanation:
        """Say where those who may serve the cell's queue are."""
        instance = self.instance
        planned = instance.horizon.index(cell.date)
        able = [
            i
            for i, agent in enumerate(instance.agents)
            if instance.efficiency(agent, cell.store, cell.skill) > 0
        ]
        slot = instance.slot(cell.date, cell.start)
        offered, duty = (times[able, slot] for times in self._times)
        present = {agent for agent, time in zip(able, offered, strict=True) if time > 0}
        groups = self._absent([agent for agent in able if agent not in present], cell)
        shifts = self.availability.shifts_over(planned, cell.start)
        barriers, free = self.availability.call_in(groups["off"], shifts)
        here, elsewhere = self._spent(cell, {instance.agents[i].agent_id for i in present})
        return Explanation(
            cell=cell,
            queue=queue_label(instance, cell.store),
            able=len(able),
            at_work=len(present),
            **{name: len(agents) for name, agents in groups.items()},
            offered=int(offered.sum()) / instance.quantities.time_units,
            here=here,
            elsewhere=elsewhere,
            duty=int(duty.sum()) / instance.quantities.time_units,
            barriers=barriers,
            could_come=free,
            shifts=len(shifts),
            planned=bool(self.roster.allocation),
        )

    def whereabouts(self, cell: CoverageCell) -> dict[str, list[int]]:
        """Return who has the cell's skill and store, by what they do in its interval.

        Returns
        -------
        dict of str to list of int
            Positions of agents under ``at_work``, ``other_hours``, ``on_leave``,
            ``not_employed`` and ``off``.
        """
        able = [
            i
            for i, agent in enumerate(self.instance.agents)
            if cell.skill in agent.skills
            and any(agent.serves(store) for store in cell.store.split("|"))
        ]
        there = self._times[0][:, self.instance.slot(cell.date, cell.start)] > 0
        present = [i for i in able if there[i]]
        return {"at_work": present, **self._absent([i for i in able if not there[i]], cell)}

    @cached_property
    def _times(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The time at work and the time on duties, time units by agent and slot."""
        shifts = Roster.model_construct(assignments=self.roster.assignments)
        at_work = self.instance.offered(shifts)
        return at_work, at_work - self.instance.offered(self.roster)

    @cached_property
    def _leave(self) -> dict[tuple[str, Date], list[Span]]:
        """Leave for parts of days, by agent and day."""
        found: dict[tuple[str, Date], list[Span]] = {}
        for row in self.instance.problem.leave:
            found.setdefault((row.agent_id, row.date), []).append(row.span)
        return found

    def _absent(self, agents: list[int], cell: CoverageCell) -> dict[str, list[int]]:
        """Return agents who are not at work by what they do instead."""
        # On the morning after the horizon, it is the last night that could be there.
        date, grid = min(cell.date, self.instance.horizon.end), self.schedule.grid
        position = grid.history_days + self.instance.horizon.index(date)
        groups: dict[str, list[int]] = {
            name: [] for name in ("other_hours", "on_leave", "not_employed", "off")
        }
        for agent in agents:
            if self.schedule.worked[agent, position]:
                name = "other_hours"
            elif not self.instance.agents[agent].employed(date):
                name = "not_employed"
            elif not grid.available[agent, position] or self._away_at(agent, cell):
                name = "on_leave"
            else:
                name = "off"
            groups[name].append(agent)
        return groups

    def _away_at(self, agent: int, cell: CoverageCell) -> bool:
        """Return whether leave for a part of the day covers the start of an interval."""
        spans = self._leave.get((self.instance.agents[agent].agent_id, cell.date), [])
        return any(span.start <= cell.start < span.end for span in spans)

    def _spent(self, cell: CoverageCell, agents: set[str]) -> tuple[float, float]:
        """Return the time that agents spend on the cell's queue and on others."""
        here = elsewhere = 0.0
        for row in self._shares.get((cell.date, cell.start), ()):
            if row.agent_id in agents and (row.store, row.skill) == (cell.store, cell.skill):
                here += float(row.share)
            elif row.agent_id in agents:
                elsewhere += float(row.share)
        return here, elsewhere
