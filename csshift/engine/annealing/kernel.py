"""The steps of annealing, compiled to machine code.

A step is some hundred small sums. As calls of NumPy it takes half a millisecond, and holds the
interpreter's lock all the while; compiled, it takes a thirtieth of that and holds no lock.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit

from csshift.engine.annealing.tables import DEAD, LEAST, State, Tables
from csshift.program import Integers

Function = TypeVar("Function", bound=Callable[..., object])


def _compiled(function: Function, inline: Literal["never", "always"] = "never") -> Function:
    try:
        found = njit(cache=True, nogil=True, inline=inline)(function)
    except RuntimeError:  # no place to keep it, neither beside the module nor in the user's cache
        found = njit(nogil=True, inline=inline)(function)
    return cast(Function, found)


def compiled(function: Function) -> Function:
    """Compile a function, once for all runs where there is a place to keep it."""
    return _compiled(function)


def inlined(function: Function) -> Function:
    """Compile a function into its only caller, which takes half the time."""
    return _compiled(function, "always")


class Moves(NamedTuple):
    """How steps are drawn.

    Attributes
    ----------
    several_agents : float
        Part of the steps that change several agents at once.
    most_agents : int
    days : float
        Mean number of days.
    """

    several_agents: float
    most_agents: int
    days: float


@compiled
def change(tables: Tables, state: State, first: int, last: int, sign: int) -> None:
    """Add (1) or take away (-1) what the choices of some layers supply."""
    costs, effects, supply = state.costs, state.effects, state.supply
    for layer in range(first, last):
        option = state.chosen[layer]
        for entry in range(tables.supply_starts[option], tables.supply_starts[option + 1]):
            number = tables.option_supply[entry]
            block, effect = tables.supply_block[number], tables.effect[number]
            for vertex in range(costs.shape[1]):
                costs[block, vertex] -= sign * effects[effect, vertex]
            for row in range(supply.shape[1]):
                supply[block, row] += sign * tables.amount[number, row]


@compiled
def choose(tables: Tables, state: State, member: int, first: int) -> None:
    """Follow a member's choices, which changed from some layer on."""
    begin, end = tables.layer_starts[member], tables.layer_starts[member + 1]
    dead = False
    for layer in range(first, end):
        node = state.nodes[layer + member]
        place = tables.arc_starts[layer] + node
        place += tables.class_of[state.chosen[layer]] * tables.widths[layer]
        child = tables.child[place]
        if child < 0:
            dead = True
            child = 0
        if layer + 1 < end:
            state.nodes[layer + member + 1] = child
    rest, own = 0, 0
    for layer in range(end - 1, begin - 1, -1):
        option = state.chosen[layer]
        place = tables.arc_starts[layer] + state.nodes[layer + member]
        rest += tables.arc_cost[place + tables.class_of[option] * tables.widths[layer]]
        own += tables.cost[option]
        state.rest[layer] = rest
    state.own_cost[member] = DEAD if dead else own + rest


@compiled
def _copy(source: Integers, target: Integers, first: int, last: int) -> None:
    """Copy a part; assigning slices takes a second to compile."""
    for place in range(first, last):
        target[place] = source[place]


@compiled
def _tail(tables: Tables, state: State, member: int, layer: int, node: int) -> int:
    """Return what the arcs cost from a node on if the choices stay."""
    total = 0
    for later in range(layer, tables.layer_starts[member + 1]):
        if node == state.nodes[later + member]:
            return total + int(state.rest[later])
        place = tables.arc_starts[later] + node
        place += tables.class_of[state.chosen[later]] * tables.widths[later]
        node = tables.child[place]
        if node < 0:
            return DEAD
        total += tables.arc_cost[place]
    return total


@compiled
def _highest(values: Integers) -> int:
    highest = LEAST
    for place in range(values.size):
        highest = max(highest, values[place])
    return highest


@compiled
def _highest_difference(values: Integers, taken: Integers) -> int:
    highest = LEAST
    for place in range(values.size):
        highest = max(highest, values[place] - taken[place])
    return highest


@compiled
def price_options(tables: Tables, state: State, first: int, last: int) -> None:
    """Price every option of some layers, whose choices were taken away, in `state.prices`."""
    for place in range(tables.place_starts[first], tables.place_starts[last]):
        costs = state.costs[tables.place_block[place]]
        base = _highest(costs)
        for number in range(tables.place_supplies[place], tables.place_supplies[place + 1]):
            effects = state.effects[tables.effect[number]]
            state.added[number] = _highest_difference(costs, effects) - base
    for option in range(tables.option_starts[first], tables.option_starts[last]):
        price = tables.cost[option]
        for entry in range(tables.supply_starts[option], tables.supply_starts[option + 1]):
            price += state.added[tables.option_supply[entry]]
        state.prices[option] = price


