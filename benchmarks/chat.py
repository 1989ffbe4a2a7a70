"""Heads for chats: the chain and the usual shortcut, judged by a message-level simulation.

::

    python -m benchmarks.chat [--cases N] [--replies N]

Twenty random skills and loads, the same that ``tests/demand/test_chat.py`` draws. The shortcut is
Erlang C on the handle time of a session divided by the sessions at once, for the same share within
the same threshold. "needed" is the least team that meets the whole target in the simulation. Prints
a Markdown table.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from csshift.demand.calls import erlang_c_agents
from csshift.demand.chat import ChatTarget, chat_agents
from csshift.demand.chat_work import ChatWork

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "demand"))

from chat_simulation import draw, simulate

SEED = 7


def needed(work: ChatWork, target: ChatTarget, sessions: float, guess: int, replies: int) -> int:
    """Return the least agents that meet the target in the simulation, looked for from a guess."""

    def meets(agents: int) -> bool:
        if agents * 3600 <= sessions * work.replies_per_session * work.reply_seconds:
            return False
        within = target.response_within_seconds
        return simulate(work, sessions, agents, within, replies, SEED).meets(target)

    agents = guess
    while not meets(agents):
        agents += 1
    while agents > 1 and meets(agents - 1):
        agents -= 1
    return agents


def shortcut(work: ChatWork, target: ChatTarget, sessions: float) -> int:
    """Return the agents of Erlang C on handle time / concurrency."""
    seconds = work.replies_per_session * (work.reply_seconds + work.pause_seconds)
    handle = seconds / work.sessions_at_once
    within = target.response_within_seconds
    return int(erlang_c_agents(sessions, 60, handle, target.service_level, within))


def main() -> None:
    """Print a row for each case, and the range of both errors."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chat", description=__doc__)
    parser.add_argument("--cases", type=int, default=20, metavar="N")
    parser.add_argument("--replies", type=int, default=60_000, metavar="N", help="a simulation")
    options = parser.parse_args()
    print(
        "| reply s | gap s | replies | at once | sessions/h | needed | csshift | AHT/concurrency |"
    )
    print("|---|---|---|---|---|---|---|---|")
    errors = []
    for seed in range(options.cases):
        work, target, sessions = draw(seed)
        ours = int(chat_agents(sessions, 60, work, target))
        quick = shortcut(work, target, sessions)
        least = needed(work, target, sessions, ours, options.replies)
        errors.append((ours - least, (quick - least) / least))
        print(
            f"| {work.reply_seconds:.0f} | {work.customer_gap_seconds:.0f} "
            f"| {work.replies_per_session:.0f} | {work.sessions_at_once} | {sessions:.0f} "
            f"| {least} | {ours} ({ours - least:+d}) | {quick} ({errors[-1][1]:+.0%}) |",
            flush=True,
        )
    own, other = np.array(errors).T
    print(f"\ncsshift {own.min():+g} to {own.max():+g} agents", end="; ")
    print(f"AHT / concurrency {other.min():+.0%} to {other.max():+.0%}")


if __name__ == "__main__":
    main()
