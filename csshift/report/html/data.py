"""Data for the script of the page: filters, tooltips and the figures of the charts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date as Date
from typing import Any

from csshift.model.roster import Roster
from csshift.report.html.coverage import CoverageView, SkillChart
from csshift.report.html.grid import GridView, Row, shift_hours
from csshift.report.wording import Words, number, plain, queue_label

SCRIPT_WORDS = (
    "shown",
    "off",
    "leave",
    "not-employed",
    "broken-wish",
    "queues",
    "hours-unit",
    "required",
    "supplied",
    "shortage",
)
_UNSAFE = {ord(char): f"\\u{ord(char):04x}" for char in "<>&'\u2028\u2029"}


def script_text(data: Mapping[str, Any]) -> str:
    """Return data as JSON that cannot end the script element around it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_UNSAFE)


def script_data(
    grid: GridView,
    rows: Sequence[Row],
    roster: Roster,
    coverage: CoverageView,
    skills: Sequence[SkillChart],
) -> dict[str, Any]:
    """Return what the script needs, people and days by position.

    Parameters
    ----------
    grid : GridView
    rows : sequence of Row
        Of that grid.
    roster : Roster
    coverage : CoverageView
    skills : sequence of SkillChart
        Of that coverage.
    """
    instance, words = grid.instance, grid.words
    queues, time = _queue_hours(grid, roster)
    return {
        "words": {key: _phrase(words, key) for key in SCRIPT_WORDS},
        "agents": [
            {
                "name": plain(agent.label),
                "team": agent.team,
                "skills": list(agent.skills),
                "stores": list(agent.stores),
            }
            for agent in grid.agents
        ],
        "dates": [column.label for column in grid.columns],
        "covered": [words.date(date) for date in coverage.dates],
        "shifts": [
            [
                plain(shift.name or shift.code),
                shift_hours(shift),
                words("paid", hours=number(shift.paid_minutes / 60)),
            ]
            for shift in grid.kinds
        ],
        "grid": [row.codes for row in rows],
        "notes": _notes(grid),
        "queues": [
            f"{queue_label(instance, store, words.lang)} {words.name(skill)}"
            for store, skill in queues
        ],
        "time": time,
        "first": coverage.first,
        "minutes": instance.horizon.interval_minutes,
        "coverage": [chart.values for chart in skills],
    }


def _phrase(words: Words, key: str) -> str:
    # The script fills the gaps of the one phrase that has some.
    return words(key, shown="{shown}", total="{total}") if key == "shown" else words(key)


def _notes(grid: GridView) -> dict[str, list[str]]:
    """Return duties, broken wishes and faults in words, by ``agent:day``."""
    notes: dict[str, list[str]] = {}
    for i, agent in enumerate(grid.agents):
        for j, date in enumerate(grid.instance.horizon.dates):
            key = agent.agent_id, date
            found = [*grid.leave_notes(*key), *grid.duty_notes(*key)]
            if key in grid.wishes:
                found.append(f"{grid.words('broken-wish')}: {grid.wishes[key]}")
            found += grid.faults.get(key, ())
            if found:
                notes[f"{i}:{j}"] = found
    return notes


def _queue_hours(
    grid: GridView, roster: Roster
) -> tuple[list[tuple[str, str]], dict[str, list[float]]]:
    """Return the queues, and by ``agent:day`` pairs of a queue's position and its hours."""
    instance = grid.instance
    queues: dict[tuple[str, str], int] = {}
    hours: dict[tuple[str, Date], dict[int, float]] = {}
    for row in roster.allocation:
        queue = queues.setdefault((row.store, row.skill), len(queues))
        spent = hours.setdefault((row.agent_id, row.date), {})
        spent[queue] = spent.get(queue, 0.0) + float(row.share) * instance.horizon.interval_hours
    index = {agent.agent_id: i for i, agent in enumerate(grid.agents)}
    time: dict[str, list[float]] = {}
    for (agent_id, date), spent in hours.items():
        if date not in instance.horizon or agent_id not in index:
            continue  # the morning after has no column, and who left before the horizon no row
        ranked = sorted(spent.items(), key=lambda item: -item[1])
        pairs = [[queue, round(value, 2)] for queue, value in ranked if value >= 0.005]
        key = f"{index[agent_id]}:{instance.horizon.index(date)}"
        time[key] = [figure for pair in pairs for figure in pair]
    return list(queues), time
