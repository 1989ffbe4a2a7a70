"""The note on wishes that are not granted, each with what it lost to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from csshift.compile.coverage import SHORTAGE
from csshift.compile.work import REQUESTS
from csshift.decode.granting import LostWish
from csshift.instance import Instance
from csshift.instance.wishes import ungrantable, wish_in_words
from csshift.model.notes import Note
from csshift.model.people import Request
from csshift.scoring.duties import UNFILLED

MOST_NAMED = 3


def wish_notes(instance: Instance, lost: Sequence[LostWish]) -> Iterator[Note]:
    """Yield one note on the wishes that are not granted, each with what it lost to.

    Parameters
    ----------
    instance : Instance
    lost : sequence of LostWish
        The weightiest first.
    """
    impossible = {_key(request) for request, _, _ in ungrantable(instance)}
    lost = [wish for wish in lost if _key(wish.request) not in impossible]
    if not lost:
        return
    total = len(instance.planned.requests)
    named = [_sentence(instance, wish) for wish in lost[:MOST_NAMED]]
    more = f"; and {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else ""
    more_zh = f"；另有 {len(lost) - MOST_NAMED} 个" if len(lost) > MOST_NAMED else ""
    by_price = any(wish.costs and SHORTAGE in wish.costs for wish in lost)
    todo = "; raise wish_minutes or the weight of a wish to grant more" if by_price else ""
    todo_zh = "；如要满足更多，请提高 wish_minutes 或该意愿的权重" if by_price else ""
    verb = "is" if len(lost) == 1 else "are"
    yield Note(
        code="wishes-lost",
        text=f"{len(lost)} of {total} {'wish' if total == 1 else 'wishes'} {verb} not granted: "
        f"{'; '.join(english for english, _ in named)}{more}{todo}",
        text_zh=f"{total} 个意愿中有 {len(lost)} 个未满足："
        f"{'；'.join(chinese for _, chinese in named)}{more_zh}{todo_zh}",
        agents=tuple(dict.fromkeys(wish.request.agent_id for wish in lost)),
        dates=tuple(sorted({wish.request.date for wish in lost})),
        count=len(lost),
    )


def _key(request: Request) -> tuple[object, ...]:
    return request.agent_id, request.date, request.want, request.shift


def _sentence(instance: Instance, wish: LostWish) -> tuple[str, str]:
    who, who_zh = wish_in_words(instance, wish.request)
    why, why_zh = _why(instance, wish)
    return f"{who} ({why})", f"{who_zh}（{why_zh}）"


def _why(instance: Instance, wish: LostWish) -> tuple[str, str]:
    """Return what a wish lost to, in words."""
    if wish.costs is None:
        return "not examined in the time", "时间不够，未查原因"
    if not wish.costs:
        rules = " and ".join(wish.barriers[:2]) or "pins or leave"
        return f"kept off by {rules}", f"受 {'、'.join(wish.barriers[:2]) or '固定安排或请假'} 限制"
    name, points = max(wish.costs.items(), key=lambda item: item[1])
    if name == SHORTAGE and instance.weights.shortage:
        hours = float(points) / float(instance.weights.shortage)
        return f"it would cost {hours:.1f} head-hours", f"否则相当于再缺 {hours:.1f} 人时"
    if name == UNFILLED:
        return "a duty turn would be unfilled", "否则会有值班空缺"
    if name == REQUESTS:
        return "another wish or labour cost outweighs it", "让位于其他意愿或人工成本"
    return f"it would break {name}", f"否则会违反 {name}"
