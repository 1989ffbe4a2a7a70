"""The offered wait in a queue whose customers give up: M/M/n+M (Erlang A).

The offered wait V is what a customer of infinite patience would wait. With the time unit of one
mean handle time, offered load a, n agents and f = handle time / patience, V has an atom at 0 and
beyond it a density proportional to ``exp(a (1 - exp(-f x)) / f - n x)`` (Baccelli and Hebuterne
1981; Zeltyn and Mandelbaum 2005). The exponent is concave, so that Gauss-Legendre panels
around its peak integrate it to about ten digits in every regime, be it under- or overloaded,
with short or endless patience, where incomplete gamma functions under- and overflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from csshift.demand.search import Floats

# Beyond a fall of the exponent by this much, what is left is below double precision.
FALL = 38.0
NODES = 48
CHUNK = 4096


@dataclass(frozen=True, eq=False)
class OfferedWait:
    """What the offered wait implies; arrays of one shape.

    Parameters
    ----------
    wait_probability : array of float
        P(V > 0), the share of calls that meet no free agent.
    answered_late : array of float
        Share of all calls answered after waiting, but within the threshold.
    mean_wait : array of float
        Mean time in the queue over all calls, answered or not, in handle times.
    """

    wait_probability: Floats
    answered_late: Floats
    mean_wait: Floats


def offered_wait(load: Floats, agents: Floats, impatience: Floats, within: Floats) -> OfferedWait:
    """Return the waiting figures of M/M/n+M.

    Parameters
    ----------
    load, agents : array of float, shape (n,)
        Offered erlangs and agents, both above 0; agents may be fractional.
    impatience : array of float, shape (n,)
        Mean handle time / mean patience.
    within : array of float, shape (n,)
        Threshold in handle times.

    Returns
    -------
    OfferedWait
        Arrays of shape (n,).
    """
    parts = [
        _chunk(*(array[start : start + CHUNK] for array in (load, agents, impatience, within)))
        for start in range(0, load.size, CHUNK)
    ]
    joined = np.concatenate(parts, axis=1) if parts else np.zeros((3, 0))
    return OfferedWait(*joined)


def _chunk(load: Floats, agents: Floats, impatience: Floats, within: Floats) -> Floats:
    from scipy.special import expit, kl_div

    # Measured from the peak of the exponent, nothing large is subtracted from anything large.
    peak = np.log(np.maximum(load / agents, 1.0)) / impatience
    slope = np.minimum(load, agents)
    left = -np.minimum(peak, _rise_distance(agents, impatience))
    right = _fall_distance(agents - slope, slope * impatience / 3, slope / 3)
    right = np.minimum(right, (FALL + slope / impatience) / agents)
    density, wait, total = _panel(slope, agents, impatience, peak, left, right)
    mean_wait = np.sum(density * wait, axis=1) / total
    early = np.clip(within - peak, left, right)
    density, wait, _ = _panel(slope, agents, impatience, peak, left, early)
    answered = np.sum(density * (1 - impatience[:, None] * wait), axis=1) / total
    height = np.where(load > agents, kl_div(agents, load), 0.0) / impatience
    logit = np.log(load * total) + height - log_inverse_blocking(load, agents - 1)
    waits = expit(logit)
    return np.stack([waits, waits * np.minimum(answered, 1.0), waits * mean_wait])


def _panel(
    slope: Floats, agents: Floats, impatience: Floats, peak: Floats, left: Floats, right: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return weighted densities, ``(1 - exp(-f x)) / f``, and the total of the former.

    The first two have the shape (n, 2 NODES), the total has (n,).
    """
    # Where patience is far shorter than handling, the wait settles early in a long range.
    settled = np.clip(FALL / impatience, left, right)
    distance, weight = np.concatenate((_nodes(left, settled), _nodes(settled, right)), axis=2)
    impatience, peak = impatience[:, None], peak[:, None]
    fallen = slope[:, None] * -np.expm1(-impatience * distance) / impatience
    density = np.exp(fallen - agents[:, None] * distance) * weight
    wait = -np.expm1(-impatience * (peak + distance)) / impatience
    return density, wait, np.sum(density, axis=1)


def log_inverse_blocking(load: Floats, agents: Floats) -> Floats:
    """Return ``-log B(load, agents)``, B being Erlang's loss probability.

    ``1 / B`` is the Poisson distribution function over its probability at `agents`; deep in
    overload both underflow, and the integral of ``exp(-u) (1 + u / load)**agents`` over u from 0
    serves instead (Jagerman 1974).

    Parameters
    ----------
    load, agents : array of float, shape (n,)
        Offered erlangs, above 0; agents, above -1, may be fractional.
    """
    from scipy.special import gammaincc, gammaln

    below = gammaincc(agents + 1, load)
    deep = below < 1e-200
    log_probability = agents * np.log(load) - load - gammaln(agents + 1)
    result: Floats = np.log(np.where(deep, 1.0, below)) - log_probability
    if np.any(deep):
        result[deep] = _log_jagerman(load[deep], agents[deep])
    return result


def _log_jagerman(load: Floats, agents: Floats) -> Floats:
    positive = np.maximum(agents, 0.0)
    end = _fall_distance(load - positive, positive / 4, positive / 4)
    distance, weight = _nodes(np.zeros_like(end), end)
    exponent = agents[:, None] * np.log1p(distance) - load[:, None] * distance
    result: Floats = np.log(load * np.sum(np.exp(exponent) * weight, axis=1))
    return result


def _rise_distance(agents: Floats, impatience: Floats) -> Floats:
    """Return how far before its peak the exponent is lower by FALL or more.

    There it is lower by ``n / f (exp(v) - 1 - v)`` with v = f distance: at least
    ``v^2 / 2``, and from v = 2 on at least ``exp(v) / 2``, times n / f.
    """
    fall = FALL * impatience / agents
    by_growth = np.maximum(2.0, np.log(2 * fall))
    return np.minimum(np.sqrt(2 * fall), by_growth) / impatience


def _fall_distance(drift: Floats, square: Floats, linear: Floats) -> Floats:
    """Return x from which on ``drift x + min(square x^2, linear x)`` exceeds FALL."""
    by_square = 2 * FALL / (drift + np.sqrt(drift**2 + 4 * square * FALL))
    return np.maximum(by_square, FALL / (drift + linear))


def _nodes(left: Floats, right: Floats) -> Floats:
    """Return Gauss-Legendre nodes and weights of each range, shape (2, n, NODES)."""
    nodes, weights = gauss_legendre()
    half = ((right - left) / 2)[:, None]
    return np.stack((left[:, None] + half * (1 + nodes), half * weights))


@cache
def gauss_legendre() -> tuple[Floats, Floats]:
    """Return NODES nodes and weights for the range from -1 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return nodes, weights
