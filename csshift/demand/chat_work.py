"""One agent who holds several chats at once: a machine-repair model.

With k sessions, work `s` on a reply and the time `Z` until the customer's next message are
exponential. Mean-value analysis (Reiser and Lavenberg 1980) gives the response time
R(k) = s (1 + Q(k-1)), the replies per second X(k) = k / (R(k) + Z) and the messages at the agent
Q(k) = X(k) R(k). Sessions of m replies then end at the rate X(k) / m. A session starts with a
message and ends with the last reply, so m replies have m - 1 gaps of the customer between them,
and `Z` is (m - 1) / m of the mean gap: a full agent replaces an ended session at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csshift.demand.search import Floats

MOST_SESSIONS = 50
"""Sessions that one agent can hold at most."""

CERTAIN = 600.0
"""Multiples of the work on a reply after which a reply is certain to have been given."""


@dataclass(frozen=True)
class ChatWork:
    """The work of a session for an agent.

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

    def __post_init__(self) -> None:
        figures = (self.reply_seconds, self.customer_gap_seconds, self.replies_per_session)
        if not all(np.isfinite(figure) and figure > 0 for figure in figures):
            raise ValueError("the work, the gap and the replies must be finite and positive")
        if self.replies_per_session < 1:
            raise ValueError("replies_per_session must be at least 1")
        if not 1 <= self.sessions_at_once <= MOST_SESSIONS:
            raise ValueError(f"sessions_at_once must be from 1 to {MOST_SESSIONS}")


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


def response_share(work: ChatWork, held: int, within: Floats) -> Floats:
    """Return the share of replies within each time when the agent holds `held` sessions.

    A message finds the agent as `held - 1` sessions leave it in the long run (arrival
    theorem, Lavenberg and Reiser 1980), and waits for one more exponential work than messages
    found: it is late when a Poisson number of works is not above the messages found.
    """
    from scipy.special import gammaln, logsumexp, xlogy

    # Written from the messages not found, so that sessions of one reply (no pause) are no case.
    absent = held - 1 - np.arange(held)
    logs = xlogy(absent, work.pause_seconds / work.reply_seconds)
    logs -= gammaln(absent + 1)
    probability = np.exp(logs - logsumexp(logs))
    at_least = np.cumsum(probability[::-1])[::-1]
    time = np.minimum(within / work.reply_seconds, CERTAIN)
    late = np.zeros_like(time)
    for works in range(held - 1, -1, -1):
        late = at_least[works] + late * time / (works + 1)
    shares: Floats = np.clip(1 - np.exp(-time) * late, 0.0, 1.0)
    return shares
