"""Seeded damage to workbooks: cells and rows of their XML, and the archive itself."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

from mutations import DAYS, NUMBERS, TEXTS, TIMES

Parts = dict[str, bytes]

ROW = re.compile(rb"<row [^>]*?(?:/>|>.*?</row>)", re.DOTALL)
CELL = re.compile(rb"<c [^>]*?(?:/>|>.*?</c>)", re.DOTALL)
REFERENCES = (
    "XFD1048576",
    "A1",
    "ZZZZ9",
    "A0",
    "A99999999999",
    "",
    "1A",
    "XFD1",
    "A1048576",
    "$B$2",
)
XML_TEXTS = tuple(text for text in TEXTS if text.isprintable() or text in {"", " ", "\u202e"})


def _cell(rng: Random, reference: str) -> bytes:
    """Return a cell with a hostile content of any type."""
    start = f'<c r="{reference}"'
    match rng.randrange(7):
        case 0:
            return f"{start}><v>{rng.choice(NUMBERS).strip()}</v></c>".encode()
        case 1:
            return f'{start} t="b"><v>{rng.choice((0, 1, 2, "x"))}</v></c>'.encode()
        case 2:
            return f'{start} t="e"><v>{rng.choice(("#N/A", "#DIV/0!", "#X"))}</v></c>'.encode()
        case 3:
            return f'{start} t="s"><v>{rng.choice((0, 5, 99999, -1, "x", ""))}</v></c>'.encode()
        case 4:
            return f"{start}><f>cmd|'/c calc'!A1</f><v>3</v></c>".encode()
        case 5:
            return f'{start} t="{rng.choice(("d", "zz", "n", "str"))}"><v>1e5</v></c>'.encode()
        case _:
            text = escape(rng.choice((*XML_TEXTS, *DAYS, *TIMES)))
            return f'{start} t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def _in_sheet(rng: Random, sheet: bytes) -> bytes:
    cells, rows = list(CELL.finditer(sheet)), list(ROW.finditer(sheet))
    if not cells or not rows:
        return sheet
    one, other = sorted((rng.choice(cells), rng.choice(cells)), key=lambda cell: cell.start())
    row = rng.choice(rows)
    match rng.randrange(9):
        case 0 | 1 | 2:
            found = re.search(rb'r="([^"]*)"', one[0])
            reference = found[1].decode() if found else "B2"
            return sheet[: one.start()] + _cell(rng, reference) + sheet[one.end() :]
        case 3:
            return sheet[: one.start()] + sheet[one.end() :]
        case 4:
            return sheet[: row.start()] + sheet[row.end() :]
        case 5:
            return sheet[: row.end()] + row[0] + sheet[row.end() :]
        case 6:
            if one.start() == other.start():
                return sheet
            between = sheet[one.end() : other.start()]
            return sheet[: one.start()] + other[0] + between + one[0] + sheet[other.end() :]
        case 7:
            new = f'r="{rng.choice(REFERENCES)}"'.encode()
            return sheet[: one.start()] + re.sub(rb'r="[^"]*"', new, one[0]) + sheet[one.end() :]
        case _:
            new = f'r="{rng.choice((0, 2, 1048576, 10**12, "x"))}"'.encode()
            changed = re.sub(rb'r="[^"]*"', new, row[0], count=1)
            return sheet[: row.start()] + changed + sheet[row.end() :]


def _change(rng: Random, parts: Parts) -> None:
    sheets = sorted(name for name in parts if "/worksheets/sheet" in name)
    text = "xl/sharedStrings.xml"
    drawn = rng.random()
    if drawn < 0.75 and sheets:
        name = rng.choice(sheets)
        parts[name] = _in_sheet(rng, parts[name])
    elif drawn < 0.9 and text in parts:
        found = list(re.finditer(rb"<t[^>]*>([^<]*)</t>", parts[text]))
        if found:
            at = rng.choice(found)
            new = escape(rng.choice((*XML_TEXTS, *NUMBERS, *DAYS, *TIMES))).encode()
            parts[text] = parts[text][: at.start(1)] + new + parts[text][at.end(1) :]
    elif parts:
        name = rng.choice(sorted(parts))
        place = rng.randrange(len(parts[name]) + 1)
        match rng.randrange(5):
            case 0:
                del parts[name]
            case 1:
                parts[name] = parts[name][:place]
            case 2:
                parts[name] = parts[name][:place] + rng.randbytes(4) + parts[name][place:]
            case 3:
                parts[rng.choice(sorted(parts))] = parts[name]
            case _:
                entity = b'<!DOCTYPE x [<!ENTITY a "' + b"b" * 5000 + b'">]>'
                parts[name] = parts[name].replace(b"?>", b"?>" + entity, 1)


def unpacked(path: Path) -> Parts:
    """Return the parts of a workbook by name."""
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def mutate_book(rng: Random, parts: Parts) -> bytes:
    """Return a workbook with one to three changes; now and then its bytes are damaged, too."""
    changed = dict(parts)
    for _ in range(rng.choice((1, 1, 2, 3))):
        _change(rng, changed)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as book:
        for name, content in changed.items():
            book.writestr(name, content)
    content = file.getvalue()
    if rng.random() < 0.06:
        place = rng.randrange(len(content))
        content = rng.choice(
            (content[:place], content[:place] + rng.randbytes(8) + content[place:])
        )
    return content
