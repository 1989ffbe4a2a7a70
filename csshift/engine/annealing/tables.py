"""The tables that steps of annealing read, and the state that they change.

Flat arrays of numbers are what can be compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from csshift.engine.annealing.schedules import AgentSchedules
from csshift.program import Floats, Integers

DEAD = 1 << 55
"""Cost of a schedule that the own rows do not allow."""

LEAST = -(1 << 58)
"""Cost of a block by a vertex that it does not have."""


class Tables(NamedTuple):
    """What a team's members can choose; constant. Layers, options and so on of all in one row.

    Attributes
    ----------
    layer_starts : int64 array, shape (members + 1,)
    day_starts : int64 array, shape (members, days + 1)
        First layer of each day.
    option_starts, class_starts, place_starts : int64 array, shape (layers + 1,)
        First option, class and place of each layer.
    first_option : int64 array, shape (classes + 1,)
    class_of : int64 array, shape (options,)
        Class of each option, counted from the first one of its layer.
    arc_starts, widths : int64 array, shape (layers,)
        First arc of each layer, and its number of nodes.
    node_starts : int64 array, shape (layers + members + 1,)
        First node of each level; a member has one level more than layers.
    child : int64 array, shape (arcs,)
        By class and node of a layer: node of the next level, -1 where there is no arc.
    arc_cost : int64 array, shape (arcs,)
    cost : int64 array, shape (options,)
        Own cost of an option.
    supply_starts : int64 array, shape (options + 1,)
        First of each option's entries in `option_supply`.
    option_supply : int64 array
    place_block : int64 array, shape (places,)
    place_supplies : int64 array, shape (places + 1,)
        First supply of each place.
    supply_block, effect : int64 array, shape (supplies,)
        Block of a supply, and number of what it does to the block's costs.
    amount : float array, shape (supplies, width)
    """

    layer_starts: Integers
    day_starts: Integers
    option_starts: Integers
    class_starts: Integers
    place_starts: Integers
    first_option: Integers
    class_of: Integers
    arc_starts: Integers
    widths: Integers
    node_starts: Integers
    child: Integers
    arc_cost: Integers
    cost: Integers
    supply_starts: Integers
    option_supply: Integers
    place_block: Integers
    place_supplies: Integers
    supply_block: Integers
    effect: Integers
    amount: Floats


class State(NamedTuple):
    """The choices of a team and what they cost, changed in place; then room for a step.

    Attributes
    ----------
    chosen : int64 array, shape (layers,)
        Options.
    nodes : int64 array, shape (layers + members,)
        Nodes that the choices reach, by level.
    rest : int64 array, shape (layers,)
        Cost of a member's arcs from a layer to the end.
    own_cost : int64 array, shape (members,)
        Cost of the choices apart from recourse.
    costs : int64 array, shape (blocks, vertices)
        Cost of recourse by each vertex, in whole units: the highest of whole numbers is found five
        times as fast.
    effects : int64 array, shape (effects, vertices)
        What supplies take off these costs.
    supply : float array, shape (blocks, width)
    block_costs : int64 array, shape (blocks,)
    lowest : int64 array, shape (layers,)
        The best choices of the latest steps.
    former, drawn : int64 array, shape (layers,)
        Options before a step, and those that were drawn.
    former_costs : int64 array, shape (blocks,)
        Costs of `blocks` before a step.
    prices : int64 array, shape (options,)
    added : int64 array, shape (supplies,)
        What a supply adds to the cost of its block.
    class_price : float array, shape (classes,)
        Least disturbed price of a class.
    class_option : int64 array, shape (classes,)
        The option that has it.
    reached : int64 array, shape (nodes,)
        Nodes that a window reaches, level by level.
    levels : int64 array, shape (layers + 2,)
        First of these of each level of the window.
    node_stamp, block_stamp : int64 array, shape (nodes,) and (blocks,)
        Number of the latest list that a node or a block is in.
    node_value : float array, shape (nodes,)
        Cost to go from a node.
    blocks : int64 array, shape (blocks,)
        Blocks that a step changes.
    stamp : int64 array, shape (1,)
        Number of the latest list.
    """

    chosen: Integers
    nodes: Integers
    rest: Integers
    own_cost: Integers
    costs: Integers
    effects: Integers
    supply: Floats
    block_costs: Integers
    lowest: Integers
    former: Integers
    former_costs: Integers
    drawn: Integers
    prices: Integers
    added: Integers
    class_price: Floats
    class_option: Integers
    reached: Integers
    levels: Integers
    node_stamp: Integers
    node_value: Floats
    block_stamp: Integers
    blocks: Integers
    stamp: Integers

    @classmethod
    def empty(cls, tables: Tables, blocks: int, effects: int) -> State:
        """Return a state without choices, for so many blocks and effects of supplies."""
        layers, members = tables.widths.size, tables.layer_starts.size - 1
        options, classes = tables.cost.size, tables.first_option.size - 1
        nodes, supplies = int(tables.node_starts[-1]), tables.effect.size
        return cls(
            chosen=_zeros(layers),
            nodes=_zeros(layers + members),
            rest=_zeros(layers),
            own_cost=_zeros(members),
            costs=_zeros(blocks, 0),
            effects=_zeros(effects, 0),
            supply=np.zeros((blocks, tables.amount.shape[1])),
            block_costs=_zeros(blocks),
            lowest=_zeros(layers),
            former=_zeros(layers),
            former_costs=_zeros(blocks),
            drawn=_zeros(layers),
            prices=_zeros(options),
            added=_zeros(supplies),
            class_price=np.zeros(classes),
            class_option=_zeros(classes),
            reached=_zeros(nodes),
            levels=_zeros(layers + 2),
            node_stamp=_zeros(nodes),
            node_value=np.zeros(nodes),
            block_stamp=_zeros(blocks),
            blocks=_zeros(blocks),
            stamp=_zeros(1),
        )


def join(members: Sequence[AgentSchedules], effect: Integers, width: int, scale: int) -> Tables:
    """Put the tables of all members in one row."""
    layers = [member.days.size for member in members]
    options = [member.cost.size for member in members]
    classes = [member.first_option.size for member in members]
    places = [len(member.supplies.places) for member in members]
    supplies = [member.supplies.place.size for member in members]
    entries = [member.supplies.by_option.nnz for member in members]
    arcs = [arc for member in members for arc in member.arcs]
    widths = [arc.child.shape[1] for arc in arcs]
    levels = chain.from_iterable((*(arc.child.shape[1] for arc in m.arcs), 1) for m in members)
    return Tables(
        layer_starts=_starts(layers),
        day_starts=np.stack(
            [m.day_starts + first for m, first in zip(members, _starts(layers), strict=False)]
        ),
        option_starts=_joined([m.option_starts for m in members], options),
        class_starts=_joined([m.class_starts for m in members], classes),
        place_starts=_joined([m.place_starts for m in members], places),
        first_option=_joined([np.append(m.first_option, m.cost.size) for m in members], options),
        class_of=np.concatenate([member.class_of for member in members]),
        arc_starts=_starts([arc.child.size for arc in arcs])[:-1],
        widths=np.array(widths, dtype=np.int64),
        node_starts=_starts(list(levels)),
        child=np.concatenate([arc.child.ravel() for arc in arcs]),
        arc_cost=scale * np.concatenate([arc.cost.ravel() for arc in arcs]),
        cost=scale * np.concatenate([member.cost for member in members]),
        supply_starts=_joined(
            [m.supplies.by_option.indptr.astype(np.int64) for m in members], entries
        ),
        option_supply=np.concatenate(
            [
                m.supplies.by_option.indices.astype(np.int64) + first
                for m, first in zip(members, _starts(supplies), strict=False)
            ]
        ),
        place_block=np.concatenate([m.supplies.places[:, 1] for m in members]),
        place_supplies=_joined([m.place_supplies for m in members], supplies),
        supply_block=np.concatenate([m.supplies.block for m in members]),
        effect=effect,
        amount=np.concatenate([m.supplies.amount for m in members]).reshape(-1, width),
    )


def _starts(sizes: Sequence[int]) -> Integers:
    """Return the first place of each part, and the one behind the last."""
    return np.cumsum([0, *sizes], dtype=np.int64)


def _joined(starts: Sequence[Integers], sizes: Sequence[int]) -> Integers:
    """Put the starts of all members in one row; the end of each is the start of the next."""
    firsts = _starts(sizes)
    parts = [own[:-1] + first for own, first in zip(starts, firsts, strict=False)]
    return np.concatenate([*parts, firsts[-1:]])


def _zeros(*shape: int) -> Integers:
    return np.zeros(shape, dtype=np.int64)
