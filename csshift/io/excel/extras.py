"""The optional packages that workbooks need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csshift.extras import needed

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
    return needed("python_calamine", EXTRA, "python-calamine")


def xlsxwriter() -> ModuleType:
    """Return the package that writes workbooks.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    """
    return needed("xlsxwriter", EXTRA)
