"""What is wrong with a promotion calendar, as far as one effect alone does not show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from csshift.demand.promotions.shapes import OPENINGS, Shapes
from csshift.demand.volumes import Volumes
from csshift.errors import Fault, separated, suggestion
from csshift.model.promotions import RAMPS, PromotionEffect, ShapePoint
from csshift.model.skills import BUILT_IN_SKILLS

PROMOTIONS, SHAPES = "promotions", "promotion_shapes"


def effect_faults(
    effects: Sequence[PromotionEffect],
    ordinary: Volumes,
    shapes: Shapes,
    skills: Iterable[str] = (),
) -> Iterator[Fault]:
    """Yield unknown stores, skills and shapes, phases out of order, and effects given twice.

    Parameters
    ----------
    effects : sequence of PromotionEffect
        The calendar; faults give the position in it.
    ordinary : Volumes
        Knows the stores, and skills.
    shapes : mapping
        The shapes that tables describe.
    skills : iterable of str
        Skills that may be named without being in the forecast; built-in ones always may.
    """
    stores = {store for store, _ in ordinary.queues}
    known = {skill for _, skill in ordinary.queues} | set(skills) | set(BUILT_IN_SKILLS)
    names = {*shapes, *RAMPS}
    for index, effect in enumerate(effects):
        for store in effect.stores:
            if store not in stores:
                yield _unknown("store", "stores", store, stores, index)
        for skill in effect.multipliers:
            if skill not in known:
                yield _unknown("skill", "multipliers", skill, known, index)
        if effect.shape not in names:
            yield _unknown("shape", "shape", effect.shape, names, index)
        yield from _order_faults(effect, effects, index)
        yield from _repetitions(effect, effects[:index], index)


def _unknown(noun: str, column: str, name: str, known: Iterable[str], index: int) -> Fault:
    several = separated(name, known) if column == "stores" else None
    remedy = several or suggestion(name, known, noun)
    return Fault(PROMOTIONS, f"unknown {noun}", remedy, index=index, column=column, value=name)


def _order_faults(
    effect: PromotionEffect, effects: Sequence[PromotionEffect], index: int
) -> Iterator[Fault]:
    """Yield a lead-in that outlasts the opening of its wave, and an aftermath before it."""
    events = [e.start for e in effects if e.wave == effect.wave and e.phase == "event"]
    opens: datetime | None = min(events, default=None)
    if opens is None or effect.phase == "event":
        return
    if effect.phase == "lead-in" and effect.end > opens:
        problem = f"the lead-in ends after its event starts ({opens:%Y-%m-%d %H:%M})"
        yield Fault(PROMOTIONS, problem, "end it there, or sooner", index=index, column="end")
    if effect.phase == "aftermath" and effect.start < opens:
        problem = f"the aftermath starts before its event ({opens:%Y-%m-%d %H:%M})"
        yield Fault(PROMOTIONS, problem, "start it later", index=index, column="start")


def _repetitions(
    effect: PromotionEffect, earlier: Iterable[PromotionEffect], index: int
) -> Iterator[Fault]:
    for other in earlier:
        if other.block != effect.block or bool(other.stores) != bool(effect.stores):
            continue
        stores = set(other.stores) & set(effect.stores)
        skills = set(other.multipliers) & set(effect.multipliers)
        if skills and (stores or not effect.stores):
            where = f" in store {min(stores)}" if stores else ""
            problem = f"{min(skills)}{where} has a multiplier for this wave and time already"
            remedy = "keep one of the rows, or name different stores"
            yield Fault(PROMOTIONS, problem, remedy, index=index, column="multipliers")
            return


def shape_faults(points: Sequence[ShapePoint]) -> Iterator[Fault]:
    """Yield hours given twice, shapes of more than the whole, and names that are taken."""
    total: dict[str, float] = {}
    seen: set[tuple[str, int]] = set()
    for index, point in enumerate(points):
        if point.shape in RAMPS:
            remedy = f"choose another name; {' and '.join(OPENINGS)} may be replaced"
            yield Fault(
                SHAPES, "the name is taken", remedy, index=index, column="shape", value=point.shape
            )
        if (point.shape, point.hour) in seen:
            yield Fault(SHAPES, "duplicate hour", "keep one", index=index, column="hour")
        seen.add((point.shape, point.hour))
        before = total.get(point.shape, 0.0)
        total[point.shape] = before + point.share
        if before <= 1 + 1e-9 < total[point.shape]:
            problem = f"the shares of {point.shape!r} add up to more than 1"
            yield Fault(SHAPES, problem, "make them smaller", index=index, column="share")
