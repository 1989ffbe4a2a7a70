"""Weights of the objective, in points; the defaults keep the levels apart."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from csshift.model.entity import Entity, Exact, Weight


class Weights(Entity):
    """What one unit of each kind of imperfection costs, in points.

    The defaults separate the levels: an unfilled duty and a shortage outrank overtime,
    which outranks wishes, then the fairness of duties, then surplus.

    Parameters
    ----------
    duty_unfilled : Decimal
        A duty turn that nobody holds.
    shortage : Decimal
        A head-hour that is missing.
    shortage_by : {"inquiries", "heads"}
        Whether a missing head of a forecast costs in proportion to the inquiries that it stands
        for, beside those that a head takes that is busy all the time, or always the whole
        price, as heads of requirements.csv do.
    deep_shortage : Decimal
        Added to `shortage` for the part of a cell's shortage beyond `deep_shortage_share`.
    deep_shortage_share : Decimal
        Share of a cell's heads from which its shortage counts as deep, 0 to 1.
    overtime : Decimal
        An hour of overtime, where the contract names no cost.
    request : Decimal
        A broken wish of weight 1.
    duty_fairness : Decimal
        A duty turn away from the fair number, at most: the first turns cost a part of it,
        each further one more. Counts for less where twice this would pay for a shift that no
        queue needs: whole shifts are not bought for fairness.
    surplus : Decimal
        A head-hour at work for which no queue has need.
    """

    duty_unfilled: Weight = Decimal(20_000)
    shortage: Weight = Decimal(1_000)
    shortage_by: Literal["inquiries", "heads"] = "inquiries"
    deep_shortage: Weight = Decimal(100)
    deep_shortage_share: Annotated[Exact, Field(ge=0, le=1, decimal_places=3)] = Decimal("0.5")
    overtime: Weight = Decimal(10)
    request: Weight = Decimal(4)
    duty_fairness: Weight = Decimal("0.75")
    surplus: Weight = Decimal("0.5")

    @model_validator(mode="before")
    @classmethod
    def _without_unfairness(cls, fields: Any) -> Any:
        if isinstance(fields, Mapping) and "duty_unfairness" in fields:
            raise ValueError(
                "duty_unfairness is no longer a weight; remove it: duty_fairness is what a turn "
                "away from the fair number costs at most, and each further turn costs more"
            )
        return fields
