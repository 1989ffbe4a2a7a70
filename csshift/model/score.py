"""What the checker finds out about a roster."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import TYPE_CHECKING

from csshift.model.entity import Entity
from csshift.model.roster import CoverageCell, frame

if TYPE_CHECKING:
    from pandas import DataFrame


class Finding(Entity):
    """One place where a rule, a wish or a limit is broken.

    Parameters
    ----------
    rule : str
        Name of the rule, as in `Score.penalties` if it is soft.
    amount : float
        By how much, in the rule's own unit.
    points : float
        What it costs; 0 for a hard rule.
    agent_id : str or None
        Whom it concerns, None when several.
    date : date or None
        When.
    text : str
        What is wrong, for people.
    """

    rule: str
    amount: float = 1.0
    points: float = 0.0
    agent_id: str | None = None
    date: Date | None = None
    text: str = ""

    def __str__(self) -> str:
        who = f" {self.agent_id}" if self.agent_id else ""
        when = f" {self.date}" if self.date else ""
        return f"{self.rule}:{who}{when}: {self.text}"


class DeferredWork(Entity):
    """What becomes of the deferrable work of one store and skill, in inquiries.

    Parameters
    ----------
    store : str
        Store of the queue; several that form one queue are written ``S1|S2``.
    skill : str
    backlog, arrivals : float
        Waiting when the horizon starts, and arriving in it.
    done : float
        Done within the horizon, in ring-fenced time and in time that nothing else needs.
    late : float
        Done after the deadline, or due within the horizon and not done.
    left : float
        Not done when the horizon ends: the backlog of the next one. backlog + arrivals =
        done + left.
    ring_fenced_hours : float
        Head-hours that the hourly plan gives to it.
    idle_hours : float
        Hours of agents that the plan gives to nothing, and that it takes besides.
    """

    store: str
    skill: str
    backlog: float
    arrivals: float
    done: float
    late: float
    left: float
    ring_fenced_hours: float
    idle_hours: float

    def __str__(self) -> str:
        name = f"{self.skill} of {self.store}"
        return f"{name}: {self.late:.1f} late, {self.left:.1f} left of what came and waited"


class Score(Entity):
    """A roster judged: hard violations, penalties by rule, coverage.

    Parameters
    ----------
    objective : float
        Sum of the penalties, points.
    penalties : dict of str to float
        Points by rule; only what costs something.
    violations : tuple of Finding
        Broken hard rules.
    broken : tuple of Finding
        Broken soft rules, wishes and unfilled duties.
    reported : tuple of Finding
        Breaches of rules that only report.
    coverage : tuple of CoverageCell
        Required and supplied heads.
    required_hours, shortage_hours : Decimal
        Head-hours.
    inquiries, unserved_inquiries : float
        Calls and chats that come by the forecast, and of them those that come when nobody can
        take them: of each cell, the share of its heads that is missing.
    deferred : tuple of DeferredWork
        What becomes of work with a deadline.
    shortage_price : float
        Points of a missing head-hour of full price.
    """

    objective: float
    penalties: dict[str, float]
    violations: tuple[Finding, ...] = ()
    broken: tuple[Finding, ...] = ()
    reported: tuple[Finding, ...] = ()
    coverage: tuple[CoverageCell, ...] = ()
    required_hours: Decimal = Decimal(0)
    shortage_hours: Decimal = Decimal(0)
    inquiries: float = 0.0
    unserved_inquiries: float = 0.0
    deferred: tuple[DeferredWork, ...] = ()
    shortage_price: float = 0.0

    def __repr__(self) -> str:
        return (
            f"<Score: objective {self.objective:g}, {len(self.violations)} hard violations, "
            f"shortage {self.shortage_hours:f} of {self.required_hours:f} head-hours>"
        )

    __str__ = __repr__

    @property
    def shortage_percent(self) -> float:
        """Shortage in percent of the head-hours required."""
        return (
            100 * float(self.shortage_hours / self.required_hours) if self.required_hours else 0.0
        )

    @property
    def full_shortage_hours(self) -> float:
        """Head-hours of full price that are as bad as the shortage; 0 without a price.

        They are fewer than `shortage_hours` where missing heads cost less than the full price,
        and more where a part of the shortage is deep.
        """
        points = sum(self.penalties.get(name, 0.0) for name in ("shortage", "unattended"))
        return points / self.shortage_price if self.shortage_price else 0.0

    @property
    def ranked_penalties(self) -> list[tuple[str, float]]:
        """Points by rule, the costliest first."""
        return sorted(self.penalties.items(), key=lambda item: (-item[1], item[0]))

    def to_frame(self) -> DataFrame:
        """Return the penalties as a pandas frame: rule, points, the costliest first.

        Raises
        ------
        MissingExtraError
            When pandas is not installed.
        """
        return frame(self.ranked_penalties, ("rule", "points"))

    @property
    def feasible(self) -> bool:
        """Whether no hard rule is broken."""
        return not self.violations
