"""The version of csshift, and those of the packages that a result depends on."""

from __future__ import annotations

import sys

__version__ = "0.2.0"
PACKAGES = ("ortools", "numpy", "scipy", "numba", "pydantic")


def versions() -> dict[str, str]:
    """Return the versions of csshift, Python and the packages that shape a result.

    Never raises: a frozen application has no metadata of its packages, and a result is not
    worth less for it.
    """
    import platform

    found = {name: _version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "csshift": __version__} | found


def _version(name: str) -> str:
    from importlib.metadata import version

    try:
        return version(name)
    except Exception:
        # Metadata may be absent or damaged; most packages also say it themselves.
        return str(getattr(sys.modules.get(name), "__version__", "unknown"))
