"""The roster table of the page: one row per person, one cell per day, one colour per shift."""

from __future__ import annotations

from datetime import date as Date
from typing import NamedTuple

from rich.cells import cell_len

from csshift.instance import Instance
from csshift.model.entity import Span, clock
from csshift.model.people import Agent
from csshift.model.roster import DutyTurn, Roster
from csshift.model.score import Score
from csshift.model.shifts import Shift
from csshift.report.shown import SATURDAY, RosterView, duty_marks, leave_text
from csshift.report.wording import Words, number, plain
from csshift.scoring.judging import broken_requests

MARKS = ("●", "▲", "■", "◆", "★")
OFF, LEAVE, NOT_EMPLOYED = -1, -2, -3
"""Codes of days without a shift, as the page's script knows them."""

FEW_DAYS = 14
"""Days up to which cells are wide anyway."""

PERSON_WIDTH = 234
"""Pixels of the columns besides the days: the person and the hours."""


class Cell(NamedTuple):
    """One person's day: its text, style classes, duty marks and tooltip."""

    text: str
    classes: str = ""
    marks: str = ""
    title: str = ""


class Row(NamedTuple):
    """One person's roster; `codes` are positions of shifts, or codes of other days."""

    agent: Agent
    cells: tuple[Cell, ...]
    codes: tuple[int, ...]
    days: int
    hours: str


class Column(NamedTuple):
    """One day."""

    date: Date
    weekday: str
    label: str
    weekend: bool


class Size(NamedTuple):
    """Style classes of the table for the width of its cells, and its width in pixels."""

    classes: str
    width: int


class Count(NamedTuple):
    """A footer row: how many work a shift each day, or any."""

    label: str
    classes: str
    counts: tuple[int, ...]


class GridView(RosterView):
    """The roster table: a roster with the wishes and the rules that it breaks."""

    def __init__(self, instance: Instance, roster: Roster, score: Score, words: Words) -> None:
        super().__init__(instance, roster)
        self.words = words
        self.classes = shift_classes(self.kinds)
        self.marks = duty_marks(instance, MARKS)
        self._position = {shift.code: i for i, shift in enumerate(self.kinds)}
        self.wishes = {
            (request.agent_id, request.date): words.wish(request.want, request.shift)
            for request, _ in broken_requests(instance, roster)
        }
        self.faults: dict[tuple[str, Date], list[str]] = {}
        for finding in score.violations:
            if finding.agent_id is not None and finding.date is not None:
                text = f"{words.name(finding.rule)}: {plain(finding.text)}"
                self.faults.setdefault((finding.agent_id, finding.date), []).append(text)
        self._titles = {shift.code: shift_title(shift) for shift in self.kinds}

    @property
    def columns(self) -> tuple[Column, ...]:
        """The days."""
        words = self.words
        return tuple(
            Column(date, words.weekday(date), words.date(date), date.weekday() >= SATURDAY)
            for date in self.instance.horizon.dates
        )

    @property
    def size(self) -> Size:
        """How wide the cells are: as the codes with their marks need, wider for few days."""
        longest = max((cell_len(plain(shift.code)) for shift in self.kinds), default=1)
        longest += bool(self.marks)
        days = self.instance.horizon.days
        cell, classes = (46, "") if longest <= 5 and days > FEW_DAYS else (76, " few")
        if longest > 9:
            cell, classes = 112, " few long"
        return Size(classes, cell * days + PERSON_WIDTH)

    def rows(self) -> list[Row]:
        """Return the row of each agent, in the order of the problem."""
        return [self._row(agent) for agent in self.agents]

    def footer(self) -> list[Count]:
        """Return the footer rows: each shift, then all at work."""
        dates = self.instance.horizon.dates
        rows = [
            Count(s.code, self.classes[s.code], tuple(self.counts[date, s.code] for date in dates))
            for s in self.kinds
        ]
        codes = [shift.code for shift in self.kinds if not shift.standby]
        total = tuple(sum(self.counts[date, code] for code in codes) for date in dates)
        return [*rows, Count(self.words("at-work"), "", total)]

    def duty_notes(self, agent_id: str, date: Date) -> list[str]:
        """Return the duties that an agent holds on a date, in words, each with its sign."""
        return [
            f"{self.marks[turn.duty]} {self._turn(turn)}"
            for turn in self.turns.get((agent_id, date), ())
        ]

    def leave_notes(self, agent_id: str, date: Date) -> list[str]:
        """Return the leave of an agent for parts of a day, in words."""
        rows = self.part_leave.get((agent_id, date), ())
        return [f"{self.words('leave')} {plain(leave_text(row))}" for row in rows]

    def marks_of(self, agent_id: str, date: Date) -> str:
        """Return the signs of the duties that an agent holds on a date."""
        return "".join(self.marks[turn.duty] for turn in self.turns.get((agent_id, date), ()))

    def _row(self, agent: Agent) -> Row:
        dates = self.instance.horizon.dates
        codes = tuple(self._code(agent, date) for date in dates)
        minutes = sum(self.kinds[code].paid_minutes for code in codes if code >= 0)
        return Row(
            agent=agent,
            cells=tuple(self._cell(agent, date) for date in dates),
            codes=codes,
            days=sum(code >= 0 for code in codes),
            hours=number(minutes / 60, 1),
        )

    def _code(self, agent: Agent, date: Date) -> int:
        code = self.shifts.get((agent.agent_id, date))
        if code is not None:
            return self._position[code]
        if not agent.employed(date):
            return NOT_EMPLOYED
        return LEAVE if (agent.agent_id, date) in self.leave else OFF

    def _cell(self, agent: Agent, date: Date) -> Cell:
        key = agent.agent_id, date
        flags = [name for name, noted in (("w", self.wishes), ("x", self.faults)) if key in noted]
        code = self.shifts.get(key)
        if code is None:
            return self._idle(agent, date, flags)
        title = self._titles[code]
        title = "; ".join([title, *self.duty_notes(*key)])
        classes = " ".join([self.classes[code], *flags])
        return Cell(code, classes, self.marks_of(*key), self._noted(key, title))

    def _idle(self, agent: Agent, date: Date, flags: list[str]) -> Cell:
        code = self._code(agent, date)
        key = agent.agent_id, date
        if code == OFF:
            mark = self.words("leave-mark") if key in self.part_leave else ""
            return Cell(mark, " ".join(flags), "", self._noted(key, ""))
        text, sort = ("", "na") if code == NOT_EMPLOYED else (self.words("leave-mark"), "lv")
        title = self.words("not-employed" if code == NOT_EMPLOYED else "leave")
        kind = self.leave.get(key)
        if kind and code == LEAVE:
            title = f"{title}: {kind}"
        return Cell(text, " ".join([sort, *flags]), "", self._noted(key, title))

    def _noted(self, key: tuple[str, Date], title: str) -> str:
        notes = [*([title] if title else []), *self.leave_notes(*key)]
        if key in self.wishes:
            notes.append(f"{self.words('broken-wish')}: {self.wishes[key]}")
        return "; ".join([*notes, *self.faults.get(key, ())])

    def _turn(self, turn: DutyTurn) -> str:
        where = "|".join(turn.stores) or self.words("all-stores-group")
        span = held_span(self.instance, turn, self.shifts.get((turn.agent_id, turn.date)))
        return plain(f"{self.words.name(turn.duty)} {where} {span}".rstrip())


