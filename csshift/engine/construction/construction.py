"""The first complete solution: one agent after the other, tracking the relaxation.

Each agent's decisions are a small exact program of their own. Its objective is the agent's
reduced cost in the relaxation plus a quadratic penalty on every linking row for the distance
between what the agents have decided and what the relaxation gave them, so that what one agent
rounds away the next one makes up for (error diffusion after Floyd and Steinberg, 1976, on the
rows of a program). The penalty is linear in an agent's columns as long as no two of them that
are chosen together share a linking row, as with the shifts of an agent.

Without a relaxation, rows are compared with what they require instead. Agents whose turn does not
come in time stay idle where their own rules allow it.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.construction.feasibility import repair
from csshift.engine.construction.idle import idle_decisions
from csshift.engine.construction.rolling import solve_rolling
from csshift.engine.construction.tracking import demand_as_relaxation, track
from csshift.engine.params import ConstructionParams
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.solvers.lp import Relaxation
from csshift.engine.structure import LinkingRows, Structure
from csshift.engine.subproblem import Subproblem, csr_entries, csr_sizes, shift_bounds
from csshift.program import Floats, Integers

logger = logging.getLogger(__name__)

COST_RANGE = 1e6
"""Largest magnitude of an integer cost in an agent's program."""


@dataclass(eq=False)
class _State:
    """Decisions so far, what they leave of the linking rows, and their deviation.

    Agents who are deciding count with their lower bounds in the links and with their relaxed
    values in the deviation.
    """

    values: Integers
    links: LinkingRows
    deviation: Floats
    begun: set[int] = field(default_factory=set)
    """Agents who have begun to decide, or stay idle."""
    decided: set[int] = field(default_factory=set)
    skipped: list[int] = field(default_factory=list)
    """Agents whose turn did not come in time."""
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, eq=False)
class _AgentEntries:
    """An agent's columns and their entries in the program."""

    columns: Integers
    rows: Integers
    data: Integers
    position: Integers
    """Position of the column of each entry."""

    def contribution(self, amounts: Integers) -> Integers:
        """Return what amounts of the columns add to the row of each entry."""
        return np.asarray(self.data * amounts[self.position])


