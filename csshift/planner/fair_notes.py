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
    yield from _balance_notes(instance)


def _balance_notes(instance: Instance) -> Iterator[Note]:
    """Yield the balances that nothing uses, and those that two rules would mix."""
    gone = [
        row for row in instance.problem.balances if row.agent_id not in instance.grid.agent_index
    ]
    if gone:
        people = tuple(dict.fromkeys(row.agent_id for row in gone))
        yield Note(
            code="balances-unknown-agents",
            text=f"balances.csv: {len(gone)} rows left out, of people who are not "
            f"among the agents: {', '.join(people)}",
            text_zh=f"balances.csv：{len(gone)} 行属于不在人员表中的人，未使用："
            f"{'、'.join(people)}",
            agents=people,
            count=len(gone),
        )
    sharing = [rule for rule in instance.effective_rules if isinstance(rule, Fair | RestQuota)]
    unused = {row.what for row in instance.problem.balances} - {rule.what for rule in sharing}
    if unused:
        listed = ", ".join(sorted(unused))
        yield Note(
            code="balances-unused",
            text=f"balances.csv: no rule carries a balance named {listed}; they stay as they are",
            text_zh=f"balances.csv：没有规则使用结转项目 {listed}，原样保留",
            rules=tuple(sorted(unused)),
        )
    seen: dict[str, set[int]] = {}
    for rule in sharing:
        agents = set(rule.chosen(instance.grid).tolist())
        if agents & seen.get(rule.what, set()):
            yield Note(
                code="balances-mixed",
                text=f"two rules carry balances named {rule.what} for the same people, and only "
                "those of the first are written; give each rule a name",
                text_zh=f"两条规则对同一批人使用结转项目 {rule.what}，只写出第一条的；"
                "请给每条规则取名",
                rules=(rule.label,),
            )
        seen.setdefault(rule.what, set()).update(agents)


def next_balances(instance: Instance, roster: Roster) -> tuple[Balance, ...]:
    """Return what agents had and owed up to the last planned day, for the next plan.

    Balances that no rule of the problem uses are carried on as they are; those of people who are
    no longer among the agents are left out.
    """
    schedule = instance.schedule(roster.assignments)
    found: dict[tuple[str, str], Balance] = {
        (row.what, row.agent_id): row
        for row in instance.problem.balances
        if row.agent_id in instance.grid.agent_index
    }
    written: set[tuple[str, str]] = set()
    grid = schedule.grid
    for rule in instance.effective_rules:
        if not isinstance(rule, Fair | RestQuota):
            continue
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
            key = rule.what, balance.agent_id
            if key not in written:
                found[key] = balance
                written.add(key)
    # All balances of one thing end on one day, those of people whom no rule concerns now, too.
    used = {what for what, _ in written}
    return tuple(
        row.model_copy(update={"until": instance.horizon.end}) if row.what in used else row
        for row in found.values()
    )


def _rounded(number: int, scale: int) -> Decimal:
    return (Decimal(number) / scale).quantize(THOUSANDTH)
