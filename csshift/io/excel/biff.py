"""Inspects an .xls file: the compound file around it, and the records of its sheets."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator

from csshift.io.excel.extent import Extent, UnsafeWorkbookError, damaged

RESERVED = 0xFFFFFFFA
"""Numbers from here on are no sectors."""

DIRECTORY_ENTRY = 128
SMALL_SECTOR = 512
STREAMS = ("workbook", "book")
MOST_DIMENSION = 65_536 * 257

EOF, BOUND_SHEET, SHARED_STRINGS, CONTINUE, DIMENSIONS = 0x0A, 0x85, 0xFC, 0x3C, 0x200
LABEL_SHARED, MULTIPLE_NUMBERS, TEXT = 0xFD, 0xBD, 0x207
CELLS = frozenset((0x06, 0x203, 0x204, 0x205, 0x27E, 0xD6, LABEL_SHARED, MULTIPLE_NUMBERS,
                   0x02, 0x03, 0x04, 0x05, 0x206, 0x406))  # fmt: skip


def inspect_xls(content: bytes) -> None:
    """Raise when an .xls file is damaged or too large; see `inspect_workbook`."""
    try:
        stream = _workbook_stream(content)
        if stream is not None:
            _inspect_stream(stream)
    except (struct.error, IndexError):
        raise damaged("records are cut off") from None


class _CompoundFile:
    """The sectors of a compound file (MS-CFB)."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        (power,) = struct.unpack_from("<H", content, 30)
        if power not in (9, 12):
            raise damaged("sectors of an unknown size")
        self.size = 1 << power
        self.count = len(content) // self.size
        # The reader allocates memory for these counts of sectors unchecked.
        lengths = struct.unpack_from("<LL", content, 40) + struct.unpack_from("<L", content, 64)
        if max(lengths) > self.count:
            raise damaged("more sectors than the file holds")
        self.table = self._table()

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        return self.content[start : start + self.size]

    def _table(self) -> array[int]:
        """Return the next sector of each sector."""
        (first,) = struct.unpack_from("<L", self.content, 68)
        listed = list(struct.unpack_from("<109L", self.content, 76))
        seen = 0
        while first < RESERVED:
            seen += 1
            if first >= self.count or seen > self.count:
                raise damaged("sectors in a circle")
            *more, first = array("I", self._sector(first).ljust(self.size, b"\xff"))
            listed += more
        listed = [number for number in listed if number < RESERVED]
        if len(listed) > self.count or any(number >= self.count for number in listed):
            raise damaged("a sector beyond the end of the file")
        table: array[int] = array("I")
        for number in listed:
            table.frombytes(self._sector(number).ljust(self.size, b"\xff"))
        return table

    def chain(self, first: int, table: array[int] | None = None) -> list[int]:
        """Return the sectors of a stream."""
        table = self.table if table is None else table
        found: list[int] = []
        number = first
        while number < RESERVED:
            if number >= len(table) or len(found) > len(table):
                raise damaged("sectors in a circle")
            if table is self.table and number > self.count:
                raise damaged("a sector beyond the end of the file")
            found.append(number)
            number = table[number]
        return found

    def read(self, first: int) -> bytes:
        """Return a stream of full sectors."""
        return b"".join(map(self._sector, self.chain(first)))


