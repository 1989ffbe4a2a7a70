"""Assembles the page: template, style, script, data, and the content policy."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from csshift.instance import Instance
from csshift.model.entity import clock
from csshift.model.people import Agent
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.problem.labour import preset_text
from csshift.report.html.coverage import HEIGHT, CoverageView
from csshift.report.html.data import script_data, script_text
from csshift.report.html.duties import calendars
from csshift.report.html.facts import HEIGHT as SEARCH_HEIGHT
from csshift.report.html.facts import WIDTH as SEARCH_WIDTH
from csshift.report.html.facts import facts, key_figures, notes, search, verdict
from csshift.report.html.fairness import fairness
from csshift.report.html.findings import agent_labels, broken_wishes, shortages, violations
from csshift.report.html.grid import GridView, colour_rules, shift_hours
from csshift.report.wording import Words, number, plain, queue_label, rule_sentences
from csshift.versions import __version__

if TYPE_CHECKING:
    from jinja2 import Environment


def render(instance: Instance, result: Result, words: Words, environment: Environment) -> str:
    """Return the page as text.

    Parameters
    ----------
    instance : Instance
    result : Result
        Of that problem; without a roster the page says so and shows the facts alone.
    words : Words
    environment : Environment
        Escapes whatever the template inserts.
    """
    from markupsafe import Markup

    style = f"{_part('page.css')}\n{colour_rules()}\n"
    script = _part("page.js")
    context: dict[str, Any] = {
        "t": words,
        "lang": "zh-CN" if words.lang == "zh" else "en",
        "problem": instance.problem,
        "result": result,
        "labour": preset_text(instance.problem, words.lang),
        "verdict": verdict(instance, result, words),
        "notes": notes(result, words),
        "facts": facts(result, words),
        "search": search(result, words),
        "search_size": (SEARCH_WIDTH, SEARCH_HEIGHT),
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "policy": policy(style, script),
        "version": __version__,
    }
    if result.roster is not None and result.score is not None:
        context |= _roster_parts(instance, result.roster, result, words)
    return environment.get_template("page.html.jinja").render(context)


def new_environment() -> Environment:
    """Return a template environment that escapes everything and knows no undefined name."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        # Control characters steer the direction of text, or are not allowed at all.
        return plain(value) if type(value) is str and not isinstance(value, Markup) else value

    environment = Environment(
        loader=PackageLoader("csshift.report.html", ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "clock": clock}
    return environment


def policy(style: str, script: str) -> str:
    """Return a Content-Security-Policy under which only these two texts take effect."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _part(name: str) -> str:
    return files("csshift.report.html").joinpath(name).read_text(encoding="utf-8")


def _roster_parts(
    instance: Instance, roster: Roster, result: Result, words: Words
) -> dict[str, Any]:
    from markupsafe import Markup

    score = result.score
    assert score is not None  # noqa: S101 - checked by the caller
    grid = GridView(instance, roster, score, words)
    rows = grid.rows()
    coverage = CoverageView(instance, score.coverage, words)
    skills = coverage.skills()
    data = script_text(script_data(grid, rows, roster, coverage, skills))
    return {
        "grid": grid,
        "rows": rows,
        "codes": shift_legend(grid),
        "choices": choices(grid.agents, words),
        "figures": key_figures(instance, roster, result, words),
        "coverage": coverage,
        "skills": skills,
        "chart_height": HEIGHT,
        "calendars": calendars(instance, roster, words),
        "fairness": fairness(instance, roster, words),
        "score": score,
        "labels": agent_labels(instance),
        "queue": lambda store: queue_label(instance, store, words.lang),
        "hints": rule_sentences(instance, words.lang),
        "violations": violations(score),
        "shortages": shortages(instance, roster, score),
        "wishes": broken_wishes(instance, roster),
        "times": Counter(finding.rule for finding in score.broken),
        "data": Markup(data),  # noqa: S704 - escaped by script_text
    }


def shift_legend(grid: GridView) -> list[tuple[str, str, str, str]]:
    """Return code, style classes, name and hours of each shift."""
    return [
        (shift.code, grid.classes[shift.code], shift.name, shift_hours(shift))
        for shift in grid.kinds
    ]


def choices(agents: tuple[Agent, ...], words: Words) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen in each filter: value and label, only what tells people apart."""
    teams = sorted({agent.team for agent in agents})
    skills = dict.fromkeys(skill for agent in agents for skill in agent.skills)
    stores = sorted({store for agent in agents for store in agent.stores})
    return {
        "team": [(team, team or words("no-team")) for team in teams] if any(teams) else [],
        "skill": [(skill, words.name(skill)) for skill in skills],
        "store": [(store, store) for store in stores],
    }
