"""The rule kinds that are known, and how a table of fields becomes a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, SerializeAsAny

from csshift.errors import suggestion
from csshift.rules.base import Rule
from csshift.rules.complete_weekends import CompleteWeekends
from csshift.rules.forbidden_sequence import ForbiddenSequence
from csshift.rules.forbidden_shifts import ForbiddenShifts
from csshift.rules.max_consecutive_days import MaxConsecutiveDays
from csshift.rules.max_consecutive_shifts import MaxConsecutiveShifts
from csshift.rules.max_hours import MaxHours
from csshift.rules.max_shifts import MaxShifts
from csshift.rules.max_weekends import MaxWeekends
from csshift.rules.min_consecutive_days import MinConsecutiveDays
from csshift.rules.min_consecutive_days_off import MinConsecutiveDaysOff
from csshift.rules.min_consecutive_shifts import MinConsecutiveShifts
from csshift.rules.min_days_off import MinDaysOff
from csshift.rules.min_hours import MinHours
from csshift.rules.min_on_site import MinOnSite
from csshift.rules.min_rest import MinRest
from csshift.rules.min_shifts import MinShifts
from csshift.rules.seats import Seats
from csshift.rules.shift_cover import ShiftCover

RuleType = TypeVar("RuleType", bound=type[Rule])

_kinds: dict[str, type[Rule]] = {}


def register(rule: RuleType) -> RuleType:
    """Make a rule kind known, so that problems can name it; usable as a decorator.

    Raises
    ------
    ValueError
        When the class fixes no kind, or another class has the same one.
    """
    kind = rule.__pydantic_fields__["kind"].default
    if not isinstance(kind, str):
        raise ValueError(f"{rule.__name__} gives its field `kind` no default")
    if _kinds.setdefault(kind, rule) is not rule:
        raise ValueError(f"the rule kind {kind!r} is taken by {_kinds[kind].__name__}")
    return rule


def kinds() -> Mapping[str, type[Rule]]:
    """Return the known rule kinds by name."""
    return dict(_kinds)


def parse_rule(value: Any) -> Any:
    """Return a table of fields as the rule of its kind; rules pass through.

    Raises
    ------
    ValueError
        When the kind is missing or unknown.
    """
    if not isinstance(value, Mapping):
        return value
    kind = value.get("kind")
    if kind is None:
        raise ValueError("a rule needs a kind")
    found = _kinds.get(str(kind))
    if found is None:
        raise ValueError(f"unknown rule kind {kind!r}; {suggestion(str(kind), _kinds, 'kind')}")
    return found.model_validate(value)


AnyRule = Annotated[SerializeAsAny[Rule], BeforeValidator(parse_rule)]

_BUILT_IN: tuple[type[Rule], ...] = (
    MinRest,
    MaxConsecutiveDays,
    MinConsecutiveDays,
    MinConsecutiveDaysOff,
    MinDaysOff,
    MaxHours,
    MinHours,
    MaxShifts,
    MinShifts,
    MaxWeekends,
    CompleteWeekends,
    ForbiddenShifts,
    ForbiddenSequence,
    MaxConsecutiveShifts,
    MinConsecutiveShifts,
    Seats,
    MinOnSite,
    ShiftCover,
)

for _rule in _BUILT_IN:
    register(_rule)
