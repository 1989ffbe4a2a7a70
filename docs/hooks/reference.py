"""Reference pages, made from the models, the commands and the rules when the site is built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the tests make the pages without mkdocs
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

SETTINGS = {
    "Horizon": "`[horizon]`",
    "Skill": "`[skills.NAME]`",
    "SkillOverride": "`[[skills.NAME.overrides]]`",
    "Contract": "`[contracts.NAME]`",
    "DateSpan": "`[spans.NAME]`",
    "Duty": "`[[duties]]`",
    "Weights": "`[weights]`",
    "Selector": "`agents = {...}` of a rule",
    "AgentFilter": "`exclude = {...}` of a selector",
    "Valid": "`valid = {...}` of a rule",
    "LabourTerms": "`[labour_terms]`",
}
"""Models that users write in problem.toml, and where."""

WORDS = {
    "array": "list",
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "object": "table",
    "string": "text",
}
"""Types of JSON, for people."""

FILES = (
    ("problem_folder", "Problem folder"),
    ("forecast_inputs", "What `csshift forecast` reads"),
    ("forecast_outputs", "What `csshift forecast` writes"),
    ("result_folder", "Result folder"),
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to the site."""
    from mkdocs.structure.files import File

    pages = {
        "files": files_page(),
        "settings": settings_page(),
        "rules": rules_page(),
        "commands": commands_page(),
        "exit-statuses": exit_statuses_page(),
    }
    for name, content in pages.items():
        files.append(File.generated(config, f"reference/{name}.md", content=content))
    return files


def schema() -> dict[str, Any]:
    """Return what ``csshift schema`` prints."""
    from csshift.io.schema import schema

    return schema()


def files_page() -> str:
    """Return the page of the files of problem and result folders."""
    described = schema()
    lines = ["# Files", "", "Tables are UTF-8 CSV with a header; columns come in any order.", ""]
    for section, title in FILES:
        lines += [f"## {title}", ""]
        for name, file in described[section].items():
            lines += [f"### `{name}`", ""]
            lines += _file(name, file, described)
    return "\n".join(lines)


def _file(name: str, file: dict[str, Any], described: dict[str, Any]) -> Iterator[str]:
    if name == "problem.toml":
        yield "The settings; required. See [Settings](settings.md) and [Rules](rules.md)."
        yield ""
        yield from table(("table", "holds"), file["tables"].items())
    elif "columns" not in file and name != "result.json":
        yield _sentence(file["content"])
        yield ""
    elif name == "result.json":
        model = described["$defs"]["ResultFile"]
        yield from table(("field", "type", "meaning"), fields(model, described, defaults=False))
    else:
        required = file["required"]
        yield _sentence(file["content"]) + (" Required." if required is True else "")
        yield ""
        rows = (
            (f"`{column['name']}`", "yes" if column["required"] else "", column["content"])
            for column in file["columns"]
        )
        yield from table(("column", "required", "holds"), rows)


def settings_page() -> str:
    """Return the page of the tables of problem.toml."""
    described = schema()
    lines = ["# Settings", "", "The tables of `problem.toml` and their fields.", ""]
    for model, place in SETTINGS.items():
        entry = described["$defs"][model]
        lines += [f"## {place}", "", entry["description"], ""]
        lines += table(("field", "type", "default", "meaning"), fields(entry, described))
    return "\n".join(lines)


def rules_page() -> str:
    """Return the catalogue of the rule kinds: what is asked for, and each kind with its fields."""
    from csshift.rules.registry import catalogue

    described = schema()
    common = described["$defs"]["Rule"]
    lines = ["# Rules", "", "A rule is a table `[[rules]]` of `problem.toml`.", ""]
    lines += ["See [Rules](../guide/rules.md) for an introduction.", ""]
    lines += ["## Fields of every rule", ""]
    lines += table(("field", "type", "default", "meaning"), fields(common, described))
    known = {info.kind: info for info in catalogue() if info.kind in described["rules"]}
    lines += ["## What people ask for", ""]
    asks = (
        (f"{ask}", f"[`{kind}`](#{kind})", f"`{example}`")
        for kind, info in known.items()
        for ask, example in info.rule.examples
    )
    lines += table(("ask", "kind", "fields"), asks)
    for kind, info in known.items():
        model = described["$defs"][described["rules"][kind]["$ref"].rpartition("/")[2]]
        own = {k: v for k, v in model["properties"].items() if k not in common["properties"]}
        lines += [f"## `{kind}`", "", model["description"], ""]
        lines += [f"**{info.titles['en']}** ({info.titles['zh']})", ""]
        lines += [f"> {info.sentences['en']}", ">", f"> {info.sentences['zh']}", ""]
        if own:
            rows = fields(model | {"properties": own}, described)
            lines += table(("field", "type", "default", "meaning"), rows)
        for ask, example in info.rule.examples:
            lines += [f"{ask}:", "", "```toml", "[[rules]]", f'kind = "{kind}"']
            lines += [*example_lines(example), "```", ""]
    return "\n".join(lines)


