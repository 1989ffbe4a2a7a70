"""What a large solve has freed is returned, where the C library can."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from programs import random_program

from csshift.engine.budget import Budget
from csshift.engine.solvers import pdlp
from csshift.engine.solvers.scaling import scale
from csshift.engine.structure import Structure


@pytest.mark.parametrize("library", ["this one", "one without malloc_trim"])
def test_a_large_solve_returns_memory_or_goes_without(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Structure(random_program(np.random.default_rng(3))).full()
    scaled = scale(full, relaxed=True)
    expected = pdlp.solve_pdlp(scaled, Budget(20.0), 10.0, 1e-6, 1)
    monkeypatch.setattr(pdlp, "LARGE", 0)
    if library != "this one":
        monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    found = pdlp.solve_pdlp(scaled, Budget(20.0), 10.0, 1e-6, 1)
    assert expected is not None
    assert found is not None
    assert found[2]
    assert np.allclose(full.cost @ found[0], full.cost @ expected[0], rtol=1e-3, atol=1e-3)
