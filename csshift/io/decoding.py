"""Bytes of a file to text, or a fault that says what the file is instead."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

from csshift.errors import Fault

BYTE_ORDER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
SAVE_AS_UTF8 = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"
MOST_BYTES = 100_000_000
"""Size of the largest text file that is read."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class FileError(Exception):
    """A file that cannot be read at all.

    Parameters
    ----------
    fault : Fault
        Why not, and how to fix it.
    """

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, a byte order mark left out.

    Raises
    ------
    FileError
        When it cannot be opened, is empty, is not text, or is not UTF-8.
    """
    content = _read_bytes(path)
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            raise FileError(Fault(path.name, f"encoded in {encoding}", SAVE_AS_UTF8))
    if not content.strip(b" \t\r\n\xef\xbb\xbf"):
        raise FileError(Fault(path.name, "the file is empty", "fill it, or remove it"))
    nothing = content.find(b"\0")
    if nothing >= 0:
        raise FileError(
            Fault(
                path.name,
                "a NUL byte; this is not a text file",
                SAVE_AS_UTF8,
                line=_line(content, nothing),
            )
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(_undecodable(path.name, content, error.start)) from None


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises
    ------
    FileError
        When `read_text` raises it, the text is not JSON, or a string in it is not valid Unicode:
        JSON can spell half of a surrogate pair, which no file can hold.
    """
    text = read_text(path)
    try:
        content = json.loads(text)
        broken = "\\u" in text and _SURROGATE.search(json.dumps(content, ensure_ascii=False))
    except RecursionError:
        raise FileError(Fault(path.name, "not valid JSON: nested too deeply")) from None
    except ValueError as error:
        # Python's words on integers of thousands of digits are of no use to a reader.
        reason = "an integer is too long" if "int_max_str" in str(error) else str(error)
        raise FileError(Fault(path.name, f"not valid JSON: {reason}")) from None
    if broken:
        problem = f"text with half of a character (\\u{ord(broken[0]):04x})"
        raise FileError(Fault(path.name, problem, "type the text again"))
    return content


def read_limited(path: Path, most: int) -> bytes:
    """Return the content of a file that ends.

    Parameters
    ----------
    path : Path
        A file. A pipe or device is read only where it is given as one (``/dev/stdin``): in the
        place of a file it would be waited for, or read without end.
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


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise FileError(Fault(path.name, "a folder, not a file", "put the file in its place"))
        return read_limited(path, MOST_BYTES)
    except FileNotFoundError:
        raise FileError(Fault(path.name, "there is no such file", "give its path")) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(
            Fault(
                path.name,
                f"the file cannot be read: {reason}",
                "check the file and its permissions",
            )
        ) from None


def _undecodable(name: str, content: bytes, position: int) -> Fault:
    line = _line(content, position)
    if _looks_like_gbk(content):
        return Fault(name, "encoded in GBK", SAVE_AS_UTF8, line=line)
    return Fault(
        name,
        "not UTF-8",
        SAVE_AS_UTF8 + ", or retype the damaged characters",
        line=line,
        value=f"byte 0x{content[position]:02X}",
    )


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


def _line(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1