def example_lines(example: str) -> list[str]:
    """Return the fields of an example, one a line: commas within brackets separate no fields."""
    lines, depth = [""], 0
    for character in example:
        depth += (character in "[{") - (character in "]}")
        if character == "," and depth == 0:
            lines.append("")
        else:
            lines[-1] += character
    return [line.strip() for line in lines]


def commands_page() -> str:
    """Return the page of the commands, their arguments and options."""
    import typer

    from csshift.cli.main import app

    group = typer.main.get_command(app)
    lines = ["# Commands", "", (group.help or "").strip(), ""]
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        lines += [f"## `csshift {name}`", "", (command.help or "").strip(), ""]
        lines += table(("argument or option", "default", "meaning"), _parameters(command))
    return "\n".join(lines)


def _parameters(command: Any) -> Iterator[tuple[str, str, str]]:
    for parameter in command.params:
        if parameter.name == "help":
            continue
        option = parameter.param_type_name == "option"
        written = "/".join(sorted(parameter.opts, key=len)) if option else ""
        metavar = parameter.metavar or ""
        default = parameter.default
        shown = "" if default is None or default is False or default == "" else f"`{default}`"
        if parameter.required:
            shown = "required"
        yield f"`{' '.join(filter(None, (written, metavar)))}`", shown, parameter.help or ""


def exit_statuses_page() -> str:
    """Return the page of the exit statuses."""
    from csshift.cli.status import Exit

    lines = ["# Exit statuses", "", "What the exit status of the command says.", ""]
    lines += table(("status", "name", "meaning"), ((f"{s.value}", s.name, s.meaning) for s in Exit))
    return "\n".join(lines)


def fields(
    model: dict[str, Any], described: dict[str, Any], *, defaults: bool = True
) -> Iterator[tuple[str, ...]]:
    """Yield a row for each field of a JSON schema."""
    required = set(model.get("required", ()))
    for name, field in model["properties"].items():
        row = [f"`{name}`", _type(field, described)]
        if defaults:
            default = field.get("default")
            blank = default in (None, "", [])
            row.append("required" if name in required else "" if blank else f"`{default}`")
        row.append(field.get("description", ""))
        yield tuple(row)


def _type(field: dict[str, Any], described: dict[str, Any]) -> str:
    """Return the type of a field in words."""
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    choices = field.get("enum") or ([field["const"]] if "const" in field else [])
    if choices:
        return ", ".join(f"`{value}`" for value in choices)
    if "anyOf" in field:
        parts = [_type(part, described) for part in field["anyOf"] if part.get("type") != "null"]
        return " or ".join(dict.fromkeys(filter(None, parts)))
    kind = field.get("type", "")
    if kind == "array" and isinstance(field.get("items"), dict):
        return f"list of {_type(field['items'], described)}".removesuffix(" of ")
    return WORDS.get(kind, kind) + (_range(field) if kind in ("number", "integer") else "")


def _range(field: dict[str, Any]) -> str:
    low, high = field.get("minimum"), field.get("maximum")
    above, below = field.get("exclusiveMinimum"), field.get("exclusiveMaximum")
    parts = [
        f"{word} {value:,}"
        for word, value in (("from", low), ("above", above), ("to", high), ("below", below))
        if value is not None
    ]
    return f", {' '.join(parts)}" if parts else ""


def table(header: tuple[str, ...], rows: Any) -> Iterator[str]:
    """Yield the lines of a Markdown table, with a blank line after it."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        cells = (" ".join(str(cell).split()).replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
