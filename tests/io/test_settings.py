"""Faults of problem.toml."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from csshift.errors import Fault, InputError
from csshift.io.positions import find_lines, line_of
from csshift.io.reading import load

BASE = """\
name = "Small"
stores = ["S1", "S2"]

[horizon]
start = 2026-03-16
days = 7
interval_minutes = 60

[skills.pre-sale]
channel = "chat"
reply_seconds = 12

[contracts.full-time]
max_hours_per_week = 44

[[rules]]
kind = "min-rest"
hours = 11

[[rules]]
kind = "max-hours"
hours = 40.5
per = "week"
severity = 5
agents = { tags = ["new"], contracts = ["full-time"] }

[[rules]]
kind = "max-consecutive-days"
days = 6

[[duties]]
name = "payment-reminder"
skill = "payment-reminder"
window = "10:00-21:30"
stores = [
    ["S1"],
    ["S2"],
]
share = 0.5

[weights]
shortage = 500

[skills.after-sale]
channel = "chat"
"""


def write(folder: Path, old: str, new: str) -> tuple[Fault, ...]:
    assert old in BASE
    (folder / "problem.toml").write_text(BASE.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as caught:
        load(folder)
    for fault in caught.value.faults:
        assert fault.problem
        assert fault.remedy
        assert not {"pydantic", "http", "function-"} & set(str(fault).split())
    return tuple(fault for fault in caught.value.faults if fault.table == "problem.toml")


def test_the_base_has_no_fault(folder: Path) -> None:
    (folder / "problem.toml").write_text(BASE, "utf-8")
    problem = load(folder)
    assert [rule.kind for rule in problem.rules] == [
        "min-rest",
        "max-hours",
        "max-consecutive-days",
    ]
    assert problem.duties[0].groups == (("S1",), ("S2",))
    assert str(problem.weights.shortage) == "500"
    assert problem.stores == ("S1", "S2")


def test_whole_numbers_with_a_point_are_whole_numbers(folder: Path) -> None:
    """A count of 7.0 was refused in problem.toml, and taken in every table."""
    (folder / "problem.toml").write_text(BASE, "utf-8")
    expected = load(folder)
    written = re.sub(r"(= \[?|, )(\d+)(?=[],\s])", r"\g<1>\g<2>.0", BASE)
    assert written.count(".0") >= 4
    (folder / "problem.toml").write_text(written, "utf-8")
    assert load(folder) == expected


PLACES = [
    # what stands there, what stands there instead, line, column, problem, remedy
    ('name = "Small"', "name = 5", 1, "name", "not text", "Spring week"),
    ('name = "Small"', 'nam = "Small"', 1, "nam", "unknown table", "'name'"),
    ('["S1", "S2"]', '"S1"', 2, "stores", "not a list", "stores ="),
    ('["S1", "S2"]', '["S1", "S1", "S2"]', 2, "stores", "duplicate store", "once"),
    ('["S1", "S2"]', '["S1|S2", "S2"]', 2, "stores", "not the name", "without |"),
    ("[horizon]", "[horizont]", 4, "horizont", "unknown table", "'horizon'"),
    ("start = 2026-03-16", "start = 2026-3-16", 5, None, "not valid TOML", "name = value"),
    ("start = 2026-03-16", 'start = "2026-3-16"', 5, "horizon.start", "date", "2026-03-16"),
    ("start = 2026-03-16", "start = 0", 5, "horizon.start", "not a date", "2026-03-16"),
    ("start = 2026-03-16", "start = 0001-01-01", 5, "horizon.start", "1900-01-01", "correct"),
    ("start = 2026-03-16", "start = 9999-12-31", 5, "horizon.start", "2999-12-31", "correct"),
    ("start = 2026-03-16", "", 4, "horizon.start", "missing", "give start"),
    ("days = 7", "days = 0", 6, "horizon.days", "at least 1", "correct"),
    ("days = 7", "days = 7.5", 6, "horizon.days", "not a whole number", "whole"),
    ("days = 7", "days = true", 6, "horizon.days", "not a whole number", "whole"),
    ("days = 7", 'days = "7"', 6, "horizon.days", "not a whole number", "whole"),
    ("days = 7", "days = 0x" + "f" * 9999, 6, "horizon.days", "too large", "smaller"),
    ("days = 7", "days = 7\ndays = 8", 7, None, "not valid TOML", "name = value"),
    ("days = 7", "days = 7\nwholedays = 8", 7, "horizon.wholedays", "unknown field", "'days'"),
    ("interval_minutes = 60", "interval_minutes = 20", 7, "horizon.interval_minutes", "30", "30"),
    ("[skills.pre-sale]", "[skills.'a:b']", 9, "skills.a:b", "not a name", "without"),
    ("[skills.pre-sale]", "[skills.'']", 9, "skills.", "not a name", "without"),
    ('channel = "chat"', 'channel = "caht"', 10, "skills.pre-sale.channel", "none of", "'chat'"),
    ("reply_seconds = 12", "reply_second = 12", 11, "skills.pre-sale.reply_second", "un", "reply"),
    ("reply_seconds = 12", 'name = "x"', 11, "skills.pre-sale.name", "unknown", "header"),
    ("= 12", "= nan", 11, "skills.pre-sale.reply_seconds", "finite", "number"),
    ("= 12", "= inf", 11, "skills.pre-sale.reply_seconds", "finite", "number"),
    ("= 12", "= 1e999", 11, "skills.pre-sale.reply_seconds", "finite", "number"),
    ("= 12", '= "12"', 11, "skills.pre-sale.reply_seconds", "not a number", "number"),
    ("= 44", "= -44", 14, "contracts.full-time.max_hours_per_week", "at least 0", "correct"),
    ('"min-rest"', '"min-rset"', 17, "rules.kind", "unknown rule kind", "'min-rest'"),
    ('"min-rest"', "5", 17, "rules.kind", "unknown rule kind", "kinds"),
    ('kind = "min-rest"', "", 16, "rules", "no kind", "forbidden-sequence"),
    ("hours = 11", "hour = 11", 18, "rules.hour", "unknown field", "'hours'"),
    ("hours = 11", "hours = 169", 18, "rules.hours", "at most 168", "correct"),
    ("hours = 11", "hours = true", 18, "rules.hours", "not a number", "number"),
    ("hours = 40.5", "hours = 40.1234", 22, "rules.hours", "decimal places", "round"),
    ("hours = 40.5", "", 20, "rules.hours", "missing", "give hours"),
    ('per = "week"', 'per = "weak"', 23, "rules.per", "unknown period", "'week'"),
    ("severity = 5", 'severity = "sof"', 24, "rules.severity", "unknown level", "known levels"),
    ("severity = 5", 'severity = "s?f"', 24, "rules.severity", "neither", '"hard", 5, or a level'),
    ("severity = 5", "severity = 0", 24, "rules.severity", "neither", '"hard", 5, or a level'),
    ("severity = 5", "severity = -5", 24, "rules.severity", "neither", '"hard", 5, or a level'),
    ("{ tags", "{ tag = 5, tags", 25, "rules.agents.tag", "unknown field", "'tags'"),
    ('["new"]', '"new"', 25, "rules.agents.tags", "not a list", "square brackets"),
    ('["full-time"]', '["full"]', 25, "rules.agents.contracts", "contract", "full-time"),
    ("days = 6", "days = 0", 29, "rules.days", "at least 1", "correct"),
    ('skill = "payment-reminder"', 'skill = "reminder"', 33, "duties.skill", "unknown skill", "?"),
    ("10:00-21:30", "21:30-10:00", 34, "duties.window", "ends before", "counts on"),
    ("10:00-21:30", "10:00", 34, "duties.window", "not a span", "HH:MM-HH:MM"),
    ('"10:00-21:30"', "10", 34, "duties.window", "not a span", "10:00"),
    ('["S2"],', '["S3"],', 35, "duties.stores", "unknown store", "S1"),
    ('["S2"],', '["S1"],', 35, "duties.stores", "two groups", "one"),
    ('["S2"],', "[],", 35, "duties.stores", "empty", "fill"),
    ("share = 0.5", "share = 1.5", 39, "duties.share", "at most 1", "correct"),
    ("shortage = 500", "shortge = 500", 42, "weights.shortge", "unknown field", "'shortage'"),
    ("shortage = 500", "duty_unfairness = 60", 41, "weights", "no longer a weight", "remove it"),
    ("[weights]", "[[weights]]", 41, "weights", "not a table", "[weights]"),
    ("[contracts.full-time]", "[[contracts]]", 13, "contracts", "not a table", "NAME"),
    ('"Small"', '"""Two\nlines"""', 1, "name", "line break", "anew"),
]


@pytest.mark.parametrize(("old", "new", "line", "column", "problem", "remedy"), PLACES)
def test_a_bad_setting(
    folder: Path, old: str, new: str, line: int, column: str | None, problem: str, remedy: str
) -> None:
    faults = write(folder, old, new)
    fault = next(fault for fault in faults if fault.column == column)
    assert fault.line == line, str(fault)
    assert problem in fault.problem, str(fault)
    assert remedy in fault.remedy, str(fault)


COVER = 'kind = "shift-cover"\n[[rules.cover]]\nshifts = ["早"]\nheads = 2\ndates = [2026-03-17]'


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "remedy"),
    [
        ("heads = 2", "head = 2", 31, "rules.cover.head", "did you mean 'heads'?"),
        ("heads = 2", "heads = 1.5", 31, "rules.cover.heads", "write a whole number"),
        ('["早"]', '["早班"]', 27, "rules.shifts", "did you mean '早'?"),
        ("2026-03-17", "17", 32, "rules.cover.dates", "write a date such as 2026-03-16"),
    ],
)
def test_a_bad_entry_of_shift_cover(
    folder: Path, old: str, new: str, line: int, column: str, remedy: str
) -> None:
    usual = 'kind = "max-consecutive-days"\ndays = 6'
    (folder / "problem.toml").write_text(BASE.replace(usual, COVER), "utf-8")
    assert load(folder).rules[2].kind == "shift-cover"
    faults = write(folder, usual, COVER.replace(old, new))
    fault = next(fault for fault in faults if fault.column == column)
    assert fault.line == line, str(fault)
    assert remedy in fault.remedy, str(fault)


def test_a_missing_horizon(folder: Path) -> None:
    text = BASE[: BASE.index("[horizon]")] + BASE[BASE.index("[skills") :]
    (folder / "problem.toml").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"\[horizon\] is missing; add \[horizon\]"):
        load(folder)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5000, "a.b" + ".c" * 1000 + " = 1", "=", "[", '"', "a = 1e", "a = 01"]
)
def test_nonsense_is_told(folder: Path, text: str) -> None:
    (folder / "problem.toml").write_text(text, "utf-8")
    with pytest.raises(InputError):
        load(folder)


def test_a_list_in_place_of_tables(folder: Path) -> None:
    (folder / "problem.toml").write_text(
        "rules = 5\nduties = [1]\nskills = []\nhorizon = 1\n", "utf-8"
    )
    with pytest.raises(InputError) as caught:
        load(folder)
    assert {
        (fault.line, fault.column) for fault in caught.value.faults if fault.table == "problem.toml"
    } == {
        (1, "rules"),
        (2, "duties"),
        (3, "skills"),
        (4, "horizon"),
    }


def test_lines_of_all_ways_to_write_a_key() -> None:
    text = """\
