"""The command ``csshift``."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from typing import Annotated

import typer

from csshift.cli import (
    checking,
    explaining,
    forecasting,
    importing,
    reporting,
    simulating,
    solving,
    starting,
)
from csshift.cli.output import never_fail_to_encode, output_failure, secure_streams
from csshift.cli.status import (
    EXIT_STATUS,
    Exit,
    complain,
    end_at_once_when_interrupted,
    ignore_interruptions,
    report_failure,
)

app = typer.Typer(
    name="csshift",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EXIT_STATUS,
)
app.command(epilog=EXIT_STATUS)(solving.solve)
app.command(epilog=EXIT_STATUS)(checking.check)
app.command(epilog=EXIT_STATUS)(explaining.explain)
app.command()(simulating.simulate)
app.command("report")(reporting.write_reports)
app.command()(starting.template)
app.command()(starting.schema)
app.command()(starting.init)
app.command()(forecasting.forecast)
app.command("import")(importing.import_)
app.command()(importing.propose)


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
    rules: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODULE",
            envvar="CSSHIFT_RULES",
            help="Load the rules of a Python module, from the search path or the current "
            "directory. This runs the module; may be given several times.",
        ),
    ] = None,
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
    ignore_interruptions()
    if (failure := output_failure()) is not None:
        complain(f"standard output could not be written: {failure.strerror}")
    sys.stderr.flush()
    if threading.active_count() > 1:
        # A solver has not noticed the end yet: nothing waits for it.
        os._exit(status)
    sys.exit(status)
