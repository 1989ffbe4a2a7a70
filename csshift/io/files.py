"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from errno import ENOTDIR
from pathlib import Path

from csshift.errors import Fault, InputError

STAGING_PREFIX = ".csshift-writing-"


def write_together(
    folder: Path, contents: Mapping[str, bytes], last: str, stale: Iterable[str] = ()
) -> None:
    """Write files so that a reader never sees a part of one, nor a mixture under `last`.

    All are written and flushed elsewhere first. Then `last`, which describes the others, is
    taken away, the others are exchanged, and `last` is put in place.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    contents : mapping of str to bytes
        Content by name of the file.
    last : str
        The file that describes the others; one of `contents`.
    stale : iterable of str
        Files of an earlier run that must not stay.

    Raises
    ------
    InputError
        When the files cannot be written there.
    """
    with _told_as_fault(folder):
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(ENOTDIR, "a file stands where the folder is to be")
        folder.mkdir(parents=True, exist_ok=True)
        _reject_folders(folder, [*contents, *stale])
        staging = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=folder))
        try:
            for name, content in contents.items():
                _write_through(staging / f"{name}.part", content)
            (folder / last).unlink(missing_ok=True)
            for name in stale:
                (folder / name).unlink(missing_ok=True)
            for name in sorted(contents, key=lambda name: name == last):
                (staging / f"{name}.part").replace(folder / name)
            _flush_folder(folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def write_file(path: Path, content: bytes) -> None:
    """Write one file so that a reader sees the old content or the new, never a part.

    Parameters
    ----------
    path : Path
        The folder around it is made when it is not there.
    content : bytes

    Raises
    ------
    InputError
        When the file cannot be written there.
    """
    with _told_as_fault(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        _reject_folders(path.parent, [path.name])
        staging = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=path.parent))
        try:
            _write_through(staging / "content.part", content)
            (staging / "content.part").replace(path)
            _flush_folder(path.parent)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _told_as_fault(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            [
                Fault(
                    str(folder),
                    f"the files cannot be written: {reason}",
                    "choose a folder that you may write to, with space left",
                )
            ]
        ) from None


def _reject_folders(folder: Path, names: Iterable[str]) -> None:
    faults = [
        Fault(str(folder / name), "a folder stands where a file is to be written", "move it away")
        for name in names
        if (folder / name).is_dir()
    ]
    if faults:
        raise InputError(faults)


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open a folder to flush it
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
