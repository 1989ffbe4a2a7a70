"""The rule kinds that are known, and how a table of fields becomes a rule.

A kind of somebody else is known once its class was registered. Three ways lead there: a call of
`register`, an entry point of the group ``csshift.rules`` named like the kind, and the command's
option ``--rules MODULE``. A problem that says ``kind = "MODULE:CLASS"`` never causes an import
by itself: a file is data, and whoever runs the program decides what code it loads.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, SerializeAsAny

from csshift.errors import Fault, InputError, suggestion
from csshift.rules import (  # noqa: F401
    company,
    cover,
    days,
    fair,
    groups,
    hours,
    overtime,
    presence,
    quota,
    rest,
    runs,
    sequences,
    starts,
    weekends,
)
from csshift.rules.base import KINDS, Rule, Texts, register
from csshift.rules.severity import LEVELS

__all__ = [
    "AnyRule",
    "UnknownKindError",
    "catalogue",
    "find_kind",
    "in_points",
    "kinds",
    "load_rules",
    "parse_rule",
    "register",
]

GROUP = "csshift.rules"
"""Entry points of this group are rule kinds; each is named like its kind."""

OPTION = "--rules"

logger = logging.getLogger(__name__)


class UnknownKindError(ValueError):
    """No rule has the kind.

    Parameters
    ----------
    problem, remedy : str
        What is wrong, and how to fix it.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem}; {remedy}")


class KindInfo(NamedTuple):
    """A kind of rule with its titles and sentences by language, fields in braces."""

    kind: str
    rule: type[Rule]
    titles: Texts
    sentences: Texts


def kinds() -> Mapping[str, type[Rule]]:
    """Return the known rule kinds by name, those of entry points included."""
    _load_entry_points()
    return dict(KINDS)


def catalogue() -> tuple[KindInfo, ...]:
    """Return title and sentence of every known kind, in the order of their names."""
    return tuple(
        KindInfo(kind, rule, rule.titles, {lang: rule.template(lang) for lang in rule.sentences})
        for kind, rule in sorted(kinds().items())
    )


def find_kind(kind: str) -> type[Rule]:
    """Return the class of a rule kind, or the one that ``MODULE:CLASS`` names.

    Raises
    ------
    UnknownKindError
        When no registered rule has that name.
    """
    if kind in KINDS:
        return KINDS[kind]
    known = kinds()
    by_class = {f"{rule.__module__}:{rule.__qualname__}": rule for rule in known.values()}
    found = known.get(kind) or by_class.get(kind)
    if found is not None:
        return found
    module, colon, _ = kind.partition(":")
    if colon:
        remedy = f"run csshift {OPTION} {module}, or call csshift.register with the class"
        problem = "the kind names code, which a problem file cannot load by itself"
        raise UnknownKindError(problem, f"{remedy} if you trust it")
    if kind in _load_entry_points():
        reason = _load_entry_points()[kind]
        raise UnknownKindError(f"its entry point cannot be loaded: {reason}", "fix its package")
    raise UnknownKindError("unknown rule kind", suggestion(kind, known, "kind"))


def load_rules(modules: Iterable[str]) -> None:
    """Import modules and register the rules that they define.

    Parameters
    ----------
    modules : iterable of str
        Names of modules, on the module search path or in the current directory; for
        ``MODULE:CLASS``, that class alone is registered.

    Raises
    ------
    InputError
        When a module cannot be imported, or it or the class named defines no rule.
    """
    faults = []
    for name in modules:
        try:
            for rule in _rules_of(name):
                register(rule)
        except ValueError as error:
            faults.append(Fault(OPTION, str(error), value=name))
    if faults:
        raise InputError(faults)


def _rules_of(name: str) -> list[type[Rule]]:
    module_name, _, class_name = name.partition(":")
    importlib.invalidate_caches()
    # The current directory comes last: its files never take the place of installed modules.
    sys.path.append(os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        raise ValueError(f"cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        sys.path.pop()
    found = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module_name
    }
    if not class_name:
        fixed = [rule for rule in found.values() if _fixes_kind(rule)]
        if not fixed:
            raise ValueError("defines no rule; a rule is a subclass of csshift.Rule with a kind")
        return fixed
    if class_name not in vars(module):
        raise ValueError(f"no class {class_name}; {suggestion(class_name, found, 'rule')}")
    if class_name not in found:
        raise ValueError("no subclass of csshift.Rule that the module defines")
    return [found[class_name]]


def _fixes_kind(rule: type[Rule]) -> bool:
    return isinstance(rule.__pydantic_fields__["kind"].default, str)


@cache
def _load_entry_points() -> Mapping[str, str]:
    """Register the rules of entry points; return those that fail, by name, and why."""
    from importlib.metadata import entry_points

    failed = {}
    for point in entry_points(group=GROUP):
        try:
            rule = point.load()
            if not (isinstance(rule, type) and issubclass(rule, Rule)):
                raise ValueError(f"{point.value} is no subclass of csshift.Rule")
            register(rule)
            if KINDS.get(point.name) is not rule:
                raise ValueError(f"{point.value} has another kind than the name {point.name!r}")
        except Exception as error:
            failed[point.name] = f"{type(error).__name__}: {error}"
            logger.warning("rule kind %s is not available: %s", point.name, failed[point.name])
    return failed


def own_kind(rule: type[Rule]) -> dict[str, str]:
    """Return the field `kind` of a class, which a problem may have given as ``MODULE:CLASS``."""
    return {"kind": rule.__pydantic_fields__["kind"].default}


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
    try:
        rule = find_kind(str(kind))
    except UnknownKindError as error:
        raise ValueError(f"{kind!r}: {error}") from error
    return rule.model_validate({**value, **own_kind(rule)})


def in_points(rules: Iterable[Rule], levels: Mapping[str, Decimal]) -> tuple[Rule, ...]:
    """Return rules with the points of a level in its place.

    Parameters
    ----------
    rules : iterable of Rule
        One with an unknown level stays as it is.
    levels : mapping of str to Decimal
        Points by level, beside those of `LEVELS`.
    """
    points = {**LEVELS, **levels}
    return tuple(
        rule.model_copy(update={"severity": points[rule.level]}) if rule.level in points else rule
        for rule in rules
    )


AnyRule = Annotated[SerializeAsAny[Rule], BeforeValidator(parse_rule)]
