"""Exchanges several files of a folder at once.

The folder itself is not replaced: it may be a mount point, a current directory, or hold other
files.
An exchange takes these steps, S being a staging folder inside it:

1. Every new file is written to ``S/new`` and flushed; every earlier file is also put into
   ``S/old``, as a hard link. The link ``S/current`` leads to ``S/old``.
2. One by one, the names in the folder become links to ``S/current/NAME``. Whoever opens one
   reads what was there before.
3. **One rename makes S/current lead to S/new.** From then on every name leads to its new file.
4. One by one, links become files; those that lead nowhere go, and so does S.

A process that is killed at any moment leaves the earlier files whole or the new ones whole for
everybody who opens them. `settle` does step 4 for what a killed process left.

Where there are no links (Windows, FAT), the commit is the rename of ``S/new`` to
``S/committed``, whose files then replace the earlier ones. Readers outside csshift may meet a
mixture for that moment, or, after a kill within it, until csshift looks at the folder again.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

STAGING_PREFIX = ".csshift-writing-"
LOCK_SECONDS = 10.0
"""Seconds to wait for another process that writes to the same folder."""

Content = bytes | Path
"""Content of a file: bytes, or an existing file."""


def exchange(
    folder: Path, contents: Mapping[str, Content], last: str, stale: Iterable[str] = ()
) -> None:
    """Put files into a folder and take others out of it, all at once.

    Parameters
    ----------
    folder : Path
        Exists.
    contents : mapping of str to bytes or Path
        Content by name; a name may lead into a subfolder (``calendars/A01.ics``).
    last : str
        One of `contents`: replaced last where the file system has no links.
    stale : iterable of str
        Names to take out.

    Raises
    ------
    OSError
        When the files cannot be written; the earlier files are then in place.
    """
    leaving = [name for name in stale if name not in contents]
    with locked(folder):
        for place in {folder, *((folder / name).parent for name in (*contents, *leaving))}:
            settle(place)
        leaving = [name for name in leaving if os.path.lexists(folder / name)]
        staging = _new_staging(folder)
        try:
            _stage(staging / "new", contents)
            if len(contents) == 1 and not leaving:
                place = folder / last
                place.parent.mkdir(parents=True, exist_ok=True)
                os.replace(staging / "new" / last, place)
            elif not _commit_links(folder, staging, [*contents, *leaving]):
                _commit_journal(staging, sorted(contents, key=lambda name: name == last), leaving)
                _settle_one(folder, staging)
        except BaseException:
            with suppress(OSError):
                _settle_one(folder, staging)
            raise
        # What fails from here on leaves links that lead to the new files.
        with suppress(OSError):
            _settle_one(folder, staging)
            flush_folder(folder)


def settle(folder: Path) -> None:
    """Finish or undo what killed processes left in a folder; the caller has locked it.

    Raises
    ------
    OSError
        When the folder cannot be read or written to.
    """
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        found = sorted(
            entry.name
            for entry in entries
            if entry.name.startswith(STAGING_PREFIX) and entry.is_dir(follow_symlinks=False)
        )
    for name in found:
        _settle_one(folder, folder / name)


@contextmanager
def locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Keep other csshift processes from writing to a folder; `shared` lets them read.

    The lock ends with the process. Where the file system has no locks, there is none.

    Raises
    ------
    TimeoutError
        When another process holds it for long.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    reason = "another csshift process is writing there"
                    raise TimeoutError(None, reason) from None
                time.sleep(0.02)
            except OSError:
                break
            else:
                break
        yield
    finally:
        os.close(descriptor)


@contextmanager
def steady(folder: Path) -> Iterator[None]:
    """Read a folder while no csshift process exchanges its files.

    What a killed process left is settled first, where the folder can be written to.
    """
    with suppress(OSError), locked(folder):
        settle(folder)
    with locked(folder, shared=True):
        yield


def write_through(path: Path, content: bytes) -> None:
    """Write a file and flush it to the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Flush the names of a folder to the disk."""
    if os.name == "nt":
        return  # Windows cannot open a folder to flush it
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _new_staging(folder: Path) -> Path:
    # tempfile would make it for this user alone, and others may read the folder meanwhile.
    staging = folder / f"{STAGING_PREFIX}{secrets.token_hex(4)}"
    staging.mkdir()
    for name in ("new", "old"):
        (staging / name).mkdir()
    return staging


def _stage(new: Path, contents: Mapping[str, Content]) -> None:
    for name, content in contents.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            _link_or_copy(content, path)
        else:
            write_through(path, content)
    for place in {new, *((new / name).parent for name in contents)}:
        flush_folder(place)


def _link_or_copy(source: Path, path: Path) -> None:
    """Make a second name of a file, or a copy where that cannot be."""
    if not source.is_symlink():
        with suppress(OSError, NotImplementedError):
            os.link(source, path)
            return
    write_through(path, source.read_bytes())
    shutil.copystat(source, path)


def _commit_links(folder: Path, staging: Path, names: list[str]) -> bool:
    """Make all names lead to the new files; return whether there are links at all."""
    if os.name == "nt":
        return False  # a link to a folder cannot be replaced there
    try:
        os.symlink("old", staging / "current")
    except (OSError, NotImplementedError):
        return False
    for name in names:
        if (folder / name).exists():
            (staging / "old" / name).parent.mkdir(parents=True, exist_ok=True)
            _link_or_copy(folder / name, staging / "old" / name)
    flush_folder(staging / "old")
    flush_folder(staging)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(_target(staging, name), staging / "link")
        os.replace(staging / "link", folder / name)
    for place in {(folder / name).parent for name in names}:
        flush_folder(place)
    os.symlink("new", staging / "next")
    os.replace(staging / "next", staging / "current")  # the commit
    return True


def _target(staging: Path, name: str) -> str:
    """Return where the link of a name leads."""
    up = "../" * (len(PurePosixPath(name).parts) - 1)
    return f"{up}{staging.name}/current/{name}"


def _commit_journal(staging: Path, files: list[str], stale: list[str]) -> None:
    journal = json.dumps({"files": files, "stale": stale}).encode()
    write_through(staging / "journal.json", journal)
    os.rename(staging / "new", staging / "committed")  # the commit


def _settle_one(folder: Path, staging: Path) -> None:
    with suppress(OSError):
        flush_folder(staging)
    if (staging / "committed").is_dir():
        _roll_forward(folder, staging)
    elif os.path.lexists(staging / "current"):
        _links_to_files(folder, staging)
    shutil.rmtree(staging)


def _links_to_files(folder: Path, staging: Path) -> None:
    names = sorted({*_files(staging / "new"), *_files(staging / "old")})
    for name in names:
        place = folder / name
        if not place.is_symlink() or os.readlink(place) != _target(staging, name):
            continue
        content = staging / "current" / name
        if content.exists():
            (staging / "file").unlink(missing_ok=True)
            _link_or_copy(content, staging / "file")
            os.replace(staging / "file", place)
        else:
            place.unlink()
    _drop_empty(folder, names)
    with suppress(OSError):
        flush_folder(folder)


def _roll_forward(folder: Path, staging: Path) -> None:
    try:
        journal = json.loads((staging / "journal.json").read_bytes())
    except FileNotFoundError:
        return  # all was done but for the removal of the staging folder
    for name in filter(_inside, journal["stale"]):
        (folder / name).unlink(missing_ok=True)
    for name in filter(_inside, journal["files"]):
        content = staging / "committed" / name
        if content.exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(content, folder / name)
    _drop_empty(folder, journal["stale"])
    with suppress(OSError):
        flush_folder(folder)


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _files(place: Path) -> Iterator[str]:
    for parent, _, files in os.walk(place):
        for file in files:
            yield (Path(parent) / file).relative_to(place).as_posix()


def _drop_empty(folder: Path, names: Iterable[str]) -> None:
    """Remove the subfolders in which nothing is left."""
    for place in {(folder / name).parent for name in names} - {folder}:
        with suppress(OSError):
            place.rmdir()
