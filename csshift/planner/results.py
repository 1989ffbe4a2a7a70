"""A result folder back to a result, judged anew."""

from __future__ import annotations

from pathlib import Path

from csshift.instance import Instance
from csshift.io.results import read_result
from csshift.io.writing import RESULT_FILE
from csshift.model.notes import Note
from csshift.model.result import Result, TracePoint
from csshift.model.score import Score
from csshift.planner.arguments import as_instance
from csshift.planner.check import check
from csshift.problem import Problem

TOLERANCE = 1e-6
"""Relative difference of two objectives that is rounding."""


def load_result(problem: Problem | Instance | str | Path, folder: str | Path) -> Result:
    """Return the result in a folder, as `csshift.solve` returned it.

    The roster is scored anew, since the files hold no reasons. Where the score is not the
    objective in ``result.json``, the problem or the files have changed since: the result then
    has no bound, for it was proven of another problem, and a note says so.

    Parameters
    ----------
    problem : Problem or path
        The problem that was solved.
    folder : str or Path
        A result folder. Without ``allocation.csv`` the best hourly plan is worked out.

    Raises
    ------
    InputError
        With every fault of the files: missing ones, unknown agents, shifts, duties or dates.
    """
    instance = as_instance(problem)
    facts, roster = read_result(instance.problem, folder)
    judged = None if roster is None else check(instance, roster)
    if roster is not None and judged is not None:
        roster = roster.model_copy(update={"coverage": judged.coverage})
    stale = _changed(facts.objective, judged)
    return Result(
        status=facts.status,
        roster=roster,
        score=judged,
        bound=None if stale else facts.bound,
        seconds=facts.seconds,
        seed=facts.seed,
        versions=facts.versions,
        trace=tuple(
            TracePoint(seconds=seconds, objective=objective, bound=bound)
            for seconds, objective, bound in facts.trace
        ),
        conflicts=facts.conflicts,
        conflict=facts.conflict,
        notes=(*facts.notes, *stale),
    )


def _changed(objective: float | None, judged: Score | None) -> tuple[Note, ...]:
    """Return a note when the objective on file is not that of the roster."""
    if judged is None or objective is None:
        return ()
    if abs(judged.objective - objective) <= TOLERANCE * max(1.0, abs(objective)):
        return ()
    figures = f"{RESULT_FILE} says {objective:g}, the roster now scores {judged.objective:g}"
    text = f"the problem or the files have changed since the solve: {figures}"
    chinese = f"求解之后，问题或结果文件已改变：{RESULT_FILE} 为 {objective:g}，现在的排班为 "
    chinese += f"{judged.objective:g}"
    return (Note(code="changed-since-solve", text=text, text_zh=chinese),)
