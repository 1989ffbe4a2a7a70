"""``csshift forecast``: the forecast of a folder, from its promotions and its history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from csshift.cli import options
from csshift.cli.output import write_line
from csshift.cli.status import Exit, printed
from csshift.errors import Fault, InputError, suggestion

if TYPE_CHECKING:
    from csshift.cli.progress import PlainConsole
    from csshift.io.preparation import Preparation

OPENING, PEAK = "20:00", 5.0

Folder = Annotated[
    str | None,
    Argument(
        metavar="FOLDER",
        help="Problem folder: problem.toml, forecast_ordinary.csv, promotions.csv.",
        show_default=False,
    ),
]
History = Annotated[
    str | None,
    Option(
        metavar="COUNTS.csv",
        help="Make the ordinary forecast from past counts: date, start, store, skill, inquiries.",
    ),
]
China = Annotated[
    bool,
    Option(
        "--china",
        help="With --history: use China's holidays and make-up workdays; calendar.csv overrides "
        "them.",
    ),
]
BackTest = Annotated[
    bool,
    Option("--back-test", help="With --history: also show how well the last week is forecast."),
]
Plot = Annotated[str | None, Option(metavar="FILE", help="Draw the forecast: .png, .svg or .pdf.")]
Template = Annotated[
    str | None,
    Option(
        metavar="NAME",
        help="Print a promotions.csv to start from: double-11 or 618. Takes no folder.",
    ),
]
Year = Annotated[
    int | None,
    Option(metavar="YEAR", min=1900, max=2999, help="With --template. Default: this year."),
]
Opening = Annotated[
    str,
    Option(
        metavar="HH:MM",
        help="With --template: when payments open; from 12:00 on, it is on the evening before.",
    ),
]
Peak = Annotated[
    float,
    Option(
        metavar="X",
        min=1.0,
        max=100.0,
        help="With --template: pre-sale inquiries of the main days over ordinary ones.",
    ),
]


def forecast(
    folder: Folder = None,
    history: History = None,
    china: China = False,
    back_test: BackTest = False,
    plot: Plot = None,
    force: options.Force = False,
    template: Template = None,
    year: Year = None,
    opening: Opening = OPENING,
    peak: Peak = PEAK,
) -> int:
    """Make forecast.csv from an ordinary forecast, or past counts, and promotions.

    Applies promotions.csv to forecast_ordinary.csv and writes forecast.csv,
    forecast_waves.csv (what each wave adds to each interval) and forecast.json. With
    --history, forecast_ordinary.csv and forecast_intervals.csv are also written.
    """
    if (folder is None) == (template is None):
        raise _bad_option("give a folder, or --template NAME")
    if template is not None:
        if any((history, china, back_test, plot, force)):
            raise _bad_option("--template takes no other options than --year, --opening, --peak")
        return _print_template(template, year, opening, peak)
    if (year, opening, peak) != (None, OPENING, PEAK):
        raise _bad_option("--year, --opening and --peak go with --template")
    if history is None and (back_test or china):
        raise _bad_option(f"{'--back-test' if back_test else '--china'} needs --history")
    return _make(str(folder), history, plot, china=china, back_test=back_test, force=force)


def _make(
    folder: str, history: str | None, plot: str | None, *, china: bool, back_test: bool, force: bool
) -> Exit:
    """Make and write the forecast of a folder, show what each wave adds, return the status."""
    from csshift.cli.progress import PlainConsole
    from csshift.io import forecasting
    from csshift.io.files import write_file
    from csshift.io.preparation import read_preparation
    from csshift.report.forecast import draw_forecast, picture_format, wave_table
    from csshift.report.wording import listed, plain

    kind = None if plot is None else picture_format(plot)
    if not force:
        made_files = forecasting.made_files(from_history=history is not None)
        forecasting.reject_foreign(Path(folder), made_files)
    parts = read_preparation(Path(folder), None if history is None else Path(history))
    console = PlainConsole()
    if back_test:
        _show_back_test(parts, console, chinese_calendar=china)
    made = forecasting.make_forecast(parts, chinese_calendar=china)
    picture = None if kind is None else draw_forecast(made.promoted, kind)
    names = forecasting.write_forecast(made, Path(folder), force=force)
    console.show([wave_table(made.promoted)])
    for note in made.notes:
        console.print(f"- {plain(note)}", soft_wrap=True)
    if picture is not None and plot is not None:
        write_file(Path(plot), picture)
        names = (*names, plot)
    written = f"Wrote {listed(names, len(names))}; folder {plain(folder)}"
    console.print(f"\n{written}", soft_wrap=True)
    return Exit.DONE


def _show_back_test(parts: Preparation, console: PlainConsole, *, chinese_calendar: bool) -> None:
    from csshift.demand.history.backtest import back_test
    from csshift.io.forecasting import known_calendar, past
    from csshift.report.forecast import back_test_table

    horizon = parts.settings.parts["horizon"]
    calendar = known_calendar(parts, horizon, chinese_calendar=chinese_calendar)
    console.print("The last week of the counts, forecast from the weeks before")
    console.show([back_test_table(back_test(past(parts, horizon, calendar), calendar))])
    console.print("")


def _print_template(name: str, year: int | None, opening: str, peak: float) -> Exit:
    """Write a calendar to start from to standard output, and return the status."""
    from datetime import date as Date

    from csshift.demand.promotions.templates import TEMPLATES, Figures
    from csshift.io.layout import PROMOTIONS
    from csshift.io.tables import table_bytes
    from csshift.model.entity import clock, parse_clock

    if name not in TEMPLATES:
        raise _bad_option(f"--template {name!r} is unknown; {suggestion(name, TEMPLATES)}")
    try:
        minutes = parse_clock(opening)
    except ValueError as error:
        raise _bad_option(f"--opening: {error}") from None
    if not 0 <= minutes < 1440:
        raise _bad_option(f"--opening: {clock(minutes)} is not a time of day")
    rows = TEMPLATES[name](year or Date.today().year, Figures(opening=minutes, peak=peak))
    write_line(table_bytes(PROMOTIONS, rows).decode().rstrip("\n"))
    return printed()


def _bad_option(problem: str) -> InputError:
    return InputError([Fault("csshift forecast", problem)])
