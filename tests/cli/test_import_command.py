"""``csshift import`` and ``csshift propose``: files in, files out, and what is said of the rest."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from csshift.cli.main import main
from csshift.io.layout import COUNTS, RECEPTION
from csshift.io.tables import read_table


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def export(folder: Path, encoding: str = "gbk", days: int = 30) -> Path:
    rows = ["日期,旺旺昵称,接待人数,在线时长(小时),催付人数,催付成功人数"]
    for day in range(days):
        when = date(2026, 1, 1) + timedelta(days=day)
        rows += [f"{when},店:甲,{90 + day % 7},8,20,12", f"{when},店:乙,{60 + day % 5},8,20,6"]
    rows += ["合计,,4650,,,", "坏,店:甲,1,1,1,1"]
    path = folder / "导出.csv"
    path.write_bytes("\n".join(rows).encode(encoding))
    return path


def test_an_export_becomes_a_table_and_every_row_left_out_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "reception.csv"
    arguments = ["import", str(export(tmp_path)), "--kind", "reception", "--out", str(out)]
    assert main(arguments) == 0
    shown = capsys.readouterr()
    assert "read 60, left out 2 (1 totals row, 1 unreadable)" in shown.out
    assert "导出.csv, line 62: left out (totals row)" in shown.err
    assert "导出.csv, line 63: left out (unreadable: not a day: 坏)" in shown.err
    assert "read as GBK" in shown.err
    content = read_table(out, RECEPTION)
    assert content.faults == []
    assert len(content.entities) == 60
    left = read(tmp_path / "reception_left_out.csv")
    assert [row["reason"] for row in left] == ["totals row", "unreadable"]
    assert main(arguments) == 2
    assert "the file already exists" in capsys.readouterr().err
    assert main([*arguments, "--force"]) == 0


def test_strict_writes_nothing_when_figures_would_be_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "r.csv"
    arguments = ["import", str(export(tmp_path)), "--kind", "reception", "--out", str(out)]
    assert main([*arguments, "--strict"]) == 2
    assert "--strict: 1 row with figures would be left out" in capsys.readouterr().err
    assert not out.exists()


def test_a_trend_becomes_a_history_that_forecast_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    days = [date(2026, 3, 2) + timedelta(days=i) for i in range(21)]
    head = "时段," + ",".join(map(str, days))
    rows = [f"{h:02d}:00-{h + 1:02d}:00," + ",".join([str(h)] * 21) for h in range(9, 23)]
    (tmp_path / "trend.csv").write_text("\n".join([head, *rows]), encoding="gbk")
    out = tmp_path / "counts.csv"
    assert main(
        ["import", str(tmp_path / "trend.csv"), "--kind", "inquiry-trend", "--out", str(out),
         "--store", "S1", "--skill", "pre-sale"]
    ) == 0  # fmt: skip
    assert len(read_table(out, COUNTS).entities) == 21 * 14
    (tmp_path / "problem.toml").write_text("[horizon]\nstart = 2026-03-23\ndays = 2\n")
    capsys.readouterr()
    assert main(["forecast", str(tmp_path), "--history", str(out)]) == 0
    made = {(row["date"], row["start"]): row for row in read(tmp_path / "forecast.csv")}
    assert float(made["2026-03-24", "20:00"]["inquiries"]) == pytest.approx(20, abs=1)


def test_a_mapping_file_names_headings_nicknames_and_queues(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.csv").write_text("天,时刻,数,组\n2026-03-16,9,4,售前\n", encoding="utf-8")
    (tmp_path / "m.toml").write_text(
        '[columns]\ndate = "天"\nstart = "时刻"\ninquiries = "数"\nskill = "组"\n'
        '[skills]\n"售前" = "pre-sale"\n',
        encoding="utf-8",
    )
    out = tmp_path / "c.csv"
    arguments = ["import", str(tmp_path / "x.csv"), "--kind", "wfm", "--store", "S1"]
    assert main([*arguments, "--out", str(out), "--mapping", str(tmp_path / "m.toml")]) == 0
    assert read(out) == [
        {"date": "2026-03-16", "start": "09:00", "store": "S1", "skill": "pre-sale",
         "inquiries": "4.0"}
    ]  # fmt: skip
    (tmp_path / "m.toml").write_text('[columns]\ndata = "天"\n', encoding="utf-8")
    assert main([*arguments, "--out", str(out), "--force", "--mapping",
                 str(tmp_path / "m.toml")]) == 2  # fmt: skip
    assert "column columns.data: unknown field" in capsys.readouterr().err


def test_proposals_are_written_and_nothing_else_is_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "reception.csv"
    assert main(["import", str(export(tmp_path)), "--kind", "reception", "--out", str(table)]) == 0
    agents = "agent_id,skills\n店:甲,pre-sale:1.1;payment-reminder\n"
    (tmp_path / "agents.csv").write_text(agents, encoding="utf-8")
    out = tmp_path / "proposal.csv"
    capsys.readouterr()
    assert main(["propose", str(table), "--out", str(out), "--folder", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "nothing else was changed" in shown
    assert "店:乙 is not in agents.csv" in shown
    rows = {(row["agent_id"], row["skill"]): row for row in read(out)}
    assert set(rows) == {
        (a, s) for a in ("店:甲", "店:乙") for s in ("pre-sale", "payment-reminder")
    }
    mine = rows["店:甲", "pre-sale"]
    assert float(mine["proposed"]) == pytest.approx(93 / 77.5, abs=0.05)
    assert float(mine["low"]) < float(mine["proposed"]) < float(mine["high"])
    assert mine["current"] == "1.1"
    assert rows["店:甲", "payment-reminder"]["basis"] == "paid after reminder"
    assert (tmp_path / "agents.csv").read_text(encoding="utf-8") == agents
    assert main(["propose", str(table), "--out", str(out)]) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--kind", "excel"], "none of reception, inquiry-trend, wfm"),
        (["--kind", "reception", "--date", "today"], "not a date"),
        (["--kind", "reception", "--sheet", "a"], "not an Excel file"),
        (["--kind", "wfm"], "column start: the column is missing"),
    ],
)
def test_what_cannot_be_imported_is_told_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    out = str(tmp_path / "o.csv")
    assert main(["import", str(export(tmp_path)), "--out", out, *arguments]) == 2
    told = capsys.readouterr().err.splitlines()
    assert any(words in line for line in told), told
    assert not (tmp_path / "o.csv").exists()


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(tmp_path / "no.csv"), "--kind", "wfm", "--out", str(tmp_path / "o.csv")]
    assert main(["import", *arguments]) == 2
    assert "no.csv: there is no such file" in capsys.readouterr().err
