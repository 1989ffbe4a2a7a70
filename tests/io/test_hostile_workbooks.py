"""Workbooks made to take memory or time: refused before either is taken; real ones are read."""

from __future__ import annotations

import io
import struct
import zipfile
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csshift.errors import InputError
from csshift.io.excel import extent, inspection
from csshift.io.excel.biff import inspect_xls
from csshift.io.excel.book import open_book, read_book, read_rows
from csshift.io.excel.extent import Extent, UnsafeWorkbookError
from csshift.io.excel.inspection import inspect_workbook
from csshift.io.excel.markup import XlsxMarkup
from csshift.io.imports.log import ImportLog
from csshift.io.imports.sheets import read_sheet

pytest.importorskip("python_calamine")

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


SHARED = ' t="s"'


def relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{RELATION}/{kind}" Target="{target}"/>'


def cell(reference: str, value: str = "1", more: str = "") -> str:
    return f'<c r="{reference}"{more}><v>{value}</v></c>'


def xlsx(*bodies: str, shared: str = "", targets: list[int] | None = None, **more: str) -> bytes:
    """Return a workbook whose sheets hold these rows."""
    numbers = targets or list(range(1, len(bodies) + 1))
    sheets = "".join(
        f'<sheet name="S{i}" sheetId="{i}" r:id="r{i}"/>' for i in range(1, len(numbers) + 1)
    )
    relations = "".join(
        relation(f"r{i}", "worksheet", f"worksheets/sheet{number}.xml")
        for i, number in enumerate(numbers, start=1)
    )
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": RELATIONS
        + relation("r1", "officeDocument", "xl/workbook.xml")
        + "</Relationships>",
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATION}"><sheets>{sheets}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f"{RELATIONS}{relations}"
        + relation("s", "sharedStrings", "sharedStrings.xml")
        + "</Relationships>",
        "xl/sharedStrings.xml": f"<sst {MAIN}>{shared}</sst>",
    }
    for number, body in enumerate(bodies, start=1):
        content = f"<worksheet {MAIN}><sheetData>{body}</sheetData></worksheet>"
        parts[f"xl/worksheets/sheet{number}.xml"] = content
    return zipped(parts | more)


