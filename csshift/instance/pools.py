"""Finds the stores that form one queue, and those whose inquiries are added up to find heads.

Stores that the same agents serve for a skill are one queue: a pool. Two stores that share most,
but not all, of their agents remain two queues, because each has agents who cannot help the other.
If enough agents serve both to even out the load, heads are found for the inquiries of both
together and divided in proportion. Chains and partial pools with modest
flexibility come close to full pooling (Jordan and Graves 1995; Wallace and Whitt 2005).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from fractions import Fraction

from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.people import Agent
from csshift.problem.problem import PoolSetting

SEPARATE = "separate"

LEAST_SHARED = Fraction(1, 2)
"""Share of the agents of any of several queues who must serve all of them to be staffed jointly."""

Stores = tuple[str, ...]


def label(stores: Iterable[str]) -> str:
    """Return the name of the queue of some stores in coverage and allocation: ``S1|S2``."""
    return "|".join(sorted(stores))


@dataclass(frozen=True, eq=False)
class Pools:
    """The queues of every skill.

    Parameters
    ----------
    queue : dict of (str, str) to tuple of str
        By store and skill: the stores that are one queue with it, itself included.
    together : dict of (str, str) to tuple of str
        By store and skill: the stores whose inquiries are added up to find heads.
    given : dict of (date, int, str) to frozenset of str
        By day, start and skill: the stores for which heads are given. Each is then a separate
        queue, and the others of its pool remain one.
    stores : dict of str to tuple of str
        By name of the queue, in order of name: its stores. Includes each single store.
    """

    queue: Mapping[tuple[str, str], Stores]
    together: Mapping[tuple[str, str], Stores]
    given: Mapping[tuple[Date, int, str], frozenset[str]]
    stores: Mapping[str, Stores]

    def queue_at(self, cell: ForecastCell) -> str:
        """Return the name of the queue to which inquiries come at their time."""
        stores = self.queue[cell.store, cell.skill]
        if len(stores) == 1:
            return cell.store
        alone = self.given.get((cell.date, cell.start, cell.skill))
        if alone is None:
            return label(stores)
        return cell.store if cell.store in alone else label(set(stores) - alone)

    def queue_of(self, store: str, skill: str) -> str:
        """Return the name of the queue to which inquiries come where no heads are given."""
        return label(self.queue.get((store, skill), (store,)))


def find_pools(
    setting: PoolSetting,
    agents: Sequence[Agent],
    stores: Sequence[str],
    forecast: Sequence[ForecastCell],
    requirements: Sequence[RequirementCell],
) -> Pools:
    """Return the queues of a problem.

    Parameters
    ----------
    setting : "auto", "separate" or tuple of tuple of str
        As in `Problem`.
    agents : sequence of Agent
    stores : sequence of str
        Every store.
    forecast, requirements : sequence of ForecastCell, sequence of RequirementCell
    """
    named: dict[str, set[str]] = {}
    for cell in forecast:
        named.setdefault(cell.skill, set()).add(cell.store)
    queue: dict[tuple[str, str], Stores] = {}
    together: dict[tuple[str, str], Stores] = {}
    for skill, demanded in named.items():
        groups = list(_groups(setting, agents, skill, sorted(demanded)))
        joint = _staffed_jointly(agents, skill, groups) if setting == "auto" else groups
        queue |= {(store, skill): group for group in groups for store in group}
        together |= {(store, skill): group for group in joint for store in group}
    given = _given(requirements, queue)
    parts = {(store,) for store in stores} | set(queue.values())
    for (_, _, skill), alone in given.items():
        for store in alone:
            parts.add(tuple(other for other in queue[store, skill] if other not in alone))
    by_name = {label(part): part for part in parts if part}
    return Pools(queue, together, given, dict(sorted(by_name.items())))


def _groups(
    setting: PoolSetting, agents: Sequence[Agent], skill: str, stores: list[str]
) -> Iterator[Stores]:
    """Yield the stores of a skill that are one queue, every store once."""
    if setting == SEPARATE:
        yield from ((store,) for store in stores)
        return
    found: dict[object, list[str]] = {}
    for store in stores:
        key: object
        if setting == "auto":
            key = able_agents(agents, skill, (store,))
        else:
            key = next((group for group in setting if store in group), store)
        found.setdefault(key, []).append(store)
    yield from map(tuple, found.values())


def able_agents(agents: Sequence[Agent], skill: str, stores: Stores) -> frozenset[int]:
    """Return the positions of the agents who serve a skill of all the stores."""
    return frozenset(
        i
        for i, agent in enumerate(agents)
        if skill in agent.skills and all(agent.serves(store) for store in stores)
    )


def _staffed_jointly(agents: Sequence[Agent], skill: str, groups: list[Stores]) -> list[Stores]:
    """Return the stores whose inquiries are added up: queues that share enough agents, joined.

    In order of their agents, the most first, each queue joins the first others with which it
    shares enough.
    """
    able = {group: able_agents(agents, skill, group) for group in groups}
    joint: list[list[Stores]] = []
    for group in sorted(groups, key=lambda group: (-len(able[group]), group)):
        for others in joint:
            members = [able[other] for other in (*others, group)]
            anybody, everywhere = frozenset.union(*members), frozenset.intersection(*members)
            if anybody and len(everywhere) >= LEAST_SHARED * len(anybody):
                others.append(group)
                break
        else:
            joint.append([group])
    return [tuple(sorted(store for group in others for store in group)) for others in joint]


def _given(
    requirements: Sequence[RequirementCell], queue: Mapping[tuple[str, str], Stores]
) -> dict[tuple[Date, int, str], frozenset[str]]:
    """Return the pooled stores for which heads are given, by day, start and skill."""
    found: dict[tuple[Date, int, str], set[str]] = {}
    for cell in requirements:
        if len(queue.get((cell.store, cell.skill), ())) > 1:
            found.setdefault((cell.date, cell.start, cell.skill), set()).add(cell.store)
    return {key: frozenset(stores) for key, stores in found.items()}
