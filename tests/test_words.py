"""csshift speaks the field's words: private ones do not come back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import csshift

PRIVATE = re.compile(
    r"(?<![a-z])(owners?|owned|unowned|spots?|polish\w*|lean|odds|mend(s|ed)?|told|hears?|heard"
    r"|consequences?)(?![a-z])",
    re.IGNORECASE,
)
OF_THE_ENGINE = re.compile(
    r"(?<![a-z])(pieces?|cutter|bearers?|thetas|take_apart)(?![a-z])", re.IGNORECASE
)
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


def test_rooms_and_files_of_the_engine_stay_small() -> None:
    for room in {file.parent for file in ENGINE}:
        assert len(list(room.glob("*.py"))) <= 12
    assert max(len(file.read_text(encoding="utf-8").splitlines()) for file in ENGINE) <= 450
