"""Which hard rules contradict one another, by name."""

from __future__ import annotations

from csshift.compile import Compiled
from csshift.engine.construction.feasibility import minimal_conflict


def conflicting(compiled: Compiled) -> tuple[str, ...]:
    """Return the names of rules that cannot hold together, none of them superfluous."""
    return minimal_conflict(compiled.program)
