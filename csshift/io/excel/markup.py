"""Reads the XML of a workbook as a stream: which cells are filled, and with how much text."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from xml.parsers import expat

from csshift.io.excel.extent import (
    MOST_FILLED,
    MOST_SHEETS,
    Extent,
    check_range,
    damaged,
    parse_reference,
    too_large,
)

DEEPEST = 100
LONGEST_TAG = 1 << 22
"""Bytes of a single tag or comment."""

MOST_REPEATS = 1 << 31


class Markup:
    """Follows the elements of one part; subclasses know what they mean.

    Parameters
    ----------
    extent : Extent
        Takes what is found.
    """

    def __init__(self, extent: Extent) -> None:
        self.extent = extent
        self.depth = 0
        self.unread = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity

    def read(self, chunks: Iterable[bytes], name: str) -> None:
        """Read a part to its end."""
        try:
            for chunk in chunks:
                self.unread += len(chunk)
                if self.unread > LONGEST_TAG:
                    raise damaged(f"a tag of {name[:60]!r} is too long")
                self.extent.check_time()
                self.parser.Parse(chunk, False)
            self.parser.Parse(b"", True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise damaged(f"{name[:60]!r} is not valid XML: {reason}") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.unread = 0
        self.depth += 1
        if self.depth > DEEPEST:
            raise damaged("nested too deeply")
        self.start(name.rpartition(":")[2], attributes)

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.end(name.rpartition(":")[2])

    def _text(self, text: str) -> None:
        self.unread = 0
        self.text(text)

    def _entity(self, *_: object) -> None:
        raise damaged("it declares entities, with which text can multiply itself")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""

    def text(self, text: str) -> None:
        """Take some characters."""


class XlsxMarkup(Markup):
    """A part of an .xlsx file: a sheet, shared strings, relations, the list of sheets.

    Parameters
    ----------
    extent : Extent
    shared : array of int
        Length of each shared string; filled by the part that holds them.

    Attributes
    ----------
    holds_cells : bool
        Whether it is a sheet.
    repeated : set of str
        Files to which it refers more than once, without their folder.
    """

    def __init__(self, extent: Extent, shared: array[int]) -> None:
        super().__init__(extent)
        self.shared = shared
        self.holds_cells = False
        self.targets: set[str] = set()
        self.repeated: set[str] = set()
        self.row = self.column = 0
        self.in_sheet = self.in_value = self.filled = False
        self.shared_index: str | None = None
        self.length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take a cell, a value, a row, a string or a relation."""
        if name == "c" and self.in_sheet:
            self._cell(attributes)
        elif name in ("v", "is", "f") and self.in_sheet:
            self.in_value = name == "v"
            if not self.filled:
                self.filled = True
                self.extent.add_cell(self.row, self.column)
        elif name == "row" and self.in_sheet:
            self.row = self._row(attributes.get("r"))
            self.column = 0
        elif name == "si":
            self.length = 0
        elif name == "sheetData":
            self.extent.open_sheet()
            self.holds_cells = self.in_sheet = True
            self.row = 0
        elif name in ("dimension", "mergeCell"):
            check_range(attributes.get("ref", "A1"))
        elif name in ("Relationship", "sheet"):
            self._reference(name, attributes)

    def _cell(self, attributes: dict[str, str]) -> None:
        self.filled = self.in_value = False
        reference = attributes.get("r")
        if reference is None:
            self.column += 1
        else:
            self.row, self.column = parse_reference(reference)
        self.shared_index = "" if attributes.get("t") == "s" else None

    def _row(self, number: str | None) -> int:
        if number is None:
            return self.row + 1
        return parse_reference(f"A{number}")[0]

    def _reference(self, name: str, attributes: dict[str, str]) -> None:
        """Note what is referred to twice: sheets that share a part would each be read."""
        if name == "sheet":
            key = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
        else:
            key = attributes.get("Target", "").lower().rpartition("/")[2]
        if key in self.targets:
            self.repeated.add(key)
            if name == "sheet" and key:
                raise damaged("two sheets are one part")
        self.targets.add(key)
        if name == "sheet" and len(self.targets) > MOST_SHEETS:
            raise too_large("too many sheets", MOST_SHEETS)

    def text(self, text: str) -> None:
        """Take text of a cell or of a shared string."""
        self.length += len(text)
        if self.in_value and self.shared_index is not None:
            self.shared_index += text

    def end(self, name: str) -> None:
        """Count the text of a cell or of a shared string."""
        if name == "v" and self.in_value:
            self.in_value = False
            if self.shared_index and self.shared_index.strip().isdecimal():
                index = int(self.shared_index.strip()[:12])
                self.extent.add_text(self.shared[index] if index < len(self.shared) else 0)
                self.shared_index = None
        elif name == "si":
            self.shared.append(self.length)
            if len(self.shared) > MOST_FILLED:
                raise too_large("too many shared strings", MOST_FILLED)
        elif name == "sheetData" and self.in_sheet:
            self.in_sheet = False
            self.extent.close_sheet()


class OdsMarkup(Markup):
    """The content of an .ods file, in which rows, cells and blanks can be repeated."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        self.row = self.column = 0
        self.row_repeats = self.cell_repeats = 1
        self.length = 0
        self.in_cell = self.filled = False
        self.cells: list[tuple[int, int, int]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take a table, a row, a cell or a run of blanks."""
        if name == "table":
            self.extent.open_sheet()
            self.row = 0
        elif name == "table-row":
            self.row_repeats = _repeats(attributes, "number-rows-repeated")
            self.column, self.cells = 0, []
        elif name in ("table-cell", "covered-table-cell"):
            self.cell_repeats = _repeats(attributes, "number-columns-repeated")
            self.in_cell, self.length = True, 0
            values = {key.rpartition(":")[2]: text for key, text in attributes.items()}
            self.filled = "value-type" in values or "formula" in values
            self.length = max((len(text) for text in values.values()), default=0)
        elif name == "s" and self.in_cell:
            self.length += _repeats(attributes, "c")

    def text(self, text: str) -> None:
        """Take text of a cell."""
        if self.in_cell and text.strip():
            self.filled = True
        self.length += len(text)

    def end(self, name: str) -> None:
        """Count a cell, a row or a table."""
        if name in ("table-cell", "covered-table-cell"):
            self.in_cell = False
            if self.filled:
                end = self.column + self.cell_repeats
                self.extent.add_text(self.length * self.cell_repeats * self.row_repeats)
                self.cells.append((end, self.cell_repeats, self.length))
            self.column += self.cell_repeats
        elif name == "table-row":
            self.row += self.row_repeats
            for column, repeats, _ in self.cells:
                self.extent.add_cell(self.row, column, repeats * self.row_repeats)
        elif name == "table":
            self.extent.close_sheet()


def _repeats(attributes: dict[str, str], name: str) -> int:
    text = next((v for k, v in attributes.items() if k.rpartition(":")[2] == name), "1")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise damaged(f"{name} is {text[:20]!r}")
    return min(int(text), MOST_REPEATS)
