"""Calendars of the large promotions to start from, every figure a parameter.

The days of Double 11 are those published for 2021, with the openings at 20:00 of later years;
those of 618 follow the same pattern. The multipliers are assumptions: replace them by what your
own last promotion did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime, time, timedelta
from types import MappingProxyType

from csshift.demand.promotions.shapes import EVENING, MIDNIGHT
from csshift.model.entity import MINUTES_PER_DAY
from csshift.model.promotions import FADING, ORDINARY, RISING, Phase, PromotionEffect

NOON = MINUTES_PER_DAY // 2
OPENING_HOURS = 28
"""How long the rush at the start of a presale lasts: from 20:00 to the end of the next day."""


@dataclass(frozen=True)
class Figures:
    """How strong a promotion is.

    Parameters
    ----------
    opening : int
        When a day of payments opens, minutes from midnight: 1200 is 20:00 of the eve; a time
        before noon is that of the day itself.
    peak : float
        Pre-sale inquiries of the main days over ordinary ones, at least 1.
    first, presale, lead_in : float
        Lift of the first days of payment, of the presale (twice that in its first hours), and of
        the day before an opening, as shares of the lift of the peak.
    rest : float
        Lift of the days of payment after the first, as a share of that of the first.
    after_sale : float
        Lift of the other skills on the main days, as a share of the lift of the peak.
    aftermath : float
        Mean lift of the other skills in the days after, as a share of the lift of the peak.
    aftermath_days : int
        How many days that lasts.
    """

    opening: int = 1200
    peak: float = 5.0
    first: float = 0.6
    presale: float = 0.15
    lead_in: float = 0.1
    rest: float = 0.4
    after_sale: float = 0.25
    aftermath: float = 0.3
    aftermath_days: int = 7


@dataclass(frozen=True)
class _Days:
    """The days of one promotion: presales, then (first day, last day) of each payment."""

    presales: tuple[tuple[Date, int], ...]
    payments: tuple[tuple[Date, Date], ...]


def double_11(year: int, figures: Figures | None = None) -> tuple[PromotionEffect, ...]:
    """Return two presales and two payments, 11-01 to 11-03 and 11-11, with what follows."""
    days = _Days(
        presales=((Date(year, 10, 20), 1200), (Date(year, 11, 4), 1200)),
        payments=((Date(year, 11, 1), Date(year, 11, 3)), (Date(year, 11, 11), Date(year, 11, 11))),
    )
    return tuple(_effects(days, figures or Figures()))


def june_18(year: int, figures: Figures | None = None) -> tuple[PromotionEffect, ...]:
    """Return a presale, its payment from 06-01 to 06-03, and 06-18, with what follows."""
    days = _Days(
        presales=((Date(year, 5, 26), 1200),),
        payments=((Date(year, 6, 1), Date(year, 6, 3)), (Date(year, 6, 18), Date(year, 6, 18))),
    )
    return tuple(_effects(days, figures or Figures()))


TEMPLATES: Mapping[str, Callable[[int, Figures | None], tuple[PromotionEffect, ...]]] = (
    MappingProxyType({"double-11": double_11, "618": june_18})
)


def _effects(days: _Days, figures: Figures) -> Iterator[PromotionEffect]:
    for position, (first, last) in enumerate(days.payments):
        opens = _opening(first, figures)
        closes = _midnight(last) + timedelta(days=1)
        number = position + 1
        size = 1.0 if position == len(days.payments) - 1 else figures.first
        if position < len(days.presales):
            date, minutes = days.presales[position]
            start = _midnight(date) + timedelta(minutes=minutes)
            wave = f"presale-{number}"
            night = start + timedelta(hours=OPENING_HOURS)
            lift = figures.presale
            yield _effect(wave, "event", start, night, EVENING, 2 * lift, 0, figures)
            yield _effect(wave, "event", night, opens, ORDINARY, lift, 0, figures)
        wave = f"payment-{number}"
        eve = opens - timedelta(days=1)
        shape = EVENING if figures.opening >= NOON else MIDNIGHT
        yield _effect(wave, "lead-in", eve, opens, RISING, figures.lead_in, 0, figures)
        night = _midnight(first) + timedelta(days=1)
        yield _effect(wave, "event", opens, night, shape, size, 0, figures)
        if night < closes:
            yield _effect(wave, "event", night, closes, ORDINARY, figures.rest * size, 0, figures)
        yield _effect(wave, "event", opens, closes, ORDINARY, 0, size * figures.after_sale, figures)
        after = closes + timedelta(days=figures.aftermath_days)
        lift = size * figures.aftermath
        yield _effect(wave, "aftermath", closes, after, FADING, 0, lift, figures)


def _effect(
    wave: str,
    phase: Phase,
    start: datetime,
    end: datetime,
    shape: str,
    before: float,
    after: float,
    figures: Figures,
) -> PromotionEffect:
    """Return an effect with the lifts of pre-sale, and of after-sale and hotline."""
    lifts = {"pre-sale": before, "after-sale": after, "hotline": after}
    multipliers = {
        skill: round(1 + lift * (figures.peak - 1), 2) for skill, lift in lifts.items() if lift
    }
    return PromotionEffect(
        wave=wave,
        phase=phase,
        start=start,
        end=end,
        multipliers=multipliers or {"pre-sale": 1.0},
        shape=shape,
    )


def _midnight(date: Date) -> datetime:
    return datetime.combine(date, time())


def _opening(date: Date, figures: Figures) -> datetime:
    day = date - timedelta(days=1) if figures.opening >= NOON else date
    return _midnight(day) + timedelta(minutes=figures.opening)
