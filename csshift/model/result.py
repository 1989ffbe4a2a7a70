"""What a solve returns, and what it reports while it runs."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import Literal

from pydantic import Field

from csshift.model.conflict import Conflict
from csshift.model.entity import Entity, Name
from csshift.model.notes import Note
from csshift.model.people import Balance
from csshift.model.roster import Roster
from csshift.model.score import Score

Status = Literal["optimal", "feasible", "infeasible", "unknown"]


class TracePoint(Entity):
    """State of the search at one moment; objective and bound in points."""

    seconds: float
    objective: float | None
    bound: float | None
    stage: str = ""


class Progress(Entity):
    """What is reported while a solve runs.

    Parameters
    ----------
    seconds : float
        Since the start.
    stage : str
        The stage that found something: relaxation, construction, improvement, ...
    objective, bound, gap : float or None
        Points, points, and the gap as a share of the objective; None when not known yet.
    shortage_hours : float or None
        Head-hours missing in the best roster so far.
    gap_hours : float or None
        What another roster could save of them at most; see `Result.gap_hours`.
    """

    seconds: float
    stage: str
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    shortage_hours: float | None = None
    gap_hours: float | None = None


class OvertimePay(Entity):
    """Overtime of an agent in the planned days, by the rates at which it is paid.

    Parameters
    ----------
    agent_id : str
    workday_hours : Decimal
        Paid hours beyond 8 on workdays, at 150 %.
    rest_day_hours : Decimal
        Paid hours on rest days, at 200 %.
    statutory_hours : Decimal
        Paid hours on statutory holidays, at 300 %.
    paid_hours : Decimal
        Hours' pay that they come to.
    """

    agent_id: Name
    workday_hours: Decimal
    rest_day_hours: Decimal
    statutory_hours: Decimal
    paid_hours: Decimal


class Result(Entity):
    """Outcome of a solve; plain data that needs no solver.

    Parameters
    ----------
    status : {"optimal", "feasible", "infeasible", "unknown"}
        Infeasible is proven; unknown means that nothing was found in time.
    roster : Roster or None
        The best roster, with duties, allocation and coverage.
    score : Score or None
        The checker's judgement of that roster.
    bound : float or None
        Proven: no roster of the problem has a lower objective. Points.
    seconds : float
        Wall-clock time of the solve.
    seed : int
        Seed of the search.
    versions : dict of str to str
        csshift, Python and the packages that matter.
    trace : tuple of TracePoint
        Improvements of objective and bound.
    conflicts : tuple of str
        With `infeasible`: names of rules that contradict one another.
    conflict : Conflict or None
        With `infeasible`: the same by rule, agent and date, and what would resolve it.
    notes : tuple of Note
        What a reader should know, such as duties that nobody can hold.
    balances : tuple of Balance
        What agents had and owed up to the last planned day, of all that rules share fairly.
    overtime : tuple of OvertimePay
        Overtime of each agent, where a calendar of workdays applies.
    """

    status: Status
    roster: Roster | None = None
    score: Score | None = None
    bound: float | None = None
    seconds: float = 0.0
    seed: int = 0
    versions: dict[str, str] = Field(default_factory=dict)
    trace: tuple[TracePoint, ...] = ()
    conflicts: tuple[str, ...] = ()
    conflict: Conflict | None = None
    notes: tuple[Note, ...] = ()
    balances: tuple[Balance, ...] = ()
    overtime: tuple[OvertimePay, ...] = ()

    def __repr__(self) -> str:
        return "\n".join(
            [f"<Result: {self._summary()}", f"  {self.roster!r}", f"  {self.score!r}>"]
        )

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Return the summary and the roster as HTML, for notebooks."""
        grid = "" if self.roster is None else self.roster._repr_html_()
        return f"<p>{escape(self._summary())}</p>{grid}"

    def _summary(self) -> str:
        figures = {"objective": self.objective, "bound": self.bound}
        known = [f"{name} {value:g}" for name, value in figures.items() if value is not None]
        if self.gap is not None:
            known.append(f"gap {self.gap:.1%}")
        return ", ".join([self.status, *known, *(f"conflict {c}" for c in self.conflicts)])

    @property
    def objective(self) -> float | None:
        """Objective of the roster, points; None without a roster."""
        return None if self.score is None else self.score.objective

    @property
    def gap(self) -> float | None:
        """(objective - bound) / objective, 0 when both are 0; None while one is unknown."""
        return relative_gap(self.objective, self.bound)

    @property
    def gap_hours(self) -> float | None:
        """Missing head-hours that another roster could save at most, all else being no worse.

        The gap is divided by the price of a head-hour. Where missing heads cost less than the
        full price, these are head-hours of full price. None without a roster or a bound.
        """
        if self.score is None or self.bound is None:
            return None
        return hours_in_gap(self.score.objective - self.bound, self.score)


def hours_in_gap(points: float, score: Score) -> float | None:
    """Return points as missing head-hours of full price, at most those that there are."""
    if not score.shortage_price:
        return None
    missing = min(float(score.shortage_hours), score.full_shortage_hours)
    return min(max(0.0, points) / score.shortage_price, missing)


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """Return (objective - bound) / objective, at least 0; None while one is unknown."""
    if objective is None or bound is None:
        return None
    if objective <= 0:
        return 0.0 if objective <= bound else None
    return max(0.0, (objective - bound) / objective)
