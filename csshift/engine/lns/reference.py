"""References: relaxed values, near to the incumbent, that point to the decisions to search.

Where many solutions of the relaxation are optimal, a first-order method finds one in their middle,
which says little. The nearly optimal solution closest to the incumbent shows the few decisions in
which the two differ, and those are worth searching. (Distance to the incumbent as an objective
follows Fischetti and Monaci, 2014, "Proximity search".) If that search fails, the distance is
measured with other weights, which shows other decisions.
"""

from __future__ import annotations

import logging
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from csshift.engine.incumbent import Incumbent
from csshift.engine.params import ReferenceParams
from csshift.engine.relaxation_params import RelaxationParams
from csshift.engine.solvers.lp import Relaxation, relax
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import Floats, Integers

logger = logging.getLogger(__name__)

LARGEST_PRICE = float(1 << 61)
"""Price of leaving one value at most: added to its cost it stays within 64 bits."""


class Reference:
    """Values for the columns of a program that never change.

    Parameters
    ----------
    values : float array, shape (program.columns,), or None
    """

    def __init__(self, values: Floats | None = None) -> None:
        self.values = values

    def for_thread(self, number: int) -> Reference:  # noqa: ARG002 - subclasses differ by it
        """Return the reference of one thread."""
        return self

    @property
    def seconds(self) -> float:
        """Seconds that the values took."""
        return 0.0

    def renew(self, rng: np.random.Generator) -> bool:  # noqa: ARG002 - subclasses draw from it
        """Bring the values up to date where that is due; return whether it was.

        The gain of the search that follows must be passed to `record`.
        """
        return False

    def record(self, gain: float, usual: float, *, exhausted: bool) -> None:
        """Record how the search that followed new values went.

        Parameters
        ----------
        usual : float
            What other searches gain a second.
        exhausted : bool
            Whether it proved that the values do not lead to anything better.
        """


@dataclass
class _Usefulness:
    """Whether the references of all threads are of use, and until when they pause if not."""

    params: ReferenceParams
    useful: bool = False
    pause: float = 0.0
    until: float = 0.0

    def __post_init__(self) -> None:
        self.pause = self.params.pause

    def allows(self, number: int, now: float) -> bool:
        """Return whether a thread may renew its reference: the first one after every pause."""
        return now >= self.until and (number == 0 or self.useful)

    def record(self, now: float, spent: float, *, useful: bool) -> None:
        """Record how a use that took `spent` seconds ended."""
        self.useful = useful
        if useful:
            self.pause = self.params.pause
        else:
            self.until = now + self.pause * spent
            self.pause = min(self.params.max_pause, 2 * self.pause)


@dataclass
class _Precision:
    """How exact new values must be, and how long they may take."""

    params: ReferenceParams
    quickest: float
    patience: float = 0.0
    part: float = 0.0

    def __post_init__(self) -> None:
        self.patience = self.patience or self.params.patience
        self.part = self.part or self.params.gap_part

    @property
    def seconds(self) -> float:
        """Limit of new values."""
        return self.patience * self.quickest

    def tolerance(self, gap: float) -> float:
        """Return the relative tolerance of new values."""
        least, most = self.params.tolerance_range
        return min(max(self.part * gap, least), most)

    def record(self, spent: float, *, converged: bool) -> None:
        """Record how long values took, and whether that was enough."""
        if converged:
            self.quickest = min(self.quickest, max(self.params.quick_seconds, spent))
            self.patience = self.params.patience
        else:
            self.patience = min(self.params.max_patience, 2 * self.patience)

    def refine(self) -> None:
        """Demand more after values of no use."""
        self.part = max(self.params.min_gap_part, self.part / 2)


