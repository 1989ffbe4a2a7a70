"""One agent's schedules: what can be chosen on each day, and what each choice supplies.

All schedules that the agent's own rows allow are the paths of a decision diagram, so the cheapest
one for any prices of choices is found in one pass, on the whole horizon or on some days.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array, csr_array

from csshift.engine.annealing.recourse_prices import RecoursePrices
from csshift.engine.diagrams.day_options import DayCatalogue
from csshift.engine.diagrams.diagram import DEAD, Diagram, compile_diagram
from csshift.engine.diagrams.layers import Layers, build_layers
from csshift.engine.diagrams.row_costs import Bools
from csshift.engine.generation_params import DiagramParams
from csshift.engine.params import AnnealingParams
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, Floats, Integers

LARGEST_PRICE = 1e15
"""Limit of prices; a path of them does not reach `DEAD`."""


@dataclass(frozen=True, eq=False)
class Supplies:
    """What an agent's options supply to blocks.

    One option of a layer supplies each block at most once. Equal supplies of a layer to a block
    are counted once.

    Parameters
    ----------
    places : int64 array, shape (places, 2)
        Pairs of layer and block that some option reaches, in order.
    place : int64 array, shape (supplies,)
        Place of each supply, in order.
    amount : float array, shape (supplies, width)
        What it adds to the block's rows.
    by_option : csr_array, shape (options, supplies)
        Supplies of each option.
    """

    places: Integers
    place: Integers
    amount: Floats
    by_option: csr_array

    @property
    def block(self) -> Integers:
        """Block of each supply."""
        return np.asarray(self.places[self.place, 1])


class AgentSchedules:
    """The schedules of one agent.

    Parameters
    ----------
    columns : int64 array
        The agent's columns in the program.
    layers : Layers
    diagram : Diagram
    days : int64 array
        Day of each column.

    Attributes
    ----------
    days : int64 array, shape (layers,)
        Day of each layer.
    option_starts, class_starts : int64 array, shape (layers + 1,)
        First option and first class of each layer.
    first_option : int64 array, shape (classes,)
    class_of : int64 array, shape (options,)
    cost : int64 array, shape (options,)
        Own cost of an option.
    supplies : Supplies
    overlaps : bool
        Whether a block is reached from several layers.
    """

    def __init__(
        self,
        prices: RecoursePrices,
        columns: Integers,
        layers: Layers,
        diagram: Diagram,
        days: Integers,
    ) -> None:
        self.columns, self._layers = columns, layers
        self._child = [layer.child.astype(np.intp) for layer in diagram.layers]
        self._arc_cost = [layer.cost.astype(np.int64) for layer in diagram.layers]
        # Nested lists are faster to walk along; the last node of each is the one of missing arcs.
        ends = [*(child.shape[1] for child in self._child[1:]), 1]
        self._child_list = [
            [[*row, end] for row in child.tolist()]
            for child, end in zip(self._child, ends, strict=True)
        ]
        self._cost_list = [[[*row, DEAD] for row in cost.tolist()] for cost in self._arc_cost]
        self._costly_layers = [n for n, cost in enumerate(self._arc_cost) if cost.any()]
        parts = layers.layers
        self.days = np.maximum.accumulate([int(days[part.columns].max()) for part in parts])
        self._day_starts = np.searchsorted(self.days, np.arange(self.days[-1] + 2)).tolist()
        self.option_starts = np.cumsum([0, *(part.choice.fixed.size for part in parts)])
        self.class_starts = np.cumsum([0, *(part.choice.starts.size for part in parts)])
        self._class_bounds = self.class_starts.tolist()
        begins = zip(parts, self.option_starts, strict=False)
        self.first_option = np.concatenate([part.choice.starts + begin for part, begin in begins])
        self.class_sizes = np.diff(np.append(self.first_option, self.option_starts[-1]))
        self.class_of = np.repeat(np.arange(self.first_option.size), self.class_sizes)
        self._options = np.zeros((int(self.option_starts[-1]), columns.size), dtype=np.int64)
        for part, begin in zip(parts, self.option_starts, strict=False):
            self._options[begin : begin + part.choice.fixed.size, part.columns] = (
                part.choice.options
            )
        block = layers.costs.block
        fixed = np.concatenate([part.choice.fixed for part in parts])
        self.cost = fixed + self._options @ np.where(layers.costs.slack, 0, block.cost)
        self.supplies = self._find_supplies(prices)
        place_layer = self.supplies.places[:, 0]
        numbers = np.arange(len(parts) + 1)
        blocks = self.supplies.places[:, 1]
        self.overlaps = np.unique(blocks).size < blocks.size
        self.place_starts = np.searchsorted(place_layer, numbers)
        self.supply_starts = np.searchsorted(place_layer[self.supplies.place], numbers)
        table = self.supplies.by_option
        self.supplies_of = np.split(table.indices.astype(np.int64), table.indptr[1:-1])
        # Behind the supplies of each option stands a number that no supply has: an empty part of
        # an array has no sum otherwise.
        padded = [np.append(part, table.shape[1]) for part in self.supplies_of]
        self._supply: Integers = np.concatenate(padded)
        self._pointers = np.cumsum([0, *(part.size for part in padded)])

    def options_of(self, values: Integers) -> Integers | None:
        """Return the option of each layer in a solution; None where one is not listed.

        Parameters
        ----------
        values : int64 array, shape (program.columns,)
        """
        own, chosen = values[self.columns], []
        for part, begin in zip(self._layers.layers, self.option_starts, strict=False):
            same = np.flatnonzero((part.choice.options == own[part.columns]).all(axis=1))
            if not same.size:
                return None
            chosen.append(int(begin) + int(same[0]))
        return np.array(chosen)

    def values_of(self, chosen: Integers) -> Integers:
        """Return the values of the agent's columns, the slacks of own rows at their best."""
        return self._layers.costs.complete(self._options[chosen].sum(axis=0))

    def layers_of(self, first: int, last: int) -> tuple[int, int]:
        """Return the layers of days first..last - 1."""
        starts = self._day_starts
        most = len(starts) - 1
        return starts[min(max(first, 0), most)], starts[min(max(last, 0), most)]

    def sums(self, added: Floats, window: tuple[int, int]) -> Floats:
        """Return the sum over the supplies of each option of some layers.

        Parameters
        ----------
        added : float array
            By supply of these layers, and a 0 behind them.
        """
        first, last = window
        starts = self._pointers[self.option_starts[first] : self.option_starts[last] + 1]
        supplies = self._supply[starts[0] : starts[-1]] - self.supply_starts[first]
        np.minimum(supplies, added.size - 1, out=supplies)
        return np.asarray(np.add.reduceat(added[supplies], starts[:-1] - starts[0]))

    def follow(self, chosen: Integers, first: int, nodes: list[int]) -> tuple[list[int], int]:
        """Return the nodes that changed choices reach, and what their arcs cost more.

        Parameters
        ----------
        chosen : int64 array, shape (layers,)
            Choices that equal the former ones before a layer.
        first : int
            That layer.
        nodes : list of int
            Those that the former choices reached before each layer up to that one.

        Returns
        -------
        nodes : list of int
        cost : int
            Of all arcs.
        """
        kinds = (self.class_of[chosen] - self.class_starts[:-1]).tolist()
        reached, cost = nodes[: first + 1], 0
        for layer in range(first, len(kinds)):
            reached.append(self._child_list[layer][kinds[layer]][reached[layer]])
        for layer in self._costly_layers:
            cost += self._cost_list[layer][kinds[layer]][reached[layer]]
        return (reached, cost) if reached[-1] == 0 else (reached, DEAD)

    def tail(self, chosen: Integers, layer: int, ahead: Integers) -> Integers:
        """Return what the own rows cost from each node of a layer on if the choices stay.

        Parameters
        ----------
        ahead : int64 array
            The same for the layer behind.
        """
        kind = int(self.class_of[chosen[layer]] - self.class_starts[layer])
        child, cost = self._child[layer][kind], self._arc_cost[layer][kind]
        found = np.empty(child.size + 1, dtype=np.int64)
        np.minimum(ahead[child] + cost, DEAD, out=found[:-1])
        found[-1] = DEAD
        return found

    def cheapest(
        self, prices: Floats, window: tuple[int, int], node: int, ahead: Integers
    ) -> Integers:
        """Return the cheapest options of some layers.

        Parameters
        ----------
        prices : float array
            By option of these layers.
        window : (int, int)
            First layer, and the one behind the last.
        node : int
            Where the path begins.
        ahead : int64 array
            Cost to go from the nodes behind the window.
        """
        first, last = window
        bounds, costly = self._class_bounds, self._costly_layers
        begin, behind = bounds[first], bounds[last]
        whole = np.minimum(prices, LARGEST_PRICE)
        np.maximum(whole, -LARGEST_PRICE, out=whole)
        whole = np.rint(whole, out=whole).astype(np.int64)
        starts = self.first_option[begin:behind] - self.option_starts[first]
        kinds = np.minimum.reduceat(whole, starts)[:, None]
        totals = []
        for number in range(last - 1, first - 1, -1):
            total = ahead.take(self._child[number])
            if number in costly:
                total += self._arc_cost[number]
            total += kinds[bounds[number] - begin : bounds[number + 1] - begin]
            totals.append(total)
            ahead = np.empty(total.shape[1] + 1, dtype=np.int64)
            np.minimum.reduce(total, axis=0, out=ahead[:-1])
            ahead[-1] = DEAD
        chosen = np.empty(last - first, dtype=np.int64)
        for number in range(first, last):
            kind = int(totals[last - 1 - number][:, node].argmin())
            node = self._child_list[number][kind][node]
            place = bounds[number] + kind
            start, size = int(starts[place - begin]), int(self.class_sizes[place])
            best = int(whole[start : start + size].argmin()) if size > 1 else 0
            chosen[number - first] = self.first_option[place] + best
        return chosen

    def _find_supplies(self, prices: RecoursePrices) -> Supplies:
        """Multiply options by the program's matrix, block by block."""
        matrix = csr_array(prices.recourse.decision_matrix[:, self.columns].T)
        added = csr_array(csr_array(self._options.astype(np.float64)) @ matrix)
        added.eliminate_zeros()
        options = self._options.shape[0]
        option = np.repeat(np.arange(options), np.diff(added.indptr))
        block = prices.row_block[added.indices]
        inside = block >= 0
        option, block = option[inside], block[inside]
        pair, inverse = np.unique(option * prices.blocks + block, return_inverse=True)
        amounts = np.zeros((pair.size, prices.width))
        amounts[inverse.ravel(), prices.row_place[added.indices[inside]]] = added.data[inside]
        option, block = np.divmod(pair, prices.blocks)
        sizes = np.diff(self.option_starts)
        layer = np.repeat(np.arange(sizes.size), sizes)[option]
        places, place = np.unique(np.stack([layer, block], axis=1), axis=0, return_inverse=True)
        known, number = np.unique(
            np.column_stack([place.ravel(), amounts]), axis=0, return_inverse=True
        )
        ones = np.ones(option.size)
        return Supplies(
            places=places.astype(np.int64),
            place=known[:, 0].astype(np.int64),
            amount=known[:, 1:],
            by_option=csr_array((ones, (option, number.ravel())), shape=(options, known.shape[0])),
        )


