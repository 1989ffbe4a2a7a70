"""The files from which a forecast is made: their columns, and reading them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as Time
from pathlib import Path
from typing import Any

from csshift.errors import Fault, InputError
from csshift.io import fields
from csshift.io.fields import CellError
from csshift.io.layout import DATE, FORECAST, SKILL, START, STORE, Column, EntityType, Table
from csshift.io.settings import Settings, read_settings
from csshift.io.tables import Content, read_table
from csshift.model.demand import ForecastCell
from csshift.model.promotions import (
    CalendarDay,
    IntervalCell,
    PromotionEffect,
    ShapePoint,
    WaveCell,
)
from csshift.problem.faults import first_faults


def moment(cell: str) -> datetime:
    """Return ``2026-10-31 20:00`` as a local time; ``2026-10-31 24:00`` is the next midnight.

    Raises
    ------
    CellError
        When it is another form, or no such time.
    """
    day, _, clock = cell.replace("T", " ").partition(" ")
    if not clock.strip():
        remedy = "write date and time: 2026-10-31 20:00"
        raise CellError("not a date with a time of day", remedy)
    midnight = datetime.combine(fields.date(day), Time())
    try:
        return midnight + timedelta(minutes=fields.time(clock.strip()))
    except OverflowError:
        raise CellError("there is no such day", "correct the year") from None


def multipliers(cell: str) -> dict[str, float]:
    """Return ``pre-sale:4;after-sale:1.8`` as multiplier by skill.

    Raises
    ------
    CellError
        When a skill has no number, or is listed twice.
    """
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in cell.split(";"))):
        skill, colon, number = (piece.strip() for piece in part.partition(":"))
        if not (skill and colon and number):
            raise CellError(f"{part!r} is not a skill with a number", "write pre-sale:4")
        if skill in found:
            raise CellError(f"the skill {skill!r} is listed twice", "keep it once")
        try:
            found[fields.text(skill)] = fields.number(number)
        except CellError as error:
            problem = f"the multiplier {number!r} is {error.problem}"
            raise CellError(problem, error.remedy or "write pre-sale:4") from None
    return found


_INQUIRIES = FORECAST.columns[-1]
_WAVE = Column("wave", "name of the wave")
_PHASE = "lead-in, event or aftermath"

ORDINARY = Table(
    "forecast_ordinary",
    ForecastCell,
    "the forecast without promotions, to which promotions.csv applies; days around the horizon "
    "may stand here, too",
    FORECAST.columns,
    required=True,
)
PROMOTIONS = Table(
    "promotions",
    PromotionEffect,
    "stretches of time in which a promotion multiplies inquiries",
    (
        _WAVE,
        Column("phase", f"{_PHASE}; blank: event", required=False),
        Column("start", "first minute: 2026-10-31 20:00", moment),
        Column("end", "the minute after the last; 2026-11-03 24:00 is midnight", moment),
        Column("stores", "stores: S1|S2; blank: every store", fields.words("|"), False),
        Column(
            "multipliers",
            "inquiries over ordinary ones by skill: pre-sale:4;after-sale:1.8",
            multipliers,
        ),
        Column(
            "shape",
            "ordinary (blank), rising, fading, midnight-opening, evening-opening, or a shape of "
            "promotion_shapes.csv",
            required=False,
        ),
    ),
)
SHAPES = Table(
    "promotion_shapes",
    ShapePoint,
    "own shapes: shares of the added inquiries by hour from the start; the rest runs as the "
    "ordinary inquiries do",
    (
        Column("shape", "name of the shape"),
        Column("hour", "hour from the start, 0 the first", fields.integer),
        Column("share", "share of the added inquiries in that hour, 0 to 1", fields.number),
    ),
)
CALENDAR = Table(
    "calendar",
    CalendarDay,
    "days that are not what their weekday says, for a forecast from history",
    (
        DATE,
        Column("kind", "holiday, workday (made up for a holiday), or skip (leave out)"),
        Column("name", "for people", required=False),
    ),
)
WAVES = Table(
    "forecast_waves",
    WaveCell,
    "what each phase of each wave adds to the ordinary forecast",
    (DATE, START, STORE, SKILL, _WAVE, Column("phase", _PHASE), _INQUIRIES),
)
INTERVALS = Table(
    "forecast_intervals",
    IntervalCell,
    "the forecast from history with its prediction intervals",
    (
        DATE,
        START,
        STORE,
        SKILL,
        _INQUIRIES,
        Column("low", "lower end of the prediction interval", fields.number),
        Column("high", "upper end of the prediction interval", fields.number),
    ),
)
COUNTS = Table(
    "counts",
    ForecastCell,
    "inquiries that came, by interval",
    FORECAST.columns,
    required=True,
)
INPUT_TABLES: tuple[Table[Any], ...] = (ORDINARY, PROMOTIONS, SHAPES, CALENDAR)
MADE_TABLES: tuple[Table[Any], ...] = (WAVES, INTERVALS)


@dataclass(frozen=True)
class Preparation:
    """What a forecast is made from.

    Parameters
    ----------
    settings : Settings
        The horizon, and the skills that are declared.
    ordinary : tuple of ForecastCell
        The forecast without promotions; empty where counts are given instead.
    counts : tuple of ForecastCell
        What came in the past; empty where it is not asked for.
    effects, points, days : tuple
        The promotion calendar, its own shapes, and the days that are not like others.
    contents : dict of str to Content
        The files that were read, to place faults in.
    """

    settings: Settings
    ordinary: tuple[ForecastCell, ...]
    counts: tuple[ForecastCell, ...]
    effects: tuple[PromotionEffect, ...]
    points: tuple[ShapePoint, ...]
    days: tuple[CalendarDay, ...]
    contents: dict[str, Content[Any]]

    def reject(self, faults: Iterable[Fault]) -> None:
        """Raise faults, placed in the files where they stand, if there are any.

        Raises
        ------
        InputError
            With at least one fault.
        """
        located = [self._located(fault) for fault in faults]
        if located:
            raise InputError(first_faults(located))

    def _located(self, fault: Fault) -> Fault:
        content = self.contents.get(fault.table)
        if content is None or fault.index is None:
            return fault
        return fault.located(content.file, content.lines[fault.index])


def read_preparation(folder: Path, history: Path | None) -> Preparation:
    """Return everything from which the forecast of a folder is made.

    Parameters
    ----------
    folder : Path
        Holds problem.toml, of which the horizon and the skills are used, and the tables.
    history : Path or None
        Counts of the past; with them, forecast_ordinary.csv is not read.

    Raises
    ------
    InputError
        With every fault of every file.
    """
    faults: list[Fault] = []
    settings = read_settings(folder / "problem.toml")
    faults.extend(settings.faults)
    contents: dict[str, Content[Any]] = {}
    for table in (PROMOTIONS, SHAPES, CALENDAR):
        if (folder / table.file).exists():
            contents[table.name] = read_table(folder / table.file, table)
    if history is not None:
        contents[COUNTS.name] = read_table(history, COUNTS)
    elif (folder / ORDINARY.file).exists():
        contents[ORDINARY.name] = read_table(folder / ORDINARY.file, ORDINARY)
    else:
        faults.append(_no_ordinary(folder))
    for content in contents.values():
        faults.extend(content.faults)
        if content.table is ORDINARY or content.table is COUNTS:
            faults.extend(_repeated(content))
    if faults:
        raise InputError(first_faults(faults))
    rows = {name: tuple(content.entities) for name, content in contents.items()}
    return Preparation(
        settings,
        ordinary=rows.get(ORDINARY.name, ()),
        counts=rows.get(COUNTS.name, ()),
        effects=rows.get(PROMOTIONS.name, ()),
        points=rows.get(SHAPES.name, ()),
        days=rows.get(CALENDAR.name, ()),
        contents=contents,
    )


def _no_ordinary(folder: Path) -> Fault:
    remedy = "write the forecast without promotions into it, or give counts with --history"
    if (folder / FORECAST.file).exists():
        remedy = f"rename {FORECAST.file} if it is the forecast without promotions, or {remedy}"
    return Fault(ORDINARY.file, "the file is missing", remedy)


def _repeated(content: Content[EntityType]) -> Iterator[Fault]:
    seen: dict[tuple[Any, ...], int] = {}
    for entity, line in zip(content.entities, content.lines, strict=True):
        if not isinstance(entity, ForecastCell):
            continue
        key = (entity.date, entity.start, entity.store, entity.skill)
        if key in seen:
            problem = f"the same interval and queue as in line {seen[key]}"
            yield Fault(content.file, problem, "keep one of the rows", line=line)
        seen.setdefault(key, line)
