"""Exports of other systems: what is read from them, and that nothing is lost silently."""

from __future__ import annotations

import io
import re
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csshift.errors import InputError, MissingExtraError
from csshift.io.fields import CellError
from csshift.io.imports import values
from csshift.io.imports.counts import read_counts
from csshift.io.imports.log import ImportLog
from csshift.io.imports.mapping import Mapping, read_mapping
from csshift.io.imports.reception import Given, read_reception
from csshift.io.imports.sheets import Sheet, read_sheet
from csshift.io.rows import decode
from csshift.model.demand import ForecastCell
from csshift.model.reception import ReceptionDay

EXPORT = """2026年3月客服数据,,,,
日期,旺旺昵称,咨询人数,接待人数,平均响应时长(秒),3分钟人工响应率,备注
2026-03-16,旗舰店:小蜜,120,110,25.5,96.5%,
2026-03-16,旗舰店:小蜂,"1,080",90,30,90%,
2026/3/17,旗舰店:小蜜,60,55,1分5秒,0.98,
汇总,,1260,255,,,
平均,,420,85,40.2,,
"""
MINE = Mapping(agents={"旗舰店:小蜜": "A01", "旗舰店:小蜂": "A01"})
QUEUE = Given(store="S1", skill="pre-sale")


def sheet(text: str, name: str = "x.csv") -> Sheet:
    rows = [
        (line, [cell.strip() for cell in row.split(",")])
        for line, row in enumerate(text.strip().splitlines(), start=1)
    ]
    return Sheet(name, [(line, cells) for line, cells in rows if any(cells)])


