"""The command ``csshift``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from csshift.cli import options
from csshift.cli.output import never_fail_to_encode, write_line
from csshift.cli.status import Exit, complain, report_failure

EXIT_STATUS = """Exit status: 0 a roster without hard violation; 1 check found hard violations;
2 bad input, one line a fault; 3 proven infeasible; 4 nothing found in time; 70 internal error;
130 interrupted, after writing the best roster so far."""

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
) -> None:
    """Plan the shifts of a customer-service team.

    A problem folder holds the people, the shifts, the demand and the rules as plain tables.
    "csshift init FOLDER" writes one to start from, "csshift solve FOLDER" finds the roster.
    """
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
) -> int:
    """Find the best roster for a problem folder.

    Writes result.json, roster.csv, duties.csv, allocation.csv and coverage.csv into the
    result folder, and shows a summary. Progress goes to standard error. Ctrl-C keeps the best
    roster so far.
    """
    from csshift.cli.solving import Search, run_solve

    search = Search(time_limit, seed, workers, gap, reproducible)
    return run_solve(folder, out, search, quiet=quiet)


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


@app.command()
def schema() -> int:
    """Print the schema of problem and result folders as JSON.

    Every file with its columns, every setting with its fields, every kind of rule.
    """
    import json

    from csshift.io.schema import schema as describe

    write_line(json.dumps(describe(), indent=2))
    return Exit.DONE


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
    status = main()
    # From here on there is nothing to interrupt, and nothing to tell about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(status)
