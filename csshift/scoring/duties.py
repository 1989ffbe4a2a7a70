"""Duties judged: who may hold them, how often, how fairly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from csshift.instance import Instance
from csshift.instance.fairness import FairShare
from csshift.model.duties import MINIMUM_OVERLAP_MINUTES, Duty
from csshift.model.people import Agent
from csshift.model.roster import DutyTurn, Roster
from csshift.model.score import Finding
from csshift.model.shifts import Shift
from csshift.model.weights import Weights

UNFILLED = "unfilled duties"
FAIRNESS = "duty fairness"


def score_duties(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    """Yield what is wrong with the duties of a roster, with its cost (0 when hard)."""
    shares = instance.fair_shares
    for duty in instance.duties:
        turns = [turn for turn in roster.duties if turn.duty == duty.name]
        for finding in _holders(instance, duty, turns, roster):
            yield finding, Fraction(0)
        for finding in _counts(instance, duty, turns):
            yield finding, Fraction(0)
        yield from _unfilled(instance, duty, turns)
        if instance.weights.duty_fairness and shares[duty.name].shared:
            yield from _unfair(instance, duty, turns, shares[duty.name])
    for finding in _overloads(instance, roster):
        yield finding, Fraction(0)


def _holders(
    instance: Instance, duty: Duty, turns: list[DutyTurn], roster: Roster
) -> Iterator[Finding]:
    grid = instance.grid
    worked = roster.shifts()
    for turn in turns:
        agent = instance.agents[grid.agent_index[turn.agent_id]]
        code = worked.get((turn.agent_id, turn.date))
        shift = None if code is None else instance.shifts[grid.shift_index[code]]
        for text in _unfit(duty, turn, agent, shift):
            yield Finding(rule=duty.name, agent_id=turn.agent_id, date=turn.date, text=text)


def _unfit(duty: Duty, turn: DutyTurn, agent: Agent, shift: Shift | None) -> Iterator[str]:
    if duty.skill not in agent.skills:
        yield f"holds the duty without the skill {duty.skill}"
    if turn.stores and not any(agent.serves(store) for store in turn.stores):
        yield f"serves none of the stores {'|'.join(turn.stores)}"
    if shift is None:
        yield "holds the duty on a day off"
        return
    if shift.standby:
        yield f"holds the duty on standby ({shift.code})"
        return
    inside = shift.overlap(duty.window)
    if inside < min(MINIMUM_OVERLAP_MINUTES, duty.window.minutes):
        yield f"works only {inside} minutes of the window {duty.window}"


def _counts(instance: Instance, duty: Duty, turns: list[DutyTurn]) -> Iterator[Finding]:
    by_group = Counter((turn.date, turn.stores) for turn in turns)
    for (date, stores), count in by_group.items():
        needed = duty.needed(date)
        if count > needed:
            where = f" for {'|'.join(stores)}" if stores else ""
            text = f"{count} holders{where}, at most {needed}"
            yield Finding(rule=duty.name, date=date, text=text)
    for (agent_id, date), count in Counter((t.agent_id, t.date) for t in turns).items():
        if count > 1:
            text = f"holds the duty {count} times on one day"
            yield Finding(rule=duty.name, agent_id=agent_id, date=date, text=text)
    if duty.max_per_week is None:
        return
    past = [turn for turn in instance.past_turns if turn.duty == duty.name]
    before = Counter(_week_of(turn) for turn in past)
    now = Counter(_week_of(turn) for turn in turns)
    for (agent_id, year, week), count in now.items():
        total = count + before[agent_id, year, week]
        if total > duty.max_per_week:
            text = f"{total} turns in week {year}-W{week:02d}, at most {duty.max_per_week}"
            yield Finding(rule=duty.name, agent_id=agent_id, text=text)


def _week_of(turn: DutyTurn) -> tuple[str, int, int]:
    year, week, _ = turn.date.isocalendar()
    return turn.agent_id, year, week


def _unfilled(
    instance: Instance, duty: Duty, turns: list[DutyTurn]
) -> Iterator[tuple[Finding, Fraction]]:
    held = Counter((turn.date, turn.stores) for turn in turns)
    weight = Fraction(instance.weights.duty_unfilled)
    if not weight:
        return
    for date in instance.horizon.dates:
        for group in duty.groups:
            missing = duty.needed(date) - held[date, group]
            if missing > 0:
                where = f" for {'|'.join(group)}" if group else ""
                finding = Finding(
                    rule=UNFILLED,
                    amount=missing,
                    points=float(weight * missing),
                    date=date,
                    text=f"{missing} of {duty.count} turns of {duty.name}{where} not filled",
                )
                yield finding, weight * missing


def _unfair(
    instance: Instance, duty: Duty, turns: list[DutyTurn], share: FairShare
) -> Iterator[tuple[Finding, Fraction]]:
    held = Counter(turn.agent_id for turn in turns)
    rows = zip(share.agents.tolist(), share.fair, share.target, share.past, strict=True)
    for position, fair, target, past in rows:
        agent_id = instance.agents[position].agent_id
        total = past + held[agent_id]
        cost = _cost_of(instance.weights, target, total)
        if cost:
            # Less than a turn is unavoidable: it costs, but is not worth a line.
            text = f"{total} turns of {duty.name}, fair would be {float(fair):.1f}"
            finding = Finding(
                rule=FAIRNESS,
                amount=float(abs(total - fair)),
                points=float(cost),
                agent_id=agent_id,
                text=text if abs(total - fair) > 1 else "",
            )
            yield finding, cost


def _cost_of(weights: Weights, target: Fraction, total: int) -> Fraction:
    """Return the points of a count.

    The k-th turn outside of the band from floor to ceiling of the target costs the weight and
    a quarter of it, less 250 / 2^(k - 1) thousandths, rounded down; a thousandth more for each
    turn beyond the ninth. The other end of the band costs its additional distance from the
    target, in fortieths of half the weight of surplus (or of fairness, if that is less).
    """
    low, high = target // 1, -(-target // 1)
    outside = Fraction(weights.duty_fairness)
    end = min(max(Fraction(total), Fraction(low)), Fraction(high))
    further = abs(end - target) - min(target - low, high - target)
    points = min(outside, Fraction(weights.surplus)) / 2 * Fraction(int(40 * further / 2), 40)
    for k in range(1, int(abs(total - end)) + 1):
        points += outside * (1250 - 250 // 2 ** (k - 1) + max(0, k - 9)) / 1000
    return points


def _overloads(instance: Instance, roster: Roster) -> Iterator[Finding]:
    """Yield agents whose duties at one time take more than all of it."""
    known = {duty.name: duty for duty in instance.duties}
    for (agent_id, date), turns in roster.turns().items():
        duties = [known[turn.duty] for turn in turns]
        for moment in {duty.window.start for duty in duties}:
            at_once = [d for d in duties if d.window.start <= moment < d.window.end]
            if len({d.name for d in at_once}) > 1 and sum(d.share for d in at_once) > 1:
                names = " and ".join(sorted(d.name for d in at_once))
                text = f"{names} together take more than all of the time"
                yield Finding(rule="duties", agent_id=agent_id, date=date, text=text)
                break
