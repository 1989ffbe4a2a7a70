"""Words and figures as people read them, in two languages, safe on any terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date as Date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from csshift.errors import Fault, InputError, suggestion
from csshift.io.translations import LANGUAGES, column_title, report_title, store, weekdays

if TYPE_CHECKING:
    from csshift.instance import Instance

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
    return f"{date.isoformat()} {weekdays('en')[date.weekday()]}"


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


MOST_STORES = 3
"""Stores that the name of a queue lists; it says how many more there are."""


def queue_label(instance: Instance, queue: str, lang: str = "en") -> str:
    """Return the stores of a queue as people read them: all of them, or the first ones."""
    stores, words = instance.stores_of(queue), Words(lang, capital=False)
    if len(stores) > 1 and len(stores) == len(instance.known_stores):
        return words("all-stores-group")
    if len(stores) <= MOST_STORES:
        return plain(queue)
    return plain("|".join(stores[:MOST_STORES])) + words(
        "more-stores", count=len(stores) - MOST_STORES
    )


class Words:
    """Phrases in one language.

    Parameters
    ----------
    lang : {"zh", "en"}
    capital : bool
        Whether terms begin with a capital letter, as headings of a page do.

    Raises
    ------
    InputError
        When the language is another one.
    """

    def __init__(self, lang: str, *, capital: bool = True) -> None:
        for language in LANGUAGES:
            if language == lang:
                self.lang = language
                break
        else:
            remedy = suggestion(lang, LANGUAGES, "language")
            raise InputError([Fault("lang", "unknown language", remedy, value=lang)])
        self._capital = capital

    def __call__(self, key: str, /, **figures: object) -> str:
        """Return a phrase, its gaps filled."""
        term = store()["terms"].get(key)
        if term is None:
            return str(store()["phrases"][key][self.lang]).format(**figures)
        text = str(term[self.lang])
        return text[:1].upper() + text[1:] if self._capital else text

    def unfilled(self, code: str, **fields: object) -> str:
        """Return a phrase on unfilled turns."""
        from csshift.scoring.unfilled import PHRASES

        phrases = PHRASES if self.lang == "en" else store()["unfilled"]
        return str(phrases[code]).format(**fields)

    def column(self, name: str) -> str:
        """Return what a column of a table is called."""
        return column_title(name, self.lang)

    def sheet(self, name: str) -> str:
        """Return the title of a sheet of a report."""
        return report_title(name, self.lang)

    def weekday(self, date: Date) -> str:
        """Return the short name of a date's weekday."""
        return weekdays(self.lang)[date.weekday()]

    def month(self, date: Date) -> str:
        """Return year and month."""
        return f"{date.year}年{date.month}月" if self.lang == "zh" else f"{date:%Y-%m}"

    def day(self, date: Date) -> str:
        """Return month and day."""
        return f"{date.month}月{date.day}日" if self.lang == "zh" else f"{date:%m-%d}"

    def date(self, date: Date) -> str:
        """Return month and day with the weekday."""
        return f"{self.day(date)} {'周' if self.lang == 'zh' else ''}{self.weekday(date)}"

    def wish(self, want: str, shift: str | None) -> str:
        """Return what somebody wished for a day."""
        if shift is None:
            return self(f"wish-{want}")
        return self("wish-not-shift" if want == "off" else "wish-shift", shift=plain(shift))

    def name(self, name: str) -> str:
        """Return what csshift itself calls something in this language; users' names stay.

        Rules, skills and duties may carry a name of csshift's own, such as ``shortage`` or
        ``pre-sale``, or one that a user gave.
        """
        if self.lang == "en":
            return plain(name)
        names = store()["names"]
        contract, colon, term = name.partition(": ")
        if colon and contract.startswith("contract ") and term in names:
            return plain(f"合同 {contract.removeprefix('contract ')}：{names[term]}")
        from csshift.problem.presets import label_in
        from csshift.rules.registry import kinds

        if preset_label := label_in(name, self.lang):
            return plain(preset_label)
        rule = kinds().get(name)
        title = "" if rule is None else rule.titles.get(self.lang, "")
        return names.get(name) or title or plain(name)
