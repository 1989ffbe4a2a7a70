"""Small problem folders that a campaign starts from: every table, rule kind and setting."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

Files = dict[str, bytes]
"""The files of a folder: content by name."""

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "promotion-week"

RULES = """
[[rules]]
kind = "min-rest"
hours = 11
[[rules]]
kind = "max-consecutive-days"
days = 5
[[rules]]
kind = "min-consecutive-days"
days = 2
severity = 3
[[rules]]
kind = "min-consecutive-days-off"
days = 2
severity = 2.5
[[rules]]
kind = "min-days-off"
days = 1
per = "rolling-7-days"
severity = 4
[[rules]]
name = "hours of new people"
kind = "max-hours"
hours = 32
per = "week"
agents = { tags = ["new"], teams = ["day"] }
[[rules]]
kind = "min-hours"
hours = 8
per = "horizon"
severity = 1
[[rules]]
kind = "max-shifts"
count = 2
per = "week"
shifts = ["tag:night", "L"]
[[rules]]
kind = "min-shifts"
count = 1
per = "week"
severity = 0.5
[[rules]]
kind = "max-weekends"
count = 2
[[rules]]
kind = "complete-weekends"
severity = 1
[[rules]]
kind = "forbidden-shifts"
shifts = ["N"]
agents = { skills = ["after-sale"], contracts = ["full-time"] }
[[rules]]
kind = "forbidden-sequence"
shifts = ["tag:night", "D"]
severity = 7
[[rules]]
kind = "max-consecutive-shifts"
count = 3
shifts = ["L"]
[[rules]]
kind = "min-consecutive-shifts"
count = 2
shifts = ["N"]
severity = 2
[[rules]]
kind = "seats"
count = 3
[[rules]]
kind = "min-on-site"
tags = ["senior"]
count = 1
hours = "10:00-12:00"
severity = 10
[[rules]]
kind = "shift-cover"
severity = 6
cover = [{ shifts = ["D", "L"], heads = 2, dates = [2026-03-17], under = 2, over = 0.5 }]
"""

SETTINGS = """
name = "Every setting"
stores = ["S3"]
[horizon]
start = 2026-03-16
days = 4
interval_minutes = 60
[skills.hotline]
channel = "call"
handle_seconds = 200
service_level = 0.8
answer_within_seconds = 30
patience_seconds = 300
shrinkage = 0.05
max_occupancy = 0.9
[skills.pre-sale]
channel = "chat"
reply_seconds = 12
customer_gap_seconds = 40
replies_per_session = 10
sessions_at_once = 4
mean_response_seconds = 30
response_within_seconds = 180
service_level = 0.9
bot_share = 0.2
[[skills.pre-sale.overrides]]
dates = ["2026-03-17"]
sessions_at_once = 3
bot_share = 0.3
[skills.refund]
channel = "deferrable"
handle_seconds = 240
backlog = 5
working_window = "09:00-18:00"
deadline_hours = 24
shortage_weight = 0.5
[contracts.full-time]
max_hours_per_week = 44
overtime_after_hours_per_week = 40
cost_per_hour = 1
overtime_cost_per_hour = 1.5
[contracts.part-time]
max_hours_per_week = 20
[[duties]]
name = "remind"
skill = "payment-reminder"
window = "10:00-14:00"
count = 1
stores = [["S1"], ["S2", "S3"]]
share = 0.5
max_per_week = 2
[weights]
shortage = 50
duty_unfilled = 100
surplus = 0.01
"""

EVERYTHING: Files = {
    name: text.encode()
    for name, text in {
        "problem.toml": SETTINGS + RULES,
        "agents.csv": """agent_id,name,team,stores,skills,contract,start_date,end_date,tags
a,Ann,day,S1|S2,pre-sale:1.1;payment-reminder,full-time,,,senior
b,陈静,day,,pre-sale;after-sale:0.8;refund;payment-reminder,full-time,2026-03-17,,new
c,Cid,late,S2,hotline;refund:0.6;pre-sale,part-time,,2026-03-18,new;nursing
d,,late,S1|S3,hotline:1.25;payment-reminder,,,,senior
""",
        "shifts.csv": """code,name,hours,break_minutes,tags
D,Day,08:00-16:00,30,day
L,Late,14:00-22:00,60,late
N,Night,22:00-30:00,0,night
P,Split,09:00-12:00+18:00-21:00,0,day;late
""",
        "forecast.csv": "date,start,store,skill,inquiries\n"
        + "".join(
            f"2026-03-{day},{hour}:00,{store},{skill},{count}\n"
            for day in range(16, 20)
            for hour in (10, 19)
            for store, skill, count in (
                ("S1", "pre-sale", 9), ("S2", "pre-sale", 4.5),
                ("S1", "hotline", 6), ("S2", "refund", 8),
            )
        ),
        "requirements.csv": """date,start,store,skill,heads
