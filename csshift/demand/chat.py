"""Chats: an agent holds several sessions, and the replies of all of them queue for the agent.

One agent with k sessions is a machine-repair model: work `s` on a reply and the time `Z` until the
next message are exponential. Mean-value analysis (Reiser and Lavenberg 1980) gives the response
time R(k) = s (1 + Q(k-1)), the replies per second X(k) = k / (R(k) + Z) and the messages at the
agent Q(k) = X(k) R(k). Sessions of m replies then end at the rate X(k) / m. A session starts with
a message and ends with the last reply, so m replies have m - 1 gaps of the customer between them,
and `Z` is (m - 1) / m of the mean gap: a full agent replaces an ended session at once.

A team is a birth-death chain over its sessions, shared evenly among the agents, with rates that
depend on the level; sessions beyond the limit of every agent wait for a place (Koole 2013; Luo and
Zhang 2013; Tezcan and Zhang 2014). It is exact where sessions change slowly against messages.

The response time of a reply runs from the customer's message to the end of the reply; that of
the first reply in a session includes the wait for a place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from csshift.demand.impatience import gauss_legendre
from csshift.demand.search import (
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

CHUNK = 1 << 20
"""Levels of chains that are held at once."""


@dataclass(frozen=True)
class ChatWork:
    """What a session asks of an agent.

    Parameters
    ----------
    reply_seconds : float
        Mean work on one reply, above 0.
    customer_gap_seconds : float
        Mean time from a reply to the customer's next message, above 0.
    replies_per_session : float
        Mean replies in a session, at least 1.
    sessions_at_once : int
        Sessions that one agent holds at most, at least 1.
    """

    reply_seconds: float
    customer_gap_seconds: float
    replies_per_session: float
    sessions_at_once: int

    @property
    def pause_seconds(self) -> float:
        """Mean customer time that a reply brings with it; the last reply of a session none."""
        gaps = (self.replies_per_session - 1) / self.replies_per_session
        return self.customer_gap_seconds * gaps


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
class OneAgent:
    """One agent by the sessions held: arrays of shape (sessions_at_once + 1,), index 0 idle.

    Parameters
    ----------
    response_seconds : array of float
        Mean response time; 0 without sessions.
    replies_per_second : array of float
        Replies that the agent finishes.
    messages : array of float
        Mean messages that wait for a reply or are being replied to.
    """

    response_seconds: Floats
    replies_per_second: Floats
    messages: Floats


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


def one_agent(work: ChatWork) -> OneAgent:
    """Return response time and throughput of one agent by mean-value analysis."""
    size = work.sessions_at_once + 1
    response, throughput, messages = np.zeros((3, size))
    for held in range(1, size):
        response[held] = work.reply_seconds * (1 + messages[held - 1])
        throughput[held] = held / (response[held] + work.pause_seconds)
        messages[held] = throughput[held] * response[held]
    return OneAgent(response, throughput, messages)


def sessions_per_hour(work: ChatWork) -> Floats:
    """Return the sessions that one agent finishes in an hour, by the sessions held at once.

    Returns
    -------
    array of float, shape (sessions_at_once + 1,)
        Index 0 is an agent without sessions.
    """
    return 3600 * one_agent(work).replies_per_second / work.replies_per_session


def best_response_share(work: ChatWork, within_seconds: float) -> float:
    """Return the share of replies within the threshold when every agent holds one session."""
    return float(-np.expm1(-within_seconds / work.reply_seconds))


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
    work : ChatWork
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
    chain = _Chain(work, response_within_seconds)
    figures = chain.figures_of(arrivals.ravel(), staff.ravel())
    return ChatTeam(*figures.reshape(3, *arrivals.shape))


def chat_agents(
    inquiries: ArrayLike, interval_minutes: float, work: ChatWork, target: ChatTarget
) -> Counts:
    """Return the least agents that meet every part of the target.

    Parameters
    ----------
    inquiries : array_like of float
        Sessions arriving in each interval, at least 0.
    interval_minutes : float
        Length of an interval.
    work : ChatWork
    target : ChatTarget

    Returns
    -------
    array of int
        Shape of `inquiries`; 0 where there are none.

    Raises
    ------
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
    chain = _Chain(work, target.response_within_seconds)
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
    return scatter(least_agents(meets, low), cells, arrivals.shape)


