from __future__ import annotations

import sys

import pytest

from csshift.errors import MissingExtraError
from csshift.extras import needed


def test_the_very_module_is_returned() -> None:
    import xml.dom

    assert needed("xml.dom", "report") is xml.dom


@pytest.mark.parametrize(
    ("module", "package", "told"),
    [
        ("absent", None, "absent"),
        ("absent.part", None, "absent"),
        ("absent.part", "the-absent", "the-absent"),
    ],
)
def test_an_absent_package_is_told_with_its_extra(
    module: str, package: str | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "absent", None)
    with pytest.raises(MissingExtraError) as caught:
        needed(module, "plot", package)
    text = f"{told} is not installed; install it with: pip install 'csshift[plot]'"
    assert str(caught.value) == text
    assert (caught.value.package, caught.value.extra) == (told, "plot")


def test_why_an_import_failed_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "absent", None)
    with pytest.raises(MissingExtraError) as caught:
        needed("absent", "plot")
    assert isinstance(caught.value.__cause__, ImportError)
