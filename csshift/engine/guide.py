"""What an improvement is drawn to: values of a relaxation, as near to the incumbent as can be.

Where many solutions of the relaxation are optimal, the one that a first-order method finds lies
in their middle and tells little. Of all nearly optimal ones, that with the least distance to the
incumbent shows the few decisions in which the two differ: those to search. (Distance to the
incumbent as an objective follows Fischetti and Monaci, 2014, "Proximity search".) Where that led
to nothing, the distance is measured with other weights, so that other decisions are shown.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.incumbent import Incumbent
from csshift.engine.piece import Piece, spread
from csshift.engine.relax import Relaxation, relax
from csshift.engine.structure import Structure

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DISTANCE_PRICE = 2.0
"""Price of changing all that is decided, in gaps between objective and bound."""

LARGEST_PRICE = float(1 << 61)
"""Of one column: added to its cost it stays within 64 bits."""

CHEAPER = 0.25
"""Factor of the price when nothing differs: the bound is far below what can be reached."""

SPREAD = 0.7
"""Standard deviation of the logarithms of the weights, after values that were of no use."""

ODD = 0.1
"""Difference from the incumbent that is one."""

LEAST_TOLERANCE, MOST_TOLERANCE = 1e-5, 1e-3
TOLERANCE, FINEST = 0.1, 0.0125
"""Tolerance, as a part of the gap; it is halved after values of no use, down to the second."""

PATIENCE, MOST_PATIENCE = 2.0, 8.0
"""Time that new values may take, relative to the quickest so far: some hardly converge.

