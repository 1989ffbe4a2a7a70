"""The project's furniture says what is so: versions, commands, tables, dependencies."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import csshift
from csshift.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUICK_START = [
    "pip install . && csshift solve examples/promotion-week --out roster",
    "pip install '.[test]' && pytest",
]
IMPORT_NAMES = {
    "chinesecalendar": "chinese_calendar",
    "python-calamine": "python_calamine",
    "scikit-learn": "sklearn",
}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """The table [project] of pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]


def code(language: str) -> list[str]:
    """The README's blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_one_version_everywhere(project: dict[str, Any]) -> None:
    assert csshift.__version__ == project["version"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[([^\]]+)\]", changes, re.MULTILINE)
    assert newest is not None
    assert newest[1] == project["version"]


def test_the_licence_is_the_declared_one(project: dict[str, Any]) -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert project["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_quick_start_is_two_commands() -> None:
    assert [block.strip() for block in code("sh")] == QUICK_START
    assert (ROOT / "examples" / "promotion-week" / "problem.toml").is_file()


def test_commands_and_options_of_the_readme_exist(capsys: pytest.CaptureFixture[str]) -> None:
    commands = set(re.findall(r"[`&] ?csshift ([a-z]+)", README))
    assert {"solve", "schema", "init"} <= commands
    assert main(["--help"]) == 0
    known = capsys.readouterr().out
    for command in sorted(commands):
        assert main([command, "--help"]) == 0
        known += capsys.readouterr().out
    options = set(re.findall(r"`[^`]*?(--[a-z][a-z-]+)", README)) - {"--slow"}
    assert options
    assert {option for option in options if option not in known} == set()


def test_the_readme_s_python_runs(tmp_path: Path) -> None:
    script = "\n".join(code("python")).replace("=60", "=5")
    script = script.replace("examples/", f"{ROOT.as_posix()}/examples/")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "roster" / "result.json").is_file() == ("True ()" in done.stdout)


def imported(folder: Path) -> set[str]:
    """Top-level modules that the files of a folder import, other than what stands there."""
    names: set[str] = set()
    paths = sorted(folder.rglob("*.py"))
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    own = {path.stem for path in paths} | {"csshift", "benchmarks"}
    return names - own - set(sys.stdlib_module_names)


def test_everything_imported_is_declared(project: dict[str, Any]) -> None:
    def named(requirements: list[str]) -> set[str]:
        names = {re.split(r"[<>=\[; ]", text)[0] for text in requirements}
        return {IMPORT_NAMES.get(name, name) for name in names}

    extras = project["optional-dependencies"]
    always = named(project["dependencies"]) | {"rich"}  # Typer brings it
    optional = {name for extra in set(extras) - {"test", "lint"} for name in named(extras[extra])}
    brought = {"pydantic_core", "markupsafe", "pybind11_abseil"}  # by pydantic, jinja2, ortools
    assert imported(ROOT / "csshift") <= always | optional | brought
    assert imported(ROOT / "tests") <= always | named(extras["test"])
    assert imported(ROOT / "examples") == set()


def test_what_is_not_python_is_installed_too() -> None:
    package = files("csshift")
    assert package.joinpath("py.typed").is_file()
    assert package.joinpath("io", "starter", "problem.toml").is_file()
    assert package.joinpath("report", "html", "page.html.jinja").is_file()


def test_no_modules_import_each_other_even_for_types() -> None:
    package = ROOT / "csshift"
    modules = {}
    for file in package.rglob("*.py"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    graph = {
        name: {module for module in modules_named(file) if module in modules} - {name}
        for name, file in modules.items()
        if name != "csshift"  # loads its names lazily
    }
    assert len(graph) > 100
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the modules


def modules_named(file: Path) -> Iterator[str]:
    """Modules that a file names in imports: at the top, within functions and for types alone."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
