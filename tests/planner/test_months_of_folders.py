"""Months planned one after the other as a user does: solve a folder, carry its result, solve again.

Each month is a folder; the result's `roster.csv` becomes the next `history.csv`, and its
`balances.csv` the next `balances.csv`.
"""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date as Date
from datetime import timedelta
from pathlib import Path

import pytest

import csshift

HEADS = {"D": 3, "E": 2, "N": 1}
HOURS = {"D": (8, 16), "E": (14, 22), "N": (23, 31)}
SHARED = ("nights", "weekends", "late", "hours")
SECONDS = 120.0

Month = tuple[Date, int]
Row = tuple[str, Date, str]

WEEKS_4_4_5: tuple[Month, ...] = (
    (Date(2026, 3, 2), 28),
    (Date(2026, 3, 30), 28),
    (Date(2026, 4, 27), 35),
)
WEEKS_5_4_4: tuple[Month, ...] = (
    (Date(2026, 3, 2), 35),
    (Date(2026, 4, 6), 28),
    (Date(2026, 5, 4), 28),
)
CALENDAR: tuple[Month, ...] = (
    (Date(2026, 3, 1), 31),
    (Date(2026, 4, 1), 30),
    (Date(2026, 5, 1), 31),
)

PROBLEM = """name = "Months"
labour = "none"
[horizon]
start = {start}
days = {days}
edges = "none"
[[rules]]
kind = "min-rest"
hours = 11
[[rules]]
kind = "max-consecutive-days"
days = 6
"""


def write(path: Path, head: str, rows: list[str]) -> None:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def write_folder(folder: Path, month: Month, starts: dict[str, Date | None]) -> None:
    """Write a month whose heads whole shifts fill: D, E and N beside each other."""
    start, days = month
    shares = "".join(f'[[rules]]\nkind = "fair"\nof = "{of}"\nseverity = 5\n' for of in SHARED)
    text = PROBLEM.format(start=start, days=days) + shares
    (folder / "problem.toml").write_text(text, encoding="utf-8")
    people = [f"{name},hotline,{first or ''}" for name, first in starts.items()]
    write(folder / "agents.csv", "agent_id,skills,start_date", people)
    shifts = [f"{code},{first}:00-{last}:00" for code, (first, last) in HOURS.items()]
    write(folder / "shifts.csv", "code,hours", shifts)
    heads: Counter[tuple[Date, int]] = Counter()
    for day in range(days):
        for code, (first, last) in HOURS.items():
            for hour in range(first, last):
                date = start + timedelta(day + hour // 24)
                heads[date, hour % 24] += HEADS[code]
    end = start + timedelta(days)
    cells = [f"{d},{h:02}:00,S1,hotline,{n}" for (d, h), n in sorted(heads.items()) if d < end]
    write(folder / "requirements.csv", "date,start,store,skill,heads", cells)


def plan(
    place: Path, months: tuple[Month, ...], starts: dict[str, Date | None], seed: int
) -> list[Row]:
    """Return who worked what in all months, each planned from the files of the one before."""
    rows: list[Row] = []
    carried: dict[str, str] = {}
    for number, month in enumerate(months):
        folder, result = place / f"month-{number}", place / f"result-{number}"
        folder.mkdir()
        write_folder(folder, month, starts)
        for name, text in carried.items():
            (folder / name).write_text(text, encoding="utf-8")
        problem = csshift.load(folder)
        solved = csshift.solve(problem, time_limit=SECONDS, workers=1, seed=seed + number)
        csshift.write_result(solved, problem, result)
        carried = {
            "history.csv": (result / "roster.csv").read_text(encoding="utf-8-sig"),
            "balances.csv": (result / "balances.csv").read_text(encoding="utf-8-sig"),
        }
        with (result / "roster.csv").open(encoding="utf-8-sig", newline="") as file:
            rows += [
                (row["agent_id"], Date.fromisoformat(row["date"]), row["shift"])
                for row in csv.DictReader(file)
            ]
    return rows


def counts(rows: list[Row], names: list[str]) -> dict[str, list[int]]:
    """Count afresh, without rules: nights, late shifts, weekends, shifts."""
    found: dict[str, Counter[str]] = {of: Counter() for of in SHARED}
    weekends = {(name, date.isocalendar()[:2]) for name, date, _ in rows if date.weekday() >= 5}
    found["weekends"].update(name for name, _ in weekends)
    for name, _, code in rows:
        found["hours"][name] += 1
        if code in "NE":
            found["nights" if code == "N" else "late"][name] += 1
    return {of: [number[name] for name in names] for of, number in found.items()}


NAMES = [f"A{i:02}" for i in range(12)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 10, 20])
@pytest.mark.parametrize(
    "months", [WEEKS_4_4_5, WEEKS_5_4_4, CALENDAR], ids=["445", "544", "calendar"]
)
def test_twelve_equal_people_are_equal_after_three_months(
    months: tuple[Month, ...], seed: int, tmp_path: Path
) -> None:
    rows = plan(tmp_path, months, dict.fromkeys(NAMES), seed)
    heads = sum(HEADS.values()) * sum(days for _, days in months)
    assert len(rows) == heads
    found = counts(rows, NAMES)
    spread = {of: max(number) - min(number) for of, number in found.items()}
    assert max(spread.values()) <= 1, found


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 10])
@pytest.mark.parametrize("months", [WEEKS_4_4_5, CALENDAR], ids=["445", "calendar"])
def test_a_joiner_in_month_two_is_not_made_to_catch_up(
    months: tuple[Month, ...], seed: int, tmp_path: Path
) -> None:
    joined = months[1][0]
    starts: dict[str, Date | None] = {**dict.fromkeys(NAMES[:-1]), NAMES[-1]: joined}
    rows = plan(tmp_path, months, starts, seed)
    later = counts([row for row in rows if row[1] >= joined], NAMES)
    for of, number in later.items():
        # What the others lack or have too much from month one shifts theirs by one.
        assert min(number[:-1]) - 1 <= number[-1] <= max(number[:-1]) + 1, (of, number)
    others = counts(rows, NAMES[:-1])
    assert max(max(number) - min(number) for number in others.values()) <= 1, others
