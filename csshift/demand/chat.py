"""Chats: the agents that a team needs when each holds several sessions at once.

One agent is the machine-repair model of `csshift.demand.chat_work`. A team is a birth-death chain
over its sessions, shared evenly among the agents, with rates that depend on the level; sessions
beyond the limit of every agent wait for a place (Koole 2013; Luo and Zhang 2013; Tezcan and Zhang
2014). It is exact where sessions change slowly against messages. `csshift.demand.chain` adds it up.

The response time of a reply runs from the customer's message to the end of the reply; that of
the first reply in a session includes the wait for a place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from csshift.demand.chain import SessionChain
from csshift.demand.chat_work import ChatWork, best_response_share
from csshift.demand.search import (
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


@dataclass(frozen=True)
class ChatTarget:
    """What the least number of agents must meet, all of it at once.

    Parameters
    ----------
    mean_response_seconds : float or None
        The mean response time must not exceed this; None: no such limit.
    response_within_seconds : float
        Threshold of the service level.
    service_level : float
        Share of the replies to be given within the threshold, 0 to below 1.
    max_occupancy : float
        Upper limit on the busy share of the agents' time, above 0 to 1.
    """

    mean_response_seconds: float | None
    response_within_seconds: float
    service_level: float
    max_occupancy: float = 1.0


@dataclass(frozen=True, eq=False)
class ChatTeam:
    """How a team does; arrays of one shape.

    Parameters
    ----------
    mean_response_seconds : array of float
        Mean over all replies; infinite in overload.
    response_share : array of float
        Share of all replies given within the threshold.
    occupancy : array of float
        Busy share of the agents' time, never above 1.
    """

    mean_response_seconds: Floats
    response_share: Floats
    occupancy: Floats


def chat_team(
    inquiries: ArrayLike,
    interval_minutes: float,
    work: ChatWork,
    agents: ArrayLike,
    response_within_seconds: float,
) -> ChatTeam:
    """Return how a team of whole agents does in each interval.

    Parameters
    ----------
    inquiries : array_like of float
        Sessions arriving in each interval, at least 0.
    interval_minutes : float
        Length of an interval.
    agents : array_like of int
        Agents in each interval; broadcasts against `inquiries`.
    response_within_seconds : float
        Threshold of the response share.

    Returns
    -------
    ChatTeam
        Without inquiries the best that one agent can do, and an occupancy of 0.

    Raises
    ------
    ValueError
        When `inquiries` holds a value that is negative or not finite.
    """
    arrivals = demand_array(inquiries) / (60.0 * interval_minutes)
    arrivals, staff = np.broadcast_arrays(arrivals, np.asarray(agents, dtype=np.int64))
    chain = SessionChain(work, response_within_seconds)
    figures = chain.figures_of(arrivals.ravel(), staff.ravel())
    return ChatTeam(*figures.reshape(3, *arrivals.shape))


def chat_agents(
    inquiries: ArrayLike,
    interval_minutes: float,
    work: ChatWork,
    target: ChatTarget,
    most: int = MOST_AGENTS,
) -> Counts:
    """Return the least agents that meet every part of the target.

    Parameters
    ----------
    inquiries : array_like of float
        Sessions arriving in each interval, at least 0.
    interval_minutes : float
        Length of an interval.
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
        When `inquiries` holds a value that is negative or not finite, or when no number of
        agents meets the target: even an agent with a single session is slower.
    """
    arrivals = demand_array(inquiries) / (60.0 * interval_minutes)
    limit = target.mean_response_seconds
    if limit is not None and limit <= work.reply_seconds:
        raise ValueError("no number of agents brings the mean response below the work on a reply")
    if target.service_level >= best_response_share(work, target.response_within_seconds):
        raise ValueError("no number of agents gives that share of replies within the threshold")
    chain = SessionChain(work, target.response_within_seconds)
    distinct, cells = distinct_loads(arrivals)
    busy = distinct * (work.replies_per_session * work.reply_seconds)
    # With this many agents a second session at one of them is rarer than double precision shows.
    sessions = busy * (1 + work.pause_seconds / work.reply_seconds)
    ample = whole_agents(sessions + 12 * np.sqrt(sessions) + 40)

    def meets(agents: Counts, index: Cells) -> NDArray[np.bool_]:
        mean, share, occupancy = chain.figures_of(distinct[index], agents)
        fast = np.isfinite(mean) if limit is None else mean <= limit
        calm = occupancy <= target.max_occupancy * (1 + ROUNDING)
        met: NDArray[np.bool_] = fast & (share >= target.service_level) & calm
        return met | (agents >= ample[index])

    low = np.maximum(whole_agents(busy / target.max_occupancy), 1)
    ample = np.maximum(ample, low)
    return scatter(least_agents(meets, low, most), cells, arrivals.shape)
