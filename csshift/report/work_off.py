"""Work with a deadline: what is done, late and left, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from csshift.model.score import DeferredWork, Score
from csshift.report.wording import counted, number, plain

MOST_QUEUES = 20
LEAST = 0.05
"""Inquiries that are no more than rounding."""

COLUMNS = ("waiting", "arrive", "done", "late", "left", "planned h", "idle h used")


def deferred_sections(score: Score) -> Iterator[RenderableType]:
    """Yield in words whether all is done in time, then a row for each store and skill."""
    late = [work for work in score.deferred if work.late >= LEAST]
    if late:
        total = number(sum(work.late for work in late), 1)
        yield Text(f"{total} inquiries would be late, of {counted(len(late), 'queue')}")
    else:
        yield Text("Everything is done before its deadline")
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, caption_justify="left")
    table.add_column(Text("skill, store"), overflow="fold")
    for name in COLUMNS:
        table.add_column(Text(name), justify="right", overflow="fold")
    ranked = sorted(score.deferred, key=lambda work: (-work.late, -work.left))
    for work in ranked[:MOST_QUEUES]:
        table.add_row(Text(plain(f"{work.skill}, {work.store}")), *_figures(work))
    if len(ranked) > MOST_QUEUES:
        table.caption = f"{MOST_QUEUES} of {len(ranked)} queues, those with most late work"
    yield table


def _figures(work: DeferredWork) -> Iterator[str]:
    figures = (work.backlog, work.arrivals, work.done, work.late, work.left)
    hours = (work.ring_fenced_hours, work.idle_hours)
    yield from (number(value if value >= LEAST else 0, 1) for value in (*figures, *hours))