class TooLargeError(Exception):
    """An agent has too many schedules to describe."""


class ScheduleBuilder:
    """Describes the schedules of agents; what equal agents share is compiled once."""

    def __init__(
        self, structure: Structure, prices: RecoursePrices, params: AnnealingParams
    ) -> None:
        self._structure, self._prices, self._params = structure, prices, params
        self._days = DayCatalogue(DiagramParams(max_options=params.max_options))
        self._known: dict[tuple[bytes, ...], tuple[Layers, Diagram]] = {}

    def build(self, agent: int) -> AgentSchedules:
        """Return the schedules of one agent.

        Raises
        ------
        TooLargeError
            When a day has too many options, or the diagram too many nodes.
        """
        program = self._structure.program
        columns = self._structure.columns_of_agent(agent)
        everything = self._structure.restrict(columns, program.lower)
        own = program.row_agent[everything.row_ids] != NOBODY
        linking = csc_array(everything.matrix[np.flatnonzero(~own)])
        subproblem = replace(
            everything,
            matrix=csr_array(everything.matrix[np.flatnonzero(own)]),
            row_lower=everything.row_lower[own],
            row_upper=everything.row_upper[own],
            row_ids=everything.row_ids[own],
        )
        days = program.column_day[subproblem.column_ids].astype(np.int64)
        linked = np.diff(linking.indptr) > 0
        layers, diagram = self._compile(subproblem, days, linked)
        return AgentSchedules(self._prices, subproblem.column_ids, layers, diagram, days)

    def _compile(
        self, subproblem: Subproblem, days: Integers, linked: Bools
    ) -> tuple[Layers, Diagram]:
        matrix = subproblem.matrix
        parts = [matrix.indptr, matrix.indices, matrix.data, days, linked, subproblem.cost]
        parts += [subproblem.row_lower, subproblem.row_upper, subproblem.lower, subproblem.upper]
        key = tuple(part.tobytes() for part in parts)
        if key not in self._known:
            layers = build_layers(subproblem, days, linked, self._days)
            diagram = None if layers is None else compile_diagram(layers, self._params.max_nodes)
            if layers is None or diagram is None:
                raise TooLargeError
            self._known[key] = layers, diagram
        return self._known[key]
