"""Giving up hard conditions by name: rules become soft, pins and leave days are left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as Date
from decimal import Decimal
from typing import TypeAlias

from csshift.errors import Fault, InputError, suggestion
from csshift.instance.supply import OVERLAP, implied_rules
from csshift.model.conflict import Relaxation
from csshift.problem import Problem
from csshift.problem.labour import preset_rules
from csshift.rules.base import Rule

OPTION = "--relax"

RELAXED_WEIGHT = Decimal(20_000)
"""Points for a unit of violation of a rule that was hard: as dear as an unfilled duty turn."""


@dataclass(frozen=True)
class RelaxedRule:
    """The rules of one name, made soft."""

    name: str

    def described(self) -> Relaxation:
        """Return the relaxation with the option that applies it."""
        return Relaxation(
            option=self.name,
            text=f'make the rule "{self.name}" soft: it is then broken as little as possible',
            text_zh=f"将规则“{self.name}”改为软性：仅在必要处违反，且尽量少",
        )


@dataclass(frozen=True)
class RelaxedPin:
    """A pinned day, made free."""

    agent_id: str
    date: Date

    def described(self) -> Relaxation:
        """Return the relaxation with the option that applies it."""
        return Relaxation(
            option=f"pin {self.agent_id} {self.date}",
            text=f"leave out the pin of {self.agent_id} on {self.date}",
            text_zh=f"取消 {self.agent_id} 在 {self.date} 的固定安排",
        )


@dataclass(frozen=True)
class RelaxedLeave:
    """A day of leave, taken back."""

    agent_id: str
    date: Date

    def described(self) -> Relaxation:
        """Return the relaxation with the option that applies it."""
        return Relaxation(
            option=f"leave {self.agent_id} {self.date}",
            text=f"take back the leave of {self.agent_id} on {self.date}",
            text_zh=f"取消 {self.agent_id} 在 {self.date} 的请假",
        )


@dataclass(frozen=True)
class RelaxedAvailability:
    """The hard availability of an agent, left out."""

    agent_id: str

    def described(self) -> Relaxation:
        """Return the relaxation with the option that applies it."""
        return Relaxation(
            option=f"availability {self.agent_id}",
            text=f"ask {self.agent_id} to work outside their availability",
            text_zh=f"不考虑 {self.agent_id} 的可上班时间",
        )


Relaxable: TypeAlias = RelaxedRule | RelaxedPin | RelaxedLeave | RelaxedAvailability


def relax_problem(problem: Problem, options: Iterable[str]) -> Problem:
    """Return the problem without some hard conditions.

    Parameters
    ----------
    problem : Problem
    options : iterable of str
        The name of a hard rule, of a contract's maximum (``contract NAME: max_hours_per_week``),
        ``pin AGENT DATE``, ``leave AGENT DATE`` or ``availability AGENT``.

    Raises
    ------
    InputError
        Where an option names nothing that can be given up.
    """
    faults: list[Fault] = []
    for option in options:
        relaxed = _without(problem, option.strip())
        if relaxed is None:
            known = known_options(problem)
            text = "names no hard rule, pin or leave that can be relaxed"
            faults.append(Fault(OPTION, text, suggestion(option, known, "name"), value=option))
        else:
            problem = relaxed
    if faults:
        raise InputError(faults)
    return problem


def known_options(problem: Problem) -> tuple[str, ...]:
    """Return every option that `relax_problem` takes, each once."""
    rules = (*problem.rules, *implied_rules(problem))
    names = [rule.label for rule in rules if rule.hard and rule.label != OVERLAP]
    names += [RelaxedPin(pin.agent_id, pin.date).described().option for pin in problem.pins]
    names += [RelaxedLeave(row.agent_id, row.date).described().option for row in problem.leave]
    names += [
        RelaxedAvailability(row.agent_id).described().option
        for row in problem.availability
        if row.hard
    ]
    return tuple(dict.fromkeys(names))


def _without(problem: Problem, option: str) -> Problem | None:
    """Return the problem without one hard condition; None where the option names none."""
    rules = tuple(_softened(rule, option) for rule in problem.rules)
    implied = [rule for rule in implied_rules(problem) if rule.hard and rule.label == option]
    preset = tuple(preset_rules(problem))
    if option != OVERLAP and (implied or rules != problem.rules):
        # What a contract implies is left out there and written down as a soft rule instead.
        contracts = tuple(
            contract.model_copy(update={"max_hours_per_week": None})
            if f"contract {contract.name}: max_hours_per_week" == option
            else contract
            for contract in problem.contracts
        )
        # A rule of the folder takes the place of all of the preset's rules of its kind.
        kinds = {rule.kind for rule in implied}
        added = tuple(
            _softened(rule, option)
            for rule in implied_rules(problem)
            if rule in implied or (rule in preset and rule.kind in kinds)
        )
        return problem.with_(rules=(*rules, *added), contracts=contracts)
    pins = tuple(
        pin
        for pin in problem.pins
        if RelaxedPin(pin.agent_id, pin.date).described().option != option
    )
    leave = tuple(
        row
        for row in problem.leave
        if RelaxedLeave(row.agent_id, row.date).described().option != option
    )
    rows = tuple(
        row
        for row in problem.availability
        if not row.hard or RelaxedAvailability(row.agent_id).described().option != option
    )
    kept = (pins, leave, rows)
    if kept == (problem.pins, problem.leave, problem.availability):
        return None
    return problem.with_(pins=pins, leave=leave, availability=rows)


def _softened(rule: Rule, name: str) -> Rule:
    if not rule.hard or rule.label != name:
        return rule
    return rule.model_copy(update={"severity": RELAXED_WEIGHT})
