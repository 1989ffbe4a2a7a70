"""Write the problem folder ``examples/promotion-week``: a made-up team and a made-up week.

    python examples/make_promotion_week.py [FOLDER]

The same bytes come out every time, on every machine: the only chance in it is a seeded one.
"""

from __future__ import annotations

import csv
import io
import random
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

SEED = 618
MONDAY = date(2026, 6, 1)
DAYS = 7
THURSDAY = 3

SETTINGS = """\
# A team of 24, three stores, and a week in which a promotion opens on Thursday at 20:00.
# Written by examples/make_promotion_week.py; people and figures are made up.

name = "Promotion week"

[horizon]
start = 2026-06-01             # a Monday
days = 7
interval_minutes = 60

# How a forecast of inquiries becomes heads.
[skills.pre-sale]
channel = "chat"
reply_seconds = 12             # work for one reply
customer_gap_seconds = 40      # the customer's pause before the next message
replies_per_session = 10
sessions_at_once = 5
mean_response_seconds = 35
service_level = 0.90           # of the replies within ...
response_within_seconds = 180
shrinkage = 0.05

[skills.after-sale]
channel = "chat"
reply_seconds = 16
customer_gap_seconds = 50
replies_per_session = 9
sessions_at_once = 4
mean_response_seconds = 50
service_level = 0.90
shrinkage = 0.05

[skills.hotline]
channel = "call"
handle_seconds = 200
service_level = 0.70           # of the calls within ...
answer_within_seconds = 60
patience_seconds = 300         # mean time until a caller gives up

[skills.refund]                # a skill of our own: work that can be spread
channel = "deferrable"
handle_seconds = 180
max_occupancy = 0.9
shortage_weight = 0.5          # a refund can wait an hour, a customer in a chat cannot

[contracts.full-time]
max_hours_per_week = 48
overtime_after_hours_per_week = 40

[contracts.part-time]
max_hours_per_week = 24

[[rules]]
kind = "min-rest"
hours = 11

[[rules]]
kind = "max-consecutive-days"
days = 6

[[rules]]
kind = "min-days-off"
days = 1
per = "week"

[[rules]]
name = "two days off where possible"
kind = "min-days-off"
days = 2
per = "week"
severity = 20
agents = { contracts = ["full-time"] }

[[rules]]
name = "nights a week"
kind = "max-shifts"
count = 2
per = "week"
shifts = ["tag:night"]

[[rules]]
name = "no late work while nursing"
kind = "forbidden-shifts"
shifts = ["tag:late", "tag:night", "tag:split"]
agents = { tags = ["nursing"] }

[[rules]]
name = "no two split days in a row"
kind = "forbidden-sequence"
shifts = ["tag:split", "tag:split"]
severity = 6

[[rules]]
kind = "seats"
count = 18

[[rules]]
name = "a refund reviewer is there"
kind = "min-on-site"
tags = ["refund-review"]
count = 1
hours = "09:00-23:00"

[[duties]]
name = "payment-reminder"
skill = "payment-reminder"
window = "10:00-21:30"
count = 1
stores = [["S1"], ["S2", "S3"]]
share = 0.5
max_per_week = 2
"""

SHIFTS = [
    ("早", "早班", "08:00-17:00", 60, "day"),
    ("中", "中班", "12:00-21:00", 60, "mid"),
    ("晚", "晚班", "15:00-24:00", 60, "late"),
    ("两头", "两头班", "09:00-12:00+18:00-23:00", 0, "split"),
    ("夜", "夜班", "18:00-26:00", 30, "night"),
]

