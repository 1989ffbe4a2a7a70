"""How much a breach of a rule weighs: hard, reported, points, or a level with a name."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from csshift.model.entity import Entity, Weight

LEVELS: Mapping[str, Decimal] = MappingProxyType(
    {"low": Decimal(10), "medium": Decimal(100), "high": Decimal(1000), "critical": Decimal(10_000)}
)
"""Points of the levels of severity that every problem knows."""

Level = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\W\d][\w -]*$")]
Points = Annotated[Weight, Field(gt=0)]
Severity = Literal["hard", "report"] | Points | Level


def _are_soft(levels: dict[str, Decimal]) -> dict[str, Decimal]:
    for word in ("hard", "report"):
        if word in levels:
            raise ValueError(f"{word} is no level but a word of its own; choose another name")
    return levels


Levels = Annotated[dict[Level, Points], AfterValidator(_are_soft)]
"""Points of levels of severity by name."""


class SeverityLevels(Entity):
    """The table ``[severities]``.

    Parameters
    ----------
    severities : dict of str to Decimal
        Points by the name of the level.
    """

    severities: Levels = Field(default_factory=dict)
