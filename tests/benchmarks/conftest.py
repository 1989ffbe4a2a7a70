"""Makes `benchmarks` importable: it is no part of what is installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # last, so that the installed csshift comes first


@pytest.fixture(scope="session")
def published() -> Path:
    """The published instances, or a skip that says they are absent."""
    folder = Path(os.environ.get("CSSHIFT_SHARED", ROOT.parent / "shared")) / "data" / "curtois"
    if not folder.is_dir():
        pytest.skip(f"no instances at {folder}; set CSSHIFT_SHARED to the parent of data")
    return folder
