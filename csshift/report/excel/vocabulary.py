"""What the workbook says, in Chinese and in English."""

from __future__ import annotations

from datetime import date as Date

from csshift.io.excel.words import WEEKDAYS, Language

PHRASES: dict[str, tuple[str, str]] = {
    "agent_id": ("工号", "agent_id"),
    "team": ("职务", "team"),
    "name": ("姓名", "name"),
    "days": ("出勤天数", "days"),
    "hours": ("工时", "hours"),
    "overtime": ("加班", "overtime"),
    "weekend": ("周末出勤", "weekend days"),
    "night": ("夜间出勤", "night days"),
    "contract": ("合同", "contract"),
    "planned": ("本期", "planned"),
    "past": ("以往", "before"),
    "fair": ("公平值", "fair"),
    "count": ("人数", "count"),
    "at work": ("在岗", "at work"),
    "leave": ("假", "leave"),
    "duty": ("值班", "duty"),
    "week": ("第{week}周 {first}–{last}", "Week {week}, {first} to {last}"),
    "shift": ("班次", "shift"),
    "off": ("休息", "off"),
    "others": ("其他", "others"),
    "skill": ("技能", "skill"),
    "time": ("时段", "hour"),
    "covered": ("需求满足率", "share of the demand that is covered"),
    "missing": ("缺少人数", "heads missing"),
    "date": ("日期", "date"),
    "weekday": ("星期", "weekday"),
    "want": ("意愿", "wanted"),
    "want work": ("上班", "to work"),
    "want off": ("休息", "a day off"),
    "want work shift": ("上 {shift}", "shift {shift}"),
    "want off shift": ("不上 {shift}", "not shift {shift}"),
    "weight": ("权重", "weight"),
    "got": ("实际", "got"),
    "before": ("原来", "before"),
    "after": ("现在", "now"),
    "what": ("内容", "what"),
    "shift change": ("班次", "shift"),
    "no changes": ("没有变更", "nothing has changed"),
    "status": ("状态", "status"),
    "optimal": ("最优（已证明）", "optimal, proven"),
    "feasible": ("可行", "feasible"),
    "infeasible": ("无解", "infeasible"),
    "unknown": ("未知", "unknown"),
    "objective": ("目标值", "objective"),
    "bound": ("下界（已证明）", "proven bound"),
    "gap": ("差距", "gap"),
    "labour": ("劳动规则", "labour rules"),
    "required": ("需要工时", "hours required"),
    "short": ("缺少工时", "hours missing"),
    "seconds": ("用时（秒）", "seconds"),
    "seed": ("随机种子", "seed"),
    "versions": ("版本", "versions"),
    "penalties": ("目标值构成", "what the objective is made of"),
    "violations": ("违反的硬性规则", "broken hard rules"),
    "notes": ("备注", "notes"),
    "none": ("无", "none"),
}


class Phrases:
    """The words of one language.

    Parameters
    ----------
    lang : {"zh", "en"}
    """

    def __init__(self, lang: Language) -> None:
        self.lang: Language = lang
        self._position = 0 if lang == "zh" else 1

    def __call__(self, key: str, **values: object) -> str:
        """Return a phrase, with values put in."""
        phrase = PHRASES[key][self._position]
        return phrase.format(**values) if values else phrase

    def weekday(self, date: Date) -> str:
        """Return the day of the week."""
        return WEEKDAYS[self.lang][date.weekday()]

    def month(self, date: Date) -> str:
        """Return year and month."""
        return f"{date.year}年{date.month}月" if self.lang == "zh" else f"{date:%Y-%m}"

    def day(self, date: Date) -> str:
        """Return month and day."""
        return f"{date.month}月{date.day}日" if self.lang == "zh" else f"{date:%m-%d}"

    def roster_title(self, name: str, date: Date) -> str:
        """Return the title of a month's sheet."""
        if self.lang == "zh":
            return f"{self.month(date)} {name} 客服排班表".replace("  ", " ")
        return f"{name} roster, {date:%Y-%m}".strip()
