"""What all charts share: axes to draw into, colours, and heads by day and interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from csshift.errors import Fault, InputError, suggestion
from csshift.extras import needed
from csshift.instance import Instance
from csshift.model.result import Result
from csshift.model.roster import CoverageCell, Roster

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, BLUE, RED, ORANGE = "#16202b", "#a9c7ea", "#c8553d", "#c8853d"
CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
"""Fonts with Chinese characters, which the usual one of matplotlib lacks."""


class Heads(NamedTuple):
    """Heads by day and interval, summed over queues; each of shape (days, intervals)."""

    required: NDArray[np.float64]
    supplied: NDArray[np.float64]
    shortage: NDArray[np.float64]


def axes_for(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes given, or those of a new figure of a size in inches.

    Raises
    ------
    MissingExtraError
        Without matplotlib, which the extra ``plot`` brings.
    """
    if ax is not None:
        return ax
    needed("matplotlib.figure", "plot")
    from matplotlib.figure import Figure

    # A figure of its own, which no list of open windows keeps alive.
    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def roster_of(result: Result) -> Roster:
    """Return the roster of a result.

    Raises
    ------
    InputError
        When it has none.
    """
    if result.roster is None:
        raise InputError([Fault("result", "there is no roster to draw", "solve the problem first")])
    return result.roster


def heads(instance: Instance, result: Result, skill: str | None, store: str | None) -> Heads:
    """Return the heads of the queues of a skill and a store; None stands for all of them.

    Raises
    ------
    InputError
        When the problem knows no such skill or store, or the result has no roster.
    """
    faults = [
        Fault(noun, f"unknown {noun}", suggestion(name, known, noun), value=name)
        for noun, name, known in (
            ("skill", skill, tuple(instance.known_skills)),
            ("store", store, instance.known_stores),
        )
        if name is not None and name not in known
    ]
    if faults:
        raise InputError(faults)
    horizon = instance.horizon
    shape = horizon.days, horizon.intervals_per_day
    found = Heads(np.zeros(shape), np.zeros(shape), np.zeros(shape))
    for cell in _cells(result):
        if skill in (None, cell.skill) and store in (None, cell.store):
            place = horizon.index(cell.date), cell.start // horizon.interval_minutes
            found.required[place] += float(cell.required)
            found.supplied[place] += float(cell.supplied)
            found.shortage[place] += float(cell.shortage)
    return found


def _cells(result: Result) -> Sequence[CoverageCell]:
    roster = roster_of(result)
    return result.score.coverage if result.score is not None else roster.coverage


def queue_title(skill: str | None, store: str | None) -> str:
    """Return what is drawn, for a title: ``pre-sale, S1``."""
    return literal(", ".join(filter(None, (skill, store)))) or "all skills and stores"


def font_families() -> list[str]:
    """Return the usual font, then an installed one that has Chinese characters, if there is."""
    from matplotlib import rcParams
    from matplotlib.font_manager import fontManager

    installed = set(fontManager.get_font_names())
    return [*rcParams["font.family"], *[name for name in CHINESE_FONTS if name in installed][:1]]


def literal(text: str) -> str:
    """Return text that matplotlib draws as it stands: a dollar sign starts no formula."""
    return text.replace("$", r"\$")
