"""The judgement of a roster as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from csshift.check.coverage import judge_coverage
from csshift.check.deferrable import judge_deferrable
from csshift.check.duties import judge_duties
from csshift.check.names import require_known
from csshift.check.score import Finding, Score
from csshift.model.roster import Roster
from csshift.problem import Problem
from csshift.rules.base import Rule, Violation

LABOUR, REQUESTS = "labour cost", "requests"


def score(problem: Problem, roster: Roster) -> Score:
    """Judge a roster with its hourly plan.

    Parameters
    ----------
    problem : Problem
    roster : Roster
        A roster without an allocation serves nobody; see `csshift.check` for one that has
        none yet.

    Returns
    -------
    Score

    Raises
    ------
    InputError
        When the roster names what the problem does not know.
    """
    require_known(problem, roster)
    cells, covered = judge_coverage(problem, roster)
    findings = [
        *_availability(problem, roster),
        *_pins(problem, roster),
        *_rules(problem, roster),
        *judge_duties(problem, roster),
        *_requests(problem, roster),
        *covered,
    ]
    points = [(finding.rule, cost) for finding, cost in findings]
    points.append((LABOUR, _labour(problem, roster)))
    penalties: dict[str, Fraction] = {}
    for rule, cost in points:
        if cost:
            penalties[rule] = penalties.get(rule, Fraction(0)) + cost
    hard = tuple(finding for finding, cost in findings if not cost)
    soft = tuple(finding for finding, cost in findings if cost and finding.text)
    hours = Decimal(problem.horizon.interval_minutes) / 60
    return Score(
        objective=float(sum(penalties.values())),
        penalties={rule: float(cost) for rule, cost in penalties.items()},
        violations=hard,
        broken=soft,
        coverage=cells,
        required_hours=hours * sum((cell.required for cell in cells), Decimal(0)),
        shortage_hours=hours * sum((cell.shortage for cell in cells), Decimal(0)),
        deferred=judge_deferrable(problem, roster),
    )


def _availability(problem: Problem, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    staffing = problem.staffing
    away = {(leave.agent_id, leave.date) for leave in problem.leave}
    for entry in roster.assignments:
        agent = problem.agents[staffing.agent_index[entry.agent_id]]
        for rule, broken in (
            ("leave", (entry.agent_id, entry.date) in away),
            ("employment", not agent.employed(entry.date)),
        ):
            if broken:
                text = f"works {entry.shift} outside what {rule} allows"
                yield _finding(rule, entry.agent_id, entry.date, text), Fraction(0)


def _pins(problem: Problem, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    worked = {(entry.agent_id, entry.date): entry.shift for entry in roster.assignments}
    for pin in problem.planned.pins:
        got = worked.get((pin.agent_id, pin.date))
        if got != pin.shift:
            text = f"{got or 'off'} instead of the pinned {pin.shift or 'day off'}"
            yield _finding("pins", pin.agent_id, pin.date, text), Fraction(0)


def _finding(rule: str, agent_id: str, date: object, text: str) -> Finding:
    return Finding.model_validate({"rule": rule, "agent_id": agent_id, "date": date, "text": text})


def _rules(problem: Problem, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    schedule = problem.schedule(roster.assignments)
    for rule in problem.effective_rules:
        for violation in rule.violations(schedule):
            yield _broken(problem, rule, violation), rule.weight * violation.amount


def _broken(problem: Problem, rule: Rule, violation: Violation) -> Finding:
    staffing = problem.staffing
    agent, day = violation.agent, violation.day
    date = None
    if day is not None:
        date = problem.horizon.start + timedelta(days=day - staffing.history_days)
    return Finding(
        rule=rule.label,
        amount=float(violation.amount),
        points=float(rule.weight * violation.amount),
        agent_id=None if agent is None else problem.agents[agent].agent_id,
        date=date,
        text=violation.text,
    )


def _requests(problem: Problem, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    worked = {(entry.agent_id, entry.date): entry.shift for entry in roster.assignments}
    for request in problem.planned.requests:
        got = worked.get((request.agent_id, request.date))
        met = got is not None if request.shift is None else got == request.shift
        if met == (request.want == "work"):
            continue
        cost = Fraction(request.weight) * Fraction(problem.weights.request)
        text = f"wanted {request.want}{' ' + request.shift if request.shift else ''}"
        finding = Finding(
            rule=REQUESTS,
            amount=float(request.weight),
            points=float(cost),
            agent_id=request.agent_id,
            date=request.date,
            text=f"{text}, got {got or 'off'}",
        )
        if cost:
            yield finding, cost


def _labour(problem: Problem, roster: Roster) -> Fraction:
    rate = {contract.name: Fraction(contract.cost_per_hour) for contract in problem.contracts}
    staffing = problem.staffing
    minutes: Counter[str] = Counter()
    for entry in roster.assignments:
        contract = problem.agents[staffing.agent_index[entry.agent_id]].contract
        if contract is not None:
            minutes[contract] += problem.shifts[staffing.shift_index[entry.shift]].paid_minutes
    return sum((rate[name] * Fraction(paid, 60) for name, paid in minutes.items()), Fraction(0))
