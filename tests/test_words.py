"""csshift speaks the field's words: private ones do not come back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import csshift

PRIVATE = re.compile(
    r"(?<![a-z])(owners?|owned|unowned|spots?|polish\w*|lean|odds|mend(s|ed)?|told|hears?|heard"
    r"|consequences?|pieces?|bearers?|where none is given|dearer)(?![a-z])",
    re.IGNORECASE,
)
OF_THE_ENGINE = re.compile(r"(?<![a-z])(cutter|thetas?|take_apart)(?![a-z])", re.IGNORECASE)
NAMES = frozenset(
    {
        "owner",
        "owners",
        "spot",
        "spots",
        "piece",
        "pieces",
        "take_apart",
        "consequences",
        "fine",
        "reduced",
        "theta",
        "thetas",
        "whole",
        "exact",
        "mixed",
        "first_order",
        "polish",
        "losses",
        "bearers",
        "guide",
        "judge",
        "odds",
        "choice",
        "earn",
        "methods",
        "mixture",
        "care",
        "landing",
        "lean",
        "control",
        "reach",
        "less",
        "spread",
        "random",
        "news",
        "tell",
        "told",
        "hears",
        "mend",
        "asked",
        "asks",
        "stands",
        "staffing",
    }
)
"""Private names, none of which a module, class, function or parameter has."""
NAMES_OF_THE_ENGINE = NAMES | frozenset({"part", "parts", "plan", "spans"})
"""The same for the engine, where these meant blocks, parameters and bounds."""
OF_THE_FIELD = {
    ("demand/chain.py", "exact"),  # whether all levels of the chain are summed
    ("rules/shares.py", "exact"),  # whether occasions are told apart
}
"""Parameters for which such a name says what it is."""
ROOT = Path(csshift.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
ENGINE = [file for file in FILES if "engine" in file.parts]


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_names_docstrings_and_messages_are_the_field_s(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    private = [PRIVATE, OF_THE_ENGINE] if file in ENGINE else [PRIVATE]
    found = {
        number: line
        for number, line in enumerate(lines, 1)
        if any(words.search(line) for words in private)
    }
    assert not found


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_modules_classes_functions_and_parameters_have_the_names_of_the_field(file: Path) -> None:
    place = file.relative_to(ROOT).as_posix()
    names = NAMES_OF_THE_ENGINE if file in ENGINE else NAMES
    found = {name for name in declared(file) if name.strip("_").lower() in names}
    assert {name for name in found if (place, name) not in OF_THE_FIELD} == set()


def declared(file: Path) -> Iterator[str]:
    """The names of a module, its classes, functions and parameters."""
    yield file.stem
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg


def test_rooms_and_files_of_the_engine_stay_small() -> None:
    for room in {file.parent for file in ENGINE}:
        assert len(list(room.glob("*.py"))) <= 12
    assert max(len(file.read_text(encoding="utf-8").splitlines()) for file in ENGINE) <= 450
