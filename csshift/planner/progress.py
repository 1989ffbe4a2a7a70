"""Progress of a search, in the words of the problem."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from csshift.compile import Compiled
from csshift.compile.coverage import DEEP_SHORTAGE, SHORTAGE
from csshift.engine.incumbent import Incumbent, News
from csshift.planner.result import Progress, TracePoint, relative_gap


class Reporter:
    """Translates news of the engine into progress for people.

    Parameters
    ----------
    compiled : Compiled
    tell : callable or None
        Receives the progress.
    """

    def __init__(self, compiled: Compiled, tell: Callable[[Progress], None] | None) -> None:
        self._compiled = compiled
        self._tell = tell
        self._incumbent: Incumbent | None = None
        families = compiled.program.families
        missing = [families.index(name) for name in (SHORTAGE, DEEP_SHORTAGE) if name in families]
        self._short = np.flatnonzero(
            np.isin(compiled.program.column_family, missing) & compiled.program.fine
        )

    def follow(self, incumbent: Incumbent) -> None:
        """Read shortages off this incumbent."""
        self._incumbent = incumbent

    def hear(self, news: News) -> None:
        """Pass an improvement on."""
        if self._tell is None:
            return
        points = self._compiled.program.points
        objective = None if news.objective is None else points(news.objective)
        bound = None if news.bound is None else points(news.bound)
        self.report(
            TracePoint(seconds=news.seconds, objective=objective, bound=bound, stage=news.stage),
            self._shortage(),
        )

    def report(self, point: TracePoint, shortage_hours: float | None) -> None:
        """Pass a point of the trace on."""
        if self._tell is not None:
            gap = relative_gap(point.objective, point.bound)
            progress = Progress(**point.model_dump(), gap=gap, shortage_hours=shortage_hours)
            self._tell(progress)

    def _shortage(self) -> float | None:
        values = None if self._incumbent is None else self._incumbent.values
        if values is None:
            return None
        units = int(values[self._short].sum())
        return float(units * self._compiled.problem.quantities.head_hour)
