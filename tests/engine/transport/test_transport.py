"""Recourse as a transport problem, against linear programs; descent, against all schedules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from programs import decided, is_consistent, optimum, oracle

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.incumbent import Incumbent
from csshift.engine.params import BendersParams, DescentParams, SearchParams
from csshift.engine.relaxation.sampling import AgentSampling
from csshift.engine.relaxation_params import RelaxationParams
from csshift.engine.search import Search
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import Structure
from csshift.engine.transport.assignment import Assignment
from csshift.engine.transport.descent import CoordinateDescent
from csshift.engine.transport.network import Network, find_network
from csshift.engine.transport.sampled_search import SampledSearch
from csshift.program import NOBODY, Builder, Integers, Program

UNIT = 10
CLASSES, INTERVALS, QUEUES = 3, 2, 3


def whole_program(
    rng: np.random.Generator,
    agents: int = 4,
    days: int = 2,
    *,
    rate: int = 1,
    part: int = 0,
    halves: bool = False,
    settled: bool = False,
) -> Program:
    """Agents of three classes choose one of three shifts; a shift covers some intervals.

    Parameters
    ----------
    rate : int
        What a unit of a flow is at its queue.
    part : int
        What the queues need besides whole units.
    halves : bool
        Whether the price of a shortage rises at half of what is needed.
    settled : bool
        Whether the first agent's first shift is pinned, and somebody is there from the day before.
    """
    builder = Builder()
    member = np.arange(agents)
    pinned = np.zeros((agents, days, 3), dtype=np.int64)
    pinned[0, 0, 2] = int(settled)
    shift = builder.columns(
        (agents, days, 3),
        family="work",
        upper=1,
        lower=pinned,
        agent=member[:, None, None],
        day=np.arange(days)[:, None],
        cost=rng.integers(0, 40, (agents, days, 3)),
    )
    builder.rows(shift.reshape(-1, 3), 1, family="work", upper=1)
    builder.rows(shift.reshape(agents, -1), 1, family="max-days", upper=rng.integers(1, days + 1))
    covered = ((0,), (1,), (0, 1))
    kind = member % CLASSES
    able = rng.random((CLASSES, QUEUES)) < 0.6
    for day in range(days):
        for interval in range(INTERVALS):
            needed = rng.integers(1, 4, QUEUES)
            present = [choice for choice in range(3) if interval in covered[choice]]
            arriving: list[list[int]] = [[] for _ in range(QUEUES)]
            for group in range(CLASSES):
                columns = shift[kind == group, day][:, present].ravel()
                sent = np.flatnonzero(able[group])
                earlier = UNIT * int(settled and day == interval == 0)
                room = UNIT * int((kind == group).sum()) + earlier
                idle = _recourse(builder, day, room, 3)
                flows = [_recourse(builder, day, room, 0) for _ in sent]
                values = [UNIT] * columns.size + [-1] * (1 + len(flows)) + [earlier]
                row = np.array([[*columns, idle, *flows, builder.one]])
                builder.rows(row, values, family="time", lower=0, upper=0)
                for queue, flow in zip(sent.tolist(), flows, strict=True):
                    arriving[queue].append(flow)
            for queue, flows in enumerate(arriving):
                heads = UNIT * int(needed[queue]) + part
                shallow = heads // 2 if halves else UNIT
                first = _recourse(builder, day, shallow, 20)
                rest = _recourse(builder, day, heads - shallow, 33)
                values = [rate] * len(flows) + [1, 1]
                columns = np.array([[*flows, first, rest]])
                builder.rows(columns, values, family="shortage", lower=heads, upper=heads)
    return builder.build()


def _recourse(builder: Builder, day: int, upper: int, cost: int) -> int:
    made = builder.columns(1, family="time", upper=upper, cost=cost, day=day, continuous=True)
    return int(made[0])


def network_of(program: Program) -> tuple[Structure, Network]:
    structure = Structure(program)
    network = find_network(structure)
    assert network is not None
    return structure, network


def random_roster(rng: np.random.Generator, program: Program) -> Integers:
    """Return random schedules with the recourse that a solver finds best."""
    found = oracle(program, cost=rng.normal(size=program.columns)).values
    assert found is not None
    best = oracle(decided(program, np.rint(found).astype(np.int64))).values
    assert best is not None
    return np.rint(best).astype(np.int64)


def planned_program(seed: int) -> tuple[Program, Network, Integers]:
    """Return a program of six agents, its network and a random roster."""
    rng = np.random.default_rng(seed)
    program = whole_program(rng, agents=6, settled=bool(seed % 2))
    return program, network_of(program)[1], random_roster(rng, program)


def recourse_cost(program: Program, values: Integers) -> int:
    """Return what recourse costs; queues that nobody serves are left out."""
    network = network_of(program)[1]
    columns = np.concatenate([network.arc_column, network.short_column])
    return int(program.cost[columns] @ values[columns])


@pytest.mark.parametrize("seed", range(15))
def test_an_assignment_costs_what_the_best_recourse_does(seed: int) -> None:
    program, network, values = planned_program(seed)
    assignment = Assignment(network, values)
    assert assignment.cost() == recourse_cost(program, values)
    written = values.copy()
    assignment.write(written)
    assert program.holds(written)
    assert program.objective(written) == program.objective(values)


@pytest.mark.parametrize("seed", range(15))
def test_flows_that_are_not_the_best_are_assigned_anew(seed: int) -> None:
    program, network, best = planned_program(seed)
    dear = np.where(program.column_agent == NOBODY, -program.cost, program.cost)
    worst = oracle(decided(program, best), cost=dear.astype(np.float64)).values
    assert worst is not None
    assignment = Assignment(network, np.rint(worst).astype(np.int64))
    assert assignment.cost() == recourse_cost(program, best)


@pytest.mark.parametrize("seed", range(15))
def test_marginal_values_are_what_one_agent_more_or_less_changes(seed: int) -> None:
    program, network, values = planned_program(seed)
    before = recourse_cost(program, values)
    supply = program.matrix @ np.where(program.column_agent == NOBODY, 0, values)
    nothing = np.empty(0, dtype=np.int64)
    for source, row in enumerate(network.source_rows.tolist()):
        one = np.array([source])
        assignment = Assignment(network, values)
        more = int(assignment.marginal_values(one, np.array([False]))[0])
        assert assignment.change(nothing, one) == -more
        assert assignment.cost() == before - more
        if supply[row]:
            assignment = Assignment(network, values)
            less = int(assignment.marginal_values(one, np.array([True]))[0])
            assert assignment.change(one, nothing) == less
            assert assignment.cost() == before + less


@pytest.mark.parametrize("seed", range(15))
def test_many_changes_leave_an_assignment_at_its_best(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = whole_program(rng, agents=9, settled=bool(seed % 2))
    structure, network = network_of(program)
    values = random_roster(rng, program)
    other = random_roster(rng, program)
    assignment = Assignment(network, values)
    decisions = program.column_agent != NOBODY
    units = [
        (program.matrix @ np.where(decisions, each, 0))[network.source_rows] // UNIT
        for each in (values, other)
    ]
    change = units[1] - units[0]
    while change.any():
        sources = np.flatnonzero(change)
        chosen = sources[np.unique(network.source_block[sources], return_index=True)[1]]
        assignment.change(chosen[change[chosen] < 0], chosen[change[chosen] > 0])
        change[chosen] -= np.sign(change[chosen])
    assert assignment.cost() == recourse_cost(program, other)
    written = other.copy()
    assignment.write(written)
    assert program.holds(written)
    assert RecourseBlocks(structure).evaluate(structure.all_blocks, written, Budget(5)) is not None


def test_paces_parts_and_common_rules_are_no_transport_problem() -> None:
    rng = np.random.default_rng(3)
    assert find_network(Structure(whole_program(rng))) is not None
    assert find_network(Structure(whole_program(rng, rate=2))) is None
    assert find_network(Structure(whole_program(rng, part=5))) is None
    program = whole_program(rng)
    flow = int(
        np.flatnonzero(np.bincount(program.matrix.indices, minlength=program.columns) == 2)[-1]
    )
    assert program.column_agent[flow] == NOBODY
    paid = program.cost.copy()
    paid[flow] = 1
    assert find_network(Structure(replace(program, cost=paid))) is None
    narrow = program.upper.copy()
    narrow[flow] = 0 if narrow[flow] == UNIT else UNIT
    limited = replace(program, upper=narrow)
    assert find_network(Structure(limited)) is None or narrow[flow] == 0


@pytest.mark.parametrize("prices", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_after_a_descent_no_agent_can_gain_alone(seed: int, prices: bool) -> None:
    rng = np.random.default_rng(seed)
    program = whole_program(rng, agents=5, settled=bool(seed % 2))
    structure, network = network_of(program)
    incumbent = Incumbent(program, Budget(20.0, seed=seed))
    start = random_roster(rng, program)
    incumbent.offer(start, "start")
    descent = CoordinateDescent(RecourseBlocks(structure), network, incumbent)
    if prices:
        descent.run(rng.uniform(0, 33, program.rows), anew=bool(seed % 3))
        assert incumbent.objective is not None
        assert incumbent.objective <= program.objective(start)
    descent.run(None)
    assert incumbent.values is not None
    assert is_consistent(incumbent)
    for agent in range(5):
        others = (program.column_agent != agent) & (program.column_agent != NOBODY)
        values = incumbent.values
        rest = replace(
            program,
            lower=np.where(others, values, program.lower),
            upper=np.where(others, values, program.upper),
        )
        assert optimum(rest) == incumbent.objective


@pytest.mark.parametrize("seed", range(40))
def test_no_prices_prove_a_bound_above_the_optimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = whole_program(rng, agents=4, halves=bool(seed % 2), settled=seed % 3 == 0)
    structure, network = network_of(program)
    incumbent = Incumbent(program, Budget(20.0, seed=seed))
    descent = CoordinateDescent(RecourseBlocks(structure), network, incumbent)
    descent.prepare()
    best = optimum(program)
    assert best is not None
    relaxation = relax(structure.full(), Budget(5.0), 5.0)
    assert relaxation is not None
    exact = np.zeros(program.rows)
    exact[structure.full().row_ids] = relaxation.duals
    for duals in (exact, rng.uniform(-5, 40, program.rows), rng.normal(0, 1e3, program.rows)):
        bound = descent.prove(duals)
        assert bound is not None
        assert bound <= best
    # Whole schedules prove at least what the relaxation of their rows does, but for rounding.
    assert (descent.prove(exact) or 0) >= relaxation.bound + structure.constant(
        structure.full()
    ) - program.rows
    assert descent.prove(np.full(program.rows, 1e30)) is None


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("descend", [False, True])
def test_a_huge_program_is_searched_along_samples(workers: int, descend: bool) -> None:
    rng = np.random.default_rng(8)
    program = whole_program(rng, agents=12, days=4)
    params = SearchParams(
        relaxation=RelaxationParams(max_entries=0, sample_entries=40),
        benders=BendersParams(max_columns=0),
        strengthen=False,
        price_days=False,
        descend=descend,
    )
    found = Search(program, Budget(3.0, workers=workers, seed=1), params=params).run()
    assert is_consistent(found)
    best = optimum(program)
    assert best is not None
    assert found.objective is not None
    assert found.bound is not None
    assert found.bound <= best <= found.objective
    stages = {event.stage for event in found.trace}
    assert descend or "coordinate descent" not in stages


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("most", [0, 120, 1_000_000])
def test_further_samples_are_larger_than_the_first_one(workers: int, most: int) -> None:
    rng = np.random.default_rng(8)
    program = whole_program(rng, agents=12, days=4)
    structure, _ = network_of(program)
    incumbent = Incumbent(program, Budget(20.0, workers=workers, seed=1))
    incumbent.offer(random_roster(rng, program), "start")
    params = SearchParams(
        relaxation=RelaxationParams(max_entries=0, sample_entries=40),
        descent=DescentParams(sample_entries=most),
    )
    full = structure.full()
    sampled = SampledSearch(RecourseBlocks(structure), full, incumbent, params)
    sampled.descend()
    sizes, everybody = sampled.sampling.sizes, full.matrix.nnz
    assert sizes[0] == round(12 * 40 / everybody)
    if most == 0:
        assert sizes.size == 1
    elif most > everybody:
        assert sizes[1:].tolist() == [12]
    else:
        assert set(sizes[1:].tolist()) == {round(12 * most / everybody)}
    assert incumbent.bound is not None


@pytest.mark.parametrize("seed", range(6))
def test_a_sample_has_the_share_of_the_demand_that_it_has_of_the_work(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    program = whole_program(rng, agents=12, days=4)
    structure, _ = network_of(program)
    sampling = AgentSampling(
        structure, structure.full(), Budget(20.0, seed=seed), RelaxationParams()
    )
    shares: list[tuple[Integers, float]] = []
    monkeypatch.setattr(
        sampling, "_solve", lambda agents, share, *_: shares.append((agents, share))
    )
    work = rng.integers(0, 9, 12)
    third = structure.full().matrix.nnz // 3
    sampling.draw(1, 5.0, entries=third, work=work)
    sampling.draw(1, 5.0, entries=third, work=np.zeros_like(work))
    sampling.draw(1, 5.0, entries=third)
    for (agents, share), known in zip(shares, (work, np.ones(12), np.ones(12)), strict=True):
        assert agents.size == 4
        assert share == pytest.approx(known[agents].sum() / known.sum())


@pytest.mark.parametrize("seed", range(6))
def test_capacities_are_what_agents_work_where_all_queues_are_short(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = whole_program(rng, agents=6, days=3, settled=bool(seed % 2))
    structure, network = network_of(program)
    incumbent = Incumbent(program, Budget(20.0, seed=seed))
    descent = CoordinateDescent(RecourseBlocks(structure), network, incumbent)
    descent.prepare()
    units = program.matrix[network.source_rows].sum(axis=0) // UNIT
    for agent, capacity in zip(range(6), descent.capacities().tolist(), strict=True):
        own = (program.column_agent == agent) & (program.lower < program.upper)
        most = oracle(program, cost=np.where(own, -units, 0).astype(np.float64)).values
        assert most is not None
        assert capacity == units[own] @ np.rint(most).astype(np.int64)[own]


def test_samples_are_as_large_as_time_allows() -> None:
    structure, _ = network_of(whole_program(np.random.default_rng(8), agents=12, days=4))
    full = structure.full()
    sampling = AgentSampling(structure, full, Budget(20.0), RelaxationParams(sample_entries=40))
    assert sampling.entries_within(10.0) == 0
    sampling.draw(1, 5.0)
    assert sampling.entries_within(10.0) > sampling.entries_within(1e-6)
    assert sampling.entries_within(1e9) == full.matrix.nnz


@pytest.mark.parametrize("seed", range(6))
def test_an_hour_may_be_split_where_shortages_get_dearer_at_half_a_head(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = whole_program(rng, agents=5, halves=True)
    structure, network = network_of(program)
    values = random_roster(rng, program)
    assert Assignment(network, values).cost() >= recourse_cost(program, values)
    incumbent = Incumbent(program, Budget(20.0, seed=seed))
    incumbent.offer(values, "start")
    descent = CoordinateDescent(RecourseBlocks(structure), network, incumbent)
    descent.run(None)
    descent.split_hours()
    assert incumbent.values is not None
    assert is_consistent(incumbent)
    assert optimum(decided(program, incumbent.values)) == incumbent.objective


def test_every_few_agents_of_a_sample_are_of_those_who_serve_the_same_queues() -> None:
    told_apart = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        program = whole_program(rng, agents=12)
        structure, network = network_of(program)
        served = []
        for group in range(CLASSES):
            first = structure.columns_of_agent(group)[0]
            row = structure.by_column.indices[structure.by_column.indptr[first] + 2]
            source = network.source_of_row[row]
            arcs = slice(network.arc_starts[source] + 1, network.arc_starts[source + 1])
            served.append(frozenset(network.arc_place[arcs].tolist()))
        ends = {(min(queues), max(queues)) for queues in served if queues}
        if len(ends) < CLASSES:
            continue
        told_apart += 1
        share = structure.full().matrix.nnz * CLASSES // 12
        params = RelaxationParams(max_entries=0)
        sampling = AgentSampling(structure, structure.full(), Budget(5.0, seed=seed), params)
        for _ in range(5):
            assert sorted(
                sampling.choose_agents(share, np.ones(12, dtype=np.int64)) % CLASSES
            ) == list(range(CLASSES))
    assert told_apart


def test_a_descent_without_time_changes_nothing() -> None:
    rng = np.random.default_rng(5)
    program = whole_program(rng)
    structure, network = network_of(program)
    incumbent = Incumbent(program, Budget(0.0))
    descent = CoordinateDescent(RecourseBlocks(structure), network, incumbent)
    descent.run(None)
    assert incumbent.values is None
