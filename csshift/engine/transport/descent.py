"""Coordinate descent over agents: each in turn takes the schedule that is best for all others.

In a transport problem, what an agent at work saves in an interval is known exactly, and intervals
do not depend on each other. So an agent's best schedule, all others as they are, is the cheapest
path through the agent's decision diagram. Such a descent soon ends where no agent can gain alone.
With the prices of a relaxation it ends far lower: what a schedule costs more than the best one at
these prices counts besides, many times at first and less from pass to pass. The best roster of a
tight relaxation costs nothing more at its prices, so they do not lead away from it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.column_generation.diagram_pricing import DiagramPricer, Diagrams
from csshift.engine.column_generation.master import AgentBlock
from csshift.engine.construction.idle import idle_decisions
from csshift.engine.duals import LARGEST_SUM, binding_bounds, exact_dot
from csshift.engine.generation_params import DiagramParams
from csshift.engine.incumbent import Incumbent
from csshift.engine.params import DescentParams
from csshift.engine.subproblem import csr_entries, csr_sizes, part_of
from csshift.engine.transport.assignment import Assignment
from csshift.engine.transport.network import Network
from csshift.program import NOBODY, Floats, Integers

logger = logging.getLogger(__name__)

STAGE = "coordinate descent"

GRID = 8
"""Parts of a unit of cost in which schedules are priced."""


@dataclass(eq=False)
class _Agent:
    """One agent: the columns, what they add to sources, and the present schedule.

    Parameters
    ----------
    columns : int64 array, shape (own,)
    sources : int64 array, shape (reached,)
    supply : csr_array of int64, shape (reached, own)
        Units at these sources.
    pricer : DiagramPricer or None
        None where the schedule stays as it is.
    """

    columns: Integers
    sources: Integers
    supply: csr_array
    pricer: DiagramPricer | None
    schedule: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))


class CoordinateDescent:
    """Improves the incumbent agent by agent.

    Parameters
    ----------
    blocks : RecourseBlocks
    network : Network
        The same recourse.
    incumbent : Incumbent
        Holds a feasible solution.
    params : DescentParams
    """

    def __init__(
        self,
        blocks: RecourseBlocks,
        network: Network,
        incumbent: Incumbent,
        params: DescentParams = DescentParams(),
    ) -> None:
        self.blocks, self.network = blocks, network
        self.structure = blocks.structure
        self.incumbent, self.params = incumbent, params
        self._budget = incumbent.budget
        self._rng = np.random.default_rng((self._budget.seed, 13))
        self._diagrams = Diagrams(DiagramParams(max_nodes=params.max_nodes))
        self._agents: list[_Agent] = []

    def prepare(self) -> None:
        """Compile the decision diagrams of all agents, as far as there is time for it."""
        began = self._budget.elapsed
        until = began + self.params.prepare_share * self._budget.left
        for agent in self.structure.agents[len(self._agents) :].tolist():
            in_time = self._budget.elapsed < until
            self._agents.append(self._described(agent, with_diagram=in_time))
        movable = sum(agent.pricer is not None for agent in self._agents)
        spent = self._budget.elapsed - began
        logger.info("descent: schedules of %d agents in %.1f s", movable, spent)

    def capacities(self) -> Integers:
        """Return the units that each agent adds to sources where all are short, shape (agents,)."""
        values, price = self.incumbent.values, int(self.network.savings.max(initial=1))
        units = np.zeros(len(self._agents), dtype=np.int64)
        for place, agent in enumerate(self._agents):
            own = self.structure.program.cost[agent.columns]
            cost = GRID * (own - price * np.asarray(agent.supply.sum(axis=0)).ravel())
            if agent.pricer is not None:
                schedule = agent.pricer.price(cost, self._rng, 1, 0.0)[1][0]
                units[place] = (agent.supply @ schedule).sum()
            elif values is not None:
                units[place] = (agent.supply @ values[agent.columns]).sum()
        return np.maximum(units, 0)

    def prove(self, duals: Floats) -> int | None:
        """Return the bound that dual values prove, offset included; None where numbers are huge.

        With what is rounded to the grid, the bound is the Lagrangian one of the rows between
        agents, in integers: every agent's least cost is that of the cheapest path.

        Parameters
        ----------
        duals : float array, shape (program.rows,)
            Only those of rows that link agents count.
        """
        program = self.structure.program
        linking = program.row_agent == NOBODY
        y = np.where(linking, np.rint(GRID * np.clip(duals, -LARGEST_SUM, LARGEST_SUM)), 0)
        entries = np.diff(self.structure.by_column.indptr).max(initial=1)
        largest = GRID * float(np.abs(program.cost).max(initial=1))
        data = program.matrix.data
        factor = max(1, data.max(initial=1), -data.min(initial=0))
        largest += float(entries) * float(factor) * np.abs(y).max()
        if largest * program.columns > LARGEST_SUM:
            return None
        y, row_bound = binding_bounds(y.astype(np.int64), program.row_lower, program.row_upper)
        reduced = GRID * program.cost
        reduced -= program.matrix.T @ y
        column_bound = np.where(reduced > 0, program.lower, program.upper)
        priced = np.zeros(program.columns, dtype=np.bool_)
        total = exact_dot(y, row_bound)
        for agent in self._agents:
            if agent.pricer is not None:
                priced[agent.columns] = True
                total += agent.pricer.price(reduced[agent.columns], self._rng, 1, 0.0)[0]
        total += exact_dot(np.where(priced, 0, reduced), column_bound)
        return -(-total // GRID) + program.offset

    def run(self, prices: Floats | None, *, anew: bool = False) -> None:
        """Let every agent decide a few times, and offer what comes out.

        Parameters
        ----------
        prices : float array, shape (program.rows,), or None
            Dual values of the rows of sources. Without them, passes go on while they gain.
        anew : bool
            Begin with idle agents: where the solution is poor, that takes half the time.
        """
        values = self.incumbent.values
        if values is None or self.incumbent.done:
            return
        if not self._agents:
            self.prepare()
        if anew:
            values = self._with_idle_agents(values)
        assignment = Assignment(self.network, values)
        for agent in self._agents:
            agent.schedule = values[agent.columns]
            # What shares an interval with itself has no marginal value of its own.
            if (agent.supply @ agent.schedule).max(initial=0) > 1:
                agent.pricer = None
        if prices is None:
            while self._pass(assignment, values, None, 0.0):
                pass
            return
        unit_prices = np.rint(prices[self.network.source_rows] * self.network.unit).astype(np.int64)
        for weight in self.params.weights:
            self._pass(assignment, values, unit_prices, weight)

    def _with_idle_agents(self, values: Integers) -> Integers:
        """Return a solution in which agents who may be idle are, and so is who else is there."""
        structure, network, program = self.structure, self.network, self.structure.program
        idle, obliged = idle_decisions(structure)
        free = np.setdiff1d(structure.agents, obliged)
        columns = structure.columns_of_agents(free)
        values = values.copy()
        values[columns] = idle[columns]
        values[network.arc_column] = 0
        known = np.where(program.column_agent == NOBODY, program.lower, values)
        present = program.matrix[network.source_rows] @ known
        first = network.arc_starts[:-1]  # which lead to `IDLE`
        values[network.arc_column[first]] = present
        return values

    def split_hours(self) -> None:
        """Let agents serve several queues in an hour where that saves something."""
        values, budget = self.incumbent.values, self._budget
        if values is None or self.incumbent.done:
            return
        settled = self.blocks.evaluate(
            self.structure.all_blocks,
            values,
            budget,
            until=budget.elapsed + self.params.splitting_share * budget.left,
            workers=budget.workers,
        )
        if settled is not None:
            self.incumbent.offer(settled, STAGE)

    def _pass(
        self, assignment: Assignment, values: Integers, unit_prices: Integers | None, weight: float
    ) -> bool:
        """Let every agent decide once; return whether the incumbent improved."""
        moved = 0
        if self.incumbent.done:
            return False
        for place in self._rng.permutation(len(self._agents)).tolist():
            if self.incumbent.done:
                break
            moved += self._decide(self._agents[place], assignment, unit_prices, weight)
        values = values.copy()
        for agent in self._agents:
            values[agent.columns] = agent.schedule
        assignment.write(values)
        logger.debug("descent: weight %g, %d agents moved", weight, moved)
        return moved > 0 and self.incumbent.offer(values, STAGE)

    def _decide(
        self, agent: _Agent, assignment: Assignment, unit_prices: Integers | None, weight: float
    ) -> bool:
        """Let an agent take the best schedule; return whether it is another one."""
        if agent.pricer is None:
            return False
        own = self.structure.program.cost[agent.columns]
        before = agent.supply @ agent.schedule > 0
        saved = assignment.marginal_values(agent.sources, before)
        cost = GRID * (own - agent.supply.T @ saved)
        if unit_prices is not None:
            excess = np.where(
                agent.pricer.slack, 0, own - agent.supply.T @ unit_prices[agent.sources]
            )
            cost += np.rint(GRID * weight * excess).astype(np.int64)
        schedule = agent.pricer.price(cost, self._rng, 1, 0.0)[1][0]
        units = agent.supply @ schedule
        if cost @ schedule >= cost @ agent.schedule or units.max(initial=0) > 1:
            return False
        after = units > 0
        assignment.change(agent.sources[before & ~after], agent.sources[after & ~before])
        agent.schedule = schedule
        return True

    def _described(self, number: int, *, with_diagram: bool) -> _Agent:
        """Return an agent, read from the entries of the own columns alone."""
        structure, program = self.structure, self.structure.program
        columns, by_column = structure.columns_of_agent(number), structure.by_column
        entries = csr_entries(by_column.indptr, columns)
        position = np.repeat(np.arange(columns.size), csr_sizes(by_column.indptr, columns))
        rows, place = np.unique(by_column.indices[entries], return_inverse=True)
        rows = rows.astype(np.int64)
        shape = rows.size, columns.size
        matrix = csr_array((by_column.data[entries], (place, position)), shape=shape)
        own = program.row_agent[rows] != NOBODY
        supply = csr_array(matrix[~own])
        block = AgentBlock(
            number,
            np.arange(columns.size),
            part_of(program, rows[own], columns, csr_array(matrix[own]), self._fixed(rows[own])),
            supply,
            program.column_day[columns],
        )
        pricer = self._diagrams.pricer(block, (1, GRID)) if with_diagram else None
        supply.data = supply.data // self.network.unit
        return _Agent(columns, self.network.source_of_row[rows[~own]], supply, pricer)

    def _fixed(self, rows: Integers) -> Integers:
        """Return what fixed columns add to some rows."""
        program = self.structure.program
        matrix = program.matrix
        entries = csr_entries(matrix.indptr, rows)
        row = np.repeat(np.arange(rows.size), csr_sizes(matrix.indptr, rows))
        column = matrix.indices[entries]
        lower = program.lower[column]
        fixed = np.where(lower < program.upper[column], 0, lower)
        found = np.zeros(rows.size, dtype=np.int64)
        np.add.at(found, row, matrix.data[entries] * fixed)
        return found
