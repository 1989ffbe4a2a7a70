"""Pricing: the best schedule of every owner for given dual values, and the bound it proves.

Dual values are rounded to a grid first. All reduced costs are then whole numbers in one unit,
CP-SAT's bounds on them are exact, and so is the Lagrangian bound that they add up to
(Geoffrion, 1974): the bound is a proof, whatever the duals are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.control import Control
from csshift.engine.duals import exact_dot, in_force
from csshift.engine.exact import Effort, Outcome, StoredModel
from csshift.engine.parts import Parts

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

GRID = 100
"""Steps of the grid of duals in the largest common unit of all costs."""


LARGEST = float(1 << 61)
"""Magnitude from which on duals and sums of reduced costs are too large for 64 bits."""


@dataclass(frozen=True, eq=False)
class Proof:
    """A bound and where it comes from.

    Parameters
    ----------
    bound : int
        Proven lower bound of the whole piece.
    duals : float array, shape (linking rows,)
        On the grid.
    least : float array, shape (parts,)
        Least sum of reduced costs of any schedule of each part.
    """

    bound: int
    duals: Floats
    least: Floats


@dataclass(frozen=True, eq=False)
class Priced:
    """What one round of pricing found.

    Parameters
    ----------
    schedules : dict of int to int64 array
        By number of the part: values of its columns.
    proof : Proof or None
        Where every part was priced with a bound.
    """

    schedules: dict[int, Integers]
    proof: Proof | None


class Pricing:
    """Prices the parts of a piece, several at once; keeps the model of each.

    Parameters
    ----------
    parts : Parts
    control : Control
    """

    def __init__(self, parts: Parts, control: Control) -> None:
        self.parts = parts
        self.control = control
        self.unit = math.gcd(*parts.piece.cost.tolist()) or 1
        self._models = [StoredModel(part.piece) for part in parts.parts]
        links = [parts.rest_links, *(part.links for part in parts.parts)]
        self._sizes = [csr_array(abs(link).astype(np.float64).T) for link in links]
        self._last: list[Integers | None] = [None] * len(parts.parts)

    def on_grid(self, duals: Floats) -> Integers:
        """Return duals of the linking rows in steps of the grid, those of missing bounds 0."""
        piece, linking = self.parts.piece, self.parts.linking
        y = np.rint(np.clip(duals * (GRID / self.unit), -LARGEST, LARGEST)).astype(np.int64)
        return in_force(y, piece.row_lower[linking], piece.row_upper[linking])[0]

    def price(self, duals: Floats, seconds: float, chosen: Sequence[int] | None = None) -> Priced:
        """Find the best schedule of parts.

        Parameters
        ----------
        duals : float array, shape (linking rows,)
        seconds : float
            Limit for each part.
        chosen : sequence of int or None
            Parts to price; all when None, and only then is there a bound.
        """
        y = self.on_grid(duals)
        if self._most(y) > LARGEST:
            return Priced({}, None)
        numbers = range(len(self._models)) if chosen is None else chosen
        if self.control.workers > 1:
            with ThreadPoolExecutor(self.control.workers) as pool:
                found = list(pool.map(lambda number: self._best(number, y, seconds), numbers))
        else:
            found = [self._best(number, y, seconds) for number in numbers]
        schedules = {
            number: outcome.values
            for number, outcome in zip(numbers, found, strict=True)
            if outcome.values is not None
        }
        least = [outcome.bound for outcome in found if outcome.bound is not None]
        proven = chosen is None and len(least) == len(found)
        return Priced(schedules, self._proof(y, least) if proven else None)

    def _most(self, y: Integers) -> float:
        """Return the largest reduced cost of the rest, or sum of them in a part, at most."""
        size = np.abs(y).astype(np.float64)
        grid = GRID / self.unit
        rest = np.abs(self.parts.piece.cost[self.parts.rest]) * grid + self._sizes[0] @ size
        most = float(rest.max(initial=0.0))
        for part, links in zip(self.parts.parts, self._sizes[1:], strict=True):
            own = np.abs(part.piece.cost) * grid + links @ size
            most = max(most, float(own @ np.maximum(part.piece.upper, 1)))
        return most

    def _proof(self, y: Integers, least: list[int]) -> Proof:
        step = self.unit / GRID
        known = np.array(least, dtype=np.float64)
        return Proof(self._bound(y, sum(least)), y.astype(np.float64) * step, known * step)

    def _best(self, number: int, y: Integers, seconds: float) -> Outcome:
        """Return the best schedule of one part at duals on the grid."""
        part = self.parts.parts[number]
        outcome = self._models[number].solve(
            part.piece.cost // self.unit * GRID - part.links.T @ y,
            self.control,
            Effort(seconds),
            hint=self._last[number],
            seed=self.control.seed,
        )
        if outcome.values is not None:
            self._last[number] = outcome.values
        return outcome

    def _bound(self, y: Integers, least: int) -> int:
        """Return what duals and the least reduced costs of all parts prove."""
        piece, linking, rest = self.parts.piece, self.parts.linking, self.parts.rest
        _, paid = in_force(y, piece.row_lower[linking], piece.row_upper[linking])
        reduced = piece.cost[rest] // self.unit * GRID - self.parts.rest_links.T @ y
        at = np.where(reduced > 0, piece.lower[rest], piece.upper[rest])
        total = least + exact_dot(y, paid) + exact_dot(reduced, at)
        return -(-total // GRID) * self.unit
