"""Inspects a workbook before it is opened.

The package that reads workbooks holds each sheet as a full rectangle: one cell at XFD1048576
takes 10 GB. So the size is measured from the bytes first, in little memory.
Whatever is damaged, locked or too large raises an `UnsafeWorkbookError`.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from array import array
from collections.abc import Iterator

from csshift.io.excel.biff import inspect_xls
from csshift.io.excel.extent import (
    MOST_INFLATED,
    MOST_PARTS,
    Extent,
    UnsafeWorkbookError,
    damaged,
    too_large,
)
from csshift.io.excel.markup import OdsMarkup, XlsxMarkup

CHUNK = 1 << 16
MOST_DIRECTORY = 2_000_000
STORED, DEFLATED = 0, 8
LOCKED = UnsafeWorkbookError("locked by a password", "save it without one")


def list_parts(content: bytes) -> list[zipfile.ZipInfo]:
    """Return the parts of a zip archive whose directory is small enough to be read."""
    if _directory_size(content) > MOST_DIRECTORY:
        raise too_large("too many parts", MOST_PARTS)
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, OSError):
        raise damaged("not a zip archive") from None
    if len(parts) > MOST_PARTS:
        raise too_large(f"{len(parts):,} parts", MOST_PARTS)
    names = {part.filename.lower().replace("\\", "/").lstrip("/") for part in parts}
    if len(names) < len(parts):
        raise damaged("two parts have the same name")
    if any(part.flag_bits & 1 for part in parts):
        raise LOCKED
    if any(part.compress_type not in (STORED, DEFLATED) for part in parts):
        raise damaged("compressed in a way that Excel does not know")
    if sum(part.file_size for part in parts) > MOST_INFLATED:
        raise too_large("too large when it is inflated, in bytes", MOST_INFLATED)
    return parts


def _directory_size(content: bytes) -> int:
    end = content.rfind(b"PK\5\6", max(0, len(content) - 65_557))
    if end < 0 or len(content) < end + 22:
        raise damaged("not a zip archive")
    (size,) = struct.unpack_from("<L", content, end + 12)
    # Java libraries write the wide form of the directory into small files, too.
    if end >= 20 and content[end - 20 : end - 16] == b"PK\6\7":
        (start,) = struct.unpack_from("<Q", content, end - 12)
        if start + 56 > len(content) or content[start : start + 4] != b"PK\6\6":
            raise damaged("not a zip archive")
        (wide,) = struct.unpack_from("<Q", content, start + 40)
        size = max(wide, size if size != 0xFFFFFFFF else 0)
    return int(size)


def inflate(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part in chunks."""
    start = part.header_offset
    if content[start : start + 4] != b"PK\3\4" or len(content) < start + 30:
        raise damaged(f"the part {part.filename[:60]!r} is not where the directory says")
    name, extra = struct.unpack_from("<HH", content, start + 26)
    start += 30 + name + extra
    stop = start + part.compress_size
    if stop > len(content):
        raise damaged(f"the part {part.filename[:60]!r} is cut off")
    length = 0
    for chunk in _chunks(content, start, stop, part.compress_type):
        length += len(chunk)
        if length > part.file_size:
            break
        yield chunk
    if length != part.file_size:
        raise damaged(f"the part {part.filename[:60]!r} is not as long as the directory says")


def _chunks(content: bytes, start: int, stop: int, method: int) -> Iterator[bytes]:
    if method == STORED:
        for position in range(start, stop, CHUNK):
            yield content[position : min(position + CHUNK, stop)]
        return
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for position in range(start, stop, CHUNK):
            data = content[position : min(position + CHUNK, stop)]
            while data and not stream.eof:
                chunk = stream.decompress(data, CHUNK)
                data = stream.unconsumed_tail
                if chunk:
                    yield chunk
        while not stream.eof:
            chunk = stream.decompress(b"", CHUNK)
            if not chunk:
                break
            yield chunk
    except zlib.error:
        raise damaged("a part cannot be inflated") from None
    if not stream.eof:
        raise damaged("a part is cut off")


ZIP = b"PK\3\4"
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")


def inspect_workbook(content: bytes) -> None:
    """Raise when a workbook is damaged, or takes more memory or time than any shop's does.

    Parameters
    ----------
    content : bytes
        The file: .xlsx, .xlsm, .ods or .xls.
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
        chunks = _checked(inflate(content, part), name)
        if name.endswith("content.xml"):
            OdsMarkup(extent).read(chunks, part.filename)
        elif name.endswith((".xml", ".rels")):
            known = len(shared)
            markup = XlsxMarkup(extent, shared)
            markup.read(chunks, part.filename)
            repeated |= markup.repeated
            if markup.holds_cells:
                sheets.add(name.rpartition("/")[2])
            if len(shared) > known and "sharedstrings" not in name:
                raise damaged("shared strings in an unusual place")
        else:
            _read_other(chunks, part, extent)
    if sheets & repeated:
        raise damaged("two sheets are one part")


def _checked(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    first = next(chunks, b"")
    if name.endswith((".xml", ".rels")) and first.startswith(WIDE_MARKS):
        raise damaged(f"{name[:60]!r} is not UTF-8")
    if first:
        yield first
    yield from chunks


def _read_other(chunks: Iterator[bytes], part: zipfile.ZipInfo, extent: Extent) -> None:
    """Refuse a sheet that hides under another ending."""
    tail = b""
    for chunk in chunks:
        extent.check_time()
        if b"sheetData" in tail + chunk:
            raise damaged(f"a sheet in the part {part.filename[:60]!r}")
        tail = chunk[-16:]
