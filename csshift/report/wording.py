"""Words and figures as people read them, safe on any terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date as Date
from decimal import Decimal
from fractions import Fraction

from csshift.instance import Instance

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that could steer a terminal or break a line."""


def plain(text: str) -> str:
    """Return text without characters that a terminal would obey, each replaced by ``?``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("?" if unicodedata.category(char) in UNSAFE else char for char in text)


def number(value: float | Decimal | Fraction, places: int = 2) -> str:
    """Return a number with commas and without superfluous zeros: ``1,234.5``."""
    text = f"{float(value):,.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def percent(share: float) -> str:
    """Return a share in percent, ``0.0123`` as ``1.23 %``."""
    return f"{number(100 * share)} %"


def day(date: Date) -> str:
    """Return a date with its weekday, ``2026-03-18 We``."""
    return f"{date.isoformat()} {WEEKDAYS[date.weekday()]}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return ``1 agent``, ``2 agents``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(words: Iterable[str], most: int = 5) -> str:
    """Return words joined by commas, the number of the others at the end."""
    every = list(words)
    text = ", ".join(plain(word) for word in every[:most])
    return text if len(every) <= most else f"{text} and {len(every) - most} more"


def rule_sentences(instance: Instance, lang: str) -> dict[str, str]:
    """Return what the rules of a problem require, by their label; rules of one label together."""
    found: dict[str, list[str]] = {}
    for rule in instance.effective_rules:
        found.setdefault(rule.label, []).append(plain(rule.sentence(lang)))
    return {label: " ".join(dict.fromkeys(texts)) for label, texts in found.items()}