def file(folder: Path, content: bytes | str, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def reception(*sheets: Sheet, meaning: Mapping | None = None, **known: Any) -> list[ReceptionDay]:
    return read_reception(sheets, meaning or Mapping(), Given(**known), ImportLog())


def counts(text: str, meaning: Mapping | None = None) -> list[tuple[str, str, float]]:
    cells = read_counts([sheet(text)], meaning or Mapping(), QUEUE, ImportLog())
    return [shown(cell) for cell in cells]


def shown(cell: ForecastCell) -> tuple[str, str, float]:
    return str(cell.date), f"{cell.start // 60:02d}:{cell.start % 60:02d}", cell.inquiries


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_the_reception_export_is_read_in_every_usual_encoding(
    tmp_path: Path, encoding: str
) -> None:
    log = ImportLog()
    read = read_sheet(file(tmp_path, EXPORT.encode(encoding)), log)
    rows = read_reception([read], Mapping(), Given(store="S1"), log)
    assert [(row.date.day, row.agent_id, row.inquiries) for row in rows] == [
        (16, "旗舰店:小蜂", 1080),
        (16, "旗舰店:小蜜", 120),
        (17, "旗舰店:小蜜", 60),
    ]
    assert rows[2].mean_response_seconds == 65
    assert [row.within_3_minutes for row in rows] == [0.9, 0.965, 0.98]
    assert {row.store for row in rows} == {"S1"}
    assert [(entry.reason, entry.line) for entry in log.dropped] == [
        ("totals row", 6),
        ("totals row", 7),
    ]
    assert any("taken for a title" in note for note in log.notes)
    assert any("columns not used: 备注" in note for note in log.notes)
    assert log.kept == 3


def test_nicknames_of_one_agent_are_put_together(tmp_path: Path) -> None:
    read = read_sheet(file(tmp_path, EXPORT), ImportLog())
    first, second = read_reception([read], MINE, Given(), ImportLog())
    assert (first.agent_id, first.inquiries, first.received) == ("A01", 1200, 200)
    assert first.mean_response_seconds == pytest.approx((110 * 25.5 + 90 * 30) / 200)
    assert first.within_3_minutes == pytest.approx((110 * 0.965 + 90 * 0.9) / 200)
    assert second.received == 55


def test_hours_of_nicknames_side_by_side_do_not_add_up() -> None:
    text = "日期,昵称,接待人数,在线时长\n2026-03-16,a,10,7.5\n2026-03-16,b,20,08:00:00\n"
    (row,) = reception(sheet(text), meaning=Mapping(agents={"a": "A", "b": "A"}))
    assert (row.received, row.hours) == (30, 8)
    (row,) = reception(sheet("日期,昵称,在线时长(分钟)\n2026-03-16,a,90\n"))
    assert row.hours == 1.5


def test_unknown_nicknames_are_named_and_counted() -> None:
    log = ImportLog()
    text = "日期,昵称,接待人数\n2026-03-16,小蜜,10\n2026-03-16,新人,20\n"
    rows = read_reception([sheet(text)], Mapping(agents={"小蜜": "A"}), Given(), log)
    assert len(rows) == 1
    assert str(log.dropped[0]) == (
        "x.csv, line 3: left out (unknown nickname: 新人): 2026-03-16 | 新人 | 20"
    )
    assert log.lost == 1
    assert log.summary() == "read 1, left out 1 (1 unknown nickname)"


def test_a_nickname_twice_in_the_export() -> None:
    same = "日期,昵称,接待人数\n2026-03-16,a,10\n2026-03-16,a,10\n"
    log = ImportLog()
    (row,) = read_reception([sheet(same)], Mapping(), Given(), log)
    assert row.received == 10
    assert [entry.reason for entry in log.dropped] == ["repeated row"]
    with pytest.raises(InputError, match=r"x\.csv, line 3: other figures of a on 2026-03-16 than"):
        reception(sheet(same.replace("a,10\n2026", "a,11\n2026")))


def test_a_nickname_twice_in_the_mapping(tmp_path: Path) -> None:
    path = file(tmp_path, '[agents]\n"小蜜" = "A01"\n"小蜜" = "A02"\n', "m.toml")
    with pytest.raises(InputError, match=r"m\.toml: not valid TOML.*each nickname once"):
        read_mapping(path, ("date",))


def test_merged_header_cells_and_merged_dates_are_filled() -> None:
    text = """
日期,旺旺昵称,接待,,响应,
,,咨询人数,接待人数,平均响应时长(分钟),首次响应时长
2026-03-16,a,12,10,0.5,8
,b,22,20,1,9
2026-03-17,a,32,30,2,10
"""
    log = ImportLog()
    rows = read_reception([sheet(text)], Mapping(), Given(), log)
    found = [(row.date.day, row.agent_id, row.received, row.mean_response_seconds) for row in rows]
    assert found == [(16, "a", 10, 30), (16, "b", 20, 60), (17, "a", 30, 120)]
    assert "x.csv: 1 blank dates filled from above (merged cells)" in log.notes


def test_one_field_under_two_headings_is_told_and_can_be_chosen() -> None:
    text = "日期,旺旺昵称,今日,,昨日,\n,,接待人数,销售额,接待人数,销售额\n2026-03-16,a,5,1,9,2\n"
    with pytest.raises(InputError) as caught:
        reception(sheet(text))
    assert len(caught.value.faults) == 2
    assert "两" not in str(caught.value)
    assert "'今日/接待人数' (column 3) and '昨日/接待人数' (column 5)" in str(caught.value)
    chosen = Mapping(columns={"received": "昨日/接待人数", "sales": "今日/销售额"})
    (row,) = reception(sheet(text), meaning=chosen)
    assert (row.received, row.sales) == (9, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("旺旺昵称,接待人数\na,1\n", "column date: the column is missing; the header holds: 旺旺"),
        ("日期,接待人数\n2026-03-16,1\n", "column nickname: the column is missing"),
        ("日期,旺旺昵称\n2026-03-16,a\n", "no figures under 日期, 旺旺昵称"),
        ("a,b\n1,2\n", "column date: the column is missing"),
    ],
)
def test_missing_columns_are_told(text: str, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        reception(sheet(text))


def test_what_a_file_does_not_say_can_be_given() -> None:
    (row,) = reception(sheet("旺旺昵称,接待人数\na,1\n"), date=date(2026, 3, 16), skill="pre-sale")
    assert (row.date.day, row.skill) == (16, "pre-sale")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-02-30,a,1", "there is no such day"),
        ("soon,a,1", "not a day: soon"),
        ("2026-03-16,,1", "no nickname"),
        ("2026-03-16,a,many", "received many: not a number"),
        ("2026-03-16,a,-3", "negative"),
        ("2026-03-16,a,--", "every column is blank"),
    ],
)
def test_rows_that_cannot_be_read_are_named(row: str, reason: str) -> None:
    log = ImportLog()
    text = f"日期,昵称,接待人数\n2026-03-15,a,1\n{row}\n"
    assert len(read_reception([sheet(text)], Mapping(), Given(), log)) == 1
    (entry,) = log.dropped
    assert entry.line == 3
    assert reason in str(entry)


