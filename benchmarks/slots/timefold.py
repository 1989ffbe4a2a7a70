"""The rival Timefold: its Java engine, from the jars that its Python package brings.

The rules are written in Java (FixedSlots.java) and run in a process of their own: through its
Python interface Timefold is slower, by its makers' own word.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.case import AbsentError, BenchmarkError
from benchmarks.slots.instance import LONGEST_RUN, REST_MINUTES, UNFILLED, SlotInstance

TESTED = "1.24.0b0"
SOURCE = Path(__file__).with_name("FixedSlots.java")

NOT_NEEDED = ("logback-", "junit-", "mockito-", "assertj-", "jpyinterpreter-")
"""Jars for logging, tests and Python: without a logger, Timefold stays silent."""

STARTING_SECONDS = 120.0
"""How long Java may take in addition to the time limit, before it is ended."""


@dataclass(frozen=True)
class Found:
    """What Timefold found.

    Parameters
    ----------
    turns : tuple of (str, int, str)
        Agent, day and shift code, one for each filled slot.
    progress : tuple of (float, int, int)
        Seconds, hard and soft score of each better roster.
    seconds : float
        Time of the search; the start of Java is not among it.
    """

    turns: tuple[tuple[str, int, str], ...]
    progress: tuple[tuple[float, int, int], ...]
    seconds: float


@dataclass(frozen=True)
class Timefold:
    """Timefold and Java, as they are installed here.

    Parameters
    ----------
    version : str
        Of the package.
    java, javac : str
        The commands.
    """

    version: str
    jars: tuple[Path, ...]
    java: str
    javac: str

    def solve(self, instance: SlotInstance, seconds: float, seed: int) -> Found:
        """Fill the slots of an instance.

        Raises
        ------
        BenchmarkError
            When Java fails.
        """
        with tempfile.TemporaryDirectory(prefix="slots-") as name:
            folder = Path(name)
            jars = [str(path) for path in self.jars]
            classpath = ":".join([name, *jars])
            self._run([self.javac, "-d", name, "-cp", classpath, str(SOURCE)], STARTING_SECONDS)
            numbers = folder / "numbers.txt"
            numbers.write_text("\n".join(_lines(instance)), encoding="utf-8")
            words = [str(numbers), str(max(1, round(seconds * 1000))), str(seed)]
            command = [self.java, "-cp", classpath, "FixedSlots", *words]
            return _read(instance, self._run(command, seconds + STARTING_SECONDS))

    def _run(self, command: list[str], seconds: float) -> str:
        try:
            done = subprocess.run(
                command, capture_output=True, encoding="utf-8", timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise BenchmarkError(f"{Path(command[0]).name} did not end in time") from error
        if done.returncode:
            told = "\n".join(done.stderr.strip().splitlines()[:12])
            raise BenchmarkError(f"{Path(command[0]).name} failed: {told}")
        return done.stdout


def find_timefold() -> Timefold:
    """Return Timefold and Java.

    Raises
    ------
    AbsentError
        When one of them is not installed; it says which, and how to install it.
    """
    package = importlib.util.find_spec("timefold")
    if package is None or not package.submodule_search_locations:
        raise AbsentError(f"Timefold is not installed: pip install timefold=={TESTED}")
    java, javac = shutil.which("java"), shutil.which("javac")
    if java is None or javac is None:
        raise AbsentError("Java is not installed: Timefold needs a JDK, of version 17 or later")
    folder = Path(package.submodule_search_locations[0]) / "solver" / "jars"
    jars = tuple(
        path for path in sorted(folder.glob("*.jar")) if not path.name.startswith(NOT_NEEDED)
    )
    if not any(path.name.startswith("timefold-solver-core") for path in jars):
        raise AbsentError(f"this timefold has no Java engine: pip install timefold=={TESTED}")
    return Timefold(importlib.metadata.version("timefold"), jars, java, javac)


def _expanded(instance: SlotInstance) -> list[tuple[int, str]]:
    """Return day and code of each slot."""
    return [key for key, heads in sorted(instance.slots.items()) for _ in range(heads)]


def _lines(instance: SlotInstance) -> Iterator[str]:
    """Yield the numbers that FixedSlots.java reads."""
    yield f"{UNFILLED} {REST_MINUTES} {LONGEST_RUN}"
    yield str(len(instance.agents))
    yield from (str(agent.week_minutes) for agent in instance.agents)
    number = {shift.code: i for i, shift in enumerate(instance.shifts)}
    slots = _expanded(instance)
    yield str(len(slots))
    for day, code in slots:
        shift = instance.shifts[number[code]]
        candidates = instance.eligible(day, shift.skill)
        values = (day, shift.start, shift.end, shift.paid, number[code], len(candidates))
        yield " ".join(map(str, (*values, *candidates)))
    position = {agent.name: i for i, agent in enumerate(instance.agents)}
    yield str(len(instance.wishes))
    for wish in instance.wishes:
        shift_number = number[wish.shift] if wish.shift else -1
        work = int(wish.want == "work")
        yield f"{position[wish.agent]} {wish.day} {work} {shift_number} {wish.weight}"


def _read(instance: SlotInstance, output: str) -> Found:
    """Return what FixedSlots.java wrote."""
    slots = _expanded(instance)
    turns: list[tuple[str, int, str]] = []
    progress: list[tuple[float, int, int]] = []
    seconds = None
    for line in output.splitlines():
        word, *texts = line.split()
        values = [int(text) for text in texts]
        if word == "slot":
            day, code = slots[values[0]]
            turns.append((instance.agents[values[1]].name, day, code))
        elif word == "progress":
            progress.append((values[0] / 1000, values[1], values[2]))
        elif word == "end":
            seconds = values[0] / 1000
    if seconds is None:
        raise BenchmarkError("Java ended without a result")
    return Found(tuple(turns), tuple(progress), seconds)
