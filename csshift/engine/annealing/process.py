"""Annealing in a process of its own.

Its steps are small and hold the interpreter's lock: in the same process, they and whatever proves
the bound would have one processor between them. The process has the program and nothing else. It
is sent a roster for each cycle and answers with better ones.
"""

from __future__ import annotations

import logging
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from csshift.engine.annealing.annealing import STAGE, Annealing
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.incumbent import Event, Incumbent
from csshift.engine.params import AnnealingParams, BendersParams
from csshift.engine.structure import Structure
from csshift.program import Integers, Program

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
"""Seconds between two looks at whether the search is over."""

START = "import sys; sys.path[:] = {path!r}; from {module} import main; main()"


@dataclass(frozen=True, eq=False)
class _Start:
    """What the process needs once."""

    program: Program
    benders: BendersParams
    params: AnnealingParams
    seed: int
    number: int
    seconds: float
    elapsed: float


@dataclass(frozen=True, eq=False)
class _Cycle:
    """What the process needs for each cycle."""

    values: Integers
    bound: int | None
    length: float


@dataclass(frozen=True)
class _Ended:
    """The end of a cycle: its steps, and whether there can be further ones."""

    steps: int
    usable: bool


class AnnealingProcess(Annealing):
    """Anneals in another process; in this one where there can be no other.

    Parameters
    ----------
    recourse, incumbent, params, number
        As for `Annealing`. The process of the first number starts at once, others when they are
        needed.
    """

    def __init__(
        self,
        recourse: RecourseBlocks,
        incumbent: Incumbent,
        params: AnnealingParams,
        number: int = 0,
    ) -> None:
        super().__init__(recourse, incumbent, params, number)
        self._cycles: queue.Queue[_Cycle | None] = queue.Queue()
        self._answers: queue.Queue[Integers | _Ended | None] = queue.Queue()
        self._process: subprocess.Popen[bytes] | None = None
        self._busy = False
        self._begun = False
        self._alive = _can_start() and self.usable
        if number == 0:
            self._begin()

    def _begin(self) -> None:
        if self._alive and not self._begun:
            self._begun = True
            threading.Thread(target=self._serve, name="annealing", daemon=True).start()

    def run(self, over: threading.Event | None = None) -> float:
        """Anneal once; return what was gained.

        A cycle that an event ends goes on in its process, as the next one.
        """
        before, values = self.incumbent.objective, self.incumbent.values
        if not self._alive or before is None or values is None or not self.usable:
            return super().run(over)
        self._begin()
        if not self._busy:
            self._cycles.put(_Cycle(values, self.incumbent.bound, self.length))
            self._busy = True
        while not (self.incumbent.done or (over is not None and over.is_set())):
            try:
                answer = self._answers.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if answer is None:
                logger.warning("the process for annealing ended; annealing goes on without it")
                self._alive = False
                return super().run(over)
            if isinstance(answer, _Ended):
                logger.debug("annealing in its process: %d steps", answer.steps)
                self._busy, self._failed = False, not answer.usable
                break
            self.incumbent.offer(answer, STAGE)
        return float(before - (self.incumbent.objective or before))

    def close(self) -> None:
        """End the process, also one that is about to start."""
        self._alive = False
        self._cycles.put(None)
        if self._process is not None:
            self._process.kill()

    def _serve(self) -> None:
        """Start the process, and pass on what goes in and comes out."""
        budget = self._budget
        start = _Start(
            program=self.recourse.structure.program,
            benders=self.recourse.params,
            params=self.params,
            seed=budget.seed,
            number=self.number,
            seconds=budget.seconds,
            elapsed=budget.elapsed,
        )
        try:
            code = START.format(path=sys.path, module=__name__)
            with subprocess.Popen(  # noqa: S603 - nothing of it comes from a user
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as process:
                self._process = process
                try:
                    if self._alive:  # else it was closed before there was a process to end
                        self._pass_on(process, start)
                finally:
                    process.kill()
        except (OSError, EOFError, ValueError, pickle.PickleError) as error:
            logger.debug("process for annealing: %r", error)
        finally:
            self._answers.put(None)

    def _pass_on(self, process: subprocess.Popen[bytes], start: _Start) -> None:
        if process.stdin is None or process.stdout is None:
            raise EOFError
        _send(process.stdin, start)
        while (cycle := self._cycles.get()) is not None:
            _send(process.stdin, cycle)
            answer = None
            while not isinstance(answer, _Ended):
                answer = _receive(process.stdout)
                self._answers.put(answer)


def annealings_for(
    recourse: RecourseBlocks, incumbent: Incumbent, params: AnnealingParams
) -> list[Annealing]:
    """Return what anneals: processes where several workers search for long enough, else one."""
    budget = incumbent.budget
    if budget.workers == 1 or budget.seconds < params.process_seconds:
        return [Annealing(recourse, incumbent, params)]
    number = min(budget.workers, params.max_processes)
    return [AnnealingProcess(recourse, incumbent, params, place) for place in range(number)]


def _can_start() -> bool:
    """Return whether the interpreter can be started again.

    An application that embeds or freezes Python would start itself.
    """
    name = Path(sys.executable or "").stem.lower()
    return name.startswith(("python", "pypy")) and not getattr(sys, "frozen", False)


def _send(stream: IO[bytes], message: object) -> None:
    pickle.dump(message, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    return pickle.load(stream)  # noqa: S301 - both processes are this one's code


def main() -> None:
    """Anneal whatever comes in until nothing more does."""
    # The other process decides what an interruption means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    start = _receive(incoming)
    budget = Budget(start.seconds, seed=start.seed, started=time.monotonic() - start.elapsed)

    def on_event(event: Event) -> None:
        if event.stage == STAGE:
            _send(outgoing, incumbent.values)

    incumbent = Incumbent(start.program, budget, on_event=on_event)
    cycles: queue.Queue[_Cycle] = queue.Queue()
    threading.Thread(target=_listen, args=(incoming, cycles), daemon=True).start()
    recourse = RecourseBlocks(Structure(start.program, start.benders), start.benders)
    annealing = Annealing(recourse, incumbent, start.params, start.number)
    while True:
        cycle = cycles.get()
        incumbent.offer(cycle.values, "start")
        incumbent.raise_bound(cycle.bound, "start")
        annealing.length = cycle.length
        annealing.run()
        _send(outgoing, _Ended(annealing.steps, annealing.usable))


def _listen(incoming: IO[bytes], cycles: queue.Queue[_Cycle]) -> None:
    """Pass on what comes in; end the process, amid a cycle too, when the other one is gone."""
    try:
        while True:
            cycles.put(_receive(incoming))
    finally:
        os._exit(0)
