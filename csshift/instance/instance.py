"""The instance of a problem: supply, demand, fair shares and notes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csshift.instance.fairness import FairShare, fair_shares
from csshift.instance.notes import find_notes
from csshift.instance.requirements import SupplyAndDemand
from csshift.instance.shortage_prices import ShortagePrices, shortage_prices
from csshift.instance.targets import (
    Level,
    OwedHours,
    counted_shifts,
    level_of_days,
    owed_hours,
)
from csshift.instance.turn_prices import TurnPrices
from csshift.model.notes import Note
from csshift.problem import Problem


class Instance(SupplyAndDemand):
    """Everything that is derived from a problem; each part is computed on first use.

    Parameters
    ----------
    problem : Problem
        Plain data, which stays as it is: of a changed copy, make another instance.
    """

    @classmethod
    def of(cls, problem: Problem | Instance) -> Instance:
        """Return the instance of a problem; an instance is returned as it is."""
        return problem if isinstance(problem, Instance) else cls(problem)

    @cached_property
    def shortage_prices(self) -> ShortagePrices:
        """What missing heads cost."""
        return shortage_prices(self)

    @cached_property
    def owed_hours(self) -> tuple[OwedHours, ...]:
        """What people are owed by week or month, as far as contracts name it."""
        return owed_hours(self)

    @cached_property
    def counted_shifts(self) -> NDArray[np.bool_]:
        """Shifts that count toward the hours owed, shape (agents, planned days, shifts)."""
        return counted_shifts(self)

    @cached_property
    def level(self) -> Level | None:
        """How many of those who are owed hours would be at work on each day; None without any."""
        return level_of_days(self, self.counted_shifts, self.owed_hours)

    @cached_property
    def fair_shares(self) -> Mapping[str, FairShare]:
        """Fair shares of every duty, by name."""
        return fair_shares(self)

    @cached_property
    def turn_prices(self) -> TurnPrices:
        """What turns away from the fair number cost."""
        return TurnPrices.of(self.weights)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What a reader of any result of the problem should know."""
        return find_notes(self)
