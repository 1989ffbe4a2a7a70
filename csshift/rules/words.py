"""Words of rules: titles and sentences in each language, with the values of fields."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from csshift.model.horizon import rolling_days
from csshift.rules.selector import Selector

Texts = Mapping[str, str]
"""A text in each language, by its code: ``en``, ``zh``."""


def texts(*, en: str, zh: str) -> Texts:
    """Return a text in English and Chinese."""
    return MappingProxyType({"en": en, "zh": zh})


PERIODS: Mapping[str, Texts] = MappingProxyType(
    {
        "day": texts(en="in a day", zh="每天"),
        "week": texts(en="in a week", zh="每周"),
        "month": texts(en="in a month", zh="每月"),
        "quarter": texts(en="in a quarter", zh="每季度"),
        "year": texts(en="in a year", zh="每年"),
        "horizon": texts(en="in the planned period", zh="整个排班期"),
    }
)
"""What the values of a field `per` are called within a sentence."""


def period_text(per: str, lang: str = "en") -> str:
    """Return what a period is called within a sentence."""
    days = rolling_days(per)
    if days is not None:
        return f"任意连续 {days} 天" if lang == "zh" else f"in {days} consecutive days"
    if per in PERIODS:
        return PERIODS[per][lang]
    return f"“{per}”期间" if lang == "zh" else f"in {per}"


def plural(count: Any, noun: str) -> str:
    """Return a count with its noun: ``1 day``, ``3 days``."""
    return f"{count} {noun}" if str(count) == "1" else f"{count} {noun}s"


class Shown:
    """A value of a field within a sentence; a format such as ``:day`` adds a noun."""

    def __init__(self, value: Any, lang: str) -> None:
        self.value = value
        self.lang = lang

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, tuple) and not hasattr(value, "_fields"):
            return ("、" if self.lang == "zh" else ", ").join(map(str, value))
        if value is None:
            return "任意班次" if self.lang == "zh" else "any shift"
        if isinstance(value, Decimal):
            return f"{value:f}"
        return value.text(self.lang) if isinstance(value, Selector) else str(value)

    def __format__(self, noun: str) -> str:
        return plural(self, noun) if noun else str(self)
