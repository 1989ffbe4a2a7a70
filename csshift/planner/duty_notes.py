"""What a reader of a result should know of its duties."""

from __future__ import annotations

from csshift.instance import Instance
from csshift.model.notes import Note
from csshift.model.roster import Roster
from csshift.scoring.unfilled import explain_unfilled

SHIFT_HOURS = 8
"""Hours of a shift whose shortage the price of an unfair turn should exceed."""


def duty_notes(instance: Instance, roster: Roster) -> tuple[Note, ...]:
    """Return why turns are not filled, and whether fairness gives way to shortage.

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
    return (Note(code="duty-fairness-low", text=text, rules=shared),)