class ProximityReference(Reference):
    """Nearly optimal values of the relaxation that differ little from the incumbent.

    Parameters
    ----------
    subproblem : Subproblem
        The full program.
    relaxation : Relaxation
        Of the subproblem.
    seconds : float
        Duration of the relaxation.
    """

    def __init__(
        self,
        structure: Structure,
        subproblem: Subproblem,
        relaxation: Relaxation,
        incumbent: Incumbent,
        seconds: float,
        params: ReferenceParams = ReferenceParams(),
        relaxation_params: RelaxationParams = RelaxationParams(),
    ) -> None:
        program = structure.program
        super().__init__(subproblem.embed(relaxation.values, program.lower))
        self.params = params
        self._relaxation_params = relaxation_params
        self._structure = structure
        self._subproblem = subproblem
        self._incumbent = incumbent
        self._budget = incumbent.budget
        self._constant = structure.constant(subproblem)
        self._duals = relaxation.duals
        self._binary = np.isin(subproblem.column_ids, structure.binaries)
        self._agent_day = _agent_days(structure, subproblem)
        self._using = False
        self._began = self._ready = self._stepped = 0.0
        self._gained = 0.0
        self._precision = _Precision(params, max(seconds, params.quick_seconds))
        self._known: int | None = None
        self._closeness, self._useless = 1.0, False
        self._usefulness = _Usefulness(params)
        self._others: dict[int, ProximityReference] = {}
        self._number = 0

    def for_thread(self, number: int) -> Reference:
        """Return the reference of one thread.

        All but the first weigh distances at random, and pause until a reference was useful.
        """
        if number == 0:
            return self
        if number not in self._others:
            other = self._others[number] = copy(self)
            other._number, other._useless, other._using = number, True, False
            other._precision = replace(self._precision)
        return self._others[number]

    @property
    def seconds(self) -> float:
        """Seconds that the latest values took."""
        return self._ready - self._began

    def renew(self, rng: np.random.Generator) -> bool:
        """Relax around the incumbent, unless that was lately of no use.

        New values are used for several searches while they gain and took less time than the
        values did.
        """
        if self._using:
            return True
        if not self._usefulness.allows(self._number, self._budget.elapsed):
            return False
        self._began = self._budget.elapsed
        self._gained = 0.0
        if self._incumbent.objective != self._known:
            self._closeness, self._useless = 1.0, self._number > 0
        self._known = self._incumbent.objective
        self._using = self._relax(rng)
        if self._using:
            self._ready = self._stepped = self._budget.elapsed
        else:
            self._end_use(useful=False)
        return self._using

    def record(self, gain: float, usual: float, *, exhausted: bool) -> None:
        """Record a search; pause longer where new values are of little use."""
        now = self._budget.elapsed
        self._gained += gain
        relaxing, searching = self._ready - self._began, now - self._ready
        going_well = gain > usual * (now - self._stepped)
        self._stepped = now
        if exhausted:
            self.values = None
        if exhausted or not going_well or searching > relaxing:
            self._end_use(useful=self._gained > usual * (now - self._began))

    def _end_use(self, *, useful: bool) -> None:
        """End the use of new values; unless they were useful, pause."""
        now = self._budget.elapsed
        self._using = False
        self._useless = self._useless or not useful
        if not useful:
            self._precision.refine()
        self._usefulness.record(now, now - self._began, useful=useful)

    def _relax(self, rng: np.random.Generator) -> bool:
        """Return whether there are new values that differ from the incumbent."""
        values, gap = self._incumbent.values, self._incumbent.gap
        if values is None or gap is None:
            return False
        now = values[self._subproblem.column_ids]
        began = self._budget.elapsed
        found = relax(
            self._subproblem,
            self._budget,
            min(self._budget.left, self._precision.seconds),
            self._precision.tolerance(gap),
            threads=1,
            start=(now.astype(np.float64), self._duals),
            cost=self._subproblem.cost + self._distance_cost(values, rng),
            params=self._relaxation_params,
        )
        converged = found is not None and found.converged
        spent = self._budget.elapsed - began
        logger.debug("reference: %.2f s%s", spent, "" if converged else ", not converged")
        self._precision.record(spent, converged=converged)
        if found is None:
            return False
        if converged:
            self._duals = found.duals
        self._incumbent.raise_bound(found.bound + self._constant, "relaxation")
        self.values = self._subproblem.embed(found.values, self._structure.program.lower)
        if np.any(np.abs(found.values - now)[self._binary] > self.params.deviation):
            return True
        # Nothing differs: the bound is far below what can be reached.
        self._closeness *= self.params.cheaper
        return False

    def _distance_cost(self, values: Integers, rng: np.random.Generator) -> Integers:
        """Return the price of leaving the incumbent's values, for each column."""
        weight = None
        if self._useless:
            drawn = rng.standard_normal(int(self._agent_day.max(initial=0)) + 1)
            weight = np.exp(self.params.weight_spread * drawn)[self._agent_day]
        price = self.params.distance_price * self._closeness * self._incumbent.distance
        return distance_cost(self._structure, self._subproblem, values, price, weight)


def distance_cost(
    structure: Structure,
    subproblem: Subproblem,
    values: Integers,
    price: float,
    weight: Floats | None = None,
) -> Integers:
    """Return the cost of leaving some values, for each column of a subproblem.

    Parameters
    ----------
    subproblem : Subproblem
        Of its program.
    values : int64 array, shape (program.columns,)
    price : float
        Cost of changing every decision that is not 0.
    weight : float array, shape (columns,), or None
        Factors of the cost of each column.
    """
    binaries = structure.binaries
    high = values[binaries] > structure.program.lower[binaries]
    each = max(1.0, price / max(1, int(np.count_nonzero(high))))
    cost = np.zeros(values.size)
    cost[binaries] = np.where(high, -each, each)
    own = cost[subproblem.column_ids]
    priced = own if weight is None else own * weight
    return np.rint(np.clip(priced, -LARGEST_PRICE, LARGEST_PRICE)).astype(np.int64)


def _agent_days(structure: Structure, subproblem: Subproblem) -> Integers:
    """Number the pairs of agent and day that occur among the columns."""
    program, columns = structure.program, subproblem.column_ids
    pairs = np.stack([program.column_agent[columns], program.column_day[columns]])
    return np.unique(pairs, axis=1, return_inverse=True)[1].astype(np.int64).ravel()
