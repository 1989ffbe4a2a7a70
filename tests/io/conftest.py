"""A problem folder that loads, to be spoilt."""

from __future__ import annotations

from pathlib import Path

import pytest

from csshift.io.template import write_template


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that `csshift init` writes."""
    write_template(tmp_path)
    return tmp_path
