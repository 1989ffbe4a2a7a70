"""Arguments of `solve` and `simulate`: one clear sentence each."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from problems import roster, small

import csshift
from csshift.planner.arguments import LARGEST_SEED, MOST_SECONDS, MOST_WORKERS


@pytest.mark.parametrize(
    ("name", "value", "kind", "words"),
    [
        ("workers", 1_000_000, ValueError, "workers must be a whole number from 1 to 256, not"),
        ("workers", MOST_WORKERS + 1, ValueError, "not 257"),
        ("workers", 0, ValueError, "not 0"),
        ("workers", -1, ValueError, "not -1"),
        ("workers", 2.5, TypeError, "not 2.5"),
        ("workers", 2.0, TypeError, "not 2.0"),
        ("workers", "2", TypeError, "not '2'"),
        ("workers", True, TypeError, "not True"),
        ("seed", -1, ValueError, "seed must be a whole number from 0 to 2,147,483,647, not -1"),
        ("seed", LARGEST_SEED + 1, ValueError, "not 2147483648"),
        ("seed", None, TypeError, "not None"),
        ("seed", 1.5, TypeError, "not 1.5"),
        ("seed", "x", TypeError, "not 'x'"),
        ("time_limit", 0, ValueError, "time_limit must be a number of seconds above 0"),
        ("time_limit", float("nan"), ValueError, "not nan"),
        ("time_limit", float("inf"), ValueError, "not inf"),
        ("time_limit", 2 * MOST_SECONDS, ValueError, "at most 1,000,000, not 2000000.0"),
        ("time_limit", "60", TypeError, "not '60'"),
        ("time_limit", 10**400, ValueError, "not a number of hundreds of digits"),
        ("gap", -0.1, ValueError, "gap must be a share from 0 to below 1, not -0.1"),
        ("gap", 1.0, ValueError, "not 1.0"),
        ("gap", None, TypeError, "not None"),
        ("start", (), TypeError, "start must be a Roster or None, not tuple"),
        ("stop", 1, TypeError, "stop must be a threading.Event or None, not 1"),
        ("on_progress", "print", TypeError, "on_progress must be a function or None"),
    ],
)
def test_arguments_of_solve_are_refused_in_one_sentence(
    name: str, value: Any, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as caught:
        csshift.solve(small(), **{name: value})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("replications", 1, ValueError),
        ("replications", 10_001, ValueError),
        ("replications", 2.0, TypeError),
        ("seed", -1, ValueError),
        ("seed", "1", TypeError),
    ],
)
def test_arguments_of_simulate_are_refused_in_one_sentence(
    name: str, value: Any, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=f"{name} must be a whole number from"):
        csshift.simulate(small(), roster(), **{name: value})


def test_numbers_of_any_type_are_taken() -> None:
    for limit in (1, np.float32(1), Fraction(1, 2)):
        options = {"seed": np.int64(3), "workers": np.int32(1), "gap": np.float64(0.9)}
        result = csshift.solve(small(), time_limit=limit, **options)  # type: ignore[arg-type]
        assert result.seed == 3
    with pytest.raises(TypeError):
        csshift.solve(small(), time_limit=Decimal(1))  # type: ignore[arg-type]
