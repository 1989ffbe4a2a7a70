"""Double 11 from an ordinary forecast and a calendar to a roster, with and without two levers.

::

    python examples/double_11.py [--agents 80] [--temporary 40] [--time-limit 120] [--out FOLDER]

Five weeks of a made-up team and two stores. The calendar of promotions makes the forecast; then
four rosters are solved and simulated: with and without temporary agents, with and without more
sessions at once on the four peak days. Prints the README's table. What it writes stays in FOLDER.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import math
import random
import sys
import time
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import csshift
from csshift.cli.main import main as command
from csshift.demand.promotions import Figures, double_11

START, DAYS = date(2026, 10, 19), 35
PEAK = tuple(date(2026, *day) for day in ((10, 31), (11, 1), (11, 10), (11, 11)))
HIRED = date(2026, 10, 30), date(2026, 11, 13)
PEAK_PRE_SALE = 3.0
"""Pre-sale inquiries of the main days over ordinary ones."""

GROUPS = (
    "pre-sale:1;after-sale:0.7",
    "pre-sale:1;after-sale:0.7",
    "after-sale:1;pre-sale:0.7;refund:1",
    "hotline:1;after-sale:0.8;refund:0.8",
    "pre-sale:1;after-sale:0.8;hotline:0.7",
)
TEMPORARY = "pre-sale:0.8"
SHIFTS = (
    ("E", "08:00-17:00", 60),
    ("M", "12:00-21:00", 60),
    ("L", "15:00-24:00", 60),
    ("S", "09:00-12:00+18:00-23:00", 0),
    ("N", "20:00-28:00", 30),
)
AN_AGENT = {"pre-sale": 39.0, "after-sale": 12.0, "hotline": 4.5, "refund": 5.0}
"""Inquiries a day on ordinary days, for each agent of the team."""

STORES = {"flagship": 0.65, "outlet": 0.35}
HOURS = "6 4 2 1 1 1 2 6 22 44 58 60 50 46 52 56 54 48 50 62 74 72 54 26"
USUAL = "sessions_at_once = 4\nmean_response_seconds = 30"
MORE = """
[[skills.pre-sale.overrides]]
dates = [{dates}]
sessions_at_once = 6
mean_response_seconds = 60
"""
SETTINGS = """\
name = "Double 11, {case}"

[horizon]
start = {start}
days = {days}
interval_minutes = 60

[skills.pre-sale]
channel = "chat"
reply_seconds = 12
customer_gap_seconds = 40
replies_per_session = 10
{usual}
service_level = 0.9
{more}
[skills.after-sale]
channel = "chat"
reply_seconds = 16
customer_gap_seconds = 50
replies_per_session = 9
sessions_at_once = 4
mean_response_seconds = 60
service_level = 0.9

[skills.hotline]
handle_seconds = 240
service_level = 0.7
answer_within_seconds = 60
patience_seconds = 240

[skills.refund]                # price differences after the event, too
channel = "deferrable"
handle_seconds = 180
deadline_hours = 48
working_window = "09:00-22:00"
max_occupancy = 0.9
shortage_weight = 0.5

