"""The versions that a result depends on."""

from __future__ import annotations

import platform
from importlib.metadata import version


def versions() -> dict[str, str]:
    """Return the versions of csshift, Python and the packages that shape a result."""
    packages = ("csshift", "ortools", "numpy", "scipy", "pydantic")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}
