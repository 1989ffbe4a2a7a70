"""From a problem to its integer program."""

from csshift.compile.compiler import Compiled, compile_plan, compile_problem

__all__ = ["Compiled", "compile_plan", "compile_problem"]
