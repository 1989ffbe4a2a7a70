"""Writes files completely or not at all, into folders that were checked first."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from csshift.errors import Fault, InputError
from csshift.io.exchange import STAGING_PREFIX, Content, exchange, locked, settle, write_through

__all__ = [
    "STAGING_PREFIX",
    "as_input_error",
    "prepared_folder",
    "refuse_existing",
    "write_file",
    "write_together",
]

REMEDY = "choose another folder, fix its permissions or free some space"
PROBE_BYTES = 65536


def write_together(
    folder: Path, contents: Mapping[str, Content], last: str, stale: Iterable[str] = ()
) -> None:
    """Write files so that a reader finds all the earlier files or all the new ones.

    See `csshift.io.exchange` for how, and for what happens to a process that is killed.

    Parameters
    ----------
    folder : Path
        Made when it does not exist.
    contents : mapping of str to bytes or Path
        Content by name of the file; a name may lead into a subfolder.
    last : str
        The file that describes the others; one of `contents`.
    stale : iterable of str
        Files of an earlier run that must not stay.

    Raises
    ------
    InputError
        When the files cannot be written there; the earlier ones are then untouched.
    """
    names = list(stale)
    with as_input_error(folder):
        _make(folder)
        _require_places(folder, [*contents, *names])
        exchange(folder, contents, last, names)


def write_file(path: Path, content: bytes) -> None:
    """Write one file so that a reader finds the earlier content or the new, never a part.

    Parameters
    ----------
    path : Path
        The folder around it is made when it does not exist.
    content : bytes
    """
    write_together(path.parent, {path.name: content}, last=path.name)


def refuse_existing(paths: Iterable[Path], remedy: str, *, force: bool = False) -> None:
    """Raise a fault for each file that would be overwritten.

    Raises
    ------
    InputError
        Unless `force`, or none exists.
    """
    there = [path for path in paths if path.exists() and not force]
    if there:
        raise InputError(Fault(str(path), "the file already exists", remedy) for path in there)


@contextmanager
def prepared_folder(folder: Path, names: Iterable[str], size: int = 0) -> Iterator[None]:
    """Make a folder and prove that it can be written to, before time is spent on its content.

    Leftovers of killed runs in it are settled. A folder that is still empty at the end is
    removed again.

    Parameters
    ----------
    folder : Path
    names : iterable of str
        Files to be written.
    size : int
        Bytes that they may take.

    Raises
    ------
    InputError
        When the folder cannot be made or written to, something else is in its place or in that
        of a file, or the disk has no room.
    """
    missing = [path for path in (folder, *folder.parents) if not _exists(path)]
    try:
        with as_input_error(folder):
            _make(folder)
            _require_places(folder, names)
            _probe(folder, size)
        yield
    finally:
        for path in missing:
            with suppress(OSError):
                path.rmdir()


def _probe(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        raise OSError(None, f"{free / 1e6:.0f} MB are free, and up to {size / 1e6:.0f} MB needed")
    with locked(folder):
        settle(folder)
        staging = folder / f"{STAGING_PREFIX}probe-{os.getpid()}"
        staging.mkdir()
        try:
            write_through(staging / "probe", bytes(PROBE_BYTES))
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _make(folder: Path) -> None:
    """Make a folder; report what is in its way."""
    for path in (folder, *folder.absolute().parents):
        if path.is_symlink() and not _exists(path):
            problem = "this link leads nowhere, so no folder can be made here"
            raise InputError(
                [Fault(str(path), problem, "remove the link or choose another folder")]
            )
        if _exists(path) and not path.is_dir():
            problem, remedy = "a file is where a folder is needed", "choose another folder"
            raise InputError([Fault(str(path), problem, remedy)])
    folder.mkdir(parents=True, exist_ok=True)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return True


def _require_places(folder: Path, names: Iterable[str]) -> None:
    """Refuse names that are taken by folders, and subfolders that are something else."""
    chosen = list(names)
    faults = [
        Fault(str(folder / name), "this is a folder, and a file is to be written here", "move it")
        for name in chosen
        if (folder / name).is_dir()
    ]
    faults += [
        Fault(str(place), "files are to be written into a folder of this name", "move it")
        for place in sorted({(folder / name).parent for name in chosen} - {folder})
        if place.is_symlink() or (place.exists() and not place.is_dir())
    ]
    if faults:
        raise InputError(faults)


@contextmanager
def as_input_error(folder: Path) -> Iterator[None]:
    """Raise an InputError that names a folder for whatever the system refuses."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fault = Fault(str(folder), f"the files cannot be written: {reason}", REMEDY)
        raise InputError([fault]) from None
