"""Each kind of fault is told with file, line, column, value and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from csshift.errors import Fault, InputError
from csshift.io.reading import load


def faults_of(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        load(folder)
    for fault in caught.value.faults:
        assert fault.problem, fault
        assert fault.remedy, fault
        assert "pydantic" not in str(fault).lower()
        assert "http" not in str(fault)
        assert "\n" not in str(fault)
    return caught.value.faults


def only_fault(folder: Path) -> Fault:
    faults = faults_of(folder)
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]


def replace(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8", newline="")


def line_of(folder: Path, file: str, text: str) -> int:
    lines = (folder / file).read_text("utf-8").split("\n")
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_the_template_has_no_fault(folder: Path) -> None:
    problem = load(folder)
    assert len(problem.agents) == 6
    assert problem.agents[0].name == "陈静"
    assert str(problem.agents[0].skills["payment-reminder"]) == "1"
    assert problem.shifts[2].hours == ((540, 720), (1110, 1380))
    assert problem.pins == ()


CELLS = [
    # file, text of the cell (or more), what stands there instead, column, problem, remedy
    ("forecast.csv", "2026-03-16,09:00", "2026-3-16,09:00", "date", "YYYY-MM-DD", "2026-03-16"),
    ("forecast.csv", "2026-03-16,09:00", "2026/03/16,09:00", "date", "YYYY-MM-DD", "2026-03-16"),
    ("forecast.csv", "2026-03-16,09:00", "20260316,09:00", "date", "YYYY-MM-DD", "2026-03-16"),
    ("forecast.csv", "2026-03-16,09:00", "2026年3月16日,09:00", "date", "YYYY", "2026-03-16"),
    ("forecast.csv", "2026-03-16,09:00", "２０２６-03-16,09:00", "date", "YYYY", "2026-03-16"),
    ("forecast.csv", "2026-03-16,09:00", "2026-02-30,09:00", "date", "no such day", "correct"),
    ("forecast.csv", "2026-03-16,09:00", "16.03.2026,09:00", "date", "not a date", "2026-03-16"),
    ("forecast.csv", "16,09:00,S1", "16,9 am,S1", "start", "not a time", "HH:MM"),
    ("forecast.csv", "16,09:00,S1", "16,09:00:00,S1", "start", "HH:MM", "write 09:00"),
    ("forecast.csv", "16,09:00,S1", "16,０９：００,S1", "start", "HH:MM", "write 09:00"),
    ("forecast.csv", "16,09:00,S1", "16,09:60,S1", "start", "not a time", "HH:MM"),
    ("forecast.csv", "16,09:00,S1", "16,09:10,S1", "start", "no interval", "steps"),
    ("forecast.csv", "16,09:00,S1", "16,24:00,S1", "start", "no interval", "00:00"),
    ("forecast.csv", "16,09:00,S1", "16,99:00,S1", "start", "47:59", "that day"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,-4", "inquiries", "at least 0", "correct"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,NaN", "inquiries", "finite", "number"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,-inf", "inquiries", "finite", "number"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,1e999", "inquiries", "too large", "number"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,1e20", "inquiries", "at most", "correct"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,４", "inquiries", "full-width", "write 4"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,1 4", "inquiries", "not a number", "12.5"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,1 400", "inquiries", "thousands", "write 1400"),
    ("forecast.csv", "S1,pre-sale,4", 'S1,pre-sale,"1,5"', "inquiries", "comma", "write 1.5"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,1e9999999999", "inquiries", "large", "12.5"),
    ("forecast.csv", "S1,pre-sale,4", 'S1,pre-sale,"1,400"', "inquiries", "thousands", "1400"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,1_400", "inquiries", "thousands", "1400"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,four", "inquiries", "not a number", "12.5"),
    ("forecast.csv", "S1,pre-sale,4", "S1,pre-sale,", "inquiries", "empty", "fill it"),
    ("forecast.csv", "S1,pre-sale,4", "S1,presale,4", "skill", "unknown skill", "'pre-sale'"),
    ("forecast.csv", "S1,pre-sale,4", "S1,hotline,4", "skill", "handling time", "handle_seconds"),
    ("forecast.csv", "S1,pre-sale,4", "S1|S2,pre-sale,4", "store", "'|'", "name it"),
    ("forecast.csv", "S1,pre-sale,4", ",pre-sale,4", "store", "empty", "fill it"),
    ("agents.csv", "A02,王磊", "A01,王磊", "agent_id", "second entry", "keep one"),
    ("agents.csv", "A02,王磊", ",王磊", "agent_id", "empty", "unique identifier"),
    ("agents.csv", "A03,李娜", '"A\n03",李娜', "agent_id", "line break", "one line"),
    ("agents.csv", "A03,李娜", "A\u200b03,李娜", "agent_id", "U+200B", "delete it"),
    ("agents.csv", "A03,李娜", "A\u202e03,李娜", "agent_id", "U+202E", "delete it"),
    ("agents.csv", "A03,李娜", "A03,李\u2066娜", "name", "U+2066", "delete it"),
    ("agents.csv", "A03,李娜", "A03,李\x07娜", "name", "U+0007", "delete it"),
    ("agents.csv", "pre-sale:1.1;", "pre-sale:abc;", "skills", "'abc'", "12.5"),
    ("agents.csv", "pre-sale:1.1;", "pre-sale:-1;", "skills", "not above 0", "usual"),
    ("agents.csv", "pre-sale:1.1;", "pre-sale:1.2345;", "skills", "decimal places", "round"),
    ("agents.csv", "pre-sale:1.1;", "pre-sale:;", "skills", "after the colon", "pre-sale:1"),
    ("agents.csv", "pre-sale:1.1;", ":1.1;", "skills", "names no skill", "skill:efficiency"),
    ("agents.csv", "pre-sale:1.1;", "after-sale:1.1;", "skills", "listed twice", "once"),
    ("agents.csv", "pre-sale:1.1;", "pre-sale：1.1；", "skills", "full-width", "pre-sale:1.1;"),
    ("agents.csv", "pre-sale:1.1;", "pre-sales:1.1;", "skills", "unknown skill", "'pre-sale'"),
    ("agents.csv", "pre-sale,S1,pre-sale:1.1", "pre-sale,S9,pre-sale:1.1", "stores", "store", "S1"),
    ("agents.csv", "pre-sale,S1,pre-sale:1.1", "x,S1|S1,pre-sale:1.1", "stores", "twice", "once"),
    ("agents.csv", "pre-sale,S1,pre-sale:1.1", "x,S1｜S2,pre-sale:1.1", "stores", "full", "S1|S2"),
    ("agents.csv", "full-time,2024", "ful-time,2024", "contract", "contract", "'full-time'"),
    (
        "agents.csv",
        "2024-07-01,,",
        "2024-07-01,2024-06-01,",
        "end_date",
        "before it st",
        "exchange",
    ),
    ("shifts.csv", "09:00-17:30", "17:30-09:00", "hours", "ends before", "17:30-33:00"),
    ("shifts.csv", "09:00-17:30", "09:00-09:00", "hours", "ends before", "end after"),
    ("shifts.csv", "09:00-17:30", "09:00-34:00", "hours", "24 hours", "correct"),
    ("shifts.csv", "09:00-17:30", "24:00-26:00", "hours", "before 24:00", "correct"),
    ("shifts.csv", "09:00-17:30", "09:00-12:00+11:00-17:30", "hours", "overlap", "correct"),
    ("shifts.csv", "09:00-17:30", "12:00-17:30+09:00-11:00", "hours", "out of order", "correct"),
    ("shifts.csv", "09:00-17:30", "09:00", "hours", "not a span", "HH:MM-HH:MM"),
    ("shifts.csv", "09:00-17:30", "09:00–17:30", "hours", "not a span", "'09:00-17:30'"),
    ("shifts.csv", "09:00-17:30", "", "hours", "empty", "08:00-17:00"),
    ("shifts.csv", "09:00-17:30,60", "09:00-17:30,-60", "break_minutes", "at least 0", "correct"),
    ("shifts.csv", "09:00-17:30,60", "09:00-17:30,1.5", "break_minutes", "whole", "write 2"),
    ("shifts.csv", "09:00-17:30,60", "09:00-17:30,600", "break_minutes", "as long as", "correct"),
    ("shifts.csv", "晚,Late", "早,Late", "code", "second entry", "keep one"),
    ("shifts.csv", "分,Split", "tag:分,Split", "code", "'tag:'", "rename"),
    ("leave.csv", "A02,", "A20,", "agent_id", "unknown agent", "did you mean"),
    ("requests.csv", ",off,", ",of,", "want", "none of work, off", "'off'"),
    ("requests.csv", ",work,早,", ",work,中,", "shift", "unknown shift", "known shifts"),
    ("requests.csv", "off,,2", "off,,0", "weight", "above 0", "correct"),
    ("requests.csv", "off,,2", "off,,2000000", "weight", "at most 1000000", "correct"),
]


@pytest.mark.parametrize(("file", "old", "new", "column", "problem", "remedy"), CELLS)
def test_a_bad_cell_is_one_fault_at_its_place(
    folder: Path, file: str, old: str, new: str, column: str, problem: str, remedy: str
) -> None:
    line = line_of(folder, file, old)
    replace(folder, file, old, new)
    fault = next(fault for fault in faults_of(folder) if fault.column == column)
    assert fault.table == file
    assert fault.line == line
    assert problem in fault.problem
    assert remedy in fault.remedy
    if "empty" not in fault.problem:
        assert fault.value


HEADERS = [
    ("agents.csv", "agent_id,name", "agent_id,nam", "nam", "unknown column", "'name'"),
    ("agents.csv", "agent_id,name", "agentid,name", "agentid", "unknown column", "'agent_id'"),
    ("agents.csv", "agent_id,name", "name,name", "name", "duplicate column", "remove"),
    ("agents.csv", "agent_id,name", "name,name", "agent_id", "missing", "the columns are"),
    ("agents.csv", "agent_id,name", "agent_id,", None, "has no name", "name it"),
    ("leave.csv", "agent_id,date,kind", "agent_id,kind,kind", "date", "missing", "date,kind"),
    ("forecast.csv", "inquiries", "Inquiries", "Inquiries", "unknown column", "'inquiries'"),
]


@pytest.mark.parametrize(("file", "old", "new", "column", "problem", "remedy"), HEADERS)
def test_a_bad_header(
    folder: Path, file: str, old: str, new: str, column: str | None, problem: str, remedy: str
) -> None:
    replace(folder, file, old, new)
    found = [fault for fault in faults_of(folder) if fault.column == column]
    assert [(fault.table, fault.line) for fault in found] == [(file, 1)]
    assert problem in found[0].problem
    assert remedy in found[0].remedy


@pytest.mark.parametrize(("mark", "called"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_named(folder: Path, mark: str, called: str) -> None:
    text = (folder / "leave.csv").read_text("utf-8").replace(",", mark)
    (folder / "leave.csv").write_text(text, "utf-8")
    assert called in only_fault(folder).problem


def write(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content) and None


def remove(*names: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return act


def encode(name: str, encoding: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        (folder / name).write_bytes(text.encode(encoding))

    return act


def make_folder(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return act


def rename(old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: (folder / old).rename(folder / new) and None


def append(name: str, text: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8", newline="") as file:
            file.write(text)

    return act


FILES: list[tuple[str, Callable[[Path], None], str, int | None, str]] = [
    ("no agents", remove("agents.csv"), "agents.csv", None, "missing"),
    ("no shifts", remove("shifts.csv"), "shifts.csv", None, "missing"),
    ("no settings", remove("problem.toml"), "problem.toml", None, "missing"),
    ("no demand", remove("forecast.csv"), "forecast.csv", None, "requirements.csv"),
    ("empty", write("leave.csv", b""), "leave.csv", None, "empty"),
    ("blank", write("agents.csv", b"\r\n \r\n"), "agents.csv", None, "empty"),
    ("only a mark", write("leave.csv", b"\xef\xbb\xbf"), "leave.csv", None, "empty"),
    ("empty settings", write("problem.toml", b""), "problem.toml", None, "empty"),
    ("only a header", write("agents.csv", b"agent_id,skills\n"), "agents.csv", None, "no rows"),
    ("gbk", encode("agents.csv", "gbk"), "agents.csv", 2, "encoded in GBK"),
    ("gb18030", encode("shifts.csv", "gb18030"), "shifts.csv", 2, "encoded in GBK"),
    ("gbk settings", write("problem.toml", "name = '春'".encode("gbk")), "problem.toml", 1, "GBK"),
    ("utf-16", encode("agents.csv", "utf-16"), "agents.csv", None, "UTF-16"),
    ("latin-1", write("leave.csv", b"agent_id,date\nA\xe9,\n"), "leave.csv", 2, "not UTF-8"),
    ("nul", append("leave.csv", "A01,2026-03-18,\0\n"), "leave.csv", 3, "NUL"),
    ("folder", make_folder("agents.csv"), "agents.csv", None, "a folder"),
    ("folder as settings", make_folder("problem.toml"), "problem.toml", None, "a folder"),
    ("misspelt", rename("requests.csv", "request.csv"), "request.csv", None, "not a file of"),
    ("capital", rename("leave.csv", "Leave.CSV"), "Leave.CSV", None, "not a file of"),
    ("short row", append("leave.csv", "A01,2026-03-18\n"), "leave.csv", 3, "2 cells"),
    ("long row", append("leave.csv", "A01,2026-03-18,x,y\n"), "leave.csv", 3, "4 cells"),
    ("open quote", append("leave.csv", 'A01,"2026-03-18,x\n'), "leave.csv", 3, "never closed"),
    ("endless quote", append("leave.csv", '"' + "x" * 200_000), "leave.csv", 3, "never closed"),
    ("stray quote", append("leave.csv", 'A01,"2026"-03-18,\n'), "leave.csv", 3, "inside a cell"),
]


@pytest.mark.parametrize(
    ("act", "table", "line", "problem"), [case[1:] for case in FILES], ids=[c[0] for c in FILES]
)
def test_a_bad_file(
    folder: Path, act: Callable[[Path], None], table: str, line: int | None, problem: str
) -> None:
    act(folder)
    fault = only_fault(folder)
    assert fault.table == table
    assert fault.line == line
    assert problem in fault.problem


def test_a_spreadsheet_in_place_of_a_table(folder: Path) -> None:
    (folder / "pins.xlsx").write_bytes(b"PK")
    load(folder)
    rename("agents.csv", "agents.xlsx")(folder)
    assert only_fault(folder).remedy == "save agents.xlsx as CSV UTF-8"


def test_what_a_file_holds_does_not_steer_the_terminal(folder: Path) -> None:
    replace(folder, "leave.csv", "kind", '"ki\n\x1b[31m"')
    fault = only_fault(folder)
    assert str(fault).startswith(r"leave.csv, line 1, column ki\n\x1b[31m: unknown column; ")


def test_damaged_utf8_is_not_called_gbk(folder: Path) -> None:
    content = (folder / "agents.csv").read_bytes()
    position = content.index("李".encode())
    (folder / "agents.csv").write_bytes(content[: position + 1] + content[position + 2 :])
    fault = only_fault(folder)
    assert (fault.line, fault.value) == (4, "byte 0xE6")
    assert "not UTF-8" in fault.problem


@pytest.mark.parametrize("name", ["absent", "x" * 5000, "nul\0byte"])
def test_no_such_folder(tmp_path: Path, name: str) -> None:
    assert "no such folder" in only_fault(tmp_path / name).problem


def test_a_file_in_place_of_the_folder(folder: Path) -> None:
    assert "not a folder" in only_fault(folder / "agents.csv").problem


def test_byte_order_mark_line_ends_and_column_order_do_not_matter(folder: Path) -> None:
    expected = load(folder)
    for file in folder.glob("*.csv"):
        lines = [line.split(",") for line in file.read_text("utf-8").strip().split("\n")]
        text = "\r\n".join(",".join(reversed(cells)) for cells in lines) + "\r\n\r\n,,\r\n"
        if file.name != "leave.csv":
            text = text.removesuffix(",,\r\n")
        file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    toml = folder / "problem.toml"
    toml.write_bytes(b"\xef\xbb\xbf" + toml.read_bytes().replace(b"\n", b"\r\n"))
    assert load(folder) == expected


def test_bare_carriage_returns_end_lines(folder: Path) -> None:
    expected = load(folder)
    file = folder / "shifts.csv"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r"))
    assert load(folder) == expected


def test_spaces_around_cells_do_not_matter(folder: Path) -> None:
    expected = load(folder)
    replace(folder, "leave.csv", "A02,2026-03-20,annual", " A02\u3000, 2026-03-20 ,annual ")
    assert load(folder) == expected


def test_all_faults_of_all_files_are_told_in_order(folder: Path) -> None:
    replace(folder, "problem.toml", "hours = 11", "hours = -11")
    replace(folder, "agents.csv", "pre-sale:1.1;", "pre-sale:x;")
    replace(folder, "agents.csv", "after-sale:0.8", "aftersale:0.8")
    replace(folder, "shifts.csv", "09:00-17:30", "17:30")
    replace(folder, "leave.csv", "A02", "B02")
    replace(folder, "requests.csv", "A05", "B05")
    replace(folder, "requests.csv", "A03,2026-03-21", "A03,21")
    found = [(fault.table, fault.line, fault.column) for fault in faults_of(folder)]
    rule = line_of(folder, "problem.toml", "hours = -11")
    assert found == [
        ("problem.toml", rule, "rules.hours"),
        ("agents.csv", 2, "skills"),
        ("agents.csv", 7, "skills"),
        ("shifts.csv", 2, "hours"),
        ("leave.csv", 2, "agent_id"),
        ("requests.csv", 2, "date"),
        ("requests.csv", 3, "agent_id"),
    ]


def test_names_in_faulty_rows_are_known_all_the_same(folder: Path) -> None:
    replace(folder, "agents.csv", "A02,王磊,pre-sale,S1,pre-sale;", "A02,王磊,pre-sale,S1,x:y;")
    replace(folder, "shifts.csv", "09:00-17:30", "9-5")
    replace(folder, "problem.toml", "reply_seconds = 12 ", "reply_seconds = -1 ")
    replace(folder, "problem.toml", "= 44 ", "= -44 ")
    append("pins.csv", "agent_id,date,shift\nA02,2026-03-18,早\n")(folder)
    tables = [fault.table for fault in faults_of(folder)]
    assert tables == ["problem.toml", "problem.toml", "agents.csv", "shifts.csv"]


def test_nothing_refers_to_an_unreadable_file(folder: Path) -> None:
    (folder / "agents.csv").write_bytes(b"\0")
    (folder / "shifts.csv").write_bytes(b"")
    (folder / "forecast.csv").write_bytes(b"date;start")
    assert [fault.table for fault in faults_of(folder)] == [
        "agents.csv",
        "shifts.csv",
        "forecast.csv",
    ]


def test_lines_are_right_behind_dropped_rows_and_quoted_line_breaks(folder: Path) -> None:
    (folder / "leave.csv").write_text(
        'agent_id,date,kind\nA01,2026-03-99,\n\n"A\n03",2026-03-18,\nA99,2026-03-18,\n', "utf-8"
    )
    assert [fault.line for fault in faults_of(folder)] == [2, 4, 6]


def test_faults_are_capped(folder: Path) -> None:
    rows = "".join(f"B{number},2026-03-18,\n" for number in range(5_000))
    append("leave.csv", rows)(folder)
    faults = faults_of(folder)
    assert len(faults) == 201
    assert "more than 200" in faults[-1].problem


def test_many_rows(folder: Path) -> None:
    days = [f"2026-03-{day}" for day in range(16, 23)]
    rows = [
        f"{day},{hour:02d}:00,S{store},pre-sale,{hour}\n"
        for day in days
        for hour in range(24)
        for store in range(2, 122)
    ]
    append("forecast.csv", "".join(rows))(folder)
    assert len(load(folder).forecast) == 168 + len(rows)
    append("forecast.csv", rows[-1])(folder)
    fault = only_fault(folder)
    assert fault.line == 1 + 168 + len(rows) + 1
    assert fault.value == "2026-03-22, 23:00, S121, pre-sale"


def test_the_scenarios_load(scenarios: Path) -> None:
    sizes = {folder.name: len(load(folder).agents) for folder in sorted(scenarios.iterdir())}
    assert sizes["s4-twenty-stores"] == 600
    assert sizes["real-bank-february"] == 26
    assert len(sizes) == 5
