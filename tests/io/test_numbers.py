"""Numbers as people and programs write them, in every reader of numbers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csshift.io import fields
from csshift.io.excel.fieldtypes import FieldType, read_value
from csshift.io.fields import CellError
from csshift.io.imports import values
from csshift.io.layout import COUNTS, FORECAST, ORDINARY, REQUIREMENTS, SHIFTS, Table
from csshift.io.tables import read_table

NUMERIC = FieldType(frozenset({"number"}))
WHOLE = FieldType(frozenset({"integer"}))
READERS: dict[str, Callable[[str], Any]] = {
    "decimal": fields.decimal,
    "number": fields.number,
    "integer": fields.integer,
    "efficiency": lambda text: fields.efficiencies(f"a:{text}")["a"],
    "multiplier": lambda text: fields.multipliers(f"a:{text}")["a"],
    "setting": lambda text: read_value(text, NUMERIC),
    "whole setting": lambda text: read_value(text, WHOLE),
    "import": values.number,
    "seconds": values.seconds,
}
BLANKS = st.sampled_from(["", " ", "\u3000", "\u00a0", "\t", "\u2009"])


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=60, deadline=None)
@given(
    value=st.integers(1, 100),
    form=st.sampled_from(["{}", "+{}", "{}.0", "{}.", "{}e0", "{}E+0", "0{}", "{}.000"]),
    before=BLANKS,
    after=BLANKS,
)
def test_every_reader_takes_every_form(
    reader: str, value: int, form: str, before: str, after: str
) -> None:
    assert READERS[reader](before + form.format(value) + after) == value


@pytest.mark.parametrize("reader", [name for name in READERS if name != "efficiency"])
def test_minus_zero_and_powers(reader: str) -> None:
    zero = READERS[reader]("-0")
    assert zero == 0
    assert not str(zero).startswith("-")
    assert READERS[reader]("1e2") == 100
    assert READERS[reader]("-0.0") == 0


@pytest.mark.parametrize("reader", [name for name in READERS if "setting" not in name])
@pytest.mark.parametrize(
    "text",
    ["nan", "inf", "-inf", "Infinity", "1e999999999", "1e-999999999", "1e" + "9" * 5000,
     "9" * 5000, "1,5", "1.234,5", "1 4", "1_4", "12,34", "0x10", "--1", "1e", "five", "٣x"],
)  # fmt: skip
def test_no_reader_takes_what_is_no_number(reader: str, text: str) -> None:
    with pytest.raises(CellError):
        READERS[reader](text)


@pytest.mark.parametrize("text", ["nan", "inf", "1e999999999", "9" * 5000, "1,5"])
def test_a_setting_that_is_no_number_stays_text_for_validation(text: str) -> None:
    assert read_value(text, NUMERIC) == text


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_advice_does_not_change_what_a_number_means(whole: int, part: int) -> None:
    with pytest.raises(CellError) as caught:
        fields.decimal(f"{whole},{part:02d}")
    assert f"write {whole}.{part:02d}" in caught.value.remedy


@given(st.text("0123456789.,_ '-+eE", max_size=8))
def test_a_remedy_is_a_number_that_the_reader_takes(text: str) -> None:
    try:
        fields.decimal(text)
    except CellError as error:
        if error.remedy.startswith("write ") and "number" not in error.remedy:
            for advised in error.remedy.removeprefix("write ").split(", or "):
                fields.decimal(advised.removesuffix(" if the comma is decimal"))


@pytest.mark.parametrize(
    ("table", "row", "column", "expected"),
    [
        (FORECAST, "2026-03-16,09:00,S,k,{}", "inquiries", 100),
        (ORDINARY, "2026-03-16,09:00,S,k,{}", "inquiries", 100),
        (COUNTS, "2026-03-16,09:00,S,k,{}", "inquiries", 100),
        (REQUIREMENTS, "2026-03-16,09:00,S,k,{}", "heads", Decimal(100)),
        (SHIFTS, "D,day,08:00-16:00,{}", "break_minutes", 100),
    ],
)
@pytest.mark.parametrize("text", ["+100", "1e2", "100.0", "\u00a0100\u3000"])
def test_tables_take_numbers_in_every_form(
    tmp_path: Path, table: Table[Any], row: str, column: str, expected: object, text: str
) -> None:
    path = tmp_path / "x.csv"
    header = ",".join(table.header[: row.count(",") + 1])
    path.write_text(f"{header}\n{row.format(text)}\n", encoding="utf-8")
    content = read_table(path, table)
    assert content.faults == []
    assert getattr(content.entities[0], column) == expected


def test_a_surrogate_in_a_table_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    header = ",".join(FORECAST.header).encode()
    path.write_bytes(header + b"\n2026-03-16,09:00,S\xed\xa0\x80,k,1\n")
    (fault,) = read_table(path, FORECAST).faults
    assert (fault.line, fault.problem) == (2, "not UTF-8")


def test_tables_have_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    header = ",".join(FORECAST.header)
    path.write_text(f"{header}\n" + "2026-03-16,09:00,S,k,1\n" * 4)
    monkeypatch.setattr("csshift.io.tables.MOST_ROWS", 4)
    assert read_table(path, FORECAST).faults == []
    monkeypatch.setattr("csshift.io.tables.MOST_ROWS", 3)
    assert [fault.line for fault in read_table(path, FORECAST).faults] == [5]
    monkeypatch.setattr("csshift.io.tables.MOST_COLUMNS", 4)
    assert "5 cells in one row" in read_table(path, FORECAST).faults[0].problem
    monkeypatch.setattr("csshift.io.rows.MOST_BYTES", 10)
    assert "larger than" in read_table(path, FORECAST).faults[0].problem
