"""Makes the forecast of a folder, and writes it so that no manual change is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from pathlib import Path
from typing import Any

from csshift.demand.history.calendar import WorkCalendar, chinese_days
from csshift.demand.history.closures import history_notes
from csshift.demand.history.counts import History, collect_history
from csshift.demand.history.forest import Forecast, Method, forecast_history
from csshift.demand.promotions.effects import Promoted, promote, reached
from csshift.demand.promotions.faults import effect_faults, shape_faults
from csshift.demand.promotions.shapes import collect_shapes
from csshift.demand.search import Floats
from csshift.demand.volumes import Volumes, collect_volumes
from csshift.errors import Fault, InputError
from csshift.io.files import write_together
from csshift.io.layout import FORECAST, INTERVALS, ORDINARY, WAVES, Table
from csshift.io.preparation import Preparation
from csshift.io.rows import csv_bytes, read_json
from csshift.model.entity import MINUTES_PER_DAY, clock
from csshift.model.horizon import Horizon
from csshift.model.promotions import PromotionEffect

RECORD_FILE = "forecast.json"
PLACES = 4
"""Decimal places of inquiries in files."""


@dataclass(frozen=True, eq=False)
class Made:
    """A forecast of the days of a folder.

    Parameters
    ----------
    horizon : Horizon
        The days.
    promoted : Promoted
        The ordinary forecast and what the calendar adds, for those days.
    history : Forecast or None
        The forecast from history, for those days, if a history was given.
    notes : tuple of str
        What a reader should know, such as a wave that reaches nothing.
    """

    horizon: Horizon
    promoted: Promoted
    history: Forecast | None
    notes: tuple[str, ...]


def make_forecast(
    parts: Preparation, *, chinese_calendar: bool = False, method: Method | None = None
) -> Made:
    """Return the forecast that the files of a folder describe.

    Parameters
    ----------
    parts : Preparation
        As `read_preparation` returns it.
    chinese_calendar : bool
        Whether to use China's statutory holidays; days in calendar.csv override them.
    method : Method, optional
        How to learn from counts.

    Raises
    ------
    InputError
        With every fault in the calendar of promotions or in the counts.
    MissingExtraError
        When a forecast from history, or the holidays, need a package that is not installed.
    """
    horizon: Horizon = parts.settings.parts["horizon"]
    history = None
    assumed: tuple[str, ...] = ()
    if parts.counts:
        history, source, assumed = _from_history(
            parts, horizon, method, chinese_calendar=chinese_calendar
        )
    else:
        source = _from_ordinary(parts, horizon)
    shapes = collect_shapes(parts.points)
    skills = [skill.name for skill in parts.settings.parts.get("skills", ())]
    parts.reject(
        (*shape_faults(parts.points), *effect_faults(parts.effects, source, shapes, skills))
    )
    wide = source.widened(horizon.start, horizon.end)
    return Made(
        horizon,
        _cut(promote(wide, parts.effects, shapes), horizon),
        history,
        (*assumed, *_notes(parts.effects, wide, horizon)),
    )


def _from_ordinary(parts: Preparation, horizon: Horizon) -> Volumes:
    minutes = horizon.interval_minutes
    parts.reject(
        Fault(
            ORDINARY.name,
            f"not on a full interval of {minutes} minutes",
            "correct it",
            index=index,
            column="start",
            value=clock(cell.start),
        )
        for index, cell in enumerate(parts.ordinary)
        if cell.start % minutes
    )
    if not any(cell.date in horizon for cell in parts.ordinary):
        problem = f"no row lies within the horizon {horizon.start} to {horizon.end}"
        raise InputError([Fault(ORDINARY.file, problem, "give the ordinary forecast of its days")])
    return collect_volumes(parts.ordinary, minutes, ORDINARY.file)


def _from_history(
    parts: Preparation, horizon: Horizon, method: Method | None, *, chinese_calendar: bool
) -> tuple[Forecast, Volumes, tuple[str, ...]]:
    """Return the forecast of the horizon, its means, and what was assumed about the history."""
    calendar = known_calendar(parts, horizon, chinese_calendar=chinese_calendar)
    history = past(parts, horizon, calendar)
    last = history.volumes.dates[-1]
    if horizon.start <= last:
        problem = f"the counts end on {last}, within or after the horizon"
        parts.reject([Fault("counts", problem, f"give counts before {horizon.start}")])
    made = forecast_history(history, horizon.start, horizon.days, calendar, method)
    return made, made.mean, history_notes(history, calendar)


def past(parts: Preparation, horizon: Horizon, calendar: WorkCalendar) -> History:
    """Return the counts of the folder's history; faults are placed in its file."""
    try:
        return collect_history(parts.counts, horizon.interval_minutes, calendar)
    except InputError as error:
        parts.reject(error.faults)
        raise


def known_calendar(parts: Preparation, horizon: Horizon, *, chinese_calendar: bool) -> WorkCalendar:
    """Return what is known of the days of history and horizon."""
    statutory = ()
    if chinese_calendar:
        first = min(cell.date for cell in parts.counts)
        listed = {day.date for day in parts.days}
        years = {date.year for date in listed}
        statutory = _statutory(first, horizon.end, years)
    return WorkCalendar((*statutory, *parts.days))


def _statutory(first: Date, last: Date, listed_years: set[int]) -> tuple[Any, ...]:
    """Return China's holidays, of a year that is not yet known only if no table lists any."""
    found: list[Any] = []
    for year in range(first.year, last.year + 1):
        begin, end = max(first, Date(year, 1, 1)), min(last, Date(year, 12, 31))
        try:
            found.extend(chinese_days(begin, end))
        except InputError:
            if year not in listed_years:
                raise
    return tuple(found)