@compiled
def cheapest(
    tables: Tables,
    state: State,
    member: int,
    first: int,
    last: int,
    temperature: float,
    rng: np.random.Generator,
) -> None:
    """Write the cheapest options of some layers into `state.drawn`, at disturbed prices."""
    for number in range(tables.class_starts[first], tables.class_starts[last]):
        lowest, best = math.inf, -1
        for option in range(tables.first_option[number], tables.first_option[number + 1]):
            price = float(state.prices[option])
            if temperature > 0.0:
                price += temperature * math.log(-math.log(1.0 - rng.random()) + 1e-300)
            if price < lowest:
                lowest, best = price, option
        state.class_price[number], state.class_option[number] = lowest, best
    _list_nodes(tables, state, member, first, last)
    levels, reached, value = state.levels, state.reached, state.node_value
    start = tables.node_starts[last + member]
    for place in range(levels[last - first], levels[last - first + 1]):
        node = reached[place]
        value[node] = _tail(tables, state, member, last, node - start)
    for layer in range(last - 1, first - 1, -1):
        for place in range(levels[layer - first], levels[layer - first + 1]):
            value[reached[place]] = _best_class(tables, state, member, layer, reached[place])[0]
    node = reached[0]
    if value[node] >= DEAD:
        _copy(state.chosen, state.drawn, first, last)
        return
    for layer in range(first, last):
        kind = _best_class(tables, state, member, layer, node)[1]
        state.drawn[layer] = state.class_option[tables.class_starts[layer] + kind]
        local = node - tables.node_starts[layer + member]
        child = tables.child[tables.arc_starts[layer] + kind * tables.widths[layer] + local]
        node = tables.node_starts[layer + member + 1] + child


@compiled
def _list_nodes(tables: Tables, state: State, member: int, first: int, last: int) -> None:
    """List the nodes that can be reached from that before a window, level by level."""
    state.stamp[0] += 1
    stamp = state.stamp[0]
    levels, reached = state.levels, state.reached
    reached[0] = tables.node_starts[first + member] + state.nodes[first + member]
    levels[0], levels[1], count = 0, 1, 1
    for layer in range(first, last):
        here, behind = tables.node_starts[layer + member], tables.node_starts[layer + member + 1]
        kinds = tables.class_starts[layer + 1] - tables.class_starts[layer]
        width = tables.widths[layer]
        for place in range(levels[layer - first], levels[layer - first + 1]):
            arc = tables.arc_starts[layer] + reached[place] - here
            for kind in range(kinds):
                child = tables.child[arc + kind * width]
                if child >= 0 and state.node_stamp[behind + child] != stamp:
                    state.node_stamp[behind + child] = stamp
                    reached[count] = behind + child
                    count += 1
        levels[layer - first + 2] = count


@compiled
def _best_class(
    tables: Tables, state: State, member: int, layer: int, node: int
) -> tuple[float, int]:
    """Return the least cost from a node to the end, and the class of a layer that it takes."""
    behind, width = tables.node_starts[layer + member + 1], tables.widths[layer]
    arc = tables.arc_starts[layer] + node - tables.node_starts[layer + member]
    begin = tables.class_starts[layer]
    lowest, best = math.inf, 0
    for kind in range(tables.class_starts[layer + 1] - begin):
        child = tables.child[arc + kind * width]
        if child >= 0:
            total = state.class_price[begin + kind] + tables.arc_cost[arc + kind * width]
            total += state.node_value[behind + child]
            if total < lowest:
                lowest, best = total, kind
    return min(lowest, DEAD), best


@inlined
def _windows(tables: Tables, moves: Moves, rng: np.random.Generator, windows: Integers) -> int:
    """Draw some members and layers of theirs, shape (count, 3); return how many."""
    members, days = tables.day_starts.shape[0], tables.day_starts.shape[1] - 1
    most, count = min(moves.most_agents, members), 1
    several = rng.random()
    if several < moves.several_agents and most > 1:
        count = 2 + int(several / moves.several_agents * (most - 1))
    length = min(days, 1 + int(-moves.days * math.log(1.0 - rng.random())))
    begin = 1 - length + int(rng.random() * (days + length - 1))
    first, last = max(begin, 0), min(begin + length, days)
    found = 0
    for number in range(count):
        member = int(rng.random() * members)
        while (windows[:number, 0] == member).any():
            member = int(rng.random() * members)
        windows[number, 0] = member
        windows[number, 1] = tables.day_starts[member, first]
        windows[number, 2] = tables.day_starts[member, last]
        found += windows[number, 2] > windows[number, 1]
    return count if found == count else 0


