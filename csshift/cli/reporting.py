"""``csshift report`` and ``csshift template``: results and problems as people look at them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from csshift.cli.output import write_line
from csshift.cli.status import Exit, complain
from csshift.errors import Fault, InputError, suggestion
from csshift.instance import Instance
from csshift.io.excel.book import is_workbook
from csshift.io.layout import DUTIES, ROSTER
from csshift.io.reading import load
from csshift.io.rosters import read_duties, read_roster
from csshift.io.writing import CALENDARS, EXCEL_REPORT, HTML_REPORT
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.planner.results import load_result
from csshift.problem import Problem
from csshift.report.wording import plain

Language = Literal["zh", "en"]
BOOK_SUFFIX = ".xlsx"
IN_RESULT_FOLDER = {"html": HTML_REPORT, "excel": EXCEL_REPORT, "ics": CALENDARS}
"""What each kind of report is called in the result folder."""


@dataclass(frozen=True)
class Reports:
    """The reports to write, and how; None where one is not wanted.

    Parameters
    ----------
    excel, html, ics, attendance : str or None
        Files, and the folder of the calendars.
    lang : {"zh", "en"}
    layout : {"month", "weeks"}
    rest : str
    since : str or None
        An earlier version, for the workbook.
    time_zone : str or None
        Of the calendars; None takes that of China.
    columns : str or None
        Of the attendance file.
    """

    excel: str | None = None
    html: str | None = None
    ics: str | None = None
    attendance: str | None = None
    lang: Language = "zh"
    layout: Literal["month", "weeks"] = "month"
    rest: str = ""
    since: str | None = None
    time_zone: str | None = None
    columns: str | None = None

    def require_sound(self) -> None:
        """Refuse what cannot be written, before any time is spent.

        Raises
        ------
        InputError
            When nothing is asked for, an option has no use, or a name is wrong.
        MissingExtraError
            When a package is not installed.
        """
        faults = list(_faults(self))
        if faults:
            raise InputError(faults)
        _require_extras(self)

    def names(self) -> tuple[str, ...]:
        """Return what files of these reports are called, one for all calendars."""
        calendar = None if self.ics is None else f"{self.ics}/_.ics"
        return tuple(name for name in (self.excel, self.html, calendar) if name is not None)


def reports_for(kinds: str | None, lang: Language) -> Reports:
    """Return the reports that ``solve --report`` names, as they are called in a result folder.

    Raises
    ------
    InputError
        When a kind is unknown.
    MissingExtraError
        When a package that one needs is not installed.
    """
    names = [kind.strip() for kind in (kinds or "").split(",") if kind.strip()]
    unknown = [kind for kind in names if kind not in IN_RESULT_FOLDER]
    if unknown or (kinds is not None and not names):
        known = sorted(IN_RESULT_FOLDER)
        raise InputError(
            Fault("--report", "unknown kind of report", suggestion(kind, known, "kind"), value=kind)
            for kind in unknown or [""]
        )
    places = {kind: IN_RESULT_FOLDER[kind] for kind in names}
    reports = Reports(
        excel=places.get("excel"), html=places.get("html"), ics=places.get("ics"), lang=lang
    )
    _require_extras(reports)
    return reports


def run_report(folder: str, result_folder: str, reports: Reports) -> Exit:
    """Write the reports of a result folder, and return the exit status."""
    reports.require_sound()
    _require_other_files(reports, folder, result_folder)
    instance = Instance(load(folder))
    result = load_result(instance, result_folder)
    if result.bound is None and result.notes:
        complain(result.notes[-1].text)  # why there is no bound, should the problem have changed
    for path in write_reports(instance, result, reports):
        write_line(plain(f"Wrote {path}"))
    return Exit.DONE


def run_template(path: str, lang: Language, source: str | None) -> Exit:
    """Write a workbook to start from, or a problem as a workbook."""
    from csshift.io.excel.template import refuse_existing, write_workbook, write_workbook_template

    faults = list(_suffix("BOOK.xlsx", path))
    if faults:
        raise InputError(faults)
    if source is None:
        write_workbook_template(path, lang)
    else:
        refuse_existing(path)
        write_workbook(load(source), path, lang)
    write_line(plain(f"Wrote {path}"))
    return Exit.DONE


def write_reports(instance: Instance, result: Result, reports: Reports) -> Iterator[str]:
    """Write the reports one after the other, yielding the path of each."""
    writers: dict[str, Callable[[str], None]] = {
        "excel": lambda path: _write_excel(path, instance, result, reports),
        "html": lambda path: _write_html(path, instance, result, reports),
        "ics": lambda path: _write_ics(path, instance, result, reports),
        "attendance": lambda path: _write_attendance(path, instance, result, reports),
    }
    for name, write in writers.items():
        path = getattr(reports, name)
        if path is not None:
            write(path)
            yield path


def rendered(instance: Instance, result: Result, reports: Reports) -> dict[str, bytes]:
    """Return the content of reports by name; one that fails is complained of and left out."""
    contents: dict[str, bytes] = {}
    for kind in IN_RESULT_FOLDER:
        name = getattr(reports, kind)
        if name is None:
            continue
        try:
            with tempfile.TemporaryDirectory(prefix="csshift-") as folder:
                place = Path(folder)
                only = replace(reports, excel=None, html=None, ics=None)
                only = replace(only, **{kind: str(place / name)})  # type: ignore[arg-type]
                list(write_reports(instance, result, only))
                files = sorted(path for path in place.rglob("*") if path.is_file())
                contents |= {
                    path.relative_to(place).as_posix(): path.read_bytes() for path in files
                }
        except Exception as error:
            reason = str(error) or type(error).__name__
            complain(f"{name} could not be made: {reason}; csshift report makes it from the result")
    return contents


def _write_excel(path: str, instance: Instance, result: Result, reports: Reports) -> None:
    from csshift.report.excel import write_excel

    previous = None if reports.since is None else _previous(instance.problem, reports.since)
    write_excel(
        path,
        instance,
        result,
        lang=reports.lang,
        layout=reports.layout,
        rest=reports.rest,
        previous=previous,
    )


def _write_html(path: str, instance: Instance, result: Result, reports: Reports) -> None:
    from csshift.report.html import write_html

    write_html(path, instance, result, lang=reports.lang)


def _write_ics(path: str, instance: Instance, result: Result, reports: Reports) -> None:
    from csshift.report.calendars import DEFAULT_TIME_ZONE, write_calendars
    from csshift.report.excel import require_roster

    zone = reports.time_zone or DEFAULT_TIME_ZONE
    write_calendars(path, instance, require_roster(result), time_zone=zone, lang=reports.lang)


def _write_attendance(path: str, instance: Instance, result: Result, reports: Reports) -> None:
    from csshift.report.attendance import write_attendance
    from csshift.report.excel import require_roster

    roster = require_roster(result)
    write_attendance(path, instance, roster, columns=reports.columns, lang=reports.lang)


def _previous(problem: Problem, path: str) -> Roster:
    """Return an earlier version of the roster."""
    place = Path(path)
    if is_workbook(place):
        return Roster(assignments=read_roster(place, problem), duties=read_duties(place, problem))
    if not place.is_dir():
        return Roster(assignments=read_roster(place, problem))
    duties = place / DUTIES.file
    return Roster(
        assignments=read_roster(place / ROSTER.file, problem),
        duties=read_duties(duties, problem) if duties.exists() else (),
    )


def _faults(reports: Reports) -> Iterator[Fault]:
    """Yield what is wrong with the options taken together."""
    every = (reports.excel, reports.html, reports.ics, reports.attendance)
    if not any(every):
        remedy = "give --excel FILE, --html FILE, --ics FOLDER or --attendance FILE"
        yield Fault("report", "nothing to write", remedy)
    for option, path in (("--excel", reports.excel), ("--attendance", reports.attendance)):
        if path is not None:
            yield from _suffix(option, path)
    needs = (
        ("--layout", reports.layout != "month", "--excel", reports.excel),
        ("--rest", reports.rest, "--excel", reports.excel),
        ("--since", reports.since, "--excel", reports.excel),
        ("--time-zone", reports.time_zone, "--ics", reports.ics),
        ("--attendance-columns", reports.columns, "--attendance", reports.attendance),
    )
    for option, used, other, given in needs:
        if used and given is None:
            yield Fault(option, f"of no use without {other}", f"give {other}, too")
    places = [os.path.realpath(path) for path in every if path is not None]
    if len(set(places)) < len(places):
        yield Fault("report", "two reports in one file", "give each a name of its own")


def _suffix(option: str, path: str) -> Iterator[Fault]:
    if not path.lower().endswith(BOOK_SUFFIX):
        remedy = f"name it with {BOOK_SUFFIX} at the end"
        yield Fault(option, f"only {BOOK_SUFFIX} can be written", remedy, value=path)


def _require_other_files(reports: Reports, *read: str) -> None:
    """Refuse to write over what is read."""
    sources = {os.path.realpath(path) for path in (*read, reports.since) if path is not None}
    faults = [
        Fault(path, "the file is read, too, and would be lost", "give another name")
        for path in (reports.excel, reports.html, reports.ics, reports.attendance)
        if path is not None and os.path.realpath(path) in sources
    ]
    if faults:
        raise InputError(faults)


def _require_extras(reports: Reports) -> None:
    if reports.excel is not None or reports.attendance is not None:
        from csshift.extras import needed

        needed("xlsxwriter", "excel")
    if reports.html is not None:
        from csshift.report.html import require_jinja2

        require_jinja2()
    if reports.ics is not None:
        from csshift.report.calendars import require_icalendar

        require_icalendar()
