"""Heads for every interval of a large forecast: csshift beside pyworkforce, in one run.

::

    python -m benchmarks.staffing [--cells N] [--seed N]

Four skills of calls, 20 stores, 28 days of hours: 53,760 cells by Erlang C. pyworkforce is asked
cell by cell, which is the only way to ask it. Where the two differ, the difference is told; it
starts to search at round(load + 1) agents, at times one above the least team that is stable.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray

from csshift.demand.heads import heads_for
from csshift.model.skills import Skill

DAYS, STORES, HOURS, MINUTES = 28, 20, 24, 60
SKILLS = (
    Skill(name="hotline", handle_seconds=276, service_level=0.8, answer_within_seconds=30),
    Skill(name="orders", handle_seconds=180, service_level=0.8, answer_within_seconds=20),
    Skill(name="complaints", handle_seconds=420, service_level=0.7, answer_within_seconds=60),
    Skill(name="returns", handle_seconds=240, service_level=0.9, answer_within_seconds=60),
)


def forecast(seed: int) -> NDArray[np.float64]:
    """Return calls an hour by skill, store, day and hour of the day; none of them is 0."""
    chance = np.random.default_rng(seed)
    hour = np.arange(HOURS)
    shape = 0.05 + np.exp(-(((hour - 11) / 4) ** 2)) + np.exp(-(((hour - 20.5) / 2.5) ** 2))
    size = chance.uniform(3, 120, (len(SKILLS), STORES, 1, 1))
    noise = chance.uniform(0.8, 1.2, (len(SKILLS), STORES, DAYS, HOURS))
    calls: NDArray[np.float64] = np.round(size * shape * noise + 0.05, 2)
    return calls


def by_csshift(calls: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the agents of every cell, a skill at a time."""
    found = [heads_for(skill, part, MINUTES) for skill, part in zip(SKILLS, calls, strict=True)]
    return np.stack([heads.agents for heads in found])


def by_pyworkforce(calls: NDArray[np.float64], cells: int) -> NDArray[np.float64]:
    """Return the agents of the first `cells` cells, one after the other."""
    from pyworkforce.queuing import ErlangC

    found = []
    per_skill = calls[0].size
    for position, value in enumerate(calls.ravel()[:cells].tolist()):
        skill = SKILLS[position // per_skill]
        queue = ErlangC(
            transactions=value,
            aht=(skill.handle_seconds or 0) / 60,
            asa=skill.answer_within_seconds / 60,
            interval=MINUTES,
        )
        answer = queue.required_positions(service_level=skill.service_level, max_occupancy=1.0)
        found.append(answer["raw_positions"])
    return np.array(found, dtype=np.float64)


def main() -> None:
    """Print seconds of both, their ratio, and how far the answers agree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.staffing", description=__doc__)
    parser.add_argument("--cells", type=int, metavar="N", help="ask pyworkforce for so many only")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args()
    calls = forecast(options.seed)
    cells = min(options.cells or calls.size, calls.size)
    by_csshift(calls[:, :1, :1])  # loads SciPy, once a process
    began = time.perf_counter()
    ours = by_csshift(calls)
    own_seconds = time.perf_counter() - began
    began = time.perf_counter()
    theirs = by_pyworkforce(calls, cells)
    rival_seconds = (time.perf_counter() - began) * calls.size / cells
    difference = theirs - ours.ravel()[:cells]
    scaled = "" if cells == calls.size else f" (scaled up from {cells:,})"
    print(f"cells        {calls.size:,}: {len(SKILLS)} skills, {STORES} stores, {DAYS} days")
    print(f"csshift      {own_seconds:.3f} s")
    print(f"pyworkforce  {rival_seconds:.3f} s{scaled}")
    print(f"ratio        {rival_seconds / own_seconds:,.0f}")
    print(f"equal        {int(np.sum(difference == 0)):,} of {cells:,} cells", end="; ")
    print(f"pyworkforce {difference.min():+g} to {difference.max():+g} agents otherwise")


if __name__ == "__main__":
    main()
