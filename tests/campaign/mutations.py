"""Seeded damage to the files of a problem folder: cells, rows, columns, settings, bytes, places."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

from bases import Files

SETTINGS_FILE = "problem.toml"

NUMBERS = (
    *("NaN", "inf", "-inf", "1e999", "-1e999", "1e-999999999", "9" * 400, "-0", "-0.0", "+3"),
    *("1e2", "5.0", "0x10", "1_000", "1,5", "１２", "0", "-1", "0.001", "1000000", "1e12", "1e300"),
    *("4294967296", "9223372036854775808", "0." + "0" * 300 + "1", " 7 ", "٣", "½", "1e400000000"),
)
DAYS = (
    *("2026-03-16", "2026-03-15", "2026-02-29", "0000-00-00", "9999-12-31", "0001-01-01"),
    *("2026-13-01", "2026-W12-1", "16/03/2026", "46097", "2026-3-6", "10000-01-01", "-1-01-01"),
)
TIMES = (
    *("24:00", "25:30", "47:59", "48:00", "99:99", "9:00", "-1:00", "09:07", "00:00-24:00"),
    *("22:00-30:00", "09:00-09:00", "17:00-09:00", "09:00-10:00+10:00-11:00", "23:59-47:59"),
    *("09:00-12:00+11:00-13:00", "18:00-20:00+08:00-10:00", "-2:00-04:00", "09:00–17:00"),
    "+".join(f"{hour:02}:00-{hour:02}:30" for hour in range(24)),
)
TEXTS = (
    *("", " ", "\u3000", "\0", "\ufeff", "\u202e", "\u2028", "\r", "\x1b[31m", '"', "'", "🙂"),
    *("=cmd()", "=1+1", "@SUM(A1)", "+1", "-1", "<script>alert(1)</script>", "{{7*7}}", "%s%n"),
    *(
        "../../etc/passwd",
        "CON",
        "x" * 70_000,
        "名" * 500,
        "a\u0301",
        "\ufffd",
        "|",
        ";",
        ":",
        "||",
    ),
    *("S1|S2", "S1|S1", "pre-sale:abc", "pre-sale;pre-sale", "pre-sale:0", "tag:late", "off"),
    *(
        "work",
        "A01",
        "a",
        "S1",
        "D",
        "none",
        "null",
        "True",
        "#N/A",
        "早",
        "Ａ０１",
        "a b",
        "senior",
    ),
)
CELLS = (NUMBERS, DAYS, TIMES, TEXTS)

VALUES = (
    *("nan", "inf", "-inf", "1e400", "-1", "0", "-0.0", "true", "9" * 20, "1e300", "0.001", "100"),
    *('""', '"x"', "[]", "[[]]", "{}", "{ a = 1 }", "[{}]", "2026-03-16", "10:00:00", '["S1"]'),
    *("2026-03-16T10:00:00Z", "9999-12-31", "0001-01-01", '"24:00-25:00"', '"22:00-10:00"'),
    *('"hard"', '"\\u202e"', '"\\u0000"', "'''\n'''", '["a", 1, 2026-03-16]', "60", "1", "2", "6"),
    *('"tag:night"', '["tag:nothing"]', '"week"', '"rolling-400-days"', '"rolling-7-days"'),
    *("366", "100000", '"' + "z" * 50_000 + '"', "[" + "1," * 5000 + "]", "0b11", "1__0"),
    *("[" * 60 + "]" * 60, "{ a = " * 30 + "1" + " }" * 30, "[" * 5000 + "]" * 5000),
)
TABLES = (
    "[unknown]\na = 1", "[[unknown]]", "[horizon.more]\nx = 1", "[[horizon]]\ndays = 3",
    "[skills]", "[skills.'a:b']\nchannel = 'call'\nhandle_seconds = 3", "[weights]\nshortage = -1",
    "[[rules]]\nkind = 'no-such'", "[[rules]]", "[[rules]]\nkind = 3", "[rules]\nkind = 'min-rest'",
    "[[duties]]\nname = 'remind'\nskill = 'hotline'\nwindow = '00:00-24:00'\ncount = 40",
    "[contracts.'']\nmax_hours_per_week = 0",
    "[[rules]]\nkind = 'min-rest'\nagents = { tags = [] }",
    "[[rules]]\nkind = 'min-rest'\nhours = 47\nseverity = 1e-9\nagents = { ids = ['nobody'] }",
    "[[rules]]\nkind = 'max-hours'\nhours = 0", "[[rules]]\nkind = 'seats'\ncount = 0",
    "[[rules]]\nkind = 'min-shifts'\ncount = 99\nper = 'horizon'",
    "[[rules]]\nkind = 'forbidden-sequence'\nshifts = ['D', 'L', 'D', 'L', 'D', 'L']",
    "[skills.pre-sale]\nsessions_at_once = 30\nchannel = 'chat'", "labour = 'standard'",
    "pools = [['S1', 'S2'], ['S2']]", "a.b.c.d = 1", "\u202e = 1", "= 1", "[[[x]]]",
)  # fmt: skip

Change = Callable[[Random, Files], None]


def _table(rng: Random, files: Files) -> tuple[str, list[list[str]]]:
    name = rng.choice(sorted(name for name in files if name.endswith(".csv")))
    text = files[name].decode("utf-8", errors="replace")
    return name, [line.split(",") for line in text.split("\n")]


def _put(files: Files, name: str, rows: list[list[str]]) -> None:
    files[name] = "\n".join(",".join(row) for row in rows).encode("utf-8", errors="replace")


def change_cell(rng: Random, files: Files) -> None:
    """Put a hostile value into a cell."""
    name, rows = _table(rng, files)
    row = rows[rng.randrange(len(rows))] if rng.random() < 0.1 else rng.choice(rows[1:] or rows)
    row[rng.randrange(len(row))] = rng.choice(rng.choice(CELLS))
    _put(files, name, rows)


def borrow_cell(rng: Random, files: Files) -> None:
    """Put a sound value of the same column, or of another one, into a cell."""
    name, rows = _table(rng, files)
    row, other = rng.choice(rows[1:] or rows), rng.choice(rows)
    column = rng.randrange(len(row))
    row[column] = other[column if rng.random() < 0.8 and column < len(other) else 0]
    _put(files, name, rows)


def change_rows(rng: Random, files: Files) -> None:
    """Delete, double, swap or shorten rows."""
    name, rows = _table(rng, files)
    first, second = rng.randrange(len(rows)), rng.randrange(len(rows))
    match rng.randrange(5):
        case 0:
            del rows[first]
        case 1:
            rows.insert(second, list(rows[first]))
        case 2:
            rows[first], rows[second] = rows[second], rows[first]
        case 3:
            rows[first] = rows[first][: rng.randrange(len(rows[first]) + 1)]
        case _:
            del rows[1:]
    _put(files, name, rows)


def delete_row(rng: Random, files: Files) -> None:
    """Delete a row that is not the header."""
    name, rows = _table(rng, files)
    del rows[rng.randrange(1, len(rows)) if len(rows) > 1 else 0]
    _put(files, name, rows)


def change_columns(rng: Random, files: Files) -> None:
    """Delete, double, swap or rename columns."""
    name, rows = _table(rng, files)
    width = len(rows[0])
    first, second = rng.randrange(width), rng.randrange(width)
    kind = rng.randrange(4)
    for row in rows:
        if max(first, second) >= len(row):
            continue
        if kind == 0:
            del row[first]
        elif kind == 1:
            row.append(row[first])
        elif kind == 2:
            row[first], row[second] = row[second], row[first]
    if kind == 3:
        rows[0][first] = rng.choice(TEXTS)
    _put(files, name, rows)


def repeat_rows(rng: Random, files: Files) -> None:
    """Write rows a thousand times."""
    name, rows = _table(rng, files)
    rows += [list(rows[rng.randrange(len(rows))]) for _ in range(rng.choice((10, 1000, 30_000)))]
    _put(files, name, rows)


def _settings(rng: Random, files: Files) -> list[str]:
    return files.get(SETTINGS_FILE, b"").decode("utf-8", errors="replace").split("\n")


def change_setting(rng: Random, files: Files) -> None:
    """Give a setting another value or type, or another name."""
    lines = _settings(rng, files)
    keys = [number for number, line in enumerate(lines) if re.match(r"[\w-]+ *=", line)]
    if keys:
        number = rng.choice(keys)
        key, value = lines[number].split("=", 1)
        if rng.random() < 0.1:
            key = rng.choice(("hour", "sevrity", "x", "''", "agents.ids", key + "s "))
        lines[number] = f"{key}= {rng.choice((*VALUES, *[value] * 6))}"
    files[SETTINGS_FILE] = "\n".join(lines).encode()


def near_setting(rng: Random, files: Files) -> None:
    """Give a number of the settings another one that is often allowed."""
    text = files.get(SETTINGS_FILE, b"").decode("utf-8", errors="replace")
    found = list(re.finditer(r"(?<== )\d+(\.\d+)?(?=\s)", text))
    if found:
        at = rng.choice(found)
        whole, broken = (
            ("1", "2", "3", "4", "5", "7", "12", "100", "0"),
            ("0.5", "0.05", "1.5", "0.001"),
        )
        new = rng.choice(broken if "." in at[0] or rng.random() < 0.1 else whole)
        text = text[: at.start()] + new + text[at.end() :]
    files[SETTINGS_FILE] = text.encode()


def change_lines(rng: Random, files: Files) -> None:
    """Delete, double, swap or add lines and tables of the settings."""
    lines = _settings(rng, files)
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            del lines[first]
        case 1:
            lines.insert(second, lines[first])
        case 2:
            lines[first], lines[second] = lines[second], lines[first]
        case _:
            lines.insert(rng.choice((0, first, len(lines))), rng.choice(TABLES))
    files[SETTINGS_FILE] = "\n".join(lines).encode()


def drop_rule(rng: Random, files: Files) -> None:
    """Take a table of the settings out, or make a rule hard that is soft."""
    blocks = re.split(r"\n(?=\[)", "\n".join(_settings(rng, files)))
    block = rng.randrange(len(blocks))
    if rng.random() < 0.5:
        del blocks[block]
    else:
        blocks[block] = re.sub(r"severity = [\d.]+", 'severity = "hard"', blocks[block])
    files[SETTINGS_FILE] = "\n".join(blocks).encode()


def change_bytes(rng: Random, files: Files) -> None:
    """Cut off, overwrite or encode the bytes of a file otherwise."""
    name = rng.choice(sorted(files))
    content = files[name]
    place = rng.randrange(len(content) + 1)
    text = content.decode("utf-8", errors="replace")
    match rng.randrange(9):
        case 0:
            content = content[:place]
        case 1:
            content = content[:place] + rng.randbytes(3) + content[place + 2 :]
        case 2:
            content = content[:place] + b"\xed\xa0\x80" + content[place:]  # half a character
        case 3:
            content = text.encode(rng.choice(("utf-16", "gbk", "utf-32", "utf-8-sig")), "replace")
        case 4:
            content = b""
        case 5:
            content = rng.randbytes(rng.choice((1, 100, 5000)))
        case 6:
            content = content.replace(b"\n", rng.choice((b"\r", b"\r\n", b"\n\n", b"")))
        case 7:
            content = content.replace(b",", rng.choice((b";", b"\t", "\uff0c".encode(), b",,")))
        case _:
            content = content[:place] + b"\0" * rng.choice((1, 100)) + content[place:]
    files[name] = content


def lose_file(rng: Random, files: Files) -> None:
    """Take a file away, or add one that is not known or stands in for another."""
    name = rng.choice(sorted(files))
    if rng.random() < 0.6:
        del files[name]
    else:
        new = ("agents.CSV", "rota.csv", "leave.csv", "pins.csv", "forecast.csv", "agents.csv")
        files[rng.choice(new)] = files[name]


GENTLE: dict[Change, int] = {borrow_cell: 3, near_setting: 8, drop_rule: 4, delete_row: 3}
"""Changes after which most folders still load, and how often each is drawn."""

HARSH: dict[Change, int] = {
    change_cell: 8,
    change_rows: 4,
    change_columns: 2,
    repeat_rows: 1,
    change_setting: 6,
    change_lines: 4,
    change_bytes: 3,
    lose_file: 2,
}
"""Changes after which few folders load, and how often each is drawn."""


def mutate(rng: Random, files: Files) -> Files:
    """Return a copy of the files with up to six gentle changes and up to three harsh ones."""
    changed = dict(files)
    harsh = rng.random() < 0.4
    for changes, most in ((GENTLE, 6), (HARSH, 3 if harsh else 0)):
        for _ in range(rng.randint(0 if harsh else 1, most) if most else 0):
            try:
                rng.choices(list(changes), list(changes.values()))[0](rng, changed)
            except IndexError:
                continue  # there was nothing left to change
    return changed


def _fill(path: Path) -> None:
    path.mkdir()
    (path / path.name).touch()


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5 * 10**9)


PLACES: dict[str, Callable[[Path], object]] = {
    "folder": _fill,
    "loop": lambda path: path.symlink_to(path.name),
    "dangling": lambda path: path.symlink_to("nowhere"),
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/tty"),
    "memory": lambda path: path.symlink_to("/proc/self/mem"),
    "pipe": os.mkfifo,
    "unreadable": lambda path: path.touch(0),
    "itself": lambda path: path.symlink_to("."),
    "sparse": _sparse,
}
"""What can stand where a file is expected."""


def write(rng: Random, files: Files, folder: Path) -> None:
    """Write the files; now and then something else stands in the place of one."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    if files and rng.random() < 0.04:
        path = folder / rng.choice(sorted(files))
        path.unlink()
        PLACES[rng.choice(sorted(PLACES))](path)
