"""The judgement of a roster as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from csshift.instance import Instance
from csshift.model.entity import MINUTES_PER_DAY, Span, clock
from csshift.model.people import Leave, Request
from csshift.model.roster import Roster
from csshift.model.score import Finding, Score
from csshift.model.shifts import Shift
from csshift.rules.base import Rule, Violation
from csshift.scoring.coverage import judge_coverage
from csshift.scoring.deferrable import judge_deferrable
from csshift.scoring.duties import judge_duties
from csshift.scoring.names import require_known

LABOUR, REQUESTS, RETIRED = "labour cost", "requests", "retired shifts"


def score(instance: Instance, roster: Roster) -> Score:
    """Judge a roster with its hourly plan.

    Parameters
    ----------
    instance : Instance
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
    require_known(instance, roster)
    cells, covered = judge_coverage(instance, roster)
    findings = [
        *_availability(instance, roster),
        *_pins(instance, roster),
        *_rules(instance, roster),
        *judge_duties(instance, roster),
        *_requests(instance, roster),
        *covered,
    ]
    points = [(finding.rule, cost) for finding, cost in findings]
    points.append((LABOUR, _labour(instance, roster)))
    penalties: dict[str, Fraction] = {}
    for rule, cost in points:
        if cost:
            penalties[rule] = penalties.get(rule, Fraction(0)) + cost
    hard = tuple(finding for finding, cost in findings if not cost)
    soft = tuple(finding for finding, cost in findings if cost and finding.text)
    hours = Decimal(instance.horizon.interval_minutes) / 60
    return Score(
        objective=float(sum(penalties.values())),
        penalties={rule: float(cost) for rule, cost in penalties.items()},
        violations=hard,
        broken=soft,
        coverage=cells,
        required_hours=hours * sum((cell.required for cell in cells), Decimal(0)),
        shortage_hours=hours * sum((cell.shortage for cell in cells), Decimal(0)),
        inquiries=sum(cell.inquiries for cell in cells),
        unserved_inquiries=sum(
            cell.inquiries * float(cell.shortage / cell.required) for cell in cells
        ),
        deferred=judge_deferrable(instance, roster),
    )


