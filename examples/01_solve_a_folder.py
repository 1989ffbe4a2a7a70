"""Solve a problem folder, and read what came of it.

python examples/01_solve_a_folder.py [SECONDS]
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import mkdtemp

import csshift

FOLDER = Path(__file__).with_name("promotion-week")
seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0

# Every fault of every file is in the one InputError that this raises when something is wrong.
problem = csshift.load(FOLDER)


def tell(progress: csshift.Progress) -> None:
    """Show each improvement; csshift itself prints nothing."""
    if progress.objective is not None:
        print(f"{progress.seconds:6.1f} s  {progress.stage:<20} {progress.objective:10,.1f}")


result = csshift.solve(problem, time_limit=seconds, on_progress=tell)

# Infeasible and unknown are statuses, not exceptions; then there is no roster and no score.
if result.roster is None or result.score is None:
    sys.exit(f"{result.status}: {', '.join(result.conflicts)}")

print(f"{result.status}: objective {result.objective:,.1f}, no roster is below {result.bound:,.1f}")
print(f"{result.score.shortage_percent:.2f} % of the head-hours are missing")

# Where is the shortage deepest?
deepest = max(result.roster.coverage, key=lambda cell: cell.shortage)
print(f"deepest on {deepest.date} in {deepest.store} {deepest.skill}: {deepest.shortage} heads")

# Who reminds customers to pay?
for turn in result.roster.duties:
    print(f"{turn.date} {'|'.join(turn.stores):<6} {turn.agent_id}")

# The same files as `csshift solve` writes.
target = mkdtemp(prefix="roster-")
csshift.write_result(result, problem, target)
print(f"The files are in {target}")
