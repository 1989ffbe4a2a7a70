"""What a roster must name rightly before it can be judged."""

from __future__ import annotations

from collections.abc import Iterator

from csshift.errors import Fault, InputError, suggestion
from csshift.instance import Instance
from csshift.model.roster import Roster, column_of


def require_known(instance: Instance, roster: Roster) -> None:
    """Raise unless the roster names only what the problem knows, one shift a day.

    Raises
    ------
    InputError
        With every fault found.
    """
    faults = [*_assignments(instance, roster), *_duties(instance, roster)]
    faults += _allocation(instance, roster)
    if faults:
        raise InputError(faults)


def _unknown(table: str, index: int, column: str, value: str, known: object, noun: str) -> Fault:
    names = [str(name) for name in known] if hasattr(known, "__iter__") else []
    remedy = suggestion(value, names, noun)
    return Fault(table, f"unknown {noun}", remedy, index=index, column=column, value=value)


def _assignments(instance: Instance, roster: Roster) -> Iterator[Fault]:
    grid = instance.grid
    seen = set()
    for index, entry in enumerate(roster.assignments):
        if entry.agent_id not in grid.agent_index:
            yield _unknown("roster", index, "agent_id", entry.agent_id, grid.agent_index, "agent")
        if entry.shift not in grid.shift_index:
            yield _unknown("roster", index, "shift", entry.shift, grid.shift_index, "shift")
        if entry.date not in instance.horizon:
            yield _outside(instance, "roster", index, str(entry.date))
        key = entry.agent_id, entry.date
        if key in seen:
            yield Fault(
                "roster",
                "a second shift on the same day",
                "keep one of them",
                index=index,
                column="agent_id",
                value=f"{entry.agent_id}, {entry.date}",
            )
        seen.add(key)


def _duties(instance: Instance, roster: Roster) -> Iterator[Fault]:
    known = {duty.name: duty for duty in instance.duties}
    for index, turn in enumerate(roster.duties):
        if turn.agent_id not in instance.grid.agent_index:
            agents = instance.grid.agent_index
            yield _unknown("duties", index, "agent_id", turn.agent_id, agents, "agent")
        if turn.duty not in known:
            yield _unknown("duties", index, "duty", turn.duty, known, "duty")
        elif turn.stores not in known[turn.duty].groups:
            yield Fault(
                "duties",
                "no such group of stores",
                "use a group as the problem lists it",
                index=index,
                column="stores",
                value="|".join(turn.stores),
            )
        if turn.date not in instance.horizon:
            yield _outside(instance, "duties", index, str(turn.date))


def _allocation(instance: Instance, roster: Roster) -> Iterator[Fault]:
    agents, dates = instance.grid.agent_index, set(instance.covered_dates)
    named, dated = (set(column_of(roster.allocation, name)) for name in ("agent_id", "date"))
    if named <= agents.keys() and dated <= dates:
        return
    for index, entry in enumerate(roster.allocation):
        if entry.agent_id not in agents:
            yield _unknown("allocation", index, "agent_id", entry.agent_id, agents, "agent")
        if entry.date not in dates:
            yield _outside(instance, "allocation", index, str(entry.date))


def _outside(instance: Instance, table: str, index: int, value: str) -> Fault:
    return Fault(
        table,
        f"outside the horizon {instance.horizon.start} to {instance.horizon.end}",
        "correct the date or remove the row",
        index=index,
        column="date",
        value=value,
    )
