"""Files without an end, and what is no file, in the place of one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from csshift.errors import InputError
from csshift.io.excel.book import read_book
from csshift.io.imports.log import ImportLog
from csshift.io.imports.sheets import read_sheet
from csshift.io.reading import load
from csshift.io.rows import read_limited

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX devices")


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/tty", "pipe"])
def test_a_device_in_the_place_of_a_file_is_not_read(tmp_path: Path, target: str) -> None:
    """It was read until memory ended, or waited for without end."""
    for name in ("agents.csv", "problem.toml", "book.xlsx", "counts.csv"):
        if target == "pipe":
            os.mkfifo(tmp_path / name)
        else:
            (tmp_path / name).symlink_to(target)
    with pytest.raises(InputError, match="the file cannot be read: not a regular file"):
        load(tmp_path)
    with pytest.raises(InputError, match="not a regular file"):
        read_sheet(tmp_path / "counts.csv", ImportLog())
    pytest.importorskip("python_calamine")
    with pytest.raises(InputError, match="not a regular file"):
        read_book(tmp_path / "book.xlsx")


def test_a_device_that_is_asked_for_is_read_up_to_the_limit() -> None:
    with pytest.raises(OSError, match="larger than 1 MB"):
        read_limited(Path("/dev/zero"), 10**6)
    assert read_limited(Path("/dev/null"), 10**6) == b""


def test_a_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10**6)
    assert len(read_limited(path, 10**6)) == 10**6
    path.write_bytes(b"x" * (10**6 + 1))
    with pytest.raises(OSError, match="larger than 1 MB"):
        read_limited(path, 10**6)
