"""The birth-death chain over the sessions of a team of agents, for teams of any size.

At level j a team of n agents shares j sessions evenly: with ``j = n k + r``, r agents hold k + 1
sessions and the others k. Sessions arrive at a constant rate and end at a rate that never falls
with the level, so the stationary weights rise to one peak and fall from there on.

Up to `EXACT_LEVELS` levels the weights are added up one by one. Beyond, the rate of departures is
linear within a band of n levels, so the logarithm of a weight has a closed form: the sum of
``log(c + r d)`` over r, by Euler-Maclaurin, the next term below ``1 / (360 n^3)``. Only levels
count where the weights have not fallen by `FALL` from the peak. A wide range of them is integrated
by Gauss-Legendre panels and corrected to a sum, so that work and memory do not depend on the number
of agents. The figures agree with the plain sum to six digits, most of them to nine.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from csshift.demand.chat_work import ChatWork, one_agent, response_share
from csshift.demand.impatience import gauss_legendre
from csshift.demand.search import ROUNDING, Counts, Floats

EXACT_LEVELS = 4096
"""Levels up to which weights are added up one by one."""

FALL = 45.0
"""Levels with a weight of less than ``exp(-FALL)`` times the largest are left out."""

CHUNK = 1 << 17
"""Weights that are held at once, about."""

NODES = 24
"""Nodes of a panel."""

SMALL = 1e-4
"""Growth of the rate below which a series serves for its logarithm."""

NARROW = 1024
"""Levels of a range that are added up one by one, whatever the size of the team."""

GREGORY = np.array([469, -177, 87, -19]) / 720
"""What the levels at an end of a range add to the integral over it."""

FOURTH_DIFFERENCE = np.array([1, -4, 6, -4, 1]) / 24
"""What the levels around a kink add to the integral."""

BISECTIONS = 24
"""Halvings of the range in which the weights that count end."""


class SessionChain:
    """The chain of a team, its figures by sessions per second and agents.

    Parameters
    ----------
    work : ChatWork
    within_seconds : float
        Threshold of the response share.
    """

    def __init__(self, work: ChatWork, within_seconds: float) -> None:
        self.work = work
        self.agent = one_agent(work)
        self.within = within_seconds
        # By sessions that the agent holds; index 0, without sessions, is 0.
        within = np.array([within_seconds])
        shares = [response_share(work, k + 1, within) for k in range(work.sessions_at_once)]
        self.share = np.concatenate([[0.0], *shares])

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
        work = self.work
        replies = arrivals * work.replies_per_session
        found = np.zeros((3, arrivals.size))
        found[0], found[1] = work.reply_seconds, self.share[1]
        team = np.maximum(agents, 1)
        found[2] = np.minimum(replies * work.reply_seconds / team, 1.0)
        load = replies / (team * self.agent.replies_per_second[-1])
        over = load >= 1 - ROUNDING
        # First replies wait without end; the others come from agents with all places taken.
        found[0, over] = np.inf
        found[1, over] = self.share[-1] * (1 - 1 / work.replies_per_session)
        stable = (load >= ROUNDING**2) & ~over & (agents > 0)
        found[:, (agents <= 0) & (replies > 0)] = np.array([[np.inf], [0.0], [1.0]])
        few = team * work.sessions_at_once <= EXACT_LEVELS
        self._fill(found, np.flatnonzero(stable & few), replies, team, load, exact=True)
        self._fill(found, np.flatnonzero(stable & ~few), replies, team, load, exact=False)
        return found

    def _fill(
        self,
        found: Floats,
        cells: Counts,
        replies: Floats,
        team: Counts,
        load: Floats,
        *,
        exact: bool,
    ) -> None:
        # Teams of like size have about as many levels, so that an array holds them all.
        cells = cells[np.argsort(team[cells], kind="stable")]
        sizes, most = team[cells], self.work.sessions_at_once
        first = 0
        while first < cells.size:
            stop = int(np.searchsorted(sizes, 2 * sizes[first], side="right"))
            levels = min(2 * int(sizes[first]) * most, EXACT_LEVELS) if exact else 2 * NODES * most
            stop = min(stop, first + max(1, CHUNK // levels))
            part = cells[first:stop]
            sums = (self._summed if exact else self._by_closed_form)(replies[part], team[part])
            found[:2, part] = self._steady(replies[part], team[part], load[part], sums)
            first = stop

    def _summed(self, replies: Floats, team: Counts) -> Floats:
        """Return the sums over all levels that `_steady` needs, shape (4, n).

        They are in units of the largest weight: that of the last level, and the sums of the
        weights, of messages and of replies in time.
        """
        most = self.work.sessions_at_once
        levels = np.arange(int(team[-1]) * most + 1)
        held, more = np.divmod(levels, team[:, None])
        beyond = levels > team[:, None] * most
        held, more = np.minimum(held, most), np.where(beyond, 0, more)
        throughput = self._over_team(self.agent.replies_per_second, team, held, more)
        logs = np.zeros(throughput.shape)
        np.cumsum(np.log(replies)[:, None] - np.log(throughput[:, 1:]), axis=1, out=logs[:, 1:])
        logs[beyond] = -np.inf
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        last = np.take_along_axis(weights, team[:, None] * most, axis=1)[:, 0]
        messages = self._over_team(self.agent.messages, team, held, more)
        answered = self._over_team(self._answered, team, held, more)
        return np.stack(
            [
                last,
                weights.sum(axis=1),
                (weights * messages).sum(axis=1),
                (weights * answered).sum(axis=1),
            ]
        )

    def _by_closed_form(self, replies: Floats, team: Counts) -> Floats:
        """Return what `_summed` does, from the closed form of the weights."""
        weights = _LogWeights(self.agent.replies_per_second, replies, team)
        low, peak, high = weights.range()
        narrow = high - low <= NARROW
        sums = np.zeros((4, team.size))
        for chosen, nodes in ((narrow, _every_level), (~narrow, _panels)):
            if np.any(chosen):
                ends = low[chosen], peak[chosen], high[chosen]
                level, share = nodes(*ends, team[chosen], self.work.sessions_at_once)
                sums[:, chosen] = self._weighed(replies[chosen], team[chosen], level, share)
        return sums

    def _weighed(self, replies: Floats, team: Counts, level: Floats, share: Floats) -> Floats:
        """Return the sums of weights at levels of shape (n, m) that stand for `share` each."""
        most = self.work.sessions_at_once
        weights = _LogWeights(self.agent.replies_per_second, replies, team)
        height = weights.at(weights.peak()[:, None])
        density = np.exp(weights.at(level) - height) * share
        top = (team * most).astype(np.float64)[:, None]
        last = np.exp(weights.at(top) - height)[:, 0]
        held = np.minimum(level // team[:, None], most).astype(np.int64)
        more = level - held * team[:, None]
        messages = self._over_team(self.agent.messages, team, held, more)
        answered = self._over_team(self._answered, team, held, more)
        return np.stack(
            [
                last,
                density.sum(axis=1),
                (density * messages).sum(axis=1),
                (density * answered).sum(axis=1),
            ]
        )

    def _steady(self, replies: Floats, team: Counts, load: Floats, sums: Floats) -> Floats:
        """Return mean response and share of teams that keep up, shape (2, n)."""
        last, within_places, messages, answered = sums
        # Beyond the last level the chain is geometric with ratio `load`.
        beyond = last * load / (1 - load)
        total = within_places + beyond
        waiting = beyond / (1 - load) / total
        waits = (last + beyond) / total
        present = (messages + beyond * team * self.agent.messages[-1]) / total
        in_time = (answered + beyond * team * self._answered[-1]) / total / replies
        delayed = self._share_after_waiting(team * self.agent.replies_per_second[-1] - replies)
        firsts = waits / self.work.replies_per_session
        share = in_time - firsts * (self.share[-1] - delayed)
        return np.stack([(present + waiting) / replies, np.clip(share, 0.0, 1.0)])

    @cached_property
    def _answered(self) -> Floats:
        """Replies in time that one agent gives in a second, by sessions held."""
        return np.asarray(self.agent.replies_per_second * self.share, dtype=np.float64)

    @staticmethod
    def _over_team(by_sessions: Floats, team: Counts, held: Counts, more: Floats) -> Floats:
        """Return the sum over a team of which `more` hold one session more than `held`."""
        steps = np.append(np.diff(by_sessions), 0.0)
        sums: Floats = team[:, None] * by_sessions[held] + more * steps[held]
        return sums

    def _share_after_waiting(self, spare_replies: Floats) -> Floats:
        """Return the share of first replies in time among sessions that waited for a place.

        That wait is exponential, as in any chain that is geometric beyond its last level.
        """
        rate = (spare_replies / self.work.replies_per_session)[:, None]
        nodes, weights = gauss_legendre()
        end = -np.expm1(-rate * self.within)
        wait = -np.log1p(-end * (1 + nodes) / 2) / rate
        left = np.maximum(self.within - wait, 0.0)
        shares = response_share(self.work, self.work.sessions_at_once, left)
        delayed: Floats = shares @ weights * end[:, 0] / 2
        return delayed


class _LogWeights:
    """Logarithms of the stationary weights of teams at any level; the one of level 0 is 0.

    Parameters
    ----------
    throughput : array of float, shape (sessions_at_once + 1,)
        Replies per second of one agent by sessions held, not falling, 0 without sessions.
    replies : array of float, shape (n,)
        Replies per second that arrive, below what the team can do.
    team : array of int, shape (n,)
        Agents.
    """

    def __init__(self, throughput: Floats, replies: Floats, team: Counts) -> None:
        self.team = team.astype(np.float64)[:, None]
        self.first = throughput[:-1]
        self.step = np.diff(throughput)
        # In the first band, that of agents without a session, the rate is a multiple of its step.
        base = np.append(self.step[0], self.first[1:])
        self.log_first, self.growth = np.log(base), self.step / base
        # Rates are measured in the rate of arrivals, so that logarithms near the peak are small.
        self.scale = self.team / replies[:, None]
        bands = np.broadcast_to(np.arange(self.step.size), (team.size, self.step.size))
        full = self._within(bands, np.broadcast_to(self.team, bands.shape))
        self.before = np.concatenate(
            [np.zeros((team.size, 1)), np.cumsum(full, axis=1)[:, :-1]], axis=1
        )

    def at(self, level: Floats) -> Floats:
        """Return the logarithms at levels of shape (n, m)."""
        band = np.minimum(level // self.team, self.step.size - 1).astype(np.int64)
        inside = self._within(band, level - band * self.team)
        found: Floats = np.take_along_axis(self.before, band, axis=1) + inside
        return found

    def _within(self, band: Counts, more: Floats) -> Floats:
        """Return the change of the logarithm over the first `more` levels of a band.

        It is minus the sum of ``log((n first + r step) / replies)`` over r from 1 to `more`.
        """
        from scipy.special import gammaln

        part = self.growth[band] * more / self.team
        excess = np.log1p(part)
        ends = excess / 2 - self.growth[band] / self.team / 12 * part / (1 + part)
        excess = (1 + 1 / np.maximum(part, SMALL)) * excess - 1
        excess = np.where(part < SMALL, part * (0.5 - part * (1 / 6 - part / 12)), excess)
        scale = np.log(self.scale)
        found = more * (self.log_first[band] + scale + excess) + ends
        # Among agents without a session the rate starts from 0: a factorial.
        empty = band == 0
        slope = self.log_first[0] + scale - np.log(self.team)
        factorial = gammaln(more[empty] + 1) + (more * slope)[empty]
        found[empty] = factorial
        return np.asarray(-found, dtype=np.float64)

    def peak(self) -> Floats:
        """Return the level at which arrivals and departures balance, shape (n,)."""
        rates = np.append(self.first, self.first[-1] + self.step[-1]) * self.scale
        band = np.clip((rates <= 1).sum(axis=1) - 1, 0, self.step.size - 1)
        bottom = np.take_along_axis(rates, band[:, None], axis=1)
        above = np.take_along_axis(rates, band[:, None] + 1, axis=1)
        part = np.clip((1 - bottom) / np.maximum(above - bottom, 1e-300), 0.0, 1.0)
        return np.asarray(((band[:, None] + part) * self.team)[:, 0], dtype=np.float64)

    def range(self) -> tuple[Floats, Floats, Floats]:
        """Return the levels at which the weights that count begin, are largest, and end."""
        peak = self.peak()
        floor = self.at(peak[:, None])[:, 0] - FALL
        top = self.team[:, 0] * self.step.size
        return self._fallen(floor, np.zeros(peak.size), peak), peak, self._fallen(floor, top, peak)

    def _fallen(self, floor: Floats, end: Floats, peak: Floats) -> Floats:
        """Return the level between `end` and the peak at which the logarithm passes `floor`."""
        outside, inside = end.copy(), peak.copy()
        reached = self.at(end[:, None])[:, 0] >= floor
        for _ in range(BISECTIONS):
            middle = (outside + inside) / 2
            above = self.at(middle[:, None])[:, 0] >= floor
            inside = np.where(above, middle, inside)
            outside = np.where(above, outside, middle)
        return np.where(reached, end, outside)


def _every_level(
    low: Floats, _: Floats, high: Floats, team: Counts, most: int
) -> tuple[Floats, Floats]:
    """Return the whole levels of narrow ranges and 1 for each within, shape (n, m)."""
    first = np.floor(low)
    count = int(np.max(np.ceil(high) - first)) + 1
    level = first[:, None] + np.arange(count)
    inside = level <= np.minimum(np.ceil(high), team * most)[:, None]
    return np.where(inside, level, first[:, None]), inside.astype(np.float64)


def _panels(
    low: Floats, peak: Floats, high: Floats, team: Counts, most: int
) -> tuple[Floats, Floats]:
    """Return levels and shares whose weighted sum is that of all levels, shape (n, m).

    The integral of each band, cut at the peak, and what tells a sum from an integral: Gregory's
    corrections at the ends of the range, and a fourth difference where two bands meet.
    """
    first = np.floor(low / team)
    bands = int(np.max(np.ceil(high / team) - first, initial=1.0))
    borders = (first[:, None] + np.arange(bands + 1)) * team[:, None]
    edges = np.sort(np.concatenate([borders, peak[:, None]], axis=1), axis=1)
    edges = np.clip(edges, low[:, None], high[:, None])
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges, axis=1)[:, :, None] / 2
    panels = edges[:, :-1, None] + half * (1 + nodes), half * weights
    inward = np.arange(GREGORY.size)
    ends = np.concatenate([low[:, None] + inward, high[:, None] - inward], axis=1)
    inner = (borders > low[:, None] + 2) & (borders < high[:, None] - 2)
    joints = np.where(inner, borders, peak[:, None])[:, :, None] + np.arange(-2, 3)
    # At the peak nothing is to be corrected: the joints of borders outside the range count 0.
    parts = [
        panels,
        (ends, np.broadcast_to(np.tile(GREGORY, 2), ends.shape)),
        (np.clip(joints, 0, (team * most)[:, None, None]), inner[:, :, None] * FOURTH_DIFFERENCE),
    ]
    level = np.concatenate([part[0].reshape(team.size, -1) for part in parts], axis=1)
    share = np.concatenate([part[1].reshape(team.size, -1) for part in parts], axis=1)
    return level, share
