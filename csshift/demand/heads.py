"""From a forecast of one skill to the heads that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csshift.demand.calls import (
    erlang_a,
    erlang_a_agents,
    erlang_c_agents,
    erlang_c_service_level,
    erlang_c_wait_probability,
    offered_erlangs,
)
from csshift.demand.chat import ChatTarget, chat_agents, chat_team
from csshift.demand.chat_work import ChatWork, best_response_share, sessions_per_hour
from csshift.demand.search import Floats, TooManyAgentsError, demand_array
from csshift.errors import Fault, InputError
from csshift.model.skills import Skill

Model = Literal["erlang-c", "erlang-a", "chat-chain", "workload"]

# No team is larger; a busier interval is a slip in the forecast or in the handle time.
MOST_HEADS = 100_000


@dataclass(frozen=True, eq=False)
class Heads:
    """Heads for each interval and where they come from; arrays of the forecast's shape.

    Parameters
    ----------
    heads : array of float
        Heads of efficiency 1 to be scheduled: `agents` / (1 - shrinkage).
    agents : array of float
        Agents at work on inquiries, before shrinkage. Whole numbers for calls and chats, whose
        models know no half agent; fractions for work that can be spread.
    occupancy : array of float
        Busy share of the agents' time, 0 without inquiries.
    service : array of float
        Predicted service level: share of the calls answered, or of the replies given, within
        their threshold; 1 without inquiries, and for work that the heads cover whole.
    response_seconds : array of float
        Predicted mean time of a reply in chats, of the wait for an answer in calls, 0 in other
        work; of one agent without other work where there are no inquiries.
    model : str
        The model that was used.
    explanation : str
        One line that names the model and its inputs.
    """

    heads: Floats
    agents: Floats
    occupancy: Floats
    service: Floats
    response_seconds: Floats
    model: Model
    explanation: str


def heads_for(skill: Skill, inquiries: NDArray[np.float64], interval_minutes: int) -> Heads:
    """Return the heads that serve a forecast of one skill.

    Parameters
    ----------
    skill : Skill
        Channel, work and targets.
    inquiries : array of float
        Inquiries that arrive in each interval, of any shape; those that a bot will answer
        (`bot_share` of the skill) are among them.
    interval_minutes : int
        Length of an interval.

    Returns
    -------
    Heads

    Raises
    ------
    InputError
        When the skill lacks what its channel needs, its targets cannot be met by any number of
        agents, or an interval would take more than 100,000 heads.
    ValueError
        When `inquiries` holds a value that is negative or not finite.
    """
    values = demand_array(inquiries) * (1 - skill.bot_share)
    _reject_faults(skill, values, interval_minutes)
    try:
        model, agents, occupancy, service, response = _CHANNELS[skill.channel](
            skill, values, interval_minutes
        )
    except TooManyAgentsError as error:
        raise InputError([too_many_heads(skill, float(np.max(values)))]) from error
    if np.max(agents, initial=0.0) / (1 - skill.shrinkage) > MOST_HEADS:
        raise InputError([too_many_heads(skill, float(np.max(values)))])
    idle = values == 0
    return Heads(
        heads=agents / (1 - skill.shrinkage),
        agents=agents,
        occupancy=np.where(idle, 0.0, np.minimum(occupancy, 1.0)),
        service=np.where(idle, 1.0, service),
        response_seconds=response,
        model=model,
        explanation=explain(skill, model),
    )


def full_load(skill: Skill, interval_minutes: int) -> float:
    """Return the inquiries that a scheduled head takes in an interval when always busy.

    Chats: with all its sessions open all the time. Others: one after the other, whatever the
    limit on occupancy. The part of paid time that shrinkage takes is left out; efficiency is 1.

    Parameters
    ----------
    skill : Skill
    interval_minutes : int

    Raises
    ------
    InputError
        When the skill lacks what its channel needs.
    """
    if skill.channel == "chat":
        an_hour = float(sessions_per_hour(_chat_work(skill))[-1])
    else:
        an_hour = 3600 / _handle_seconds(skill)
    return an_hour * interval_minutes / 60 * (1 - skill.shrinkage)


_Figures = tuple[Model, Floats, Floats, Floats, Floats]


def _calls(skill: Skill, inquiries: Floats, interval_minutes: int) -> _Figures:
    handle, within = _handle_seconds(skill), skill.answer_within_seconds
    load = offered_erlangs(inquiries, interval_minutes, handle)
    goal = (skill.service_level, within, skill.max_occupancy)
    if skill.patience_seconds is None:
        agents = erlang_c_agents(
            inquiries, interval_minutes, handle, *goal, most=MOST_HEADS
        ).astype(np.float64)
        service = erlang_c_service_level(load, agents, handle, within)
        spare = np.maximum(agents - load, 1e-9)
        wait = erlang_c_wait_probability(load, agents) * handle / spare
        return "erlang-c", agents, load / np.maximum(agents, 1), service, wait
    patience = skill.patience_seconds
    agents = erlang_a_agents(
        inquiries, interval_minutes, handle, patience, *goal, most=MOST_HEADS
    ).astype(np.float64)
    queue = erlang_a(load, agents, handle, patience, within)
    occupancy = load * (1 - queue.abandonment) / np.maximum(agents, 1)
    return "erlang-a", agents, occupancy, queue.service_level, queue.mean_wait_seconds


def _chats(skill: Skill, inquiries: Floats, interval_minutes: int) -> _Figures:
    work = _chat_work(skill)
    target = ChatTarget(
        skill.mean_response_seconds,
        skill.response_within_seconds,
        skill.service_level,
        skill.max_occupancy,
    )
    agents = chat_agents(inquiries, interval_minutes, work, target, most=MOST_HEADS)
    team = chat_team(inquiries, interval_minutes, work, agents, skill.response_within_seconds)
    return (
        "chat-chain",
        agents.astype(np.float64),
        team.occupancy,
        team.response_share,
        team.mean_response_seconds,
    )


def _workload(skill: Skill, inquiries: Floats, interval_minutes: int) -> _Figures:
    load = offered_erlangs(inquiries, interval_minutes, _handle_seconds(skill))
    occupancy = np.full_like(load, skill.max_occupancy)
    return "workload", load / skill.max_occupancy, occupancy, np.ones_like(load), 0 * load


_CHANNELS = {"call": _calls, "chat": _chats, "deferrable": _workload}


def _chat_work(skill: Skill) -> ChatWork:
    return ChatWork(
        skill.reply_seconds,
        skill.customer_gap_seconds,
        skill.replies_per_session,
        skill.sessions_at_once,
    )


def _handle_seconds(skill: Skill) -> float:
    if skill.handle_seconds is None:
        raise InputError(
            [
                _fault(
                    skill,
                    "handle_seconds",
                    "a forecast of this skill cannot be turned into heads without it",
                    "give the mean seconds of work for one inquiry, or heads in requirements.csv",
                )
            ]
        )
    return skill.handle_seconds


def _reject_faults(skill: Skill, inquiries: Floats, interval_minutes: int) -> None:
    faults = _unreachable(skill) if skill.channel == "chat" else []
    if skill.channel == "chat":
        work_seconds = skill.reply_seconds * skill.replies_per_session
    else:
        work_seconds = _handle_seconds(skill)
    most = float(np.max(inquiries, initial=0.0))
    heads = most * work_seconds / (60 * interval_minutes * skill.max_occupancy)
    if heads / (1 - skill.shrinkage) > MOST_HEADS:
        faults.append(too_many_heads(skill, most))
    if faults:
        raise InputError(faults)


def too_many_heads(skill: Skill, inquiries: float, *, backlog: bool = False) -> Fault:
    """Return the fault of a skill that takes more than `MOST_HEADS` in an interval.

    Parameters
    ----------
    skill : Skill
    inquiries : float
        The most in an interval, or the backlog.
    backlog : bool
        Which of them it is.
    """
    return Fault(
        table="problem.toml" if backlog else "forecast.csv",
        column=f"skills.{skill.name}.backlog" if backlog else "inquiries",
        value=f"{inquiries:g}",
        problem=f"skill {skill.name!r} would take more than {MOST_HEADS:,} heads in an interval",
        remedy="correct this number, or the skill's work, targets, occupancy and shrinkage",
    )


def _unreachable(skill: Skill) -> list[Fault]:
    """Return the chat targets that even agents with a single session miss."""
    faults = []
    limit = skill.mean_response_seconds
    if limit is not None and limit <= skill.reply_seconds:
        faults.append(
            _fault(
                skill,
                "mean_response_seconds",
                "no number of agents answers faster than the work on one reply takes",
                f"give more than reply_seconds ({skill.reply_seconds:g})",
                f"{limit:g}",
            )
        )
    best = best_response_share(_chat_work(skill), skill.response_within_seconds)
    if skill.service_level >= best:
        faults.append(
            _fault(
                skill,
                "service_level",
                "no number of agents gives that share of replies within "
                f"{skill.response_within_seconds:g} s",
                f"give less than {best:.4f}, or raise response_within_seconds",
                f"{skill.service_level:g}",
            )
        )
    return faults


def _fault(skill: Skill, field: str, problem: str, remedy: str, value: str | None = None) -> Fault:
    column = f"skills.{skill.name}.{field}"
    return Fault(table="problem.toml", column=column, problem=problem, remedy=remedy, value=value)


def explain(skill: Skill, model: Model) -> str:
    """Return one line that names a model and its inputs.

    Parameters
    ----------
    skill : Skill
        Gives the inputs.
    model : str
        The model that turned its forecast into heads.
    """
    limits = f"occupancy up to {_percent(skill.max_occupancy)}"
    limits += f", shrinkage {_percent(skill.shrinkage)}"
    if skill.bot_share:
        limits += f", a bot answers {_percent(skill.bot_share)}"
    if model == "workload":
        window = "" if skill.working_window is None else f" between {skill.working_window}"
        when = f"within {skill.deadline_hours:g} h{window}, where most time is to spare"
        return f"workload: {skill.handle_seconds:g} s an inquiry, {when}; {limits}"
    level = _percent(skill.service_level)
    if model == "chat-chain":
        mean = skill.mean_response_seconds
        goal = "" if mean is None else f"mean response up to {mean:g} s, "
        return (
            f"chat chain: {skill.reply_seconds:g} s a reply, customer gap "
            f"{skill.customer_gap_seconds:g} s, {skill.replies_per_session:g} replies a session, "
            f"up to {skill.sessions_at_once} sessions at once; {goal}{level} of replies within "
            f"{skill.response_within_seconds:g} s, {limits}"
        )
    goal = f"{level} answered within {skill.answer_within_seconds:g} s, {limits}"
    if model == "erlang-c":
        return f"Erlang C: {skill.handle_seconds:g} s a call, nobody gives up; {goal}"
    patience = f"patience {skill.patience_seconds:g} s"
    return f"Erlang A: {skill.handle_seconds:g} s a call, {patience}; {goal}"


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
