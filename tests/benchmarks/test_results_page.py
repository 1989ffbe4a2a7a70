"""The page of results: which rows count, the worst of the seeds, tables and plots."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import interruption, table
from benchmarks.__main__ import main
from benchmarks.results import plots, tables
from benchmarks.results.rows import Row, counted, figures, read_rows
from benchmarks.running import place
from benchmarks.table import COLUMNS

HISTORY = ["ccc3" + "0" * 36, "bbb2" + "0" * 36, "aaa1" + "0" * 36]
TRACE = "seconds,objective,bound,stage\n0.5,,10,relaxation\n1,200,10,construction\n2,{end},90,x\n"


@pytest.fixture(autouse=True)
def history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "history", lambda: HISTORY)


def row(**values: str) -> dict[str, str]:
    usual = {
        "suite": "hourly",
        "instance": "hourly-30",
        "method": "csshift",
        "seed": "0",
        "status": "feasible",
        "objective": "100",
        "bound": "90",
        "gap_to_bound": "0.1",
        "seconds": "30.0",
        "seconds_to_first_roster": "1.5",
        "time_limit": "30",
        "workers": "2",
        "cores": "2",
        "versions": "csshift 0.1.0",
        "commit": "bbb2",
    }
    return dict.fromkeys(COLUMNS, "") | usual | values


def keep(folder: Path, *rows: dict[str, str]) -> Path:
    for values in rows:
        table.append(folder / "results.csv", values)
    return folder


def keep_trace(folder: Path, end: str = "100", **values: str) -> None:
    path = Row(row(**values), folder).trace
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TRACE.format(end=end), encoding="utf-8")


def test_the_latest_row_of_the_newest_commit_counts() -> None:
    def chosen(*commits: str) -> int:
        listed = list(enumerate(commits))
        ((position, _),) = counted(listed, key=lambda _: "same", commit=lambda pair: pair[1])
        return position

    assert chosen("aaa1", "bbb2") == 1
    assert chosen("bbb2", "aaa1") == 0
    assert chosen("bbb2", "bbb2") == 1
    assert chosen("bbb2", "bbb2+", "aaa1") == 1
    assert chosen("aaa1", "fff9") == 0  # unknown to git
    assert chosen("", "fff9") == 1


def test_other_seeds_and_limits_are_no_repetitions(tmp_path: Path) -> None:
    others = ({"seed": "1"}, {"time_limit": "60"}, {"method": "cp-sat"}, {"workers": "1"})
    rows = (row(), *(row(**other) for other in others), row(objective="99"))
    found = read_rows([keep(tmp_path, *rows)])
    assert len(found) == 5
    assert found[0].number("objective") == 99
    assert [(f.method, f.time_limit, f.workers, len(f.rows)) for f in figures(found)] == [
        ("csshift", 30.0, 2, 2),
        ("csshift", 60.0, 2, 1),
        ("cp-sat", 30.0, 2, 1),
        ("csshift", 30.0, 1, 1),
    ]


def test_the_worst_of_the_seeds_stands(tmp_path: Path) -> None:
    keep(
        tmp_path,
        row(objective="1100.5", bound="90", gap_to_bound="0.0034", commit="bbb2"),
        row(objective="1100", bound="80", gap_to_bound="0.00001", seed="1", commit="ccc3"),
    )
    (head, _, line) = tables.gap_table(figures(read_rows([tmp_path])))
    assert head.startswith("| instance | limit, s | seeds | objective | bound | gap |")
    assert "best known" not in head
    assert "| hourly-30 | 30 | 2 | 1,100.5 | 80 | 0.34 % |" in line
    assert line.endswith("| bbb2, ccc3 |")


def test_seeds_without_a_roster_are_told(tmp_path: Path) -> None:
    none = {"objective": "", "gap_to_bound": "", "status": "unknown"}
    keep(tmp_path, row(), row(seed="1", **none), row(instance="other", **none))
    _, _, first, second = tables.gap_table(figures(read_rows([tmp_path])))
    assert "| 2 | 100 (none in 1) | 90 |" in first
    assert "| 1 | unknown | 90 |" in second


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0.00 %"), (0.00001, "< 0.01 %"), (0.0034, "0.34 %"), (1.5, "150.00 %")],
)
def test_shares_as_text(value: float | None, text: str) -> None:
    assert tables.share(value) == text


def test_instances_stand_by_number(tmp_path: Path) -> None:
    names = ("Instance10", "Instance2", "hourly-120", "hourly-30", "hourly-30-2")
    keep(tmp_path, *(row(instance=name) for name in names))
    found = [f.instance for f in tables.ordered(figures(read_rows([tmp_path])))]
    assert found == ["Instance2", "Instance10", "hourly-30", "hourly-30-2", "hourly-120"]


def test_rivals_are_held_against_the_best_bound_of_all(tmp_path: Path) -> None:
    keep(
        tmp_path,
        row(suite="rivals", objective="102", bound="100"),
        row(suite="rivals", method="cp-sat", objective="150", bound="60"),
        row(suite="rivals", method="timefold", objective="120", bound=""),
    )
    head, _, *lines = tables.rival_table(figures(read_rows([tmp_path])))
    assert "| best bound | excess over it | times csshift's |" in head
    assert "| csshift | 1 | 102 | 100 | 2.00 % | 1.0 |" in lines[0]
    assert "| cp-sat | 1 | 150 | 100 | 50.00 % | 25.0 |" in lines[1]
    assert "| timefold | 1 | 120 | 100 | 20.00 % | 10.0 |" in lines[2]


def test_the_ablation_says_what_each_stage_changes(tmp_path: Path) -> None:
    keep(
        tmp_path,
        row(suite="ablation", method="all-stages"),
        row(suite="ablation", method="no-improve", objective="125"),
        row(suite="ablation", method="no-construct", objective="", status="unknown"),
    )
    _, _, *lines = tables.ablation_table(figures(read_rows([tmp_path])))
    assert "| all-stages | 1 | 100 | – |" in lines[0]
    assert "| no-improve | 1 | 125 | +25.00 % |" in lines[1]
    assert "| no-construct | 1 | unknown | – |" in lines[2]


def test_a_trace_of_another_run_is_not_drawn(tmp_path: Path) -> None:
    known = Row(row(), tmp_path)
    assert plots.read_progress(known) is None
    keep_trace(tmp_path)
    progress = plots.read_progress(known)
    assert progress is not None
    assert progress.objective == (None, 200.0, 100.0)
    assert progress.bound == (10.0, 10.0, 90.0)
    keep_trace(tmp_path, end="105")
    assert plots.read_progress(known) is None


def test_points_that_cannot_be_told_apart_are_left_out() -> None:
    seconds = [0.0, 1.0, *(1.0 + i / 10_000 for i in range(50)), 5.0]
    gaps: list[float | None] = [None, 50.0, *(49.9 - i / 1000 for i in range(50)), 2.0]
    assert plots._thinned(seconds, gaps) == ([1.0, 5.0], [50.0, 2.0])


def run(*words: str) -> int:
    return main(["results", *words])


def test_the_page_is_made_kept_and_extended(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    first, second, to = tmp_path / "first", tmp_path / "second", tmp_path / "to"
    keep(first, row())
    keep_trace(first)
    assert run(str(first), "--to", str(to)) == 0
    plot = to / "plots" / "hourly-hourly-30-30s-2w.svg"
    drawn = plot.read_bytes()
    assert b"hourly-30" in drawn
    page = (to / "RESULTS.md").read_text(encoding="utf-8")
    assert "## Hourly coverage" in page
    assert "![hourly-hourly-30-30s-2w](plots/hourly-hourly-30-30s-2w.svg)" in page
    assert "Cores: 2. csshift 0.1.0" in page

    keep(second, row(suite="curtois", instance="Instance2", best_known="100"))
    assert run(str(second), "--to", str(to)) == 0
    page = (to / "RESULTS.md").read_text(encoding="utf-8")
    assert "hourly-30" in page
    assert "## Shift Scheduling Benchmark" in page
    assert plot.read_bytes() == drawn  # its trace is gone, its row was kept
    assert len(table.read(to / "results.csv")) == 2

    keep(second, row(objective="99", commit="ccc3"))
    assert run(str(second), "--to", str(to)) == 0
    assert not plot.exists()  # it was of another run
    assert "hourly-30-30s-2w" not in (to / "RESULTS.md").read_text(encoding="utf-8")


def test_plots_repeat_exactly(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    keep(tmp_path, row(), row(method="cp-sat"))
    for method in ("csshift", "cp-sat"):
        keep_trace(tmp_path, method=method)
    contents = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.svg"
        assert plots.draw("title", figures(read_rows([tmp_path])), 90.0, path)
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
    assert len(contents[0]) < 30_000


def test_without_matplotlib_the_tables_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    keep(tmp_path / "out", row())
    keep_trace(tmp_path / "out")
    assert run(str(tmp_path / "out"), "--to", str(tmp_path / "to")) == 0
    assert "pip install matplotlib" in capsys.readouterr().err
    assert "| hourly-30 |" in (tmp_path / "to" / "RESULTS.md").read_text(encoding="utf-8")


def test_interruptions_stand_on_the_page(tmp_path: Path) -> None:
    usual = {"agents": "120", "days": "28", "signal": "SIGINT", "sent_after": "5"}
    ended = {"seconds_to_end": "0.41", "exit_status": "130", "files": "valid"}
    settings = {"traceback": "", "time_limit": "600", "workers": "2", "cores": "2"}
    values = usual | ended | settings | {"commit": "ccc3"}
    path = tmp_path / "out" / "interruption.csv"
    table.append(path, values | {"seconds_to_end": "9.99"}, interruption.COLUMNS)
    table.append(path, values, interruption.COLUMNS)
    assert run(str(tmp_path / "out"), "--to", str(tmp_path / "to")) == 0
    page = (tmp_path / "to" / "RESULTS.md").read_text(encoding="utf-8")
    assert "| 120 | 28 | SIGINT | 5 | 0.41 | 130 | valid |" in page
    assert "9.99" not in page
    assert "traceback" not in page


def test_without_rows_there_is_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(tmp_path), "--to", str(tmp_path / "to")) == 2
    assert "no results.csv" in capsys.readouterr().err
    assert not (tmp_path / "to").exists()


def test_traces_lie_where_runs_write_them() -> None:
    found = Row(row(time_limit="2.5", seed="3"), Path("out")).trace
    assert found == Path("out/hourly/hourly-30/csshift-2.5s-2w-seed3-trace.csv")
    assert place("a", "b", "c", 60.0, 4, 1) == Path("a/b/c-60s-4w-seed1")


def test_the_page_changes_nothing_that_is_measured() -> None:
    root = Path(__file__).resolve().parents[2]
    made = {f"benchmarks/{name}" for name in ("RESULTS.md", "results.csv", "plots")}
    assert made <= set(table.MADE)
    if (root / ".git").exists():
        excluded = [f":(exclude){path}" for path in table.MADE]
        words = ["git", "status", "--porcelain", "--", "benchmarks", *excluded]
        assert subprocess.run(words, cwd=root, check=False).returncode == 0
