"""Whatever a folder holds, it loads or says what is wrong with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csshift.errors import InputError
from csshift.io.reading import load

STARTER = {
    source.name: source.read_bytes()
    for source in files("csshift.io").joinpath("starter").iterdir()
    if source.name != "README.txt"
}
EXTRA = {
    "pins.csv": b"agent_id,date,shift\nA01,2026-03-16,\nA02,2026-03-16,\xe6\x97\xa9\n",
    "history.csv": b"agent_id,date,shift\nA01,2026-03-15,\xe6\x97\xa9\n",
    "history_duties.csv": b"date,duty,agent_id\n2026-03-15,payment-reminder,A01\n",
    "requirements.csv": b"date,start,store,skill,heads\n2026-03-16,09:00,S1,pre-sale,1.25\n",
}
FILES = STARTER | EXTRA
TABLES = sorted(name for name in FILES if name.endswith(".csv"))
NASTY = [
    "",
    " ",
    "\u3000",
    "０",
    "-1",
    "1e999",
    "1e-999999999",
    "NaN",
    "inf",
    "9" * 400,
    "0x10",
    "=1+1",
    '"',
    "'",
    "\0",
    "\r",
    "\u2028",
    "\ufeff",
    "🙂",
    "A01",
    "S1|S2",
    "S1||",
    "pre-sale:abc",
    "pre-sale;pre-sale",
    "24:00",
    "47:59",
    "99:99",
    "00:00-24:00",
    "23:59-47:59",
    "09:00-10:00+10:00-11:00",
    "2026-03-16",
    "9999-12-31",
    "0000-00-00",
    "2026-W12-1",
    "off",
    "tag:late",
    "早",
]
NASTY_SETTINGS = [
    *("nan", "-inf", "1e400", "-1", "0", "true", '""', '"x"', "[]", "[[]]", "{}", "{ a = 1 }"),
    *("2026-03-16", "10:00:00", '"24:00-25:00"', "9" * 20, "'''\n'''", '["S1"]'),
]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    folder = Path(mkdtemp())
    yield folder
    shutil.rmtree(folder)


def judge(place: Path, changed: dict[str, bytes]) -> None:
    for name, content in (FILES | changed).items():
        (place / name).write_bytes(content)
    try:
        problem = load(place)
    except InputError as error:
        for fault in error.faults:
            assert fault.table
            assert fault.problem
            assert fault.remedy
            assert "\n" not in str(fault).replace(fault.table, "")
    else:
        assert type(problem).model_validate_json(problem.model_dump_json()) == problem


def test_the_folder_itself_loads(place: Path) -> None:
    for name, content in FILES.items():
        (place / name).write_bytes(content)
    assert len(load(place).history_duties) == 1


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(FILES)),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 3), st.binary(max_size=3)), min_size=1, max_size=4
    ),
)
def test_mutated_bytes(place: Path, name: str, edits: list[tuple[float, int, bytes]]) -> None:
    content = FILES[name]
    for where, removed, put in edits:
        position = int(where * len(content))
        content = content[:position] + put + content[position + removed :]
    judge(place, {name: content})


@settings(max_examples=250, deadline=None)
@given(
    name=st.sampled_from(TABLES),
    edits=st.lists(
        st.tuples(
            st.integers(0, 200),
            st.integers(0, 10),
            st.sampled_from(NASTY) | st.text(max_size=6).filter(lambda text: text.isprintable()),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_mutated_cells(place: Path, name: str, edits: list[tuple[int, int, str]]) -> None:
    rows = [line.split(",") for line in FILES[name].decode().splitlines()]
    for row, cell, put in edits:
        cells = rows[row % len(rows)]
        cells[cell % len(cells)] = put
    judge(place, {name: "\n".join(",".join(cells) for cells in rows).encode()})


@settings(max_examples=200, deadline=None)
@given(
    line=st.integers(0, 200),
    value=st.sampled_from(NASTY_SETTINGS),
)
def test_mutated_settings(place: Path, line: int, value: str) -> None:
    lines = FILES["problem.toml"].decode().splitlines()
    keys = [number for number, text in enumerate(lines) if " = " in text and text[0] != "#"]
    number = keys[line % len(keys)]
    lines[number] = lines[number].split(" = ")[0] + " = " + value
    judge(place, {"problem.toml": "\n".join(lines).encode()})
