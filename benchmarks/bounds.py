"""Random small shops: rosters and bounds of csshift beside SCIP and HiGHS on the whole program.

::

    python -m benchmarks bounds [--shops N] [--seed N] [--time-limit S] [--workers N]
                                [--method NAME ...]

Each shop has 4 to 40 agents with paces and breaks, 7 to 28 days, and often a duty. All methods
have the same time. SCIP and HiGHS come with OR-Tools, take one thread, and begin with the same
integer program; HiGHS returns nothing there unless it ends in time. A row a shop: objectives and
bounds in points, and the unexplained gap: objective less bound, as missing head-hours of full
price, in per cent of the hours required.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

import csshift
from benchmarks import table
from benchmarks.hourly import write_folder
from benchmarks.scenarios import with_first_objective
from benchmarks.shops.generator import random_shop
from csshift.compile import compile_problem
from csshift.engine.params import BendersParams
from csshift.engine.solvers.scaling import build_model, scale
from csshift.engine.structure import Structure
from csshift.instance import Instance
from csshift.scoring import score

ABOUT = "random small shops: rosters and bounds beside SCIP and HiGHS"
AHEAD = 1e-4
"""Relative difference of rosters or bounds from which one method is ahead."""


@dataclass(frozen=True)
class Shop:
    """A problem, the hours that it requires, and the price of one of them in points."""

    name: str
    problem: csshift.Problem
    required_hours: float
    price: float


@dataclass(frozen=True)
class Found:
    """Objective and bound in points, None where there is none, and seconds."""

    objective: float | None
    bound: float | None
    seconds: float

    def unexplained(self, shop: Shop) -> float | None:
        """Return the gap as hours of full price, in per cent of the hours required."""
        if self.objective is None or self.bound is None:
            return None
        hours = max(0.0, self.objective - self.bound) / shop.price
        return 100 * hours / max(shop.required_hours, 1.0)


def draw(seed: int) -> Shop:
    """Draw a shop: every third one by inquiries, the others by requirements."""
    random = Random(f"bounds {seed}")
    days = random.choice((7, 7, 14, 21, 28))
    if seed % 3 == 2:
        problem = random_shop(seed, days)
        name = f"{seed}: shop {len(problem.agents)}x{days}"
    else:
        agents = round(4 * 10 ** random.random())
        duty, mixed = random.random() < 0.5, random.random() < 0.85
        name = f"{seed}: {agents}x{days}{'-duty' * duty}{'-mixed' * mixed}"
        with tempfile.TemporaryDirectory() as folder:
            write_folder(Path(folder), agents, days, seed, duty=duty, mixed=mixed)
            problem = csshift.load(folder)
    # With its stores apart, a shop of inquiries would ask for many times the hours of its agents.
    problem = with_first_objective(problem).with_(pools=problem.pools)
    instance = Instance(problem)
    required = float(score(instance, csshift.Roster()).required_hours)
    return Shop(name, problem, required, float(problem.weights.shortage))


def solve_by_csshift(shop: Shop, time_limit: float, workers: int, seed: int = 0) -> Found:
    """Solve a shop by csshift."""
    found = csshift.solve(shop.problem, time_limit=time_limit, workers=workers, seed=seed)
    return Found(found.objective, found.bound, found.seconds)


def solve_by_rival(name: str) -> Callable[[Shop, float, int], Found]:
    """Return what solves the whole program of a shop by a solver of OR-Tools; building counts."""

    def solve(shop: Shop, time_limit: float, _: int) -> Found:
        from ortools.linear_solver.python import model_builder_helper as helper

        began = time.monotonic()
        program = compile_problem(Instance(shop.problem)).program
        structure = Structure(program, BendersParams())
        full = structure.full()
        scaled = scale(full, relaxed=False)
        solver = helper.ModelSolverHelper(name)
        if not solver.solver_is_supported():
            return Found(None, None, 0.0)
        if name == "scip":
            solver.set_solver_specific_parameters("limits/gap = 1e-7")
        model = build_model(scaled)
        for column in np.flatnonzero(~scaled.continuous).tolist():
            model.set_var_integrality(column, True)
        solver.set_time_limit_in_seconds(max(0.1, time_limit - (time.monotonic() - began)))
        solver.solve(model)
        seconds = time.monotonic() - began
        constant = structure.constant(full)

        def points(value: float) -> float:
            return program.points(value * scaled.cost_unit + constant)

        solved = (helper.SolveStatus.OPTIMAL, helper.SolveStatus.FEASIBLE)
        good = solver.status() in solved
        bound = solver.best_objective_bound() if solver.has_response() else None
        known = bound is not None and abs(bound) < 1e30 and (good or bound != 0)
        return Found(
            points(solver.objective_value()) if good else None,
            points(bound) if bound is not None and known else None,
            seconds,
        )

    return solve


METHODS: Mapping[str, Callable[[Shop, float, int], Found]] = {
    "csshift": solve_by_csshift,
    "scip": solve_by_rival("scip"),
    "highs": solve_by_rival("highs"),
}


def ahead(ours: Found, others: Mapping[str, Found]) -> list[str]:
    """Return which methods have a better roster or a higher bound, and by how much."""
    told = []
    for name, other in others.items():
        for what, mine, theirs in (
            ("roster", ours.objective, other.objective),
            ("bound", other.bound, ours.bound),
        ):
            if (what == "roster" and theirs is None) or (what == "bound" and mine is None):
                continue
            if mine is None or theirs is None:
                told.append(f"{name} {what}")
                continue
            excess = (mine - theirs) / max(abs(theirs), 1.0)
            if excess > AHEAD:
                told.append(f"{name} {what} {excess:.2%}")
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row for each shop, median and worst; return 0 when csshift is never behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks bounds", description=ABOUT)
    parser.add_argument("--shops", type=int, default=30, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first shop")
    parser.add_argument("--time-limit", type=float, default=60.0, metavar="S")
    parser.add_argument("--workers", type=int, default=table.cores(), metavar="N")
    parser.add_argument("--method", action="append", choices=METHODS, metavar="NAME")
    options = parser.parse_args(arguments)
    chosen = [name for name in METHODS if name in (options.method or METHODS)]
    figures = ("roster", "bound", "unexplained %", "s")
    heads = ["shop", "hours", *(f"{name} {figure}" for name in chosen for figure in figures)]
    print(f"| {' | '.join([*heads, 'ahead of csshift'])} |")
    print("|---" * (len(heads) + 1) + "|")
    gaps: dict[str, list[float | None]] = {name: [] for name in chosen}
    behind = 0
    for seed in range(options.seed, options.seed + options.shops):
        shop = draw(seed)
        found = {name: METHODS[name](shop, options.time_limit, options.workers) for name in chosen}
        cells = [shop.name, f"{shop.required_hours:.0f}"]
        for name, one in found.items():
            gap = one.unexplained(shop)
            gaps[name].append(gap)
            cells += [_text(one.objective), _text(one.bound), _text(gap, 3), f"{one.seconds:.0f}"]
        others = {name: one for name, one in found.items() if name != "csshift"}
        told = ahead(found["csshift"], others) if "csshift" in found else []
        behind += bool(told)
        print(f"| {' | '.join([*cells, ', '.join(told)])} |", flush=True)
    for name, known in gaps.items():
        good = [gap for gap in known if gap is not None]
        if good:
            middle, worst = statistics.median(good), max(good)
            print(
                f"\n{name}: unexplained {middle:.3f} % (median), {worst:.3f} % (worst)"
                f" of the hours required, {len(good)} of {len(known)} shops"
            )
    print(f"\ncsshift is behind in {behind} of {options.shops} shops")
    return int(behind > 0)


def _text(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
