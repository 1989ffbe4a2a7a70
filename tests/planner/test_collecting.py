"""The garbage collector is off only as long as rows are made."""

from __future__ import annotations

import gc

import pytest

from csshift.planner.collecting import uncollected


@pytest.mark.parametrize("was_on", [True, False])
def test_it_is_left_as_it_was(was_on: bool) -> None:
    before = gc.isenabled()
    (gc.enable if was_on else gc.disable)()
    try:
        with pytest.raises(ZeroDivisionError), uncollected():
            1 / gc.isenabled()
        assert gc.isenabled() == was_on
    finally:
        (gc.enable if before else gc.disable)()
