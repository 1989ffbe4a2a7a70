"""Whatever a workbook holds, it loads or says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csshift.errors import Fault, InputError
from csshift.io.excel.book import Sheet, read_book
from csshift.io.excel.template import write_workbook_template
from csshift.io.excel.workbook import load_workbook
from csshift.io.rosters import read_roster

pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")

NASTY = [
    "", " ", "\u3000", "０", "=1", "[", "{", "[[", '["a"', "|", ";", "none", "hard", "tag:x",
    "9:00", "a\nb", "\x00", "\ufeff", "26:00", "早", "x" * 300, "agents.ids", "name", "horizon.",
    "A01", 0, 1, -1, 0.5, 1.5, 1e300, -1e-300, 46097, 46097.25, 2**53, True, False,
    date(2026, 3, 16), date(1900, 1, 1), date(9999, 12, 31), datetime(2026, 3, 16, 9, 30),
    time(9, 30), time(9, 30, 30), timedelta(hours=26), timedelta(days=-1),
]  # fmt: skip


@pytest.fixture(scope="module")
def template() -> Iterator[tuple[Sheet, ...]]:
    with TemporaryDirectory() as folder:
        write_workbook_template(Path(folder, "book.xlsx"))
        yield read_book(Path(folder, "book.xlsx"))


def told(read: Callable[[], object]) -> tuple[Fault, ...]:
    """Return the faults that reading tells; anything else that it raises is a failure."""
    try:
        read()
    except InputError as error:
        return error.faults
    return ()


@settings(max_examples=4 * settings.default.max_examples // 3)
@given(data=st.data())
def test_any_cell_may_hold_anything(template: tuple[Sheet, ...], data: st.DataObject) -> None:
    sheets = [Sheet(sheet.title, [list(row) for row in sheet.rows]) for sheet in template]
    for _ in range(data.draw(st.integers(1, 4))):
        sheet = data.draw(st.sampled_from([sheet for sheet in sheets if sheet.rows]))
        row = data.draw(st.sampled_from(sheet.rows))
        column = data.draw(st.integers(0, len(row) - 1))
        row[column] = data.draw(st.sampled_from(NASTY) | st.text(max_size=8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("csshift.io.excel.workbook.read_book", lambda path: tuple(sheets))
        faults = told(lambda: load_workbook("book.xlsx"))
    assert all(str(fault).startswith("book.xlsx") for fault in faults)


MATRIX: list[list[Any]] = [
    ["2026年3月客服排班表", *[""] * 8],
    ["职务", "姓名", *range(16, 23)],
    ["", "", *"一二三四五六日"],
    ["售前", "陈静", "早", "", "晚", "休", "早", "", ""],
    ["售前", "王磊", "早", "", "晚", "休", "早", "", ""],
    ["", "早", 2, 0, 0, 0, 2, 0, 0],
]


@settings(max_examples=4 * settings.default.max_examples // 3)
@given(data=st.data())
def test_any_cell_of_a_matrix_may_hold_anything(
    template: tuple[Sheet, ...], data: st.DataObject
) -> None:
    rows = [list(row) for row in MATRIX]
    for _ in range(data.draw(st.integers(1, 4))):
        row = data.draw(st.sampled_from(rows))
        column = data.draw(st.integers(0, len(row) - 1))
        row[column] = data.draw(st.sampled_from(NASTY) | st.text(max_size=8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("csshift.io.excel.workbook.read_book", lambda path: template)
        problem = load_workbook("book.xlsx")
        patch.setattr("csshift.io.excel.matrix.read_book", lambda path: (Sheet("排班", rows),))
        faults = told(lambda: read_roster("sheet.xlsx", problem))
    assert all(str(fault).startswith("sheet.xlsx") for fault in faults)