def _workbook_stream(content: bytes) -> bytes | None:
    """Return the stream of the workbook; None where another kind of file is inside."""
    file = _CompoundFile(content)
    first_directory, cutoff, first_mini = (
        struct.unpack_from("<L", content, position)[0] for position in (48, 56, 60)
    )
    directory = file.read(first_directory)
    mini = array("I", file.read(first_mini)) if first_mini < RESERVED else array("I")
    root_stream = b""
    found: tuple[int, int] | None = None
    for start in range(0, len(directory) - DIRECTORY_ENTRY + 1, DIRECTORY_ENTRY):
        (length,) = struct.unpack_from("<H", directory, start + 64)
        name = directory[start : start + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        first, size, size_high = struct.unpack_from("<LLL", directory, start + 116)
        if name.lower() == "_vba_project_cur":
            raise UnsafeWorkbookError("an .xls file with macros", "save it as .xlsx")
        wide = file.size > SMALL_SECTOR
        used = start == 0 or name.lower() in STREAMS
        if used and (size > len(content) or (wide and size_high)):
            raise damaged("a stream longer than the file")
        if start == 0:
            root_stream = file.read(first) if first < RESERVED else b""
        elif name.lower() == "encryptedpackage":
            raise UnsafeWorkbookError("locked by a password", "save it without one")
        elif name.lower() in STREAMS and found is None:
            found = first, size
    if found is None:
        return None
    first, size = found
    if size >= cutoff:
        return file.read(first)[:size]
    sectors = file.chain(first, mini)
    return b"".join(root_stream[64 * number : 64 * number + 64] for number in sectors)[:size]


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and length of the content of each record, to the end of the substream."""
    position = start
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        position += 4
        if position + length > len(stream):
            raise damaged("a record is cut off")
        yield kind, position, length
        position += length
        if kind == EOF:
            return


def _inspect_stream(stream: bytes) -> None:
    sheets: list[int] = []
    segments: list[bytes] = []
    in_strings = False
    for kind, start, length in _records(stream, 0):
        in_strings = kind == SHARED_STRINGS or (in_strings and kind == CONTINUE)
        if in_strings:
            segments.append(stream[start : start + length])
        elif kind == BOUND_SHEET:
            sheets.append(struct.unpack_from("<L", stream, start)[0])
    if len(set(sheets)) < len(sheets):
        raise damaged("two sheets are one part")
    extent = Extent()
    lengths = _string_lengths(segments)
    for offset in sheets:
        extent.open_sheet()
        _inspect_sheet(stream, offset, lengths, extent)
        extent.close_sheet()


def _inspect_sheet(stream: bytes, offset: int, lengths: array[int], extent: Extent) -> None:
    for number, (kind, start, length) in enumerate(_records(stream, offset)):
        if number % 65_536 == 0:
            extent.check_time()
        if kind in CELLS and length >= 4:
            row, column = struct.unpack_from("<HH", stream, start)
            count = 1
            if kind == MULTIPLE_NUMBERS and length >= 6:
                (last,) = struct.unpack_from("<H", stream, start + length - 2)
                count = max(1, last - column + 1)
                column = max(column, last)
            elif kind == LABEL_SHARED and length >= 10:
                (index,) = struct.unpack_from("<L", stream, start + 6)
                extent.add_text(lengths[index] if index < len(lengths) else 0)
            extent.add_cell(row + 1, column + 1, count)
        elif kind == DIMENSIONS:
            _check_dimensions(stream[start : start + length])


def _check_dimensions(record: bytes) -> None:
    """Refuse a sheet with dimensions for which the reader would allocate useless memory."""
    if len(record) >= 14:
        first, last, left, right = struct.unpack_from("<LLHH", record)
    elif len(record) >= 10:
        first, last, left, right = struct.unpack_from("<4H", record)
    else:
        raise damaged("a sheet without dimensions")
    if not (last and right):
        return
    if first >= last or left >= right or (last - first) * (right - left) > MOST_DIMENSION:
        raise damaged("a sheet with impossible dimensions")


def _string_lengths(segments: list[bytes]) -> array[int]:
    """Return the length of each shared string; a string may run on in the next record."""
    lengths: array[int] = array("L")
    if not segments:
        return lengths
    (count,) = struct.unpack_from("<L", segments[0], 4)
    cursor = _Cursor(segments)
    cursor.position = 8
    while len(lengths) < count and cursor.has_more():
        length, flags = struct.unpack("<HB", cursor.take(3))
        extra = 4 * struct.unpack("<H", cursor.take(2))[0] if flags & 8 else 0
        extra += struct.unpack("<L", cursor.take(4))[0] if flags & 4 else 0
        cursor.skip_characters(length, wide=bool(flags & 1))
        cursor.skip(extra)
        lengths.append(length)
    return lengths


class _Cursor:
    """A position within records that continue one another."""

    def __init__(self, segments: list[bytes]) -> None:
        self.segments = segments
        self.segment = self.position = 0

    def has_more(self) -> bool:
        """Return whether bytes are left; move on to the next record at the end of one."""
        while self.position >= len(self.segments[self.segment]):
            if self.segment + 1 >= len(self.segments):
                return False
            self.segment, self.position = self.segment + 1, 0
        return True

    def take(self, size: int) -> bytes:
        """Return some bytes of one record."""
        if not self.has_more():
            raise damaged("shared strings are cut off")
        found = self.segments[self.segment][self.position : self.position + size]
        self.position += size
        return found

    def skip(self, size: int) -> None:
        """Leave bytes out, across records."""
        while size > 0 and self.has_more():
            step = min(size, len(self.segments[self.segment]) - self.position)
            self.position += step
            size -= step

    def skip_characters(self, count: int, *, wide: bool) -> None:
        """Leave characters out; each further record starts with their width."""
        while count > 0:
            left = len(self.segments[self.segment]) - self.position
            if left <= 0:
                if not self.has_more():
                    return
                wide = bool(self.take(1)[0] & 1)
                continue
            step = min(count, max(1, left // (1 + wide)))
            self.position += step * (1 + wide)
            count -= step
