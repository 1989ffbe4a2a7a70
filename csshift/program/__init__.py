"""The sparse integer program: columns, rows and their labels."""

from csshift.program.builder import ABSENT, Builder, RowRangeError
from csshift.program.costs import CostRangeError, Price
from csshift.program.linear_program import (
    NOBODY,
    UNBOUNDED,
    Floats,
    Integers,
    LinearProgram,
    Number,
    single_agent,
)
from csshift.program.program import Program

__all__ = [
    "ABSENT",
    "NOBODY",
    "UNBOUNDED",
    "Builder",
    "CostRangeError",
    "Floats",
    "Integers",
    "LinearProgram",
    "Number",
    "Price",
    "Program",
    "RowRangeError",
    "single_agent",
]
