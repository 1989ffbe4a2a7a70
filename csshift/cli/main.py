"""The command ``csshift``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from csshift.cli import inputs, options, report_options
from csshift.cli.interruption import end_at_once_when_interrupted
from csshift.cli.output import never_fail_to_encode, output_failure, secure_streams, write_line
from csshift.cli.status import Exit, complain, printed, report_failure

EXIT_STATUS = """Exit status: 0 a roster without hard violation; 1 check found hard violations;
2 bad input, one line a fault, or the result could not be written; 3 proven infeasible;
4 nothing found in time; 70 internal error; 130 interrupted (Ctrl-C, SIGTERM or SIGHUP), after
writing the best roster so far."""

app = typer.Typer(
    name="csshift",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EXIT_STATUS,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from csshift import __version__

        typer.echo(f"csshift {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _csshift(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - typer calls _print_version
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    rules: options.Rules = None,
) -> None:
    """Plan the shifts of a customer-service team.

    A problem folder holds the people, the shifts, the demand and the rules as plain tables.
    "csshift init FOLDER" writes one to start from, "csshift solve FOLDER" finds the roster.
    """
    if rules:
        from csshift.rules.registry import load_rules

        load_rules(rules)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(epilog=EXIT_STATUS)
def solve(
    folder: options.Folder,
    out: options.Out = None,
    time_limit: options.TimeLimit = 60.0,
    seed: options.Seed = 0,
    workers: options.Workers = None,
    gap: options.Gap = 0.0,
    reproducible: options.Reproducible = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    pins: report_options.Pins = None,
    report: report_options.Reports = None,
    lang: report_options.Lang = "zh",
) -> int:
    """Find the best roster for a problem folder or workbook.

    Writes result.json, roster.csv, duties.csv, allocation.csv and coverage.csv into the
    result folder, and shows a summary. Progress goes to standard error. Ctrl-C keeps the best
    roster so far. A run without a roster leaves an earlier one in place and writes
    unsolved.json beside it.
    """
    from csshift.cli.solving import Search, Wishes, run_solve

    search = Search(time_limit, seed, workers, gap, reproducible)
    return run_solve(folder, out, search, Wishes(pins, report, lang), quiet=quiet, verbose=verbose)


@app.command(epilog=EXIT_STATUS)
def check(
    folder: options.Folder, roster: options.RosterFile, duties: options.DutiesFile = None
) -> int:
    """Judge a roster, made by csshift or by hand.

    Lists every hard rule that it breaks, and shows what it costs. Writes nothing.
    """
    from csshift.cli.checking import run_check

    return run_check(folder, roster, duties)


@app.command()
def simulate(
    folder: options.Folder,
    roster: options.RosterOrResult,
    duties: options.DutiesFile = None,
    replications: options.Replications = 10,
    seed: options.SimulationSeed = 0,
    out: options.OutFile = None,
) -> int:
    """Say what customers meet when a roster is worked.

    Every call, message and reply of the forecast happens one by one, at random times. Shows by
    skill and hour what is answered in time, how long replies take, who gives up, how busy agents
    are and what waits, with confidence intervals, and whether the targets are met.
    """
    from csshift.cli.simulating import run_simulate

    return run_simulate(folder, roster, duties, replications, seed, out)


@app.command(name="report")
def write_reports(
    folder: options.Folder,
    result: report_options.ResultFolder,
    excel: report_options.Excel = None,
    html: report_options.Html = None,
    ics: report_options.Ics = None,
    attendance: report_options.Attendance = None,
    attendance_columns: report_options.AttendanceColumns = None,
    lang: report_options.Lang = "zh",
    layout: report_options.Layout = "month",
    rest: report_options.Rest = "",
    since: report_options.Since = None,
    time_zone: report_options.TimeZone = None,
) -> int:
    """Write a result as people look at it: workbook, page, calendars, attendance file.

    Reads the problem and the result folder, judges the roster anew, and replaces the files.
    """
    from csshift.cli.reporting import Reports, run_report

    reports = Reports(
        excel, html, ics, attendance, lang, layout, rest, since, time_zone, attendance_columns
    )
    return run_report(folder, result, reports)


@app.command()
def template(
    book: report_options.NewBook,
    lang: report_options.Lang = "zh",
    source: report_options.Source = None,
) -> int:
    """Write a workbook with every table of a problem, to be filled and solved.

    It holds a small problem to start from, or the one given by --from. Overwrites nothing.
    """
    from csshift.cli.reporting import run_template

    return run_template(book, lang, source)


@app.command()
def schema() -> int:
    """Print the schema of problem and result folders as JSON.

    Every file with its columns, every setting with its fields, every kind of rule.
    """
    import json

    from csshift.io.schema import schema as describe

    write_line(json.dumps(describe(), indent=2))
    return printed()


@app.command()
def init(folder: options.NewFolder) -> int:
    """Write a small commented problem folder to start from.

    Overwrites nothing.
    """
    import shlex

    from csshift.io.template import write_template
    from csshift.report.wording import listed, plain

    names = write_template(folder)
    write_line(plain(f"Wrote {listed(names, len(names))} into {folder}"))
    write_line(plain(f"Solve it with: csshift solve {shlex.quote(folder)}"))
    return Exit.DONE


app.command()(inputs.forecast)
app.command("import")(inputs.import_)
app.command()(inputs.propose)


# Typer has its own copy of click or uses click itself, depending on its version: the base of
# the one exception that both show is what they raise for bad arguments.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; no exception leaves it.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``csshift``; default those of the process.
    """
    never_fail_to_encode()
    command = typer.main.get_command(app)
    words = None if arguments is None else list(arguments)
    try:
        return int(command.main(words, prog_name="csshift", standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        return Exit.INTERRUPTED
    except _UsageError as error:
        complain(_usage(error))
        return Exit.BAD_INPUT
    except Exception as error:
        return report_failure(error)


def _usage(error: Exception) -> str:
    """Return what is wrong with the arguments, and which help explains them."""
    context = getattr(error, "ctx", None)
    path = "csshift" if context is None else context.command_path
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return f"{message.rstrip('.')} (see {path} --help)"


def run() -> None:
    """Run the command as a process."""
    secure_streams()
    end_at_once_when_interrupted()
    status = main()
    # The work is done: nothing may turn its status into that of an interruption.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if (failure := output_failure()) is not None:
        complain(f"standard output could not be written: {failure.strerror}")
    sys.stderr.flush()
    # Solvers that have not noticed the end yet are left, and a large roster is not taken apart.
    os._exit(status)
