"""Notes on what customers meet: queues too small to staff alone, targets that are missed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from csshift.errors import InputError
from csshift.instance import Instance
from csshift.io.translations import own_name
from csshift.model.notes import Note
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.model.skills import Skill

if TYPE_CHECKING:
    from csshift.simulation import OutcomeRow

MOST_CELLS = 100_000
"""Cells of a forecast that are looked at for queues too small."""

LEAST_SAVING = 0.15
"""Share of a skill's head-hours that one queue in place of several would save."""

MOST_REPLIES, REPLIES_A_SECOND = 400_000, 200_000
"""Replies of all replications that are simulated for a note, and about how many in a second."""

REPLICATIONS = (4, 2)
"""Of a simulation for a note: as many as there is time for."""

DOUBTFUL_SHARE = 0.1
"""Share of missing head-hours that makes a target doubtful where nothing is simulated."""


def small_queue_notes(instance: Instance, score: Score) -> Iterator[Note]:
    """Yield for each skill whose stores are staffed separately what one queue would save.

    Parameters
    ----------
    instance : Instance
    score : Score
    """
    forecast = instance.planned.forecast
    if len(forecast) > MOST_CELLS:
        return
    hours = instance.horizon.interval_hours
    alone: defaultdict[str, float] = defaultdict(float)
    stores: defaultdict[str, set[str]] = defaultdict(set)
    for cell in score.coverage:
        if cell.model != "given" and "|" not in cell.store:
            alone[cell.skill] += float(cell.required) * hours
            stores[cell.skill].add(cell.store)
    for skill, names in stores.items():
        shared = _shared(instance, skill, sorted(names))
        if len(shared) < 2 or instance.known_skills[skill].channel == "deferrable":
            continue
        together = _pooled_hours(instance, skill, shared)
        now = sum(
            float(cell.required) * hours
            for cell in score.coverage
            if cell.skill == skill and cell.store in shared and cell.model != "given"
        )
        if together is None or now - together < LEAST_SAVING * now:
            continue
        yield Note(
            code="small-queues",
            text=f"{len(shared)} stores are staffed separately for {skill}: {now:,.0f} head-hours "
            f"are required, {together:,.0f} would suffice if the same people answered them as one "
            "queue; "
            'let them serve all of these stores, with pools = "auto"',
            text_zh=f"{own_name(skill, 'zh')}的 {len(shared)} 家店铺各自配人："
            f"需要 {now:,.0f} 人时，若由同一批人合并接待只需 {together:,.0f}；"
            '请让他们服务所有这些店铺，并设 pools = "auto"',
            stores=tuple(shared),
            skills=(skill,),
            count=round(now - together),
        )


def _shared(instance: Instance, skill: str, stores: list[str]) -> list[str]:
    """Return the stores that share at least two agents with another one of them."""
    able = {
        store: {
            agent.agent_id
            for agent in instance.agents
            if skill in agent.skills and agent.serves(store)
        }
        for store in stores
    }
    return [
        store
        for store in stores
        if any(len(able[store] & able[other]) >= 2 for other in stores if other != store)
    ]


def _pooled_hours(instance: Instance, skill: str, stores: list[str]) -> float | None:
    """Return the head-hours that the stores ask for with their inquiries added up."""
    from csshift.demand.heads import heads_for

    added: defaultdict[tuple[object, int], float] = defaultdict(float)
    for row in instance.planned.forecast:
        if row.skill == skill and row.store in stores:
            added[row.date, row.start] += row.inquiries
    total = 0.0
    by_date: defaultdict[object, list[float]] = defaultdict(list)
    for (date, _), inquiries in added.items():
        by_date[date].append(inquiries)
    by_skill: defaultdict[Skill, list[float]] = defaultdict(list)
    for date in instance.horizon.dates:
        by_skill[instance.skill_on(skill, date)] += by_date.get(date, [])
    for terms, values in by_skill.items():
        if values:
            try:
                heads = heads_for(terms, np.array(values), instance.horizon.interval_minutes)
            except InputError:
                return None
            total += float(heads.heads.sum()) * instance.horizon.interval_hours
    return total


