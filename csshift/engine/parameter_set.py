"""Frozen sets of parameters that check their ranges and are read from mappings and TOML."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

SHARE, ABOVE = (0.0, 1.0), (0.0, math.inf)
COUNT, POSITIVE = (0, math.inf), (1, math.inf)
"""Ranges of parameters."""


def param(default: Any, between: tuple[float, float]) -> Any:
    """Return a field whose value, or each of whose values, lies between two bounds."""
    return field(default=default, metadata={"between": between})


@dataclass(frozen=True)
class Params:
    """A set of parameters that checks its ranges and can be read from a mapping.

    Raises
    ------
    ValueError
        When a value has the wrong type or is out of range.
    """

    def __post_init__(self) -> None:
        for known in fields(self):
            value, default = getattr(self, known.name), known.default
            name = f"{type(self).__name__}.{known.name}"
            if isinstance(default, Params):
                if not isinstance(value, type(default)):
                    raise ValueError(f"{name}: expected a table, not {value!r}")
            else:
                _check(name, value, default, known.metadata.get("between"))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Return parameters with the given values; what is left out keeps its default.

        Parameters
        ----------
        values : mapping of str
            By name; a nested set of parameters is a mapping of its own, a tuple may be a list.

        Raises
        ------
        ValueError
            When a name is unknown, or a value has the wrong type or is out of range.
        """
        defaults = {known.name: known.default for known in fields(cls)}
        given: dict[str, Any] = {}
        for name, value in values.items():
            if name not in defaults:
                near = get_close_matches(name, defaults, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise ValueError(f"{cls.__name__}: unknown parameter {name}{hint}")
            default = defaults[name]
            if isinstance(default, Params) and isinstance(value, Mapping):
                given[name] = type(default).from_mapping(value)
            else:
                given[name] = _as_tuple(value)
        return cls(**given)

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Return the parameters of a TOML file; see `from_mapping`.

        Raises
        ------
        ValueError
            When the file is no TOML, or `from_mapping` rejects what it says.
        OSError
            When the file cannot be read.
        """
        try:
            return cls.from_mapping(tomllib.loads(Path(path).read_text(encoding="utf-8-sig")))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value


def _check(name: str, value: Any, default: Any, between: tuple[float, float] | None) -> None:
    """Raise unless a value has the type of the default and lies between its bounds."""
    if isinstance(default, tuple):
        if not isinstance(value, tuple) or not value:
            raise ValueError(f"{name}: expected a list of values, not {value!r}")
        pairs = isinstance(default[0], tuple)
        if not pairs and name.endswith("_range") and (len(value) != 2 or value[0] > value[1]):
            raise ValueError(f"{name}: expected a lower and an upper bound, not {value!r}")
        if pairs and any(not isinstance(v, tuple) or len(v) != len(default[0]) for v in value):
            raise ValueError(f"{name}: expected lists of {len(default[0])} values, not {value!r}")
        for each in value:
            _check(name, each, default[0], between)
        return
    kinds = {bool: "true or false", int: "a whole number", float: "a number"}
    expected = type(default)
    fits = type(value) is expected or (expected is float and type(value) is int)
    if not fits or math.isnan(value):
        raise ValueError(f"{name}: expected {kinds[expected]}, not {value!r}")
    if between is not None and not between[0] <= value <= between[1]:
        limit = f"at least {between[0]:g}"
        if between[1] < math.inf:
            limit = f"from {between[0]:g} to {between[1]:g}"
        raise ValueError(f"{name}: expected {limit}, not {value!r}")
