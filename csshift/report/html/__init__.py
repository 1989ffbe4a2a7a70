"""One self-contained HTML page of a result, for screen, phone and paper."""

from __future__ import annotations

from pathlib import Path

from csshift.extras import needed
from csshift.instance import Instance
from csshift.model.result import Result
from csshift.problem import Problem

__all__ = ["write_html"]


def write_html(
    path: str | Path, problem: Problem | Instance, result: Result, *, lang: str = "zh"
) -> None:
    """Write a result as one HTML file that needs no network and works from disk.

    The file holds the roster with filters, coverage by day and skill, a calendar of each
    duty, what each person carries, what is wrong and missing, and the facts of the result.
    Whatever users named is escaped; the policy of the page allows nothing to run or load except its
    own content.

    Parameters
    ----------
    path : str or Path
        Appears whole or not at all.
    problem : Problem
    result : Result
        Of that problem; without a roster the page says why.
    lang : {"zh", "en"}
        Language of the page.

    Raises
    ------
    MissingExtraError
        Without jinja2, which the extra ``report`` brings.
    InputError
        When the language is unknown or the file cannot be written.
    """
    instance = Instance.of(problem)
    needed("jinja2", "report")
    from csshift.io.files import write_file
    from csshift.report.html.page import new_environment, render
    from csshift.report.wording import Words

    page = render(instance, result, Words(lang), new_environment())
    write_file(Path(path), page.encode("utf-8"))
