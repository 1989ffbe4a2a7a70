"""``csshift init``, ``template`` and ``schema``: starting points for a problem."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from csshift.cli import options
from csshift.cli.output import write_line
from csshift.cli.reporting import workbook_name_faults
from csshift.cli.status import Exit, printed
from csshift.errors import InputError


def init(
    folder: Annotated[
        str, Argument(metavar="FOLDER", help="Where to write; created if it does not exist.")
    ],
) -> int:
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


def template(
    book: Annotated[
        str, Argument(metavar="BOOK.xlsx", help="The workbook to write; must not exist yet.")
    ],
    lang: options.Lang = "zh",
    source: Annotated[
        str | None,
        Option(
            "--from",
            metavar="FOLDER|BOOK",
            help="Write this problem instead of the small one to start from.",
        ),
    ] = None,
) -> int:
    """Write a workbook with every table of a problem, to be filled and solved.

    It holds a small problem to start from, or the one given by --from. Overwrites nothing.
    """
    from csshift.io.excel.template import NEW_NAME, write_workbook, write_workbook_template
    from csshift.io.files import refuse_existing
    from csshift.io.reading import load
    from csshift.report.wording import plain

    if faults := list(workbook_name_faults("BOOK.xlsx", book)):
        raise InputError(faults)
    if source is None:
        write_workbook_template(book, lang)
    else:
        refuse_existing([Path(book)], NEW_NAME)
        write_workbook(load(source), book, lang)
    write_line(plain(f"Wrote {book}"))
    return Exit.DONE


def schema() -> int:
    """Print the schema of problem and result folders as JSON.

    Every file with its columns, every setting with its fields, every kind of rule.
    """
    import json

    from csshift.io.schema import schema as describe

    write_line(json.dumps(describe(), indent=2))
    return printed()
