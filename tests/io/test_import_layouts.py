"""Tables of counts: one table imports alike in every layout; hours, blanks, merged labels."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Table
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csshift.cli.main import main
from csshift.errors import InputError
from csshift.io.imports.counts import read_counts
from csshift.io.imports.log import ImportLog
from csshift.io.imports.mapping import Mapping
from csshift.io.imports.reception import Given, read_reception
from csshift.io.imports.sheets import Sheet, read_sheet

Key = tuple[date, int, str, str]
Rows = list[list[str]]
MONDAY = date(2026, 3, 2)


def sheet(rows: Rows) -> Sheet:
    return Sheet("x.csv", [(i, row) for i, row in enumerate(rows, start=1) if any(row)])


def text(table: str) -> Sheet:
    return sheet([[cell.strip() for cell in row.split(",")] for row in table.strip().splitlines()])


def counts(
    table: Sheet, meaning: Mapping | None = None, log: ImportLog | None = None, **known: Any
) -> dict[Key, float]:
    cells = read_counts([table], meaning or Mapping(), Given(**known), log or ImportLog())
    return {(cell.date, cell.start, cell.store, cell.skill): cell.inquiries for cell in cells}


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[Key, float], int]:
    step = draw(st.sampled_from([15, 30, 60]))
    length = draw(st.integers(4, 10))
    start = draw(st.integers(1, 1440 // step - length)) * step
    if draw(st.booleans()):
        start = 1440 - length * step
    queues = [(s, k) for s in draw(names("S")) for k in draw(names("k"))]
    days = draw(st.lists(st.integers(0, 40), min_size=1, max_size=3, unique=True))
    keys = [
        (MONDAY + timedelta(days=day), start + i * step, store, skill)
        for day in sorted(days)
        for store, skill in queues
        for i in range(length)
    ]
    figures = st.lists(st.integers(0, 999), min_size=len(keys), max_size=len(keys))
    return dict(zip(keys, map(float, draw(figures)), strict=True)), step


def names(letter: str) -> st.SearchStrategy[list[str]]:
    return st.integers(1, 3).map(lambda count: [f"{letter}{i}" for i in range(count)])


def merged(rows: Rows, columns: int) -> Rows:
    """Return rows whose labels are left blank where they repeat those above."""
    above = [""] * columns
    found = []
    for row in rows:
        labels = [
            "" if row[: i + 1] == above[: i + 1] else cell for i, cell in enumerate(row[:columns])
        ]
        above = row[:columns]
        found.append([*labels, *row[columns:]])
    return found


def shown(count: float, number: str) -> str:
    return {"plain": f"{count:.0f}", "float": f"{count:.1f}", "signed": f" +{count:.0f}\u3000",
            "power": f"{count:.0f}e0"}[number]  # fmt: skip


def layouts(table: Table[Key, float], step: int, number: str) -> Iterator[tuple[str, Rows]]:
    days = sorted({key[0] for key in table})
    starts = sorted({key[1] for key in table})
    queues = sorted({key[2:] for key in table})

    def figure(day: date, start: int, queue: tuple[str, str]) -> str:
        return shown(table[day, start, *queue], number)

    spans = [f"{clock(start)}-{clock(start + step)}" for start in starts]
    labels = {"points": [clock(start) for start in starts], "spans": spans}
    if starts[-1] + step == 1440:
        labels["ends"] = [clock(start + step) for start in starts]
        if step == 60:
            labels["bare ends"] = [str(start // 60 + 1) for start in starts]
    for called, hours in labels.items():
        long = [
            [str(day), *queue, hour, figure(day, start, queue)]
            for day in days
            for queue in queues
            for start, hour in zip(starts, hours, strict=True)
        ]
        wide = [
            [str(day), *queue, *(figure(day, start, queue) for start in starts)]
            for day in days
            for queue in queues
        ]
        down = [
            [hour, *queue, *(figure(day, start, queue) for day in days)]
            for start, hour in zip(starts, hours, strict=True)
            for queue in queues
        ]
        heads = (
            ("long", ["日期", "店铺", "技能", "时段", "咨询量"], long, 3),
            ("hours across", ["日期", "店铺", "技能", *hours, "合计"],
             [[*row, "1"] for row in wide], 2),
            ("days across", ["时段", "店铺", "技能", *map(str, days)], down, 1),
        )  # fmt: skip
        for layout, head, rows, columns in heads:
            yield f"{layout}, {called}", [head, *rows]
            yield f"{layout}, {called}, merged", [["统计"], head, *merged(rows, columns)]


@settings(max_examples=120, deadline=None)
@given(tables(), st.sampled_from(["plain", "float", "signed", "power"]))
def test_a_table_imports_alike_in_every_layout(
    made: tuple[dict[Key, float], int], number: str
) -> None:
    table, step = made
    for layout, rows in layouts(table, step, number):
        log = ImportLog()
        assert counts(sheet(rows), log=log) == table, layout
        assert not log.dropped, layout


def test_hours_from_1_to_24_are_ends() -> None:
    head = ["Date", *map(str, range(1, 25))]
    table = sheet([head, [str(MONDAY), *map(str, range(101, 125))]])
    log = ImportLog()
    found = counts(table, log=log, store="S", skill="k")
    assert [found[MONDAY, 60 * hour, "S", "k"] for hour in range(24)] == list(range(101, 125))
    assert not log.dropped
    assert any("the interval that ends then" in note for note in log.notes)


@pytest.mark.parametrize("form", ["{}", "{}时", "{}:00", "{}点", "{}.0"])
def test_hours_in_rows_from_1_to_24_are_ends(form: str) -> None:
    rows = [[str(MONDAY), form.format(hour), str(100 + hour)] for hour in range(1, 25)]
    found = counts(sheet([["日期", "小时", "咨询量"], *rows]), store="S", skill="k")
    assert found[MONDAY, 0, "S", "k"] == 101
    assert found[MONDAY, 23 * 60, "S", "k"] == 124
    assert len(found) == 24


def test_both_0_and_24_are_a_question_that_an_option_answers() -> None:
    head = ["date", *(f"{hour}:00" for hour in range(25))]
    table = sheet([head, [str(MONDAY), *map(str, range(25))]])
    with pytest.raises(InputError, match=r"hours run to 24, and 0 .* --hours start or --hours end"):
        counts(table, store="S", skill="k")
    starts = counts(table, store="S", skill="k", hours="start")
    assert starts[MONDAY, 0, "S", "k"] == 0
    assert starts[MONDAY + timedelta(days=1), 0, "S", "k"] == 24
    ends = counts(table, store="S", skill="k", hours="end")
    assert ends[MONDAY - timedelta(days=1), 23 * 60, "S", "k"] == 0
    assert ends[MONDAY, 23 * 60, "S", "k"] == 24


def test_hours_of_a_day_that_does_not_reach_24_are_starts_and_a_note_says_so() -> None:
    table = "date,9,10,11,12\n2026-03-02,1,2,3,4"
    log = ImportLog()
    assert min(counts(text(table), log=log, store="S", skill="k"))[1] == 540
    assert any("hours 9 to 12 are read as starts" in note for note in log.notes)
    assert min(counts(text(table), store="S", skill="k", hours="end"))[1] == 480


def test_a_moment_at_24_hours_is_an_end() -> None:
    rows = [[f"2026-03-02 {hour:02d}:00", str(hour)] for hour in range(1, 25)]
    found = counts(sheet([["时间", "offered"], *rows]), store="S", skill="k")
    assert found[MONDAY, 23 * 60, "S", "k"] == 24


@pytest.mark.parametrize(("blank", "expected"), [("unknown", [1.0, 4.0]), ("zero", [1, 0, 0, 4])])
def test_blank_counts_are_left_out_or_0(blank: str, expected: list[float]) -> None:
    log = ImportLog()
    table = text("date,9:00,10:00,11:00,12:00\n2026-03-02,1,,-,4")
    found = counts(table, log=log, store="S", skill="k", blank=blank)
    assert list(found.values()) == expected
    assert [entry.reason for entry in log.dropped] == ["no figure"] * (4 - len(expected))


@pytest.mark.parametrize(
    "table",
    [
        "天,门店,业务,9:00,10:00,11:00,12:00\n2026-03-02,甲,售前,1,2,3,4",
        "天,门店,业务,时刻,数\n2026-03-02,甲,售前,9:00,1\n,,,10:00,2\n,,,11:00,3\n,,,12:00,4",
        "时刻,门店,业务,2026-03-02\n9:00,甲,售前,1\n10:00,,,2\n11:00,,,3\n12:00,,,4",
        "天,门店,业务,咨询,,,\n,,,9:00,10:00,11:00,12:00\n2026-03-02,甲,售前,1,2,3,4",
    ],
)
def test_mapped_columns_are_used_in_every_layout(table: str) -> None:
    columns = {"date": "天", "store": "门店", "skill": "业务", "start": "时刻", "inquiries": "数"}
    there = {name: heading for name, heading in columns.items() if heading in table}
    meaning = Mapping(columns=there, stores={"甲": "S1"}, skills={"售前": "pre-sale"})
    found = counts(text(table), meaning)
    assert [key[1:] for key in found] == [(h * 60, "S1", "pre-sale") for h in (9, 10, 11, 12)]
    assert list(found.values()) == [1, 2, 3, 4]


def test_a_mapped_column_that_is_not_there_is_a_fault() -> None:
    table = text("date,9:00,10:00,11:00,12:00\n2026-03-02,1,2,3,4")
    with pytest.raises(InputError, match="column skill: the column is missing"):
        counts(table, Mapping(columns={"skill": "业务"}), store="S", skill="k")


def test_titles_with_dates_are_no_header() -> None:
    table = "报表,2026-03-02,2026-03-03\ndate,9:00,10:00,11:00,12:00\n2026-03-02,1,2,3,4"
    assert len(counts(text(table), store="S", skill="k")) == 4
    long = "报表,2026-03-02\n日期,时段,咨询量\n2026-03-02,9,5"
    assert len(counts(text(long), store="S", skill="k")) == 1


def test_a_given_day_is_that_of_rows_without_one() -> None:
    day = date(2026, 3, 9)
    named = text("x,9:00,10:00,11:00,12:00\n2026-03-02,1,2,3,4")
    assert {key[0] for key in counts(named, store="S", skill="k", date=day)} == {MONDAY}
    stores = text("店铺,9:00,10:00,11:00,12:00\n甲,1,2,3,4\n乙,1,2,3,4")
    assert {key[0] for key in counts(stores, skill="k", date=day)} == {day}
    with pytest.raises(InputError, match="column date: the column is missing"):
        counts(stores, skill="k")


@pytest.mark.parametrize("heading", ["", "昨日"])
def test_a_column_of_figures_that_is_not_used_is_left_out_loudly(heading: str) -> None:
    log = ImportLog()
    table = text(f"date,9:00,10:00,11:00,12:00,{heading}\n2026-03-02,1,2,3,4,5")
    counts(table, log=log, store="S", skill="k")
    (entry,) = log.dropped
    assert entry.reason == "unused column"
    assert log.lost == 1


def test_a_row_without_a_store_is_left_out() -> None:
    log = ImportLog()
    table = text("日期,店铺,时段,咨询量\n2026-03-02,,9,5\n2026-03-02,甲,10,5")
    assert len(counts(table, log=log, skill="k")) == 1
    assert [str(entry) for entry in log.dropped] == [
        "x.csv, line 2: left out (unreadable: no store): 2026-03-02 | 9 | 5"
    ]
    assert len(counts(table, skill="k", store="乙")) == 2


def test_a_store_may_be_called_like_a_sum() -> None:
    table = text("日期,店铺,时段,咨询量\n2026-03-02,Total Sports,9,5\nTotal,,,5")
    assert list(counts(table, skill="k").values()) == [5]


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\u2066", "\u200b", "\x07"])
def test_names_with_characters_that_cannot_be_seen_are_refused(mark: str) -> None:
    table = text(f"日期,店铺,时段,咨询量\n2026-03-02,甲{mark}乙,9,5\n2026-03-02,甲{mark}乙,10,5")
    with pytest.raises(InputError) as caught:
        counts(table, skill="k")
    (fault,) = caught.value.faults
    assert f"U+{ord(mark):04X}" in fault.problem
    agents = text(f"日期,昵称,接待人数\n2026-03-02,小{mark}蜜,9")
    with pytest.raises(InputError, match=r"column nickname.*invisible"):
        read_reception([agents], Mapping(), Given(), ImportLog())


@pytest.mark.parametrize("figure", ["1000000001", "1e30", "nan", "inf", "1e999999999", "-5"])
def test_counts_beyond_the_limits_are_left_out(figure: str) -> None:
    log = ImportLog()
    assert counts(text(f"日期,时段,咨询量\n2026-03-02,9,{figure}"), log=log, store="S",
                  skill="k") == {}  # fmt: skip
    assert [entry.reason for entry in log.dropped] == ["unreadable"]


def test_figures_of_nicknames_that_add_up_to_too_much_are_a_fault() -> None:
    rows = [f"2026-03-02,n{i},99999999999" for i in range(12)]
    table = text("\n".join(["日期,昵称,销售额", *rows]))
    meaning = Mapping(agents={f"n{i}": "A" for i in range(12)})
    with pytest.raises(InputError, match=r"sales of A on 2026-03-02 add up to 1\.2e\+12"):
        read_reception([table], meaning, Given(), ImportLog())


def test_the_last_day_of_the_calendar_has_no_24_hours() -> None:
    log = ImportLog()
    table = text("日期,时段,咨询量\n9999-12-31,0:00,5\n9999-12-31,24:00,5")
    assert len(counts(table, log=log, store="S", skill="k", hours="start")) == 1
    assert [entry.reason for entry in log.dropped] == ["unreadable"]


@pytest.fixture(params=["merged", "first only", "mapped", "points"])
def workbook(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Two days, two stores and two skills; the date written in one of the usual ways."""
    xlsxwriter = pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    style = request.param
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        spans = [f"{h}:00-{h + 1}:00" if style != "points" else f"{h:02d}:00" for h in range(9, 13)]
        skill = "业务类型" if style == "mapped" else "技能"
        page.write_row(0, 0, ["日期", "店铺", skill, *spans, "合计"])
        for i in range(8):
            day = f"2026/02/{16 + i // 4}"
            if style in ("mapped", "points") or (style == "first only" and i % 4 == 0):
                page.write(i + 1, 0, day)
            elif style == "merged" and i % 4 == 0:
                page.merge_range(i + 1, 0, i + 4, 0, day)
            page.write_row(i + 1, 1, [["旗舰店", "专营店"][i // 2 % 2], ["售前", "售后"][i % 2]])
            page.write_row(i + 1, 3, [10, 11, 12, 13, 46])
    (tmp_path / "m.toml").write_text(
        ('[columns]\nskill = "业务类型"\n' if style == "mapped" else "")
        + '[skills]\n"售前" = "pre-sale"\n"售后" = "after-sale"\n',
        encoding="utf-8",
    )
    return path


def test_days_with_merged_and_blank_dates_are_read_whole(
    workbook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = workbook.with_name("o.csv")
    arguments = ["import", str(workbook), "--kind", "inquiry-trend", "--out", str(out)]
    mapping = ["--mapping", str(workbook.with_name("m.toml"))]
    assert main([*arguments, *mapping, "--strict"]) == 0
    assert "read 32, left out none" in capsys.readouterr().out
    rows = out.read_text(encoding="utf-8").splitlines()
    assert len(rows) == 33
    assert rows[1] == "2026-02-16,09:00,专营店,after-sale,10.0"


def test_an_hour_of_a_workbook_may_be_a_time(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        page = book.add_worksheet()
        clock_format = book.add_format({"num_format": "[h]:mm"})
        page.write(0, 0, "日期")
        for hour in range(1, 25):
            page.write_number(0, hour, hour / 24, clock_format)
            page.write_number(1, hour, 100 + hour)
        page.write(1, 0, "2026-03-02")
    found = counts(read_sheet(tmp_path / "x.xlsx", ImportLog()), store="S", skill="k")
    assert found[MONDAY, 0, "S", "k"] == 101
    assert found[MONDAY, 23 * 60, "S", "k"] == 124


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--blank", "null"], "--blank 'null' is none of unknown, zero"),
        (["--hours", "ends"], "--hours 'ends' is none of auto, start, end"),
        (["--store", "S\u202e"], "--store 'S\\u202e': an invisible character (U+202E)"),
        (["--skill", "k\udcff"], "an invisible character (U+DCFF)"),
        (["--strict"], "--strict: 1 row with figures would be left out"),
    ],
)
def test_options_of_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    (tmp_path / "x.csv").write_text("日期,时段,咨询量\n2026-03-02,9,5\n2026-03-02,10,-\n", "utf-8")
    known = {"--store": "S", "--skill": "k"}
    rest = [
        part for name, value in known.items() if name not in arguments for part in (name, value)
    ]
    out = str(tmp_path / "o.csv")
    command = ["import", str(tmp_path / "x.csv"), "--kind", "wfm", "--out", out, *rest, *arguments]
    assert main(command) == 2
    assert words in capsys.readouterr().err
    assert not Path(out).exists()


def test_an_import_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    table = text("date,9:00,10:00,11:00,12:00\n2026-03-02,1,,-,4")
    monkeypatch.setattr("csshift.io.imports.log.MOST_DROPPED", 1)
    with pytest.raises(InputError, match=r"line 2: more than 1 rows or cells cannot be used"):
        counts(table, store="S", skill="k")
    monkeypatch.setattr("csshift.io.imports.layouts.MOST_COUNTS", 4)
    assert len(counts(table, store="S", skill="k", blank="zero")) == 4
    monkeypatch.setattr("csshift.io.imports.layouts.MOST_COUNTS", 3)
    with pytest.raises(InputError, match=r"line 2: more than 3 counts; split the file"):
        counts(table, store="S", skill="k")
