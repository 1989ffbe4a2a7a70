"""What the page says: each phrase in Chinese and in English."""

from __future__ import annotations

from csshift.check.unfilled import PHRASES as ENGLISH

FAIR_NUMBER = (
    "each day's turns are divided among those who may hold them and could work that day, in "
    "proportion to their contract hours."
)

WHY_UNFILLED = {
    "overlaps": "没有与 {window} 重叠满四小时的班次",
    "covers": "没有覆盖整个 {window} 的班次",
    "after-midnight": "；若指夜班（如 {shift}）午夜后的时间，请写 {later}",
    "retired": "；{shift} 合适，但其 end_date 为 {date}",
    "skill": "无人具备技能 {skill}",
    "store": "具备技能 {skill} 的人都不服务店铺 {stores}",
    "no-turns": "max_per_week = 0，不允许值班",
    "not-examined": "空缺过多，未逐一说明原因",
    "free": "至少有一名可值班的人有空",
    "every": "可值班的人全都：{obstacles}",
    "or": "{first}或{last}",
    "comma": "、",
    "other-hours": "所上班次与 {window} 重叠不足四小时",
    "other-hours-short": "所上班次未覆盖整个 {window}",
    "not-employed": "当时不在职",
    "on-leave": "请假",
    "pinned-off": "固定休息",
    "another-turn": "当天已有该值班",
    "week-full": "已达每周 {limit} 次上限",
    "other-duties": "同时有其他值班",
    "kept-off": "受规则“{rule}”限制",
    "nobody": "{duty}{where} 空缺 {turns}（{when}）：{reason}",
    "where": "（{stores}）",
    "days": "{first} 至 {last} 间 {count} 天",
}
"""Why duty turns are not filled, in Chinese; the codes are those of `check.unfilled`."""

