"""What is done after a search: wishes are granted, and the roster is simulated for the notes."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import replace

from csshift.compile import Compiled
from csshift.decode.granting import LostWish, grant_wishes
from csshift.decode.levelling import level_hours
from csshift.engine.incumbent import Failure, SearchResult
from csshift.engine.search import Search
from csshift.instance import Instance
from csshift.planner.service_notes import REPLICATIONS, simulation_seconds

logger = logging.getLogger(__name__)

GRANTING_SECONDS, GRANTING_SHARE, MOST_GRANTING_SHARE = 0.5, 0.03, 0.15
"""Time kept for granting wishes: so long, and a share of the time limit, at most the last share
of it."""

LEVELLING_SECONDS, LEVELLING_SHARE = 2.0, 0.03
"""Time kept for making hours more equal: so long, at most a share of the time limit."""

MOST_SIMULATING_SHARE = 0.1
"""Share of the time limit that a simulation of the roster may take, for a note on targets."""

MOST_GRANTING = 10.0
"""Seconds for granting wishes, or for levelling hours, however much time is left."""


class AfterSearch:
    """The time that is kept for what comes after a search, and its first step.

    Parameters
    ----------
    instance : Instance
    time_limit : float
        Seconds of the whole solve.
    """

    def __init__(self, instance: Instance, time_limit: float) -> None:
        kept = GRANTING_SECONDS + GRANTING_SHARE * time_limit
        wanted = instance.planned.requests and instance.weights.wish_points
        kept = min(kept, MOST_GRANTING_SHARE * time_limit, MOST_GRANTING)
        self.granting = kept if wanted else 0.0
        self.levelling = min(LEVELLING_SECONDS, LEVELLING_SHARE * time_limit)
        most = MOST_SIMULATING_SHARE * time_limit
        needed = (simulation_seconds(instance, count) for count in REPLICATIONS)
        self.simulating = next((seconds for seconds in needed if seconds <= most), 0.0)

    @property
    def seconds(self) -> float:
        """Seconds to keep."""
        return self.granting + self.levelling + self.simulating

    def grant(
        self, compiled: Compiled, search: Search, found: SearchResult, deadline: float
    ) -> tuple[SearchResult, tuple[LostWish, ...]]:
        """Grant the wishes that cost others less than they are worth; return those left.

        A failure does not undo the search; it is kept with what was found.

        Parameters
        ----------
        compiled : Compiled
        search : Search
        found : SearchResult
        deadline : float
            `time.monotonic()` at which the simulation should be over, too.
        """
        if found.values is None or search.budget.stopped:
            return found, ()
        later = self.simulating + self.levelling
        seconds = min(MOST_GRANTING, deadline - later - time.monotonic())
        if search.budget.reproducible:
            seconds = math.inf
        try:
            granted = grant_wishes(compiled, search.recourse, found.values, seconds)
        except Exception as error:
            return _failed(found, "wishes", error), ()
        return replace(found, values=granted.values), granted.lost

    def level(
        self, compiled: Compiled, search: Search, found: SearchResult, deadline: float
    ) -> SearchResult:
        """Make hours more equal among equal people, where the objective stays as it is.

        Parameters and failures are those of `grant`.
        """
        if found.values is None or search.budget.stopped:
            return found
        seconds = min(MOST_GRANTING, deadline - self.simulating - time.monotonic())
        if search.budget.reproducible:
            seconds = math.inf
        try:
            values = level_hours(compiled, search.recourse, found.values, seconds)
        except Exception as error:
            return _failed(found, "levelling", error)
        return replace(found, values=values)


def _failed(found: SearchResult, stage: str, error: Exception) -> SearchResult:
    logger.error("%s failed", stage, exc_info=error)
    return replace(found, failures=(*found.failures, Failure(stage, error)))
