"""The words of the page, Chinese and English."""

from __future__ import annotations

from datetime import date as Date
from types import MappingProxyType
from typing import Literal

from csshift.errors import Fault, InputError, suggestion
from csshift.problem.labour import label_in
from csshift.report.html.vocabulary import NAMES, PHRASES
from csshift.report.wording import plain
from csshift.rules.registry import kinds

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
WEEKDAYS = MappingProxyType(
    {
        "zh": ("一", "二", "三", "四", "五", "六", "日"),
        "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"),
    }
)


class Words:
    """Phrases in one language.

    Parameters
    ----------
    lang : {"zh", "en"}

    Raises
    ------
    InputError
        When the language is another one.
    """

    def __init__(self, lang: str) -> None:
        if lang not in LANGUAGES:
            remedy = suggestion(lang, LANGUAGES, "language")
            raise InputError([Fault("lang", "unknown language", remedy, value=lang)])
        self.lang = lang
        self._column = LANGUAGES.index(lang)

    def __call__(self, key: str, /, **figures: object) -> str:
        """Return a phrase, its gaps filled."""
        return PHRASES[key][self._column].format(**figures)

    def weekday(self, date: Date) -> str:
        """Return the short name of a date's weekday."""
        return WEEKDAYS[self.lang][date.weekday()]

    def date(self, date: Date) -> str:
        """Return a date with its weekday, the year left out."""
        if self.lang == "zh":
            return f"{date.month}月{date.day}日 周{self.weekday(date)}"
        return f"{date:%m-%d} {self.weekday(date)}"

    def name(self, name: str) -> str:
        """Return what csshift itself calls something in this language; users' names stay.

        Rules, skills and duties may carry a name of csshift's own, such as ``shortage`` or
        ``pre-sale``, or one that a user gave.
        """
        if self.lang == "en":
            return plain(name)
        contract, colon, term = name.partition(": ")
        if colon and contract.startswith("contract ") and term in NAMES:
            return plain(f"合同 {contract.removeprefix('contract ')}：{NAMES[term]}")
        if preset_label := label_in(name, self.lang):
            return plain(preset_label)
        rule = kinds().get(name)
        title = "" if rule is None else rule.titles.get(self.lang, "")
        return NAMES.get(name) or title or plain(name)
