"""Random small shops: whether the heads that a forecast asks for are enough, and no more.

::

    python -m benchmarks shops [--shops N] [--seed N] [--time-limit S]

Each shop has 3 to 15 agents, 1 to 6 stores, 1 to 3 skills, and some are open at night; agents
serve all stores, some of them, or their half. Its roster is simulated. A row a shop: head-hours
asked, and asked above the least team that meets the targets in a simulation; the share of the
inquiries that come in hours with somebody who can take them; and whether the simulated targets
are met in the hours that the plan staffs in full, or noted where they are not.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks.shops.generator import random_shop
from benchmarks.shops.judging import measure

ABOUT = "random small shops: heads asked, who is there, and simulated targets"
COLUMNS = (
    "shop",
    "agents",
    "stores",
    "skills",
    "asked h",
    "above least",
    "missing h",
    "somebody there",
    "targets",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row for each shop; return 0 when all are as they should be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks shops", description=ABOUT)
    parser.add_argument("--shops", type=int, default=24, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first shop")
    parser.add_argument("--time-limit", type=float, default=6.0, metavar="S")
    options = parser.parse_args(arguments)
    print(f"| {' | '.join(COLUMNS)} |")
    print("|---" * len(COLUMNS) + "|")
    bad = 0
    for seed in range(options.seed, options.seed + options.shops):
        row = measure(random_shop(seed), options.time_limit)
        bad += not row.good
        reply = ", ".join(
            f"{skill} {verdict}{' noted' * (verdict.startswith('missed') and skill in row.noted)}"
            for skill, verdict in row.reply.items()
        )
        there = f"{row.present:.1%}" + ("" if row.allowed else " (too few hours)")
        print(
            f"| {seed}{'' if row.good else ' !'} | {row.agents} | {row.stores} | {row.skills} "
            f"| {row.asked:.0f} | {row.excess:+.1%} | {row.shortage:.1f} | {there} | {reply} |",
            flush=True,
        )
    print(f"\n{options.shops - bad} of {options.shops} shops as they should be")
    return int(bad > 0)
