"""Notes: what is written of them, and read back."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from csshift import Note


def test_a_note_is_written_without_what_it_does_not_name() -> None:
    note = Note(code="unfilled-duty", text="nobody reminds", dates=("2026-03-16",), count=0)
    written = note.model_dump(mode="json")
    assert written == {
        "code": "unfilled-duty",
        "text": "nobody reminds",
        "dates": ["2026-03-16"],
        "count": 0,
    }
    assert Note.model_validate(written) == note
    assert Note.model_validate_json(note.model_dump_json()) == note
    assert str(note) == "nobody reminds"


@pytest.mark.parametrize("code", ["", "Unfilled", "two words", "-x", "x-", "x--y"])
def test_codes_are_words_for_programs(code: str) -> None:
    with pytest.raises(ValidationError, match="code"):
        Note(code=code, text="a note")


def test_a_note_says_something() -> None:
    with pytest.raises(ValidationError, match="text"):
        Note(code="silent", text="")
