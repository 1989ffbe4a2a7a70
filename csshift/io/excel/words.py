"""What sheets and columns are called: by their own names, in English and in Chinese."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal

Language = Literal["zh", "en"]

SETTINGS, SKILLS, CONTRACTS, RULES, DUTIES = "settings", "skills", "contracts", "rules", "duties"

TITLES: dict[str, dict[Language, str]] = {
    SETTINGS: {"en": "settings", "zh": "设置"},
    "agents": {"en": "agents", "zh": "人员"},
    "shifts": {"en": "shifts", "zh": "班次"},
    SKILLS: {"en": "skills", "zh": "技能"},
    CONTRACTS: {"en": "contracts", "zh": "合同"},
    RULES: {"en": "rules", "zh": "规则"},
    DUTIES: {"en": "duties", "zh": "值班"},
    "forecast": {"en": "forecast", "zh": "咨询预测"},
    "requirements": {"en": "requirements", "zh": "人力需求"},
    "leave": {"en": "leave", "zh": "请假"},
    "requests": {"en": "requests", "zh": "意愿"},
    "pins": {"en": "pins", "zh": "预排"},
    # Spreadsheet programs keep the name "history" to themselves.
    "history": {"en": "past roster", "zh": "历史排班"},
    "history_duties": {"en": "past duties", "zh": "历史值班"},
}
"""Titles of the sheets of a problem, by table and in the order in which they are written."""

TURNS: dict[Language, str] = {"en": "duty turns", "zh": "值班表"}
"""Title of the sheet that holds the duty turns of a roster."""

TURN_NOTES = ("name", "weekday", "姓名", "星期")
"""Columns of that sheet that are there for people only."""

COVERAGE: dict[Language, str] = {"en": "coverage", "zh": "覆盖率"}
PEOPLE: dict[Language, str] = {"en": "hours", "zh": "工时"}
WISHES_BROKEN: dict[Language, str] = {"en": "broken wishes", "zh": "未满足意愿"}
CHANGES: dict[Language, str] = {"en": "changes", "zh": "变更"}
FACTS: dict[Language, str] = {"en": "result", "zh": "结果"}
BLOCKS: dict[Language, str] = {"en": "weeks", "zh": "周排班"}
REPORTS = (TURNS, COVERAGE, PEOPLE, WISHES_BROKEN, CHANGES, FACTS, BLOCKS)
"""Titles of the sheets that a report has beside the roster."""

CHINESE_COLUMNS = {
    "agent_id": "工号",
    "name": "名称",
    "team": "职务",
    "stores": "店铺",
    "store": "店铺",
    "skills": "技能",
    "skill": "技能",
    "contract": "合同",
    "start_date": "入职日期",
    "end_date": "结束日期",
    "tags": "标签",
    "code": "代码",
    "hours": "时间段",
    "break_minutes": "休息分钟",
    "date": "日期",
    "start": "开始",
    "end": "结束",
    "inquiries": "咨询量",
    "heads": "人数",
    "kind": "类别",
    "want": "意愿",
    "shift": "班次",
    "weight": "权重",
    "duty": "值班",
    "setting": "项目",
    "value": "值",
    "about": "说明",
}
OTHER_NAMES = {
    "姓名": "name",
    "组别": "team",
    "岗位": "team",
    "离职日期": "end_date",
    "停用日期": "end_date",
}
WISHES = {"上班": "work", "休息": "off", "休": "off"}
REST = frozenset({"", "休", "休息", "off", "rest", "-", "/", ".", "○", "〇", "公休", "调休"})
LEAVE = frozenset({"假", "请假", "年假", "事假", "病假", "产假", "婚假", "丧假", "leave"})
AT_WORK = frozenset(
    {"在岗", "在岗人数", "上班人数", "合计", "总计", "人数", "at work", "count", "total"}
)
WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "zh": ("一", "二", "三", "四", "五", "六", "日"),
    "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"),
}


def column_title(name: str, language: Language) -> str:
    """Return what a column is called in a sheet; names without a translation stay."""
    return CHINESE_COLUMNS.get(name, name) if language == "zh" else name


def column_name(title: str, columns: Iterable[str]) -> str:
    """Return the column that a title stands for, among those of a sheet; else the title."""
    wanted = folded(title)
    for name in columns:
        if wanted in (name, CHINESE_COLUMNS.get(name), folded(name)):
            return name
    other = OTHER_NAMES.get(wanted, "")
    return other if other in columns else title.strip()


def table_name(title: str) -> str | None:
    """Return the table that a sheet of this title holds, or None."""
    wanted = folded(title)
    for name, titles in TITLES.items():
        if wanted == name or wanted in titles.values():
            return name
    return None


def weekday(word: str) -> int | None:
    """Return the day of the week that a word means, Monday being 0, or None."""
    text = folded(word).removeprefix("星期").removeprefix("周").removeprefix("礼拜")
    if text in ("天", "日"):
        return 6
    for words in WEEKDAYS.values():
        for position, day in enumerate(words):
            if text == day.lower():
                return position
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    found = [i for i, name in enumerate(names) if len(text) >= 2 and name.startswith(text)]
    return found[0] if len(found) == 1 else None


def folded(text: str) -> str:
    """Return text for comparison: half-width, lower case, without spaces around it."""
    return unicodedata.normalize("NFKC", text).strip().lower()