def _availability(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    """Find work during leave and outside the employment, and shifts that are not in use."""
    grid = instance.grid
    leave: dict[tuple[str, Date], list[Leave]] = {}
    for row in instance.problem.leave:
        leave.setdefault((row.agent_id, row.date), []).append(row)
    for entry in roster.assignments:
        agent = instance.agents[grid.agent_index[entry.agent_id]]
        shift = instance.shifts[grid.shift_index[entry.shift]]
        # Leave that starts on the day before can last past midnight, and so can the shift.
        near = (entry.date + timedelta(days=later) for later in (-1, 0, 1))
        found = [
            ("leave", text)
            for date in near
            for row in leave.get((entry.agent_id, date), ())
            for text in _during(row, shift, entry.date)
        ]
        if not agent.employed(entry.date):
            found.append(("employment", f"works {shift.code} while not employed"))
        elif shift.end > MINUTES_PER_DAY and not agent.employed(entry.date + timedelta(days=1)):
            until = clock(shift.end - MINUTES_PER_DAY)
            text = f"works {shift.code} until {until} on the day after the last day of employment"
            found.append(("employment", text))
        if shift.end_date is not None and entry.date > shift.end_date:
            found.append((RETIRED, f"works {shift.code}, in use until {shift.end_date}"))
        for rule, text in found:
            yield _finding(rule, entry.agent_id, entry.date, text), Fraction(0)


def _during(row: Leave, shift: Shift, date: Date) -> Iterator[str]:
    """Yield what is wrong with a shift that starts on a date, minutes within leave counted."""
    offset = (row.date - date).days * MINUTES_PER_DAY
    start, end = row.hours or (0, MINUTES_PER_DAY)
    inside = sum(
        max(0, min(span.end, offset + end) - max(span.start, offset + start))
        for span in shift.hours
    )
    if inside:
        hours = f" {row.hours}" if row.hours else ""
        yield f"works {shift.code}, {inside / 60:g} h of it during leave on {row.date}{hours}"


def at_work_on(instance: Instance, roster: Roster) -> dict[tuple[str, Date], list[str]]:
    """Return the shifts of which hours lie on each calendar day of each agent, by start.

    A night counts on the day on which it starts and on the next one, if it runs past midnight.
    """
    shifts = {shift.code: shift for shift in instance.shifts}
    found: dict[tuple[str, Date], list[str]] = {}
    for entry in sorted(roster.assignments, key=lambda entry: entry.date):
        midnights = -(-shifts[entry.shift].end // MINUTES_PER_DAY)
        for later in range(midnights):
            day = Span(later * MINUTES_PER_DAY, (later + 1) * MINUTES_PER_DAY)
            if shifts[entry.shift].overlap(day):
                key = entry.agent_id, entry.date + timedelta(days=later)
                found.setdefault(key, []).append(entry.shift)
    return found


def _pins(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    if not instance.planned.pins:
        return
    worked = {(entry.agent_id, entry.date): entry.shift for entry in roster.assignments}
    at_work = at_work_on(instance, roster)
    for pin in instance.planned.pins:
        key = pin.agent_id, pin.date
        got, wanted = worked.get(key), pin.shift or "day off"
        if pin.shift is None:
            got = " and ".join(at_work.get(key, ())) or None
        if got != pin.shift:
            text = f"{got or 'off'} instead of the pinned {wanted}"
            yield _finding("pins", pin.agent_id, pin.date, text), Fraction(0)


def _finding(rule: str, agent_id: str, date: object, text: str) -> Finding:
    return Finding.model_validate({"rule": rule, "agent_id": agent_id, "date": date, "text": text})


def _rules(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    schedule = instance.schedule(roster.assignments)
    for rule in instance.effective_rules:
        for violation in rule.violations(schedule):
            yield _broken(instance, rule, violation), rule.weight * violation.amount


def _broken(instance: Instance, rule: Rule, violation: Violation) -> Finding:
    grid = instance.grid
    agent, day = violation.agent, violation.day
    date = None
    if day is not None:
        date = instance.horizon.start + timedelta(days=day - grid.history_days)
    return Finding(
        rule=rule.label,
        amount=float(violation.amount),
        points=float(rule.weight * violation.amount),
        agent_id=None if agent is None else instance.agents[agent].agent_id,
        date=date,
        text=violation.text,
    )


def broken_requests(instance: Instance, roster: Roster) -> list[tuple[Request, str | None]]:
    """Return the wishes that a roster does not grant, each with what is worked instead.

    A wish to be off is judged by the hours at work on that calendar day, so that the night of
    the day before breaks it; wishes to work and wishes about a shift by the day on which the
    shift starts. Shifts of the history break no wish.
    """
    if not instance.planned.requests:
        return []
    worked = {(entry.agent_id, entry.date): entry.shift for entry in roster.assignments}
    at_work = at_work_on(instance, roster)
    broken: list[tuple[Request, str | None]] = []
    for request in instance.planned.requests:
        key = request.agent_id, request.date
        got = worked.get(key)
        if request.want == "off" and request.shift is None:
            got = " and ".join(at_work.get(key, ())) or None
        met = got is not None if request.shift is None else got == request.shift
        if met != (request.want == "work"):
            broken.append((request, got))
    return broken


def _requests(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    for request, got in broken_requests(instance, roster):
        cost = Fraction(request.weight) * Fraction(instance.weights.request)
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


def _labour(instance: Instance, roster: Roster) -> Fraction:
    rate = {contract.name: Fraction(contract.cost_per_hour) for contract in instance.contracts}
    grid = instance.grid
    minutes: Counter[str] = Counter()
    for entry in roster.assignments:
        contract = instance.agents[grid.agent_index[entry.agent_id]].contract
        if contract is not None:
            minutes[contract] += instance.shifts[grid.shift_index[entry.shift]].paid_minutes
    return sum((rate[name] * Fraction(paid, 60) for name, paid in minutes.items()), Fraction(0))
