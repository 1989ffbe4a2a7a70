"""What the columns of a workbook are for, in Chinese; the English words stand in the layout."""

from __future__ import annotations

CHINESE_ABOUT = {
    "agent_id": "工号，唯一；其他表用它指代此人",
    "agents.name": "姓名",
    "shifts.name": "班次名称，可空",
    "team": "职务或组别，规则可以按它选择",
    "stores": "服务的店铺：S1|S2；空白表示全部店铺",
    "agents.skills": "技能与效率：pre-sale:1.1;after-sale:0.6（不写数字即为 1）",
    "contract": "“合同”表中的名称；空白表示没有",
    "start_date": "入职第一天；空白表示不限",
    "agents.end_date": "在职最后一天；空白表示不限",
    "tags": "标签，用分号分隔，规则可以按它选择：new;nursing",
    "code": "班次代码，短而唯一，排班表里写的就是它",
    "shifts.hours": "08:00-17:00；两头班写 09:00-12:00+18:00-23:00；26:00 即次日 02:00",
    "shifts.end_date": "停用前的最后一天；空白表示仍在使用",
    "break_minutes": "不计工资的休息时间，分钟",
    "date": "日期，例如 2026-03-16",
    "start": "时段开始，HH:MM",
    "end": "结束时间；26:00 即次日 02:00",
    "store": "店铺",
    "skill": "技能",
    "inquiries": "该时段预计的咨询量",
    "heads": "该时段需要的人数（效率为 1），可以有小数；优先于预测",
    "leave.kind": "请假类别：年假、病假等",
    "leave.hours": "请假的时间段：14:00-24:00；空白表示全天",
    "want": "work（上班）或 off（休息）",
    "requests.shift": "班次代码；空白表示任意班次",
    "weight": "重要程度，空白为 1",
    "pins.shift": "班次代码；空白表示休息",
    "shift": "班次代码",
    "duty": "值班名称，见“值班”表",
    "setting": "设置项",
    "value": "值；空白表示默认",
    "about": "说明",
}
ABOUT_SETTINGS = {
    "name": ("title of the plan", "排班名称"),
    "stores": ("stores without demand of their own: S1|S2", "没有咨询量的店铺：S1|S2"),
    "labour": (
        "labour rules beside your own: standard, or none; blank: standard if there are no rules",
        "预设劳动规则：standard 或 none（不用）；空白且无规则时为 standard",
    ),
    "horizon.start": ("first planned day", "排班第一天"),
    "horizon.days": ("number of planned days", "排班天数"),
    "horizon.interval_minutes": (
        "length of an interval: 15, 30 or 60",
        "时段长度：15、30 或 60 分钟",
    ),
    "weights.duty_unfilled": ("points for a duty turn that nobody holds", "无人值班，每次"),
    "weights.shortage": ("points for a head-hour missing", "缺一人一小时"),
    "weights.deep_shortage": ("points added for deep shortage", "严重缺人时另加"),
    "weights.deep_shortage_share": ("share of heads from which it is deep", "严重缺人的比例界限"),
    "weights.overtime": ("points for an hour of overtime", "加班一小时"),
    "weights.request": ("points for a broken wish of weight 1", "一个未满足的意愿"),
    "weights.duty_fairness": (
        "points at most for a turn away from fair",
        "值班次数每次偏离公平最多",
    ),
    "weights.surplus": ("points for an hour that no queue needs", "多余的一人一小时"),
}
ABOUT_RECORDS = {
    "name": ("its name, unique", "名称，唯一"),
    "kind": ("kind of rule; csshift schema lists the fields of each", "规则类别"),
    "severity": (
        '"hard" (blank), or points a unit: soft',
        "空白为硬规则；数字为软规则的分值",
    ),
    "cover": ('[{shifts = ["E"], heads = 3}]', '[{shifts = ["早"], heads = 3}]'),
    "window": ("part of the day: 10:00-21:30", "时段：10:00-21:30"),
    "stores": ("groups of stores: S1;S2|S3; blank: all in one", "店铺分组：S1;S2|S3；空白为一组"),
    "shifts": ("codes or tag:WORD, separated by |", "班次代码或 tag:标签，用 | 分隔"),
    "skill": ("who may hold it", "值班所需技能"),
}


def about(table: str, column: str, english: str, language: str) -> str:
    """Return what a column is for; the English words where there are no Chinese ones."""
    if language != "zh":
        return english
    return CHINESE_ABOUT.get(f"{table}.{column}") or CHINESE_ABOUT.get(column) or english


def about_record(column: str, language: str) -> str:
    """Return what a column of skills, contracts, rules or duties is for, if there is a word."""
    return ABOUT_RECORDS.get(column, ("", ""))[language == "zh"]


def about_setting(name: str, language: str) -> str:
    """Return what a row of the settings is for."""
    return ABOUT_SETTINGS.get(name, ("", ""))[language == "zh"]
