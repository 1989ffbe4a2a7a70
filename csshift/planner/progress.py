"""Progress of a search, in the words of the problem."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from csshift.compile import Compiled
from csshift.compile.coverage import SHORTAGE_STEPS
from csshift.engine.incumbent import Event, Incumbent
from csshift.model.result import Progress, TracePoint, relative_gap


class Reporter:
    """Translates events of the engine into progress for people.

    Parameters
    ----------
    on_progress : callable or None
        Receives the progress.
    """

    def __init__(self, compiled: Compiled, on_progress: Callable[[Progress], None] | None) -> None:
        self._compiled = compiled
        self._on_progress = on_progress
        self._incumbent: Incumbent | None = None
        families = compiled.program.families
        missing = [families.index(name) for name in SHORTAGE_STEPS if name in families]
        self._short = np.flatnonzero(
            np.isin(compiled.program.column_family, missing) & compiled.program.continuous
        )

    def follow(self, incumbent: Incumbent) -> None:
        """Read shortages off this incumbent."""
        self._incumbent = incumbent

    def report(self, event: Event) -> None:
        """Pass an improvement on."""
        if self._on_progress is None:
            return
        points = self._compiled.program.points
        objective = None if event.objective is None else points(event.objective)
        bound = None if event.bound is None else points(event.bound)
        self.report_point(
            TracePoint(seconds=event.seconds, objective=objective, bound=bound, stage=event.stage),
            self._shortage(),
        )

    def report_point(self, point: TracePoint, shortage_hours: float | None) -> None:
        """Pass a point of the trace on."""
        if self._on_progress is not None:
            self._on_progress(
                Progress(
                    **point.model_dump(),
                    gap=relative_gap(point.objective, point.bound),
                    shortage_hours=shortage_hours,
                    gap_hours=self._gap_hours(point, shortage_hours),
                )
            )

    def _gap_hours(self, point: TracePoint, shortage_hours: float | None) -> float | None:
        price = float(self._compiled.instance.weights.shortage)
        if shortage_hours is None or point.objective is None or point.bound is None or not price:
            return None
        return min(max(0.0, point.objective - point.bound) / price, shortage_hours)

    def _shortage(self) -> float | None:
        values = None if self._incumbent is None else self._incumbent.values
        if values is None:
            return None
        units = int(values[self._short].sum())
        return float(units * self._compiled.instance.quantities.head_hour)
