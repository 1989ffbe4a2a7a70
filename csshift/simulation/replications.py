"""Replications: the same desk with other chances, each counted on its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csshift.demand.deferrable import Hands, Progress, collect_work, deadline_slots, work_off
from csshift.errors import Fault, InputError
from csshift.instance import Instance
from csshift.instance.deferring import backlog_shares, open_slots
from csshift.model.roster import Roster
from csshift.simulation.attendance import draw_attendance
from csshift.simulation.desk import Desk, desk_of
from csshift.simulation.loop import Loop, draw_arrivals
from csshift.simulation.outcome import Outcome
from csshift.simulation.tally import (
    BUSY,
    CONTACTS,
    IN_TIME,
    REQUESTS,
    STAFFED,
    WAITED,
    WAITED_NO_MORE,
    Tally,
)

Floats = NDArray[np.float64]

MOST_CONTACTS = 5_000_000
"""Calls and sessions of a replication; all of them are drawn before it starts."""

MOST_REPLIES = 300_000_000
"""Calls and replies of all replications: some ten minutes."""


def run_replications(instance: Instance, roster: Roster, replications: int, seed: int) -> Outcome:
    """Simulate a roster with its hourly plan.

    Parameters
    ----------
    instance : Instance
        With a forecast.
    roster : Roster
        With an hourly plan.
    replications : int
        At least 2, so that there are confidence intervals.
    seed : int
        The same seed gives the same figures; replication i does not depend on their number.

    Raises
    ------
    InputError
        When there is no forecast, or one of more contacts than can be simulated.
    ValueError
        When `replications` is below 2 or `seed` negative.
    """
    if replications < 2 or seed < 0:
        raise ValueError("replications must be at least 2, and seed at least 0")
    desk = desk_of(instance, roster)
    _refuse_endless(desk, replications)
    streams = np.random.SeedSequence(seed).spawn(replications)
    counts = np.stack([_replicate(desk, np.random.default_rng(stream)) for stream in streams])
    return Outcome(desk, counts, seed)


def _refuse_endless(desk: Desk, replications: int) -> None:
    """Raise when the contacts are too many to happen one by one."""
    contacts = desk.expected[: desk.live].sum(axis=1)
    each = np.array([days[0].replies for days in desk.terms])
    replies = float(contacts @ each[: desk.live]) * replications
    if contacts.sum() <= MOST_CONTACTS and replies <= MOST_REPLIES:
        return
    raise InputError(
        [
            Fault(
                "forecast.csv",
                f"{contacts.sum():.3g} contacts with {replies:.3g} replies in all replications "
                f"are too many to simulate (up to {MOST_CONTACTS:,} and {MOST_REPLIES:,})",
                "simulate fewer days or stores, or fewer replications",
                column="inquiries",
            )
        ]
    )


def _replicate(desk: Desk, rng: np.random.Generator) -> Floats:
    """Return the counts of one replication, shape (measures, queues, slots)."""
    attendance = draw_attendance(desk, rng)
    tally = Tally(len(desk.queues), desk.slots, desk.efficiency.shape[0])
    replies = np.array([days[0].replies for days in desk.terms])
    arrivals = draw_arrivals(desk.expected[: desk.live], replies, desk.slot_seconds, rng)
    Loop(desk, tally, rng).run(attendance.changes, arrivals)
    counts = tally.array()
    counts[STAFFED] = attendance.staffed
    if desk.live < len(desk.queues):
        _do_deferrable(desk, counts, attendance.fenced, np.array(tally.idle), rng)
    return counts


def _do_deferrable(
    desk: Desk, counts: Floats, fenced: Floats, idle: Floats, rng: np.random.Generator
) -> None:
    """Do the work with a deadline in ring-fenced and idle time, and count it."""
    live, horizon = desk.live, desk.instance.horizon
    skills = [days[0] for days in desk.skills[live:]]
    arrivals = rng.poisson(desk.expected[live:]).astype(np.float64)
    backlogs = _backlogs(desk)
    works = [
        collect_work(row, backlog, deadline_slots(skill.deadline_hours, horizon.interval_minutes))
        for row, backlog, skill in zip(arrivals, backlogs, skills, strict=True)
    ]
    handle = np.array([skill.handle_seconds or np.inf for skill in skills])
    usable = np.array([skill.max_occupancy for skill in skills])
    rate = desk.efficiency[:, live:].T * (usable / handle)[:, None]
    ability = (usable / handle)[:, None] * fenced[live:]
    hands = Hands(fenced=ability, idle=idle, rate=rate)
    windows = np.array([open_slots(desk.instance, skill) for skill in skills])
    progress, used = work_off(works, hands, windows)
    for queue, (each, seconds) in enumerate(zip(progress, handle, strict=True), live):
        _count(counts, queue, each, arrivals[queue - live], float(seconds))
    counts[STAFFED, live:] += used


def _count(counts: Floats, queue: int, each: Progress, arrivals: Floats, handle: float) -> None:
    # What waits at the start is due like anything else, and counts as arriving first.
    arrived = np.diff(each.work.arrived(arrivals.size), prepend=0.0)
    counts[CONTACTS, queue] = arrivals
    counts[REQUESTS, queue] = arrived
    counts[IN_TIME, queue] = np.maximum(arrived - each.late, 0.0)
    counts[WAITED, queue] = arrived
    counts[WAITED_NO_MORE, queue] = each.done
    counts[BUSY, queue] = each.done * handle


def _backlogs(desk: Desk) -> list[float]:
    """Return the inquiries that wait at the start, split over the stores of a skill."""
    skills = [skill for _, skill in desk.queues[desk.live :]]
    shares = backlog_shares(skills, desk.expected[desk.live :].sum(axis=1).tolist())
    known = desk.instance.known_skills
    return [known[skill].backlog * share for skill, share in zip(skills, shares, strict=True)]
