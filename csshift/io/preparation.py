"""Reads the files from which a forecast is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csshift.errors import Fault, InputError
from csshift.io.layout import (
    CALENDAR,
    COUNTS,
    FORECAST,
    ORDINARY,
    PROMOTIONS,
    SHAPES,
    EntityType,
)
from csshift.io.settings import Settings, read_settings
from csshift.io.tables import Content, read_table
from csshift.model.demand import ForecastCell
from csshift.model.promotions import CalendarDay, PromotionEffect, ShapePoint
from csshift.problem.faults import first_faults


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
        Inquiries of the past; empty unless a history is given.
    effects, points, days : tuple
        The promotion calendar, its own shapes, and the days that differ from their weekday.
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
        """Raise faults, if there are any, each placed in its file."""
        located = [self._located(fault) for fault in faults]
        if located:
            raise InputError(first_faults(located))

    def _located(self, fault: Fault) -> Fault:
        content = self.contents.get(fault.table)
        return fault if content is None or fault.index is None else content.locate(fault)


def read_preparation(folder: Path, history: Path | None) -> Preparation:
    """Return everything from which the forecast of a folder is made.

    Parameters
    ----------
    folder : Path
        Holds problem.toml, of which the horizon and the skills are used, and the tables.
    history : Path or None
        Counts of the past; with them, forecast_ordinary.csv is not read.
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
