"""The roster as a grid: agents by dates, one block for the weeks that fit the width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date as Date
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from csshift.instance import Instance
from csshift.io.translations import weekdays
from csshift.model.people import Agent
from csshift.model.roster import Roster
from csshift.model.shifts import Shift
from csshift.report.shown import SATURDAY, RosterView, duty_marks
from csshift.report.wording import number, plain

OFF, LEAVE, NOT_EMPLOYED = ".", "/", ""
MARKS = "*+#%&"
WIDEST_LABEL, WIDEST_CELL = 20, 8
MOST_COUNTED_SHIFTS = 12
COLOURS = ("cyan", "green", "yellow", "blue", "magenta", "red")


class Grid(RosterView):
    """Text and style of each cell of the grid."""

    def __init__(self, instance: Instance, roster: Roster) -> None:
        super().__init__(instance, roster)
        self._marks = duty_marks(instance, MARKS)
        self._styles = {shift.code: COLOURS[i % len(COLOURS)] for i, shift in enumerate(self.kinds)}

    def cell(self, agent: Agent, date: Date) -> str:
        """Return the shift code and duty marks, or what a day without work is."""
        key = agent.agent_id, date
        if key in self.shifts:
            turns = self.turns.get(key, ())
            marks = "".join(self._marks.get(turn.duty, MARKS[0]) for turn in turns)
            code = _cropped(plain(self.shifts[key]), WIDEST_CELL - len(marks))
            return code + marks
        if not agent.employed(date):
            return NOT_EMPLOYED
        return LEAVE if key in self.leave else OFF

    def style(self, agent: Agent, date: Date) -> str:
        """Return the style of a cell: the colour of the shift, bold with a duty."""
        key = agent.agent_id, date
        if key not in self.shifts:
            return "dim"
        colour = self._styles.get(self.shifts[key], "")
        return f"bold {colour}".strip() if key in self.turns else colour

    def at_work(self, date: Date, code: str | None = None) -> int:
        """Return how many work on a date, or have one shift on it."""
        codes = (code,) if code else [shift.code for shift in self.kinds if not shift.standby]
        return sum(self.counts[date, each] for each in codes)


def roster_grid(instance: Instance, roster: Roster, width: int = 80, most: int = 60) -> Text:
    """Return the roster as text: agents by dates, shift codes, duties marked.

    Parameters
    ----------
    instance : Instance
    roster : Roster
    width : int
        Cells of the terminal; weeks that do not fit go into further blocks.
    most : int
        Maximal number of agents; the last line says where the others are.
    """
    grid = Grid(instance, roster)
    agents = grid.agents[:most]
    labels = [agent_label(agent) for agent in agents]
    label_width = max(map(cell_len, [*labels, "at work"]))
    cells = {
        cell_len(grid.cell(agent, date)) for agent in agents for date in instance.horizon.dates
    }
    cell_width = max(2, len(str(len(grid.agents))), *cells)
    text = Text()
    for block in blocks(instance.horizon.dates, width - label_width - 1, cell_width + 1):
        lines = _block_lines(grid, block, list(zip(labels, agents, strict=True)), cell_width)
        for label, line in lines:
            text.append(set_cell_size(label, label_width)).append_text(line).append("\n")
        text.append("\n")
    text.append("\n".join(legend(instance, grid.kinds)))
    if len(grid.agents) > most:
        text.append(f"\n{most} of {len(grid.agents)} agents; roster.csv holds all of them")
    return text


def agent_label(agent: Agent) -> str:
    """Return the identifier and the name of an agent, as far as they fit."""
    return _cropped(plain(agent.label), WIDEST_LABEL)


def blocks(dates: tuple[Date, ...], width: int, cell: int) -> Iterator[tuple[Date, ...]]:
    """Yield runs of dates that fit a width: whole ISO weeks if one fits, else days.

    Parameters
    ----------
    dates : tuple of date
        Consecutive days.
    width, cell : int
        Cells that a run may take, and those of one day.
    """
    weeks = [tuple(week) for _, week in groupby(dates, key=lambda date: date.isocalendar()[:2])]
    at_once = width // (7 * cell)
    if at_once:
        for i in range(0, len(weeks), at_once):
            yield tuple(date for week in weeks[i : i + at_once] for date in week)
    else:
        step = max(1, width // cell)
        yield from (dates[i : i + step] for i in range(0, len(dates), step))


def _block_lines(
    grid: Grid, dates: tuple[Date, ...], rows: list[tuple[str, Agent]], width: int
) -> Iterator[tuple[str, Text]]:
    """Yield label and cells of the lines of a block."""
    month = dates[0].strftime("%Y-%m")
    yield month, _line(dates, [(f"{date.day}", "bold") for date in dates], width)
    yield "", _line(dates, [(weekdays("en")[date.weekday()], "bold") for date in dates], width)
    for label, agent in rows:
        cells = [(grid.cell(agent, date), grid.style(agent, date)) for date in dates]
        yield label, _line(dates, cells, width)
    for shift in grid.kinds if len(grid.kinds) <= MOST_COUNTED_SHIFTS else ():
        counts = [(str(grid.at_work(date, shift.code)), "dim") for date in dates]
        yield _cropped(plain(shift.code), WIDEST_CELL), _line(dates, counts, width)
    yield "at work", _line(dates, [(str(grid.at_work(date)), "bold") for date in dates], width)


def _line(dates: tuple[Date, ...], cells: list[tuple[str, str]], width: int) -> Text:
    """Return cells side by side, bars around the weekends."""
    line = Text(" ")
    for i, (date, (content, style)) in enumerate(zip(dates, cells, strict=True)):
        edge = date.weekday() in (0, SATURDAY) or (i == 0 and date.weekday() > SATURDAY)
        line.append("|" if edge else " ", "dim")
        line.append(set_cell_size(content, width), style)
    if dates[-1].weekday() >= SATURDAY:
        line.append("|", "dim")
    return line


def legend(instance: Instance, shifts: Iterable[Shift]) -> Iterator[str]:
    """Yield lines that explain the codes and signs of the grid."""
    for shift in shifts:
        name = f" {plain(shift.name)}" if shift.name else ""
        paid = number(shift.paid_minutes / 60)
        yield f"{plain(shift.code)}{name} {shift.hours_text}, {paid} h paid"
    signs = [f"{mark} {plain(name)}" for name, mark in duty_marks(instance, MARKS).items()]
    signs += [f"{OFF} off", f"{LEAVE} leave", "blank: not employed", "|Sa Su| weekend"]
    yield "; ".join(signs)


def _cropped(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "~"