def zipped(parts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return file.getvalue()


def ods(rows: str) -> bytes:
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": mime, "content.xml": content, "META-INF/manifest.xml": "<m/>"})


ONE = (
    '<table:table-cell office:value-type="float" office:value="1" {}><text:p>1</text:p>'
    "</table:table-cell>"
)


def refused(content: bytes) -> str:
    with pytest.raises(UnsafeWorkbookError) as caught:
        inspect_workbook(content)
    assert caught.value.remedy
    return caught.value.problem


def test_a_small_workbook_is_read() -> None:
    content = xlsx(f'<row r="2">{cell("B2")}</row>')
    with open_book(Path("x.xlsx"), content) as book:
        assert read_rows(Path("x.xlsx"), book, "S1") == [["", ""], ["", 1.0]]


def test_a_cell_in_the_last_corner_is_refused() -> None:
    corner = f'<row r="1048576">{cell("XFD1048576")}</row>'
    assert "the sheets reach to XFD1048576: 17,179,869,184 cells" in refused(xlsx(corner))


def test_wide_sheets_count_together() -> None:
    wide = f'<row r="100">{cell("XFD100")}</row>'
    inspect_workbook(xlsx(wide, wide, wide, wide))
    assert "the sheets reach to XFD100" in refused(xlsx(*[wide] * 5))


def test_formatted_cells_without_a_value_take_nothing() -> None:
    formatted = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="3"/></row>'
    far = '<row r="1048576"><c r="XFD1048576" s="3"/></row>'
    content = xlsx(formatted + far)
    with open_book(Path("x.xlsx"), content) as book:
        assert read_rows(Path("x.xlsx"), book, "S1")[0][0] == 1.0


@pytest.mark.parametrize(
    "reference", ["ZZZZZZZ1", "A99999999999", "1A", "A0", "", "é1", "A1048577", "XFE1", "A1:B2"]
)
def test_a_bad_reference_is_refused(reference: str) -> None:
    assert "there is no cell" in refused(xlsx(f'<row r="1">{cell(reference)}</row>'))


def test_rows_and_dimensions_are_references_too() -> None:
    assert "there is no cell" in refused(xlsx('<row r="4000000000"><c><v>1</v></c></row>'))
    body = f'<row r="1">{cell("A1")}</row>'
    sheet = f'<worksheet {MAIN}><dimension ref="{{}}"/><sheetData>{body}</sheetData></worksheet>'
    name = "xl/worksheets/sheet1.xml"
    assert "there is no cell" in refused(xlsx(body, **{name: sheet.format("A1:ZZZZ9")}))
    assert "there is no range" in refused(xlsx(body, **{name: sheet.format("B2:A1")}))
    inspect_workbook(xlsx(body, **{name: sheet.format("A1:XFD1048576")}))  # only what it says


def test_cells_without_references_count_on() -> None:
    found = Extent()
    XlsxMarkup(found, array("L")).read(
        [b"<w><sheetData><row><c><v>1</v></c><c/><c><v>1</v></c></row></sheetData></w>"], "x"
    )
    assert (found.filled, found.area) == (2, 3)


def test_one_long_text_in_many_cells_is_refused() -> None:
    cells = (cell(f"A{i}", "0", SHARED) for i in range(1, 3000))
    rows = "".join(f"<row>{text}</row>" for text in cells)
    shared = f"<si><t>{'x' * 30_000}</t></si>"
    assert "too many characters" in refused(xlsx(rows, shared=shared))
    inspect_workbook(xlsx(rows, shared="<si><t>x</t></si>"))


def test_two_sheets_of_one_part_are_refused() -> None:
    body = f'<row r="1">{cell("A1")}</row>'
    assert "two sheets are one part" in refused(xlsx(body, targets=[1, 1]))


def test_a_sheet_under_another_ending_is_refused() -> None:
    sheet = f"<worksheet><sheetData>{cell('XFD1048576')}</sheetData></worksheet>"
    assert "a sheet in the part" in refused(xlsx("", **{"xl/media/a.png": sheet}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a workbook"),
        (b"PK\3\4no", "not a zip archive"),
        (xlsx("<row>")[:-30], "not a zip archive"),
        (xlsx("<row>"), "not valid XML"),
        (xlsx("<a>" * 200), "nested too deeply"),
        (xlsx("<!--" + "x" * 5_000_000 + "-->"), "too long"),
        (xlsx("", **{"xl/workbook.bin": ""}), "binary workbook"),
        (xlsx("", **{"xl/a.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "entities"),
        (xlsx("", shared="<si/>", **{"x.xml": "<sst><si/></sst>"}), "an unusual place"),
        (xlsx(*[""] * 251), "too many sheets"),
    ],
)
def test_what_breaks_the_format_is_refused(content: bytes, words: str) -> None:
    assert words in refused(content)


def test_what_is_inflated_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(inspection, "MOST_INFLATED", 50_000)
        assert "when it is inflated" in refused(xlsx(" " * 60_000))
    lying = bytearray(xlsx(" " * 100_000))
    with zipfile.ZipFile(io.BytesIO(bytes(lying))) as book:
        size = book.getinfo("xl/worksheets/sheet1.xml").file_size
    start = lying.rfind(struct.pack("<L", size))
    lying[start : start + 4] = struct.pack("<L", 500)
    assert "not as long as the directory says" in refused(bytes(lying))
    monkeypatch.setattr(extent, "MOST_SECONDS", -1.0)
    assert "too long to read" in refused(xlsx(""))


def test_too_many_filled_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extent, "MOST_FILLED", 3)
    row = "".join(map(cell, ("A1", "B1", "C1")))
    inspect_workbook(xlsx(f'<row r="1">{row}</row>'))
    assert "too many filled cells" in refused(xlsx(f'<row r="1">{row}{cell("D1")}</row>'))


def test_repeats_of_open_document_sheets() -> None:
    blank = (
        '<table:table-row table:number-rows-repeated="1048575">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    content = ods(f"<table:table-row>{ONE.format('')}</table:table-row>{blank}")
    with open_book(Path("x.ods"), content) as book:
        assert read_rows(Path("x.ods"), book, "S")[0][0] == 1.0
    last = ods(f"{blank}<table:table-row>{ONE.format('')}</table:table-row>")
    inspect_workbook(last)
    column = '<table:table-cell table:number-columns-repeated="16383"/>'
    assert "reach to XFD1048576" in refused(
        ods(f"{blank}<table:table-row>{column}{ONE.format('')}</table:table-row>")
    )
    many = 'table:number-columns-repeated="1000000000"'
    assert refused(ods(f"<table:table-row>{ONE.format(many)}</table:table-row>"))
    spaces = '<text:p>a<text:s text:c="2000000000"/></text:p>'
    assert "characters" in refused(
        ods(f'<table:table-row><table:table-cell office:value-type="string">{spaces}'
            "</table:table-cell></table:table-row>")
    )  # fmt: skip


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def number(row: int, column: int) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, column, 0, 1.0))


def xls(*cells: bytes, strings: bytes = b"", change: Callable[[bytearray], None] | None = None
        ) -> bytes:  # fmt: skip
    """Return an .xls file of one sheet with these records."""
    start = record(0x809, struct.pack("<HHHHLL", 0x600, 5, 0, 0, 0, 0))
    name = struct.pack("<BB", 1, 0) + b"S"
    length = len(start) + len(strings) + 4 + 6 + len(name) + 4
    bound = record(0x85, struct.pack("<LH", length, 0) + name)
    sheet = record(0x809, struct.pack("<HHHHLL", 0x600, 0x10, 0, 0, 0, 0))
    stream = start + strings + bound + record(0x0A) + sheet + b"".join(cells) + record(0x0A)
    stream = stream.ljust(-(-max(len(stream), 4096) // 512) * 512, b"\0")
    sectors = len(stream) // 512
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<LLLLLLLLL", header, 40, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109L", header, 76, 0, *[0xFFFFFFFF] * 108)
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    table = struct.pack("<128L", *chain, *[0xFFFFFFFF] * (128 - len(chain)))
    root = entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)
    directory = root + entry("Workbook", 2, 2, len(stream)) + bytes(256)
    content = bytearray(bytes(header) + table + directory + stream)
    if change is not None:
        change(content)
    return bytes(content)


def entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    text = name.encode("utf-16-le")
    found = bytearray(128)
    found[: len(text)] = text
    none = 0xFFFFFFFF
    struct.pack_into("<HBBLLL", found, 64, len(text) + 2, kind, 1, none, none, child)
    struct.pack_into("<LL", found, 116, start, size)
    return bytes(found)


DIMENSIONS = record(0x200, struct.pack("<LLHHH", 0, 10, 0, 10, 0))


def test_an_old_workbook_is_read() -> None:
    content = xls(DIMENSIONS, number(1, 1))
    with open_book(Path("x.xls"), content) as book:
        assert read_rows(Path("x.xls"), book, "S") == [["", ""], ["", 1.0]]


def test_old_workbooks_are_looked_through_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "reach to CRXP65536" in refused(xls(DIMENSIONS, number(65535, 65535)))
    far = record(0xBD, struct.pack("<HH", 60000, 0) + bytes(6) + struct.pack("<H", 65000))
    assert "reach to" in refused(xls(DIMENSIONS, far))
    huge = record(0x200, struct.pack("<LLHHH", 58368, 1, 0, 1, 0))
    assert "impossible dimensions" in refused(xls(huge, number(1, 1)))
    text = record(0xFC, struct.pack("<LL", 1, 1) + struct.pack("<HB", 8000, 0) + b"x" * 8000)
    label = record(0xFD, struct.pack("<HHHL", 0, 0, 0, 0))
    inspect_xls(xls(DIMENSIONS, label, strings=text))
    monkeypatch.setattr(extent, "MOST_CHARACTERS", 15_999)
    assert "characters" in refused(xls(DIMENSIONS, label, label, strings=text))


def test_text_that_runs_on_in_the_next_record_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    first = struct.pack("<LL", 2, 2) + struct.pack("<HB", 10, 0) + b"x" * 4
    rest = b"\1" + b"y\0" * 6 + struct.pack("<HB", 3, 0) + b"abc"
    strings = record(0xFC, first) + record(0x3C, rest)
    second = record(0xFD, struct.pack("<HHHL", 0, 0, 0, 1))
    monkeypatch.setattr(extent, "MOST_CHARACTERS", 3)
    inspect_xls(xls(DIMENSIONS, second, strings=strings))
    assert "too many characters" in refused(xls(DIMENSIONS, second, second, strings=strings))


@pytest.mark.parametrize("position", [44, 48, 64, 76, 516, 520])
def test_chains_of_sectors_have_an_end(position: int) -> None:
    def change(content: bytearray) -> None:
        content[position : position + 4] = struct.pack("<L", 0x00FFFFF0)

    assert "damaged" in refused(xls(DIMENSIONS, change=change))

    def circle(content: bytearray) -> None:
        struct.pack_into("<L", content, 512 + 4 * 3, 2)

    assert "in a circle" in refused(xls(DIMENSIONS, change=circle))


@settings(max_examples=5 * settings.default.max_examples // 2, deadline=None)
@given(
    kind=st.sampled_from(["xls", "ods", "xlsx"]),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 4), st.binary(max_size=4)), min_size=1, max_size=5
    ),
)
def test_any_bytes_are_read_or_refused(kind: str, edits: list[tuple[float, int, bytes]]) -> None:
    row = f'<row r="1">{cell("A1", "0", SHARED)}</row>'
    whole = {
        "xls": xls(DIMENSIONS, number(1, 1)),
        "ods": ods(f"<table:table-row>{ONE.format('')}</table:table-row>"),
        "xlsx": xlsx(row, shared="<si><t>x</t></si>"),
    }[kind]
    content = bytearray(whole)
    for where, removed, put in edits:
        position = int(where * len(content))
        content[position : position + removed] = put
    try:
        with open_book(Path("x"), bytes(content)) as book:
            for title in book.sheet_names:
                read_rows(Path("x"), book, title)
    except InputError:
        return


def test_both_readers_refuse_before_they_open(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(xlsx(f'<row r="1048576">{cell("XFD1048576")}</row>'))
    for read in (read_book, lambda path: read_sheet(path, ImportLog())):
        with pytest.raises(InputError, match=r"x\.xlsx: the sheets reach to .*; delete the rows"):
            read(path)