def target_notes(
    instance: Instance, roster: Roster, score: Score, seconds: float
) -> Iterator[Note]:
    """Yield which skills miss their target, by a short simulation where that is quick.

    Parameters
    ----------
    instance : Instance
    roster : Roster
        With an hourly plan.
    score : Score
    seconds : float
        Time that there is for it; with too little, the share of missing heads says it.
    """
    if not instance.planned.forecast or not roster.allocation:
        return
    replications = next((n for n in REPLICATIONS if simulation_seconds(instance, n) <= seconds), 0)
    if not replications:
        yield from _doubtful(instance, score)
        return
    from csshift.simulation import run_replications

    try:
        outcome = run_replications(instance, roster, replications, seed=0)
    except InputError:  # nothing of the forecast lies in the horizon
        return
    for row in outcome.rows(("skill",)):
        level, limit = outcome.targets_of(row.skill or "")
        verdict = outcome.verdict(row.skill or "")
        if verdict != "met":
            yield from _missed(row, level, limit, sure=verdict == "missed")


def _missed(row: OutcomeRow, level: float, limit: float | None, *, sure: bool) -> Iterator[Note]:
    """Yield what a skill misses on average; sure, or open after so few replications."""
    parts, parts_zh = [], []
    if row.service is not None and row.service.mean < level:
        parts.append(f"{row.service.mean:.0%} in time instead of {level:.0%}")
        parts_zh.append(f"及时率 {row.service.mean:.0%}，目标 {level:.0%}")
    if limit is not None and row.reply_seconds is not None and row.reply_seconds.mean > limit:
        parts.append(f"a mean reply of {row.reply_seconds.mean:,.0f} s instead of {limit:g} s")
        parts_zh.append(f"平均回复 {row.reply_seconds.mean:,.0f} 秒，目标 {limit:g} 秒")
    if not parts:
        return
    verb, verb_zh = ("misses", "达不到") if sure else ("may miss", "可能达不到")
    yield Note(
        code="target-missed" if sure else "target-doubtful",
        text=f"{row.skill} {verb} its target, simulated: {', '.join(parts)}; csshift simulate "
        "shows at which hours",
        text_zh=f"模拟显示{own_name(row.skill or '', 'zh')}{verb_zh}目标：{'；'.join(parts_zh)}；"
        "csshift simulate 可看各时段",
        skills=(row.skill or "",),
    )


def _doubtful(instance: Instance, score: Score) -> Iterator[Note]:
    """Find the skills with a forecast that lack many heads."""
    forecast = {row.skill for row in instance.planned.forecast}
    required: defaultdict[str, float] = defaultdict(float)
    missing: defaultdict[str, float] = defaultdict(float)
    for cell in score.coverage:
        required[cell.skill] += float(cell.required)
        missing[cell.skill] += float(cell.shortage)
    for skill in sorted(forecast & required.keys()):
        share = missing[skill] / required[skill] if required[skill] else 0.0
        if share >= DOUBTFUL_SHARE:
            yield Note(
                code="target-doubtful",
                text=f"{skill} may miss its target: {share:.0%} of its head-hours are missing; "
                "csshift simulate shows",
                text_zh=f"{own_name(skill, 'zh')}可能达不到目标：缺 {share:.0%} 的人时；"
                "可用 csshift simulate 模拟",
                skills=(skill,),
            )


def simulation_seconds(instance: Instance, replications: int) -> float:
    """Return about how long a simulation for the notes takes; infinite where it is too large."""
    replies = replications * sum(
        row.inquiries * (instance.known_skills[row.skill].replies_per_session or 1)
        for row in instance.planned.forecast
        if instance.known_skills[row.skill].channel != "deferrable"
    )
    return replies / REPLIES_A_SECOND if replies <= MOST_REPLIES else math.inf
