"""What is wrong with a roster and what is missing: the lists of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from csshift.instance import Instance
from csshift.model.people import Request
from csshift.model.roster import CoverageCell, Roster
from csshift.model.score import Finding, Score
from csshift.report.shortage import Explainer, Explanation, worst_cells
from csshift.scoring.judging import broken_requests

MOST_LISTED = 200
MOST_EXPLAINED = 12
"""Shortages that are explained: each takes a check of every hard rule for everybody who is off."""

Item = TypeVar("Item")


class Listing(NamedTuple, Generic[Item]):
    """The first of many: what is shown, how many there are, and how many count for nothing."""

    rows: tuple[Item, ...]
    total: int
    tiny: int = 0


class ShortageRow(NamedTuple):
    """A shortage; `why` is None beyond the ones that are explained."""

    cell: CoverageCell
    why: Explanation | None


def violations(score: Score) -> Listing[Finding]:
    """Return the broken hard rules."""
    return _first(score.violations)


def shortages(instance: Instance, roster: Roster, score: Score) -> Listing[ShortageRow]:
    """Return the cells with a shortage, the worst first, the very worst explained."""
    short = sum(cell.shortage > 0 for cell in score.coverage)
    cells = worst_cells(score.coverage, len(score.coverage))
    explainer = Explainer(instance, roster)
    rows = [
        ShortageRow(cell, explainer.explain(cell) if i < MOST_EXPLAINED else None)
        for i, cell in enumerate(cells[:MOST_LISTED])
    ]
    return Listing(tuple(rows), len(cells), short - len(cells))


def broken_wishes(instance: Instance, roster: Roster) -> Listing[tuple[Request, str | None]]:
    """Return the wishes that are not granted, the weightiest first, and what is worked instead."""
    broken = broken_requests(instance, roster)
    return _first(sorted(broken, key=lambda entry: (-entry[0].weight, entry[0].date)))


def agent_labels(instance: Instance) -> dict[str, str]:
    """Return identifier and name of each agent, by identifier."""
    return {agent.agent_id: agent.label for agent in instance.agents}


def _first(rows: Sequence[Item]) -> Listing[Item]:
    return Listing(tuple(rows[:MOST_LISTED]), len(rows))
