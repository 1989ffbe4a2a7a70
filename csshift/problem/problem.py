"""The problem: everything that a roster depends on, cross-references validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from csshift.errors import InputError
from csshift.model.availability import Availability
from csshift.model.calendar import Holiday, LabourTerms
from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.duties import Duty
from csshift.model.entity import Entity, Name
from csshift.model.horizon import DateSpan, Horizon
from csshift.model.people import Agent, Balance, Contract, Leave, Pin, Request
from csshift.model.roster import Assignment, DutyTurn
from csshift.model.shifts import Shift
from csshift.model.skills import BUILT_IN_SKILLS, Skill
from csshift.model.weights import Weights
from csshift.problem.faults import find_faults
from csshift.rules.base import Rule
from csshift.rules.registry import AnyRule, in_points
from csshift.rules.severity import Levels

PoolSetting = (
    Literal["auto", "separate"] | tuple[Annotated[tuple[Name, ...], Field(min_length=1)], ...]
)


class Problem(Entity):
    """A scheduling problem.

    Parameters
    ----------
    name : str
        Title.
    horizon : Horizon
        The planned days and their intervals.
    agents, shifts : tuple of Agent, tuple of Shift
        Who can work, and what.
    skills : tuple of Skill
        Declared skills; the built-in ones exist without being declared.
    stores : tuple of str
        Stores without demand of their own; those of the demand are known anyway.
    pools : {"auto", "separate"} or tuple of tuple of str
        Which stores are one queue for a skill, where heads come from a forecast: those with the
        same agents; none; or those of each group, served by whoever serves one of its stores.
    contracts, rules, duties : tuple
        Terms, conditions and daily duties.
    severities : dict of str to Decimal
        Points of levels of severity, by names that rules give as their `severity`. ``low`` (10),
        ``medium`` (100), ``high`` (1,000) and ``critical`` (10,000) exist without being declared,
        and can be given other points.
    labour : str or None
        Preset of labour rules, such as ``standard``, whose rules hold beside `rules`; one of
        `rules` takes the place of the preset's of its kind. ``none`` is no preset; None is no
        preset and no notes on what nothing limits. A problem folder that does not name one has
        ``standard`` if it has no rules, else ``none``.
    labour_terms : LabourTerms
        Whether the preset binds or reports, its calendar, and figures that differ.
    holidays : tuple of Holiday
        Statutory holidays, other days off and make-up workdays, in place of a published calendar.
    spans : tuple of DateSpan
        Dates under names, which rules use as periods and to say when they hold.
    forecast, requirements : tuple
        Demand; a requirement beats the forecast of the same cell.
    availability : tuple of Availability
        What people can work, or cannot, week by week.
    leave, requests, pins : tuple
        What is settled or wished for single days. Leave may lie before or after the horizon.
    history, history_duties : tuple
        Assignments and duty turns before the horizon. They may name people who have left, who
        are ignored, and shifts that are no longer in use; the notes of a result say which.
    balances : tuple of Balance
        What agents had and owed of nights, weekends and other things before the plan.
    weights : Weights
        The objective.

    Raises
    ------
    InputError
        When entities contradict or miss one another; carries every fault that was found.
    """

    name: str = ""
    horizon: Horizon
    agents: Annotated[tuple[Agent, ...], Field(min_length=1)]
    shifts: Annotated[tuple[Shift, ...], Field(min_length=1)]
    skills: tuple[Skill, ...] = ()
    stores: tuple[Name, ...] = ()
    pools: PoolSetting = "auto"
    contracts: tuple[Contract, ...] = ()
    severities: Levels = Field(default_factory=dict)
    rules: tuple[AnyRule, ...] = ()
    labour: str | None = None
    labour_terms: LabourTerms = LabourTerms()
    holidays: tuple[Holiday, ...] = ()
    spans: tuple[DateSpan, ...] = ()
    duties: tuple[Duty, ...] = ()
    forecast: tuple[ForecastCell, ...] = ()
    requirements: tuple[RequirementCell, ...] = ()
    availability: tuple[Availability, ...] = ()
    leave: tuple[Leave, ...] = ()
    requests: tuple[Request, ...] = ()
    pins: tuple[Pin, ...] = ()
    history: tuple[Assignment, ...] = ()
    history_duties: tuple[DutyTurn, ...] = ()
    balances: tuple[Balance, ...] = ()
    weights: Weights = Weights()

    @field_validator("rules", mode="after")
    @classmethod
    def _in_points(cls, rules: tuple[Rule, ...], info: ValidationInfo) -> tuple[Rule, ...]:
        return in_points(rules, info.data.get("severities", {}))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = find_faults({name: getattr(self, name) for name in type(self).model_fields})
        if faults:
            raise InputError(faults)
        return self

    def __repr__(self) -> str:
        horizon = self.horizon
        return (
            f"<Problem {self.name!r}: {horizon.start} to {horizon.end}, {len(self.agents)} agents, "
            f"{len(self.shifts)} shifts, {len(self.rules)} rules, {len(self.duties)} duties, "
            f"{len(self.forecast)} forecast and {len(self.requirements)} requirement rows>"
        )

    __str__ = __repr__

    def with_(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, validated as a new problem is.

        Parameters
        ----------
        **changes
            New values by name of the field, as the constructor takes them.

        Raises
        ------
        InputError
            When the changed parts contradict or miss one another.
        pydantic.ValidationError
            When a value does not fit its field, or there is no such field.

        Examples
        --------
        >>> busy = problem.with_(forecast=tripled)  # doctest: +SKIP
        """
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return type(self)(**given | changes)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy; with an `update` it is validated, as `with_` does."""
        copied = super().model_copy(deep=deep)
        return copied.with_(**update) if update else copied

    @property
    def known_skills(self) -> dict[str, Skill]:
        """Every skill by name: built-in ones first, then the declared ones."""
        built_in = {name: Skill(name=name) for name in BUILT_IN_SKILLS}
        return built_in | {skill.name: skill for skill in self.skills}

    @property
    def known_stores(self) -> tuple[str, ...]:
        """Every store, in order of name."""
        cells: tuple[ForecastCell | RequirementCell, ...] = (*self.forecast, *self.requirements)
        named = {cell.store for cell in cells} | set(self.stores)
        named |= {store for duty in self.duties for group in duty.groups for store in group}
        named |= {store for agent in self.agents for store in agent.stores}
        return tuple(sorted(named))
