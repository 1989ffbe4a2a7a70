"""Classes of like agents: the same skills, efficiencies and stores."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from csshift.problem.problem import Problem


@dataclass(frozen=True, eq=False)
class Classes:
    """Agents pooled by what they can serve.

    Parameters
    ----------
    of_agent : int array, shape (agents,)
        Class of each agent.
    efficiency : int array, shape (classes, stores, skills)
        Efficiency units by queue; 0 where the class may not serve it.
    """

    of_agent: NDArray[np.int64]
    efficiency: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of classes."""
        return int(self.efficiency.shape[0])


def pool_agents(problem: Problem) -> Classes:
    """Pool the agents of a problem, in order of first appearance."""
    stores, skills = problem.known_stores, tuple(problem.known_skills)
    members: dict[tuple[frozenset[str], tuple[tuple[str, Fraction], ...]], int] = {}
    of_agent = []
    for agent in problem.agents:
        ability = tuple(sorted((name, Fraction(value)) for name, value in agent.skills.items()))
        key = (frozenset(agent.stores or stores), ability)
        of_agent.append(members.setdefault(key, len(members)))
    efficiency = np.zeros((len(members), len(stores), len(skills)), dtype=np.int64)
    for (served, ability), index in members.items():
        rows = [i for i, store in enumerate(stores) if store in served]
        for name, value in ability:
            efficiency[index, rows, skills.index(name)] = problem.quantities.efficiency(value)
    return Classes(np.array(of_agent, dtype=np.int64), efficiency)
