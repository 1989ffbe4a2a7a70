"""The sparse integer program: columns, rows and their labels."""

from csshift.program.builder import ABSENT, Builder, RowRangeError
from csshift.program.costs import CostRangeError, Price
from csshift.program.program import NOBODY, UNBOUNDED, Program

__all__ = [
    "ABSENT",
    "NOBODY",
    "UNBOUNDED",
    "Builder",
    "CostRangeError",
    "Price",
    "Program",
    "RowRangeError",
]
