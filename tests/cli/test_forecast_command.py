"""``csshift forecast``: which files it writes, when it refuses to, and what it says."""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from csshift.cli.main import main
from csshift.io.layout import PROMOTIONS
from csshift.io.preparation import read_preparation
from csshift.io.tables import read_table

START = date(2026, 11, 2)
SETTINGS = "[horizon]\nstart = 2026-11-02\ndays = 7\n"
CALENDAR = """wave,phase,start,end,stores,multipliers,shape
双11,,2026-11-04 20:00,2026-11-05 24:00,,pre-sale:3,evening-opening
双11,aftermath,2026-11-06 00:00,2026-11-08T00:00,S1,after-sale:2,fading
"""


def demand(first: date, days: int) -> str:
    rows = ["date,start,store,skill,inquiries"]
    for day in range(days):
        for hour in range(9, 24):
            rows += [
                f"{first + timedelta(days=day)},{hour:02d}:00,{store},{skill},{hour}"
                for store in ("S1", "S2")
                for skill in ("pre-sale", "after-sale")
            ]
    return "\n".join(rows) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "problem.toml").write_text(SETTINGS)
    (tmp_path / "forecast_ordinary.csv").write_text(demand(START, 7))
    (tmp_path / "promotions.csv").write_text(CALENDAR, encoding="utf-8")
    return tmp_path


