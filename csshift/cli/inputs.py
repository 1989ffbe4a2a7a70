"""Commands that make the files of a problem folder: their options, and what runs them."""

from __future__ import annotations

from typing import Annotated

import typer

OPENING, PEAK = "20:00", 5.0

OptionalFolder = Annotated[
    str | None,
    typer.Argument(
        metavar="FOLDER",
        help="Problem folder: problem.toml, forecast_ordinary.csv, promotions.csv.",
        show_default=False,
    ),
]
HistoryFile = Annotated[
    str | None,
    typer.Option(
        "--history",
        metavar="COUNTS.csv",
        help="Make the ordinary forecast from past counts: date, start, store, skill, inquiries.",
    ),
]
China = Annotated[
    bool,
    typer.Option(
        "--china",
        help="With --history: know China's holidays and make-up workdays; calendar.csv wins.",
    ),
]
BackTest = Annotated[
    bool,
    typer.Option(
        "--back-test", help="With --history: also show how well the last week is forecast."
    ),
]
Plot = Annotated[
    str | None,
    typer.Option("--plot", metavar="FILE", help="Draw the forecast: .png, .svg or .pdf."),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that csshift did not write.")]
Template = Annotated[
    str | None,
    typer.Option(
        "--template",
        metavar="NAME",
        help="Print a promotions.csv to start from: double-11 or 618. Takes no folder.",
    ),
]
Year = Annotated[
    int | None,
    typer.Option(
        "--year", metavar="YEAR", min=1900, max=2999, help="With --template. Default: this year."
    ),
]
Opening = Annotated[
    str,
    typer.Option(
        "--opening",
        metavar="HH:MM",
        help="With --template: when payments open; from 12:00 on, it is on the evening before.",
    ),
]
Peak = Annotated[
    float,
    typer.Option(
        "--peak",
        metavar="X",
        min=1.0,
        max=100.0,
        help="With --template: pre-sale inquiries of the main days over ordinary ones.",
    ),
]


def forecast(
    folder: OptionalFolder = None,
    history: HistoryFile = None,
    china: China = False,
    back_test: BackTest = False,
    plot: Plot = None,
    force: Force = False,
    template: Template = None,
    year: Year = None,
    opening: Opening = OPENING,
    peak: Peak = PEAK,
) -> int:
    """Make forecast.csv from an ordinary forecast, or past counts, and promotions.

    Applies promotions.csv to forecast_ordinary.csv and writes forecast.csv,
    forecast_waves.csv (what each wave adds to each interval) and forecast.json. With
    --history, forecast_ordinary.csv and forecast_intervals.csv are made, too.
    """
    from csshift.cli.forecasting import Wanted, bad_option, run_forecast, run_template

    if (folder is None) == (template is None):
        raise bad_option("give a folder, or --template NAME")
    if template is not None:
        if any((history, china, back_test, plot, force)):
            raise bad_option("--template takes no other options than --year, --opening, --peak")
        return run_template(template, year, opening, peak)
    if (year, opening, peak) != (None, OPENING, PEAK):
        raise bad_option("--year, --opening and --peak go with --template")
    return run_forecast(str(folder), Wanted(history, china, back_test, plot, force))
