"""What users of such tools ask for, each as a small folder: it can be said, solved and checked."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path

import pytest

import csshift
from csshift.errors import InputError
from csshift.model.roster import Assignment, Roster
from csshift.rules.registry import kinds

HEAD = """
[horizon]
start = 2026-03-16
days = 14
{horizon}
[spans.sale]
from = 2026-03-20
until = 2026-03-22
[spans.holidays]
dates = [2026-03-18, 2026-03-25]
[[rules]]
kind = "min-rest"
hours = 11
"""
FILES = {
    "agents.csv": "agent_id,team,skills,tags\na,T1,pre-sale,mentor\nb,T1,pre-sale,trainee\n"
    "c,T2,pre-sale,\n",
    "shifts.csv": "code,hours,tags\nD,08:00-16:00,day\nE,14:00-22:00,late\nN,22:00-30:00,night\n",
    "requirements.csv": "date,start,store,skill,heads\n"
    + "".join(f"2026-03-{day},10:00,S1,pre-sale,1\n" for day in range(16, 30)),
}


def write(folder: Path, rule: str, horizon: str = "", **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    text = HEAD.format(horizon=horizon) + f"[[rules]]\n{rule}\n"
    (folder / "problem.toml").write_text(text, encoding="utf-8")
    for name, content in {**FILES, **{f"{k}.csv": v for k, v in files.items()}}.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def days(**agents: str) -> Roster:
    """Return a roster from a text of codes for each agent, from 16 March on."""
    return Roster(
        assignments=tuple(
            Assignment(agent_id=agent, date=date(2026, 3, 16 + day), shift=code)
            for agent, row in agents.items()
            for day, code in enumerate(row)
            if code != "-"
        )
    )


ASKS: dict[str, tuple[str, dict[str, str], dict[str, str] | None, str]] = {
    # The ask: its rule, a roster that keeps it, one that breaks it, and what the check says.
    "same shift all week": (
        'kind = "max-kinds"\ncount = 1',
        {"a": "DDDDD--EEEEE--"},
        {"a": "DDDDE--"},
        "2 kinds of shift in a week, at most 1",
    ),
    "two rest days together": (
        'kind = "min-rest-block"\ndays = 2',
        {"a": "DDDDD--DDDDD--", "b": "--DDDDD--DDDDD", "c": "DD--DDDDD--DDD"},
        {"a": "D-DDDD-DDDDD--"},
        "no unbroken rest of 2 days off in a week",
    ),
    "48 h after nights": (
        'kind = "min-rest"\nhours = 48\nafter = ["tag:night"]',
        {"a": "NN--D"},
        {"a": "NN-D-"},
        "26 h between N and D, at least 48 h",
    ),
    "48 h after three nights": (
        'kind = "min-rest"\nhours = 48\nafter = ["tag:night"]\nrun = 3',
        {"a": "NN-D-"},
        {"a": "NNN-D"},
        "26 h between N and D, at least 48 h",
    ),
    "60 h block": (
        'kind = "min-rest-block"\nhours = 60',
        {"a": "DDDD--DDDD--DD"},
        {"a": "DDDDDD-DDDDDD-"},
        "no unbroken rest of 60 h in a week",
    ),
    "35 h weekly rest, to the minute": (
        'kind = "min-rest-block"\nhours = 35\nper = "rolling-7-days"',
        {"a": "DDDDD-DDDDDD--"},
        {"a": "DDDDDDDDD-DD--"},
        "no unbroken rest of 35 h in 7 consecutive days",
    ),
    "rotation of two on, two off by team": (
        (
            'kind = "rotation"\ncycle = ["+", "+", ".", "."]\nstart = 2026-03-16\noffset = 2\n'
            'agents = { teams = ["T2"] }'
        ),
        {"c": "--DD--EE--DD--"},
        {"c": "-DDD--EE--DD--"},
        "D, where the rotation has .",
    ),
    "big and small weeks": (
        (
            'kind = "rotation"\nstart = 2026-03-16\nagents = { ids = ["a"] }\n'
            'cycle = ["+", "+", "+", "+", "+", ".", ".", "+", "+", "+", "+", "+", "+", "."]'
        ),
        {"a": "DDDDD--DDDDDD-"},
        {"a": "DDDDD--DDDDD--"},
        "., where the rotation has +",
    ),
    "mentor with the trainee on the same shift": (
        'kind = "accompanied"\nagents = { tags = ["trainee"] }\nby = { tags = ["mentor"] }',
        {"a": "DDE", "b": "DDE"},
        {"a": "DDD", "b": "DDE"},
        "0 beside the one on E, at least 1",
    ),
    "mentor overlapping two hours": (
        (
            'kind = "accompanied"\nhours = 2\n'
            'agents = { tags = ["trainee"] }\nby = { tags = ["mentor"] }'
        ),
        {"a": "DDD", "b": "DDE"},
        {"a": "DDN", "b": "DDE"},
        "0 beside the one on E, at least 1",
    ),
    "apart": (
        'kind = "apart"\nagents = { ids = ["a", "c"] }',
        {"a": "DD", "c": "EE"},
        {"a": "DE", "c": "DE"},
        "a, c together on D, at most 1",
    ),
    "together": (
        'kind = "together"\nagents = { ids = ["a", "c"] }',
        {"a": "DE", "c": "DE"},
        {"a": "DE", "c": "D"},
        "a and c are not together",
    ),
    "compensation day after a Sunday": (
        'kind = "compensation-day"\nweekdays = ["sunday"]\nwithin = 6',
        {"a": "------DDDDDD--"},
        {"a": "------DDDDDDDD"},
        "0 days off in the 6 days after 2026-03-22, at least 1",
    ),
    "compensation day after a holiday": (
        'kind = "compensation-day"\nvalid = { spans = ["holidays"] }\nwithin = 4',
        {"a": "--DDDD-D"},
        {"a": "--DDDDDDD-"},
        "0 days off in the 4 days after 2026-03-18, at least 1",
    ),
    "weekday rule": (
        'kind = "forbidden-shifts"\nshifts = ["tag:late"]\nweekdays = ["friday"]',
        {"a": "EEEE-"},
        {"a": "EEEEE"},
        "E is forbidden",
    ),
    "week from Sunday": (
        'kind = "max-shifts"\ncount = 3\nweek_start = "sunday"\nagents = { ids = ["a"] }',
        {"a": "DDD---DDD-----"},
        {"a": "-----DDDDD----"},
        "4 shifts in a week, at most 3",
    ),
    "no late shift before a wished day off": (
        'kind = "no-shifts-before-off"\nshifts = ["tag:late"]',
        {"a": "EEE--"},
        {"a": "EEEE-"},
        "E on the day before a day off",
    ),
    "nobody alone at night": (
        'kind = "never-alone"\nhours = "22:00-30:00"',
        {"a": "N-", "b": "N-"},
        {"a": "N-"},
        "22:00-24:00: 1 at work, at least 2",
    ),
    "leave freeze": (
        'kind = "group-limit"\ncount = 0\nof = "leave"\nvalid = { spans = ["holidays"] }',
        {"a": "D"},
        None,
        "",
    ),
    "handover": (
        'kind = "handover"\nhours = "08:00-22:00"\nminutes = 60',
        {"a": "D-", "c": "E-"},
        {"a": "D-"},
        "0 overlap with the end of D and stay on, at least 1",
    ),
    "at most one of a team off": (
        (
            'kind = "group-limit"\ncount = 1\n'
            'agents = { teams = ["T1"] }\nvalid = { spans = ["sale"] }'
        ),
        {"a": "----DDD", "b": "-----E-"},
        {"a": "----DD-", "b": "-----E-"},
        "2 of 2 off, at most 1",
    ),
    "a third interns at most": (
        'kind = "max-share"\nshare = 0.333\nof = { tags = ["trainee"] }',
        {"a": "D", "c": "D", "b": ""},
        {"a": "D", "b": "D", "c": ""},
        "1 of 2 on D (b), at most 0.333",
    ),
}
REQUESTS = "agent_id,date,want\na,2026-03-20,off\n"


@pytest.mark.parametrize("ask", ASKS)
def test_an_ask_is_said_in_a_few_lines_and_kept(ask: str, tmp_path: Path) -> None:
    rule, keeps, breaks, text = ASKS[ask]
    folder = write(tmp_path / "folder", f"{rule}\nid = 'the-ask'", requests=REQUESTS)
    for content, says in ((keeps, None), (breaks, text)):
        if content is None:
            continue
        found = csshift.check(folder, days(**content)).violations
        assert [f.text for f in found if f.rule == "the-ask"][:1] == ([says] if says else [])
        assert {f.rule for f in found} <= {"the-ask"}
    result = csshift.solve(folder, time_limit=3, workers=1)
    assert result.roster is not None
    assert csshift.check(folder, result.roster).violations == ()
    about = [note.code for note in result.notes if "the-ask" in note.text]
    assert set(about) <= {"wishes-lost"}


def test_the_start_of_the_week_can_be_that_of_the_horizon(tmp_path: Path) -> None:
    rule = 'kind = "max-shifts"\ncount = 3\nagents = { ids = ["a"] }'
    folder = write(tmp_path / "folder", rule, horizon='week_start = "sunday"')
    problem = csshift.load(folder)
    assert problem.horizon.week_start == "sunday"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ('kind = "max-shifts"\ncount = 1\nper = "sael"', "unknown period; did you mean 'sale'?"),
        ('kind = "max-shifts"\ncount = 1\nper = "weak"', "did you mean 'week'?"),
        ('kind = "max-shifts"\ncount = 1\nper = "rolling-0-days"', "rolling-N-days with N from 1"),
        ('kind = "min-rest"\nvalid = { spans = ["holiday"] }', "did you mean 'holidays'?"),
        ('kind = "min-rest"\nvalid = { form = 2026-03-16 }', "did you mean 'from'?"),
        ('kind = "min-rest"\nvalid = { from = 2026-03-16, until = 2026-03-01 }', "lies before"),
        ('kind = "min-rest"\nweekdays = ["sundai"]', "write Sun"),
        ('kind = "min-rest"\nweek_start = "sunday"', "unknown field"),
        ('kind = "max-kinds"\nweek_start = "sundai"', "write Sun"),
        ('kind = "min-rest"\nafter = ["tgo:night"]', "did you mean 'tag:'?"),
        ('kind = "min-rest"\nafter = ["tag:nigth"]', "did you mean 'night'?"),
        ('kind = "min-rest"\nafter = ["start:25-26"]', "write start:22:00-30:00"),
        ('kind = "min-rest"\nrun = 3', "name them in after"),
        ('kind = "forbidden-sequence"\nshifts = ["N", "!tag:dya|."]', "did you mean 'day'?"),
        ('kind = "forbidden-sequence"\nshifts = ["N", "D|"]', "names no day"),
        ('kind = "accompanied"\nby = { tags = ["mentors"] }', "did you mean 'mentor'?"),
        ('kind = "accompanied"\nby = { exclude = { ids = ["A"] } }', "did you mean 'a'?"),
        ('kind = "min-rest"\nagents = { stores = ["S2"] }', "unknown store; "),
        ('kind = "min-rest"\nagents = { match = "every" }', "none of any, all"),
        ('kind = "group-limit"', "either count or share"),
        ('kind = "min-rest-block"\nhours = 60\ndays = 2', "only one of them"),
        ('kind = "compensation-day"\ndays = 4\nwithin = 3', "do not fit in 3 days"),
        ('kind = "apart"\nby = "shifts"', "did you mean 'shift'?"),
        ('kind = "min-rest"\nid = "x"\n[[rules]]\nkind = "apart"\nid = "x"', "a second rule"),
        ('kind = "rotatoin"', "did you mean 'rotation'?"),
    ],
)
def test_an_unknown_word_is_a_fault_with_the_nearest_one(
    rule: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        csshift.load(write(tmp_path / "folder", rule))
    (fault,) = caught.value.faults
    assert fault.line is not None
    assert says in str(fault), str(fault)


def test_spans_that_are_no_dates_are_faults(tmp_path: Path) -> None:
    for span, says in (
        ("[spans.x]\nfrom = 2026-03-01", "add the one that is missing"),
        ("[spans.x]\ndates = []", "has no days"),
        ("[spans.week]\ndates = [2026-03-01]", "is a period already"),
        ("[spans.x]\nfrom = 2026-03-02\nuntil = 2026-03-01", "lies before from"),
        ("[spans.x]\nfrom = 2006-03-02\nuntil = 2026-03-01", "more than 3700 days"),
        ("[spans.x]\nform = 2026-03-02", "did you mean 'from'?"),
    ):
        with pytest.raises(InputError) as caught:
            csshift.load(write(tmp_path / "folder", f'kind = "min-rest"\n{span}'))
        assert says in str(caught.value), span


def test_a_rule_that_holds_on_no_planned_day_is_noted(tmp_path: Path) -> None:
    for rule, says in (
        ('kind = "apart"\nvalid = { from = 2027-01-01 }', "it holds on no day from 2026-03-16"),
        (
            'kind = "max-kinds"\nper = "x"\n[spans.x]\ndates = [2026-01-01]',
            "no day of the span 'x'",
        ),
    ):
        result = csshift.solve(write(tmp_path / "folder", rule), time_limit=1, workers=1)
        assert any(says in note.text for note in result.notes), result.notes


def test_every_example_of_the_catalogue_is_read(tmp_path: Path) -> None:
    path = Path(__file__).parents[2] / "docs" / "hooks" / "reference.py"
    example_lines = runpy.run_path(str(path))["example_lines"]
    spans = "".join(
        f"[spans.{name}]\ndates = [2026-03-20]\n"
        for name in ("national-day", "double-11", "workdays")
    )
    agents = "agent_id,team,skills,tags\n" + "".join(
        f"A0{i},{team},after-sale,{tag}\n"
        for i, (team, tag) in enumerate(
            [
                ("night", "senior"),
                ("pair 1", "mentor"),
                ("day", "trainee;new"),
                ("day", "intern"),
                ("day", "first-aid"),
            ]
        )
    )
    shifts = FILES["shifts.csv"] + "L,13:00-21:00,late;office\nF,06:00-14:00,early;home\n"
    for kind, rule in kinds().items():
        for title, fields in rule.examples:
            lines = example_lines(fields)
            text = f'kind = "{kind}"\n' + "\n".join(lines) + "\n" + spans
            folder = write(tmp_path / "folder", text, agents=agents, shifts=shifts)
            assert csshift.load(folder).rules[1].kind == kind, title
