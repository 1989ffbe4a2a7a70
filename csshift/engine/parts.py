"""A piece taken apart by owner: rows of one owner only, and rows that link owners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from csshift.engine.piece import Piece, part
from csshift.program import NOBODY

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Part:
    """What belongs to one owner.

    Parameters
    ----------
    owner : int
    columns : int array, shape (own,)
        Positions in the piece.
    piece : Piece
        The owner's columns and the rows that no other column enters.
    links : csr_array of int64, shape (linking rows, own)
        What a unit of each column adds to the linking rows.
    """

    owner: int
    columns: Integers
    piece: Piece
    links: csr_array


@dataclass(frozen=True, eq=False)
class Parts:
    """A piece as linked parts.

    Parameters
    ----------
    piece : Piece
    parts : tuple of Part
    rest : int array
        Positions of the columns without an owner.
    linking : int array
        Positions of the rows that link parts, or that `rest` enters.
    rest_links : csr_array of int64, shape (linking rows, rest)
    """

    piece: Piece
    parts: tuple[Part, ...]
    rest: Integers
    linking: Integers
    rest_links: csr_array


def take_apart(piece: Piece, owner: NDArray[np.int32]) -> Parts:
    """Return a piece as parts.

    Parameters
    ----------
    piece : Piece
    owner : int array, shape (free,)
        Owner of each column, `NOBODY` where it has none.
    """
    matrix = piece.matrix
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    of = owner[matrix.indices].astype(np.int64)
    first = np.full(matrix.shape[0], np.iinfo(np.int64).max)
    last = np.full(matrix.shape[0], np.iinfo(np.int64).min)
    np.minimum.at(first, row, of)
    np.maximum.at(last, row, of)
    own = (first == last) & (first != NOBODY)
    linking = np.flatnonzero(~own)
    among = csc_array(matrix[linking])
    names = np.unique(owner[owner != NOBODY])
    parts = tuple(
        _part(
            piece,
            int(name),
            np.flatnonzero(owner == name),
            np.flatnonzero(own & (first == name)),
            among,
        )
        for name in names
    )
    rest = np.flatnonzero(owner == NOBODY)
    return Parts(piece, parts, rest, linking, csr_array(among[:, rest]))


def _part(piece: Piece, owner: int, columns: Integers, rows: Integers, links: csc_array) -> Part:
    return Part(owner, columns, part(piece, rows, columns), csr_array(links[:, columns]))
