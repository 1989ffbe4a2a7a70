"""Calls: Erlang C (nobody gives up) and Erlang A (customers of limited patience).

All functions take whole arrays that broadcast against one another. Arrivals are Poisson, handle
times and patience exponential, and each interval is in its steady state. The service level is the
share of **all** arriving calls that an agent answers within the threshold: with Erlang A a call
that is given up counts as not answered, however soon it was given up.

A queue without demand has a service level of 1; one without agents of 0. An overloaded Erlang C
queue has no steady state: everybody waits, and the service level is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from csshift.demand.impatience import log_inverse_blocking, offered_wait
from csshift.demand.search import (
    BEYOND,
    MOST_AGENTS,
    ROUNDING,
    Cells,
    Counts,
    Floats,
    demand_array,
    distinct_loads,
    least_agents,
    scatter,
    whole_agents,
)


def offered_erlangs(inquiries: ArrayLike, interval_minutes: float, handle_seconds: float) -> Floats:
    """Return the load in erlangs: the agents that the work itself keeps busy.

    Raises
    ------
    ValueError
        When `inquiries` holds a value that is negative or not finite.
    """
    return demand_array(inquiries) * (handle_seconds / (60.0 * interval_minutes))


def erlang_c_wait_probability(offered_erlangs: ArrayLike, agents: ArrayLike) -> Floats:
    """Return the share of calls that must wait (Erlang 1917), never above 1.

    Parameters
    ----------
    offered_erlangs : array_like of float
        Load, at least 0.
    agents : array_like of float
        Agents, at least 0.

    Returns
    -------
    array of float
        1 where the load is not below the agents, 0 without load.
    """
    load, staff = _broadcast(offered_erlangs, agents)
    result = np.where(load > 0, 1.0, 0.0)
    stable = (load > 0) & (staff > load)
    load, staff = load[stable], staff[stable]
    blocking = np.exp(-log_inverse_blocking(load, staff))
    result[stable] = np.minimum(blocking / (1 - load / staff * (1 - blocking)), 1.0)
    return result


def erlang_c_service_level(
    offered_erlangs: ArrayLike,
    agents: ArrayLike,
    handle_seconds: ArrayLike,
    answer_within_seconds: ArrayLike,
) -> Floats:
    """Return the share of calls answered within the threshold when nobody gives up.

    Parameters
    ----------
    offered_erlangs, agents : array_like of float
        Load and agents, at least 0.
    handle_seconds : array_like of float
        Mean handle time, seconds, above 0.
    answer_within_seconds : array_like of float
        Threshold, seconds, at least 0.

    Returns
    -------
    array of float
        Between 0 and 1.
    """
    load, staff, handle, within = _broadcast(
        offered_erlangs, agents, handle_seconds, answer_within_seconds
    )
    waits = erlang_c_wait_probability(load, staff)
    spare = np.maximum(staff - load, 0.0)
    late = waits * np.exp(-spare * within / handle)
    return np.clip(1 - late, 0.0, 1.0)


def erlang_c_agents(
    inquiries: ArrayLike,
    interval_minutes: float,
    handle_seconds: float,
    service_level: float,
    answer_within_seconds: float,
    max_occupancy: float = 1.0,
    most: int = MOST_AGENTS,
) -> Counts:
    """Return the least agents that meet service level and occupancy when nobody gives up.

    Parameters
    ----------
    inquiries : array_like of float
        Calls arriving in each interval, at least 0.
    interval_minutes, handle_seconds, answer_within_seconds : float
        Length of an interval, mean handle time, threshold.
    service_level : float
        Share to be answered within the threshold, 0 to below 1.
    max_occupancy : float
        Upper limit on load / agents, above 0 to 1.
    most : int
        The largest team to try.

    Returns
    -------
    array of int
        Shape of `inquiries`; 0 where there are none.

    Raises
    ------
    TooManyAgentsError
        When more than `most` would be needed.
    ValueError
        When `inquiries` holds a value that is negative or not finite.
    """
    load, cells = distinct_loads(offered_erlangs(inquiries, interval_minutes, handle_seconds))

    def meets(agents: Counts, index: Cells) -> NDArray[np.bool_]:
        level = erlang_c_service_level(load[index], agents, handle_seconds, answer_within_seconds)
        return level >= service_level

    # A stable team has more agents than erlangs.
    above = np.floor(np.minimum(load, BEYOND)).astype(np.int64) + 1
    low = np.maximum(above, whole_agents(load / max_occupancy))
    return scatter(least_agents(meets, low, most), cells, np.shape(inquiries))


@dataclass(frozen=True, eq=False)
class ImpatientCalls:
    """How a queue of calls does whose customers give up; arrays of one shape.

    Parameters
    ----------
    service_level : array of float
        Share of all calls answered within the threshold.
    wait_probability : array of float
        Share of all calls that meet no free agent.
    abandonment : array of float
        Share of all calls that are given up.
    mean_wait_seconds : array of float
        Mean time in the queue over all calls, answered or not, seconds.
    """

    service_level: Floats
    wait_probability: Floats
    abandonment: Floats
    mean_wait_seconds: Floats


def erlang_a(
    offered_erlangs: ArrayLike,
    agents: ArrayLike,
    handle_seconds: ArrayLike,
    patience_seconds: ArrayLike,
    answer_within_seconds: ArrayLike,
) -> ImpatientCalls:
    """Return all figures of the M/M/n+M queue; overload is no special case.

    Parameters
    ----------
    offered_erlangs, agents : array_like of float
        Load and agents, at least 0.
    handle_seconds, patience_seconds : array_like of float
        Mean handle time, and mean time until a waiting customer gives up; seconds, above 0.
    answer_within_seconds : array_like of float
        Threshold, seconds, at least 0.

    Returns
    -------
    ImpatientCalls
        Arrays of the broadcast shape.

    Notes
    -----
    Palm 1957; Garnett, Mandelbaum and Reiman 2002. Computed by `csshift.demand.impatience`.
    """
    load, staff, handle, patience, within = _broadcast(
        offered_erlangs, agents, handle_seconds, patience_seconds, answer_within_seconds
    )
    level = np.where(load > 0, 0.0, 1.0)
    waits = np.where(load > 0, 1.0, 0.0)
    given_up = waits.copy()
    mean_wait = np.where(load > 0, patience, 0.0)
    both = (load > 0) & (staff > 0)
    impatience = handle[both] / patience[both]
    queue = offered_wait(load[both], staff[both], impatience, within[both] / handle[both])
    waits[both] = queue.wait_probability
    level[both] = np.minimum(1 - queue.wait_probability + queue.answered_late, 1.0)
    given_up[both] = np.minimum(impatience * queue.mean_wait, 1.0)
    mean_wait[both] = queue.mean_wait * handle[both]
    return ImpatientCalls(level, waits, given_up, mean_wait)


def erlang_a_agents(
    inquiries: ArrayLike,
    interval_minutes: float,
    handle_seconds: float,
    patience_seconds: float,
    service_level: float,
    answer_within_seconds: float,
    max_occupancy: float = 1.0,
    most: int = MOST_AGENTS,
) -> Counts:
    """Return the least agents, at least one, that meet service level and occupancy.

    Parameters
    ----------
    inquiries : array_like of float
        Calls arriving in each interval, at least 0.
    interval_minutes, handle_seconds, patience_seconds, answer_within_seconds : float
        Length of an interval, mean handle time, mean patience, threshold.
    service_level : float
        Share of all calls to be answered within the threshold, 0 to below 1.
    max_occupancy : float
        Upper limit on the busy share of the agents' time, above 0 to 1.
    most : int
        The largest team to try.

    Returns
    -------
    array of int
        Shape of `inquiries`; 0 where there are none.

    Raises
    ------
    TooManyAgentsError
        When more than `most` would be needed.
    ValueError
        When `inquiries` holds a value that is negative or not finite.
    """
    load, cells = distinct_loads(offered_erlangs(inquiries, interval_minutes, handle_seconds))

    def meets(agents: Counts, index: Cells) -> NDArray[np.bool_]:
        queue = erlang_a(
            load[index], agents, handle_seconds, patience_seconds, answer_within_seconds
        )
        occupancy = load[index] * (1 - queue.abandonment) / agents
        calm = occupancy <= max_occupancy * (1 + ROUNDING)
        return (queue.service_level >= service_level) & calm

    # No fewer agents can answer the share asked for, however long the calls wait.
    low = np.maximum(whole_agents(load * service_level), 1)
    return scatter(least_agents(meets, low, most), cells, np.shape(inquiries))


def _broadcast(*values: ArrayLike) -> tuple[Floats, ...]:
    return np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
