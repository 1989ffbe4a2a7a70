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
GLOSSARY = """
    alternative asked asks bearers care choice consequences control cutter earn exact fine
    first_order guide hears judge landing lean less losses mend methods mixed mixture near_guide
    news odds opened owner owners piece pieces polish random reach reduced spans_by_owner spot
    spots spread staffing stands take_apart tell theta thetas told whole
"""
NAMES = frozenset(GLOSSARY.split())
"""Private names of the glossary, none of which a module, class, function or parameter has."""
NAMES_OF_THE_ENGINE = NAMES | frozenset({"part", "parts", "plan", "spans", "ranges"})
"""The same for the engine, where these meant blocks, parameters and bounds."""
CLASSES_OF_THE_ENGINE = frozenset({"Generation", "Step", "Task"})
"""Classes that hid column generation and the subproblems; as functions they say what they do."""
MODULES_OF_THE_ENGINE = frozenset({"relax", "strategy"})
OF_THE_FIELD = {
    ("demand/chain.py", "exact"),  # whether all levels of the chain are summed
    ("rules/shares.py", "exact"),  # whether occasions are told apart
    ("engine/structure.py", "ranges"),  # ranges of positions
}
"""Parameters for which such a name says what it is."""
ROOT = Path(csshift.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
ENGINE = [file for file in FILES if "engine" in file.parts]
CHECKOUT = Path(__file__).resolve().parents[1]
TEXTS = [
    *(file for ending in ("toml", "jinja", "js", "css") for file in ROOT.rglob(f"*.{ending}")),
    *(CHECKOUT / "docs").rglob("*.md"),
    *(CHECKOUT / "examples").rglob("*.py"),
    CHECKOUT / "README.md",
    CHECKOUT / "CONTRIBUTING.md",
]


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_names_docstrings_and_messages_are_the_field_s(file: Path) -> None:
    assert private_lines(file, OF_THE_ENGINE if file in ENGINE else None) == {}


@pytest.mark.parametrize("file", TEXTS, ids=lambda f: str(f.name))
def test_documentation_templates_and_examples_are_in_plain_words(file: Path) -> None:
    found = private_lines(file)
    # "Consequence." heads a paragraph of a decision record, as usual.
    assert {n: line for n, line in found.items() if "**Consequence.**" not in line} == {}


def private_lines(file: Path, further: re.Pattern[str] | None = None) -> dict[int, str]:
    """The lines with private words, by number; CamelCase is read word by word."""
    lines = enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    return {
        number: line
        for number, line in lines
        if PRIVATE.search(snake_case(line)) or (further and further.search(snake_case(line)))
    }


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_modules_classes_functions_and_parameters_have_the_names_of_the_field(file: Path) -> None:
    place = file.relative_to(ROOT).as_posix()
    names = NAMES_OF_THE_ENGINE if file in ENGINE else NAMES
    found = {name for name in declared(file) if snake_case(name).strip("_").lower() in names}
    if file in ENGINE:
        found |= {name for name in declared(file) if name.strip("_") in CLASSES_OF_THE_ENGINE}
        found |= {file.stem} & MODULES_OF_THE_ENGINE
    assert {name for name in found if (place, name) not in OF_THE_FIELD} == set()


def declared(file: Path) -> Iterator[str]:
    """The names of a module, its classes, functions and parameters."""
    yield file.stem
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg


@pytest.mark.parametrize(
    "source",
    [
        "class OwnerRows: ...",
        "class NearGuide: ...",
        "def spans_by_owner(): ...",
        "def choose(odds): ...",
        "class Thetas: ...",
        'def run():\n    """Polish the duals."""',
    ],
)
def test_private_words_are_found(source: str, tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text(source)
    words = {snake_case(name).strip("_").lower() for name in declared(file)}
    assert private_lines(file) or words & NAMES


def test_rooms_and_files_of_the_engine_stay_small() -> None:
    for room in {file.parent for file in ENGINE}:
        assert len(list(room.glob("*.py"))) <= 12


def test_files_have_at_most_450_lines() -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {file: length for file, length in lengths.items() if length > 450} == {}
