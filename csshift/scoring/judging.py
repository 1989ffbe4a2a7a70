"""The judgement of a roster as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from csshift.instance import Instance
from csshift.model.availability import obstacle, rows_by_agent
from csshift.model.entity import MINUTES_PER_DAY, Span, clock
from csshift.model.people import Leave, Pin, Request
from csshift.model.roster import Roster
from csshift.model.score import Finding, Score
from csshift.model.shifts import Shift
from csshift.rules.base import Violation
from csshift.rules.grid import OFF
from csshift.scoring.coverage import hourly_plan, score_coverage
from csshift.scoring.deferrable import score_deferrable
from csshift.scoring.duties import score_duties
from csshift.scoring.names import require_known
from csshift.scoring.targets import score_level, score_targets

LABOUR, REQUESTS, RETIRED = "labour cost", "requests", "retired shifts"
AVAILABILITY, STANDBY = "availability", "standby"


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
    plan = hourly_plan(instance, roster)
    cells, covered = score_coverage(instance, plan)
    findings = [
        *_availability(instance, roster),
        *_pins(instance, roster),
        *_rules(instance, roster),
        *score_duties(instance, roster),
        *_requests(instance, roster),
        *score_targets(instance, roster),
        *score_level(instance, roster),
        *covered,
    ]
    points = [(finding.rule, cost) for finding, cost in findings]
    points.append((LABOUR, _labour(instance, roster)))
    points.append((STANDBY, _standby(instance, roster)))
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
        reported=tuple(_reported(instance, roster)),
        coverage=cells,
        required_hours=hours * sum((cell.required for cell in cells), Decimal(0)),
        shortage_hours=hours * sum((cell.shortage for cell in cells), Decimal(0)),
        deferred=score_deferrable(instance, plan),
        shortage_price=float(instance.weights.shortage),
        inquiries=sum(cell.inquiries for cell in cells),
        unserved_inquiries=sum(
            cell.inquiries * float(cell.shortage / cell.required) for cell in cells
        ),
    )


def _availability(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    """Find work during leave, outside the employment or availability, and old shifts."""
    grid = instance.grid
    leave: dict[tuple[str, Date], list[Leave]] = {}
    for row in instance.problem.leave:
        if -1 <= instance.horizon.index(row.date) <= instance.horizon.days:
            # Leave that starts on the day before can last past midnight, and so can the shift.
            for later in (1, 0, -1):
                key = row.agent_id, row.date + timedelta(days=later)
                leave.setdefault(key, []).append(row)
    said = rows_by_agent(instance.problem.availability, hard=True)
    for entry in roster.assignments:
        agent = instance.agents[grid.agent_index[entry.agent_id]]
        shift = instance.shifts[grid.shift_index[entry.shift]]
        found = [
            ("leave", f"works {shift.code}, {inside / 60:g} h of it during leave on {_when(row)}")
            for row in leave.get((entry.agent_id, entry.date), ())
            if (inside := row.overlap(shift, entry.date))
        ]
        if not agent.employed(entry.date):
            found.append(("employment", f"works {shift.code} while not employed"))
        elif shift.end > MINUTES_PER_DAY and not agent.employed(entry.date + timedelta(days=1)):
            until = clock(shift.end - MINUTES_PER_DAY)
            text = f"works {shift.code} until {until} on the day after the last day of employment"
            found.append(("employment", text))
        if shift.end_date is not None and entry.date > shift.end_date:
            found.append((RETIRED, f"works {shift.code}, in use until {shift.end_date}"))
        against = obstacle(said.get(entry.agent_id, ()), shift, entry.date)
        if against is not None:
            found.append((AVAILABILITY, f"works {shift.code}, but works {against}"))
        for rule, text in found:
            yield _finding(rule, entry.agent_id, entry.date, text), Fraction(0)


def _when(row: Leave) -> str:
    return f"{row.date} {row.hours}" if row.hours else str(row.date)


class _Worked:
    """The shifts of a roster by agent and date."""

    def __init__(self, instance: Instance, roster: Roster) -> None:
        grid = instance.grid
        self.instance = instance
        self.planned = instance.schedule(roster.assignments).shift[:, grid.history_days :]
        self.days_of = [_days_at_work(shift) for shift in instance.shifts]

    def on(self, row: Pin | Request, *, calendar: bool) -> str | None:
        """Return what the agent of a row works on its date, None for nothing.

        Parameters
        ----------
        row : Pin or Request
        calendar : bool
            Whether every shift counts that has hours on that calendar day, such as the night
            that started on the day before; otherwise only the one that starts on it.
        """
        agent = self.instance.grid.agent_index[row.agent_id]
        day = self.instance.horizon.index(row.date)
        most = max(days[-1] for days in self.days_of) if calendar else 0
        codes = []
        for ago in range(most, -1, -1):
            if 0 <= day - ago < self.instance.horizon.days:
                shift = int(self.planned[agent, day - ago])
                if shift != OFF and (not calendar or ago in self.days_of[shift]):
                    codes.append(self.instance.shifts[shift].code)
        return " and ".join(codes) or None


def _days_at_work(shift: Shift) -> list[int]:
    """Return the days, counted from the one on which a shift starts, that hold hours of it."""
    days = range(-(-shift.end // MINUTES_PER_DAY))
    return [i for i in days if shift.overlap(Span(i * MINUTES_PER_DAY, (i + 1) * MINUTES_PER_DAY))]


def _pins(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    if not instance.planned.pins:
        return
    worked = _Worked(instance, roster)
    for pin in instance.planned.pins:
        got = worked.on(pin, calendar=pin.shift is None)
        if got != pin.shift:
            text = f"{got or 'off'} instead of the pinned {pin.shift or 'day off'}"
            yield _finding("pins", pin.agent_id, pin.date, text), Fraction(0)


def _finding(rule: str, agent_id: str, date: object, text: str) -> Finding:
    return Finding.model_validate({"rule": rule, "agent_id": agent_id, "date": date, "text": text})


def _rules(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    schedule = instance.schedule(roster.assignments)
    for rule in instance.effective_rules:
        if rule.only_reports:
            continue
        weight = rule.weight
        for violation in rule.violations(schedule):
            cost = weight * violation.amount
            yield _broken(instance, rule.label, violation, cost), cost


def _reported(instance: Instance, roster: Roster) -> Iterator[Finding]:
    """Yield each place where a rule is broken that only reports."""
    schedule = instance.schedule(roster.assignments)
    for rule in instance.effective_rules:
        if rule.only_reports:
            for violation in rule.violations(schedule):
                yield _broken(instance, rule.label, violation, Fraction(0))


def _broken(instance: Instance, rule: str, violation: Violation, cost: Fraction) -> Finding:
    grid = instance.grid
    agent, day = violation.agent, violation.day
    date = None
    if day is not None:
        date = instance.horizon.start + timedelta(days=day - grid.history_days)
    return Finding(
        rule=rule,
        amount=float(violation.amount),
        points=float(cost),
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
    worked = _Worked(instance, roster)
    broken: list[tuple[Request, str | None]] = []
    codes = {
        text: {instance.shifts[i].code for i in instance.grid.shifts_wished(text)}
        for text in {request.shift for request in instance.planned.requests}
        if text is not None
    }
    for request in instance.planned.requests:
        calendar = request.want == "off" and request.shift is None
        got = worked.on(request, calendar=calendar)
        met = got is not None if request.shift is None else got in codes[request.shift]
        if met != (request.want == "work"):
            broken.append((request, got))
    return broken


def _requests(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    for request, got in broken_requests(instance, roster):
        cost = Fraction(request.weight) * instance.weights.wish_points
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
    contract_of = {agent.agent_id: agent.contract for agent in instance.agents}
    paid = {shift.code: Fraction(shift.paid_minutes, 60) for shift in instance.shifts}
    worked = Counter((contract_of[entry.agent_id], entry.shift) for entry in roster.assignments)
    costs = (rate[name] * paid[code] * n for (name, code), n in worked.items() if name is not None)
    return sum(costs, Fraction(0))


def _standby(instance: Instance, roster: Roster) -> Fraction:
    """Return what the hours on standby cost: as much as time that nobody needs."""
    length = {shift.code: shift.length for shift in instance.shifts if shift.standby}
    minutes = sum(length.get(entry.shift, 0) for entry in roster.assignments)
    return Fraction(instance.weights.surplus) * minutes / 60
