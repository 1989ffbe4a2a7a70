"""What past data suggest of agents, as a table."""

from __future__ import annotations

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from csshift.model.reception import ProposedRate
from csshift.report.wording import number, plain


def proposal_table(rates: Iterable[ProposedRate]) -> Table:
    """Return rates by agent and skill: as observed, shrunk, with its interval, and in use."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("agent", "skill", "basis"):
        table.add_column(Text(name), overflow="fold")
    for name in ("days", "observed", "proposed", "95 % interval", "current"):
        table.add_column(Text(name), justify="right", overflow="fold")
    for rate in rates:
        names = (Text(plain(name)) for name in (rate.agent_id, rate.skill, rate.basis))
        interval = f"{number(rate.low)} to {number(rate.high)}"
        current = "" if rate.current is None else number(rate.current)
        figures = (str(rate.days), number(rate.observed), number(rate.proposed), interval, current)
        table.add_row(*names, *figures)
    return table
