"""The text of a fault: one line that fits a terminal."""

from __future__ import annotations

from csshift.errors import LONGEST_WORD, Fault


def test_a_column_with_a_name_of_a_page_takes_a_line() -> None:
    """Unknown columns were shown with all of their 70,000 characters."""
    text = str(Fault("agents.csv", "unknown column", "remove it", line=1, column="x" * 70_000))
    assert len(text) < LONGEST_WORD + 100
    assert text.endswith("… unknown column; remove it")


def test_words_up_to_the_limit_are_shown_whole() -> None:
    name = "x" * (LONGEST_WORD - 1)
    assert f"column {name}:" in str(Fault("agents.csv", "unknown column", column=name))
