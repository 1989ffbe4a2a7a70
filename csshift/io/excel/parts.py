"""The parts of a zipped workbook, inflated piece by piece: no part is ever held whole."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from csshift.io.excel.extent import (
    MOST_INFLATED,
    MOST_PARTS,
    UnsafeWorkbookError,
    damaged,
    too_large,
)

CHUNK = 1 << 16
MOST_DIRECTORY = 2_000_000
STORED, DEFLATED = 0, 8
LOCKED = UnsafeWorkbookError("locked by a password", "save it without one")


def list_parts(content: bytes) -> list[zipfile.ZipInfo]:
    """Return the parts of a zip archive whose directory is small enough to be read.

    Raises
    ------
    UnsafeWorkbookError
        When it is damaged, too large, encrypted, or lists a part twice.
    """
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
    """Yield a part in pieces.

    Raises
    ------
    UnsafeWorkbookError
        When it is damaged, or not as long as the directory says.
    """
    start = part.header_offset
    if content[start : start + 4] != b"PK\3\4" or len(content) < start + 30:
        raise damaged(f"the part {part.filename[:60]!r} is not where the directory says")
    name, extra = struct.unpack_from("<HH", content, start + 26)
    start += 30 + name + extra
    stop = start + part.compress_size
    if stop > len(content):
        raise damaged(f"the part {part.filename[:60]!r} is cut off")
    length = 0
    for piece in _pieces(content, start, stop, part.compress_type):
        length += len(piece)
        if length > part.file_size:
            break
        yield piece
    if length != part.file_size:
        raise damaged(f"the part {part.filename[:60]!r} is not as long as the directory says")


def _pieces(content: bytes, start: int, stop: int, method: int) -> Iterator[bytes]:
    if method == STORED:
        for position in range(start, stop, CHUNK):
            yield content[position : min(position + CHUNK, stop)]
        return
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for position in range(start, stop, CHUNK):
            data = content[position : min(position + CHUNK, stop)]
            while data and not stream.eof:
                piece = stream.decompress(data, CHUNK)
                data = stream.unconsumed_tail
                if piece:
                    yield piece
        while not stream.eof:
            piece = stream.decompress(b"", CHUNK)
            if not piece:
                break
            yield piece
    except zlib.error:
        raise damaged("a part cannot be inflated") from None
    if not stream.eof:
        raise damaged("a part is cut off")
