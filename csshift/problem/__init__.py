"""The whole problem: entities, demand, rules, duties and settings."""

from csshift.problem.problem import Problem

__all__ = ["Problem"]
