"""The outcome of a simulation as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from csshift.instance import Instance
from csshift.model.entity import clock
from csshift.problem import Problem
from csshift.report.terminal import heading
from csshift.report.wording import counted, listed, number, percent, plain
from csshift.simulation import Estimate, Outcome, OutcomeRow

MOST_SET_ASIDE = 5
TITLES = ("contacts", "in time\n%", "reply\ns", "in 3 min\n%", "gave up\n%", "busy\n%", "backlog")
STYLES = {"met": "green", "missed": "red", "open": "yellow"}


def outcome_summary(problem: Problem | Instance, outcome: Outcome) -> Iterator[RenderableType]:
    """Yield the service that customers got: by skill, against the targets, by hour of the day."""
    instance = Instance.of(problem)
    yield heading(instance)
    count = counted(outcome.replications, "replication")
    yield Text(f"{count} of every contact, seed {outcome.seed}; ± is a 99 % confidence interval")
    rows = outcome.rows(("skill",))
    yield Text("\nBy skill", style="bold underline")
    yield _table("skill", [(plain(row.skill or ""), row) for row in rows])
    yield Text("\nAgainst the targets", style="bold underline")
    yield from (_verdict(instance, outcome, row) for row in rows)
    if outcome.set_aside:
        names = listed((f"{store}/{skill}" for store, skill in outcome.set_aside), MOST_SET_ASIDE)
        yield Text(f"not simulated, for there is no forecast, and their time set aside: {names}")
    yield Text("\nBy skill and hour of the day", style="bold underline")
    by_hour = outcome.rows(("skill", "start"))
    shown = [(f"{plain(row.skill or '')} {clock(row.start or 0)}", row) for row in by_hour]
    yield _table("skill, from", shown)


def _verdict(instance: Instance, outcome: Outcome, row: OutcomeRow) -> Text:
    skill = instance.known_skills[row.skill or ""]
    verdict = outcome.verdict(skill.name)
    words = {"met": "meets its target", "missed": "misses its target", "open": "unclear"}
    level, limit = outcome.targets_of(skill.name)
    parts = []
    if row.service is not None:
        what = {
            "call": f"answered within {number(skill.answer_within_seconds)} s",
            "chat": f"of replies within {number(skill.response_within_seconds)} s",
            "deferrable": f"done within {number(skill.deadline_hours)} h",
        }[skill.channel]
        parts.append(f"{_share(row.service)} % {what}, {percent(level)} required")
    if row.reply_seconds is not None and limit is not None:
        parts.append(f"mean reply {_plain(row.reply_seconds)} s, up to {number(limit)} s required")
    return Text(f"{plain(skill.name)} {words[verdict]}: {'; '.join(parts)}", style=STYLES[verdict])


def _table(first: str, rows: list[tuple[str, OutcomeRow]]) -> Table:
    # As narrow as can be: seven figures with their margins in the 80 columns of a terminal.
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column(Text(first), overflow="fold", min_width=12)
    for title in TITLES:
        table.add_column(Text(title), justify="right", no_wrap=True)
    for name, row in rows:
        cells = (
            _plain(row.contacts),
            _share(row.service),
            _plain(row.reply_seconds),
            _share(row.three_minute_rate),
            _share(row.abandonment),
            _share(row.occupancy),
            _plain(row.backlog),
        )
        table.add_row(Text(name), *map(Text, cells))
    return table


def _plain(estimate: Estimate | None) -> str:
    return "" if estimate is None else _figures(estimate.mean, estimate.margin)


def _share(estimate: Estimate | None) -> str:
    return "" if estimate is None else _figures(100 * estimate.mean, 100 * estimate.margin)


def _figures(mean: float, margin: float) -> str:
    # As many places as matter: a wide interval has no use for tenths.
    places = 0 if mean >= 1000 or margin >= 10 else 1
    return f"{number(mean, places)}±{number(margin, places)}"
