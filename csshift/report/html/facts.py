"""The facts of a result, for the head and the last section of the page."""

from __future__ import annotations

from typing import NamedTuple

from csshift.instance import Instance
from csshift.model.notes import MOST_SHOWN
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.problem.labour import LABOUR_PRESET
from csshift.report.headline import headline
from csshift.report.people import people
from csshift.report.wording import Words, number, percent
from csshift.scoring.judging import broken_requests
from csshift.scoring.unfilled import unfilled_turns

WIDTH, HEIGHT = 600, 120
"""Units of the picture of the search."""


class Figure(NamedTuple):
    """A key figure: what it is, its value, a note, and whether it is good, bad or neither."""

    name: str
    value: str
    note: str = ""
    mood: str = ""


class Search(NamedTuple):
    """The objective and the bound over time, as SVG paths with their labels."""

    objective: str
    bound: str
    label: str
    seconds: str
    top: str
    bottom: str


def verdict(instance: Instance, result: Result, words: Words) -> tuple[str, str]:
    """Return the outcome of a solve in a few sentences, and whether it is good or bad."""
    if result.score is None:
        return words(result.status), "bad"
    sentences = headline(instance, result, words)
    text = "".join(sentences) if words.lang == "zh" else " ".join(sentences)
    return text, "good" if result.score.feasible else "bad"


def notes(result: Result, words: Words) -> tuple[list[str], list[str]]:
    """Return the first notes, and those after them.

    The one on the preset of labour rules is left out: the head of the page names it.
    """
    shown = [note.worded(words.lang) for note in result.notes if note.code != LABOUR_PRESET]
    return shown[:MOST_SHOWN], shown[MOST_SHOWN:]


def key_figures(instance: Instance, roster: Roster, result: Result, words: Words) -> list[Figure]:
    """Return the figures that a manager looks at first."""
    figures = []
    if result.score is not None:
        score = result.score
        missing = words(
            "missing-note",
            missing=number(score.shortage_hours, 1),
            required=number(score.required_hours, 1),
        )
        share = f"{number(score.shortage_percent)} %"
        figures.append(Figure(words("missing"), share, missing))
        count = len(score.violations)
        note = words("hard-some" if count else "hard-none")
        mood = "bad" if count else "good"
        figures.append(Figure(words("hard-violations"), str(count), note, mood))
    if instance.duties:
        figures.append(_duties(instance, roster, words))
    if instance.planned.requests:
        total = len(instance.planned.requests)
        granted = total - len(broken_requests(instance, roster))
        note = words("wishes-note", missing=total - granted)
        figures.append(Figure(words("wishes-granted"), f"{granted} / {total}", note))
    overtime = [p.overtime for p in people(instance, roster) if p.overtime is not None]
    if overtime:
        note = words("overtime-note", people=sum(extra > 0 for extra in overtime))
        hours = words("overtime-value", hours=number(sum(overtime), 1))
        figures.append(Figure(words("overtime"), hours, note))
    return figures


def _duties(instance: Instance, roster: Roster, words: Words) -> Figure:
    turns = sum(duty.turns_on(instance.horizon.dates) for duty in instance.duties)
    missing = sum(
        turn.turns for duty in instance.duties for turn in unfilled_turns(instance, roster, duty)
    )
    note = words("duties-note", missing=missing)
    mood = "bad" if missing else ""
    return Figure(words("duties-filled"), f"{turns - missing} / {turns}", note, mood)


def facts(result: Result, words: Words) -> list[tuple[str, str]]:
    """Return the facts of a result by name."""
    none = words("none")
    gap = none if result.gap is None else percent(result.gap)
    versions = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    return [
        (words("status"), words(f"status-{result.status}")),
        (words("objective"), _or(result.objective, none)),
        (words("bound"), _or(result.bound, none)),
        (words("gap"), gap),
        (words("seconds"), number(result.seconds, 1)),
        (words("seed"), str(result.seed)),
        (words("versions"), versions or none),
    ]


def _or(value: float | None, none: str) -> str:
    return none if value is None else number(value, 1)


def search(result: Result, words: Words) -> Search | None:
    """Return the picture of the search; None if there is too little to draw.

    The objective of the first rosters can be many times that of the last: what lies above
    three times the final objective's distance from the first bound is cut off at the top.
    """
    objective = [(p.seconds, p.objective) for p in result.trace if p.objective is not None]
    bound = [(p.seconds, p.bound) for p in result.trace if p.bound is not None]
    if len(objective) < 2:
        return None
    last = objective[-1][1]
    low = min([last, *(value for _, value in bound[-1:])])
    high = min(objective[0][1], last + 3 * max(last - low, 0.02 * abs(last), 1e-9))
    low = max(low - 0.15 * (high - low), 0.0) if low >= 0 else low
    end = max(result.seconds, objective[-1][0], 1e-9)
    frame = low, high, end
    return Search(
        objective=_path(objective, frame),
        bound=_path(bound, frame) if bound else "",
        label=words(
            "search-label",
            seconds=number(end, 1),
            first=number(objective[0][1], 1),
            last=number(last, 1),
            bound=_or(bound[-1][1] if bound else None, words("none")),
        ),
        seconds=number(end, 1),
        top=number(high, 0),
        bottom=number(low, 0),
    )


def _path(points: list[tuple[float, float]], frame: tuple[float, float, float]) -> str:
    """Return steps through points of time and value, cut off at the frame's top and bottom."""
    low, high, end = frame
    path = ""
    for seconds, value in points:
        x = f"{WIDTH * min(seconds, end) / end:.1f}"
        height = (min(max(value, low), high) - low) / ((high - low) or 1.0)
        y = f"{HEIGHT * (1 - height):.1f}"
        path += f"H{x}V{y}" if path else f"M{x} {y}"
    return f"{path}H{WIDTH}"