# Name, team, stores, skills, contract, tags.
PRE = "pre-sale:{};after-sale:0.8"
REMIND = "pre-sale:{};after-sale:0.7;payment-reminder"
AFTER = "after-sale:{};pre-sale:0.8;refund:0.8"
REFUND = "refund:{};after-sale:0.9"
CALLS = "hotline:{};after-sale:0.9"
PEOPLE = [
    ("林晓雨", "pre-sale", "S1", REMIND.format(1.2), "full-time", "lead"),
    ("陈思远", "pre-sale", "S1", REMIND.format(1.1), "full-time", ""),
    ("王可欣", "pre-sale", "S1", REMIND.format(1), "full-time", ""),
    ("赵一鸣", "pre-sale", "S1", REMIND.format(1), "full-time", ""),
    ("孙佳怡", "pre-sale", "S2|S3", REMIND.format(1.1), "full-time", ""),
    ("周子涵", "pre-sale", "S2|S3", REMIND.format(1), "full-time", ""),
    ("吴梦琪", "pre-sale", "S2|S3", REMIND.format(0.9), "full-time", "nursing"),
    ("郑浩然", "pre-sale", "S2|S3", REMIND.format(1), "full-time", ""),
    ("冯雅静", "pre-sale", "S1", PRE.format(0.8), "full-time", "new"),
    ("褚天佑", "pre-sale", "S1|S2", PRE.format(0.8), "full-time", "new"),
    ("卫诗涵", "pre-sale", "", PRE.format(1), "part-time", ""),
    ("蒋文博", "pre-sale", "", PRE.format(0.9), "part-time", ""),
    ("沈若溪", "after-sale", "", AFTER.format(1.2), "full-time", "lead;refund-review"),
    ("韩宇轩", "after-sale", "S1|S2", AFTER.format(1), "full-time", ""),
    ("杨欣妍", "after-sale", "", CALLS.format(0.9), "full-time", ""),
    ("朱俊杰", "after-sale", "", CALLS.format(1), "full-time", ""),
    ("秦语嫣", "after-sale", "S1", AFTER.format(0.9), "full-time", "nursing"),
    ("许志强", "after-sale", "", AFTER.format(0.8), "full-time", "new"),
    ("何晨曦", "after-sale", "", CALLS.format(0.9), "part-time", ""),
    ("吕思琪", "refund", "", REFUND.format(1.1), "full-time", "refund-review"),
    ("施文轩", "refund", "", REFUND.format(1), "full-time", "refund-review"),
    ("张雨桐", "refund", "", REFUND.format(1), "full-time", "refund-review"),
    ("孔德明", "hotline", "", CALLS.format(1), "full-time", ""),
    ("曹婉清", "hotline", "", CALLS.format(1), "full-time", ""),
]
AGENTS = [f"A{number:02}" for number in range(1, len(PEOPLE) + 1)]

# Inquiries an hour on an ordinary day, from 09:00 to 23:00.
CURVE = [5, 8, 9, 8, 7, 8, 9, 9, 8, 7, 7, 9, 10, 8, 6]
# Size of each queue, and the hours in which it is open.
QUEUES = {
    ("S1", "pre-sale"): (2.7, range(9, 24)),
    ("S2", "pre-sale"): (1.2, range(10, 23)),
    ("S3", "pre-sale"): (0.7, range(13, 22)),
    ("S1", "after-sale"): (1.2, range(9, 22)),
    ("S2", "after-sale"): (0.6, range(13, 19)),
    ("S1", "hotline"): (0.2, range(9, 18)),
    ("S1", "refund"): (0.7, range(9, 21)),
}
DAY_FACTORS = {
    "pre-sale": [0.95, 0.95, 1.05, 1.2, 1.25, 1.0, 1.0],
    "after-sale": [1.1, 1.0, 0.95, 0.9, 1.05, 1.1, 1.1],
    "hotline": [1.1, 1.0, 1.0, 1.0, 1.1, 0.9, 0.9],
    "refund": [1.0, 0.9, 0.9, 0.9, 1.0, 1.1, 1.1],
}
OPENING = {20: 5.5, 21: 5.0, 22: 2.5, 23: 1.8}
AFTER_MIDNIGHT = {0: 40, 1: 20}

LEAVE = [("A03", 0, "annual"), ("A03", 1, "annual"), ("A14", 5, "sick"), ("A22", 6, "annual")]
REQUESTS = [
    ("A02", 5, "off", "", 2),
    ("A05", 2, "off", "", 1),
    ("A08", 6, "off", "", 1),
    ("A09", 1, "work", "早", 1),
    ("A11", 4, "work", "晚", 1),
    ("A13", 6, "off", "", 3),
    ("A16", 3, "work", "中", 1),
    ("A20", 0, "off", "", 1),
    ("A23", 5, "off", "", 1),
]
PINS = [("A01", THURSDAY, "晚"), ("A13", THURSDAY, "晚"), ("A18", 1, "早")]


