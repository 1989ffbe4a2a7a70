"""Starts batches of mutated problems and collects how each ended: ``running.py FIRST COUNT``."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BATCH = Path(__file__).with_name("batch.py")
LENGTH = 100
"""Cases of one process."""

Ending = dict[str, Any]


def run(first: int, count: int) -> Iterator[Ending]:
    """Yield how each case of a range of seeds ended; one that ends its process is a failure."""
    seed, last = first, first + count
    while seed < last:
        words = [sys.executable, str(BATCH), str(seed), str(min(LENGTH, last - seed))]
        begun = None
        with subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                found = json.loads(line)
                begun = found["seed"]
                seed = begun + 1
                if "end" in found:
                    begun = None
                    yield found
            assert process.stderr is not None
            said = process.stderr.read()
        if begun is not None:
            yield {"seed": begun, "kind": "?", "end": "failure", "why": _why(process.returncode)}
        elif process.returncode:
            raise RuntimeError(said)


def _why(status: int) -> str:
    if -status == signal.SIGALRM:
        return "too slow"
    return f"process ended with {status}"


def failures(endings: list[Ending]) -> list[str]:
    """Return what is wrong, a line each."""
    return [
        f"seed {ending['seed']}: {ending['why']}"
        for ending in endings
        if ending["end"] == "failure"
    ]


def summary(endings: list[Ending]) -> list[str]:
    """Return rows of a table: how many of each kind ended how, and the slowest and largest."""
    kinds = sorted({ending["kind"] for ending in endings})
    ends = sorted({ending["end"] for ending in endings})
    rows = [" | ".join(["", "case", *ends, ""]).strip()]
    for kind in kinds:
        found = Counter(ending["end"] for ending in endings if ending["kind"] == kind)
        rows.append(" | ".join(["", kind, *(str(found[end]) for end in ends), ""]).strip())
    loading = max((ending.get("loading", 0.0) for ending in endings), default=0.0)
    peak = max((ending.get("peak", 0) for ending in endings), default=0)
    return [*rows, f"slowest loading {loading:.1f} s, largest process {peak / 2**20:.0f} MiB"]


if __name__ == "__main__":
    all_endings = []
    for one in run(int(sys.argv[1]), int(sys.argv[2])):
        all_endings.append(one)
        if one["end"] == "failure":
            print(json.dumps(one), flush=True)
    print("\n".join(summary(all_endings)))