PHRASES: dict[str, tuple[str, str]] = {
    # The head of the page
    "title": ("排班表", "Roster"),
    "skip": ("跳到排班表", "Skip to the roster"),
    "sections": ("章节", "Sections"),
    "size": ("{agents} 人 · {days} 天", "{agents} agents · {days} days"),
    "optimal": (
        "已证明最优：所有硬性规则均满足，没有更好的排班。",
        "Optimal: every hard rule holds, and no roster has a lower objective.",
    ),
    "feasible": ("可行：所有硬性规则均满足。", "Feasible: every hard rule holds."),
    "feasible-gap": (
        "可行：所有硬性规则均满足，目标值最多还能降低 {gap}。",
        "Feasible: every hard rule holds; at most {gap} of the objective could be saved.",
    ),
    "violated": (
        "有 {count} 处违反硬性规则，见下方清单。",
        "Hard violations: {count}; they are listed below.",
    ),
    "infeasible": (
        "无解：没有排班能同时满足所有硬性规则。",
        "Infeasible: no roster keeps all hard rules.",
    ),
    "unknown": (
        "在限定时间内没有找到排班，请放宽时间限制。",
        "No roster was found in the time; allow more.",
    ),
    "conflicts": ("互相矛盾的规则", "Rules that contradict one another"),
    # Key figures
    "figures": ("关键数字", "Key figures"),
    "missing": ("人力缺口", "Heads missing"),
    "missing-note": ("{missing} / {required} 人时", "{missing} of {required} head-hours"),
    "hard-violations": ("硬性违规", "Hard violations"),
    "hard-none": ("全部满足", "every hard rule holds"),
    "hard-some": ("见违规清单", "see the list"),
    "duties-filled": ("值班已排", "Duty turns filled"),
    "duties-note": ("空缺 {missing}", "{missing} not filled"),
    "wishes-granted": ("意愿满足", "Wishes granted"),
    "wishes-note": ("{missing} 个未满足", "{missing} not granted"),
    "overtime-total": ("加班", "Overtime"),
    "overtime-value": ("{hours} 小时", "{hours} h"),
    "overtime-note": ("{people} 人", "{people} people"),
    # Filters
    "filters": ("筛选", "Filters"),
    "team": ("组", "Team"),
    "skill": ("技能", "Skill"),
    "store": ("店铺", "Store"),
    "person": ("姓名或工号", "Name or number"),
    "all-teams": ("全部组", "All teams"),
    "all-skills": ("全部技能", "All skills"),
    "all-stores": ("全部店铺", "All stores"),
    "no-team": ("（未分组）", "(no team)"),
    "clear": ("清除", "Clear"),
    "shown": ("显示 {shown} / {total} 人", "{shown} of {total} people"),
    "no-script": (
        "筛选需要启用脚本；表格内容完整。",
        "Filters need scripts to be on; the tables are complete without.",
    ),
    # The roster
    "roster-caption": (
        "每人每天的班次；空白为休息",
        "Shifts by person and day; blank is a day off",
    ),
    "agent": ("人员", "Person"),
    "hours-short": ("工时", "Hours"),
    "at-work": ("在岗", "At work"),
    "off": ("休息", "Off"),
    "leave": ("请假", "Leave"),
    "leave-mark": ("假", "L"),
    "not-employed": ("不在职", "Not employed"),
    "broken-wish": ("意愿未满足", "Wish not granted"),
    "violation": ("违反硬性规则", "Hard rule broken"),
    "legend": ("图例", "Legend"),
    "paid": ("计薪 {hours} 小时", "{hours} h paid"),
    "queues": ("服务队列", "Queues served"),
    "hours-unit": ("小时", "h"),
    "arrows": (
        "方向键可在格子间移动，查看明细",
        "Arrow keys move between cells and show the details",
    ),
    # Coverage
    "coverage": ("人力覆盖", "Coverage"),
    "coverage-note": (
        "每天每小时的人力，所有店铺合计；同一技能各天的纵轴相同。",
        "Heads through each day, all stores together; one scale for all days of a skill.",
    ),
    "required": ("需求", "Required"),
    "supplied": ("供给", "Supplied"),
    "shortage": ("缺口", "Shortage"),
    "head-hours": ("人时", "head-hours"),
    "by-skill": ("各技能的需求、供给和缺口（人时）", "Head-hours by skill"),
    "share-missing": ("缺口率", "Missing"),
    "scale": ("纵轴 0–{top} 人", "scale 0 to {top} heads"),
    "no-coverage": ("没有人力需求。", "Nothing is required."),
    "chart": (
        "{date}，{skill}：需求 {required}、供给 {supplied}、缺口 {shortage} 人时",
        "{date}, {skill}: required {required}, supplied {supplied}, missing {shortage} head-hours",
    ),
    # Duties
    "duties": ("值班", "Duties"),
    "calendar": ("{duty}值班表", "Calendar of {duty}"),
    "all-stores-group": ("全部店铺", "all stores"),
    "nobody": ("空缺 {count}", "{count} not filled"),
    # Fairness
    "fairness": ("公平", "Fairness"),
    "fairness-note": (
        "每人的负担；竖线为公平值，含历史值班：每天的值班按合同工时分给当天可以值班的人，逐日相加。",
        "What each person carries. The tick is the fair number of turns, history included: "
        + FAIR_NUMBER,
    ),
    "hours": ("工时", "Paid hours"),
    "overtime": ("加班", "Overtime"),
    "night": ("夜间工时 22–06", "Night hours 22–06"),
    "weekend-days": ("周末出勤", "Weekend days"),
    "range": ("最少 – 中位 – 最多", "least – median – most"),
    "fair": ("公平值 {fair}", "fair {fair}"),
    "past": ("历史 {past}", "{past} before"),
    # Findings
    "findings": ("违规与缺口", "Violations and shortage"),
    "violations": ("违反的硬性规则", "Broken hard rules"),
    "none-violated": ("所有硬性规则均满足。", "Every hard rule holds."),
    "shortages": ("缺口最大的时段", "Where most is missing"),
    "tiny": (
        "另有 {count} 个时段缺口不足 0.005 人，未列出。",
        "{count} more intervals lack less than 0.005 heads; they are not listed.",
    ),
    "no-shortage": ("没有缺口。", "Nothing is missing."),
    "wishes": ("未满足的意愿", "Wishes that are not granted"),
    "penalties": ("目标值的构成", "What the objective is made of"),
    "rule": ("规则", "Rule"),
    "date": ("日期", "Date"),
    "time": ("时间", "Time"),
    "detail": ("说明", "Detail"),
    "points": ("分值", "Points"),
    "times": ("次数", "Times"),
    "wish": ("意愿", "Wish"),
    "instead": ("实际", "Instead"),
    "weight": ("权重", "Weight"),
    "wish-off": ("休息", "a day off"),
    "wish-work": ("上班", "to work"),
    "wish-shift": ("{shift} 班", "shift {shift}"),
    "wish-not-shift": ("不上 {shift} 班", "not shift {shift}"),
    "first-of": (
        "显示 {shown} 条，共 {total} 条；其余见 {file}",
        "{shown} of {total}; {file} holds all of them",
    ),
    "able": ("可服务", "May serve"),
    "present": ("在岗", "At work"),
    "other-hours": ("其他时段上班", "Other hours"),
    "away": ("请假", "On leave"),
    "could-come": ("休息可调", "Could come in"),
    "against": ("其余人不可调的原因", "What keeps the others"),
    # Facts
    "facts": ("求解信息", "About this result"),
    "status": ("状态", "Status"),
    "status-optimal": ("最优", "optimal"),
    "status-feasible": ("可行", "feasible"),
    "status-infeasible": ("无解", "infeasible"),
    "status-unknown": ("未知", "unknown"),
    "objective": ("目标值", "Objective"),
    "bound": ("已证明的下界", "Proven bound"),
    "gap": ("差距", "Gap"),
    "seconds": ("用时（秒）", "Seconds"),
    "seed": ("随机种子", "Seed"),
    "versions": ("版本", "Versions"),
    "notes": ("提示", "Notes"),
    "search": ("求解过程：目标值与下界", "Search: objective and bound over time"),
    "search-label": (
        "{seconds} 秒内目标值从 {first} 降到 {last}，下界 {bound}",
        "In {seconds} s the objective fell from {first} to {last}; bound {bound}",
    ),
    "none": ("无", "none"),
    "generated": ("由 csshift {version} 生成", "Made by csshift {version}"),
}

PHRASES |= {f"unfilled-{code}": (WHY_UNFILLED[code], text) for code, text in ENGLISH.items()}

NAMES: dict[str, str] = {
    # Skills and duties that csshift knows by itself
    "pre-sale": "售前",
    "after-sale": "售后",
    "payment-reminder": "催付",
    "hotline": "热线",
    # What the checker calls things
    "shortage": "人力缺口",
    "surplus": "人力富余",
    "requests": "个人意愿",
    "labour cost": "人工成本",
    "unfilled duties": "值班空缺",
    "duty fairness": "值班公平",
    "leave": "请假",
    "employment": "在职期",
    "pins": "预排",
    "hourly plan": "小时计划",
    "duties": "值班",
    "overlapping shifts": "班次重叠",
    "overtime": "加班",
    "max_hours_per_week": "每周工时上限",
    # What keeps an agent from being called in
    "pinned off": "已预排休息",
    "on leave during its hours": "该班次时间内请假",
    "at work on the day before": "前一天在岗",
}
