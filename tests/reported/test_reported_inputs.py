"""Inputs that users reported as wrong, each solved by the command from a folder of its own."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from csshift.cli.main import main
from csshift.report.wording import number

START = date(2026, 3, 2)
SKILLS = '[skills.s]\nchannel = "call"\nhandle_seconds = 300\n'
REMIND = '[skills.r]\nchannel = "deferrable"\nhandle_seconds = 60\n'
D = "D,day,08:00-16:00,0,day\n"


class Shop:
    """A problem folder, and what the command makes of it."""

    def __init__(self, folder: Path, settings: str, days: int, start: date = START) -> None:
        self.folder, self.days, self.start = folder, days, start
        folder.mkdir(exist_ok=True)
        horizon = f"[horizon]\nstart = {start}\ndays = {days}\n"
        self.write("problem.toml", 'labour = "none"\n' + horizon + settings)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def agents(self, *skills: str, contract: str = "", tags: str = "") -> None:
        rows = [f"A{i:02d},{words},{contract},{tags}\n" for i, words in enumerate(skills, start=1)]
        self.write("agents.csv", "agent_id,skills,contract,tags\n" + "".join(rows))

    def shifts(self, rows: str) -> None:
        self.write("shifts.csv", "code,name,hours,break_minutes,tags\n" + rows)

    def heads(self, hours: Iterable[int], heads: float, days: Iterable[int] | None = None) -> None:
        rows = [
            f"{self.start + timedelta(days=day)},{hour:02d}:00,S1,s,{heads}\n"
            for day in (range(self.days) if days is None else days)
            for hour in hours
        ]
        self.write("requirements.csv", "date,start,store,skill,heads\n" + "".join(rows))

    def solve(self, seconds: float = 8) -> int:
        out = str(self.folder / "result")
        limits = ["--time-limit", str(seconds), "--workers", "1", "--quiet"]
        return main(["solve", str(self.folder), "--out", out, *limits])

    def check(self) -> int:
        result = self.folder / "result"
        words = ["--roster", str(result / "roster.csv"), "--duties", str(result / "duties.csv")]
        return main(["check", str(self.folder), *words])

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / "result" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def turns(self) -> list[int]:
        return sorted(Counter(row["agent_id"] for row in self.rows("duties.csv")).values())

    @property
    def facts(self) -> dict[str, Any]:
        text = (self.folder / "result" / "result.json").read_text(encoding="utf-8")
        facts: dict[str, Any] = json.loads(text)
        return facts


@pytest.mark.parametrize("unused", ["", "F,whole day,08:00-32:00,0,\n"])
def test_an_unused_long_shift_leaves_the_duty_fair(tmp_path: Path, unused: str) -> None:
    duty = '[[duties]]\nname = "remind"\nskill = "s"\nwindow = "08:00-16:00"\nshare = 0\n'
    shop = Shop(tmp_path / "shop", SKILLS + duty, 6)
    shop.agents("s", "s", "s")
    shop.shifts(D + unused)
    shop.heads(range(8, 16), 3)
    assert shop.solve() == 0
    assert shop.turns == [2, 2, 2]
    assert shop.facts["objective"] == 0


def test_a_contract_that_nobody_has_leaves_the_duty_fair(tmp_path: Path) -> None:
    settings = (
        SKILLS
        + REMIND
        + "[contracts.full]\nmax_hours_per_week = 48\novertime_after_hours_per_week = 40\n"
        + "[contracts.part]\nmax_hours_per_week = 20\n"
        + '[[rules]]\nkind = "min-days-off"\ndays = 1\n'
        + '[[duties]]\nname = "remind"\nskill = "r"\nwindow = "10:00-21:30"\n'
        + "count = 2\nshare = 0.3\n"
    )
    shop = Shop(tmp_path / "shop", settings, 14)
    shop.agents(*["s;r"] * 6, contract="full")
    shop.shifts("E,day,08:00-17:00,60,\nL,late,13:00-22:00,60,\n")
    shop.heads(range(8, 22), 3)
    assert shop.solve(15) == 0
    assert shop.turns == [4, 4, 5, 5, 5, 5]


def test_fairness_calls_in_nobody_whom_nobody_needs(tmp_path: Path) -> None:
    duty = '[[duties]]\nname = "remind"\nskill = "r"\nwindow = "08:00-16:00"\nshare = 0\n'
    rule = '[[rules]]\nkind = "max-consecutive-days"\ndays = 6\n'
    contract = "[contracts.full]\nmax_hours_per_week = 40\n"
    shop = Shop(tmp_path / "shop", SKILLS + REMIND + contract + rule + duty, 28)
    shop.agents(*["s;r"] * 6, contract="full")
    shop.shifts(D)
    shop.heads(range(8, 16), 1)
    assert shop.solve() == 0
    assert len(shop.rows("roster.csv")) == 28
    assert shop.turns == [4, 4, 5, 5, 5, 5]


def test_leave_before_the_horizon_counts_for_what_is_owed(tmp_path: Path) -> None:
    settings = (
        SKILLS
        + '[[rules]]\nkind = "min-hours"\nhours = 160\nper = "month"\n'
        + '[[rules]]\nkind = "max-consecutive-days"\ndays = 6\n'
    )
    shop = Shop(tmp_path / "shop", settings, 15, date(2026, 4, 16))
    shop.agents("s")
    shop.shifts(D)
    shop.heads([9], 0.01)
    worked = "".join(f"A01,2026-04-{day},D\n" for day in range(11, 16))
    shop.write("history.csv", "agent_id,date,shift\n" + worked)
    away = "".join(f"A01,2026-04-{day:02d},annual\n" for day in range(1, 11))
    shop.write("leave.csv", "agent_id,date,kind\n" + away)
    assert shop.solve() == 0
    assert len(shop.rows("roster.csv")) >= 9, "at least 106.6 h, 40 of them before"


def test_a_night_does_not_run_into_leave(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SKILLS + '[[rules]]\nkind = "min-rest"\nhours = 11\n', 4)
    shop.agents("s", "s")
    shop.shifts(D + "N,night,22:00-32:00,0,night\n")
    rows = [f"2026-03-02,{h}:00,S1,s,1\n" for h in (22, 23)]
    rows += [f"2026-03-03,{h:02d}:00,S1,s,1\n" for h in range(8)]
    shop.write("requirements.csv", "date,start,store,skill,heads\n" + "".join(rows))
    shop.write("leave.csv", "agent_id,date,kind\nA01,2026-03-03,annual\n")
    shop.write("requests.csv", "agent_id,date,want,shift,weight\nA02,2026-03-02,off,,1\n")
    assert shop.solve() == 0
    assert [tuple(row.values()) for row in shop.rows("roster.csv")] == [("A02", "2026-03-02", "N")]
    assert shop.check() == 0
    shop.write("result/roster.csv", "agent_id,date,shift\nA01,2026-03-02,N\n")
    assert shop.check() == 1


def test_weights_too_far_apart_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = "shortage = 1000000\ndeep_shortage = 1000000\nsurplus = 0.001\n"
    settings = SKILLS + "shortage_weight = 1000\n[weights]\n" + weights
    shop = Shop(tmp_path / "shop", settings, 7)
    shop.agents("s", "s", "s")
    shop.shifts("D,day,08:00-16:00,50,\n")
    shop.heads(range(24), 5)
    assert shop.solve() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "weights.shortage" in line
    assert "weights.surplus" in line


def test_a_duty_that_no_shift_can_hold_says_why(tmp_path: Path) -> None:
    duty = '[[duties]]\nname = "early"\nskill = "s"\nwindow = "04:00-08:00"\n'
    shop = Shop(tmp_path / "shop", SKILLS + duty, 2)
    shop.agents("s", "s")
    shop.shifts(D)
    shop.heads([9], 1)
    assert shop.solve() == 0
    (note,) = shop.facts["notes"]
    assert note["code"] == "unfilled-duty"
    assert note["count"] == 2
    assert "no shift type overlaps 04:00-08:00 for four hours" in note["text"]


def test_the_history_may_hold_leavers_and_old_codes(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SKILLS, 7)
    shop.agents("s", "s")
    shop.shifts(D)
    shop.heads(range(8, 16), 1)
    shop.write("history.csv", "agent_id,date,shift\nA99,2026-02-27,D\nA01,2026-02-28,X\n")
    assert shop.solve() == 0
    codes = {note["code"] for note in shop.facts["notes"]}
    assert {"history-unknown-agents", "history-unknown-shifts"} <= codes


def test_extremes_together_have_one_objective(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = (
        '[skills.zz]\n[[rules]]\nkind = "min-on-site"\ntags = ["t"]\nhours = "09:00-23:00"\n'
        "severity = 1000000\n"
        '[[duties]]\nname = "d"\nskill = "payment-reminder"\nwindow = "23:00-30:00"\n'
        "[weights]\nshortage = 0.001\n"
    )
    shop = Shop(tmp_path / "shop", settings, 2)
    shop.agents("zz:0.001;pre-sale:100", tags="t")
    shop.shifts("s1,n,00:00-24:00,0,\n")
    head = f"date,start,store,skill,heads\n{START + timedelta(days=1)},20:00,S1,zz,0.5\n"
    shop.write("requirements.csv", head)
    assert shop.solve() == 0
    assert shop.facts["status"] == "optimal"
    capsys.readouterr()
    assert shop.check() == 0
    assert f"objective {number(shop.facts['objective'], 1)}" in capsys.readouterr().out


@pytest.mark.parametrize("seed", [0, 1])
def test_work_with_a_backlog_passes_its_own_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    settings = (
        SKILLS + '[skills.refund]\nchannel = "deferrable"\nhandle_seconds = 400\nbacklog = 40\n'
        "deadline_hours = 30\n[contracts.full]\nmax_hours_per_week = 40\n"
    )
    shop = Shop(tmp_path / "shop", settings, 5)
    shop.agents("s;refund:0.8", "s", "s;refund", contract="full")
    shop.shifts("E,day,08:00-16:30,30,\nL,late,13:00-22:00,60,\n")
    shop.heads(range(8, 22), 1.3)
    forecast = [
        f"{START + timedelta(days=day)},{hour:02d}:00,S1,refund,{2 + (day + hour + seed) % 3}\n"
        for day in range(5)
        for hour in range(9, 21)
    ]
    shop.write("forecast.csv", "date,start,store,skill,inquiries\n" + "".join(forecast))
    shop.write("leave.csv", f"agent_id,date,kind\nA01,{START + timedelta(days=2)},annual\n")
    assert shop.solve(3) == 0
    capsys.readouterr()
    assert shop.check() == 0
    assert f"objective {number(shop.facts['objective'], 1)}" in capsys.readouterr().out


def test_more_chats_than_heads_can_be_counted_are_one_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = '[skills.s]\nchannel = "chat"\nsessions_at_once = 50\ncustomer_gap_seconds = 7200\n'
    shop = Shop(tmp_path / "shop", chat + "reply_seconds = 3600\nmean_response_seconds = 4000\n", 1)
    shop.agents("s")
    shop.shifts(D)
    row = f"{START},09:00,S1,s,100000\n"
    shop.write("forecast.csv", "date,start,store,skill,inquiries\n" + row)
    assert shop.solve(2) == 2
    assert "100,000 heads" in capsys.readouterr().err
