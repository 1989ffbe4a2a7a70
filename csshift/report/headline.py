"""How good a roster is, in one or two sentences about hours and wishes instead of points."""

from __future__ import annotations

from collections.abc import Iterator

from csshift.instance import Instance
from csshift.instance.requirements import PRICE_PARTS
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.report.wording import Words, number, percent
from csshift.scoring.coverage import empty_cells
from csshift.scoring.duties import UNFILLED
from csshift.scoring.judging import REQUESTS

LEAST_HOURS = 0.05
"""Head-hours that read as 0."""

OVERTIME = "overtime"


def headline(instance: Instance, result: Result, words: Words) -> list[str]:
    """Return the sentences on a result: first what is proven of it, then what is missing.

    Parameters
    ----------
    instance : Instance
    result : Result
        With a roster.
    words : Words
    """
    score = result.score
    if score is None:
        return []
    if not score.feasible:
        return [words("violated", count=len(score.violations))]
    missing = float(score.shortage_hours)
    sentences = [_proven(instance, result, score, words)]
    if not score.required_hours:
        sentences.append(words("good-nothing-asked"))
    elif missing < LEAST_HOURS:
        sentences.append(words("good-all-there", required=number(score.required_hours, 1)))
    else:
        sentences.append(
            words(
                "good-missing",
                required=number(score.required_hours, 1),
                missing=number(missing, 1),
                share=percent(round(score.shortage_percent / 100, 3)),
            )
        )
    return [*sentences, *unserved(instance, result.roster, score, words)]


def unserved(
    instance: Instance, roster: Roster | None, score: Score, words: Words
) -> Iterator[str]:
    """Yield how many inquiries come when nobody can take them; nothing where all are taken."""
    missed = round(score.unserved_inquiries)
    if not missed or roster is None:
        return
    empty = round(sum(c.inquiries for c in empty_cells(instance, roster, score.coverage)))
    figures = {"unserved": number(missed, 0), "inquiries": number(score.inquiries, 0)}
    if empty:
        yield words("good-unserved-empty", **figures, empty=number(min(empty, missed), 0))
    else:
        yield words("good-unserved", **figures)


def _proven(instance: Instance, result: Result, score: Score, words: Words) -> str:
    """Return what is proven of a roster that keeps every hard rule."""
    missing = float(score.shortage_hours)
    if result.status == "optimal":
        return words("good-best" if missing >= LEAST_HOURS else "good-best-all-there")
    if result.bound is None or result.gap is None:
        return words("good-unknown")
    gap = max(0.0, score.objective - result.bound)
    hours = result.gap_hours
    if hours is None or missing < LEAST_HOURS:
        return _rest(instance, score, gap, words)
    full = min(missing, score.full_shortage_hours)
    if hours >= full - LEAST_HOURS:
        return words("good-not-proven", missing=number(missing, 1))
    if full_price(instance, score):
        return words("good-hours", hours=_hours(hours), missing=number(missing, 1))
    return words("good-worth", hours=_hours(hours), full=number(full, 1))


def _hours(hours: float) -> str:
    """Return hours rounded up to tenths, so that the sentence stays true."""
    return number(-(-round(hours, 6) * 10 // 1) / 10, 1)


def full_price(instance: Instance, score: Score) -> bool:
    """Return whether every missing head-hour costs the full price or more."""
    weights = (skill.shortage_weight for skill in instance.known_skills.values())
    if min(weights) < 1 or int(instance.demand.price.min(initial=PRICE_PARTS)) < PRICE_PARTS:
        return False
    return score.full_shortage_hours >= float(score.shortage_hours) - 1e-6


def _rest(instance: Instance, score: Score, gap: float, words: Words) -> str:
    """Return what a gap can be where no head is missing: overtime, wishes, duties."""
    parts = list(_parts(instance, score, gap, words))
    if not parts:
        return words("good-small")
    return words("good-rest", parts=words("good-or").join(parts))


def _parts(instance: Instance, score: Score, gap: float, words: Words) -> Iterator[str]:
    weights = instance.weights
    duty, wish, hour = (
        float(weights.duty_unfilled),
        float(weights.wish_points),
        float(weights.overtime),
    )
    unfilled = score.penalties.get(UNFILLED, 0.0)
    if duty and min(gap, unfilled) >= duty:
        yield _counted("good-turn", int(min(gap, unfilled) / duty), words)
    lost = score.penalties.get(REQUESTS, 0.0)
    if wish and min(gap, lost) >= wish:
        yield _counted("good-wish", int(min(gap, lost) / wish), words)
    overtime = sum(
        points for name, points in score.penalties.items() if name.endswith(f": {OVERTIME}")
    )
    if hour and min(gap, overtime) / hour >= LEAST_HOURS:
        yield words("good-overtime", hours=_hours(min(gap, overtime) / hour))


def _counted(key: str, count: int, words: Words) -> str:
    plural = {"good-turn": "good-turns", "good-wish": "good-wishes"}
    return words(key if count == 1 else plural[key], count=count)
