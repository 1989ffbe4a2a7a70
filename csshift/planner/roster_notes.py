"""All notes on a solve, by weight: on the problem, on the roster, on its duties and wishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from csshift.decode.granting import LostWish
from csshift.engine.incumbent import Failure
from csshift.instance import Instance
from csshift.instance.unused_notes import possible_shifts
from csshift.model.notes import Note, listed, listed_zh
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.planner.duty_notes import duty_notes
from csshift.planner.even_notes import even_notes
from csshift.planner.fair_notes import fair_notes
from csshift.planner.hour_notes import hour_notes
from csshift.planner.overtime_notes import breach_notes, overtime_notes, soft_rule_notes
from csshift.planner.service_notes import small_queue_notes, target_notes
from csshift.planner.wish_notes import wish_notes

LEAST_LATE = 0.05
"""Late inquiries of a queue from which on a note reports them; fewer are rounding."""


def problem_notes(instance: Instance) -> tuple[Note, ...]:
    """Return the notes on a problem, whatever its roster is."""
    return noted(lambda: instance.notes)


def roster_notes(
    instance: Instance,
    roster: Roster,
    score: Score,
    lost: Sequence[LostWish] = (),
    seconds: float = 0.0,
) -> tuple[Note, ...]:
    """Return the notes on a roster.

    Parameters
    ----------
    instance : Instance
    roster : Roster
        With an hourly plan.
    score : Score
        Of that roster.
    lost : sequence of LostWish
        Wishes that are not granted.
    seconds : float
        Time for simulating it; with too little the notes say nothing of targets.
    """
    finders: tuple[Callable[[], Iterable[Note]], ...] = (
        lambda: hour_notes(instance, roster, score),
        lambda: duty_notes(instance, roster),
        lambda: _late_work(score),
        lambda: small_queue_notes(instance, score),
        lambda: wish_notes(instance, lost),
        lambda: even_notes(instance, roster),
        lambda: fair_notes(instance, roster),
        lambda: breach_notes(score),
        lambda: soft_rule_notes(instance, score),
        lambda: overtime_notes(instance, roster),
        lambda: _unused_shifts(instance, roster),
        lambda: target_notes(instance, roster, score, seconds),
    )
    return tuple(note for find in finders for note in noted(find))


def failure_notes(failures: Sequence[Failure]) -> tuple[Note, ...]:
    """Return a note for each error that ended a stage of the search, or one after it."""
    return tuple(
        Note(
            code="stage-failed",
            text=f"a stage of the search failed ({failure}): what others found is checked, "
            "and the bound holds, but a better roster may have been missed; please report this",
            text_zh=f"搜索的一个阶段出错（{failure}）：其他阶段得到的班表已检查，下界有效，"
            "但班表可能未达到应有的水平；请反馈此问题",
        )
        for failure in failures
    )


def without_repeats(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Leave out notes on queues that are staffed apart where another says what one would save."""
    kept = tuple(notes)
    figures = {skill for note in kept if note.code == "small-queues" for skill in note.skills}
    return tuple(
        note
        for note in kept
        if note.code != "queues-staffed-apart" or not figures.issuperset(note.skills)
    )


def noted(make: Callable[[], Iterable[Note]]) -> tuple[Note, ...]:
    """Return notes, or one that says why there are none: they are not worth a roster."""
    try:
        return tuple(make())
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        text, chinese = f"some notes could not be written: {reason}", f"部分提示无法生成：{reason}"
        return (Note(code="notes-failed", text=text, text_zh=chinese),)


def _unused_shifts(instance: Instance, roster: Roster) -> Iterable[Note]:
    """Find shifts that somebody could work and nobody does."""
    worked = {row.shift for row in roster.assignments}
    possible = possible_shifts(instance)
    codes = [shift.code for shift in possible if shift.code not in worked]
    if codes and worked:
        yield Note(
            code="shifts-unused",
            text=f"shifts: nobody works {listed(codes)} in this roster",
            text_zh=f"班次：本排班没有人上 {listed_zh(codes)}",
            shifts=tuple(codes),
            count=len(codes),
        )


def _late_work(score: Score) -> Iterable[Note]:
    for work in score.deferred:
        if work.late >= LEAST_LATE:
            yield Note(
                code="late-work",
                text=str(work),
                text_zh=f"{work.store} 的 {work.skill}：{work.late:.1f} 件将超时，"
                f"{work.left:.1f} 件未完成",
                stores=(work.store,),
                skills=(work.skill,),
            )