[contracts.full-time]
max_hours_per_week = 48
overtime_after_hours_per_week = 40

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
"""


def write_table(path: Path, header: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def team(agents: int, temporary: int) -> list[tuple[object, ...]]:
    """Return the rows of agents.csv."""
    rows: list[tuple[object, ...]] = [
        (f"A{i + 1:03d}", GROUPS[i % len(GROUPS)], "full-time", "", "") for i in range(agents)
    ]
    rows += [(f"T{i + 1:03d}", TEMPORARY, "full-time", *HIRED) for i in range(temporary)]
    return rows


def ordinary(agents: int) -> Iterable[tuple[object, ...]]:
    """Yield the rows of the ordinary forecast: what comes without any promotion."""
    chance = random.Random(11)
    hours = [int(part) for part in HOURS.split()]
    for day in (START + timedelta(days=i) for i in range(DAYS)):
        level = 1 + 0.05 * math.sin(2 * math.pi * day.weekday() / 7)
        for hour, part in enumerate(hours):
            for store, share in STORES.items():
                for skill, a_day in AN_AGENT.items():
                    if skill != "pre-sale" and not 8 <= hour < 24:
                        continue
                    mean = agents * a_day * level * share * part / sum(hours)
                    count = mean * chance.uniform(0.92, 1.08)
                    yield day, f"{hour:02d}:00", store, skill, f"{count:.1f}"


def calendar() -> Iterable[tuple[object, ...]]:
    """Yield the rows of promotions.csv: the template, with refunds after each payment."""
    for effect in double_11(START.year, Figures(peak=PEAK_PRE_SALE)):
        lifts = dict(effect.multipliers)
        if effect.phase == "aftermath":
            lifts["refund"] = round(1 + 1.5 * (lifts["after-sale"] - 1), 2)
        shown = ";".join(f"{skill}:{lift:g}" for skill, lift in lifts.items())
        times = [f"{moment:%Y-%m-%d %H:%M}" for moment in (effect.start, effect.end)]
        yield effect.wave, effect.phase, *times, "", shown, effect.shape


def write_folder(folder: Path, agents: int, temporary: int, *, more_sessions: bool) -> None:
    """Write a problem folder, all but its forecast, which `csshift forecast` makes."""
    folder.mkdir(parents=True, exist_ok=True)
    more = MORE.format(dates=", ".join(map(str, PEAK))) if more_sessions else ""
    settings = SETTINGS.format(case=folder.name, start=START, days=DAYS, usual=USUAL, more=more)
    (folder / "problem.toml").write_text(settings, encoding="utf-8")
    write_table(
        folder / "agents.csv",
        "agent_id,skills,contract,start_date,end_date",
        team(agents, temporary),
    )
    write_table(folder / "shifts.csv", "code,hours,break_minutes", SHIFTS)
    header = "date,start,store,skill,inquiries"
    write_table(folder / "forecast_ordinary.csv", header, ordinary(agents))
    header = "wave,phase,start,end,stores,multipliers,shape"
    write_table(folder / "promotions.csv", header, calendar())
    with contextlib.redirect_stdout(sys.stderr):
        if command(["forecast", str(folder)]) != 0:
            raise SystemExit(f"no forecast could be made in {folder}")


def measure(folder: Path, options: argparse.Namespace) -> str:
    """Solve and simulate a folder; return its cells of the table."""
    problem = csshift.load(folder)
    result = csshift.solve(problem, time_limit=options.time_limit, seed=options.seed)
    if result.roster is None or result.score is None:
        raise SystemExit(f"{folder}: {result.status}")
    csshift.write_result(result, problem, folder / "result")
    score = result.score
    peak = [cell for cell in score.coverage if cell.date in PEAK]
    short = sum(float(cell.shortage) for cell in peak) / sum(float(c.required) for c in peak)
    outcome = csshift.simulate(problem, result.roster, replications=options.replications)
    (pre_sale,) = [row for row in outcome.rows(("skill",), PEAK) if row.skill == "pre-sale"]
    reply, rate = pre_sale.reply_seconds, pre_sale.three_minute_rate
    if reply is None or rate is None:
        raise SystemExit(f"{folder}: nothing arrives on the peak days")
    late = sum(work.late for work in score.deferred)
    gap = "" if result.gap is None else f"{100 * result.gap:.0f} %"
    return (
        f"{float(score.required_hours):,.0f} | {score.shortage_percent:.2f} % | {gap} "
        f"| {100 * short:.2f} % | {reply.mean:.0f} ± {reply.margin:.0f} s "
        f"| {100 * rate.mean:.1f} ± {100 * rate.margin:.1f} % | {late:.0f} |"
    )


def main() -> None:
    """Write the folders, solve and simulate them, print a row each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=80, metavar="N")
    parser.add_argument("--temporary", type=int, default=40, metavar="N")
    parser.add_argument("--time-limit", type=float, default=120.0, metavar="S", help="a roster")
    parser.add_argument("--replications", type=int, default=5, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--out", type=Path, default=Path("double-11"), metavar="FOLDER")
    options = parser.parse_args()
    print(
        "| temporary agents | sessions at once on peak days | head-hours | short | gap "
        "| short on peak days | mean reply, pre-sale, peak days | in 3 minutes | refunds late |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for temporary in (0, options.temporary):
        for more in (False, True):
            name = f"{temporary} temporary, {'6' if more else '4'} at once"
            folder = options.out / name.replace(", ", "-").replace(" ", "-")
            began = time.monotonic()
            write_folder(folder, options.agents, temporary, more_sessions=more)
            print(f"| {temporary} | {6 if more else 4} | {measure(folder, options)}", flush=True)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
