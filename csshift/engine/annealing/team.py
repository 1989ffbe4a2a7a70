"""The choices of all agents, and what changing them costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from csshift.engine.annealing.kernel import (
    Moves,
    change,
    cheapest,
    choose,
    price_options,
    take_steps,
)
from csshift.engine.annealing.recourse_prices import BROKEN, RecoursePrices, supplied
from csshift.engine.annealing.schedules import AgentSchedules
from csshift.engine.annealing.tables import DEAD, LEAST, State, join
from csshift.program import Floats, Integers

RESOLUTION = 1 << 16
"""Parts in which the largest cost of the program is counted, at least: dual values are no whole
numbers."""


@dataclass(frozen=True, eq=False)
class Choices:
    """A choice for every layer of every member, and its cost by the vertices known."""

    chosen: Integers
    cost: int


class Team:
    """All agents with their choices; the price of recourse follows every change.

    Parameters
    ----------
    prices : RecoursePrices
    schedules : iterable of AgentSchedules

    Attributes
    ----------
    tables : Tables
    state : State
    scale : int
        Parts of a unit of the program's cost in which a team counts all costs.
    """

    def __init__(self, prices: RecoursePrices, schedules: Iterable[AgentSchedules]) -> None:
        self.prices = prices
        self.members = tuple(schedules)
        forms = [
            np.column_stack([prices.form[agent.supplies.block], agent.supplies.amount])
            for agent in self.members
        ]
        distinct, number = np.unique(np.concatenate(forms), axis=0, return_inverse=True)
        self._effect_form, self._effect_amount = distinct[:, 0].astype(np.int64), distinct[:, 1:]
        largest = int(np.abs(prices.recourse.structure.program.cost).max(initial=1))
        self.scale = max(1, RESOLUTION // max(largest, 1))
        effect = number.ravel().astype(np.int64)
        self.tables = join(self.members, effect, prices.width, self.scale)
        self.state = State.empty(self.tables, prices.blocks, distinct.shape[0])
        self._learned = 0

    def load(self, values: Integers) -> None:
        """Take the decisions of a solution, shape (program.columns,)."""
        structure = self.prices.recourse.structure
        others = values.copy()
        others[structure.recourse] = 0
        for member in self.members:
            others[member.columns] = 0
        self.state.supply[:] = supplied(self.prices, others)
        self._learned = 0
        self.follow_prices()
        state = self.state
        for number, member in enumerate(self.members):
            chosen = member.options_of(values)
            if chosen is not None:
                self._choose(number, chosen)
            if chosen is None or state.own_cost[number] >= DEAD:
                self._choose(number, self._any_schedule(number))
        change(self.tables, state, 0, state.chosen.size, 1)
        self._settle()

    def compile(self) -> None:
        """Compile what a team needs, by calls that do nothing."""
        tables, state, rng = self.tables, self.state, np.random.default_rng(0)
        change(tables, state, 0, 0, 1)
        choose(tables, state, 0, 0)
        price_options(tables, state, 0, 0)
        cheapest(tables, state, 0, 0, 0, 0.0, rng)
        take_steps(tables, state, Moves(0.0, 1, 1.0), rng, 1.0, 0, 0, 0)

    def take_steps(
        self, moves: Moves, rng: np.random.Generator, temperature: float, steps: int, lowest: int
    ) -> Choices | None:
        """Take steps of annealing; return the best choices that cost less than `lowest`."""
        found = take_steps(
            self.tables, self.state, moves, rng, temperature, steps, self.total(), lowest
        )
        return Choices(self.state.lowest.copy(), found) if found < lowest else None

    def decisions(self, values: Integers, chosen: Integers) -> Integers:
        """Return values with choices, shape (layers,), in place of those of all members."""
        changed = values.copy()
        for number, member in enumerate(self.members):
            first, last = self._layers(number)
            own = chosen[first:last] - self.tables.option_starts[first]
            changed[member.columns] = member.values_of(own)
        return changed

    @property
    def choices(self) -> Choices:
        """The present choices."""
        return Choices(self.state.chosen.copy(), self.total())

    def total(self) -> int:
        """Return the cost of all choices by the vertices known."""
        return int(self.state.block_costs.sum() + self.state.own_cost.sum())

    def learn(self) -> bool:
        """Make the prices exact at the present supply; return whether it has a recourse."""
        possible = self.prices.learn(self.state.supply)
        self.follow_prices()
        return possible

    def learn_of(self, choices: Choices) -> Choices | None:
        """Make the prices exact for choices; return them with their cost, None without recourse."""
        present = self.state.chosen.copy()
        self._take(choices.chosen)
        possible = self.learn()
        found = Choices(choices.chosen, self.total())
        self._take(present)
        return found if possible else None

    def follow_prices(self) -> None:
        """Use the vertices found meanwhile."""
        prices = self.prices
        self._make_room(prices.constants.shape[1])
        fresh = prices.log[self._learned :]
        if not fresh:
            return
        supply, costs, effects = self.state.supply, self.state.costs, self.state.effects
        for form, number in fresh:
            vertex, blocks = prices.vertices[form, number], prices.members[form]
            cost = prices.constants[blocks, number] - supply[blocks] @ vertex
            costs[blocks, number] = self._rounded(cost)
            same = np.flatnonzero(self._effect_form == form)
            effects[same, number] = self._rounded(self._effect_amount[same] @ vertex)
        self._settle()
        self._learned = len(prices.log)

    def _make_room(self, vertices: int) -> None:
        more = vertices - self.state.costs.shape[1]
        if more > 0:
            room = (0, 0), (0, more)
            self.state = self.state._replace(
                costs=np.pad(self.state.costs, room, constant_values=LEAST),
                effects=np.pad(self.state.effects, room),
            )

    def _rounded(self, costs: Floats) -> Integers:
        """Return costs in parts of a unit; those of missing vertices as `LEAST`."""
        return np.rint(np.maximum(self.scale * costs, LEAST)).astype(np.int64)

    def typical_difference(self, quantile: float) -> float:
        """Return a quantile of the differences that changing one choice makes to the cost."""
        tables, state = self.tables, self.state
        found = []
        for number in range(len(self.members)):
            first, last = self._layers(number)
            change(tables, state, first, last, -1)
            price_options(tables, state, first, last)
            change(tables, state, first, last, 1)
            sizes = np.diff(tables.option_starts[first : last + 1])
            prices = state.prices[tables.option_starts[first] : tables.option_starts[last]]
            of_chosen = np.repeat(state.prices[state.chosen[first:last]], sizes)
            found.append(np.abs(prices - of_chosen))
        known = np.concatenate(found)
        known = known[(known >= self.scale) & (known < self.scale * BROKEN)]
        return float(np.quantile(known, quantile)) if known.size else float(self.scale)

    def _layers(self, number: int) -> tuple[int, int]:
        starts = self.tables.layer_starts
        return int(starts[number]), int(starts[number + 1])

    def _choose(self, number: int, chosen: Integers) -> None:
        """Take a member's own choices, which supply nothing yet."""
        first, last = self._layers(number)
        self.state.chosen[first:last] = chosen + self.tables.option_starts[first]
        choose(self.tables, self.state, number, first)

    def _any_schedule(self, number: int) -> Integers:
        """Return a schedule that the own rows allow."""
        first, last = self._layers(number)
        self.state.prices[:] = self.tables.cost
        rng = np.random.default_rng(0)
        cheapest(self.tables, self.state, number, first, last, 0.0, rng)
        return np.asarray(self.state.drawn[first:last] - self.tables.option_starts[first])

    def _take(self, chosen: Integers) -> None:
        state = self.state
        change(self.tables, state, 0, chosen.size, -1)
        state.chosen[:] = chosen
        for number in range(len(self.members)):
            choose(self.tables, state, number, self._layers(number)[0])
        change(self.tables, state, 0, chosen.size, 1)
        self._settle()

    def _settle(self) -> None:
        self.state.block_costs[:] = self.state.costs.max(axis=1)
