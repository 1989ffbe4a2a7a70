"""The bookkeeping of linking rows adds up."""

from __future__ import annotations

import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe

from csshift.engine.links import Links
from csshift.engine.structure import Structure
from csshift.program import NOBODY, UNBOUNDED


@pytest.mark.parametrize("seed", range(15))
def test_activity_and_room_after_each_owner(seed: int) -> None:
    random = np.random.default_rng(seed)
    recipe = random_recipe(random, tight=True, pinned=seed % 2 == 0, efficiencies=(1, 2))
    program = random_program(random, recipe)
    structure = Structure(program)
    links = Links(structure)
    matrix = program.matrix.toarray()
    values = program.lower.copy()
    everything = np.arange(program.rows)
    undecided = set(structure.owners.tolist())
    for owner in random.permutation(structure.owners).tolist():
        columns = structure.columns_of(owner)
        row, position = np.nonzero(matrix[:, columns])
        data = matrix[row, columns[position]]
        span = (program.upper - program.lower)[columns]
        links.enter(row, data * span[position])
        undecided.discard(owner)
        # What the undecided and the consequences can add, by the definition.
        free = np.isin(program.column_agent, [*undecided, NOBODY]) & (program.lower < program.upper)
        reach = np.where(free, program.upper - program.lower, 0)
        least = program.row_lower - matrix @ values - np.maximum(matrix, 0) @ reach
        most = program.row_upper - matrix @ values - np.minimum(matrix, 0) @ reach
        low, high = links.room(everything)
        below, above = program.row_lower > -UNBOUNDED, program.row_upper < UNBOUNDED
        assert low[below].tolist() == least[below].tolist()
        assert high[above].tolist() == most[above].tolist()
        assert np.all(low[~below] < -(UNBOUNDED >> 1))
        assert np.all(high[~above] > UNBOUNDED >> 1)
        chosen = random.integers(program.lower[columns], program.upper[columns] + 1)
        links.decide(row, data * (chosen - program.lower[columns])[position])
        values[columns] = chosen
        assert links.activity.tolist() == (matrix @ values).tolist()


@pytest.mark.parametrize("seed", range(15))
def test_broken_are_the_linking_rows_that_nothing_can_mend(seed: int) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, tight=True))
    structure = Structure(program)
    links = Links(structure)
    matrix = program.matrix.toarray()
    values = program.lower.copy()
    owned = structure.owned
    values[owned] = random.integers(program.lower[owned], program.upper[owned] + 1)
    links.decide(np.arange(program.rows), matrix @ (values - program.lower))
    loose = structure.unowned
    ends = matrix[:, loose] * program.lower[loose], matrix[:, loose] * program.upper[loose]
    base = matrix @ values - matrix[:, loose] @ values[loose]
    lowest = base + np.minimum(*ends).sum(axis=1)
    highest = base + np.maximum(*ends).sum(axis=1)
    out = (highest < program.row_lower) | (lowest > program.row_upper)
    expected = np.flatnonzero(out & (program.row_agent == NOBODY))
    assert links.broken().tolist() == expected.tolist()


def test_nothing_is_broken_by_feasible_decisions() -> None:
    random = np.random.default_rng(3)
    program = random_program(random)
    found = feasible_decisions(random, program)
    assert found is not None
    structure = Structure(program)
    links = Links(structure)
    moved = np.zeros(program.columns, dtype=np.int64)
    moved[structure.owned] = (found - program.lower)[structure.owned]
    links.decide(np.arange(program.rows), program.matrix @ moved)
    assert links.broken().size == 0


@pytest.mark.parametrize("seed", range(15))
def test_the_last_owner_fits_where_no_linking_row_is_broken(seed: int) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, tight=True))
    structure = Structure(program)
    matrix = program.matrix.toarray()
    for _ in range(30):
        links = Links(structure)
        values = program.lower.copy()
        for owner in structure.owners.tolist():
            columns = structure.columns_of(owner)
            row, position = np.nonzero(matrix[:, columns])
            data = matrix[row, columns[position]]
            links.enter(row, data * (program.upper - program.lower)[columns][position])
            values[columns] = random.integers(program.lower[columns], program.upper[columns] + 1)
            moved = data * (values - program.lower)[columns][position]
            fits = links.fits(row, moved)
            links.decide(row, moved)
        assert fits == (np.intersect1d(links.broken(), row).size == 0)