def test_a_file_of_two_encodings_is_read_line_by_line() -> None:
    log = ImportLog()
    content = "日期,昵称\n".encode() + "一,小蜜\n二,小蜂\n".encode("gbk") + "三,小虎\n".encode()
    assert decode("m.csv", content, log.notes) == "日期,昵称\n一,小蜜\n二,小蜂\n三,小虎\n"
    assert log.notes == [
        "m.csv: UTF-8 in lines 1, 4, GBK in lines 2-3; each was decoded on its own"
    ]
    with pytest.raises(InputError, match="line 2: neither UTF-8 nor GBK"):
        decode("m.csv", b"a\n\xff\xff\xff\n", [])


@pytest.mark.parametrize(
    "text",
    [
        "日期,时段,咨询人数\n2026-03-16,9,5\n2026-03-16,10:00-11:00,7\n2026-03-16,合计,12\n",
        "日期,9时,10时,11时,12时\n2026-03-16,5,7,,\n合计,5,7,,\n",
        "时段,2026-03-16,2026-03-17\n09:00-10:00,5,\n10:00-11:00,7,\n汇总,12,\n",
        "时间,offered\n2026-03-16 09:00,5\n2026-03-16 10:00:00,7\n",
        "title,,\n,咨询人数,,,\n日期,09:00,10:00,11:00,12:00\n2026年3月16日,5,7,-,\n",
    ],
)
def test_hourly_counts_are_read_in_every_layout(text: str) -> None:
    assert counts(text) == [("2026-03-16", "09:00", 5), ("2026-03-16", "10:00", 7)]


@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_tables_of_workforce_systems_are_read(minutes: int) -> None:
    rows = [f"2026-03-16,{m // 60:02d}:{m % 60:02d},VIP,{m}" for m in range(540, 660, minutes)]
    text = "\n".join(["Date,Interval Start,Queue Name,Contacts Offered", *rows])
    log = ImportLog()
    meaning = Mapping(skills={"VIP": "hotline"})
    cells = read_counts([sheet(text)], meaning, Given(store="S1"), log)
    assert [cell.inquiries for cell in cells] == list(range(540, 660, minutes))
    assert {cell.skill for cell in cells} == {"hotline"}
    assert f"intervals of {minutes} minutes" in log.notes


def test_numbers_below_a_long_header_are_no_hours_across() -> None:
    text = "队列,日期,时段,offered,answered,aht\nA,2026-03-16,9,12,11,20\nB,2026-03-16,9,3,4,5\n"
    cells = read_counts([sheet(text)], Mapping(), Given(store="S"), ImportLog())
    assert [(cell.skill, cell.inquiries) for cell in cells] == [("A", 12), ("B", 3)]


def test_counts_need_to_be_told_their_queue() -> None:
    text = "日期,时段,咨询人数\n2026-03-16,9,5\n"
    with pytest.raises(InputError, match=r"column store.*give --store NAME\n.*give --skill NAME"):
        read_counts([sheet(text)], Mapping(), Given(), ImportLog())


def test_contradictions_and_odd_intervals_are_faults() -> None:
    with pytest.raises(InputError, match="7 at 2026-03-16 09:00, 5 in line 2; keep the right row"):
        counts("日期,时段,咨询人数\n2026-03-16,9,5\n2026-03-16,9,7\n")
    with pytest.raises(InputError, match="does not start on the quarter"):
        counts("日期,时段,咨询人数\n2026-03-16,9:07,5\n")


