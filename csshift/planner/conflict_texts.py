"""Conditions that contradict one another, in one English and one Chinese sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date
from datetime import timedelta

import numpy as np

from csshift.compile.hard import (
    AVAILABILITY,
    EMPLOYMENT,
    LEAVE,
    Condition,
    HardProgram,
    leave_by_day,
)
from csshift.model.conflict import ConflictPart
from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.problem.presets import label_in
from csshift.program import Integers
from csshift.rules.base import Rule
from csshift.rules.cover import ShiftCover
from csshift.rules.presence import MinOnSite

MOST_NAMED = 6
"""Agents that a sentence names; the others are counted."""

WHOLE_DAY = Span(0, MINUTES_PER_DAY)


class Describer:
    """Puts the conditions of one conflict into words.

    Parameters
    ----------
    hard : HardProgram
    conditions : sequence of Condition
        All of the conflict: a sentence on heads names those of the others who are away.
    """

    def __init__(self, hard: HardProgram, conditions: Sequence[Condition]) -> None:
        self.hard, self.instance = hard, hard.instance
        self.conditions = conditions
        self._leave = leave_by_day(hard.instance)

    def part(self, together: Sequence[Condition]) -> ConflictPart:
        """Return conditions of one kind, rule and time, for one agent or several, in words."""
        first = together[0]
        positions = [part.agent for part in together if part.agent is not None]
        ids = tuple(self.instance.agents[i].agent_id for i in positions)
        dates = self._dates(first)
        if first.rule is not None:
            en, zh = self._rule(first, first.rule, ids)
        elif first.kind == "pin":
            en, zh = self._pin(first, ids[0])
            dates = dates[-1:]
        elif first.kind == LEAVE:
            en, zh = self._on_leave(first, positions)
        elif first.kind == AVAILABILITY:
            verb = "is" if len(ids) == 1 else "are"
            en = f"{_listed(ids)} {verb} not available for every shift of {dates[0]}"
            zh = f"{_listed(ids, zh=True)} 在 {dates[0]} 并非所有班次都可上"
        else:
            en, zh = self._employed(positions[0])
            dates = ()
        name = "" if first.rule is None else first.rule.label
        return ConflictPart(
            kind=first.kind, rule=name, agents=ids, dates=dates, text=en, text_zh=zh
        )

    def _dates(self, part: Condition) -> tuple[Date, ...]:
        """Return the day, or the first and the last one."""
        if part.first is None or part.last is None:
            return ()
        start = self.instance.horizon.start
        return tuple(start + timedelta(days=day) for day in sorted({part.first, part.last}))

    def _pin(self, part: Condition, agent_id: str) -> tuple[str, str]:
        date = self._dates(part)[-1]
        pinned = next(
            pin
            for pin in self.instance.planned.pins
            if (pin.agent_id, pin.date) == (agent_id, date)
        )
        if pinned.shift is None:
            return f"{agent_id} is pinned off on {date}", f"{agent_id} 在 {date} 固定休息"
        return (
            f"{agent_id} is pinned to {pinned.shift} on {date}",
            f"{agent_id} 在 {date} 固定上 {pinned.shift}",
        )

    def _on_leave(self, part: Condition, agents: Sequence[int]) -> tuple[str, str]:
        date = self._dates(part)[0]
        names = []
        for agent in agents:
            spans = [span for span in self._leave[agent, date] if span != WHOLE_DAY]
            hours = f" {', '.join(map(str, spans))}" if spans else ""
            names.append(f"{self.instance.agents[agent].agent_id}{hours}")
        verb = "is" if len(names) == 1 else "are"
        return (
            f"{_listed(names)} {verb} on leave on {date}",
            f"{_listed(names, zh=True)} 在 {date} 请假",
        )

    def _employed(self, agent: int) -> tuple[str, str]:
        person = self.instance.agents[agent]
        en, zh = "", ""
        if person.start_date is not None:
            en, zh = f" from {person.start_date}", f"自 {person.start_date} 起"
        if person.end_date is not None:
            en, zh = f"{en} until {person.end_date}", f"{zh}至 {person.end_date} 止"
        return f"{person.agent_id} is employed{en}", f"{person.agent_id} {zh}在职"

    def _rule(self, part: Condition, rule: Rule, ids: Sequence[str]) -> tuple[str, str]:
        dates = self._dates(part)
        if isinstance(rule, ShiftCover) and dates:
            en, zh = self._cover(part)
        elif isinstance(rule, MinOnSite):
            en, zh = self._on_site(part, rule)
        else:
            en, zh = rule.sentence("en").rstrip("."), rule.sentence("zh").rstrip("。")
        who, who_zh = _listed(ids), _listed(ids, zh=True)
        span, span_zh = (" to ".join(map(str, dates)), " 至 ".join(map(str, dates)))
        head = ", ".join(filter(None, (rule.label, who, span)))
        head_zh = "，".join(filter(None, (_label_zh(rule), who_zh, span_zh)))
        return f"{head}: {en}", f"{head_zh}：{zh}"

    def _cover(self, part: Condition) -> tuple[str, str]:
        """Return how many a row of heads needs, how many can be there, and who is away."""
        hard, row = self.hard, part.rows[0]
        matrix = hard.program.matrix
        columns = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]].astype(np.int64)
        shifts = np.flatnonzero([np.isin(columns, c).any() for c in self._by_shift()])
        codes = "|".join(self.instance.shifts[i].code for i in shifts) or "-"
        lower, upper = int(hard.program.row_lower[row]), int(hard.program.row_upper[row])
        away, blocked = self._away(columns)
        free = columns[~np.isin(columns, blocked)]
        there = np.unique(hard.program.column_agent[free]).size
        named = f" ({'; '.join(en for en, _ in away)})" if away else ""
        named_zh = f"（{'；'.join(zh for _, zh in away)}）" if away else ""
        if lower > 0:
            agents = "agent is" if there == 1 else "agents are"
            return (
                f"{lower} needed on {codes}, {there} {agents} there{named}",
                f"{codes} 需要 {lower} 人，可到岗 {there} 人{named_zh}",
            )
        return f"at most {upper} on {codes}", f"{codes} 最多 {upper} 人"

    def _by_shift(self) -> list[Integers]:
        work = self.hard.work
        return [work.shift[:, :, i].ravel() for i in range(work.shift.shape[2])]

    def _away(self, columns: Integers) -> tuple[list[tuple[str, str]], Integers]:
        """Return who of the conflict cannot work some columns, in words, and the columns."""
        matrix = self.hard.program.matrix
        causes: dict[tuple[str, str], dict[str, None]] = {}
        blocked = [np.empty(0, dtype=np.int64)]
        for part in self.conditions:
            upper = int(self.hard.program.row_upper[part.rows[0]])
            if part.kind == "rule" or part.agent is None or upper:
                continue  # a pinned shift takes nothing away by itself
            row = part.rows[0]
            own = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
            # A pinned day off is written on the column of the day.
            hit = np.isin(columns, own)
            if part.kind == "pin":
                hit |= (self.hard.program.column_agent[columns] == part.agent) & (
                    self.hard.program.column_day[columns] == part.last
                )
            if not hit.any():
                continue
            blocked.append(columns[hit])
            cause = {
                LEAVE: ("on leave", "请假"),
                AVAILABILITY: ("not available", "不可上班"),
                EMPLOYMENT: ("not employed", "不在职"),
                "pin": ("pinned off", "固定休息"),
            }[part.kind]
            # A night after which leave begins is taken away by two days of leave.
            causes.setdefault(cause, {})[self.instance.agents[part.agent].agent_id] = None
        worded = [
            (f"{_listed([*ids])} {en}", f"{_listed([*ids], zh=True)} {zh}")
            for (en, zh), ids in causes.items()
        ]
        return worded, np.concatenate(blocked)

    def _on_site(self, part: Condition, rule: MinOnSite) -> tuple[str, str]:
        """Return what is needed, and where nothing could provide it."""
        en, zh = rule.sentence("en").rstrip("."), rule.sentence("zh").rstrip("。")
        agents = rule.chosen(self.instance.grid)
        tags = " ".join(rule.tags or ())
        if not agents.size and not tags:
            return f"{en}; it concerns nobody", f"{zh}；不涉及任何人员"
        if not agents.size:
            return (
                f"{en}; no agent whom it concerns has the tag {tags}",
                f"{zh}；所涉人员中没有人带标签 {tags}",
            )
        matrix, row = self.hard.program.matrix, part.rows[0]
        if matrix.indptr[row + 1] > matrix.indptr[row]:
            return en, zh
        gaps = _uncovered(rule.hours, [span for s in self.instance.shifts for span in s.hours])
        hours = ", ".join(map(str, gaps))
        return f"{en}; no shift covers {hours}", f"{zh}；没有班次覆盖 {hours}"


def _uncovered(hours: Span, spans: Sequence[Span]) -> list[Span]:
    """Return the parts of some hours of every day that no shift covers."""
    free = np.ones(2 * MINUTES_PER_DAY, dtype=np.bool_)
    for span in spans:
        for later in (-1, 0, 1):
            start, end = (edge + later * MINUTES_PER_DAY for edge in span)
            free[max(0, start) : max(0, end)] = False
    free[: hours.start] = False
    free[hours.end :] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int8)))
    return [Span(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _listed(names: Sequence[str], *, zh: bool = False) -> str:
    """Return some names, and how many more there are."""
    text = ("、" if zh else ", ").join(names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    if more <= 0:
        return text
    return f"{text} 等 {len(names)} 人" if zh else f"{text} and {more} more"


def _label_zh(rule: Rule) -> str:
    if rule.label.startswith("contract ") and rule.label.endswith(": max_hours_per_week"):
        name = rule.label.removeprefix("contract ").removesuffix(": max_hours_per_week")
        return f"合同 {name} 每周最多工时"
    return (rule.name and (label_in(rule.name, "zh") or rule.name)) or rule.titles.get(
        "zh", rule.kind
    )
