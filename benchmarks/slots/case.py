"""Fixed-slot instances as cases of the suite of rivals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from benchmarks.case import BenchmarkError, Solver
from benchmarks.scenarios import FolderCase
from benchmarks.slots.folder import write_folder
from benchmarks.slots.generator import make_instance
from benchmarks.slots.instance import SlotInstance, date_of
from benchmarks.slots.scorer import judge
from benchmarks.slots.timefold import Found, find_timefold
from csshift import Assignment, Problem, Result, Roster
from csshift.instance import Instance
from csshift.model.result import TracePoint
from csshift.scoring import score
from csshift.versions import versions

PREFIX = "slots-"
SIZES = ("slots-20", "slots-60", "slots-150")
TIME_LIMIT = 60.0
STAGE = "timefold"


class SlotCase(FolderCase):
    """One fixed-slot instance.

    Parameters
    ----------
    folder : Path
        Where its problem folder is written.
    """

    def __init__(self, suite: str, name: str, folder: Path, instance: SlotInstance) -> None:
        super().__init__(suite, name, folder, TIME_LIMIT)
        self.instance = instance
        write_folder(instance, folder)

    def rivals(self) -> Mapping[str, Solver]:
        """Return Timefold."""
        return {"timefold": self._solve_by_timefold}

    def write(self, result: Result, problem: Problem, folder: Path) -> None:
        """Write the result once the judge of the slots confirms its objective."""
        if result.roster is not None:
            self._confirm(result, problem, result.roster)
        super().write(result, problem, folder)

    def _confirm(self, result: Result, problem: Problem, roster: Roster) -> None:
        turns = [
            (entry.agent_id, problem.horizon.index(entry.date), entry.shift)
            for entry in roster.assignments
        ]
        judged = judge(self.instance, turns)
        if judged.faults or judged.objective != result.objective:
            said = f"the result says {result.objective}, the judge of slots {judged.objective}"
            raise BenchmarkError("; ".join([said, *judged.faults[:5]]))

    def _solve_by_timefold(
        self,
        problem: Problem,
        time_limit: float,
        seed: int,
        workers: int,  # noqa: ARG002 - Timefold's community edition searches in one thread
    ) -> Result:
        timefold = find_timefold()
        found = timefold.solve(self.instance, time_limit, seed)
        facts = {"seed": seed, "versions": versions() | {"timefold": timefold.version}}
        roster = Roster(
            assignments=tuple(
                Assignment(agent_id=agent, date=date_of(day), shift=code)
                for agent, day, code in found.turns
            )
        )
        return Result(
            status="feasible",
            roster=roster,
            score=score(Instance(problem), roster),
            seconds=found.seconds,
            trace=tuple(_trace(found)),
            **facts,
        )


def _trace(found: Found) -> list[TracePoint]:
    """Return the rosters on the way that broke no hard rule."""
    return [
        TracePoint(seconds=seconds, objective=float(-soft), bound=None, stage=STAGE)
        for seconds, hard, soft in found.progress
        if hard == 0
    ]


def slot_case(name: str, out: Path, suite: str) -> SlotCase:
    """Return the instance of a name such as ``slots-60``, ``slots-8x7``, ``slots-60-2``."""
    parts = re.fullmatch(r"slots-([1-9]\d{0,2})(?:x([1-9]\d{0,2}))?(?:-(\d{1,9}))?", name)
    if parts is None:
        raise BenchmarkError(f"{name!r} is no instance; write slots-60, slots-8x7 or slots-60-2")
    agents, days, variant = (
        int(part or usual) for part, usual in zip(parts.groups(), (0, 28, 1), strict=True)
    )
    return SlotCase(suite, name, out / "problems" / name, make_instance(agents, days, variant))
