"""Pricing one agent by a decision diagram."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import InitVar, dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.column_generation.master import AgentBlock
from csshift.engine.diagrams.day_options import DayCatalogue, digest_of
from csshift.engine.diagrams.diagram import Diagram, compile_diagram
from csshift.engine.diagrams.layers import Layers, build_layers
from csshift.engine.generation_params import DiagramParams
from csshift.program import Integers

LARGEST_STATIC_COST = float(1 << 60)
"""Sum of an agent's costs from which on they are left to CP-SAT."""


class Diagrams:
    """The diagrams of agents; equal ones are compiled once."""

    def __init__(self, params: DiagramParams) -> None:
        self.params = params
        self._days = DayCatalogue(params)
        self._known: dict[bytes, Diagram | None] = {}

    def pricer(self, block: AgentBlock, scale: tuple[int, int]) -> DiagramPricer | None:
        """Return a pricer of a block; None where its diagram cannot be compiled or is too large.

        Parameters
        ----------
        scale : (int, int)
            What costs are divided by and then multiplied with before pricing.
        """
        if not self.params.enabled:
            return None
        divisor, factor = scale
        scaled = replace(block.subproblem, cost=block.subproblem.cost // divisor * factor)
        size = np.abs(block.subproblem.cost).astype(np.float64) / divisor * factor
        ends = np.maximum(np.abs(scaled.lower), np.abs(scaled.upper))
        if size @ np.maximum(ends, 1) > LARGEST_STATIC_COST:
            return None
        layers = build_layers(scaled, block.days, block.linked, self._days)
        if layers is None:
            return None
        key = _digest(layers)
        if key not in self._known:
            self._known[key] = compile_diagram(layers, self.params.max_nodes)
        diagram = self._known[key]
        return None if diagram is None else DiagramPricer(layers, diagram)


def _digest(layers: Layers) -> bytes:
    """Return what tells the diagrams of two blocks apart.

    Rows of one day decide which classes there are, and matter no further.
    """
    costs, rows = layers.costs, np.flatnonzero(layers.first < layers.last)
    parts = [np.array([layers.constant]), layers.first[rows], layers.last[rows]]
    parts += [ends[rows] for ends in (*costs.domain, *costs.free)]
    parts += [ends[:, rows] for ends in (costs.first, costs.last, costs.slope)]
    for layer in layers.layers:
        parts += [layer.added[:, rows], layer.choice.better]
    return digest_of(parts)


@dataclass(eq=False)
class DiagramPricer:
    """Finds the cheapest schedules of one agent for given costs.

    Parameters
    ----------
    layers : Layers
        Those of the agent's block; they are not kept.
    diagram : Diagram
    """

    layers: InitVar[Layers]
    diagram: Diagram

    def __post_init__(self, layers_of_block: Layers) -> None:
        self._costs, layers = layers_of_block.costs, layers_of_block.layers
        sizes = np.array([layer.choice.fixed.size for layer in layers])
        begins = np.cumsum(sizes) - sizes
        starts = [layer.choice.starts + begin for layer, begin in zip(layers, begins, strict=True)]
        self._starts = np.concatenate(starts)
        self._layer_ends = np.cumsum([layer.choice.starts.size for layer in layers])
        self._class_of = np.repeat(
            np.arange(self._starts.size), np.diff(np.append(self._starts, sizes.sum()))
        )
        self._fixed = np.concatenate([layer.choice.fixed for layer in layers])
        # Rows are options of all days: values of the agent's columns, slacks left out.
        entries = [
            (row + begin, layer.columns[column], layer.choice.options[row, column])
            for layer, begin in zip(layers, begins, strict=True)
            for row, column in [np.nonzero(layer.choice.options)]
        ]
        row, column, data = (np.concatenate(part) for part in zip(*entries, strict=True))
        shape = (int(sizes.sum()), self._costs.block.columns)
        self._options = csr_array((data, (row, column)), shape=shape)

    @property
    def slack(self) -> NDArray[np.bool_]:
        """Which of the agent's columns are slacks, whose costs are those of the diagram."""
        return np.asarray(self._costs.slack)

    def price(
        self, cost: Integers, rng: np.random.Generator, count: int, limit: float
    ) -> tuple[int, Integers]:
        """Return the least cost, and schedules: the cheapest one first.

        Parameters
        ----------
        cost : int64 array, shape (own columns,)
            Those of slacks are the ones that the diagram was compiled with.
        count : int
            Schedules, equal ones included.
        limit : float
            Cost up to which schedules besides the cheapest are of use.

        Returns
        -------
        minimum : int
        values : int64 array, shape (schedules, own columns)
        """
        options, prices, to_go = self._costs_to_go(cost)
        minimum = int(to_go[0][0]) + self.diagram.constant
        slack = min(limit - minimum, LARGEST_STATIC_COST)
        paths, left = self.diagram.paths(prices, to_go, rng, count if slack > 0 else 1, slack)
        chosen = paths + (self._layer_ends - np.diff(self._layer_ends, prepend=0))
        picked = self._pick(options, chosen, left, rng)
        return minimum, self.values_of(picked)

    def _costs_to_go(self, cost: Integers) -> tuple[Integers, list[Integers], list[Integers]]:
        """Return the costs of all options, of all classes by layer, and the diagram's to go."""
        options = self._options @ cost + self._fixed
        classes = np.minimum.reduceat(options, self._starts)
        prices = np.split(classes, self._layer_ends[:-1])
        return options, prices, self.diagram.costs_to_go(prices)

    def least(self, cost: Integers) -> int:
        """Return the least cost of any schedule; `cost` is as for `price`."""
        return int(self._costs_to_go(cost)[2][0][0]) + self.diagram.constant

    def near(
        self, cost: Integers, slack: int, most: int, late: Callable[[], bool]
    ) -> tuple[Integers, NDArray[np.int32]] | None:
        """Return all schedules that cost at most so much more than the cheapest one.

        Schedules that another one replaces at any prices are left out, as in the diagram.

        Parameters
        ----------
        cost : int64 array, shape (own columns,)
            As for `price`.
        slack : int
        most : int
            Schedules, at most.
        late : callable
            Asked after every day whether listing takes too long.

        Returns
        -------
        costs : int64 array, shape (schedules,)
        chosen : int32 array, shape (schedules, days)
            The option of each day; None where there are too many schedules.
        """
        options, _, to_go = self._costs_to_go(cost)
        node, spent = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        chosen = np.zeros((1, 0), dtype=np.int32)
        ends = np.append(self._starts, options.size)[self._layer_ends]
        for number, layer in enumerate(self.diagram.layers):
            first = ends[number - 1] if number else 0
            option = np.arange(first, ends[number])
            kind = self._class_of[option] - (self._layer_ends[number - 1] if number else 0)
            child = layer.child[kind][:, node]
            total = to_go[number + 1][child] + layer.cost[kind][:, node]
            total += options[option, None] + (spent - to_go[number][node])
            taken, path = np.nonzero(total <= slack)
            # Every beginning within the slack has an end within it: there are never fewer.
            if taken.size > most or late():
                return None
            spent, node = total[taken, path], child[taken, path].astype(np.int64)
            chosen = np.hstack([chosen[path], option[taken, None].astype(np.int32)])
        return spent + int(to_go[0][0]) + self.diagram.constant, chosen

    def values_of(self, chosen: NDArray[np.integer]) -> Integers:
        """Return the schedules of chosen options, shape (schedules, own columns)."""
        values = np.asarray((_selection(chosen, self._fixed.size) @ self._options).todense())
        return np.stack([self._costs.complete(part) for part in values])

    def links_of(self, chosen: NDArray[np.integer], links: csr_array) -> csr_array:
        """Return what schedules of chosen options add to rows, shape (schedules, rows).

        Parameters
        ----------
        links : csr_array, shape (rows, own columns)
            Rows without slacks.
        """
        return csr_array(_selection(chosen, self._fixed.size) @ csr_array(self._options @ links.T))

    def column_of(self, chosen: NDArray[np.integer], column: int) -> Integers:
        """Return the values of one column that is no slack, shape (schedules,)."""
        values = np.asarray(self._options[:, [column]].todense())[:, 0]
        return np.asarray(values[chosen].sum(axis=1))

    def _pick(
        self, costs: Integers, classes: Integers, left: np.ndarray, rng: np.random.Generator
    ) -> Integers:
        """Return one option of each class: the cheapest, on later paths another that costs little.

        Parameters
        ----------
        classes : int64 array, shape (paths, layers)
        left : float array, shape (paths,)
            What each path may cost more.
        """
        cheapest = np.lexsort((costs, self._class_of))[self._starts]
        picked = cheapest[classes]
        for path in range(1, classes.shape[0]):
            noise = rng.exponential(max(float(left[path]), 0.0) / 3, costs.size)
            noisy = np.lexsort((costs + noise, self._class_of))[self._starts][classes[path]]
            more = np.cumsum(costs[noisy] - costs[picked[path]])
            picked[path] = np.where(more <= left[path], noisy, picked[path])
        return np.asarray(picked)


def _selection(chosen: NDArray[np.integer], options: int) -> csr_array:
    """Return a matrix of ones where a schedule chooses an option, shape (schedules, options)."""
    schedules, days = chosen.shape
    ones = np.ones(chosen.size, dtype=np.int64)
    starts = np.arange(schedules + 1) * days
    return csr_array((ones, chosen.reshape(-1), starts), shape=(schedules, options))