def test_a_workbook_is_read(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("空")
        page = book.add_worksheet("数据")
        page.merge_range(0, 0, 0, 3, "三月")
        page.write_row(1, 0, ["日期", "旺旺昵称", "接待人数", "在线时长"])
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        clock = book.add_format({"num_format": "[h]:mm:ss"})
        page.write_datetime(2, 0, date(2026, 3, 16), day)
        page.write_row(2, 1, ["a", 12])
        page.write_datetime(2, 3, timedelta(hours=7, minutes=30), clock)
        page.write_row(3, 0, ["汇总", "", 12])
    log = ImportLog()
    (row,) = read_reception([read_sheet(path, log, "数据")], Mapping(), Given(), log)
    assert (row.date, row.received, row.hours) == (date(2026, 3, 16), 12, 7.5)
    assert [entry.reason for entry in log.dropped] == ["totals row"]
    with pytest.raises(InputError, match=r"no sheet '数'"):
        read_sheet(path, log, "数")
    with pytest.raises(InputError, match="no rows"):
        read_sheet(path, log)
    with pytest.raises(InputError, match="damaged: not a zip archive"):
        read_sheet(file(tmp_path, b"PK\3\4no", "y.xlsx"), log)


def test_without_calamine_the_install_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'csshift\[excel\]'"):
        read_sheet(file(tmp_path, b"PK\3\4", "y.xlsx"), ImportLog())


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("45", 45), ("45.5秒", 45.5), ("1分23秒", 83), ("1小时2分", 3720), ("00:01:23", 83),
     ("01:23", 83), ("２分", 120), ("--", None), ("3 min", 180)],
)  # fmt: skip
def test_durations(cell: str, expected: float | None) -> None:
    assert values.seconds(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1,234", 1234),
        ("+1e2", 100),
        ("-0", 0),
        ("5.0", 5),
        ("\u3000 7\u00a0", 7),
        ("１２", 12),
        ("3.2万", 32000),
        ("¥12.5", 12.5),
        ("", None),
        ("-", None),
    ],
)
def test_numbers(cell: str, expected: float | None) -> None:
    assert values.number(cell) == expected


@pytest.mark.parametrize(
    ("parse", "cell"),
    [(values.number, "1.2.3"), (values.share, "120%"), (values.seconds, "fast"),
     (values.day, "2026-13-01"), (values.time_of_day, "24:01"), (values.time_of_day, "24:00-25:00"),
     (values.time_of_day, "x"), (values.number, "1,5"), (values.number, "1e99"),
     (values.seconds, "1 4"), (values.seconds, "-5秒"), (values.seconds, "9" * 400 + "秒")],
)  # fmt: skip
def test_cells_that_cannot_be_read_are_errors(parse: Any, cell: str) -> None:
    with pytest.raises(CellError):
        parse(cell)


words = st.sampled_from(
    ["2026-03-16", "2026/3/17", "", "汇总", "a", "小蜜", "9", "10:00", "12", "1,2", "x", "-", "9%"]
)


@given(st.lists(st.tuples(words, words, words, words), max_size=8))
def test_every_row_is_kept_left_out_or_refused(rows: list[tuple[str, ...]]) -> None:
    body = [(line, list(row)) for line, row in enumerate(rows, start=2) if any(row)]
    head: list[tuple[int, list[str]]] = [(1, ["日期", "旺旺昵称", "接待人数", "3分钟人工响应率"])]
    log = ImportLog()
    try:
        read_reception([Sheet("x.csv", head + body)], Mapping(), Given(), log)
    except InputError:
        return
    assert log.kept + len(log.dropped) == len(body)


@given(st.lists(st.tuples(words, words, words), max_size=8))
def test_every_count_is_kept_left_out_or_refused(rows: list[tuple[str, ...]]) -> None:
    body = [(line, list(row)) for line, row in enumerate(rows, start=2) if any(row)]
    head: list[tuple[int, list[str]]] = [(1, ["日期", "时段", "咨询人数"])]
    log = ImportLog()
    try:
        read_counts([Sheet("x.csv", head + body)], Mapping(), QUEUE, log)
    except InputError:
        return
    assert log.kept + len(log.dropped) == len(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_a_fault(content: bytes) -> None:
    try:
        text = decode("x.csv", content, [])
    except InputError:
        return
    assert isinstance(io.StringIO(text).read(), str)
