"""Column generation on windows of days of a long horizon."""

from __future__ import annotations

import numpy as np
import pytest

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.column_generation import diagram_pricing
from csshift.engine.column_generation.decomposition import Decomposition
from csshift.engine.column_generation.master import AgentBlocks, counts_over, split_by_agent
from csshift.engine.column_generation.pricing import Pricing
from csshift.engine.column_generation.windows import WindowDecomposition
from csshift.engine.construction.feasibility import repair
from csshift.engine.generation_params import ColumnGenerationParams, DiagramParams
from csshift.engine.incumbent import Incumbent
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import LinkingRows, Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import Builder, Program

UNDER = 100
BY_MODELS = ColumnGenerationParams(diagrams=DiagramParams(enabled=False))


def long_program(
    days: int, *, agents: int = 5, least: int = 0, most: int | None = None, seed: int = 0
) -> Program:
    """A team with early and late shifts, runs of two to five days, and totals over the horizon.

    Parameters
    ----------
    least, most : int
        Shifts of each agent over the whole horizon.
    """
    rng = np.random.default_rng(seed)
    builder = Builder()
    work = builder.columns(
        (agents, days, 2),
        family="work",
        upper=1,
        agent=np.arange(agents)[:, None, None],
        day=np.arange(days)[:, None],
    )
    builder.rows(work.reshape(-1, 2), 1, family="one", upper=1)
    for first in range(days - 1):
        pair = work[:, first : first + 2].reshape(agents, 4)
        builder.rows(pair[:, [1, 2]], 1, family="late then early", upper=1)
    for first in range(days - 5):
        run = work[:, first : first + 6].reshape(agents, 12)
        builder.rows(run, 1, family="run", upper=5)
    for first in range(days - 2):
        three = work[:, first : first + 3].reshape(agents, 6)
        builder.rows(three, [-1, -1, 1, 1, -1, -1], family="short run", upper=0)
    every = work.reshape(agents, 2 * days)
    builder.rows(every, 1, family="total", lower=least, upper=days if most is None else most)
    need = rng.integers(1, 3, (days, 2))
    slack = [
        builder.columns((days, 2), family=name, upper=agents, day=np.arange(days)[:, None], cost=c)
        for name, c in (("under", UNDER), ("over", 1))
    ]
    heads = np.concatenate([np.moveaxis(work, 0, -1), slack[0][..., None], slack[1][..., None]], 2)
    values = [*[1] * agents, 1, -1]
    builder.rows(heads.reshape(2 * days, -1), values, family="cover", lower=need.ravel())
    return builder.build()


def split_of(program: Program, most_days: float) -> tuple[Subproblem, AgentBlocks]:
    full = Structure(program).full()
    agents, days = program.column_agent[full.column_ids], program.column_day[full.column_ids]
    return full, split_by_agent(full, agents, days, counts_over(full, days, most_days))


def decomposition(program: Program, params: ColumnGenerationParams) -> Decomposition:
    structure = Structure(program)
    budget = Budget(60.0)
    relaxation = relax(structure.full(), budget, 10.0)
    assert relaxation is not None
    return Decomposition(
        RecourseBlocks(structure),
        LinkingRows(structure),
        structure.full(),
        relaxation.duals,
        budget,
        params=params,
    )


def test_only_rows_that_count_over_more_days_link_agents() -> None:
    program = long_program(30, most=15)
    _, exact = split_of(program, np.inf)
    full, split = split_of(program, 14)
    more = np.setdiff1d(split.linking, exact.linking)
    names = {program.families[k] for k in program.row_family[full.row_ids[more]]}
    assert names == {"total"}
    assert more.size == 5
    assert split_of(program, 30)[1].linking.size == exact.linking.size


def test_a_row_that_lets_nothing_move_stays_with_its_agent() -> None:
    program = long_program(30, most=0)
    assert split_of(program, 14)[1].linking.size == split_of(program, np.inf)[1].linking.size


@pytest.mark.parametrize(("least", "most"), [(0, 40), (15, 15), (12, 18)])
def test_windows_make_a_roster_cheaper_and_keep_totals(least: int, most: int) -> None:
    program = long_program(42, least=least, most=most)
    structure, budget = Structure(program), Budget(60.0)
    blocks, incumbent = RecourseBlocks(structure), Incumbent(program, budget)
    start = repair(structure, program.lower, budget, 0).values
    assert start is not None
    blocks.offer(start, incumbent, "start")
    before = incumbent.objective
    windows = WindowDecomposition(blocks, LinkingRows(structure), incumbent)
    for _ in range(4):
        windows.step()
    assert incumbent.objective is not None
    assert incumbent.values is not None
    assert before is not None
    assert incumbent.objective < before
    assert program.holds(incumbent.values)


@pytest.mark.parametrize("params", [ColumnGenerationParams(), BY_MODELS])
def test_a_patient_start_prices_all_agents(params: ColumnGenerationParams) -> None:
    patient = decomposition(long_program(12), params)
    patient.start(None, 60.0)
    assert patient.generation.proof is not None


def test_an_impatient_start_prices_some_agents_and_says_how_long_all_would_take() -> None:
    impatient = decomposition(long_program(12), BY_MODELS)
    assert impatient.start(None, 0.0) > 0.0
    assert impatient.generation.proof is None
    by_diagrams = decomposition(long_program(12), ColumnGenerationParams())
    by_diagrams.start(None, 0.0)  # a round takes no time worth measuring first
    assert by_diagrams.generation.proof is not None


@pytest.mark.parametrize(("share", "tried"), [(0.0, 1), (1.0, 5)])
def test_compiling_ends_where_diagrams_turn_out_too_large(
    share: float, tried: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[int] = []

    def too_large(_: object, most: int) -> None:
        compiled.append(most)

    monkeypatch.setattr(diagram_pricing, "compile_diagram", too_large)
    monkeypatch.setattr(diagram_pricing, "_digest", lambda _: str(len(compiled)).encode())
    params = DiagramParams(failure_share=share)
    pricing = Pricing(split_of(long_program(12), np.inf)[1], Budget(60.0), params)
    pricing.prepare()
    assert len(compiled) == tried
    assert len(pricing.models) == 5
