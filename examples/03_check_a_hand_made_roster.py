"""Judge a roster that somebody made by hand, and fix it.

python examples/03_check_a_hand_made_roster.py
"""

from __future__ import annotations

from pathlib import Path

import csshift

problem = csshift.load(Path(__file__).with_name("promotion-week"))

# The simplest roster that one can think of: early all week, Sunday off.
by_hand = csshift.Roster(
    assignments=tuple(
        csshift.Assignment(agent_id=agent.agent_id, date=date, shift="早")
        for agent in problem.agents
        for date in problem.horizon.dates[:6]
    )
)

# No solver is asked which rules are broken; the best hourly plan for the shifts is worked out.
score = csshift.check(problem, by_hand)
print(f"hard rules are broken {len(score.violations)} times, for example:")
for finding in score.violations[:5]:
    print(f"- {finding}")
print(f"objective {score.objective:,.1f}, {score.shortage_percent:.1f} % of head-hours missing")
for name, points in sorted(score.penalties.items(), key=lambda entry: -entry[1]):
    print(f"{points:12,.1f}  {name}")

# Fix what is easy: nobody works while on leave.
away = {(leave.agent_id, leave.date) for leave in problem.leave}
fixed = csshift.Roster(
    assignments=tuple(
        entry for entry in by_hand.assignments if (entry.agent_id, entry.date) not in away
    )
)
print(f"\nwith the leave kept, {len(csshift.check(problem, fixed).violations)} times")

# csshift.solve(problem, start=roster) would search on from a roster that keeps every hard rule.
