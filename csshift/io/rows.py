"""Converts text files to rows of cells and back, for folders, imports and results."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from csshift.errors import Fault, InputError

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks."""

SAVE_AS_UTF8 = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"
RETYPE = "save the file as UTF-8, or retype the damaged characters"
QUOTES = 'write cells that hold a comma as "a,b", and a quotation mark inside them as ""'
MOST_BYTES = 100_000_000
"""Size of the largest file that is read, text or workbook."""

Row: TypeAlias = tuple[int, list[str]]
"""The line on which a row starts, from 1, and its cells."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def read_bytes(path: Path) -> bytes:
    """Return the content of a file."""
    try:
        if path.is_dir():
            raise fault(path, "a folder, not a file", "put the file in its place")
        return read_limited(path, MOST_BYTES)
    except FileNotFoundError:
        raise fault(path, "there is no such file", "give its path") from None
    except (OSError, ValueError) as error:
        problem = f"the file cannot be read: {getattr(error, 'strerror', None) or error}"
        raise fault(path, problem, "check the file and its permissions") from None


def read_limited(path: Path, most: int) -> bytes:
    """Return the content of a file that ends.

    Parameters
    ----------
    path : Path
        A file. A pipe or device is read only if given explicitly (``/dev/stdin``): in the place of
        a file, reading it could block or never end.
    most : int
        Bytes that are read at most.

    Raises
    ------
    OSError
        When it is something else, is larger, or cannot be read.
    """
    state = path.stat()
    if not stat.S_ISREG(state.st_mode) and path.parts[:2] != ("/", "dev"):
        raise OSError(None, "not a regular file")
    content = b""
    if state.st_size <= most:
        with path.open("rb") as file:
            content = file.read(most + 1)
    if max(state.st_size, len(content)) > most:
        raise OSError(None, f"larger than {most // 10**6} MB")
    return content


def fault(path: Path, problem: str, remedy: str, line: int | None = None) -> InputError:
    """Return the error of a file that cannot be read."""
    return InputError([Fault(path.name, problem, remedy, line=line)])


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, a byte order mark left out."""
    content = read_bytes(path)
    if content.startswith(UTF_16):
        raise fault(path, "encoded in UTF-16", SAVE_AS_UTF8)
    if not content.strip(b" \t\r\n\xef\xbb\xbf"):
        raise fault(path, "the file is empty", "fill it, or remove it")
    nothing = content.find(b"\0")
    if nothing >= 0:
        line = content.count(b"\n", 0, nothing) + 1
        raise fault(path, "a NUL byte; this is not a text file", SAVE_AS_UTF8, line)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError([_undecodable(path.name, content, error.start)]) from None


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises
    ------
    InputError
        When `read_text` raises it, the text is not JSON, or a string in it is not valid Unicode:
        JSON can spell half of a surrogate pair, which no file can hold.
    """
    text = read_text(path)
    try:
        content = json.loads(text)
        broken = "\\u" in text and _SURROGATE.search(json.dumps(content, ensure_ascii=False))
    except RecursionError:
        raise fault(path, "not valid JSON: nested too deeply", "") from None
    except ValueError as error:
        # Python's message on integers of thousands of digits is of no use to a reader.
        reason = "an integer is too long" if "int_max_str" in str(error) else str(error)
        raise fault(path, f"not valid JSON: {reason}", "") from None
    if broken:
        problem = f"text with half of a character (\\u{ord(broken[0]):04x})"
        raise fault(path, problem, "type the text again")
    return content


def _undecodable(name: str, content: bytes, position: int) -> Fault:
    line = content.count(b"\n", 0, position) + 1
    if _looks_like_gbk(content):
        return Fault(name, "encoded in GBK", SAVE_AS_UTF8, line=line)
    remedy = SAVE_AS_UTF8 + ", or retype the damaged characters"
    return Fault(name, "not UTF-8", remedy, line=line, value=f"byte 0x{content[position]:02X}")


def _looks_like_gbk(content: bytes) -> bool:
    lossy = content.decode("utf-8", errors="replace")
    damaged = lossy.count("\ufffd")
    if sum(not character.isascii() for character in lossy) > 2 * damaged:
        return False  # mostly sound UTF-8: damaged, not another encoding
    try:
        decoded = content.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return any("\u4e00" <= character <= "\u9fff" for character in decoded)


def decode(name: str, content: bytes, notes: list[str]) -> str:
    """Return the text of a file in UTF-8, UTF-16 or GBK, or of one that mixes UTF-8 and GBK.

    Each line of a mixed file, as one gets by appending one export to another, is decoded on its
    own.

    Parameters
    ----------
    name : str
        Name of the file.
    content : bytes
    notes : list of str
        Receives the encoding where it is not UTF-8, and the lines that differ.
    """
    if content.startswith(UTF_16):
        notes.append(f"{name}: read as UTF-16")
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            raise InputError([Fault(name, "damaged UTF-16", "save the file as UTF-8")]) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    text: list[str] = []
    lines: dict[str, list[int]] = {"utf-8": [], "gb18030": []}
    faults: list[Fault] = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        for encoding, numbers in lines.items():
            try:
                text.append(line.decode(encoding))
            except UnicodeDecodeError:
                continue
            if not line.isascii():
                numbers.append(number)
            break
        else:
            faults.append(Fault(name, "neither UTF-8 nor GBK", RETYPE, line=number))
    if faults:
        raise InputError(faults)
    utf8, gbk = map(_numbers, lines.values())
    mixed = f"UTF-8 in {utf8}, GBK in {gbk}; each was decoded on its own"
    notes.append(f"{name}: {mixed}" if lines["utf-8"] else f"{name}: read as GBK")
    return "\n".join(text)


def _numbers(lines: list[int]) -> str:
    """Return line numbers with runs joined: ``lines 1, 4-9``."""
    runs: list[list[int]] = []
    for number in lines:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs[:10])
    more = f" and {len(runs) - 10} more" if len(runs) > 10 else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"


def csv_rows(
    file: str, text: str, *, separator: str = ",", strict: bool = True, most: int = 50_000
) -> Iterator[Row]:
    """Yield the rows of a CSV file.

    Parameters
    ----------
    file : str
        Name of the file, for faults.
    text : str
    separator : str
        Character between cells.
    strict : bool
        Whether a quotation mark inside a cell that is not quoted is an error.
    most : int
        Largest number of cells in a row.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InputError([_broken(file, line, str(error), strict=strict)]) from None
        if cells is None:
            return
        if len(cells) > most:
            problem = f"{len(cells):,} cells in one row"
            raise InputError([Fault(file, problem, "give a table", line=line)])
        yield line, cells
        line = reader.line_num + 1


def _broken(file: str, line: int, error: str, *, strict: bool) -> Fault:
    if not strict:
        return Fault(file, f"not a table: {error}", "save it as CSV again", line=line)
    problem = "a quotation mark inside a cell"
    if "end of data" in error or "field limit" in error:
        problem = "a quotation mark is opened in this row and never closed"
    return Fault(file, problem, QUOTES, line=line)


def quoted(cell: str) -> str:
    """Return a cell as written in a CSV file, in quotation marks if it needs them."""
    return '"{}"'.format(cell.replace('"', '""')) if re.search('[,"\r\n]', cell) else cell


def csv_bytes(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Return rows as UTF-8 CSV below a header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(list(header))
    writer.writerows(rows)
    return text.getvalue().encode()