class _Chain:
    """The birth-death chain over the sessions of a team."""

    def __init__(self, work: ChatWork, within_seconds: float) -> None:
        self.work = work
        self.agent = one_agent(work)
        self.within = within_seconds
        self.share = _response_shares(work, within_seconds)

    def figures_of(self, arrivals: Floats, agents: Counts) -> Floats:
        """Return mean response, share within the threshold and occupancy of teams.

        Parameters
        ----------
        arrivals : array of float, shape (n,)
            Sessions per second.
        agents : array of int, shape (n,)
            Agents at work.

        Returns
        -------
        array of float, shape (3, n)
        """
        found = np.empty((3, arrivals.size))
        order = np.argsort(agents, kind="stable")
        counts, starts = np.unique(agents[order], return_index=True)
        for count, cells in zip(counts.tolist(), np.split(order, starts[1:]), strict=False):
            # Chains of one team have the same levels, so that an array holds them all.
            step = max(1, CHUNK // (max(count, 0) * self.work.sessions_at_once + 1))
            for first in range(0, cells.size, step):
                part = cells[first : first + step]
                found[:, part] = self._figures(arrivals[part], count)
        return found

    def _figures(self, arrivals: Floats, agents: int) -> Floats:
        work = self.work
        replies = arrivals * work.replies_per_session
        found = np.zeros((3, arrivals.size))
        found[0], found[1] = work.reply_seconds, self.share[1]
        if agents <= 0:
            found[:, replies > 0] = np.array([[np.inf], [0.0], [1.0]])
            return found
        found[2] = np.minimum(replies * work.reply_seconds / agents, 1.0)
        load = replies / (agents * self.agent.replies_per_second[-1])
        over = load >= 1 - ROUNDING
        # First replies wait without end; the others come from agents with all places taken.
        found[0, over] = np.inf
        found[1, over] = self.share[-1] * (1 - 1 / work.replies_per_session)
        stable = (load >= ROUNDING**2) & ~over
        if np.any(stable):
            found[:2, stable] = self._steady(replies[stable], agents, load[stable])
        return found

    def _steady(self, replies: Floats, agents: int, load: Floats) -> Floats:
        """Return mean response and share of teams that keep up, shape (2, n)."""
        throughput = self.agent.replies_per_second
        held, more = np.divmod(np.arange(agents * self.work.sessions_at_once + 1), agents)

        def over_team(by_sessions: Floats) -> Floats:
            # `more` agents hold one session more than the others.
            following = np.append(by_sessions[1:], 0.0)
            sums: Floats = (agents - more) * by_sessions[held] + more * following[held]
            return sums

        steps = np.log(replies)[:, None] - np.log(over_team(throughput)[1:])
        logs = np.concatenate([np.zeros((replies.size, 1)), np.cumsum(steps, axis=1)], axis=1)
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        # Beyond the last level the chain is geometric with ratio `load`.
        beyond = weights[:, -1] * load / (1 - load)
        total = weights.sum(axis=1) + beyond
        waiting = beyond / (1 - load) / total
        waits = (weights[:, -1] + beyond) / total
        messages = over_team(self.agent.messages)
        answered = over_team(throughput * self.share)
        present = (weights @ messages + beyond * messages[-1]) / total
        in_time = (weights @ answered + beyond * answered[-1]) / total / replies
        delayed = self._share_after_waiting(agents * throughput[-1] - replies)
        firsts = waits / self.work.replies_per_session
        share = in_time - firsts * (self.share[-1] - delayed)
        return np.stack([(present + waiting) / replies, np.clip(share, 0.0, 1.0)])

    def _share_after_waiting(self, spare_replies: Floats) -> Floats:
        """Return the share of first replies in time among sessions that waited for a place.

        That wait is exponential, as in any chain that is geometric beyond its last level.
        """
        rate = (spare_replies / self.work.replies_per_session)[:, None]
        nodes, weights = gauss_legendre()
        end = -np.expm1(-rate * self.within)
        wait = -np.log1p(-end * (1 + nodes) / 2) / rate
        left = np.maximum(self.within - wait, 0.0)
        shares = _shares(self.work, self.work.sessions_at_once, left.ravel()).reshape(left.shape)
        delayed: Floats = shares @ weights * end[:, 0] / 2
        return delayed


def _response_shares(work: ChatWork, within_seconds: float) -> Floats:
    """Return the share of replies within the threshold by sessions held; index 0 is 0."""
    within = np.array([within_seconds])
    shares = [_shares(work, held, within)[0] for held in range(1, work.sessions_at_once + 1)]
    return np.array([0.0, *shares])


def _shares(work: ChatWork, held: int, within: Floats) -> Floats:
    """Return the share of replies within each time when the agent holds `held` sessions.

    A message finds the agent as `held - 1` sessions leave it in the long run (arrival theorem,
    Lavenberg and Reiser 1980), and waits for one more exponential work than messages found.
    """
    from scipy.special import gammainc, gammaln, logsumexp, xlogy

    # Written from the messages not found, so that sessions of one reply (no pause) are no case.
    found = np.arange(held)
    absent = held - 1 - found
    logs = xlogy(absent, work.pause_seconds / work.reply_seconds) - gammaln(absent + 1)
    probability = np.exp(logs - logsumexp(logs))
    shares: Floats = probability @ gammainc(found[:, None] + 1, within / work.reply_seconds)
    return shares
