"""``csshift forecast``: the forecast of a folder, from its promotions and its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date
from pathlib import Path

from csshift.cli.output import PlainConsole, write_line
from csshift.cli.status import Exit, printed
from csshift.demand.promotions.templates import TEMPLATES, Figures
from csshift.errors import Fault, InputError, suggestion
from csshift.io.files import write_together
from csshift.io.forecasting import (
    Made,
    known_calendar,
    made_files,
    make_forecast,
    past,
    reject_foreign,
)
from csshift.io.forecasting import write_forecast as write
from csshift.io.layout import PROMOTIONS
from csshift.io.preparation import Preparation, read_preparation
from csshift.io.tables import table_bytes
from csshift.model.entity import clock, parse_clock
from csshift.report.wording import listed, plain


@dataclass(frozen=True)
class Wanted:
    """What to make besides the forecast; the options of the command."""

    history: str | None
    chinese_calendar: bool
    back_test: bool
    plot: str | None
    force: bool


def run_forecast(folder: str, wanted: Wanted) -> Exit:
    """Make and write the forecast of a folder, show what each wave adds, return the status."""
    from csshift.report.forecast import draw_forecast, picture_format, wave_table

    kind = None if wanted.plot is None else picture_format(wanted.plot)
    if wanted.history is None and (wanted.back_test or wanted.chinese_calendar):
        option = "--back-test" if wanted.back_test else "--china"
        raise bad_option(f"{option} needs --history")
    history = None if wanted.history is None else Path(wanted.history)
    if not wanted.force:
        reject_foreign(Path(folder), made_files(from_history=history is not None))
    parts = read_preparation(Path(folder), history)
    console = PlainConsole()
    if wanted.back_test:
        _show_back_test(parts, console, chinese_calendar=wanted.chinese_calendar)
    made = make_forecast(parts, chinese_calendar=wanted.chinese_calendar)
    picture = None if kind is None else draw_forecast(made.promoted, kind)
    names = write(made, Path(folder), force=wanted.force)
    console.show([wave_table(made.promoted)])
    _tell_rest(made, console)
    if picture is not None and wanted.plot is not None:
        target = Path(wanted.plot)
        write_together(target.parent, {target.name: picture}, last=target.name)
        names = (*names, wanted.plot)
    console.print(f"\nWrote {listed(names, len(names))}; folder {plain(folder)}", soft_wrap=True)
    return Exit.DONE


def _show_back_test(parts: Preparation, console: PlainConsole, *, chinese_calendar: bool) -> None:
    from csshift.demand.history.backtest import back_test
    from csshift.report.forecast import back_test_table

    horizon = parts.settings.parts["horizon"]
    calendar = known_calendar(parts, horizon, chinese_calendar=chinese_calendar)
    console.print("The last week of the counts, forecast from the weeks before")
    console.show([back_test_table(back_test(past(parts, horizon, calendar), calendar))])
    console.print("")


def _tell_rest(made: Made, console: PlainConsole) -> None:
    for note in made.notes:
        console.print(f"- {plain(note)}", soft_wrap=True)


def run_template(name: str, year: int | None, opening: str, peak: float) -> Exit:
    """Write a calendar to start from to standard output, and return the status."""
    if name not in TEMPLATES:
        raise bad_option(f"--template {name!r} is unknown; {suggestion(name, TEMPLATES)}")
    try:
        minutes = parse_clock(opening)
    except ValueError as error:
        raise bad_option(f"--opening: {error}") from None
    if not 0 <= minutes < 1440:
        raise bad_option(f"--opening: {clock(minutes)} is no time of a day")
    figures = Figures(opening=minutes, peak=peak)
    chosen = Date.today().year if year is None else year
    write_line(table_bytes(PROMOTIONS, TEMPLATES[name](chosen, figures)).decode().rstrip("\n"))
    return printed()


def bad_option(problem: str) -> InputError:
    """Return an error about the arguments of the command."""
    return InputError([Fault("csshift forecast", problem)])
