"""The summary that a terminal shows: from a problem and a result to lines and tables.

Every function returns text or renderables of rich; nothing here prints. Names that users
gave are data: never markup, never control characters.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from csshift.instance import Instance
from csshift.model.notes import Note
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.problem import Problem
from csshift.problem.labour import LABOUR_PRESET, TURN_OFF, preset_held
from csshift.report.grid import roster_grid
from csshift.report.sections import (
    MOST_AGENTS,
    coverage_sections,
    deferred_sections,
    duty_lines,
    lever_lines,
    penalty_table,
    people_table,
    request_lines,
)
from csshift.report.shown import shown_agents
from csshift.report.wording import counted, number, percent, plain

MOST_VIOLATIONS = 200


def result_summary(
    problem: Problem | Instance, result: Result, width: int = 80
) -> Iterator[RenderableType]:
    """Yield the parts of the summary of a solve.

    Parameters
    ----------
    problem : Problem
    result : Result
        Of that problem.
    width : int
        Cells of the terminal.
    """
    instance = Instance.of(problem)
    yield heading(instance)
    yield from labour_lines(instance.problem)
    yield from status_lines(result)
    if result.roster is not None and result.score is not None:
        yield from roster_sections(instance, result.roster, result.score, width)
    yield from note_lines(result.notes)


def score_summary(
    problem: Problem | Instance, roster: Roster, score: Score, width: int = 80
) -> Iterator[RenderableType]:
    """Yield the parts of the summary of a check: violations first, then what a solve shows."""
    instance = Instance.of(problem)
    yield heading(instance)
    yield from labour_lines(instance.problem)
    yield from violation_lines(score)
    yield from roster_sections(instance, roster, score, width)
    yield from note_lines(instance.notes)


def note_lines(notes: Sequence[Note]) -> Iterator[Text]:
    """Yield the notes under their title; nothing where there are none.

    That on the preset of labour rules is left out: it stands at the head.
    """
    shown = [note for note in notes if note.code != LABOUR_PRESET]
    if shown:
        yield _title("Notes")
        yield from (Text(f"- {plain(note.text)}") for note in shown)


def labour_lines(problem: Problem) -> Iterator[Text]:
    """Yield which preset of labour rules applies, and how to turn it off."""
    held = preset_held(problem)
    if held is not None:
        for text in (held, TURN_OFF["en"]):
            yield Text(plain(f"{text[0].upper()}{text[1:]}"), style="yellow")


def heading(instance: Instance) -> Text:
    """Return the title of a problem, its horizon and its size."""
    horizon = instance.horizon
    title = f"{plain(instance.problem.name)}: " if instance.problem.name else ""
    size = f"{counted(len(shown_agents(instance)), 'agent')}, {counted(horizon.days, 'day')}"
    return Text(f"{title}{size}, {horizon.start} to {horizon.end}", style="bold")


def status_lines(result: Result) -> Iterator[Text]:
    """Yield what came of a solve, in plain words, and the figures behind it."""
    words, style = _status(result)
    yield Text(words, style=style)
    figures = {
        "objective": result.objective,
        "bound": result.bound,
        "seconds": result.seconds,
    }
    shown = [f"{name} {number(v, 1)}" for name, v in figures.items() if v is not None]
    if result.gap is not None:
        shown.insert(-1, f"gap {percent(result.gap)}")
    yield Text(", ".join(shown))
    yield from conflict_lines(result)


def conflict_lines(result: Result) -> Iterator[Text]:
    """Yield what contradicts one another, a line each, and how a roster becomes possible."""
    conflict = result.conflict
    if conflict is None or not conflict.parts:
        yield from (Text(f"- {plain(rule)}", style="red") for rule in result.conflicts)
        return
    yield from (Text(f"- {plain(part.text)}", style="red") for part in conflict.parts)
    if not conflict.minimal:
        yield Text("Some of these may be superfluous: time ran out before that was known.")
    if conflict.relaxations:
        yield Text("A roster becomes possible with csshift solve and:")
        for relaxation in conflict.relaxations:
            yield Text(
                f"  --relax {shlex.quote(plain(relaxation.option))}: {plain(relaxation.text)}"
            )


def _status(result: Result) -> tuple[str, str]:
    if result.status == "optimal":
        return "Optimal: every hard rule holds, and no roster has a lower objective.", "green"
    if result.status == "infeasible":
        conflicts = "; these contradict one another:" if result.conflicts else "."
        return f"Infeasible: no roster keeps all hard rules{conflicts}", "red"
    if result.status == "unknown":
        return "Unknown: no roster was found in the time; allow more with --time-limit.", "red"
    if result.gap is None:
        return "Feasible: every hard rule holds; how much better it could be is not known.", "green"
    best = f"at most {percent(result.gap)} of its objective could be saved"
    return f"Feasible: every hard rule holds; {best}.", "green"


def violation_lines(score: Score) -> Iterator[Text]:
    """Yield the broken hard rules, or that none is broken."""
    if score.feasible:
        yield Text("Every hard rule holds.", style="green")
    else:
        count = counted(len(score.violations), "hard violation")
        yield Text(f"{count}:", style="red")
        for finding in score.violations[:MOST_VIOLATIONS]:
            yield Text(f"- {plain(str(finding))}", style="red")
        if len(score.violations) > MOST_VIOLATIONS:
            yield Text(f"- and {len(score.violations) - MOST_VIOLATIONS} more", style="red")
    yield Text(f"objective {number(score.objective, 1)}")


def roster_sections(
    instance: Instance, roster: Roster, score: Score, width: int
) -> Iterator[RenderableType]:
    """Yield the sections about a roster: grid, shortage, people, duties, wishes, penalties."""
    yield _title("Roster")
    yield roster_grid(instance, roster, width, MOST_AGENTS)
    yield _title("Shortage")
    yield from coverage_sections(instance, roster, score)
    if score.deferred:
        yield _title("Work with a deadline")
        yield from deferred_sections(score)
    levers = list(lever_lines(instance))
    if levers:
        yield _title("Other days, other ways")
        yield from map(Text, levers)
    yield _title("People")
    yield people_table(instance, roster)
    if instance.duties:
        yield _title("Duties")
        yield from duty_lines(instance, roster)
    if instance.planned.requests:
        yield _title("Wishes")
        yield from request_lines(instance, roster)
    if score.penalties:
        yield _title("What the objective is made of")
        yield penalty_table(score)


def _title(words: str) -> Text:
    return Text(f"\n{words}", style="bold underline")
