"""What is wrong with a roster and what is missing: the lists of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from csshift.instance import Instance
from csshift.model.entity import clock
from csshift.model.roster import Roster
from csshift.model.score import Finding, Score
from csshift.report.shortage import Explainer, Explanation, worst_cells
from csshift.report.wording import Words, number, plain, queue_label, rule_sentences
from csshift.scoring.judging import broken_requests

MOST_LISTED = 200
MOST_EXPLAINED = 12
"""Shortages that are explained: each asks every hard rule about everybody who is off."""

Item = TypeVar("Item")


class Listing(NamedTuple, Generic[Item]):
    """The first of many: what is shown, how many there are, and how many count for nothing."""

    rows: tuple[Item, ...]
    total: int
    tiny: int = 0


class Fault(NamedTuple):
    """A broken hard rule; `hint` says what it requires."""

    rule: str
    hint: str
    agent: str
    date: str
    text: str


class Gap(NamedTuple):
    """A shortage; `why` is empty beyond the ones that are explained."""

    date: str
    time: str
    store: str
    skill: str
    required: str
    supplied: str
    shortage: str
    why: Reason | None


class Reason(NamedTuple):
    """Where those who may serve a queue are; `against` names what keeps people off."""

    able: int
    present: int
    other_hours: int
    away: int
    off: int
    could_come: int
    against: str


class BrokenWish(NamedTuple):
    """A wish that the roster does not grant."""

    agent: str
    date: str
    wish: str
    instead: str
    weight: str


class Penalty(NamedTuple):
    """Points of one rule; `hint` says what it requires, `bar` its percentage of the objective."""

    rule: str
    hint: str
    points: str
    times: str
    bar: float


def violations(instance: Instance, score: Score, words: Words) -> Listing[Fault]:
    """Return the broken hard rules."""
    labels = agent_labels(instance)
    hints = rule_sentences(instance, words.lang)

    def shown(finding: Finding) -> Fault:
        date = "" if finding.date is None else words.date(finding.date)
        agent = "" if finding.agent_id is None else labels.get(finding.agent_id, finding.agent_id)
        hint = hints.get(finding.rule, "")
        return Fault(words.name(finding.rule), hint, agent, date, finding.text)

    return _first([shown(finding) for finding in score.violations])


def shortages(instance: Instance, roster: Roster, score: Score, words: Words) -> Listing[Gap]:
    """Return the cells with a shortage, the worst first, the very worst explained."""
    short = sum(cell.shortage > 0 for cell in score.coverage)
    cells = worst_cells(score.coverage, len(score.coverage))
    explainer = Explainer(instance, roster)
    reasons = [_reason(explainer.explain(cell), words) for cell in cells[:MOST_EXPLAINED]]
    rows = [
        Gap(
            date=words.date(cell.date),
            time=clock(cell.start),
            store=queue_label(instance, cell.store, words.lang),
            skill=words.name(cell.skill),
            required=number(cell.required),
            supplied=number(cell.supplied),
            shortage=number(cell.shortage),
            why=reasons[i] if i < len(reasons) else None,
        )
        for i, cell in enumerate(cells[:MOST_LISTED])
    ]
    return Listing(tuple(rows), len(cells), short - len(cells))


def _reason(explanation: Explanation, words: Words) -> Reason:
    ranked = sorted(explanation.barriers.items(), key=lambda item: (-item[1], item[0]))
    return Reason(
        able=explanation.able,
        present=explanation.at_work,
        other_hours=explanation.other_hours,
        away=explanation.on_leave + explanation.not_employed,
        off=explanation.off,
        could_come=explanation.could_come,
        against=", ".join(f"{words.name(name)} {count}" for name, count in ranked),
    )


def broken_wishes(instance: Instance, roster: Roster, words: Words) -> Listing[BrokenWish]:
    """Return the wishes that are not granted, the weightiest first."""
    labels = agent_labels(instance)
    broken = broken_requests(instance, roster)
    broken.sort(key=lambda entry: (-entry[0].weight, entry[0].date))
    return _first(
        [
            BrokenWish(
                agent=labels[request.agent_id],
                date=words.date(request.date),
                wish=words.wish(request.want, request.shift),
                instead=worked or words("off"),
                weight=number(request.weight),
            )
            for request, worked in broken
        ]
    )


def penalties(instance: Instance, score: Score, words: Words) -> list[Penalty]:
    """Return the points by rule, the costliest first."""
    hints = rule_sentences(instance, words.lang)
    times = Counter(finding.rule for finding in score.broken)
    ranked = sorted(score.penalties.items(), key=lambda item: (-item[1], item[0]))
    return [
        Penalty(
            rule=words.name(rule),
            hint=hints.get(rule, ""),
            points=number(points, 1),
            times=str(times[rule] or ""),
            bar=round(100 * points / score.objective, 1) if score.objective > 0 else 0.0,
        )
        for rule, points in ranked
    ]


def agent_labels(instance: Instance) -> dict[str, str]:
    """Return identifier and name of each agent, by identifier."""
    return {
        agent.agent_id: plain(f"{agent.agent_id} {agent.name}".strip()) for agent in instance.agents
    }


def _first(rows: Sequence[Item]) -> Listing[Item]:
    return Listing(tuple(rows[:MOST_LISTED]), len(rows))
