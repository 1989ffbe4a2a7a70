"""Steps are compiled before the tests: the first search would not wait for them."""

from __future__ import annotations

import numpy as np
import pytest
from programs import random_program, random_recipe
from teams import team_of

from csshift.engine.structure import Structure


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    rng = np.random.default_rng(0)
    team_of(Structure(random_program(rng, random_recipe(rng)))).compile()
