"""How the inquiries that a promotion adds are spread over its time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np

from csshift.demand.search import Floats
from csshift.model.promotions import FADING, RISING, ShapePoint

MIDNIGHT, EVENING = "midnight-opening", "evening-opening"
HOUR = 60

# Assumptions, not measurements: a table of the same name replaces them.
OPENINGS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        MIDNIGHT: (0.14, 0.08, 0.03, 0.01, 0.0, 0.0, 0.0, 0.01, 0.03, 0.04, 0.04, 0.03),
        EVENING: (0.16, 0.11, 0.08, 0.06, 0.05, 0.02, 0.01),
    }
)
"""Shares of the hours after an opening."""

Shapes = Mapping[str, tuple[float, ...]]


def collect_shapes(points: Iterable[ShapePoint]) -> dict[str, tuple[float, ...]]:
    """Return the shares of each shape by hour: the opening shapes, then the tables given.

    Parameters
    ----------
    points : iterable of ShapePoint
        At most one for each shape and hour.
    """
    tables: dict[str, dict[int, float]] = {}
    for point in points:
        tables.setdefault(point.shape, {})[point.hour] = point.share
    own = {
        name: tuple(hours.get(hour, 0.0) for hour in range(max(hours) + 1))
        for name, hours in tables.items()
    }
    return {**OPENINGS, **own}


def overlap(start: int, end: int, intervals: int, interval_minutes: int) -> Floats:
    """Return the minutes of each interval that lie from `start` to before `end`.

    Parameters
    ----------
    start, end : int
        Minutes from the start of the first interval; may lie outside the intervals.
    intervals, interval_minutes : int
        Number and length of the intervals.
    """
    edges = np.arange(intervals + 1) * interval_minutes
    inside: Floats = np.diff(np.clip(edges, start, end)).astype(np.float64)
    return inside


def interval_shares(
    ordinary: Floats, start: int, end: int, interval_minutes: int, shape: str, shapes: Shapes
) -> Floats:
    """Return the share of the added inquiries that each interval gets.

    Parameters
    ----------
    ordinary : array of float, shape (..., intervals)
        Ordinary inquiries, even within each interval.
    start, end : int
        The stretch, minutes from the start of the first interval; inside the intervals.
    interval_minutes : int
        Length of an interval.
    shape : str
        A name in `shapes`, or one of the shapes that follow the ordinary inquiries.
    shapes : mapping of str to tuple of float
        Shares by hour from the start. An hour beyond the end gives its share back to the
        ordinary part, in proportion where the end cuts it.

    Returns
    -------
    array of float, shape (..., intervals)
        Sums to 1, and to 0 where nothing ordinary lies in the stretch.
    """
    intervals = ordinary.shape[-1]
    inside = overlap(start, end, intervals, interval_minutes)
    weight = ordinary * inside / interval_minutes
    opening = np.zeros(intervals)
    if shape in (RISING, FADING):
        weight = weight * _ramp(start, end, intervals, interval_minutes, rising=shape == RISING)
    else:
        for hour, share in enumerate(shapes.get(shape, ())):
            first = start + hour * HOUR
            last = min(first + HOUR, end)
            if share and first < last:
                opening += share * overlap(first, last, intervals, interval_minutes) / HOUR
    total = weight.sum(axis=-1, keepdims=True)
    even = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    return np.where(total > 0, opening + (1 - opening.sum()) * even, 0.0)


def _ramp(start: int, end: int, intervals: int, interval_minutes: int, *, rising: bool) -> Floats:
    """Return how far each interval's part inside lies along the stretch, 0 to 1, at its middle."""
    edges = np.clip(np.arange(intervals + 1) * interval_minutes, start, end)
    middle = (edges[:-1] + edges[1:]) / 2
    along: Floats = (middle - start) / (end - start)
    return along if rising else 1 - along
