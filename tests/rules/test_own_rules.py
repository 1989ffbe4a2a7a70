"""Rules of somebody else: by registration, option and entry point."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from problems import small
from rule_cases import amount, plan

from csshift.cli.main import main
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.io.schema import schema
from csshift.report.wording import rule_sentences
from csshift.rules import registry
from csshift.rules.base import KINDS, Rule
from csshift.rules.registry import catalogue, kinds, load_rules, parse_rule

FOLDER = {
    "problem.toml": "[horizon]\nstart = 2026-03-16\ndays = 2\n"
    '[[rules]]\nkind = "my_rules:MaxEarly"\ncount = 0\n',
    "agents.csv": "agent_id,skills\na,pre-sale\n",
    "shifts.csv": "code,hours\nD,08:00-16:00\n",
    "requirements.csv": "date,start,store,skill,heads\n2026-03-16,10:00,S1,pre-sale,1\n",
}
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-rule.md"


def example() -> str:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The rule of the documentation as a module in the current directory."""
    monkeypatch.chdir(tmp_path)
    Path("my_rules.py").write_text(example(), encoding="utf-8")
    before = dict(KINDS)
    yield "my_rules"
    sys.modules.pop("my_rules", None)
    KINDS.clear()
    KINDS.update(before)


def test_the_rule_of_the_documentation_is_short_and_agrees_with_itself(module: str) -> None:
    declaration = example()[example().index("@csshift.register") :]
    assert len(declaration.splitlines()) <= 25
    load_rules([module])
    fields = {"kind": "max-early", "count": 2}
    assert amount(fields, plan("DD-D-ED")) == 2
    assert amount(fields, plan("DDD|D-ED")) == 2
    assert amount({**fields, "per": "month"}, plan("EEEEEEE")) == 0
    assert parse_rule(fields).sentence() == "At most 2 early shifts in a week."


def test_a_module_makes_its_rules_known_by_kind_and_by_class(module: str) -> None:
    load_rules([module])
    by_class = parse_rule({"kind": "my_rules:MaxEarly", "count": 1})
    assert by_class == parse_rule({"kind": "max-early", "count": 1})
    assert by_class.kind == "max-early"
    load_rules([module, "my_rules:MaxEarly"])  # twice is no conflict


def test_a_problem_file_never_causes_an_import(module: str) -> None:
    with pytest.raises(ValueError, match="csshift --rules my_rules"):
        parse_rule({"kind": "my_rules:MaxEarly", "count": 1})
    assert module not in sys.modules


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent_rules", None, "cannot be imported: ModuleNotFoundError"),
        ("my_rules", "1 / 0", "cannot be imported: ZeroDivisionError"),
        ("my_rules", "raise SystemExit(3)", "cannot be imported: SystemExit"),
        ("my_rules", "def (", "cannot be imported: SyntaxError"),
        ("my_rules", "import csshift", "defines no rule"),
        ("my_rules:MaxLate", None, "no class MaxLate; known rules: MaxEarly"),
        ("my_rules:csshift", None, "no subclass of csshift.Rule"),
        ("my_rules:Bare", "from csshift import Rule\nclass Bare(Rule): ...", "no default"),
        (
            "my_rules",
            "from csshift import Rule\nclass Seats(Rule):\n    kind: str = 'seats'",
            "'seats' is taken by Seats",
        ),
    ],
)
@pytest.mark.usefixtures("module")
def test_modules_that_hold_no_rule_are_faults(name: str, content: str | None, message: str) -> None:
    if content is not None:
        Path("my_rules.py").write_text(content, encoding="utf-8")
    before = list(sys.path)
    with pytest.raises(InputError, match=re.escape(message)):
        load_rules([name])
    assert sys.path == before