class Construction:
    """Builds a complete solution along a relaxation of the full program, or without one.

    Parameters
    ----------
    subproblem : Subproblem
        The full program; the relaxation is of it.
    """

    def __init__(
        self,
        structure: Structure,
        subproblem: Subproblem,
        relaxation: Relaxation | None,
        budget: Budget,
        params: ConstructionParams = ConstructionParams(),
    ) -> None:
        self.structure = structure
        self.budget = budget
        self.params = params
        program = structure.program
        sampled = relaxation is not None and relaxation.filled is not None
        demanded = relaxation is None or sampled
        relaxation = relaxation or demand_as_relaxation(structure, subproblem)
        self._gap = params.unguided_gap if demanded else 0.0
        # Of a goal for all agents together, each of them stands for an equal part.
        self._shared_goal = sampled
        self._relaxed = subproblem.embed(relaxation.values, program.lower)
        self._reduced_costs = subproblem.embed(relaxation.reduced_costs, program.cost)
        self._at_lower = program.matrix @ program.lower
        self._tracking = track(
            structure, subproblem, relaxation, params.min_row_weight, demanded=demanded
        )
        self._idle, self._obliged = idle_decisions(structure)
        self._long = structure.days > params.long_days
        share = 1.0 if budget.reproducible else params.later_share
        self._until = budget.elapsed + share * budget.left
        self.infeasible = False
        """Set where a repair proved that there are no feasible decisions."""

    def run(self, seed: int, blocks: RecourseBlocks) -> Iterator[Integers]:
        """Yield complete feasible solutions, one after each pass that gives one.

        Parameters
        ----------
        seed : int
            Decides the order of the agents.
        blocks : RecourseBlocks
            Completes the decisions.
        """
        for values, complete in self.decide(seed):
            known: Integers | None = values
            if not complete:
                share = 1.0 if self.budget.reproducible else self.params.attempt_share
                seconds = share * self.budget.left
                repaired = repair(self.structure, values, self.budget, seed, self.params, seconds)
                known = repaired.values
                if repaired.infeasible:
                    self.infeasible = True
                    return
            settled = None
            if known is not None:
                until = self.budget.elapsed + self.params.evaluation_share * self.budget.left
                settled = blocks.evaluate(
                    self.structure.all_blocks,
                    known,
                    self.budget,
                    until=until,
                    workers=self.budget.workers,
                )
            if settled is not None:
                yield settled

    def decide(self, seed: int, passes: int | None = None) -> Iterator[tuple[Integers, bool]]:
        """Yield values with all decisions, and whether they can be completed, after each pass.

        Recourse stays at its lower bounds; agents for whom nothing was found in time are idle.
        After the first pass every agent decides again with all others known.

        Parameters
        ----------
        seed : int
            Decides the order of the agents.
        passes : int or None
            How often each agent decides at most; that of the parameters when None.
        """
        program = self.structure.program
        values = program.lower.copy()
        links = LinkingRows(self.structure)
        deviation = self._tracking.matrix @ (values - self._relaxed) - self._tracking.goal
        state = _State(values, links, deviation)
        order = np.random.default_rng(seed).permutation(self.structure.agents).tolist()
        for number in itertools.count():
            turn = state.skipped if number else order
            state.skipped = []
            first_until = self.budget.elapsed + self.params.first_share * self.budget.left
            self._pass(turn, state, seed, None if self.budget.reproducible else first_until)
            yield self._outcome(state)
            if not state.skipped or len(state.skipped) == len(turn) or self.budget.over:
                break
        for number in range(1, self.params.passes if passes is None else passes):
            before = state.values.copy()
            self._pass(order, state, seed + number, self._until, first=False)
            if np.array_equal(before, state.values):
                return
            yield self._outcome(state)
            if self.budget.elapsed > self._until:
                return

    def _outcome(self, state: _State) -> tuple[Integers, bool]:
        """Return the values, those idle for whom nothing was found, and if that breaks no rule."""
        agents = self.structure.agents
        without = agents[~np.isin(agents, list(state.decided))]
        for agent in without.tolist():
            self._begin(self._entries_of(agent), agent, state)
        if without.size:
            columns = self.structure.columns_of_agents(without)
            state.values[columns] = self._idle[columns]
            logger.info("construction leaves %d agents idle", without.size)
        obliged = np.intersect1d(without, self._obliged)
        complete = obliged.size == 0 and state.links.violated().size == 0
        return state.values.copy(), complete

    def _begin(self, own: _AgentEntries, agent: int, state: _State) -> None:
        """Let nobody count any more on what an agent could add to linking rows."""
        if agent not in state.begun:
            state.begun.add(agent)
            program = self.structure.program
            ranges = program.upper[own.columns] - program.lower[own.columns]
            state.links.begin(own.rows, own.contribution(ranges))

    def _pass(
        self, order: list[int], state: _State, seed: int, until: float | None, *, first: bool = True
    ) -> None:
        """Let every agent decide; at first several at once, where they are many or take long.

        Agents who decide at once all make up for the same deviation: where they are few, each of
        them for a large part of it. After `until` seconds only those decide who cannot be idle.
        """
        began = self.budget.elapsed
        obliged = set(self._obliged.tolist())

        def visit(agent: int) -> bool:
            late = until is not None and self.budget.elapsed > until
            if self.budget.over or (late and not (first and agent in obliged)):
                if first:
                    state.skipped.append(agent)
                return False
            return self._visit(agent, state, seed)

        workers = self.budget.workers
        few = len(order) < self.params.parallel_agents * workers and not self._long
        if not first or few or workers == 1:
            found = [visit(agent) for agent in order]
        else:
            with ThreadPoolExecutor(workers) as pool:
                try:
                    found = list(pool.map(visit, order))
                except BaseException:
                    self.budget.stop()  # else leaving the pool would wait for all the others
                    raise
        seconds = self.budget.elapsed - began
        logger.debug("construction pass: %d of %d agents, %.2f s", sum(found), len(found), seconds)

    def _visit(self, agent: int, state: _State, seed: int) -> bool:
        """Let an agent decide, or decide again; return whether decisions were found.

        Others may decide meanwhile. Where the outcome does not fit theirs, the agent decides
        once more while they wait.
        """
        program = self.structure.program
        own = self._entries_of(agent)
        lower = program.lower[own.columns]
        relaxed = self._relaxed[own.columns]
        with state.lock:
            before = state.values[own.columns]
            self._begin(own, agent, state)
            state.links.add(own.rows, -own.contribution(before - lower))
            state.deviation -= self._tracked(own.columns, before - relaxed)
            subproblem = self._subproblem(own, state)
        found = self._solve(subproblem, seed)
        with state.lock:
            if found is not None and not state.links.fits(
                own.rows, own.contribution(found - lower)
            ):
                subproblem = self._subproblem(own, state)
                found = self._solve(subproblem, seed)
            kept = before if found is None else found
            if found is not None:
                state.decided.add(agent)
            state.values[own.columns] = kept
            state.links.add(own.rows, own.contribution(kept - lower))
            state.deviation += self._tracked(own.columns, kept - relaxed)
        return found is not None

    def _solve(self, subproblem: Subproblem, seed: int) -> Integers | None:
        """Return an agent's decisions: at once, or along a long horizon."""
        limits = Limits(self.params.agent_seconds, gap=self._gap)
        if self._long:
            day = self.structure.program.column_day[subproblem.column_ids]
            relaxed = self._relaxed[subproblem.column_ids]
            found = solve_rolling(
                subproblem, day, relaxed, self.budget, limits, seed=seed, params=self.params.rolling
            )
            if found.values is not None:
                return found.values
            # Only a few agents run into dead ends; they take the time of many.
            limits = Limits(self.params.long_agent_seconds, gap=self.params.long_agent_gap)
        return solve_cpsat(subproblem, self.budget, limits, seed=seed).values

    def _entries_of(self, agent: int) -> _AgentEntries:
        columns = self.structure.columns_of_agent(agent)
        by_column = self.structure.by_column
        entries = csr_entries(by_column.indptr, columns)
        return _AgentEntries(
            columns,
            rows=by_column.indices[entries].astype(np.int64),
            data=by_column.data[entries],
            position=np.repeat(np.arange(columns.size), csr_sizes(by_column.indptr, columns)),
        )

    def _tracked(self, columns: Integers, amounts: Floats) -> Floats:
        """Return what amounts of columns add to the tracked rows."""
        matrix = self._tracking.matrix
        entries = csr_entries(matrix.indptr, columns)
        sizes = csr_sizes(matrix.indptr, columns)
        moved = matrix.data[entries] * np.repeat(amounts, sizes)
        return np.bincount(matrix.indices[entries], moved, matrix.shape[0]).astype(np.float64)

    def _deviation_cost(self, columns: Integers, others: Floats) -> Floats:
        """Return the cost of each column for the deviation that it leaves behind."""
        matrix, weight = self._tracking.matrix, self._tracking.weight
        entries = csr_entries(matrix.indptr, columns)
        sizes = csr_sizes(matrix.indptr, columns)
        rows, data = matrix.indices[entries], matrix.data[entries]
        goal = self._tracked(columns, self._relaxed[columns])
        cost = weight[rows] * data * (data / 2 + others[rows] - goal[rows])
        position = np.repeat(np.arange(columns.size), sizes)
        return np.bincount(position, cost, columns.size).astype(np.float64)

    def _subproblem(self, own: _AgentEntries, state: _State) -> Subproblem:
        """Return an agent's program: its own rows, what is left of the linking ones, its costs.

        Made from the agent's entries alone, for linking rows contain those of many others.
        """
        program, columns = self.structure.program, own.columns
        rows, place = np.unique(own.rows, return_inverse=True)
        matrix = csr_array((own.data, (place, own.position)), shape=(rows.size, columns.size))
        base = matrix @ program.lower[columns]
        fixed = self._at_lower[rows] - base
        lower, upper = state.links.slack(rows)
        linked = state.links.linking[rows]
        own_lower = shift_bounds(program.row_lower[rows], fixed)
        own_upper = shift_bounds(program.row_upper[rows], fixed)
        deviation = state.deviation
        if self._shared_goal:
            undecided = 1.0 - len(state.begun) / self.structure.agents.size
            deviation = deviation + undecided * self._tracking.goal
        cost = self._reduced_costs[columns] + self._deviation_cost(columns, deviation)
        largest = float(np.abs(cost).max(initial=0.0)) or 1.0
        return Subproblem(
            matrix=matrix,
            row_lower=np.where(linked, lower + base, own_lower),
            row_upper=np.where(linked, upper + base, own_upper),
            lower=program.lower[columns],
            upper=program.upper[columns],
            cost=np.rint(cost * (COST_RANGE / largest)).astype(np.int64),
            continuous=program.continuous[columns],
            column_ids=columns,
            row_ids=rows,
        ).without_redundant_rows()