def read(path: Path) -> dict[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = defaultdict(float)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["date"], row["start"], row["store"], row["skill"]
            found[key] += float(row["inquiries"])
    return dict(found)


def complaints(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_the_forecast_is_the_ordinary_one_and_what_the_waves_add(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forecast", str(folder)]) == 0
    ordinary, made = read(folder / "forecast_ordinary.csv"), read(folder / "forecast.csv")
    waves = read(folder / "forecast_waves.csv")
    for key in {*ordinary, *made, *waves}:
        assert made[key] == pytest.approx(ordinary.get(key, 0) + waves.get(key, 0), abs=2e-4)
    assert {key[0] for key in waves if key[3] == "pre-sale"} == {"2026-11-04", "2026-11-05"}
    shown = capsys.readouterr().out
    assert "双11" in shown
    assert "aftermath" in shown
    window = sum(range(20, 24)) + sum(range(9, 24))
    added = sum(value for key, value in waves.items() if key[3] == "pre-sale")
    assert added == pytest.approx(2 * 2 * window, abs=0.01)


def test_its_own_files_are_replaced_and_those_of_others_are_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forecast", str(folder)]) == 0
    assert main(["forecast", str(folder)]) == 0
    before = "date,start,store,skill,inquiries\n2026-11-02,09:00,S1,pre-sale,5\n"
    (folder / "forecast.csv").write_text(before)
    capsys.readouterr()
    assert main(["forecast", str(folder)]) == 2
    (line,) = complaints(capsys)
    assert line.startswith("csshift: forecast.csv: the file exists, and is not as csshift wrote it")
    assert line.endswith("move it away, or overwrite it with --force")
    assert (folder / "forecast.csv").read_text() == before
    assert main(["forecast", str(folder), "--force"]) == 0
    assert (folder / "forecast.csv").read_text() != before


def test_history_makes_the_ordinary_forecast(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    counts = folder / "counts.csv"
    counts.write_text(demand(START - timedelta(days=28), 28))
    assert main(["forecast", str(folder), "--history", str(counts)]) == 2
    assert "forecast_ordinary.csv: the file exists" in complaints(capsys)[0]
    (folder / "forecast_ordinary.csv").unlink()
    arguments = ["forecast", str(folder), "--history", str(counts), "--back-test"]
    assert main(arguments) == 0
    assert "seasonal-naive" in capsys.readouterr().out
    made = read(folder / "forecast_ordinary.csv")
    assert made["2026-11-03", "20:00", "S1", "pre-sale"] == pytest.approx(20, abs=0.5)
    with (folder / "forecast_intervals.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            assert float(row["low"]) <= float(row["inquiries"]) + 1
            assert float(row["inquiries"]) <= float(row["high"]) + 1
    first = (folder / "forecast.csv").read_bytes()
    assert main(["forecast", str(folder)]) == 0  # now from the file that was made
    assert main(arguments) == 0
    assert (folder / "forecast.csv").read_bytes() == first


def test_a_plot_is_drawn(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    calendar = (folder / "promotions.csv").read_text(encoding="utf-8")
    (folder / "promotions.csv").write_text(calendar.replace("双11", "_$a_b$"), encoding="utf-8")
    assert main(["forecast", str(folder), "--plot", str(folder / "p.svg")]) == 0
    assert (folder / "p.svg").read_bytes().startswith(b"<?xml")
    assert main(["forecast", str(folder), "--plot", str(folder / "p.bmp")]) == 2
    assert "end the name with .png, .svg, .pdf" in complaints(capsys)[0]


def test_without_matplotlib_the_install_command_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["forecast", str(folder), "--plot", str(folder / "p.png")]) == 2
    assert "pip install 'csshift[plot]'" in complaints(capsys)[0]
    assert not (folder / "forecast.csv").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("promotions.csv", "pre-sale:3", "presale:3", "line 2, column multipliers: 'presale'"),
        ("promotions.csv", "pre-sale:3", "pre-sale", "is not a skill with a number"),
        ("promotions.csv", ",S1,", ",S9,", "line 3, column stores: 'S9': unknown store"),
        ("promotions.csv", "2026-11-04 20:00", "2026-11-04", "write date and time"),
        ("promotions.csv", "2026-11-04 20:00", "2026-11-06 20:00", "not after the start"),
        ("promotions.csv", "evening-opening", "evening", "did you mean 'evening-opening'?"),
        ("promotions.csv", "aftermath", "after", "none of lead-in, event, aftermath"),
        ("promotions.csv", ",multipliers", ",multiplier", "did you mean 'multipliers'?"),
        ("forecast_ordinary.csv", "09:00,S1", "09:07,S1", "not on a full interval of 60 minutes"),
        ("forecast_ordinary.csv", "2026-11-03,", "2026-11-02,", "the same interval and queue as"),
        ("problem.toml", "2026-11-02", "2027-11-02", "no row lies within the horizon"),
        ("problem.toml", "days", "day", "did you mean 'days'?"),
    ],
)
def test_faults_take_a_line_each_and_nothing_is_written(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    old: str,
    new: str,
    words: str,
) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    assert main(["forecast", str(folder)]) == 2
    told = complaints(capsys)
    assert any(words in line for line in told), told
    assert all(line.startswith("csshift: ") for line in told)
    assert not (folder / "forecast.csv").exists()


def test_a_forecast_to_rename_is_pointed_at(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "forecast_ordinary.csv").rename(folder / "forecast.csv")
    assert main(["forecast", str(folder), "--force"]) == 2
    assert "rename forecast.csv if it is the forecast without promotions" in complaints(capsys)[0]


def test_waves_that_add_nothing_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calendar = CALENDAR + "618,,2026-06-17 20:00,2026-06-19 00:00,,pre-sale:4;hotline:2,\n"
    (folder / "promotions.csv").write_text(calendar, encoding="utf-8")
    assert main(["forecast", str(folder)]) == 0
    assert "618 (event) lies outside the horizon" in capsys.readouterr().out


def test_templates_can_be_used_as_they_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("double-11", "618"):
        assert main(["forecast", "--template", name, "--year", "2026", "--peak", "6"]) == 0
        (folder / "promotions.csv").write_text(capsys.readouterr().out)
        assert read_table(folder / "promotions.csv", PROMOTIONS).faults == []
        assert len(read_preparation(folder, None).effects) >= 8
        assert main(["forecast", str(folder)]) == 0
        capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give a folder, or --template NAME"),
        (["--template", "double-12"], "did you mean 'double-11'?"),
        (["--template", "618", "--opening", "8pm"], "not a time of day"),
        (["--template", "618", "--force"], "no other options"),
        (["x", "--year", "2026"], "go with --template"),
        (["x", "--back-test"], "--back-test needs --history"),
        (["x", "--china"], "--china needs --history"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["forecast", *arguments]) == 2
    (line,) = complaints(capsys)
    assert words in line


def test_a_folder_without_a_forecast_is_told_how_to_make_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", str(folder), "-q"]) == 2
    told = complaints(capsys)
    assert any("forecast.csv" in line and "csshift forecast FOLDER" in line for line in told)
    assert not any("did you mean 'forecast.csv'" in line for line in told)


def test_closed_weekdays_are_noted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sklearn")
    (folder / "forecast_ordinary.csv").unlink()
    (folder / "promotions.csv").unlink()
    days = (START - timedelta(days=back) for back in range(28, 0, -1))
    rows = [
        f"{day},{hour:02d}:00,{store},pre-sale,{hour}"
        for day in days
        for hour in range(9, 18)
        for store in ("S1", "S2")
        if store == "S2" or day.weekday() < 5
    ]
    counts = folder / "counts.csv"
    counts.write_text("date,start,store,skill,inquiries\n" + "\n".join(rows) + "\n")
    assert main(["forecast", str(folder), "--history", str(counts)]) == 0
    made = read(folder / "forecast.csv")
    days_of = {store: {key[0] for key in made if key[2] == store} for store in ("S1", "S2")}
    assert {date.fromisoformat(day).weekday() for day in days_of["S1"]} == set(range(5))
    assert len(days_of["S2"]) == 7
    note = "pre-sale in S1: no Saturday or Sunday in the history; taken as closed (0)"
    assert f"- {note}" in capsys.readouterr().out
    assert note in json.loads((folder / "forecast.json").read_text())["notes"]