def _cut(promoted: Promoted, horizon: Horizon) -> Promoted:
    """Return the days of the horizon."""
    ordinary = promoted.ordinary
    additions = tuple(
        type(addition)(
            addition.wave,
            addition.phase,
            Volumes(ordinary.first, ordinary.interval_minutes, ordinary.queues, addition.values)
            .within(horizon.start, horizon.days)
            .values,
        )
        for addition in promoted.additions
    )
    return Promoted(ordinary.within(horizon.start, horizon.days), additions)


def _notes(
    effects: tuple[PromotionEffect, ...], ordinary: Volumes, horizon: Horizon
) -> Iterator[str]:
    for effect in effects:
        where = f"{effect.wave} ({effect.phase})"
        if effect.start.date() > horizon.end or effect.end.date() < horizon.start:
            yield f"{where} lies outside the horizon and adds nothing to it"
            continue
        skills = {skill for _, skill in reached(effect, effects, ordinary.queues)}
        for skill in sorted(effect.multipliers.keys() - {s for _, s in ordinary.queues}):
            yield f"{where} multiplies {skill}, of which there is no ordinary forecast"
        if not skills and effect.multipliers.keys() & {s for _, s in ordinary.queues}:
            yield f"{where} reaches no queue that other rows of it do not reach"


def write_forecast(made: Made, folder: Path, *, force: bool) -> tuple[str, ...]:
    """Write forecast.csv and what explains it, and return the names of the files.

    An existing file is replaced only if it is exactly as csshift wrote it, which
    ``forecast.json`` records.

    Raises
    ------
    InputError
        When another file would be overwritten, unless `force`.
    """
    contents = {
        FORECAST.file: _cells(FORECAST, made.promoted.ordinary, made.promoted.values),
        WAVES.file: _wave_cells(made.promoted),
    }
    if made.history is not None:
        history = made.history
        contents[ORDINARY.file] = _cells(ORDINARY, history.mean, history.mean.values)
        contents[INTERVALS.file] = _interval_cells(history)
    if not force:
        reject_foreign(folder, contents)
    digests = {**_recorded(folder), **{name: _digest(c) for name, c in contents.items()}}
    record = json.dumps({"sha256": digests, "notes": made.notes}, indent=2, ensure_ascii=False)
    write_together(folder, {**contents, RECORD_FILE: f"{record}\n".encode()}, last=RECORD_FILE)
    return tuple(contents)


def made_files(*, from_history: bool) -> tuple[str, ...]:
    """Return the names of the files that `write_forecast` writes."""
    names = (FORECAST.file, WAVES.file)
    return (*names, ORDINARY.file, INTERVALS.file) if from_history else names


def reject_foreign(folder: Path, names: Iterable[str]) -> None:
    """Refuse to overwrite files that are not exactly as csshift wrote them."""
    recorded = _recorded(folder)
    faults = [
        Fault(
            name,
            "the file exists, and is not as csshift wrote it",
            "move it away, or overwrite it with --force",
        )
        for name in names
        if (folder / name).is_file() and recorded.get(name) != _digest((folder / name).read_bytes())
    ]
    if faults:
        raise InputError(faults)


def _recorded(folder: Path) -> dict[str, Any]:
    try:
        found = read_json(folder / RECORD_FILE)["sha256"]
    except (InputError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


Row = tuple[str | float, ...]


def _csv(table: Table[Any], rows: Iterable[Row]) -> bytes:
    return csv_bytes(table.header, ([_shown(value) for value in row] for row in rows))


def _shown(value: str | float) -> str:
    if isinstance(value, str):
        return value
    text = f"{value:.{PLACES}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _places(volumes: Volumes) -> Iterator[tuple[int, int, tuple[str, str, str, str]]]:
    """Yield row, interval, and the cell's date, start, store and skill, in order of time."""
    for slot in range(volumes.values.shape[1]):
        minutes = slot * volumes.interval_minutes
        date = volumes.first + timedelta(days=minutes // MINUTES_PER_DAY)
        start = clock(minutes % MINUTES_PER_DAY)
        for row, (store, skill) in enumerate(volumes.queues):
            yield row, slot, (date.isoformat(), start, store, skill)


def _cells(table: Table[Any], volumes: Volumes, values: Floats) -> bytes:
    shown = values >= 0.5 * 10**-PLACES
    # A queue without inquiries keeps one row, so that its store and skill stay known.
    shown[:, 0] |= ~shown.any(axis=1)
    rows: list[Row] = [
        (*place, float(values[row, slot]))
        for row, slot, place in _places(volumes)
        if shown[row, slot]
    ]
    return _csv(table, rows)


def _wave_cells(promoted: Promoted) -> bytes:
    least = 0.5 * 10**-PLACES
    rows: list[Row] = [
        (*place, addition.wave, addition.phase, float(addition.values[row, slot]))
        for row, slot, place in _places(promoted.ordinary)
        for addition in promoted.additions
        if abs(addition.values[row, slot]) >= least
    ]
    return _csv(WAVES, rows)


def _interval_cells(history: Forecast) -> bytes:
    rows: list[Row] = [
        (
            *place,
            float(history.mean.values[row, slot]),
            float(history.low[row, slot]),
            float(history.high[row, slot]),
        )
        for row, slot, place in _places(history.mean)
    ]
    return _csv(INTERVALS, rows)
