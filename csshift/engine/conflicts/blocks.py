"""Agents in blocks that few rows connect, and which of these blocks are interchangeable."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from csshift.engine.subproblem import csr_entries
from csshift.program import NOBODY, Floats, Integers, LinearProgram, Program, single_agent

FEW_AGENTS, FEW_SHARE = 4, 0.2
"""A row between so many agents puts them into one block, such as a pair kept apart."""

LARGEST_BLOCK = 6
"""Agents of a block; where rows connect more, each agent is a block."""

SHARED = -2
"""Label of a row whose group has rows elsewhere, too; its group says which."""


def agent_blocks(matrix: csr_array, agent: Integers) -> Integers:
    """Return the block of each column, NOBODY for columns of no agent.

    Parameters
    ----------
    matrix : csr_array, shape (rows, columns)
    agent : int array, shape (columns,)
        Agent of each column, NOBODY for those of none.
    """
    people, number = np.unique(agent, return_inverse=True)
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    pairs = np.unique(np.column_stack([row, number[matrix.indices]]), axis=0)
    free = people[pairs[:, 1]] == NOBODY
    size = np.bincount(pairs[:, 0], minlength=matrix.shape[0])
    between = (size > 1) & (size <= min(FEW_AGENTS, FEW_SHARE * people.size))
    between[pairs[free, 0]] = False
    pairs = pairs[between[pairs[:, 0]]]
    count = matrix.shape[0] + people.size
    ends = (matrix.shape[0] + pairs[:, 1], pairs[:, 0])
    links = csr_array((np.ones(len(pairs), dtype=np.int8), ends), shape=(count, count))
    _, component = connected_components(links, directed=False)
    label = component[matrix.shape[0] :]
    members = np.bincount(label, minlength=count)
    first = np.full(count, people.size)
    np.minimum.at(first, label, np.arange(people.size))
    block = np.where(members[label] <= LARGEST_BLOCK, first[label], np.arange(people.size))
    return np.where(agent == NOBODY, NOBODY, people[block][number])


def interchangeable(
    program: LinearProgram[np.int64],
    block: Integers,
    own: Integers,
    label: Integers | None = None,
) -> list[list[tuple[Integers, Integers]]]:
    """Return the rows and columns of each block, those of blocks that can change places together.

    Parameters
    ----------
    program : LinearProgram
    block : int array, shape (columns,)
        As `agent_blocks` returns it.
    own : int array, shape (rows,)
        The only block that each row touches, NOBODY for rows between blocks.
    label : int array, shape (rows,), or None
        Labels that blocks must have in common to change places.
    """
    linking = np.flatnonzero(own == NOBODY)
    links = program.matrix[linking].tocsc()
    position = np.empty(program.columns, dtype=np.int64)
    rows_of, columns_of = _members(own), _members(block)
    matrix = program.matrix
    groups: defaultdict[bytes, list[tuple[Integers, Integers]]] = defaultdict(list)
    nothing = np.empty(0, dtype=np.int64)
    for number, columns in columns_of.items():
        rows = rows_of.get(number, nothing)
        position[columns] = np.arange(columns.size)
        entries = csr_entries(matrix.indptr, rows)
        shared = csr_entries(links.indptr, columns)
        arrays = (
            *(np.diff(matrix.indptr)[rows], position[matrix.indices[entries]]),
            *(matrix.data[entries], np.diff(links.indptr)[columns]),
            *(links.indices[shared], links.data[shared]),
            *(program.row_lower[rows], program.row_upper[rows]),
            *(program.lower[columns], program.upper[columns], program.continuous[columns]),
            *(() if label is None else (label[rows],)),
        )
        key = b"|".join(np.asarray(array, dtype=np.int64).tobytes() for array in arrays)
        groups[key].append((rows, columns))
    return list(groups.values())


def interchangeable_groups(
    program: LinearProgram[np.int64], block: Integers, own: Integers, group: Integers
) -> dict[int, tuple[int, int]]:
    """Return the class of each group; those of a class can change places by a symmetry.

    Any blocks of a type can change places, and so can any groups of a class: whether some of them
    can be left out depends on how many alone.

    Parameters
    ----------
    group : int array, shape (rows,)
        Group of each row; rows with a negative one stay.
    """
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for number, one in zip(group.tolist(), own.tolist(), strict=True):
        first[number] = min(first.get(number, one), one)
        last[number] = max(last.get(number, one), one)
    alone = np.array([first[n] == last[n] != NOBODY and n >= 0 for n in group.tolist()], dtype=bool)
    label = np.where(alone, 0, SHARED - 1 - group)
    for rows in _members(own).values():
        exclusive = rows[alone[rows]]
        known = {n: i for i, n in enumerate(dict.fromkeys(group[exclusive].tolist()))}
        label[exclusive] = [known[n] for n in group[exclusive].tolist()]
    found: dict[int, tuple[int, int]] = {}
    for kind, members in enumerate(interchangeable(program, block, own, label)):
        for rows, _ in members:
            for row in rows[alone[rows]].tolist():
                found[int(group[row])] = (kind, int(label[row]))
    return found


def commonness(program: Program, group: Integers) -> Floats:
    """Return which share of the agents has the same group of rows; 1 for groups of several agents.

    Leave and history make agents differ in few rows; without these most of them are
    interchangeable.

    Parameters
    ----------
    group : int array, shape (rows,)
        Group of each row; rows with a negative one are in none.

    Returns
    -------
    float array, shape (groups,)
    """
    agent = program.column_agent.astype(np.int64)
    day, family = program.column_day.astype(np.int64), program.column_family.astype(np.int64)
    # Columns are alike if they have the same number among those of an agent, family and day.
    order = np.lexsort((np.arange(program.columns), day, family, agent))
    same = np.ones(program.columns, dtype=np.bool_)
    for part in (agent, family, day):
        same[1:] &= part[order][1:] == part[order][:-1]
    same[:1] = False
    place = np.arange(program.columns)
    start = np.maximum.accumulate(np.where(same, 0, place))
    number = np.empty_like(place)
    number[order] = place - start
    kind = np.unique(np.column_stack([family, day, number]), axis=0, return_inverse=True)[1]
    matrix = program.matrix
    own = single_agent(matrix, agent, (agent != NOBODY) | (program.lower < program.upper))
    count = int(group.max(initial=-1)) + 1
    keys: list[list[bytes]] = [[] for _ in range(count)]
    agents: list[set[int]] = [set() for _ in range(count)]
    for row in np.flatnonzero(group >= 0).tolist():
        entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
        columns = kind[matrix.indices[entries]].ravel()
        ranked = np.argsort(columns, kind="stable")
        bounds = np.array([program.row_lower[row], program.row_upper[row]])
        parts = (columns[ranked], matrix.data[entries][ranked], bounds)
        keys[group[row]].append(np.concatenate(parts).astype(np.int64).tobytes())
        agents[group[row]].add(int(own[row]))
    having: defaultdict[tuple[bytes, ...], set[int]] = defaultdict(set)
    for parts_of, people in zip(keys, agents, strict=True):
        having[tuple(sorted(parts_of))] |= people
    everybody = max(1, np.unique(agent[agent != NOBODY]).size)
    return np.array(
        [
            len(having[tuple(sorted(parts_of))]) / everybody
            if len(people) == 1 and NOBODY not in people
            else 1.0
            for parts_of, people in zip(keys, agents, strict=True)
        ]
    )


def _members(number: Integers) -> dict[int, Integers]:
    """Return where each number but NOBODY stands, ascending."""
    if not number.size:
        return {}
    order = np.argsort(number, kind="stable")
    values, starts = np.unique(number[order], return_index=True)
    parts = np.split(order, starts[1:])
    return {
        int(value): part
        for value, part in zip(values.tolist(), parts, strict=True)
        if value != NOBODY
    }
