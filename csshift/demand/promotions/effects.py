"""What the effects of a promotion calendar add to an ordinary forecast.

Each effect multiplies what would ordinarily come between its start and its end; what it adds is
moved in time by its shape, and its sum kept. Additions are all measured against the ordinary
forecast, so that overlapping waves add up and never multiply one another. Where reductions
together would take more than there is, they are cut in proportion, and nothing remains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from csshift.demand.promotions.shapes import Shapes, interval_shares, overlap
from csshift.demand.search import Floats
from csshift.demand.volumes import Queue, Volumes
from csshift.errors import Fault, InputError
from csshift.model.demand import MOST_INQUIRIES
from csshift.model.promotions import Phase, PromotionEffect


@dataclass(frozen=True, eq=False)
class Addition:
    """What one phase of one wave adds.

    Parameters
    ----------
    wave, phase : str
        Which one.
    values : array of float, shape (queues, intervals)
        Inquiries added; negative where a multiplier below 1 takes some away.
    """

    wave: str
    phase: Phase
    values: Floats


@dataclass(frozen=True, eq=False)
class Promoted:
    """An ordinary forecast and what a calendar adds to it.

    Parameters
    ----------
    ordinary : Volumes
        As given.
    additions : tuple of Addition
        In the order in which the calendar names them.
    """

    ordinary: Volumes
    additions: tuple[Addition, ...]

    @property
    def values(self) -> Floats:
        """Inquiries to plan for, shape (queues, intervals): ordinary ones and all additions."""
        total = self.ordinary.values.copy()
        for addition in self.additions:
            total += addition.values
        # What reductions leave may differ from 0 by a rounding error.
        return np.maximum(total, 0.0)


def promote(ordinary: Volumes, effects: Iterable[PromotionEffect], shapes: Shapes) -> Promoted:
    """Return what a promotion calendar adds to an ordinary forecast.

    Parameters
    ----------
    ordinary : Volumes
        The forecast without promotions. Where an effect reaches beyond its days, those are taken
        to be like the known ones of the same weekday.
    effects : iterable of PromotionEffect
        The calendar.
    shapes : mapping of str to tuple of float
        As `collect_shapes` returns them.

    Returns
    -------
    Promoted
        For the days of `ordinary`.

    Raises
    ------
    InputError
        When an interval gets more inquiries than a forecast can hold.
    """
    listed = tuple(effects)
    found: dict[tuple[str, Phase], Floats] = {}
    for effect in listed:
        key = effect.wave, effect.phase
        added = _added(ordinary, effect, reached(effect, listed, ordinary.queues), shapes)
        found[key] = found[key] + added if key in found else added
    _cut_reductions(ordinary.values, list(found.values()))
    additions = tuple(Addition(*key, values) for key, values in found.items())
    promoted = Promoted(ordinary, additions)
    if promoted.values.max(initial=0.0) > MOST_INQUIRIES:
        raise InputError([_too_many(promoted)])
    return promoted


def _too_many(promoted: Promoted) -> Fault:
    values = promoted.values
    queue = int(np.argmax(values.max(axis=1)))
    store, skill = promoted.ordinary.queues[queue]
    return Fault(
        "promotions",
        f"{skill} in {store} gets {values[queue].max():.3g} inquiries in an interval, "
        f"more than {MOST_INQUIRIES:.0e}",
        "correct the multipliers, or the ordinary forecast",
        column="multipliers",
    )


def reached(
    effect: PromotionEffect, effects: Iterable[PromotionEffect], queues: Iterable[Queue]
) -> tuple[Queue, ...]:
    """Return the queues that an effect changes, those left out that a more special one changes."""
    special = set(_named(effect, effects)) if not effect.stores else set()
    return tuple(
        queue
        for queue in queues
        if queue[1] in effect.multipliers
        and (not effect.stores or queue[0] in effect.stores)
        and queue not in special
    )


def _named(effect: PromotionEffect, effects: Iterable[PromotionEffect]) -> Iterator[Queue]:
    for other in effects:
        if other.stores and other.block == effect.block:
            for store in other.stores:
                yield from ((store, skill) for skill in other.multipliers)


def _added(
    ordinary: Volumes, effect: PromotionEffect, queues: tuple[Queue, ...], shapes: Shapes
) -> Floats:
    """Return what an effect adds to each queue and interval of the ordinary forecast."""
    added = np.zeros_like(ordinary.values)
    days = ordinary.dates
    first, last = effect.start.date(), (effect.end - timedelta(minutes=1)).date()
    if not queues or last < days[0] or first > days[-1]:
        return added
    wide = ordinary.widened(first, last)
    rows = [ordinary.queues.index(queue) for queue in queues]
    start, end = wide.minutes_to(effect.start), wide.minutes_to(effect.end)
    minutes = ordinary.interval_minutes
    volumes = wide.values[rows]
    inside = overlap(start, end, volumes.shape[1], minutes) / minutes
    lift = np.array([effect.multipliers[skill] - 1 for _, skill in queues])
    total = lift * (volumes @ inside)
    shares = interval_shares(volumes, start, end, minutes, effect.shape, shapes)
    offset = (ordinary.first - wide.first).days * ordinary.intervals_per_day
    added[rows] = (total[:, None] * shares)[:, offset : offset + ordinary.values.shape[1]]
    return added


def _cut_reductions(ordinary: Floats, additions: list[Floats]) -> None:
    """Scale what is taken away down, in place, to what there is."""
    gained = ordinary + sum((np.maximum(values, 0) for values in additions), np.zeros(1))
    taken = sum((np.maximum(-values, 0) for values in additions), np.zeros_like(ordinary))
    scale = np.divide(gained, taken, out=np.ones_like(ordinary), where=taken > gained)
    for values in additions:
        np.multiply(values, scale, out=values, where=values < 0)
