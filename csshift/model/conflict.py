"""Why no roster keeps all hard rules, and what would make one possible."""

from __future__ import annotations

from datetime import date as Date
from typing import Literal

from csshift.model.entity import Entity


class ConflictPart(Entity):
    """One of several conditions that contradict one another; each of them is needed for that.

    Parameters
    ----------
    kind : {"rule", "pin", "leave", "availability", "employment"}
        What the condition comes from.
    rule : str
        Name of the rule, where it is one.
    agents : tuple of str
        Ids of the agents whom it names; empty where it concerns all.
    dates : tuple of date
        The day, or the first and the last one; empty where it names none.
    text, text_zh : str
        One sentence in English and in Chinese.
    """

    kind: Literal["rule", "pin", "leave", "availability", "employment"]
    rule: str = ""
    agents: tuple[str, ...] = ()
    dates: tuple[Date, ...] = ()
    text: str
    text_zh: str

    def __str__(self) -> str:
        return self.text


class Relaxation(Entity):
    """A hard condition that may be given up so that a roster becomes possible.

    Parameters
    ----------
    option : str
        What ``csshift solve --relax`` takes: the name of a rule, ``pin AGENT DATE``,
        ``leave AGENT DATE`` or ``availability AGENT``.
    text, text_zh : str
        What giving it up means, in English and in Chinese.
    """

    option: str
    text: str
    text_zh: str

    def __str__(self) -> str:
        return self.text


class Conflict(Entity):
    """A set of hard conditions that contradict one another.

    Parameters
    ----------
    parts : tuple of ConflictPart
        The conditions, those of one rule and time for several agents together.
    minimal : bool
        Whether without any one part the others can hold together; else time ran out before
        that was known.
    relaxations : tuple of Relaxation
        Those that together make a roster possible, of least cost; empty where none were found.
    """

    parts: tuple[ConflictPart, ...] = ()
    minimal: bool = True
    relaxations: tuple[Relaxation, ...] = ()