2026-03-16,10:00,S1,after-sale,1
2026-03-17,11:00,S1,after-sale,0.75
2026-03-18,10:00,S1,pre-sale,1.5
""",
        "leave.csv": """agent_id,date,kind
a,2026-03-18,annual
b,2026-03-16,sick
""",
        "requests.csv": """agent_id,date,want,shift,weight
a,2026-03-17,off,,2
b,2026-03-19,work,L,1
c,2026-03-17,work,,0.5
""",
        "pins.csv": "agent_id,date,shift\nd,2026-03-16,D\nd,2026-03-17,\n",
        "history.csv": """agent_id,date,shift
a,2026-03-13,D
a,2026-03-14,D
b,2026-03-15,L
d,2026-03-10,N
""",
        "history_duties.csv": """date,duty,stores,agent_id,start,end
2026-03-13,remind,S1,a,10:00,14:00
""",
    }.items()
}  # fmt: skip

ALONE: Files = {
    "problem.toml": b"""[horizon]
start = 2026-12-30
days = 3
interval_minutes = 30
[[rules]]
kind = "min-rest"
""",
    "agents.csv": b"agent_id,skills\nonly,hotline\n",
    "shifts.csv": b"code,hours\nX,09:00-17:00\nY,20:30-28:30\n",
    "requirements.csv": b"date,start,store,skill,heads\n"
    b"2026-12-30,09:00,S,hotline,1\n2026-12-31,21:00,S,hotline,0.5\n2027-01-01,09:30,S,hotline,2\n",
}

CLUTTER: Files = {
    name: text.encode()
    for name, text in {
        "problem.toml": """name = "Clutter"
stores = ["nowhere"]
[horizon]
start = 2026-02-27
days = 5
interval_minutes = 60
[skills.unused]
channel = "call"
handle_seconds = 60
[contracts.full]
max_hours_per_week = 40
[contracts.half]
max_hours_per_week = 16
overtime_after_hours_per_week = 12
[contracts.nobody]
max_hours_per_week = 1
[[rules]]
kind = "max-consecutive-days"
days = 3
agents = { ids = ["gone"] }
[[rules]]
kind = "min-days-off"
days = 1
per = "month"
[[duties]]
name = "remind"
skill = "payment-reminder"
window = "10:00-21:30"
max_per_week = 7
[[duties]]
name = "second"
skill = "hotline"
window = "06:00-08:00"
""",
        "agents.csv": """agent_id,name,team,stores,skills,contract,start_date,end_date,tags
f1,Full,,,pre-sale;payment-reminder,full,,,
f2,Full,,,pre-sale;payment-reminder,full,2026-02-28,,
h1,Half,,,pre-sale:0.7;hotline,half,,,
gone,Left,old,,pre-sale,full,2025-01-01,2026-02-26,former
soon,Joins,,,hotline,half,2026-03-03,,new
""",
        "shifts.csv": """code,name,hours,break_minutes,tags
E,,07:00-15:00,60,
L,,13:00-21:00,60,
U,unused,00:00-24:00,0,day
O,old,22:00-29:30,15,night;old
""",
        "requirements.csv": "date,start,store,skill,heads\n"
        + "".join(
            f"{day},{hour}:00,S,pre-sale,1\n"
            for day in ("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03")
            for hour in ("09", "16")
        ),
        "leave.csv": "agent_id,date,kind\nf1,2026-02-27,first day\nf2,2026-03-03,last day\n",
        "history.csv": "agent_id,date,shift\nf1,2026-02-26,O\ngone,2026-02-25,E\nh1,2026-02-01,L\n",
        "history_duties.csv": "date,duty,agent_id\n2026-02-20,remind,f2\n2025-11-03,remind,f1\n",
    }.items()
}


def starter() -> Files:
    """Return the folder that ``csshift init`` writes."""
    return {
        source.name: source.read_bytes()
        for source in files("csshift.io").joinpath("starter").iterdir()
        if source.name != "README.txt"
    }


def example() -> Files:
    """Return the example of a promotion week."""
    return {path.name: path.read_bytes() for path in EXAMPLE.iterdir() if path.is_file()}


def bases() -> dict[str, Files]:
    """Return every folder, the small ones first."""
    return {
        "everything": EVERYTHING,
        "alone": ALONE,
        "clutter": CLUTTER,
        "starter": starter(),
        "example": example(),
    }
