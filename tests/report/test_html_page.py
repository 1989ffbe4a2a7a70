"""The page as text: what stands in it, in both languages, and what cannot get into it."""

from __future__ import annotations

import json
import re
import sys
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import html_cases
import numpy as np
import pytest
import report_cases as cases
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from csshift.errors import InputError, MissingExtraError
from csshift.instance import Instance
from csshift.io.translations import store
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.model.shifts import Shift
from csshift.problem import Problem
from csshift.report.html import write_html
from csshift.report.html.coverage import HEIGHT, CoverageView, area, outline
from csshift.report.html.data import script_text
from csshift.report.html.duties import calendars
from csshift.report.html.facts import search, verdict
from csshift.report.html.fairness import fairness
from csshift.report.html.findings import shortages
from csshift.report.html.grid import INK, PALETTE, PATTERNS, GridView, shift_classes
from csshift.report.people import night_hours
from csshift.report.wording import Words
from csshift.scoring import unfilled

ENGLISH = Words("en")


class Elements(HTMLParser):
    """The elements of a page, and the text inside some of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.names and self.names[-1] in self.raw and self.cdata_elem:
            self.raw[self.cdata_elem].append(data)


def page(path: Path, problem: Problem, result: Result, lang: str = "en") -> str:
    write_html(path / "page.html", problem, result, lang=lang)
    return (path / "page.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    problem = html_cases.problem(12, 9)
    return page(tmp_path_factory.mktemp("page"), problem, html_cases.result(problem))


def test_hostile_names_make_no_elements_and_no_attributes(hostile: str) -> None:
    elements = Elements(hostile)
    assert "img" not in elements.names
    assert elements.names.count("script") == 2
    assert [name for _, name, _ in elements.attributes if name.startswith("on")] == []
    assert [name for _, name, _ in elements.attributes if name == "style"] == []


def test_nothing_is_loaded_from_anywhere(hostile: str) -> None:
    loading = {"src", "href", "action", "data", "poster", "srcset"}
    named = {value for _, name, value in Elements(hostile).attributes if name in loading}
    assert all(value.startswith(("#", "data:,")) for value in named)
    assert "@import" not in hostile
    assert "url(" not in hostile


def test_the_policy_names_the_very_style_and_script(hostile: str) -> None:
    elements = Elements(hostile)
    ((policy),) = [
        value for tag, name, value in elements.attributes if tag == "meta" and "-src" in value
    ]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        text = elements.raw[kind][-1]
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


@given(st.recursive(st.text() | st.integers(), lambda inner: st.dictionaries(st.text(), inner)))
def test_script_data_never_ends_its_element_and_comes_back(value: object) -> None:
    text = script_text({"value": value, "end": html_cases.BREAKOUT, "comment": "<!--<script>"})
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text)["value"] == value


def test_control_characters_do_not_steer_the_text(tmp_path: Path) -> None:
    problem = cases.problem([{"name": "a\u202eb\x00c"}])
    text = page(tmp_path, problem, cases.result(Roster(assignments=cases.assignments("E"))))
    assert "a?b?c" in text
    assert not set(text) & {"\u202e", "\x00"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_what_there_is_to_say(tmp_path: Path, lang: str) -> None:
    roster = Roster(
        assignments=cases.assignments("EEL--N-", "-LLEE--"),
        duties=(cases.turn(0, 0),),
        coverage=(cases.cell(0, 9), cases.cell(1, 10, 3, 3)),
    )
    problem = cases.problem(duties=[cases.DUTY])
    text = page(tmp_path, problem, cases.result(roster, seconds=12.5, seed=77), lang)
    words = Words(lang)
    keys = ("title", "coverage", "duties", "fairness", "findings", "facts", "shortages", "seed")
    assert [words(key) for key in keys if f">{words(key)}<" not in text] == []
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in text
    assert "<dd>77</dd>" in text
    assert "<dd>25 %</dd>" in text
    other = Words("en" if lang == "zh" else "zh")("findings")
    assert other not in text


@pytest.mark.parametrize("status", ["infeasible", "unknown"])
def test_without_a_roster_the_page_says_why(tmp_path: Path, status: str) -> None:
    result = Result.model_validate({"status": status, "conflicts": ("<b>rest", "seats")})
    text = page(tmp_path, cases.problem(), result)
    assert ENGLISH(status) in text
    assert "&lt;b&gt;rest" in text
    assert "<table" not in text
    assert "<script" not in text


def test_an_empty_roster_and_no_demand_make_a_page(tmp_path: Path) -> None:
    text = page(tmp_path, cases.problem(), cases.result(Roster()))
    assert ENGLISH("no-coverage") in text
    assert ENGLISH("no-shortage") in text


def test_another_language_is_a_fault_of_the_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown language"):
        write_html(tmp_path / "x.html", cases.problem(), cases.result(Roster()), lang="fr")
    assert list(tmp_path.iterdir()) == []


def test_without_jinja2_the_install_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'csshift\[report\]'"):
        write_html(tmp_path / "x.html", cases.problem(), cases.result(Roster()))


def test_template_style_and_script_are_installed() -> None:
    folder = files("csshift.report.html")
    assert all(folder.joinpath(f"page.{end}").is_file() for end in ("html.jinja", "css", "js"))
    assert len(folder.joinpath("page.js").read_bytes()) < 10_000


def test_every_phrase_has_both_languages_and_the_same_gaps() -> None:
    for section in ("terms", "phrases", "sheets", "report_sheets"):
        for key, words in store()[section].items():
            assert words["zh"], key
            assert words["en"], key
            gaps = [set(re.findall(r"{\w+}", words[lang])) for lang in ("zh", "en")]
            assert gaps[0] == gaps[1], key


def test_no_term_is_translated_twice() -> None:
    found: dict[tuple[str, str], str] = {}
    for section in ("terms", "phrases"):
        for key, words in store()[section].items():
            pair = words["en"], words["zh"]
            assert found.setdefault(pair, key) == key


def test_own_names_are_translated_and_users_names_stay() -> None:
    chinese = Words("zh")
    assert chinese.name("pre-sale") == "售前"
    assert chinese.name("contract full-time: overtime") == "合同 full-time：加班"
    assert chinese.name("nights a week") == "nights a week"
    assert ENGLISH.name("pre-sale") == "pre-sale"


# Colours


def luminance(colour: str) -> float:
    """Relative luminance (Web Content Accessibility Guidelines 2.1, W3C 2018)."""
    return float(linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def linear(colour: str) -> NDArray[np.float64]:
    part = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE 1976 L*a*b* of linear sRGB under D65."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ rgb / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Simulated dichromacy in linear RGB (Vienot, Brettel and Mollon 1999).
SIGHT = {
    "usual": np.eye(3),
    "without red cones": np.array(
        [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]
    ),
    "without green cones": np.array(
        [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]
    ),
}


@pytest.mark.parametrize("sight", SIGHT)
def test_shift_colours_can_be_told_apart(sight: str) -> None:
    seen = [lab(np.clip(SIGHT[sight] @ linear(colour), 0, 1)) for colour in PALETTE]
    distances = [float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)]
    assert min(distances) > 10  # 2.3 is just noticeable


def test_codes_can_be_read_on_every_colour() -> None:
    for colour in PALETTE:
        assert (luminance(colour) + 0.05) / (luminance(INK) + 0.05) > 7


def test_many_shifts_look_different() -> None:
    count = len(PALETTE) * len(PATTERNS)
    shifts = tuple(
        Shift.model_validate({"code": f"S{i}", "hours": "08:00-16:00"}) for i in range(count)
    )
    assert len(set(shift_classes(shifts).values())) == count


def test_long_codes_get_wide_cells() -> None:
    def size(code: str, days: int) -> tuple[str, int]:
        problem = cases.problem(1, days, shifts=[{"code": code, "hours": "08:00-16:00"}])
        score = cases.result(Roster()).score
        assert score is not None
        return GridView(Instance(problem), Roster(), score, ENGLISH).size

    assert size("早", 31) == ("", 31 * 46 + 234)
    assert size("两头班", 31)[0] == " few"
    assert size("早", 7) == (" few", 7 * 76 + 234)
    assert size("Early support", 31)[0] == " few long"


# Pictures


def heights(path: str, size: int) -> list[float]:
    """Heights of the upper edge of each unit of a path of steps that goes right."""
    found = [float(HEIGHT)] * size
    x = y = 0.0
    for command, text in re.findall(r"([MHV])([\d.]+(?: [\d.]+)?)", path):
        numbers = [float(part) for part in text.split()]
        if command == "M":
            x, y = numbers
        elif command == "V":
            y = numbers[0]
        else:
            for i in range(int(x), int(numbers[0])):
                found[i] = y
            x = numbers[0]
    return [HEIGHT - height for height in found]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=24))
def test_outlines_have_the_heights_of_their_series(values: list[int]) -> None:
    series = np.array(values, dtype=np.float64)
    assert heights(outline(series), len(values)) == values
    drawn = area(np.zeros_like(series), series)
    assert heights(drawn, len(values)) == values
    assert (
        drawn.count("M")
        == drawn.count("Z")
        == len(re.findall("1+", "".join("01"[v > 0] for v in values)))
    )


def test_coverage_adds_up_stores_but_not_their_surplus() -> None:
    coverage = (
        cases.cell(0, 9, 2, 1, store="S1"),
        cases.cell(0, 9, 1, 3, store="S2"),
        cases.cell(1, 11, 1, 1, skill="care"),
    )
    view = CoverageView(Instance(cases.problem()), coverage, ENGLISH)
    sale, care = view.skills()
    assert (sale.skill, sale.required, sale.supplied, sale.shortage) == ("sale", "3", "4", "1")
    assert sale.percent == "33.33"
    assert sale.values["shortage"][0] == [1.0, 0.0, 0.0]
    assert view.ticks == ("09:00", "10:00", "12:00")
    assert sale.days[0].missing == "1"
    assert care.days[0].missing == ""
    assert "required 3, supplied 4, missing 1" in sale.days[0].label


def test_a_calendar_says_why_turns_are_not_filled() -> None:
    duty = cases.DUTY | {"window": "04:00-08:00"}
    problem = cases.problem(days=2, duties=[duty])
    (calendar,) = calendars(Instance(problem), Roster(), ENGLISH)
    where, why = "all stores, 2026-03-16, 2026-03-17: 2 not filled", "no shift type overlaps 04:00"
    assert calendar.unfilled == (f"{where}; {why}-08:00 for four hours",)
    (calendar,) = calendars(Instance(problem), Roster(), Words("zh"))
    assert "没有与 04:00-08:00 重叠满四小时的班次" in calendar.unfilled[0]
    assert set(store()["unfilled"]) == set(unfilled.PHRASES)


def test_bars_show_burdens_on_one_scale_with_the_fair_share() -> None:
    roster = Roster(
        assignments=cases.assignments("EEEE--N", "-----EE"),
        duties=(cases.turn(0, 0), cases.turn(1, 0)),
    )
    shown = fairness(Instance(cases.problem(duties=[cases.DUTY])), roster, ENGLISH)
    by_name = {
        m.key: [share.bars[i] for share in shown.shares] for i, m in enumerate(shown.measures)
    }
    assert [bar and (bar.text, bar.width) for bar in by_name["hours"]] == [("40", 100), ("16", 40)]
    assert [bar and bar.text for bar in by_name["night"]] == ["8", "0"]
    assert [bar and bar.text for bar in by_name["weekend"]] == ["1", "2"]
    assert by_name["overtime"] == [None, None]
    turns = by_name["turns"][0]
    assert turns is not None
    assert turns.text == "2"
    assert turns.tick is not None
    ranges = {measure.key: measure.range for measure in shown.measures}
    assert ranges["hours"] == "16 – 28 – 40"


@pytest.mark.parametrize(
    ("hours", "expected"),
    [("22:00-30:00", 8), ("15:00-24:00", 2), ("00:00-08:00", 6), ("08:00-16:00", 0)],
)
def test_night_hours_are_those_from_ten_to_six(hours: str, expected: float) -> None:
    shift = Shift.model_validate({"code": "X", "hours": hours})
    assert night_hours(shift) == expected


def test_shortages_that_would_show_as_nothing_are_counted_not_listed() -> None:
    cells = (cases.cell(0, 9, 2, 1), cases.cell(0, 10, 2, 1.999))
    roster = Roster(assignments=cases.assignments("E"), coverage=cells)
    score = cases.result(roster).score
    assert score is not None
    listing = shortages(Instance(cases.problem()), roster, score)
    assert (len(listing.rows), listing.total, listing.tiny) == (1, 1, 1)
    reason = listing.rows[0].why
    assert reason is not None
    assert (reason.able, reason.at_work, reason.off) == (2, 1, 1)


def test_a_violated_roster_is_never_called_feasible() -> None:
    problem = html_cases.problem(12, 7)
    sentence, mood = verdict(Instance(problem), html_cases.result(problem), ENGLISH)
    assert (sentence, mood) == ("Hard violations: 1; they are listed below.", "bad")


def test_the_search_is_drawn_within_its_frame() -> None:
    trace = [(1, 1e9, None), (2, 300, 50.0), (10, 120, 90.0)]
    points = [{"seconds": s, "objective": o, "bound": b} for s, o, b in trace]
    drawn = search(cases.result(Roster(), trace=points, seconds=12), ENGLISH)
    assert drawn is not None
    for path in (drawn.objective, drawn.bound):
        levels = [float(y) for y in re.findall(r"V([\d.]+)", path)]
        assert all(0 <= level <= 120 for level in levels)
        assert levels == sorted(levels, reverse=path == drawn.bound)
    assert "120" in drawn.label
    assert search(cases.result(Roster()), ENGLISH) is None


def test_long_lists_say_where_the_rest_is(tmp_path: Path) -> None:
    cells = tuple(cases.cell(day, hour, 2, 1) for day in range(7) for hour in range(24))
    more = tuple(
        cases.cell(day, hour, 2, 1, skill="care") for day in range(7) for hour in range(24)
    )
    roster = Roster(coverage=cells + more)
    text = page(tmp_path, cases.problem(), cases.result(roster))
    assert "200 of 336; coverage.csv holds all of them" in text
