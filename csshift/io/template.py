"""A small problem folder to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from csshift.io.files import refuse_existing, write_together
from csshift.io.layout import SETTINGS_FILE

STARTER = "starter"


def write_template(folder: str | Path) -> tuple[str, ...]:
    """Write a commented problem folder that loads without faults.

    Parameters
    ----------
    folder : str or Path
        Where; made when it is not there. Nothing in it is overwritten.

    Returns
    -------
    tuple of str
        Names of the files that were written.
    """
    path = Path(folder)
    contents = {
        source.name: source.read_bytes()
        for source in files(__package__).joinpath(STARTER).iterdir()
        if source.is_file()
    }
    refuse_existing((path / name for name in sorted(contents)), "give a new or an empty folder")
    write_together(path, contents, last=SETTINGS_FILE)
    return tuple(sorted(contents))
