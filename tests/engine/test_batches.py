"""Matrices that are looked at in batches give what they give at once."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from csshift.engine import subproblem
from csshift.engine.subproblem import activity_bounds, csr_entries, marked


def random_matrix(rng: np.random.Generator) -> csr_array:
    """Return a matrix with empty rows and long ones."""
    dense = rng.integers(-3, 4, (int(rng.integers(1, 12)), int(rng.integers(1, 9))))
    dense[rng.random(dense.shape[0]) < 0.3] = 0
    return csr_array(dense)


@pytest.mark.parametrize("most", [1, 2, 5, 1000])
@pytest.mark.parametrize("seed", range(20))
def test_batches_give_what_the_whole_gives(
    seed: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    matrix = random_matrix(rng)
    rows, columns = matrix.shape
    lower = rng.integers(-4, 1, columns)
    upper = lower + rng.integers(0, 5, columns)
    dense = matrix.toarray()
    monkeypatch.setattr(subproblem, "MOST_ENTRIES", most)
    least, greatest = activity_bounds(matrix, lower, upper)
    assert np.array_equal(least, np.minimum(dense * lower, dense * upper).sum(axis=1))
    assert np.array_equal(greatest, np.maximum(dense * lower, dense * upper).sum(axis=1))
    chosen = np.flatnonzero(rng.random(rows) < 0.5)
    found = np.flatnonzero(marked(matrix, chosen, columns))
    assert found.tolist() == np.flatnonzero(dense[chosen].any(axis=0)).tolist()
    assert set(matrix.indices[csr_entries(matrix.indptr, chosen)].tolist()) == set(found.tolist())
