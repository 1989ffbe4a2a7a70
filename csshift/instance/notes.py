"""Notes on a problem: what of it is left out or has no effect, known before any search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date as Date

from csshift.instance.limits import labour_notes
from csshift.instance.pools import able_agents, label
from csshift.instance.supply import Supply
from csshift.model.notes import Note
from csshift.problem.outside import DATED, looked_at, outside_rows
from csshift.rules.base import Rule, Selector

MOST_NAMED = 5
"""Names that the text of a note lists; the fields of the note hold all of them."""


def find_notes(supply: Supply) -> tuple[Note, ...]:
    """Return what a reader of any result of the problem should know."""
    return tuple(note for find in FINDERS for note in find(supply))


def _left(supply: Supply) -> Iterator[Note]:
    """Find people of the history who are not among the agents."""
    known = supply.grid.agent_index
    named = [row.agent_id for row in supply.problem.history if row.agent_id not in known]
    named += [row.agent_id for row in supply.problem.history_duties if row.agent_id not in known]
    if named:
        agents, count = tuple(dict.fromkeys(named)), len(named)
        yield Note(
            code="history-unknown-agents",
            text=f"history: {_rows(count)} ignored, of people who are not among the agents: "
            f"{_listed(agents)}",
            agents=agents,
            count=count,
        )


def _unknown_shifts(supply: Supply) -> Iterator[Note]:
    """Find shifts of the history that are not in the list, so that their hours are unknown."""
    agents, known = supply.grid.agent_index, supply.grid.shift_index
    rows = [
        row for row in supply.problem.history if row.agent_id in agents and row.shift not in known
    ]
    if rows:
        codes = tuple(dict.fromkeys(row.shift for row in rows))
        yield Note(
            code="history-unknown-shifts",
            text=f"history: {_rows(len(rows))} with a code that is not in the list of shifts "
            f"({_listed(codes)}); each counts as a day at work of unknown hours, without paid "
            "hours and without rest after it; to give the hours, add the code to the shifts "
            "with an end_date before the horizon",
            shifts=codes,
            agents=tuple(dict.fromkeys(row.agent_id for row in rows)),
            dates=tuple(sorted({row.date for row in rows})),
            count=len(rows),
        )


def _unknown_duties(supply: Supply) -> Iterator[Note]:
    """Find duties of the history that are no longer held."""
    agents, known = supply.grid.agent_index, {duty.name for duty in supply.duties}
    rows = [row for row in supply.problem.history_duties if row.agent_id in agents]
    rows = [row for row in rows if row.duty not in known]
    if rows:
        names = tuple(dict.fromkeys(row.duty for row in rows))
        yield Note(
            code="history-unknown-duties",
            text=f"past duties: {_rows(len(rows))} ignored, of duties that the problem does not "
            f"have: {_listed(names)}",
            rules=names,
            count=len(rows),
        )


def _too_old(supply: Supply) -> Iterator[Note]:
    """Find rows of the history that lie before the days on which rules look back."""
    first = supply.grid.dates[0]
    rows = [row for row in supply.problem.history if row.date < first]
    if rows:
        yield Note(
            code="history-too-old",
            text=f"history: {_rows(len(rows))} ignored, from before {first}, which is farther "
            "back than rules look",
            count=len(rows),
        )


def _rows_outside(supply: Supply) -> Iterator[Note]:
    """Find the tables with rows that are left out for their date."""
    known_from = supply.grid.dates[0]
    for table in DATED:
        rows = getattr(supply.problem, table)
        count = len(outside_rows(table, rows, supply.horizon, known_from))
        if count:
            first, last = looked_at(table, supply.horizon, known_from)
            text = _left_out(f"rows of {table}.csv", count, len(rows), first, last)
            yield Note(code="rows-outside", text=text, count=count)


def _left_out(what: str, count: int, total: int, first: Date, last: Date) -> str:
    """Return the words for what lies outside two dates."""
    verbs = ("lies", "was") if count == 1 else ("lie", "were")
    which = f"{count:,} of {total:,} {what} {verbs[0]} outside {first} to {last}"
    return f"{which} and {verbs[1]} left out"


def _overrides_outside(supply: Supply) -> Iterator[Note]:
    """Find the skills with overrides for days that are not planned."""
    for skill in supply.problem.skills:
        dates = [date for override in skill.overrides for date in override.dates]
        count = sum(date not in supply.horizon for date in dates)
        if count:
            what = f"dates in the overrides of the skill {skill.name!r}"
            text = _left_out(what, count, len(dates), supply.horizon.start, supply.horizon.end)
            yield Note(code="dates-outside", text=text, skills=(skill.name,), count=count)


def _rule_dates_outside(supply: Supply) -> Iterator[Note]:
    """Find the rules with some dates that are not planned."""
    for position, rule in enumerate(supply.problem.rules):
        dates = rule.named_dates()
        count = sum(date not in supply.horizon for date in dates)
        if count and not _without_dates(rule, supply):
            what = f"dates in {_place(position, rule)}"
            text = _left_out(what, count, len(dates), supply.horizon.start, supply.horizon.end)
            yield Note(code="dates-outside", text=text, rules=(rule.label,), count=count)


def _without_dates(rule: Rule, supply: Supply) -> bool:
    """Return whether a rule names dates, and none that it concerns is planned."""
    inside = any(date in supply.horizon for date in rule.named_dates())
    return not inside and not rule.holds_on_other_dates()


def _rules_without_effect(supply: Supply) -> Iterator[Note]:
    """Find the rules that bind nobody, whatever the roster is."""
    for position, rule in enumerate(supply.problem.rules):
        reason = _why_without_effect(rule, supply)
        if reason is not None:
            text = f"{_place(position, rule)} binds nobody: {reason}"
            yield Note(code="rule-binds-nobody", text=text, rules=(rule.label,))


def _place(position: int, rule: Rule) -> str:
    name = f"{rule.name!r}, {rule.kind}" if rule.name else rule.kind
    return f"rule {position + 1} of problem.toml ({name})"


def _why_without_effect(rule: Rule, supply: Supply) -> str | None:
    """Return why a rule has no effect whatever the roster is; None where it has one."""
    grid, horizon = supply.grid, supply.horizon
    chosen = [supply.agents[i] for i in rule.chosen(grid)]
    if not chosen:
        return f"no agent matches {_selection(rule, supply)}"
    if not any(agent.employed(date) for agent in chosen for date in horizon.dates):
        who = f"{chosen[0].agent_id}, whom it selects, is"
        if len(chosen) > 1:
            who = f"the {len(chosen)} agents that it selects are"
        return f"{who} not employed on any day from {horizon.start} to {horizon.end}"
    words = rule.shift_words()
    shifts = [supply.shifts[i] for i in grid.shifts_of(words)] if words else []
    if words and not shifts:
        return f"no shift matches {_quoted(words)}"
    if words and not any(shift.in_use(horizon.start) for shift in shifts):
        named = _quoted(tuple(shift.code for shift in shifts))
        return f"its shifts ({named}) are no longer in use on {horizon.start}"
    if _without_dates(rule, supply):
        return f"none of its dates lies within {horizon.start} to {horizon.end}"
    return None


def _selection(rule: Rule, supply: Supply) -> str:
    """Return the conditions on agents that nobody meets: those that fail alone, else all."""
    selector = rule.agents or Selector()
    given = {name: words for name in Selector.model_fields if (words := getattr(selector, name))}
    alone = [
        name
        for name, words in given.items()
        if not any(map(Selector(**{name: words}).matches, supply.agents))
    ]
    shown = [f"{name} = {_quoted(given[name])}" for name in alone or given]
    if rule.agent_tags() and not alone:
        shown.append(f"one of the tags {_quoted(rule.agent_tags())}")
    return " and ".join(shown) or "it"


def _pools(supply: Supply) -> Iterator[Note]:
    """Find groups of stores that some agents serve in part only, or that change nothing."""
    groups = supply.problem.pools
    pools = supply.pools
    for stores in () if isinstance(groups, str) else groups:
        name = label(stores)
        skills = sorted(
            {
                skill
                for (store, skill), queue in pools.queue.items()
                if store in stores and queue[1:]
            }
        )
        if not skills:
            yield Note(
                code="pool-without-effect",
                text=f"pools: the group {name} changes nothing: no skill has a forecast for two "
                "of its stores",
                stores=tuple(sorted(stores)),
            )
            continue
        partly = tuple(
            agent.agent_id
            for agent in supply.agents
            if not agent.skills.keys().isdisjoint(skills)
            and {agent.serves(store) for store in stores} == {True, False}
        )
        if partly:
            yield Note(
                code="pool-partly-served",
                text=f"pools: {_listed(partly)} may not serve every store of {name}, but count "
                "for the whole queue; csshift simulate shows what customers of each store meet",
                stores=tuple(sorted(stores)),
                skills=tuple(skills),
                agents=partly,
            )


def _staffed_apart(supply: Supply) -> Iterator[Note]:
    """Find stores that share agents, but too few for heads to be found together."""
    if supply.problem.pools != "auto":
        return
    pools = supply.pools
    found: dict[str, set[str]] = {}
    for (store, skill), queue in pools.queue.items():
        able = able_agents(supply.agents, skill, (store,))
        for (other, same), others in pools.queue.items():
            apart = same == skill and other not in pools.together[store, skill]
            if apart and store < other and able & able_agents(supply.agents, skill, (other,)):
                found.setdefault(skill, set()).update((label(queue), label(others)))
    for skill, names in sorted(found.items()):
        queues = tuple(sorted(names))
        yield Note(
            code="queues-staffed-apart",
            text=f"{_listed(queues)} share agents for {skill}, but fewer than half of those who "
            "serve any of them serve all: not all heads are found together, and may be more "
            "than they need",
            stores=queues,
            skills=(skill,),
        )


FINDERS: tuple[Callable[[Supply], Iterator[Note]], ...] = (
    labour_notes,
    _left,
    _unknown_shifts,
    _unknown_duties,
    _too_old,
    _rows_outside,
    _overrides_outside,
    _rule_dates_outside,
    _rules_without_effect,
    _pools,
    _staffed_apart,
)
"""What looks for notes, in the order in which they are shown."""


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _quoted(words: tuple[str, ...]) -> str:
    more = f" or {len(words) - MOST_NAMED} others" if len(words) > MOST_NAMED else ""
    return ", ".join(map(repr, words[:MOST_NAMED])) + more
