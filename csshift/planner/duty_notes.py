"""What a reader of a result should know of its duties."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from csshift.instance import Instance
from csshift.instance.fairness import fitting_shifts, may_hold_any, workable
from csshift.io.translations import store
from csshift.model.notes import Note
from csshift.model.roster import Roster
from csshift.problem.presets import label_in
from csshift.scoring.unfilled import UnfilledTurns, explain_unfilled

SHIFT_HOURS = 8
"""Hours of a shift whose shortage the price of an unfair turn should exceed."""

MOST_NAMED = 3
"""Agents whom the text of a note names; its field `agents` holds all of them."""


def duty_notes(instance: Instance, roster: Roster) -> tuple[Note, ...]:
    """Return why turns are not filled, and whether fairness gives way to shortage.

    Parameters
    ----------
    roster : Roster
        Of that problem.
    """
    unfilled = (
        Note(
            code="unfilled-duty",
            text=str(turns),
            text_zh=_in_chinese(turns),
            dates=turns.dates,
            stores=turns.stores,
            skills=(turns.duty.skill,),
            rules=(turns.duty.name,),
            count=turns.turns,
        )
        for turns in explain_unfilled(instance, roster)
    )
    return (*unfilled, *_without_share(instance), *_fairness_notes(instance))


def _without_share(instance: Instance) -> Iterator[Note]:
    """Name those who may hold a shared duty but serve no queue that needs them."""
    for duty in instance.duties:
        share = instance.fair_shares[duty.name]
        sharing = set(share.agents.tolist())
        could = np.any(workable(instance, fitting_shifts(instance, duty)), axis=(1, 2)).tolist()
        left_out = [
            agent.agent_id
            for i, agent in enumerate(instance.agents)
            if could[i] and i not in sharing and may_hold_any(duty, agent)
        ]
        if left_out and share.shared and instance.weights.duty_fairness:
            who = ", ".join(left_out[:MOST_NAMED]) + (", ..." if len(left_out) > MOST_NAMED else "")
            text = (
                f"{len(left_out)} who may hold {duty.name} have no fair share of it, since no "
                f"queue that they serve needs anybody within its shifts: {who}; give their queues "
                "heads, or set duty_fairness = 0, for them to hold turns"
            )
            chinese = (
                f"{len(left_out)} 人可以担任 {duty.name}，但在其班次内没有队列需要他们，"
                f"因此不参与公平分配：{who}；为其队列填写人数，或设 duty_fairness = 0"
            )
            yield Note(
                code="duty-without-share",
                text=text,
                text_zh=chinese,
                agents=tuple(left_out),
                rules=(duty.name,),
                count=len(left_out),
            )


def _fairness_notes(instance: Instance) -> tuple[Note, ...]:
    """Say where fairness gives way to shortage."""
    shared = tuple(name for name, share in instance.fair_shares.items() if share.shared)
    weights = instance.weights
    least = weights.shortage * SHIFT_HOURS
    if not shared or not 0 < weights.duty_fairness < least:
        return ()
    text = (
        f"{', '.join(shared)} can be shared unevenly where that saves shortage: duty_fairness is "
        f"{float(weights.duty_fairness):g}, which is less than the shortage of a shift "
        f"({SHIFT_HOURS} x {float(weights.shortage):g}); raise it to {float(least):g} or more"
    )
    chinese = (
        f"{'、'.join(shared)} 可能为减少缺人而分配不均：duty_fairness 为 "
        f"{float(weights.duty_fairness):g}，低于一个班次的缺人（{SHIFT_HOURS} x "
        f"{float(weights.shortage):g}）；提高到 {float(least):g} 以上即可"
    )
    return (Note(code="duty-fairness-low", text=text, text_zh=chinese, rules=shared),)


def _in_chinese(turns: UnfilledTurns) -> str:
    phrases = store()["unfilled"]

    def say(code: str, **fields: object) -> str:
        if code == "kept-off":
            fields = {name: label_in(str(value), "zh") or value for name, value in fields.items()}
        return str(phrases[code]).format(**fields)

    where = say("where", stores="|".join(turns.stores)) if turns.stores else ""
    return say(
        "nobody",
        turns=turns.turns,
        duty=turns.duty.name,
        where=where,
        when=turns.worded_dates(say),
        reason=turns.worded_reason(say),
    )
