"""Notes on nights, late shifts and weekends that are far from even."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csshift.instance import Instance
from csshift.instance.fairness import banned_shifts
from csshift.model.notes import Note
from csshift.model.roster import Roster
from csshift.rules.shares import is_late, is_night

SATURDAY = 5

LEAST_RANGE, LEAST_EXCESS = 3, 2.0
"""Turns between the most and the fewest, and above a fair share, from which on a note is made."""


class _Burden(NamedTuple):
    """What should be shared: words for it, and the shifts and days that count."""

    code: str
    noun: str
    noun_zh: str
    shifts: NDArray[np.bool_]
    days: NDArray[np.bool_]


def even_notes(instance: Instance, roster: Roster) -> Iterator[Note]:
    """Yield what is far from even, each with a rule that shares it.

    A fair share is in proportion to the shifts that each agent works, among those who may work
    such shifts and others.

    Parameters
    ----------
    instance : Instance
    roster : Roster
    """
    for burden in _burdens(instance):
        yield from _uneven(instance, roster, burden)


def _burdens(instance: Instance) -> Iterator[_Burden]:
    every_day = np.ones(instance.horizon.days, dtype=np.bool_)
    every_shift = np.ones(len(instance.shifts), dtype=np.bool_)
    nights = np.array([is_night(shift) for shift in instance.shifts])
    late = np.array([is_late(shift) for shift in instance.shifts])
    weekend = np.array([date.weekday() >= SATURDAY for date in instance.horizon.dates])
    yield _Burden("uneven-nights", "nights", "夜班", nights, every_day)
    yield _Burden("uneven-weekends", "weekend days", "周末班", every_shift, weekend)
    yield _Burden("uneven-late-shifts", "late shifts", "晚班", late, every_day)


def _uneven(instance: Instance, roster: Roster, burden: _Burden) -> Iterator[Note]:
    grid = instance.grid
    planned = instance.schedule(roster.assignments).shift[:, grid.history_days :]
    worked = np.asarray(planned >= 0, dtype=np.bool_)
    counts = worked & burden.shifts[planned] & burden.days[None, :]
    offered = grid.offered[:, grid.history_days :] & ~banned_shifts(instance)[:, None, :]
    could = offered[:, burden.days][:, :, burden.shifts].any(axis=(1, 2))
    others = offered if burden.shifts.all() else offered & ~burden.shifts
    sharing = np.flatnonzero(could & others.any(axis=(1, 2)) & worked.any(axis=1))
    if sharing.size < 2:
        return
    held = counts[sharing].sum(axis=1)
    share = worked[sharing].sum(axis=1)
    fair = held.sum() * share / share.sum()
    if held.max() - held.min() < LEAST_RANGE or (held - fair).max() < LEAST_EXCESS:
        return
    names = [instance.agents[i].name or instance.agents[i].agent_id for i in sharing]
    most, least = int(held.argmax()), int(held.argmin())
    of = burden.code.removeprefix("uneven-").removesuffix("-shifts")
    rule = f'kind = "fair", of = "{of}", severity = 10'
    todo, todo_zh = f"add a rule: {rule}", f"请加规则：{rule}"
    yield Note(
        code=burden.code,
        text=f"{burden.noun} are shared very unevenly: {names[most]} has {held[most]}, "
        f"{names[least]} {held[least]}; {todo}",
        text_zh=f"{burden.noun_zh}不均：{names[most]} {held[most]} 个，{names[least]} "
        f"{held[least]} 个；{todo_zh}",
        agents=tuple(instance.agents[sharing[i]].agent_id for i in (most, least)),
        count=int(held[most] - held[least]),
    )
