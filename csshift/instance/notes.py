"""Notes on a problem: parts that are left out or have no effect, known before any search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date as Date

from csshift.instance.edges import has_own_rows, model_day, night_rows
from csshift.instance.limits import half_known_notes, labour_notes
from csshift.instance.person_notes import (
    availability_notes,
    duty_day_notes,
    standby_notes,
)
from csshift.instance.pools import able_agents, label
from csshift.instance.supply import Supply
from csshift.instance.unused_notes import unused_notes
from csshift.instance.wishes import impossible_wish_notes
from csshift.model.entity import clock
from csshift.model.notes import MOST_NAMED, Note, listed, listed_zh
from csshift.problem.outside import DATED, DEMAND, looked_at, outside_rows
from csshift.rules.base import Rule, Selector
from csshift.rules.presence import MinOnSite


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
            f"{listed(agents)}",
            text_zh=f"历史排班：{count} 行已忽略，其人员不在人员表中：{listed_zh(agents)}",
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
            f"({listed(codes)}); each counts as a day at work of unknown hours, without paid "
            "hours and without rest after it; to give the hours, add the code to the shifts "
            "with an end_date before the horizon",
            text_zh=f"历史排班：{len(rows)} 行的班次不在班次表中（{listed_zh(codes)}）；按上班计，"
            "但不计工时，之后也不要求休息；如需计工时，请把班次加入班次表，"
            "并填写排班期之前的 end_date",
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
            f"have: {listed(names)}",
            text_zh=f"历史值班：{len(rows)} 行已忽略，没有这些值班：{listed_zh(names)}",
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
            text_zh=f"历史排班：{len(rows)} 行早于 {first}，规则不回看这么久，已忽略",
            count=len(rows),
        )


def _rows_outside(supply: Supply) -> Iterator[Note]:
    """Find the tables with rows that are left out for their date."""
    known_from = supply.grid.dates[0]
    for table in DATED:
        rows = getattr(supply.problem, table)
        count = len(outside_rows(table, rows, supply.horizon, supply.shifts, known_from))
        if count:
            first, last = looked_at(table, supply.horizon, known_from)
            until = str(last)
            if table in DEMAND and has_own_rows(rows, supply.horizon) and supply.next_morning:
                until = f"{supply.horizon.next_date} {_morning_end(supply)}"
            text = _left_out(f"rows of {table}.csv", count, len(rows), first, until)
            chinese = _left_out_zh(f"{table}.csv 的行", count, len(rows), first, until)
            yield Note(code="rows-outside", text=text, text_zh=chinese, count=count)


def _morning_end(supply: Supply) -> str:
    """Return until when demand counts on the day after the horizon."""
    return clock(supply.next_morning * supply.horizon.interval_minutes)


def _next_morning(supply: Supply) -> Iterator[Note]:
    """Say from which day the demand of the morning after the horizon is taken."""
    horizon, sources, sources_zh = supply.horizon, list[str](), list[str]()
    for table in DEMAND:
        if any(cell.date == horizon.next_date for cell in getattr(supply.planned, table)):
            own = has_own_rows(getattr(supply.problem, table), horizon)
            day = horizon.next_date if own else model_day(horizon)
            sources.append(f"{table}.csv on {day}")
            sources_zh.append(f"{table}.csv 的 {day}")
    if sources:
        yield Note(
            code="next-morning-demand",
            text=f"{horizon.next_date} 00:00-{_morning_end(supply)} also counts, so that the last "
            f"night is staffed; its demand is that of {' and '.join(sources)} (edges = "
            '"none" under [horizon] turns this off)',
            text_zh=f"{horizon.next_date} 00:00-{_morning_end(supply)} 也计入需求，"
            f"使最后一晚有人值守；需求取自 {'、'.join(sources_zh)}"
            '（[horizon] 中 edges = "none" 可关闭）',
            dates=(horizon.next_date,),
        )


def _left_night(supply: Supply) -> Iterator[Note]:
    """Find people who worked in the night before the horizon and are no longer agents."""
    overnight = {shift.code for shift in supply.shifts if shift.overnight}
    known = supply.grid.agent_index
    night = night_rows(supply.problem.history, supply.horizon)
    gone = [row for row in night if row.shift in overnight and row.agent_id not in known]
    if gone:
        agents = tuple(row.agent_id for row in gone)
        yield Note(
            code="night-before-unknown-agents",
            text=f"the night of {gone[0].date} serves {supply.horizon.start} without those who are "
            f"no longer among the agents: {listed(agents)}",
            text_zh=f"{gone[0].date} 的夜班为 {supply.horizon.start} 服务，但不含已不在人员表中的："
            f"{listed(agents)}",
            agents=agents,
            dates=(gone[0].date,),
            count=len(gone),
        )


def _left_out(what: str, count: int, total: int, first: Date, last: Date | str) -> str:
    """Return the words for what lies outside two dates."""
    verbs = ("lies", "was") if count == 1 else ("lie", "were")
    which = f"{count:,} of {total:,} {what} {verbs[0]} outside {first} to {last}"
    return f"{which} and {verbs[1]} left out"


def _left_out_zh(what: str, count: int, total: int, first: Date, last: Date | str) -> str:
    return f"{what}：{total:,} 个中有 {count:,} 个不在 {first} 至 {last} 内，已略去"


def _overrides_outside(supply: Supply) -> Iterator[Note]:
    """Find the skills with overrides for days that are not planned."""
    for skill in supply.problem.skills:
        dates = [date for override in skill.overrides for date in override.dates]
        count = sum(date not in supply.covered_dates for date in dates)
        if count:
            what = f"dates in the overrides of the skill {skill.name!r}"
            first, last = supply.horizon.start, supply.horizon.end
            yield Note(
                code="dates-outside",
                text=_left_out(what, count, len(dates), first, last),
                text_zh=_left_out_zh(
                    f"技能 {skill.name} 的 overrides 日期", count, len(dates), first, last
                ),
                skills=(skill.name,),
                count=count,
            )


def _rule_dates_outside(supply: Supply) -> Iterator[Note]:
    """Find the rules with some dates that are not planned."""
    for position, rule in enumerate(supply.problem.rules):
        dates = rule.named_dates()
        count = sum(date not in supply.horizon for date in dates)
        if count and not _without_dates(rule, supply):
            what = f"dates in rule {position + 1} of problem.toml ({_named(rule)})"
            first, last = supply.horizon.start, supply.horizon.end
            yield Note(
                code="dates-outside",
                text=_left_out(what, count, len(dates), first, last),
                text_zh=_left_out_zh(
                    f"第 {position + 1} 条规则（{rule.label}）的日期",
                    count,
                    len(dates),
                    first,
                    last,
                ),
                rules=(rule.label,),
                count=count,
            )


def _without_dates(rule: Rule, supply: Supply) -> bool:
    """Return whether a rule names dates, and none that it concerns is planned."""
    inside = any(date in supply.horizon for date in rule.named_dates())
    return not inside and not rule.holds_on_other_dates()


def _rules_without_effect(supply: Supply) -> Iterator[Note]:
    """Find the rules that bind nobody, and those that no roster can keep."""
    for position, rule in enumerate(supply.problem.rules):
        reason = _why_without_effect(rule, supply)
        place = f"rule {position + 1} of problem.toml ({_named(rule)})"
        place_zh = f"problem.toml 的第 {position + 1} 条规则（{_named(rule)}）"
        short = rule.unmeetable(supply.grid) if isinstance(rule, MinOnSite) else []
        if short:
            yield _impossible(rule, reason, (place, place_zh), short[0])
        elif reason is not None:
            yield Note(
                code="rule-binds-nobody",
                text=f"{place} binds nobody: {reason[0]}",
                text_zh=f"{place_zh}不起作用：{reason[1]}",
                rules=(rule.label,),
            )


def _impossible(
    rule: Rule, reason: tuple[str, str] | None, places: tuple[str, str], first: tuple[str, int]
) -> Note:
    """Return the note on a rule that requires more people than can ever be at work."""
    when, able = first
    if reason is None:
        reason = (f"on {when} only {able} can be", f"{when} 最多 {able} 人能在岗")
    what = "no roster can keep it" if rule.hard else "it is broken whatever the roster is"
    what_zh = "没有排班能满足" if rule.hard else "任何排班都会违反"
    return Note(
        code="rule-impossible",
        text=f"{places[0]} requires more people than can be at work: {reason[0]}; {what}",
        text_zh=f"{places[1]}要求的在岗人数无法达到：{reason[1]}；{what_zh}",
        rules=(rule.label,),
    )


def _named(rule: Rule) -> str:
    return f"{rule.label!r}, {rule.kind}" if rule.label != rule.kind else rule.kind


def _why_without_effect(rule: Rule, supply: Supply) -> tuple[str, str] | None:
    """Return why a rule has no effect, in English and Chinese; None where it has one."""
    grid, horizon = supply.grid, supply.horizon
    chosen = [supply.agents[i] for i in rule.chosen(grid)]
    if not chosen:
        selection = _selection(rule, supply)
        return f"no agent matches {selection}", f"没有符合 {selection} 的人员"
    if not any(agent.employed(date) for agent in chosen for date in horizon.dates):
        who = f"{chosen[0].agent_id}, whom it selects, is"
        if len(chosen) > 1:
            who = f"the {len(chosen)} agents that it selects are"
        return (
            f"{who} not employed on any day from {horizon.start} to {horizon.end}",
            f"所选 {len(chosen)} 人在 {horizon.start} 至 {horizon.end} 均不在职",
        )
    words = rule.shift_words()
    shifts = [supply.shifts[i] for i in grid.shifts_of(words)] if words else []
    if words and not shifts:
        return f"no shift matches {_quoted(words)}", f"没有班次符合 {listed_zh(words)}"
    if words and not any(shift.in_use(horizon.start) for shift in shifts):
        named = tuple(shift.code for shift in shifts)
        return (
            f"its shifts ({_quoted(named)}) are no longer in use on {horizon.start}",
            f"其班次（{listed_zh(named)}）在 {horizon.start} 已停用",
        )
    if _without_dates(rule, supply):
        return (
            f"none of its dates lies within {horizon.start} to {horizon.end}",
            f"其日期都不在 {horizon.start} 至 {horizon.end} 内",
        )
    return _why_never(rule, supply)


def _why_never(rule: Rule, supply: Supply) -> tuple[str, str] | None:
    """Return why a rule holds on no planned day; None where it does."""
    grid, horizon = supply.grid, supply.horizon
    for name in rule.span_words().get("per", ()):
        if not any(date in grid.spans[name] for date in horizon.dates):
            return (
                f"no day of the span {name!r} lies within {horizon.start} to {horizon.end}",
                f"日期段 {name} 没有一天在 {horizon.start} 至 {horizon.end} 内",
            )
    if rule.dated and not rule.judged(grid)[grid.history_days :].any():
        return (
            f"it holds on no day from {horizon.start} to {horizon.end}",
            f"在 {horizon.start} 至 {horizon.end} 没有一天适用",
        )
    return None


def _selection(rule: Rule, supply: Supply) -> str:
    """Return the conditions on agents that nobody meets: those that fail alone, else all."""
    selector = rule.agents or Selector()
    given = dict(selector.named())
    bare = dict.fromkeys((*given, "exclude"))
    alone = [
        name
        for name, words in given.items()
        if not any(map(selector.model_copy(update=bare | {name: words}).matches, supply.agents))
    ]
    shown = [f"{name} = {_quoted(given[name])}" for name in alone or given]
    if rule.agent_tags() and not alone:
        shown.append(f"one of the tags {_quoted(rule.agent_tags())}")
    if selector.exclude is not None:
        shown.append("what is excluded")
    return " and ".join(shown) or "it"


def _pools(supply: Supply) -> Iterator[Note]:
    """Find groups of stores that some agents serve only in part, or that change nothing."""
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
                text_zh=f"pools：{name} 这一组不起作用：没有技能在其中两家店铺都有预测",
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
                text=f"pools: {listed(partly)} may not serve every store of {name}, but count "
                "for the whole queue; csshift simulate shows what customers of each store meet",
                text_zh=f"pools：{listed_zh(partly)} 不能接待 {name} 的所有店铺，但按整个队列计算；"
                "csshift simulate 可查看各店铺客户的实际情况",
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
            text=f"{listed(queues)} share agents for {skill}, but fewer than half of those who "
            "serve any of them serve all: not all heads are found together, and may be more "
            "than they need",
            text_zh=f"{listed_zh(queues)} 共用部分 {skill} 人员，但能接待全部店铺的不到一半："
            "所需人数分开计算，可能偏多",
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
    _next_morning,
    _left_night,
    _overrides_outside,
    _rule_dates_outside,
    _rules_without_effect,
    impossible_wish_notes,
    half_known_notes,
    availability_notes,
    duty_day_notes,
    standby_notes,
    unused_notes,
    _pools,
    _staffed_apart,
)
"""The functions that find notes, in the order in which they are shown."""


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _quoted(words: tuple[str, ...]) -> str:
    more = f" or {len(words) - MOST_NAMED} others" if len(words) > MOST_NAMED else ""
    return ", ".join(map(repr, words[:MOST_NAMED])) + more
