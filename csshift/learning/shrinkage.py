"""Ratios of people to their team, shrunk towards the team's mean by how little is known.

Empirical Bayes for normal means (Efron and Morris 1975; Morris 1983): the ratio of a person is
drawn towards the mean of all by the share that its own variance has in the sum of it and the
variance between people. The former is that of quasi-Poisson counts, with one dispersion for all
from Pearson residuals (McCullagh and Nelder 1989); the latter is found by moments
(DerSimonian and Laird 1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csshift.demand.search import Floats

Z95 = 1.959964


@dataclass(frozen=True, eq=False)
class Ratios:
    """Ratios of several people; arrays of shape (people,).

    Parameters
    ----------
    observed : array of float
        Sum of counts over sum of what was expected.
    shrunken, low, high : array of float
        Drawn towards the mean, and a 95 % interval, at least 0.
    weight : array of float
        Weight of a person's own data, 0 to 1.
    """

    observed: Floats
    shrunken: Floats
    low: Floats
    high: Floats
    weight: Floats


def shrink_ratios(counts: Floats, expected: Floats, person: NDArray[np.int64]) -> Ratios:
    """Return the ratio of each person to what was expected, shrunk towards the mean.

    Parameters
    ----------
    counts, expected : array of float, shape (n,)
        What a person did on a day, and what the team's mean would have done; the latter above 0.
    person : array of int, shape (n,)
        Who, from 0; each number at least once.
    """
    total = np.bincount(person, expected)
    observed = np.bincount(person, counts) / total
    variance = _dispersion(counts, expected, person, observed) / total
    between = _between(observed, variance)
    precision = 1 / (variance + between)
    mean = float(np.sum(precision * observed) / precision.sum())
    weight = between / (variance + between)
    shrunken = mean + weight * (observed - mean)
    # The mean is estimated, too: the more it is leant upon, the more that counts.
    spread = np.sqrt(weight * variance + (1 - weight) ** 2 / precision.sum())
    low = np.maximum(shrunken - Z95 * spread, 0.0)
    return Ratios(observed, shrunken, low, shrunken + Z95 * spread, weight)


def _dispersion(
    counts: Floats, expected: Floats, person: NDArray[np.int64], observed: Floats
) -> float:
    """Return the variance of a count over its mean; 1, as of Poisson counts, at least."""
    freedom = counts.size - observed.size
    if freedom <= 0:
        return 1.0
    residual = (counts - observed[person] * expected) ** 2 / expected
    return max(1.0, float(residual.sum()) / freedom)


def _between(observed: Floats, variance: Floats) -> float:
    """Return the variance of the ratios between people."""
    precision = 1 / variance
    total = float(precision.sum())
    mean = float(np.sum(precision * observed)) / total
    excess = float(np.sum(precision * (observed - mean) ** 2)) - (observed.size - 1)
    scale = total - float(np.sum(precision**2)) / total
    return max(0.0, excess / scale) if scale > 0 else 0.0
