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
from csshift.engine.diagrams.diagram import Diagram, DiagramLayer, compile_diagram
from csshift.engine.diagrams.layers import Layers, build_layers
from csshift.engine.diagrams.row_costs import Bools
from csshift.engine.generation_params import DiagramParams
from csshift.engine.params import AnnealingParams
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, Floats, Integers


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


@dataclass(frozen=True, eq=False)
class Arcs:
    """The arcs of one layer of a diagram.

    Parameters
    ----------
    child : int64 array, shape (classes, nodes)
        Node of the next level, -1 where there is no arc.
    cost : int64 array, shape (classes, nodes)
    """

    child: Integers
    cost: Integers

    @classmethod
    def of(cls, layer: DiagramLayer, end: int) -> Arcs:
        """Return the arcs of a layer before one of so many nodes."""
        missing = layer.child == end
        return cls(
            np.where(missing, -1, layer.child).astype(np.int64),
            np.where(missing, 0, layer.cost).astype(np.int64),
        )


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
    horizon : int
        Days of the program.

    Attributes
    ----------
    days : int64 array, shape (layers,)
        Day of each layer.
    day_starts : int64 array, shape (horizon + 1,)
        First layer of each day.
    arcs : list of Arcs
        By layer.
    option_starts, class_starts : int64 array, shape (layers + 1,)
        First option and first class of each layer.
    first_option : int64 array, shape (classes,)
    class_of : int64 array, shape (options,)
        Class of each option, counted from the first one of its layer.
    cost : int64 array, shape (options,)
        Own cost of an option.
    supplies : Supplies
    place_starts : int64 array, shape (layers + 1,)
        First place of each layer.
    place_supplies : int64 array, shape (places + 1,)
        First supply of each place.
    """

    def __init__(
        self,
        prices: RecoursePrices,
        columns: Integers,
        layers: Layers,
        diagram: Diagram,
        days: Integers,
        horizon: int,
    ) -> None:
        self.columns, self._layers = columns, layers
        ends = [*(layer.child.shape[1] for layer in diagram.layers[1:]), 1]
        self.arcs = [Arcs.of(layer, end) for layer, end in zip(diagram.layers, ends, strict=True)]
        parts = layers.layers
        self.days = np.maximum.accumulate([int(days[part.columns].max()) for part in parts])
        self.day_starts = np.searchsorted(self.days, np.arange(horizon + 1))
        self.option_starts = np.cumsum([0, *(part.choice.fixed.size for part in parts)])
        self.class_starts = np.cumsum([0, *(part.choice.starts.size for part in parts)])
        begins = zip(parts, self.option_starts, strict=False)
        self.first_option = np.concatenate([part.choice.starts + begin for part, begin in begins])
        sizes = np.diff(np.append(self.first_option, self.option_starts[-1]))
        first_class = np.repeat(self.class_starts[:-1], np.diff(self.option_starts))
        self.class_of = np.repeat(np.arange(self.first_option.size), sizes) - first_class
        self._options = np.zeros((int(self.option_starts[-1]), columns.size), dtype=np.int64)
        for part, begin in zip(parts, self.option_starts, strict=False):
            self._options[begin : begin + part.choice.fixed.size, part.columns] = (
                part.choice.options
            )
        block = layers.costs.block
        fixed = np.concatenate([part.choice.fixed for part in parts])
        self.cost = fixed + self._options @ np.where(layers.costs.slack, 0, block.cost)
        self.supplies = self._find_supplies(prices)
        places = self.supplies.places
        self.place_starts = np.searchsorted(places[:, 0], np.arange(len(parts) + 1))
        self.place_supplies = np.searchsorted(self.supplies.place, np.arange(len(places) + 1))

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
        horizon = self._structure.days
        return AgentSchedules(self._prices, subproblem.column_ids, layers, diagram, days, horizon)

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