It doubles after those that did not, up to the second figure: near the bound all take longer.
"""

LEAST_SECONDS = 1.0
"""Seconds that count as quick."""

PAUSE, MOST_PAUSE = 0.25, 4.0
"""Time after a use that gained less than usual, relative to what it took; it doubles with each,
up to the second figure."""


class Guide:
    """Values for the columns of a program that stay as they are.

    Parameters
    ----------
    values : float array, shape (program.columns,), or None
    """

    def __init__(self, values: Floats | None = None) -> None:
        self.values = values

    def of_thread(self, number: int) -> Guide:  # noqa: ARG002 - others differ by it
        """Return the guide of one thread."""
        return self

    @property
    def seconds(self) -> float:
        """Seconds that the values took."""
        return 0.0

    def renew(self, random: np.random.Generator) -> bool:  # noqa: ARG002 - others draw from it
        """Bring the values up to date where that is due; return whether it was.

        What the search after it gained is to be told to `judge`.
        """
        return False

    def judge(self, gain: float, usual: float, *, exhausted: bool) -> None:
        """Hear how the search that followed new values went.

        Parameters
        ----------
        gain : float
        usual : float
            What other searches gain a second.
        exhausted : bool
            Whether it proved that the values do not lead to anything better.
        """


@dataclass
class _Record:
    """Whether the guides of all threads are of use, and until when they rest if not."""

    useful: bool = False
    pause: float = PAUSE
    until: float = 0.0

    def allows(self, number: int, now: float) -> bool:
        """Return whether a thread may renew its guide: the first one after every pause."""
        return now >= self.until and (number == 0 or self.useful)

    def note(self, now: float, spent: float, *, useful: bool) -> None:
        """Note how a use that took `spent` seconds ended."""
        self.useful = useful
        if useful:
            self.pause = PAUSE
        else:
            self.until = now + self.pause * spent
            self.pause = min(MOST_PAUSE, 2 * self.pause)


@dataclass
class _Precision:
    """How exact new values are to be, and how long they may take."""

    quickest: float
    patience: float = PATIENCE
    part: float = TOLERANCE

    @property
    def seconds(self) -> float:
        """Limit of new values."""
        return self.patience * self.quickest

    def tolerance(self, gap: float) -> float:
        """Return the relative tolerance of new values."""
        return min(max(self.part * gap, LEAST_TOLERANCE), MOST_TOLERANCE)

    def note(self, spent: float, *, converged: bool) -> None:
        """Note how long values took, and whether that was enough."""
        if converged:
            self.quickest = min(self.quickest, max(LEAST_SECONDS, spent))
            self.patience = PATIENCE
        else:
            self.patience = min(MOST_PATIENCE, 2 * self.patience)

    def refine(self) -> None:
        """Ask for more after values of no use."""
        self.part = max(FINEST, self.part / 2)


class NearGuide(Guide):
    """Nearly optimal values of the relaxation that differ little from the incumbent.

    Parameters
    ----------
    structure : Structure
    piece : Piece
        The whole program.
    relaxation : Relaxation
        Of the piece.
    incumbent : Incumbent
    control : Control
    constant : int
        Cost of what is not in the piece.
    seconds : float
        What the relaxation took.
    """

    def __init__(
        self,
        structure: Structure,
        piece: Piece,
        relaxation: Relaxation,
        incumbent: Incumbent,
        control: Control,
        constant: int,
        seconds: float,
    ) -> None:
        program = structure.program
        self._structure = structure
        self._piece = piece
        self._incumbent = incumbent
        self._control = control
        self._constant = constant
        self._duals = relaxation.duals
        self._decided = np.isin(piece.columns, structure.choices)
        self._spot = _spots(program.column_owner[piece.columns], program.column_day[piece.columns])
        self._using = False
        self._began = self._ready = self._stepped = 0.0
        self._gained = 0.0
        self._precision = _Precision(max(seconds, LEAST_SECONDS))
        self._known: int | None = None
        self._closeness, self._useless = 1.0, False
        self._record = _Record()
        self._others: dict[int, NearGuide] = {}
        self._number = 0
        super().__init__(spread(piece, relaxation.values, program.lower))

    def of_thread(self, number: int) -> Guide:
        """Return the guide of one thread.

        All but the first weigh distances at random, and rest until a guide was useful.
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

    def renew(self, random: np.random.Generator) -> bool:
        """Relax around the incumbent, unless that was lately of no use.

        New values are used for several searches while they gain and took less time than the
        values did.
        """
        if self._using:
            return True
        if not self._record.allows(self._number, self._control.elapsed):
            return False
        self._began = self._control.elapsed
        self._gained = 0.0
        if self._incumbent.objective != self._known:
            self._closeness, self._useless = 1.0, self._number > 0
        self._known = self._incumbent.objective
        self._using = self._relax(random)
        if self._using:
            self._ready = self._stepped = self._control.elapsed
        else:
            self._rest(useful=False)
        return self._using

    def judge(self, gain: float, usual: float, *, exhausted: bool) -> None:
        """Pause longer where new values are of little use: rosters are far from them there."""
        now = self._control.elapsed
        self._gained += gain
        relaxing, searching = self._ready - self._began, now - self._ready
        going_well = gain > usual * (now - self._stepped)
        self._stepped = now
        if exhausted:
            self.values = None
        if exhausted or not going_well or searching > relaxing:
            self._rest(useful=self._gained > usual * (now - self._began))

    def _rest(self, *, useful: bool) -> None:
        """End the use of new values; unless they were useful, pause."""
        now = self._control.elapsed
        self._using = False
        self._useless = self._useless or not useful
        if not useful:
            self._precision.refine()
        self._record.note(now, now - self._began, useful=useful)

    def _relax(self, random: np.random.Generator) -> bool:
        """Return whether there are new values that differ from the incumbent."""
        values, gap = self._incumbent.values, self._incumbent.gap
        if values is None or gap is None:
            return False
        now = values[self._piece.columns]
        began = self._control.elapsed
        found = relax(
            self._piece,
            self._control,
            min(self._control.left, self._precision.seconds),
            self._precision.tolerance(gap),
            threads=1,
            start=(now.astype(np.float64), self._duals),
            cost=self._piece.cost + self._distance_cost(values, random),
        )
        converged = found is not None and found.converged
        self._precision.note(self._control.elapsed - began, converged=converged)
        if found is None:
            return False
        if converged:
            self._duals = found.duals
        self._incumbent.raise_bound(found.bound + self._constant, "relaxation")
        self.values = spread(self._piece, found.values, self._structure.program.lower)
        if np.any(np.abs(found.values - now)[self._decided] > ODD):
            return True
        self._closeness *= CHEAPER
        return False

    def _distance_cost(self, values: Integers, random: np.random.Generator) -> Integers:
        """Return the price of leaving the incumbent's values, for each column of the piece."""
        objective, bound = self._incumbent.objective, self._incumbent.bound
        room = 0 if objective is None or bound is None else objective - bound
        weight = None
        if self._useless:
            drawn = random.standard_normal(int(self._spot.max(initial=0)) + 1)
            weight = np.exp(SPREAD * drawn)[self._spot]
        return distance_cost(self._structure, self._piece, values, self._closeness * room, weight)


def distance_cost(
    structure: Structure,
    piece: Piece,
    values: Integers,
    room: float,
    weight: Floats | None = None,
) -> Integers:
    """Return what it costs to leave some values, for each column of a piece.

    Parameters
    ----------
    structure : Structure
    piece : Piece
        Of its program.
    values : int64 array, shape (program.columns,)
    room : float
        What can be gained, and what changing a part of all decisions costs therefore.
    weight : float array, shape (free,), or None
        Factors of the price of each column.
    """
    choices = structure.choices
    high = values[choices] > structure.program.lower[choices]
    price = max(1.0, DISTANCE_PRICE * room / max(1, int(np.count_nonzero(high))))
    cost = np.zeros(values.size)
    cost[choices] = np.where(high, -price, price)
    own = cost[piece.columns]
    priced = own if weight is None else own * weight
    return np.rint(np.clip(priced, -LARGEST_PRICE, LARGEST_PRICE)).astype(np.int64)


def _spots(owner: NDArray[np.int32], day: NDArray[np.int32]) -> Integers:
    """Number the pairs of owner and day that occur."""
    pairs = np.stack([owner, day])
    return np.unique(pairs, axis=1, return_inverse=True)[1].astype(np.int64).ravel()
