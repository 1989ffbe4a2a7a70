"""A decision diagram of a block: every path is a solution, and paths share what they can.

(Bergman, Cire, van Hoeve and Hooker, 2016.) Nodes of a layer are the distinct futures that partial
activities of the rows leave open. The diagram does not depend on prices: it is compiled once, and
then one pass from the last layer to the first finds the cheapest solution for any prices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csshift.engine.diagrams.layers import Layer, Layers
from csshift.engine.diagrams.row_costs import RowCosts
from csshift.program import Integers

DEAD = 1 << 62
"""Cost to go where no solution is left."""

LONG = 14
"""Layers above which a row counts as a component of its own while nodes are distinguished."""


@dataclass(frozen=True, eq=False)
class DiagramLayer:
    """The arcs that leave the nodes of one layer.

    Parameters
    ----------
    child : int32 array, shape (classes, nodes)
        Node of the next layer; its number of nodes where there is no arc.
    cost : int array, shape (classes, nodes)
        What the arc costs besides its class.
    """

    child: NDArray[np.int32]
    cost: NDArray[np.signedinteger]


@dataclass(frozen=True, eq=False)
class Diagram:
    """All solutions of a block as paths from the first layer to behind the last.

    Parameters
    ----------
    constant : int
        Part of every path's cost.
    """

    layers: tuple[DiagramLayer, ...]
    constant: int

    @property
    def nodes(self) -> int:
        """Number of nodes, without the last one."""
        return sum(layer.child.shape[1] for layer in self.layers)

    @property
    def arcs(self) -> int:
        """Number of arcs, those that are missing included."""
        return sum(layer.child.size for layer in self.layers)

    def costs_to_go(self, prices: list[Integers]) -> list[Integers]:
        """Return the least cost from every node to the end, by layer.

        Parameters
        ----------
        prices : list of int64 array, shape (classes,)
            Price of each class, by layer; sums along a path must be below 1 << 61.

        Returns
        -------
        list of int64 array, shape (nodes + 1,)
            The last entry, `DEAD`, is for missing arcs. One layer more than the diagram has.
        """
        ahead = np.array([0, DEAD])
        found = [ahead]
        for layer, price in zip(reversed(self.layers), reversed(prices), strict=True):
            total = ahead[layer.child]
            total += layer.cost
            total += price[:, None]
            ahead = np.empty(layer.child.shape[1] + 1, dtype=np.int64)
            total.min(axis=0, out=ahead[:-1])
            ahead[-1] = DEAD
            found.append(ahead)
        return found[::-1]

    def paths(
        self,
        prices: list[Integers],
        to_go: list[Integers],
        rng: np.random.Generator,
        count: int,
        slack: float,
    ) -> tuple[Integers, Integers]:
        """Return the cheapest path, and random ones that cost little more.

        Parameters
        ----------
        to_go : list of int64 array
            Of these prices.
        count : int
            Paths, equal ones included.
        slack : float
            What a path may cost more than the cheapest.

        Returns
        -------
        classes : int64 array, shape (count, layers)
        left : int64 array, shape (count,)
            What is left of the slack.
        """
        node = np.zeros(count, dtype=np.int64)
        left = np.full(count, slack)
        scale = np.full(count, max(slack, 0.0) / 3)
        scale[0] = 0.0
        each = np.arange(count)
        classes = np.zeros((count, len(self.layers)), dtype=np.int64)
        for number, (layer, price) in enumerate(zip(self.layers, prices, strict=True)):
            child = layer.child[:, node]
            regret = to_go[number + 1][child] + layer.cost[:, node] + price[:, None]
            regret -= to_go[number][node]
            noisy = regret + scale * rng.exponential(1.0, regret.shape)
            chosen = np.where(regret <= left, noisy, np.inf).argmin(axis=0)
            chosen[0] = regret[:, 0].argmin()
            classes[:, number] = chosen
            left = left - regret[chosen, each]
            node = child[chosen, each].astype(np.int64)
        return classes, left


def compile_diagram(layers: Layers, max_nodes: int) -> Diagram | None:
    """Return the diagram of a block; None where it is infeasible or has too many nodes."""
    return _Compiler(layers, max_nodes).run()


class _Compiler:
    """Compiles from the first layer to the last, then merges nodes with equal futures."""

    def __init__(self, layers: Layers, max_nodes: int) -> None:
        self.layers = layers
        self.max_nodes = max_nodes
        reach = layers.last - layers.first
        outside = np.flatnonzero(reach > 0)
        long = reach[outside] > LONG
        short = [outside[~long]] if np.any(~long) else []
        rows = short + [outside[long][k : k + 1] for k in range(int(long.sum()))]
        self.components = [_Component(own, layers) for own in rows]

    def run(self) -> Diagram | None:
        steps = []
        states = np.zeros((1, len(self.components)), dtype=np.int64)
        total = 0
        for number, layer in enumerate(self.layers.layers):
            child, cost, states = self._expand(number, layer, states)
            total += child.shape[1]
            if states.shape[0] == 0 or total + states.shape[0] > self.max_nodes:
                return None
            steps.append(DiagramLayer(child, cost))
        return _merged(steps, self.layers.constant)

    def _expand(
        self, number: int, layer: Layer, states: Integers
    ) -> tuple[NDArray[np.int32], Integers, Integers]:
        """Return children and costs of all arcs of a layer, and the states of the next one."""
        shape = (layer.choice.starts.size, states.shape[0])
        alive = np.ones(shape, dtype=np.bool_)
        cost = np.zeros(shape, dtype=np.int64)
        moved = []
        for place, component in enumerate(self.components):
            target, paid = component.advance(number, layer.added)
            target, paid = target[:, states[:, place]], paid[:, states[:, place]]
            alive &= target >= 0
            cost += paid
            moved.append(target)
        feasible = alive.copy()
        for kind in np.flatnonzero(layer.choice.better >= 0).tolist():
            alive[kind] &= ~feasible[layer.choice.better[kind]]
        child, fresh = _number(moved, alive)
        cost[~alive] = 0
        return child, cost, fresh


def _number(moved: list[Integers], alive: NDArray[np.bool_]) -> tuple[NDArray[np.int32], Integers]:
    """Number distinct states of live arcs; return them by arc, and the states."""
    picked = [target[alive] for target in moved]
    count = int(alive.sum())
    code = np.zeros(count, dtype=np.int64)
    size = 1
    for target in picked:
        values = int(target.max(initial=0)) + 1
        if size * values >= DEAD:
            _, code = np.unique(code, return_inverse=True)
            size = count
        code = code * values + target
        size *= values
    _, index, inverse = np.unique(code, return_index=True, return_inverse=True)
    child = np.full(alive.shape, index.size, dtype=np.int32)
    child[alive] = inverse
    fresh = [target[index] for target in picked]
    return child, np.stack(fresh, axis=1) if fresh else np.zeros((index.size, 0), np.int64)


class _Component:
    """Some rows, and the distinct partial activities that they had on the way to a layer."""

    def __init__(self, rows: Integers, layers: Layers) -> None:
        self.rows = rows
        self.costs: RowCosts = layers.costs
        self._first, self._last = layers.first[rows], layers.last[rows]
        added = [layer.added[:, rows] for layer in layers.layers]
        self._least = _sums_after([layer.min(axis=0) for layer in added])
        self._most = _sums_after([layer.max(axis=0) for layer in added])
        self._states = np.zeros((1, rows.size), dtype=np.int64)

    def advance(self, number: int, added: Integers) -> tuple[Integers, Integers]:
        """Move on by one layer; return targets (-1 where infeasible) and costs by class, state."""
        least, most = self._least[number], self._most[number]
        open_rows = np.flatnonzero((self._first <= number) & (self._last >= number))
        ids = self.rows[open_rows]
        activity = self._states[None, :, open_rows] + added[:, None, ids]
        activity, paid, feasible = self.costs.reduce(
            activity, ids, least[open_rows], most[open_rows]
        )
        ends = self._last[open_rows] == number
        closing, _ = self.costs.costs(activity[..., ends], ids[ends])
        paid += closing
        activity[..., ends] = 0
        states = np.zeros((int(feasible.sum()), self.rows.size), dtype=np.int64)
        states[:, open_rows] = activity[feasible]
        self._states, inverse = unique_rows(states)
        target = np.full(feasible.shape, -1, dtype=np.int64)
        target[feasible] = inverse
        return target, paid


def _sums_after(layers: list[Integers]) -> list[Integers]:
    """Return for each layer the sum of the layers of all later ones."""
    sums = [np.zeros_like(layers[0])]
    for layer in reversed(layers[1:]):
        sums.append(sums[-1] + layer)
    return sums[::-1]


def unique_rows(table: Integers) -> tuple[Integers, Integers]:
    """Return the distinct rows of a table, and the position of each row among them.

    Rows are compared by a hash, and then in full.
    """
    factors = np.random.default_rng(7).integers(1, 1 << 62, table.shape[1]) * 2 + 1
    for _ in range(3):
        code = table @ factors
        _, index, inverse = np.unique(code, return_index=True, return_inverse=True)
        if np.array_equal(table[index][inverse], table):
            return table[index], inverse
        factors = factors * 5 + 2
    distinct, inverse = np.unique(table, axis=0, return_inverse=True)
    return distinct, inverse.reshape(-1)


def _merged(steps: list[DiagramLayer], constant: int) -> Diagram | None:
    """Drop nodes without a solution and merge those with equal futures, last layer first."""
    number = np.array([0])  # of each node of the layer behind, -1 where there is no solution
    pushed = np.array([0])
    merged = []
    for step in reversed(steps):
        nodes = int(number.max(initial=-1)) + 1
        ahead = np.append(number, -1)[step.child]
        alive = ahead >= 0
        cost = np.where(alive, step.cost + np.append(pushed, 0)[step.child], DEAD)
        least = cost.min(axis=0, initial=DEAD)
        cost = np.where(alive, cost - least, 0)
        child = np.where(alive, ahead, nodes)
        kept = alive.any(axis=0)
        distinct, inverse = unique_rows(np.vstack([child, cost])[:, kept].T)
        if not inverse.size:
            return None
        number = np.full(kept.size, -1)
        number[kept] = inverse
        pushed = np.where(kept, least, 0)
        classes = step.child.shape[0]
        table = np.ascontiguousarray(distinct.T)
        merged.append(DiagramLayer(table[:classes].astype(np.int32), _narrow(table[classes:])))
    return Diagram(tuple(merged[::-1]), constant + int(pushed[0]))


def _narrow(cost: Integers) -> NDArray[np.signedinteger]:
    small = np.abs(cost).max(initial=0) < 1 << 31
    return cost.astype(np.int32) if small else cost