a = 1 # = [b]
"q=[x]" = 2
[t.'u v']
d.e = '''
[no.table]
no = 1
'''
[[r]]
x = [
  ["S1"]
]
  [r.inner]
  y = 1
[[r]]
x = { z = 1 }
"""
    lines = find_lines(text)
    assert lines["a",] == 1
    assert lines["q=[x]",] == 2
    assert lines["t", "u v"] == 3
    assert lines["t", "u v", "d", "e"] == 4
    assert lines["r", 0] == 8
    assert lines["r", 0, "x"] == 9
    assert lines["r", 0, "inner", "y"] == 13
    assert lines["r", 1, "x"] == 15
    assert line_of(lines, ("r", 1, "x", "z")) == 15
    assert line_of(lines, ("r", 1, "absent")) == 14
    assert line_of(lines, ("absent",)) is None
    assert ("no",) not in lines


@pytest.mark.parametrize("key", ["[", "a(b)", "x[0]"])
def test_an_unknown_key_may_hold_any_mark(folder: Path, key: str) -> None:
    path = folder / "problem.toml"
    text = path.read_text(encoding="utf-8").replace("[horizon]", f'[horizon]\n"{key}" = 1')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="unknown field"):
        load(folder)


@pytest.mark.parametrize("name", ["ids", "teams", "tags", "contracts", "skills"])
def test_an_empty_list_selects_nobody(folder: Path, name: str) -> None:
    rule = f'\n[[rules]]\nkind = "min-rest"\nagents = {{ {name} = [] }}\n'
    with (folder / "problem.toml").open("a", encoding="utf-8") as file:
        file.write(rule)
    with pytest.raises(InputError, match="selects nobody; remove it to select everybody") as caught:
        load(folder)
    assert caught.value.faults[0].column == f"rules.agents.{name}"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ('kind = "forbidden-shifts"\nshifts = []', "names no shift; name at least one code"),
        ('kind = "min-on-site"\ntags = []\nhours = "08:00-09:00"', "selects nobody; name at least"),
    ],
)
def test_other_empty_lists_are_faults(folder: Path, fields: str, text: str) -> None:
    with (folder / "problem.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[[rules]]\n{fields}\n")
    with pytest.raises(InputError, match=text):
        load(folder)


def test_a_tag_or_team_that_nobody_has_is_a_fault_in_its_line(folder: Path) -> None:
    text = (folder / "problem.toml").read_text("utf-8")
    rules = """