def shift_title(shift: Shift) -> str:
    """Return name and hours of a shift."""
    return f"{shift.name or shift.code} {shift_hours(shift)}"


def shift_hours(shift: Shift) -> str:
    """Return the hours of a shift as people write them: ``09:00–12:00, 18:00–23:00``."""
    return ", ".join(f"{clock(span.start)}–{clock(span.end)}" for span in shift.hours)


def held_span(instance: Instance, turn: DutyTurn, code: str | None) -> str:
    """Return from when to when a duty turn is held; empty when that is not known."""
    if turn.start is not None and turn.end is not None:
        return f"{clock(turn.start)}–{clock(turn.end)}"
    duty = next((duty for duty in instance.duties if duty.name == turn.duty), None)
    shift = next((shift for shift in instance.shifts if shift.code == code), None)
    if duty is None or shift is None or not shift.overlap(duty.window):
        return ""
    span: Span = duty.held_span(shift)
    return f"{clock(span.start)}–{clock(span.end)}"


PALETTE = (
    "#99bfe6",
    "#f2e6a6",
    "#f2a68c",
    "#73ccb2",
    "#ffbfcc",
    "#b2e6ff",
    "#ccd966",
    "#bfbf40",
)
"""The "light" qualitative scheme of Paul Tol ("Colour schemes", technical note SRON/EPS/TN/09-002,
2021), made for cells with dark text and for the usual kinds of colour blindness, here a quarter on
the way to white so that a page full of them stays quiet. Shifts beyond the eighth repeat the
colours with another pattern."""

INK = "#16202b"
"""Colour of the text on every colour of the palette."""

PATTERNS = (
    "",
    "repeating-linear-gradient(45deg,#fff9 0 2px,#fff0 2px 6px)",
    "repeating-linear-gradient(0deg,#fff9 0 2px,#fff0 2px 5px)",
    "repeating-linear-gradient(90deg,#fff9 0 2px,#fff0 2px 5px)",
)


def shift_classes(shifts: tuple[Shift, ...]) -> dict[str, str]:
    """Return the style classes of each shift, by code."""
    return {
        shift.code: f"c{i % len(PALETTE)} p{i // len(PALETTE) % len(PATTERNS)}".removesuffix(" p0")
        for i, shift in enumerate(shifts)
    }


def colour_rules() -> str:
    """Return the style rules of the classes."""
    colours = [f".c{i}{{background-color:{colour}}}" for i, colour in enumerate(PALETTE)]
    patterns = [
        f".p{i}{{background-image:{pattern}}}" for i, pattern in enumerate(PATTERNS) if pattern
    ]
    shared = ",".join(f".c{i}" for i in range(len(PALETTE)))
    return "\n".join([f"{shared}{{color:{INK}}}", *colours, *patterns])
