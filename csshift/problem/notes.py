"""Notes on a problem: what of it is left out or without effect, known before any search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from csshift.model.notes import Note
from csshift.problem.binding import rule_dates_outside, rules_without_effect
from csshift.problem.outside import overrides_outside, rows_outside

if TYPE_CHECKING:
    from csshift.problem.problem import Problem


def problem_notes(problem: Problem) -> tuple[Note, ...]:
    """Return what a reader of any result of the problem should know."""
    return tuple(note for find in FINDERS for note in find(problem))


FINDERS: tuple[Callable[[Problem], Iterator[Note]], ...] = (
    rows_outside,
    overrides_outside,
    rule_dates_outside,
    rules_without_effect,
)
"""What looks for notes, in the order in which they are shown."""
