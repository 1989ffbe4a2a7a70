"""Dual values of owners' rows, solved exactly for given ones of the linking rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from programs import oracle, random_program, random_recipe

from csshift.engine import polish as polishing
from csshift.engine.control import Control
from csshift.engine.duals import lagrangian_bound
from csshift.engine.piece import Piece
from csshift.engine.polish import polish
from csshift.engine.relax import Relaxation, relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY, Program


def relaxed(seed: int) -> tuple[Program, Piece, Relaxation]:
    random = np.random.default_rng(seed)
    recipe = random_recipe(random, owners=4, efficiencies=(1, 3), pinned=seed % 2 == 0)
    program = random_program(random, recipe)
    piece = Structure(program).cutter.whole()
    found = relax(piece, Control(30.0), 5.0)
    assert found is not None
    return program, piece, found


def with_duals(piece: Piece, found: Relaxation, duals: np.ndarray) -> Relaxation:
    return replace(found, duals=duals, bound=lagrangian_bound(piece, duals))


@pytest.mark.parametrize("columns", [1, 12, 2000])
@pytest.mark.parametrize("seed", range(12))
def test_what_was_spoiled_in_owners_rows_is_mended(
    seed: int, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polishing, "BATCH_COLUMNS", columns)
    program, piece, found = relaxed(seed)
    owner = program.column_agent[piece.columns]
    random = np.random.default_rng(seed)
    own = np.array(
        [
            np.unique(owner[piece.matrix[[row]].indices]).size == 1
            and owner[piece.matrix[[row]].indices[0]] != NOBODY
            for row in range(piece.rows.size)
        ]
    )
    spoiled = found.duals + np.where(own, random.normal(scale=2.0, size=own.size), 0.0)
    given = with_duals(piece, found, spoiled)
    mended = polish(program, piece, given, Control(30.0))
    assert given.bound < found.bound
    assert mended.bound >= found.bound - 1
    assert mended.reduced == pytest.approx(piece.cost - piece.matrix.T @ mended.duals)


@pytest.mark.parametrize("seed", range(30))
def test_bounds_never_fall_and_never_pass_the_optimum(seed: int) -> None:
    program, piece, found = relaxed(seed)
    optimum = oracle(piece).cost
    assert optimum is not None
    random = np.random.default_rng(seed)
    for size in (0.0, 0.3, 3.0, 30.0):
        spoiled = found.duals + random.normal(scale=size, size=found.duals.size)
        given = with_duals(piece, found, spoiled)
        mended = polish(program, piece, given, Control(30.0))
        assert given.bound <= mended.bound <= round(optimum)
        assert mended.bound == lagrangian_bound(piece, mended.duals)


def test_without_time_nothing_changes() -> None:
    program, piece, found = relaxed(1)
    given = with_duals(piece, found, found.duals + 1.0)
    assert polish(program, piece, given, Control(0.0)) is given