def files() -> dict[str, bytes]:
    """Return the content of every file of the folder, by name."""
    settings = SETTINGS.encode()
    worked = history()
    return {
        "problem.toml": settings,
        "agents.csv": table(
            "agent_id,name,team,stores,skills,contract,start_date,end_date,tags",
            ((who, *row[:5], "", "", row[5]) for who, row in zip(AGENTS, PEOPLE, strict=True)),
        ),
        "shifts.csv": table("code,name,hours,break_minutes,tags", SHIFTS),
        "forecast.csv": table("date,start,store,skill,inquiries", forecast()),
        "leave.csv": table("agent_id,date,kind", ((w, day(d), kind) for w, d, kind in LEAVE)),
        "requests.csv": table(
            "agent_id,date,want,shift,weight", ((w, day(d), *rest) for w, d, *rest in REQUESTS)
        ),
        "pins.csv": table("agent_id,date,shift", ((w, day(d), code) for w, d, code in PINS)),
        "history.csv": table(
            "agent_id,date,shift", ((w, day(d), code) for (w, d), code in worked.items())
        ),
        "history_duties.csv": table("date,duty,stores,agent_id,start,end", history_duties(worked)),
    }


def table(header: str, rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows as CSV with a header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue().encode()


def day(position: int) -> str:
    """Return a day as text, counted from the first one that is planned."""
    return (MONDAY + timedelta(days=position)).isoformat()


def forecast() -> Iterable[tuple[str, str, str, str, int]]:
    """Yield inquiries by the hour: an ordinary curve, its noise, and the opening."""
    chance = random.Random(SEED)
    for position in range(DAYS):
        if position == THURSDAY + 1:
            for hour, inquiries in AFTER_MIDNIGHT.items():
                yield day(position), f"{hour:02}:00", "S1", "pre-sale", inquiries
        for hour, height in enumerate(CURVE, start=9):
            for (store, skill), (size, open_hours) in QUEUES.items():
                if hour not in open_hours:
                    continue
                mean = size * height * DAY_FACTORS[skill][position]
                if position == THURSDAY and skill == "pre-sale":
                    mean *= OPENING.get(hour, 1.0)
                inquiries = round(mean * (0.9 + 0.2 * chance.random()))
                yield day(position), f"{hour:02}:00", store, skill, inquiries


def history() -> dict[tuple[str, int], str]:
    """Return the week before: the same shift all week, two days off in a row."""
    codes = ("早", "中", "晚")
    worked = {}
    for number, (who, row) in enumerate(zip(AGENTS, PEOPLE, strict=True)):
        code = "早" if "nursing" in row[5] else codes[number % len(codes)]
        off = {number * 2 % DAYS, (number * 2 + 1) % DAYS}
        if row[4] == "part-time":
            off |= {(number * 2 + 3) % DAYS, (number * 2 + 4) % DAYS}
        for position in range(DAYS):
            if position not in off:
                worked[who, position - DAYS] = code
    return worked


def history_duties(worked: dict[tuple[str, int], str]) -> Iterable[tuple[str, ...]]:
    """Yield the reminders of the week before: in turn, at most two for one agent."""
    turns = dict.fromkeys(AGENTS, 0)
    for position in range(-DAYS, 0):
        held = set()
        for stores, able in (("S1", AGENTS[:4]), ("S2|S3", AGENTS[4:8])):
            present = [who for who in able if (who, position) in worked and who not in held]
            holder = min(present, key=lambda who: turns[who])
            turns[holder] += 1
            held.add(holder)
            start, end = {"早": ("10:00", "17:00"), "中": ("12:00", "21:00")}.get(
                worked[holder, position], ("15:00", "21:30")
            )
            yield day(position), "payment-reminder", stores, holder, start, end


def main(folder: Path) -> None:
    """Write the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files().items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("promotion-week"))