def test_the_command_line_takes_own_rules(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("folder")
    folder.mkdir()
    for name, text in FOLDER.items():
        (folder / name).write_text(text, encoding="utf-8")
    roster = folder / "roster.csv"
    roster.write_text("agent_id,date,shift\na,2026-03-16,D\n", encoding="utf-8")
    assert main(["check", str(folder), "--roster", str(roster)]) == 2
    assert "run csshift --rules my_rules" in capsys.readouterr().err
    assert main(["--rules", module, "check", str(folder), "--roster", str(roster)]) == 1
    assert "max-early" in capsys.readouterr().out
    assert main(["--rules", "absent_rules", "check", str(folder), "--roster", str(roster)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "cannot be imported" in error


class Point:
    """An entry point."""

    group = registry.GROUP
    value = "package:Kind"

    def __init__(self, name: str, found: Any) -> None:
        self.name = name
        self.found = found

    def load(self) -> Any:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def test_entry_points_are_kinds_and_a_broken_one_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Extra(Rule):
        kind: str = "extra"

    points = [Point("extra", Extra), Point("broken", ImportError("no xyz")), Point("odd", int)]
    monkeypatch.setattr(metadata, "entry_points", lambda group: points)
    registry._load_entry_points.cache_clear()
    try:
        assert kinds()["extra"] is Extra
        with pytest.raises(ValueError, match="cannot be loaded: ImportError: no xyz"):
            parse_rule({"kind": "broken"})
        with pytest.raises(ValueError, match=r"no subclass of csshift\.Rule"):
            parse_rule({"kind": "odd"})
    finally:
        KINDS.pop("extra", None)
        registry._load_entry_points.cache_clear()


UNSAID = {
    "shift-cover": {"cover"},
    "min-rest": {"after", "before", "run"},
    "seats": {"hours"},
    "accompanied": {"hours"},
    "fair": {"points", "since", "within"},
    "max-overtime": {"standard_days"},
}
"""Fields that the sentence of a kind says otherwise, or not at all."""


def test_every_kind_has_title_and_sentence_in_both_languages() -> None:
    for info in catalogue():
        for texts in (info.titles, info.sentences):
            assert set(texts) == {"en", "zh"}
            assert all(texts.values())
        own = set(info.rule.model_fields) - set(Rule.model_fields) - UNSAID.get(info.kind, set())
        own -= {"week_start"}  # said with the period
        for sentence in info.sentences.values():
            assert set(re.findall(r"\{(\w+)\}", sentence)) == own, info.kind


def test_every_own_field_is_described() -> None:
    for info in catalogue():
        described = "\n".join(base.__doc__ or "" for base in info.rule.__mro__)
        for field in set(info.rule.model_fields) - {"kind"}:
            assert re.search(rf"^ +(\w+, )*{field}(, \w+)* : \S", described, re.MULTILINE), field


@pytest.mark.parametrize(
    ("fields", "english", "chinese"),
    [
        (
            {"kind": "min-rest", "hours": 11},
            "At least 11 h between the end of a shift and the next start.",
            "两个班次之间至少休息 11 小时。",
        ),
        (
            {"kind": "max-consecutive-days", "days": 1},
            "At most 1 day of work in a row.",
            "连续上班不超过 1 天。",
        ),
        (
            {"kind": "max-shifts", "count": 3, "shifts": ["N", "{0}"]},
            "At most 3 shifts (N, {0}) in a week.",
            "每周不超过 3 个班次（N、{0}）。",
        ),
        (
            {"kind": "min-on-site", "tags": ["r"], "count": 2, "hours": "22:00-30:00"},
            "At least 2 agents with one of the tags r at work throughout 22:00-30:00.",
            "22:00-30:00 时段内至少 2 名带标签 r 的人员在岗。",
        ),
        (
            {"kind": "max-shifts", "count": 3, "weekdays": ["Sat-Sun"]},
            "At most 3 shifts (any shift) in a week (on Saturday, Sunday).",
            "每周不超过 3 个班次（任意班次）（仅周六、日）。",
        ),
        (
            {"kind": "group-limit", "count": 0, "weekdays": ["saturday"]},
            "At most 0 agents off a day (on Saturday).",
            "每天休息不超过 0 人（仅周六）。",
        ),
        (
            {"kind": "min-rest-block", "days": 2, "valid": {"until": "2026-03-08"}},
            "At least one unbroken rest of 2 days off in a week (until 2026-03-08).",
            "每周至少有一次连续休息 2 天（至2026-03-08止）。",
        ),
    ],
)
def test_sentences_hold_the_values(fields: dict[str, Any], english: str, chinese: str) -> None:
    rule = parse_rule(fields)
    assert (rule.sentence("en"), rule.sentence("zh")) == (english, chinese)


def test_the_schema_holds_title_and_sentence_of_every_kind() -> None:
    described = schema()
    for kind, reference in described["rules"].items():
        entry = described["$defs"][reference["$ref"].rpartition("/")[2]]
        assert entry["title"] == entry["titles"]["en"], kind
        assert set(entry["sentences"]) == {"en", "zh"}


def test_reports_explain_rules_by_their_sentences() -> None:
    rules = [{"kind": "max-hours", "hours": 40}, {"kind": "max-hours", "hours": 9, "per": "month"}]
    problem = small(rules=tuple(parse_rule(rule) for rule in rules))
    expected = "At most 40 paid hours in a week. At most 9 paid hours in a month."
    assert rule_sentences(Instance(problem), "en")["max-hours"] == expected
