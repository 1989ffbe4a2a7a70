"""The summary that a terminal shows: from a problem and a result to lines and tables.

Every function returns text or renderables of rich; nothing here prints. Names that users
gave are data: never markup, never control characters.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from csshift.instance import Instance
from csshift.model.notes import MOST_SHOWN, Note, ranked
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.planner.roster_notes import roster_notes
from csshift.problem import Problem
from csshift.problem.labour import LABOUR_PRESET, TURN_OFF, preset_held
from csshift.report.grid import roster_grid
from csshift.report.headline import headline
from csshift.report.sections import (
    FEW_CELLS,
    MOST_AGENTS,
    MOST_CELLS,
    coverage_sections,
    deferred_sections,
    duty_lines,
    empty_lines,
    lever_lines,
    penalty_table,
    people_table,
    request_lines,
    total_lines,
)
from csshift.report.shown import shown_agents
from csshift.report.wording import Words, counted, number, percent, plain

MOST_VIOLATIONS = 200


def result_summary(
    problem: Problem | Instance, result: Result, width: int = 80, *, verbose: bool = False
) -> Iterator[RenderableType]:
    """Yield the parts of the summary of a solve, the roster last.

    Parameters
    ----------
    problem : Problem
    result : Result
        Of that problem.
    width : int
        Cells of the terminal.
    verbose : bool
        Show points, too: objective, bound, and what the objective is made of.
    """
    instance = Instance.of(problem)
    yield heading(instance)
    yield from labour_lines(instance.problem)
    yield from status_lines(instance, result)
    if verbose:
        yield figure_line(result)
    yield from note_lines(result.notes)
    if result.roster is not None and result.score is not None:
        yield from roster_sections(instance, result.roster, result.score, width, verbose=verbose)


def score_summary(
    problem: Problem | Instance, roster: Roster, score: Score, width: int = 80
) -> Iterator[RenderableType]:
    """Yield the parts of the summary of a check: violations first, then what a solve shows."""
    instance = Instance.of(problem)
    yield heading(instance)
    yield from labour_lines(instance.problem)
    yield from violation_lines(score)
    yield from map(Text, total_lines(instance, roster, score))
    yield from note_lines(ranked((*instance.notes, *roster_notes(instance, roster, score))))
    yield from roster_sections(instance, roster, score, width, verbose=True)


def note_lines(notes: Sequence[Note]) -> Iterator[RenderableType]:
    """Yield the first notes under their title, and how many more there are.

    The one on the preset of labour rules is left out: the heading names it.
    """
    every = [note for note in notes if note.code != LABOUR_PRESET]
    if not every:
        return
    yield _title("Notes")
    for note in every[:MOST_SHOWN]:
        yield _bulleted(note.text)
    if len(every) > MOST_SHOWN:
        yield Text(Words("en")("notes-more", count=len(every) - MOST_SHOWN))


def _bulleted(text: str) -> RenderableType:
    """Return an entry of a list, whose further lines are indented."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(Text("-"), Text(plain(text), overflow="fold"))
    return grid


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


def status_lines(problem: Problem | Instance, result: Result) -> Iterator[RenderableType]:
    """Yield the outcome of a solve: how good the roster is, or why there is none."""
    if result.status == "infeasible":
        conflicts = "; these contradict one another:" if result.conflicts else "."
        yield Text(f"Infeasible: no roster keeps all hard rules{conflicts}", style="red")
        yield from conflict_lines(result)
    elif result.score is None:
        words = "Unknown: no roster was found in the time; allow more with --time-limit."
        yield Text(words, style="red")
    else:
        for sentence in headline(Instance.of(problem), result, Words("en")):
            yield Text(plain(sentence), style="green")


def figure_line(result: Result) -> Text:
    """Return objective, bound and gap in points, and the seconds."""
    figures = {"objective": result.objective, "bound": result.bound, "seconds": result.seconds}
    shown = [f"{name} {number(v, 1)}" for name, v in figures.items() if v is not None]
    if result.gap is not None:
        shown.insert(-1, f"gap {percent(result.gap)}")
    return Text(f"{result.status}: {', '.join(shown)}")


def conflict_lines(result: Result) -> Iterator[Text]:
    """Yield the conditions that contradict one another, one per line, and how to resolve them."""
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
    if score.reported:
        count = counted(len(score.reported), "breach", "breaches")
        yield Text(f"{count} of rules that only report:", style="yellow")
        for finding in score.reported[:MOST_VIOLATIONS]:
            yield Text(f"- {plain(str(finding))}", style="yellow")
        if len(score.reported) > MOST_VIOLATIONS:
            yield Text(f"- and {len(score.reported) - MOST_VIOLATIONS} more", style="yellow")
    yield Text(f"objective {number(score.objective, 1)}")


def roster_sections(
    instance: Instance, roster: Roster, score: Score, width: int, *, verbose: bool = False
) -> Iterator[RenderableType]:
    """Yield the sections about a roster: shortage, duties, wishes, people, and the roster."""
    if score.shortage_hours or verbose:
        yield _title("Shortage")
        if verbose:
            yield from map(Text, empty_lines(instance, roster, score))
        yield from coverage_sections(instance, roster, score, MOST_CELLS if verbose else FEW_CELLS)
    if score.deferred:
        yield _title("Work with a deadline")
        yield from deferred_sections(score)
    levers = list(lever_lines(instance))
    if levers:
        yield _title("Skills that differ on some days")
        yield from map(Text, levers)
    if instance.duties:
        yield _title("Duties")
        yield from duty_lines(instance, roster)
    if instance.planned.requests:
        yield _title("Wishes")
        yield from request_lines(instance, roster)
    if score.penalties and verbose:
        yield _title("What the objective is made of")
        yield penalty_table(score)
    yield _title("People")
    yield people_table(instance, roster)
    yield _title("Roster")
    yield roster_grid(instance, roster, width, MOST_AGENTS)


def _title(words: str) -> Text:
    return Text(f"\n{words}", style="bold underline")
