"""The bookkeeping of linking rows adds up."""

from __future__ import annotations

import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe

from csshift.engine.structure import LinkingRows, Structure
from csshift.program import NOBODY, UNBOUNDED


@pytest.mark.parametrize("seed", range(15))
def test_activity_and_slack_after_each_agent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, tight=True, pinned=seed % 2 == 0, efficiencies=(1, 2))
    program = random_program(rng, recipe)
    structure = Structure(program)
    links = LinkingRows(structure)
    matrix = program.matrix.toarray()
    values = program.lower.copy()
    everything = np.arange(program.rows)
    undecided = set(structure.agents.tolist())
    for agent in rng.permutation(structure.agents).tolist():
        columns = structure.columns_of_agent(agent)
        row, position = np.nonzero(matrix[:, columns])
        data = matrix[row, columns[position]]
        span = (program.upper - program.lower)[columns]
        links.begin(row, data * span[position])
        undecided.discard(agent)
        # What the undecided and the recourse can add, by the definition.
        free = np.isin(program.column_agent, [*undecided, NOBODY]) & (program.lower < program.upper)
        reach = np.where(free, program.upper - program.lower, 0)
        least = program.row_lower - matrix @ values - np.maximum(matrix, 0) @ reach
        most = program.row_upper - matrix @ values - np.minimum(matrix, 0) @ reach
        low, high = links.slack(everything)
        below, above = program.row_lower > -UNBOUNDED, program.row_upper < UNBOUNDED
        assert low[below].tolist() == least[below].tolist()
        assert high[above].tolist() == most[above].tolist()
        assert np.all(low[~below] < -(UNBOUNDED >> 1))
        assert np.all(high[~above] > UNBOUNDED >> 1)
        chosen = rng.integers(program.lower[columns], program.upper[columns] + 1)
        links.add(row, data * (chosen - program.lower[columns])[position])
        values[columns] = chosen
        assert links.activity.tolist() == (matrix @ values).tolist()


@pytest.mark.parametrize("seed", range(15))
def test_violated_are_the_linking_rows_that_nothing_can_satisfy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, tight=True))
    structure = Structure(program)
    links = LinkingRows(structure)
    matrix = program.matrix.toarray()
    values = program.lower.copy()
    decisions = structure.decisions
    values[decisions] = rng.integers(program.lower[decisions], program.upper[decisions] + 1)
    links.add(np.arange(program.rows), matrix @ (values - program.lower))
    loose = structure.recourse
    ends = matrix[:, loose] * program.lower[loose], matrix[:, loose] * program.upper[loose]
    base = matrix @ values - matrix[:, loose] @ values[loose]
    lowest = base + np.minimum(*ends).sum(axis=1)
    highest = base + np.maximum(*ends).sum(axis=1)
    out = (highest < program.row_lower) | (lowest > program.row_upper)
    expected = np.flatnonzero(out & (program.row_agent == NOBODY))
    assert links.violated().tolist() == expected.tolist()


def test_nothing_is_broken_by_feasible_decisions() -> None:
    rng = np.random.default_rng(3)
    program = random_program(rng)
    found = feasible_decisions(rng, program)
    assert found is not None
    structure = Structure(program)
    links = LinkingRows(structure)
    moved = np.zeros(program.columns, dtype=np.int64)
    moved[structure.decisions] = (found - program.lower)[structure.decisions]
    links.add(np.arange(program.rows), program.matrix @ moved)
    assert links.violated().size == 0


@pytest.mark.parametrize("seed", range(15))
def test_the_last_agent_fits_where_no_linking_row_is_broken(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, tight=True))
    structure = Structure(program)
    matrix = program.matrix.toarray()
    for _ in range(30):
        links = LinkingRows(structure)
        values = program.lower.copy()
        for agent in structure.agents.tolist():
            columns = structure.columns_of_agent(agent)
            row, position = np.nonzero(matrix[:, columns])
            data = matrix[row, columns[position]]
            links.begin(row, data * (program.upper - program.lower)[columns][position])
            values[columns] = rng.integers(program.lower[columns], program.upper[columns] + 1)
            moved = data * (values - program.lower)[columns][position]
            fits = links.fits(row, moved)
            links.add(row, moved)
        assert fits == (np.intersect1d(links.violated(), row).size == 0)
