"""What a reader of a result should know of its duties."""

from __future__ import annotations

from fractions import Fraction

from csshift.instance import Instance
from csshift.instance.fairness import cheapest_extra_shift
from csshift.io.translations import store
from csshift.model.notes import Note
from csshift.model.roster import Roster
from csshift.problem.labour import label_in
from csshift.scoring.unfilled import UnfilledTurns, explain_unfilled


def duty_notes(instance: Instance, roster: Roster) -> tuple[Note, ...]:
    """Return why turns are not filled, and where the weight of fairness counts for less.

    Parameters
    ----------
    instance : Instance
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
    return (*unfilled, *_fairness_notes(instance))


def _fairness_notes(instance: Instance) -> tuple[Note, ...]:
    """Say where the weight of fairness does not count, or not as written."""
    shares = instance.fair_shares
    wanted = Fraction(instance.weights.duty_fairness)
    shared = tuple(name for name, share in shares.items() if share.shared)
    if not shared or not wanted:
        return ()
    price, least = instance.highest_turn_price, cheapest_extra_shift(instance, shares)
    if price < wanted:
        text = (
            f"duty_fairness counts as {float(price):g}, not {float(wanted):g}: more would pay for "
            "shifts that no queue needs; raise weights.surplus to let it count for more"
        )
        chinese = (
            f"duty_fairness 按 {float(price):g} 计，而不是 {float(wanted):g}："
            "更高就会为公平而上没有必要的班；如需更高，请提高 weights.surplus"
        )
        return (Note(code="duty-fairness-limited", text=text, text_zh=chinese, rules=shared),)
    if least == 0:
        text = (
            "extra work costs nothing (weights.surplus = 0), so shifts that no queue needs may "
            f"be worked to share {', '.join(shared)} fairly; give weights.surplus a value to "
            "prevent it"
        )
        chinese = (
            f"多余的上班不计成本（weights.surplus = 0），因此可能为公平分配 {'、'.join(shared)} "
            "而上没有必要的班；给 weights.surplus 一个值即可避免"
        )
        return (Note(code="duty-fairness-free-work", text=text, text_zh=chinese, rules=shared),)
    return ()


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