[[rules]]
kind = "forbidden-shifts"
shifts = ["晚"]
agents = { tags = ["nurisng"] }
[[rules]]
kind = "max-weekends"
count = 0
agents = { teams = ["T3"] }
"""
    (folder / "problem.toml").write_text(text + rules, "utf-8")
    people = (folder / "agents.csv").read_text("utf-8").splitlines()
    people[1] += "nursing"
    (folder / "agents.csv").write_text("\n".join(people), "utf-8")
    with pytest.raises(InputError) as caught:
        load(folder)
    last = len(text.splitlines()) + 1
    tag, team = map(str, caught.value.faults)
    assert tag.startswith(f"problem.toml, line {last + 4}, column rules.agents.tags: 'nurisng': no")
    assert tag.endswith("no agent has this tag; did you mean 'nursing'?")
    assert team.startswith(f"problem.toml, line {last + 8}, column rules.agents.teams: 'T3': no")


def test_tags_of_a_row_that_cannot_be_read_are_known(folder: Path) -> None:
    people = (folder / "agents.csv").read_text("utf-8").splitlines()
    row = people[-1].split(",")
    row[2], row[4], row[-1] = "night", "pre-sale:x", "new;nursing"
    (folder / "agents.csv").write_text("\n".join([*people[:-1], ",".join(row)]), "utf-8")
    with (folder / "problem.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[rules]]\nkind = "min-rest"\n')
        file.write('agents = { tags = ["nursing"], teams = ["night"] }\n')
    with pytest.raises(InputError) as caught:
        load(folder)
    assert [fault.column for fault in caught.value.faults] == ["skills"]
