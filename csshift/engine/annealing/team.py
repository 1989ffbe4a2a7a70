"""The choices of all agents, and what changing them costs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from csshift.engine.annealing.recourse_prices import BROKEN, RecoursePrices, supplied
from csshift.engine.annealing.schedules import AgentSchedules
from csshift.engine.diagrams.diagram import DEAD
from csshift.program import Floats, Integers


class Member:
    """One agent of a team: the schedules and the one that is chosen.

    Attributes
    ----------
    chosen : int64 array, shape (layers,)
    effects : int64 array, shape (supplies,)
        Number of what each supply does to the costs of its block.
    own_cost : int
        Cost of the choices apart from recourse.
    """

    def __init__(self, schedules: AgentSchedules, effects: Integers) -> None:
        self.schedules, self.effects = schedules, effects
        self.supply_block = schedules.supplies.block
        self.place_block = schedules.supplies.places[:, 1]
        self.chosen: Integers = np.empty(0, dtype=np.int64)
        self.own_cost = 0
        self.nodes: list[int] = []
        self._tails: dict[int, Integers] = {}

    def choose(self, chosen: Integers, window: tuple[int, int] | None = None) -> None:
        """Take a schedule that differs from the former one in a window alone."""
        schedules = self.schedules
        layers = chosen.size
        first, last = window or (0, layers)
        nodes = self.nodes if window else [0]
        self.nodes, arcs = schedules.follow(chosen, first, nodes)
        self.chosen = chosen
        self.own_cost = int(schedules.cost[chosen].sum()) + arcs
        tails = self._tails if window else {layers: np.array([0, DEAD])}
        self._tails = {layer: tail for layer, tail in tails.items() if layer >= last}

    def tail(self, layer: int) -> Integers:
        """Return what the own rows cost from each node of a layer on if the choices stay."""
        known = self._tails
        lowest = layer
        while lowest not in known:
            lowest += 1
        while lowest > layer:
            lowest -= 1
            known[lowest] = self.schedules.tail(self.chosen, lowest, known[lowest + 1])
        return known[layer]

    def state(self) -> tuple[Integers, list[int], int, dict[int, Integers]]:
        """Return what `restore` takes."""
        return self.chosen, self.nodes, self.own_cost, self._tails

    def restore(self, state: tuple[Integers, list[int], int, dict[int, Integers]]) -> None:
        """Return to the choices of an earlier state."""
        self.chosen, self.nodes, self.own_cost, self._tails = state

    def supplies(self, window: tuple[int, int]) -> Integers:
        """Return the supplies of the chosen options of some layers."""
        known = self.schedules.supplies_of
        chosen = [known[option] for option in self.chosen[window[0] : window[1]].tolist()]
        return np.concatenate(chosen) if chosen else np.empty(0, dtype=np.int64)


class Team:
    """All agents with their choices; the price of recourse follows every change.

    Parameters
    ----------
    prices : RecoursePrices
    schedules : iterable of AgentSchedules

    Attributes
    ----------
    members : tuple of Member
    supply : float array, shape (blocks, width)
        What all choices supply.
    """

    def __init__(self, prices: RecoursePrices, schedules: Iterable[AgentSchedules]) -> None:
        self.prices = prices
        agents = tuple(schedules)
        tables = [
            np.column_stack([prices.form[agent.supplies.block], agent.supplies.amount])
            for agent in agents
        ]
        distinct, number = np.unique(np.concatenate(tables), axis=0, return_inverse=True)
        ends = np.cumsum([table.shape[0] for table in tables])
        effects = np.split(number.ravel(), ends[:-1])
        self.members = tuple(Member(agent, own) for agent, own in zip(agents, effects, strict=True))
        self._effect_form, self._effect_amount = distinct[:, 0].astype(np.int64), distinct[:, 1:]
        self._effects = np.zeros((distinct.shape[0], 0))
        self.supply = np.zeros((prices.blocks, prices.width))
        self._costs = np.zeros((prices.blocks, 0))
        self._block_costs = np.empty(0)
        self._learned = 0

    def load(self, values: Integers) -> None:
        """Take the decisions of a solution, shape (program.columns,)."""
        structure = self.prices.recourse.structure
        others = values.copy()
        others[structure.recourse] = 0
        for member in self.members:
            others[member.schedules.columns] = 0
        self.supply = supplied(self.prices, others)
        for member in self.members:
            chosen = member.schedules.options_of(values)
            if chosen is not None:
                member.choose(chosen)
            if chosen is None or member.own_cost >= DEAD // 2:
                member.choose(self._any_schedule(member.schedules))
            self.put(member, (0, member.chosen.size), member.chosen)
        self._learned = -1
        self.follow_prices()

    def decisions(self, values: Integers, choices: Iterable[Integers]) -> Integers:
        """Return values with the choices of all members in place of theirs."""
        changed = values.copy()
        for member, chosen in zip(self.members, choices, strict=True):
            changed[member.schedules.columns] = member.schedules.values_of(chosen)
        return changed

    def total(self) -> float:
        """Return the cost of all choices by the vertices known."""
        return float(self._block_costs.sum()) + sum(member.own_cost for member in self.members)

    def follow_prices(self) -> bool:
        """Use the vertices found meanwhile; return whether there were any."""
        prices, log = self.prices, self.prices.log
        if self._learned == len(log):
            return False
        room = prices.constants.shape[1]
        if self._learned < 0 or self._costs.shape[1] != room:
            self._costs = prices.costs(self.supply)
            vertices = prices.vertices[self._effect_form]
            self._effects = np.einsum("evw,ew->ev", vertices, self._effect_amount)
        else:
            for form, number in log[self._learned :]:
                vertex, blocks = prices.vertices[form, number], prices.members[form]
                costs = prices.constants[blocks, number] - self.supply[blocks] @ vertex
                self._costs[blocks, number] = costs
                same = np.flatnonzero(self._effect_form == form)
                self._effects[same, number] = self._effect_amount[same] @ vertex
        self._block_costs = self._costs.max(axis=1)
        self._learned = len(log)
        return True

    def state(self, blocks: Integers) -> tuple[Floats, Floats, Floats]:
        """Return prices, supply and cost of some blocks; `restore` takes them."""
        return (
            self._costs.take(blocks, axis=0),
            self.supply.take(blocks, axis=0),
            self._block_costs[blocks],
        )

    def restore(self, blocks: Integers, state: tuple[Floats, Floats, Floats]) -> None:
        """Return to an earlier state of some blocks."""
        self._costs[blocks], self.supply[blocks], self._block_costs[blocks] = state

    def settle(self, blocks: Integers) -> float:
        """Settle the cost of blocks whose supply changed, and return it."""
        costs = np.maximum.reduce(self._costs.take(blocks, axis=0), axis=1)
        self._block_costs[blocks] = costs
        return float(costs.sum())

    def lift(self, member: Member, window: tuple[int, int]) -> None:
        """Take away what a member's choices supply; its prices then hold for what is put back."""
        self._change(member, window, np.add, np.subtract)

    def put(self, member: Member, window: tuple[int, int], chosen: Integers) -> None:
        """Put back a member's choices of the window; `chosen` is theirs where none changed."""
        if chosen is not member.chosen:
            member.choose(chosen, window)
        self._change(member, window, np.subtract, np.add)

    def option_prices(self, member: Member, window: tuple[int, int]) -> Floats:
        """Return the price of every option of the window for a member who was lifted."""
        schedules = member.schedules
        first, last = schedules.place_starts[window[0]], schedules.place_starts[window[1]]
        begin, end = schedules.supply_starts[window[0]], schedules.supply_starts[window[1]]
        costs = self._costs.take(member.place_block[first:last], axis=0)
        place = schedules.supplies.place[begin:end] - first
        with_supply = costs.take(place, axis=0)
        with_supply -= self._effects.take(member.effects[begin:end], axis=0)
        added = np.zeros(place.size + 1)
        np.maximum.reduce(with_supply, axis=1, out=added[:-1])
        added[:-1] -= np.maximum.reduce(costs, axis=1)[place]
        options = slice(schedules.option_starts[window[0]], schedules.option_starts[window[1]])
        return schedules.sums(added, window) + schedules.cost[options]

    def typical_difference(self, quantile: float) -> float:
        """Return a quantile of the differences that changing one choice makes to the cost."""
        found = []
        for member in self.members:
            window = 0, member.chosen.size
            self.lift(member, window)
            prices = self.option_prices(member, window)
            self.put(member, window, member.chosen)
            sizes = np.diff(member.schedules.option_starts)
            found.append(np.abs(prices - np.repeat(prices[member.chosen], sizes)))
        known = np.concatenate(found)
        known = known[(known >= 1.0) & (known < BROKEN)]
        return float(np.quantile(known, quantile)) if known.size else 1.0

    def _change(
        self, member: Member, window: tuple[int, int], on_costs: np.ufunc, on_supply: np.ufunc
    ) -> None:
        """Add or subtract what a member's choices supply, and its effect on the costs."""
        supplies = member.supplies(window)
        blocks = member.supply_block[supplies]
        effects = self._effects.take(member.effects[supplies], axis=0)
        amounts = member.schedules.supplies.amount.take(supplies, axis=0)
        # Blocks in order differ; others may be reached twice, and only `at` counts both.
        if member.schedules.overlaps and not (blocks[1:] > blocks[:-1]).all():
            on_costs.at(self._costs, blocks, effects)
            on_supply.at(self.supply, blocks, amounts)
        else:
            self._costs[blocks] = on_costs(self._costs.take(blocks, axis=0), effects)
            self.supply[blocks] = on_supply(self.supply.take(blocks, axis=0), amounts)

    @staticmethod
    def _any_schedule(schedules: AgentSchedules) -> Integers:
        """Return a schedule that the own rows allow."""
        window = 0, schedules.days.size
        return schedules.cheapest(schedules.cost.astype(np.float64), window, 0, np.array([0, DEAD]))
