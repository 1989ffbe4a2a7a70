"""The optional packages that workbooks need."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from csshift.errors import MissingExtraError

if TYPE_CHECKING:
    from types import ModuleType

EXTRA = "excel"


def calamine() -> ModuleType:
    """Return the package that reads workbooks.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    """
    return _needed("python_calamine", "python-calamine")


def xlsxwriter() -> ModuleType:
    """Return the package that writes workbooks.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    """
    return _needed("xlsxwriter", "xlsxwriter")


def _needed(module: str, package: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(package, EXTRA) from error
