"""What a reader of a result should know of its duties."""

from __future__ import annotations

from fractions import Fraction

from csshift.instance import Instance
from csshift.instance.fairness import cheapest_extra_shift
from csshift.model.notes import Note
from csshift.model.roster import Roster
from csshift.scoring.unfilled import explain_unfilled


def duty_notes(instance: Instance, roster: Roster) -> tuple[Note, ...]:
    """Return why turns are not filled, and where the weight of fairness counts for less.

    Parameters
    ----------
    roster : Roster
        Of that problem.
    """
    unfilled = (
        Note(
            code="unfilled-duty",
            text=str(turns),
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
        return (Note(code="duty-fairness-limited", text=text, rules=shared),)
    if least == 0:
        text = (
            "extra work costs nothing (weights.surplus = 0), so shifts that no queue needs may "
            f"be worked to share {', '.join(shared)} fairly; give weights.surplus a value to "
            "prevent it"
        )
        return (Note(code="duty-fairness-free-work", text=text, rules=shared),)
    return ()
