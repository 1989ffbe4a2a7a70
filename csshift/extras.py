"""Optional packages, each brought by an extra of csshift."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from csshift.errors import MissingExtraError

if TYPE_CHECKING:
    from types import ModuleType


def needed(module: str, extra: str, package: str | None = None) -> ModuleType:
    """Import a module of an optional package.

    Parameters
    ----------
    module : str
        Its full name, for example ``matplotlib.figure``.
    extra : str
        The extra of csshift that brings the package.
    package : str, optional
        What the package is installed as; default the first part of `module`.

    Returns
    -------
    module
        As imported.

    Raises
    ------
    MissingExtraError
        When it cannot be imported.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(package or module.partition(".")[0], extra) from error
