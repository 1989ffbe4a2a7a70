"""Weights of the objective, in points; the defaults keep the levels apart."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from csshift.model.entity import Entity, Exact, Weight

USUAL_SHORTAGE = Decimal(1_000)
"""Points of a missing head-hour."""


class Weights(Entity):
    """What one unit of each kind of imperfection costs, in points.

    The defaults separate the levels: an unfilled duty comes first, then the fairness of
    duties, then shortage, wishes, overtime, the hours that people are owed, and surplus. A wish
    of weight 1 is worth a quarter of an hour of shortage, which is more than a shift of overtime.

    Parameters
    ----------
    duty_unfilled : Decimal
        A duty turn that nobody holds.
    shortage : Decimal
        A head-hour that is missing.
    shortage_by : {"inquiries", "heads"}
        Whether a missing head of a forecast costs in proportion to its inquiries, relative to those
        that a fully busy head handles, or always the full price, as heads of requirements.csv do.
    unattended : Decimal or None
        Added for the last heads of a cell, without which its inquiries could not be taken however
        long they wait, in proportion to what the price by inquiries lacks of the full one. None:
        as much as `shortage`, so that such a head costs what one of `requirements.csv` does.
    deep_shortage : Decimal
        Added to `shortage` for the part of a cell's shortage beyond `deep_shortage_share`.
    deep_shortage_share : Decimal
        Share of a cell's heads from which its shortage counts as deep, 0 to 1.
    overtime : Decimal
        An hour of overtime, where the contract names no cost.
    wish_minutes : Decimal
        Minutes of a missing head that a broken wish of weight 1 is worth, at the price of
        `shortage` (of 1,000 points an hour where that is 0).
    request : Decimal or None
        A broken wish of weight 1, in points, in place of `wish_minutes`.
    duty_fairness : Decimal
        The first duty turn outside of an agent's band, which reaches from the fair number
        rounded down to the fair number rounded up. Each further turn costs a little more, all
        of them less than 1.25 times as much. The default exceeds the shortage of a shift of 8
        hours, and filling a turn is still worth it at the default of `duty_unfilled`. 0 switches
        fairness off.
    target_hours : Decimal
        An hour less or more than a contract's target, for the first 5 % of it; twice as much
        from 5 % on, 3 times from 10 %, 4 times from 20 %, 5 times from 40 %, 6 times from 70 %.
    level_days : Decimal
        A person more or less at work on a day than the level of the week, among those whose
        contracts name a target; up to 7 times as much farther away. Small enough to decide only
        between otherwise equal rosters.
    surplus : Decimal
        A head-hour at work for which no queue has demand.
    """

    duty_unfilled: Weight = Decimal(20_000)
    shortage: Weight = USUAL_SHORTAGE
    shortage_by: Literal["inquiries", "heads"] = "inquiries"
    unattended: Weight | None = None
    deep_shortage: Weight = Decimal(100)
    deep_shortage_share: Annotated[Exact, Field(ge=0, le=1, decimal_places=3)] = Decimal("0.5")
    overtime: Weight = Decimal(10)
    wish_minutes: Weight = Decimal(15)
    request: Weight | None = None
    duty_fairness: Weight = Decimal(9_000)
    target_hours: Weight = Decimal(1)
    level_days: Weight = Decimal("0.05")
    surplus: Weight = Decimal("0.5")

    @property
    def unattended_points(self) -> Fraction:
        """Points of a head-hour without which inquiries cannot be taken, beyond its price."""
        return Fraction(self.shortage if self.unattended is None else self.unattended)

    @property
    def wish_points(self) -> Fraction:
        """Points of a broken wish of weight 1."""
        if self.request is not None:
            return Fraction(self.request)
        return Fraction(self.wish_minutes) * Fraction(self.shortage or USUAL_SHORTAGE) / 60

    @model_validator(mode="after")
    def _one_price_of_a_wish(self) -> Self:
        if self.request is not None and "wish_minutes" in self.model_fields_set:
            raise ValueError(
                "wish_minutes and request both say what a wish is worth; remove one of them"
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def _without_unfairness(cls, fields: Any) -> Any:
        if isinstance(fields, Mapping) and "duty_unfairness" in fields:
            raise ValueError(
                "duty_unfairness is no longer a weight; remove it: duty_fairness is what the first "
                "turn outside of the fair band costs, and each further turn costs more"
            )
        return fields
