"""Looks through a workbook before it is opened.

The package that reads workbooks holds each sheet as a full rectangle: one cell at XFD1048576
takes 10 GB. So the size is measured from the bytes first, in little memory.
"""

from __future__ import annotations

import zipfile
from array import array
from collections.abc import Iterator

from csshift.io.excel.biff import inspect_xls
from csshift.io.excel.extent import Extent, UnsafeWorkbookError, damaged
from csshift.io.excel.markup import OdsMarkup, XlsxMarkup
from csshift.io.excel.parts import inflate, list_parts

ZIP = b"PK\3\4"
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")


def inspect_workbook(content: bytes) -> None:
    """Raise when a workbook is damaged, or takes more memory or time than any shop's does.

    Parameters
    ----------
    content : bytes
        The file: .xlsx, .xlsm, .ods or .xls.

    Raises
    ------
    UnsafeWorkbookError
        With the limit that it breaks.
    """
    if content.startswith(COMPOUND_FILE):
        inspect_xls(content)
    elif content.startswith(ZIP):
        _inspect_zip(content)
    else:
        raise UnsafeWorkbookError("not a workbook", "save it as .xlsx")


def _inspect_zip(content: bytes) -> None:
    parts = list_parts(content)
    if any(part.filename.lower().lstrip("/").startswith("xl/workbook.bin") for part in parts):
        raise UnsafeWorkbookError("a binary workbook (.xlsb)", "save it as .xlsx")
    extent = Extent()
    shared: array[int] = array("L")
    sheets: set[str] = set()
    repeated: set[str] = set()
    # Cells refer to shared strings: these come first.
    for part in sorted(parts, key=lambda part: "sharedstrings" not in part.filename.lower()):
        name = part.filename.lower()
        pieces = _checked(inflate(content, part), name)
        if name.endswith("content.xml"):
            OdsMarkup(extent).read(pieces, part.filename)
        elif name.endswith((".xml", ".rels")):
            known = len(shared)
            markup = XlsxMarkup(extent, shared)
            markup.read(pieces, part.filename)
            repeated |= markup.repeated
            if markup.holds_cells:
                sheets.add(name.rpartition("/")[2])
            if len(shared) > known and "sharedstrings" not in name:
                raise damaged("shared strings in an unusual place")
        else:
            _read_other(pieces, part, extent)
    if sheets & repeated:
        raise damaged("two sheets are one part")


def _checked(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    first = next(pieces, b"")
    if name.endswith((".xml", ".rels")) and first.startswith(WIDE_MARKS):
        raise damaged(f"{name[:60]!r} is not UTF-8")
    if first:
        yield first
    yield from pieces


def _read_other(pieces: Iterator[bytes], part: zipfile.ZipInfo, extent: Extent) -> None:
    """Refuse a sheet that hides under another ending."""
    tail = b""
    for piece in pieces:
        extent.check_time()
        if b"sheetData" in tail + piece:
            raise damaged(f"a sheet in the part {part.filename[:60]!r}")
        tail = piece[-16:]
