"""A fixed-slot instance as a problem folder, in csshift's public terms alone.

A shift of a skill is a shift code; who lacks the skill is forbidden it. `shift-cover` counts the
agents: a soft rule for slots that stay empty, a hard one against agents without a slot.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.slots.instance import (
    LONGEST_RUN,
    MONDAY,
    REST_MINUTES,
    UNFILLED,
    SlotInstance,
    SlotShift,
    SlotWish,
    date_of,
)
from csshift.model.entity import MINUTES_PER_DAY, clock

SETTINGS = """\
name = "{agents} agents, {days} days, {slots} slots"

[horizon]
start = {start}
days = {days}

[weights]
request = 1
surplus = 0

[[rules]]
kind = "min-rest"
hours = {rest:g}

[[rules]]
kind = "min-days-off"
days = {off}
per = "rolling-7-days"
"""

CONTRACT = """
[contracts.{name}]
max_hours_per_week = {hours:g}
"""

LACKING = """
[[rules]]
kind = "forbidden-shifts"
name = "{skill} not learned"
shifts = ["tag:{skill}"]
agents = {{ ids = [{ids}] }}
"""

COVER = """
[[rules]]
kind = "shift-cover"
name = "{name}"
severity = {severity}
cover = [
{needs}
]
"""


def write_folder(instance: SlotInstance, folder: Path) -> None:
    """Write the problem folder of an instance."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "problem.toml").write_text("".join(_settings(instance)), encoding="utf-8")
    away = _leave_hours(instance)
    leave = [(agent, date_of(day), "annual", away) for agent, day in sorted(instance.leave)]
    wishes = [row for wish in instance.wishes for row in _wishes(instance, wish)]
    agents = [(agent.name, ";".join(agent.skills), agent.contract) for agent in instance.agents]
    shifts = [(s.code, _hours(s), s.unpaid, s.skill) for s in instance.shifts]
    _write(folder / "shifts.csv", "code,hours,break_minutes,tags", shifts)
    _write(folder / "agents.csv", "agent_id,skills,contract", agents)
    _write(folder / "leave.csv", "agent_id,date,kind,hours", leave)
    _write(folder / "requests.csv", "agent_id,date,want,shift,weight", wishes)
    # Slots are all the demand there is; a folder without a table of demand would be refused.
    _write(folder / "requirements.csv", "date,start,store,skill,heads", ())


def _settings(instance: SlotInstance) -> Iterator[str]:
    yield SETTINGS.format(
        agents=len(instance.agents),
        days=instance.days,
        slots=sum(instance.slots.values()),
        start=MONDAY,
        rest=REST_MINUTES / 60,
        off=7 - LONGEST_RUN,
    )
    for name, minutes in sorted({(a.contract, a.week_minutes) for a in instance.agents}):
        yield CONTRACT.format(name=name, hours=minutes / 60)
    for skill in sorted({shift.skill for shift in instance.shifts}):
        lacking = [agent.name for agent in instance.agents if skill not in agent.skills]
        if lacking:
            yield LACKING.format(skill=skill, ids=", ".join(f'"{name}"' for name in lacking))
    needs = "\n".join(_needs(instance, "under = 1"))
    if needs:
        yield COVER.format(name="unfilled slots", severity=UNFILLED, needs=needs)
    needs = "\n".join(_needs(instance, "under = 0, over = 1", empty=True))
    yield COVER.format(name="no more than slots", severity='"hard"', needs=needs)


def _needs(instance: SlotInstance, counted: str, *, empty: bool = False) -> Iterator[str]:
    """Yield the entries of a cover, days with equally many slots together."""
    dates: dict[tuple[str, int], list[str]] = defaultdict(list)
    for shift in instance.shifts:
        for day in range(instance.days):
            heads = instance.slots.get((day, shift.code), 0)
            if heads or empty:
                dates[shift.code, heads].append(date_of(day).isoformat())
    for (code, heads), found in dates.items():
        listed = ", ".join(found)
        yield f'    {{ shifts = ["{code}"], heads = {heads}, dates = [{listed}], {counted} }},'


def _leave_hours(instance: SlotInstance) -> str:
    """Return hours of leave that every shift of a day touches, and no night of the day before.

    In an instance, leave speaks of the day on which a shift starts.
    """
    start = max(0, *(shift.end - MINUTES_PER_DAY for shift in instance.shifts))
    if start > min(shift.start for shift in instance.shifts):
        raise ValueError("a shift starts before a night of the day before has ended")
    return f"{clock(start)}-24:00"


def _wishes(instance: SlotInstance, wish: SlotWish) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a wish; a wish to be off names every shift that starts on the day."""
    named = [wish.shift]
    if wish.want == "off" and not wish.shift:
        named = [shift.code for shift in instance.shifts]
    for code in named:
        yield wish.agent, date_of(wish.day), wish.want, code, wish.weight


def _hours(shift: SlotShift) -> str:
    return "-".join(f"{at // 60:02d}:{at % 60:02d}" for at in (shift.start, shift.end))


def _write(path: Path, header: str, rows: Iterable[tuple[object, ...]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
