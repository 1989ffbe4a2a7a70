"""``csshift report``: exports of a result."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from typer import Argument, Option

from csshift.cli import options
from csshift.cli.output import write_line
from csshift.cli.status import Exit, complain
from csshift.errors import Fault, InputError, suggestion

if TYPE_CHECKING:
    from csshift.instance import Instance
    from csshift.model.result import Result
    from csshift.model.roster import Roster
    from csshift.problem import Problem

BOOK_SUFFIX = ".xlsx"

ResultFolder = Annotated[
    str, Argument(metavar="RESULT", help="Result folder: holds result.json and its tables.")
]
Excel = Annotated[
    str | None,
    Option(
        metavar="FILE",
        help="Write the roster as a workbook, with sheets on coverage, people and duties.",
    ),
]
Html = Annotated[str | None, Option(metavar="FILE", help="Write one page for a browser.")]
Ics = Annotated[str | None, Option(metavar="FOLDER", help="Write a calendar file for each agent.")]
Attendance = Annotated[
    str | None,
    Option(
        metavar="FILE", help="Write a workbook that attendance systems such as DingTalk's can take."
    ),
]
AttendanceColumns = Annotated[
    str | None,
    Option(
        metavar="TITLE=FIELD,...",
        help="Columns of that workbook, such as 姓名=name,工号=agent_id,{date}=shift_name; {date} "
        "or {day} in a title makes a column for each day. Fields: agent_id, name, team, contract, "
        "date, weekday, shift, shift_name, start, end, hours, paid_hours, duties.",
    ),
]
Layout = Annotated[
    Literal["month", "weeks"],
    Option(help="Workbook: one matrix per month; or weeks, which adds names under each shift."),
]
Rest = Annotated[
    str, Option(metavar="TEXT", help="Workbook: text of days off, such as 休; blank by default.")
]
Since = Annotated[
    str | None,
    Option(
        metavar="RESULT|BOOK",
        help="Workbook: list what has changed since this result folder, workbook or roster.csv.",
    ),
]
TimeZone = Annotated[
    str | None,
    Option(metavar="NAME", help="Calendars: time zone of the team. Default: Asia/Shanghai."),
]


def write_reports(
    folder: options.Folder,
    result: ResultFolder,
    excel: Excel = None,
    html: Html = None,
    ics: Ics = None,
    attendance: Attendance = None,
    attendance_columns: AttendanceColumns = None,
    lang: options.Lang = "zh",
    layout: Layout = "month",
    rest: Rest = "",
    since: Since = None,
    time_zone: TimeZone = None,
) -> int:
    """Export a result as workbook, page, calendars or attendance file.

    Reads the problem and the result folder, judges the roster again, and replaces the files.
    """
    from csshift.instance import Instance
    from csshift.io.reading import load
    from csshift.planner.results import load_result
    from csshift.report.wording import plain

    reports = Reports(
        excel, html, ics, attendance, lang, layout, rest, since, time_zone, attendance_columns
    )
    faults = list(_faults(reports))
    if faults:
        raise InputError(faults)
    _require_extras(reports)
    _require_other_files(reports, folder, result)
    instance = Instance(load(folder))
    judged = load_result(instance, result)
    if judged.bound is None and judged.notes:
        complain(judged.notes[-1].text)  # why there is no bound, should the problem have changed
    for kind, path in reports.wanted.items():
        KINDS[kind].write(path, instance, judged, reports)
        write_line(plain(f"Wrote {path}"))
    return Exit.DONE


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
    lang: options.Language = "zh"
    layout: Layout = "month"
    rest: str = ""
    since: str | None = None
    time_zone: str | None = None
    columns: str | None = None

    @property
    def wanted(self) -> dict[str, str]:
        """The path of each report to write, by kind."""
        paths = {kind: getattr(self, kind) for kind in KINDS}
        return {kind: path for kind, path in paths.items() if path is not None}

    def names(self) -> tuple[str, ...]:
        """Return what files of these reports are called, one for all calendars."""
        return tuple(
            f"{path}/_.ics" if kind == "ics" else path for kind, path in self.wanted.items()
        )


def reports_for(kinds: str | None, lang: options.Language) -> Reports:
    """Return the reports that ``solve --report`` names, as they are called in a result folder.

    Raises
    ------
    InputError
        When a kind is unknown.
    MissingExtraError
        When a package that one needs is not installed.
    """
    known = _in_result_folder()
    names = [kind.strip() for kind in (kinds or "").split(",") if kind.strip()]
    unknown = [kind for kind in names if kind not in known]
    if unknown or (kinds is not None and not names):
        raise InputError(
            Fault(
                "--report",
                "unknown kind of report",
                suggestion(kind, sorted(known), "kind"),
                value=kind,
            )
            for kind in unknown or [""]
        )
    reports = replace(Reports(lang=lang), **{kind: known[kind] for kind in names})
    _require_extras(reports)
    return reports


def _in_result_folder() -> dict[str, Any]:
    """Return what each kind of report is called in a result folder."""
    from csshift.io.writing import CALENDARS, EXCEL_REPORT, HTML_REPORT

    return {"html": HTML_REPORT, "excel": EXCEL_REPORT, "ics": CALENDARS}


def rendered(instance: Instance, result: Result, reports: Reports) -> dict[str, bytes]:
    """Return the content of reports by name; one that fails is complained of and left out."""
    import tempfile

    contents: dict[str, bytes] = {}
    for kind, name in reports.wanted.items():
        try:
            with tempfile.TemporaryDirectory(prefix="csshift-") as folder:
                place = Path(folder)
                KINDS[kind].write(str(place / name), instance, result, reports)
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

    write_excel(
        path,
        instance,
        result,
        lang=reports.lang,
        layout=reports.layout,
        rest=reports.rest,
        previous=None if reports.since is None else _previous(instance.problem, reports.since),
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


class Kind(NamedTuple):
    """A kind of report: the package that it needs, the extra that brings it, and its writer."""

    package: str
    extra: str
    write: Callable[[str, Instance, Result, Reports], None]


KINDS = {
    "excel": Kind("xlsxwriter", "excel", _write_excel),
    "html": Kind("jinja2", "report", _write_html),
    "ics": Kind("icalendar", "ics", _write_ics),
    "attendance": Kind("xlsxwriter", "excel", _write_attendance),
}


def _previous(problem: Problem, path: str) -> Roster:
    """Return an earlier version of the roster."""
    from csshift.io.layout import DUTIES, ROSTER
    from csshift.io.rosters import read_roster_file

    place = Path(path)
    if not place.is_dir():
        return read_roster_file(place, problem)
    duties = place / DUTIES.file
    return read_roster_file(place / ROSTER.file, problem, duties if duties.exists() else None)


def _faults(reports: Reports) -> Iterator[Fault]:
    """Yield what is wrong with the options taken together."""
    if not any(reports.wanted.values()):
        remedy = "give --excel FILE, --html FILE, --ics FOLDER or --attendance FILE"
        yield Fault("report", "nothing to write", remedy)
    for option, path in (("--excel", reports.excel), ("--attendance", reports.attendance)):
        if path is not None:
            yield from workbook_name_faults(option, path)
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
    places = [os.path.realpath(path) for path in reports.wanted.values()]
    if len(set(places)) < len(places):
        yield Fault("report", "two reports in one file", "give each a name of its own")


def workbook_name_faults(option: str, path: str) -> Iterator[Fault]:
    """Yield a fault unless a workbook can be written under a name."""
    if not path.lower().endswith(BOOK_SUFFIX):
        remedy = f"name it with {BOOK_SUFFIX} at the end"
        yield Fault(option, f"only {BOOK_SUFFIX} can be written", remedy, value=path)


def _require_other_files(reports: Reports, *read: str) -> None:
    """Refuse to write over what is read."""
    sources = {os.path.realpath(path) for path in (*read, reports.since) if path is not None}
    faults = [
        Fault(path, "the file is also read, and would be lost", "give another name")
        for path in reports.wanted.values()
        if os.path.realpath(path) in sources
    ]
    if faults:
        raise InputError(faults)


def _require_extras(reports: Reports) -> None:
    from csshift.extras import needed

    for kind in reports.wanted:
        needed(KINDS[kind].package, KINDS[kind].extra)
