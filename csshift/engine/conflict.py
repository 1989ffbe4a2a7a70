"""A smallest set of row families that cannot hold together (deletion filter).

(Chinneck and Dravnieks, 1991: leave one family out; if the rest still contradicts itself, it
was not needed.)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from csshift.engine.control import Control
from csshift.engine.repair import repair
from csshift.engine.structure import Structure
from csshift.program import UNBOUNDED, Program

SECONDS = 20.0
STRUCTURAL = ("work", "constant")
"""Families that say what the columns mean; they are no rules and stay."""


def minimal_conflict(program: Program, seconds: float = SECONDS) -> tuple[str, ...]:
    """Return the names of families that contradict one another.

    Within the time it is a set of which none can be left out; otherwise still a set that
    contradicts itself.

    Parameters
    ----------
    program : Program
        Infeasible.
    seconds : float
        Time for finding out.
    """
    control = Control(seconds, workers=1)
    needed = {
        index
        for index, name in enumerate(program.families)
        if name not in STRUCTURAL and np.any(program.row_family == index)
    }
    for family in sorted(needed):
        if control.over:
            break
        if _contradicts(_keeping(program, needed - {family}), control):
            needed.discard(family)
    return tuple(sorted(program.families[index] for index in needed))


def _keeping(program: Program, families: set[int]) -> Program:
    """Return the program with the rows of other families (structural ones apart) unbounded."""
    structural = {i for i, name in enumerate(program.families) if name in STRUCTURAL}
    kept = np.isin(program.row_family, sorted(families | structural))
    return replace(
        program,
        row_lower=np.where(kept, program.row_lower, -UNBOUNDED),
        row_upper=np.where(kept, program.row_upper, UNBOUNDED),
    )


def _contradicts(program: Program, control: Control) -> bool:
    structure = Structure(program)
    if structure.cutter.whole().contradiction is not None:
        return True
    limited = Control(min(5.0, control.left), workers=1)
    return repair(structure, program.lower, limited, seed=0).infeasible
