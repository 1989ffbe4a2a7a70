"""The sparse integer program: columns, rows and their labels."""

from csshift.program.builder import ABSENT, Builder
from csshift.program.program import NOBODY, UNBOUNDED, Program

__all__ = ["ABSENT", "NOBODY", "UNBOUNDED", "Builder", "Program"]