@inlined
def _list_blocks(tables: Tables, state: State, windows: Integers) -> int:
    """List the blocks that members reach on their layers in `state.blocks`; return how many."""
    state.stamp[0] += 1
    stamp, blocks = state.stamp[0], 0
    for number in range(windows.shape[0]):
        first, last = windows[number, 1], windows[number, 2]
        for place in range(tables.place_starts[first], tables.place_starts[last]):
            block = tables.place_block[place]
            if state.block_stamp[block] != stamp:
                state.block_stamp[block] = stamp
                state.blocks[blocks] = block
                blocks += 1
    return blocks


@inlined
def _draw(
    tables: Tables, state: State, window: Integers, temperature: float, rng: np.random.Generator
) -> int:
    """Draw a member's choices, which were taken away; return by how much they should cost more."""
    member, first, last = window[0], window[1], window[2]
    own, predicted = state.own_cost[member], 0
    price_options(tables, state, first, last)
    cheapest(tables, state, member, first, last, temperature, rng)
    for layer in range(first, last):
        new, old = state.drawn[layer], state.chosen[layer]
        # Prices contain the own costs of options, but not those of arcs.
        predicted += state.prices[new] - state.prices[old] + tables.cost[old] - tables.cost[new]
        state.chosen[layer] = new
    choose(tables, state, member, first)
    change(tables, state, first, last, 1)
    return int(predicted + state.own_cost[member] - own)


@inlined
def _step(
    tables: Tables, state: State, moves: Moves, rng: np.random.Generator, temperature: float
) -> int:
    """Draw the choices of some agents on some days; return by how much they changed the cost."""
    windows = np.empty((moves.most_agents, 3), dtype=np.int64)
    count = _windows(tables, moves, rng, windows)
    windows = windows[:count]
    blocks = _list_blocks(tables, state, windows)
    before, predicted, changed = 0, 0, False
    for number in range(count):
        member, first, last = windows[number, 0], windows[number, 1], windows[number, 2]
        before += state.own_cost[member]
        change(tables, state, first, last, -1)
        _copy(state.chosen, state.former, first, last)
    for number in range(count):
        predicted += _draw(tables, state, windows[number], temperature, rng)
        for layer in range(windows[number, 1], windows[number, 2]):
            changed |= state.chosen[layer] != state.former[layer]
    if not changed:
        return 0
    after = 0
    for number in range(count):
        after += state.own_cost[windows[number, 0]]
    for place in range(blocks):
        block = state.blocks[place]
        former, new = state.block_costs[block], _highest(state.costs[block])
        state.former_costs[place], state.block_costs[block] = former, new
        before += former
        after += new
    # The choices of one agent were drawn by their cost already, but for what prices got wrong.
    surprise = after - before - (predicted if count == 1 else 0)
    if surprise > -temperature * math.log(1.0 - rng.random()):
        _return(tables, state, windows, blocks)
        return 0
    return int(after - before)


@inlined
def _return(tables: Tables, state: State, windows: Integers, blocks: int) -> None:
    """Return to the choices before a step; sums of whole numbers return exactly, too."""
    for number in range(windows.shape[0]):
        member, first, last = windows[number, 0], windows[number, 1], windows[number, 2]
        change(tables, state, first, last, -1)
        _copy(state.former, state.chosen, first, last)
        choose(tables, state, member, first)
        change(tables, state, first, last, 1)
    for place in range(blocks):
        state.block_costs[state.blocks[place]] = state.former_costs[place]


@compiled
def take_steps(
    tables: Tables,
    state: State,
    moves: Moves,
    rng: np.random.Generator,
    temperature: float,
    steps: int,
    running: int,
    lowest: int,
) -> int:
    """Take steps from a running cost; return the lowest one on the way, or `lowest`.

    The choices of a lower cost are kept in `state.lowest`.
    """
    for _ in range(steps):
        gained = _step(tables, state, moves, rng, temperature)
        running += gained
        if gained < 0 and running < lowest:
            lowest = running
            _copy(state.chosen, state.lowest, 0, state.chosen.size)
    return lowest
