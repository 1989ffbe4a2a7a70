"""Notes on a problem: what of it is left out or has no effect, known before any search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from csshift.model.notes import Note
from csshift.problem.binding import rule_dates_outside, rules_without_effect
from csshift.problem.limits import labour_notes
from csshift.problem.outside import overrides_outside, rows_outside

if TYPE_CHECKING:
    from csshift.problem.problem import Problem

MOST_NAMED = 5
"""Names that the text of a note lists; the fields of the note hold all of them."""


def problem_notes(problem: Problem) -> tuple[Note, ...]:
    """Return what a reader of any result of the problem should know."""
    return tuple(note for find in FINDERS for note in find(problem))


def _left(problem: Problem) -> Iterator[Note]:
    """Find people of the history who are not among the agents."""
    known = problem.staffing.agent_index
    named = [row.agent_id for row in problem.history if row.agent_id not in known]
    named += [row.agent_id for row in problem.history_duties if row.agent_id not in known]
    if named:
        agents, count = tuple(dict.fromkeys(named)), len(named)
        yield Note(
            code="history-unknown-agents",
            text=f"history: {_rows(count)} ignored, of people who are not among the agents: "
            f"{_listed(agents)}",
            agents=agents,
            count=count,
        )


def _unknown_shifts(problem: Problem) -> Iterator[Note]:
    """Find shifts of the history that are not in the list, so that their hours are unknown."""
    agents, known = problem.staffing.agent_index, problem.staffing.shift_index
    rows = [row for row in problem.history if row.agent_id in agents and row.shift not in known]
    if rows:
        codes = tuple(dict.fromkeys(row.shift for row in rows))
        yield Note(
            code="history-unknown-shifts",
            text=f"history: {_rows(len(rows))} with a code that is not in the list of shifts "
            f"({_listed(codes)}); each counts as a day at work of unknown hours, without paid "
            "hours and without rest after it; to give the hours, add the code to the shifts "
            "with an end_date before the horizon",
            shifts=codes,
            agents=tuple(dict.fromkeys(row.agent_id for row in rows)),
            dates=tuple(sorted({row.date for row in rows})),
            count=len(rows),
        )


def _unknown_duties(problem: Problem) -> Iterator[Note]:
    """Find duties of the history that are no longer held."""
    agents, known = problem.staffing.agent_index, {duty.name for duty in problem.duties}
    rows = [row for row in problem.history_duties if row.agent_id in agents]
    rows = [row for row in rows if row.duty not in known]
    if rows:
        names = tuple(dict.fromkeys(row.duty for row in rows))
        yield Note(
            code="history-unknown-duties",
            text=f"past duties: {_rows(len(rows))} ignored, of duties that the problem does not "
            f"have: {_listed(names)}",
            rules=names,
            count=len(rows),
        )


def _too_old(problem: Problem) -> Iterator[Note]:
    """Find rows of the history that lie before the days on which rules look back."""
    first = problem.staffing.dates[0]
    rows = [row for row in problem.history if row.date < first]
    if rows:
        yield Note(
            code="history-too-old",
            text=f"history: {_rows(len(rows))} ignored, from before {first}, which is farther "
            "back than rules look",
            count=len(rows),
        )


FINDERS: tuple[Callable[[Problem], Iterator[Note]], ...] = (
    labour_notes,
    _left,
    _unknown_shifts,
    _unknown_duties,
    _too_old,
    rows_outside,
    overrides_outside,
    rule_dates_outside,
    rules_without_effect,
)
"""What looks for notes, in the order in which they are shown."""


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
