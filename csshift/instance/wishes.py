"""Wishes that no roster can grant, known before any search."""

from __future__ import annotations

from collections.abc import Iterator

from csshift.instance.fairness import banned_shifts
from csshift.instance.supply import Supply
from csshift.model.notes import Note
from csshift.model.people import Pin, Request

MOST_NAMED = 3


def wish_in_words(supply: Supply, request: Request) -> tuple[str, str]:
    """Return who wants what and when, in English and Chinese."""
    agent = supply.agents[supply.grid.agent_index[request.agent_id]]
    name = agent.name or agent.agent_id
    off = request.want == "off"
    want, want_zh = ("off", "休息") if off else ("to work", "上班")
    if request.shift is not None:
        want = f"not {request.shift}" if off else f"to work {request.shift}"
        want_zh = f"{'不' if off else ''}上 {request.shift}"
    return f"{name} {want} on {request.date}", f"{name} {request.date} {want_zh}"


def impossible_wish_notes(supply: Supply) -> Iterator[Note]:
    """Yield one note on the wishes that no roster can grant.

    Parameters
    ----------
    supply : Supply
    """
    found = ungrantable(supply)
    if not found:
        return
    named = [(*wish_in_words(supply, request), why, why_zh) for request, why, why_zh in found]
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    more_zh = f"；另有 {len(found) - MOST_NAMED} 个" if more else ""
    shown = "; ".join(f"{who}: {why}" for who, _, why, _ in named[:MOST_NAMED])
    shown_zh = "；".join(f"{who}：{why}" for _, who, _, why in named[:MOST_NAMED])
    plural = "wish" if len(found) == 1 else "wishes"
    yield Note(
        code="wish-impossible",
        text=f"no roster can grant {len(found)} {plural} ({shown}{more}); correct requests.csv",
        text_zh=f"{len(found)} 个意愿无法满足（{shown_zh}{more_zh}）；请更正 requests.csv",
        agents=tuple(dict.fromkeys(request.agent_id for request, _, _ in found)),
        dates=tuple(sorted({request.date for request, _, _ in found})),
        count=len(found),
    )


def ungrantable(supply: Supply) -> list[tuple[Request, str, str]]:
    """Return the wishes that leave, employment, shifts, pins or a hard rule rule out, and why."""
    found = []
    for request in supply.planned.requests:
        reason = _impossible(supply, request)
        if reason is not None:
            found.append((request, *reason))
    return found


def _impossible(supply: Supply, request: Request) -> tuple[str, str] | None:
    """Return why a wish can never be granted, in English and Chinese; None where it can."""
    pins = (pin for pin in supply.planned.pins if pin.agent_id == request.agent_id)
    pin = next((pin for pin in pins if pin.date == request.date), None)
    if pin is not None and not _agree(supply, request, pin):
        return f"pinned to {pin.shift or 'a day off'}", f"已固定{pin.shift or '休息'}"
    return None if request.want == "off" else _unworkable(supply, request)


def _agree(supply: Supply, request: Request, pin: Pin) -> bool:
    """Return whether what is pinned grants a wish."""
    if request.shift is None or pin.shift is None:
        met = pin.shift is not None
    else:
        met = supply.grid.shift_index[pin.shift] in supply.grid.shifts_wished(request.shift)
    return met == (request.want == "work")


def _unworkable(supply: Supply, request: Request) -> tuple[str, str] | None:
    """Return why an agent can never work on a day, or never the shift that is wanted."""
    grid = supply.grid
    agent = grid.agent_index[request.agent_id]
    wanted = grid.shifts_of(None) if request.shift is None else grid.shifts_wished(request.shift)
    if not supply.agents[agent].employed(request.date):
        return "not employed then", "当天不在职"
    if not any(supply.shifts[i].in_use(request.date) for i in wanted):
        return "the shift is no longer in use", "该班次已停用"
    day = grid.history_days + supply.horizon.index(request.date)
    offered = wanted[grid.offered[agent, day, wanted]]
    if not offered.size:
        return "on leave then", "当天请假"
    if banned_shifts(supply)[agent, offered].all():
        return "a hard rule never allows it", "硬性规则不允许"
    return None
