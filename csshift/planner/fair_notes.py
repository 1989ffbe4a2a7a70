"""What rules share fairly: a line for people, and the balances that the next plan starts from."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from csshift.instance import Instance
from csshift.model.notes import Note
from csshift.model.people import Balance
from csshift.model.roster import Roster
from csshift.rules.fair import Fair
from csshift.rules.quota import RestQuota
from csshift.rules.shares import PARTS, totals

THOUSANDTH = Decimal("0.001")


def fair_notes(instance: Instance, roster: Roster) -> Iterator[Note]:
    """Yield a line for each rule on fair shares: how much everybody has, and who is apart."""
    schedule = instance.schedule(roster.assignments)
    for rule in instance.effective_rules:
        if isinstance(rule, Fair) and (text := rule.summary(schedule)):
            chinese = rule.summary(schedule, "zh")
            yield Note(code="fair-shares", text=text, text_zh=chinese, rules=(rule.label,))


def next_balances(instance: Instance, roster: Roster) -> tuple[Balance, ...]:
    """Return what agents had and owed up to the last planned day, for the next plan.

    Balances that no rule of the problem uses are carried on as they are.
    """
    schedule = instance.schedule(roster.assignments)
    found: dict[tuple[str, str], Balance] = {
        (row.what, row.agent_id): row for row in instance.problem.balances
    }
    used: set[str] = set()
    grid = schedule.grid
    for rule in instance.effective_rules:
        if not isinstance(rule, Fair | RestQuota) or rule.what in used:
            continue
        used.add(rule.what)
        agents = rule.chosen(grid)
        if isinstance(rule, RestQuota):
            taken, due = rule.balance(grid, schedule.worked, grid.days)
            done, owed, scale = taken[agents], due[agents], PARTS
        else:
            counted = rule.counted(grid)
            done, owed, _ = totals(counted, agents, schedule.shift, rule.what, rule.since)
            scale = PARTS * counted.unit
        for place, agent in enumerate(agents.tolist()):
            balance = Balance(
                agent_id=instance.agents[agent].agent_id,
                what=rule.what,
                count=_rounded(int(done[place]), scale),
                owed=_rounded(int(owed[place]), scale),
                until=instance.horizon.end,
            )
            found[rule.what, balance.agent_id] = balance
    return tuple(found.values())


def _rounded(number: int, scale: int) -> Decimal:
    return (Decimal(number) / scale).quantize(THOUSANDTH)
