"""Turns of annealing and large-neighbourhood search in one thread, by what each gains."""

from __future__ import annotations

import threading

from csshift.engine.annealing.annealing import Annealing


class AnnealingTurns:
    """Says when the next cycle of annealing is due.

    After a cycle, the other improvement gets the more time the more it gains a second. Cycles get
    longer, for slower cooling finds more, unless only the other improvement gains.

    Parameters
    ----------
    annealing : Annealing
    """

    def __init__(self, annealing: Annealing) -> None:
        self._annealing = annealing
        self._incumbent, self._budget = annealing.incumbent, annealing.incumbent.budget
        self._due = 0.0
        self._ended: float | None = None
        self._objective = 0
        self._share = annealing.params.first_turn

    def due(self) -> bool:
        """Whether a cycle should begin now."""
        if self._budget.reproducible:  # the clock does not repeat
            return False
        return self._annealing.usable and self._budget.elapsed >= self._due

    def take(self, over: threading.Event) -> None:
        """Anneal once, or until the event, and plan the next cycle."""
        params, began = self._annealing.params, self._budget.elapsed
        objective = self._incumbent.objective or 0
        other = 0.0
        if self._ended is not None:
            other = (self._objective - objective) / max(began - self._ended, 1e-3)
        gain = self._annealing.run(over)
        self._ended = self._budget.elapsed
        self._objective = self._incumbent.objective or 0
        spent = self._ended - began
        rate = gain / max(spent, 1e-3)
        if rate > 0 or not other:
            self._annealing.lengthen()
        if rate > 0:
            self._share = min(max(other / rate, params.min_turn), params.max_turn)
        elif other > 0:
            self._share = min(2 * self._share, params.max_turn)
        else:
            self._share = params.first_turn
        self._due = self._ended + self._share * spent
