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


ForeignFiles = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="CSV (UTF-8, UTF-16, GBK) or Excel files.",
                   show_default=False),
]  # fmt: skip
Kind = Annotated[
    str,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="reception (an agent a row), inquiry-trend or wfm (counts by interval).",
    ),
]
OutFile = Annotated[str, typer.Option("--out", metavar="FILE", help="The table to write.")]
MappingFile = Annotated[
    str | None,
    typer.Option(
        "--mapping",
        metavar="FILE.toml",
        help="What headings, nicknames, stores and skills mean.",
    ),
]
SheetName = Annotated[
    str | None, typer.Option("--sheet", metavar="NAME", help="Sheet of an Excel file; the first.")
]
Store = Annotated[
    str, typer.Option("--store", metavar="NAME", help="Store of rows that name none.")
]
SkillName = Annotated[
    str, typer.Option("--skill", metavar="NAME", help="Skill of rows that name none.")
]
Day = Annotated[
    str | None,
    typer.Option("--date", metavar="YYYY-MM-DD", help="Day of files that name none."),
]
Blank = Annotated[
    str,
    typer.Option(
        "--blank",
        metavar="unknown|zero",
        help="Counts: leave blank cells and dashes out, or read them as 0.",
    ),
]
Hours = Annotated[
    str,
    typer.Option(
        "--hours",
        metavar="auto|start|end",
        help="Counts: whether 9:00 is the start or the end of its interval. "
        "auto: the start, unless the hours run to 24 without a 0.",
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Write nothing when rows, cells or columns with figures are left out."
    ),
]
ReceptionFile = Annotated[
    str,
    typer.Argument(metavar="RECEPTION.csv", help='As "csshift import --kind reception" writes it.'),
]
AgentsFolder = Annotated[
    str | None,
    typer.Option("--folder", metavar="FOLDER", help="Problem folder, to compare with its agents."),
]
LastDays = Annotated[
    int, typer.Option("--days", metavar="N", min=1, max=3660, help="Use the last N days.")
]


def import_(
    files: ForeignFiles,
    kind: Kind,
    out: OutFile,
    mapping: MappingFile = None,
    sheet: SheetName = None,
    store: Store = "",
    skill: SkillName = "",
    date: Day = None,
    blank: Blank = "unknown",
    hours: Hours = "auto",
    strict: Strict = False,
    force: Force = False,
) -> int:
    """Turn exports of other systems into tables that csshift reads.

    Counts become a table for "csshift forecast --history", reception figures one for
    "csshift propose". Every row that is left out is named.
    """
    from csshift.cli.importing import Source, run_import

    source = Source(tuple(files), kind, mapping, sheet, store, skill, date, blank, hours, strict)
    return run_import(source, out, force=force)


def propose(
    data: ReceptionFile,
    out: OutFile,
    folder: AgentsFolder = None,
    days: LastDays = 60,
    skill: SkillName = "pre-sale",
    force: Force = False,
) -> int:
    """Propose agents' efficiencies, and who suits reminders, from past days.

    Each agent is compared with the team of the same day and store, and drawn towards its mean by
    how little is known. Writes a table of proposals; changes nothing else.
    """
    from csshift.cli.importing import run_propose

    return run_propose(data, out, folder, days, skill, force=force)
