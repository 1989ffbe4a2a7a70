"""Random small programs of the kind that the engine is for, and an oracle for them.

Agents choose shifts; time at work flows to demands; what is missing costs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from csshift.engine.incumbent import Incumbent
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, UNBOUNDED, Builder, Program

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Recipe:
    """What a random program is made of.

    `efficiencies` above 1 make the flows' best integer values differ from their best fractional
    ones; with 1 alone the two are the same. `tight` rows may contradict one another. With
    `nights` the last shift of a day gives time to the next day, too.
    """

    agents: int = 3
    days: int = 2
    shifts: int = 2
    queues: int = 2
    efficiencies: tuple[int, ...] = (1,)
    tight: bool = False
    pinned: bool = False
    nights: bool = False
    unit: Fraction = Fraction(1)


def random_recipe(rng: np.random.Generator, **fixed: object) -> Recipe:
    """Draw sizes: 2 to 4 agents with 4 to 10 binary columns each."""
    days, shifts = ((1, 3), (2, 1), (2, 2), (3, 1), (3, 2))[rng.integers(5)]
    drawn: dict[str, object] = {
        "agents": int(rng.integers(2, 5)),
        "days": days,
        "shifts": shifts,
        "queues": int(rng.integers(1, 4)),
    }
    return Recipe(**(drawn | fixed))  # type: ignore[arg-type]


def random_program(rng: np.random.Generator, recipe: Recipe | None = None) -> Program:
    """Build one program; without `tight` it has a feasible solution."""
    recipe = recipe or random_recipe(rng)
    builder = Builder()
    day, shift = _work(rng, builder, recipe)
    _personal_rules(rng, builder, recipe, day, shift)
    _common_rules(rng, builder, recipe, day)
    _duty(rng, builder, recipe, day)
    _demand(rng, builder, recipe, shift)
    builder.offset = Fraction(int(rng.integers(-3, 4)))
    return builder.build()


def varied_program(rng: np.random.Generator, seed: int) -> Program:
    """Build one program whose features depend on the seed, so that a range covers them all."""
    recipe = random_recipe(
        rng,
        nights=bool(seed % 2),
        pinned=bool(seed % 3),
        tight=seed % 7 == 0,
        efficiencies=(1, 2, 3) if seed % 4 else (1,),
    )
    return random_program(rng, recipe)


def _work(rng: np.random.Generator, builder: Builder, recipe: Recipe) -> tuple[Integers, Integers]:
    """Day columns, and shift columns of which each day has one or none."""
    agent = np.arange(recipe.agents)
    days = np.arange(recipe.days)
    size = (recipe.agents, recipe.days)
    upper = rng.random(size) < 0.8 if recipe.pinned else np.ones(size)
    day = builder.columns(size, family="work", upper=upper, agent=agent[:, None], day=days)
    shift = builder.columns(
        (*size, recipe.shifts),
        family="work",
        upper=1,
        agent=agent[:, None, None],
        day=days[:, None],
        cost=rng.integers(0, 4, (*size, recipe.shifts)),
        unit=recipe.unit,
    )
    columns = np.concatenate([shift, day[..., None]], axis=2).reshape(-1, recipe.shifts + 1)
    builder.rows(columns, [1] * recipe.shifts + [-1], family="work", lower=0, upper=0)
    return day, shift


def _personal_rules(
    rng: np.random.Generator,
    builder: Builder,
    recipe: Recipe,
    day: Integers,
    shift: Integers,
) -> None:
    """At most so many days, a minimum that costs, and a sequence that is forbidden."""
    most = rng.integers(0, recipe.days + 1, recipe.agents)
    builder.rows(day, 1, family="max-days", upper=np.maximum(most, 1))
    missing = builder.columns(
        recipe.agents,
        family="min-days",
        upper=recipe.days,
        agent=np.arange(recipe.agents),
        cost=rng.integers(0, 8),
        unit=recipe.unit,
    )
    columns = np.column_stack([day, missing])
    builder.rows(columns, 1, family="min-days", lower=rng.integers(0, recipe.days + 1))
    if recipe.days > 1:
        pair = np.column_stack([shift[:, 0, -1], shift[:, 1, 0]])
        builder.rows(pair, 1, family="sequence", upper=1)
    if recipe.tight:
        least = rng.integers(0, recipe.days + 1, recipe.agents)
        builder.rows(day, 1, family="firm-min-days", lower=least)


def _common_rules(
    rng: np.random.Generator, builder: Builder, recipe: Recipe, day: Integers
) -> None:
    """At most so many at once and, where rows may contradict, at least so many."""
    most = rng.integers(1, recipe.agents + 1, recipe.days)
    builder.rows(day.T, 1, family="seats", upper=most)
    if recipe.tight:
        least = rng.integers(0, recipe.agents, recipe.days)
        builder.rows(day.T, 1, family="presence", lower=least)


def _duty(rng: np.random.Generator, builder: Builder, recipe: Recipe, day: Integers) -> None:
    """One holder a day who is at work, or an unfilled turn that costs."""
    if rng.random() < 0.4:
        return
    days = np.arange(recipe.days)
    hold = builder.columns(
        day.shape, family="duty", upper=1, agent=np.arange(recipe.agents)[:, None], day=days
    )
    pairs = np.stack([hold, day], axis=2).reshape(-1, 2)
    builder.rows(pairs, [1, -1], family="duty", upper=0)
    unfilled = builder.columns(
        recipe.days, family="unfilled", upper=1, cost=40, unit=recipe.unit, day=days
    )
    columns = np.column_stack([hold.T, unfilled])
    builder.rows(columns, 1, family="duty", lower=1, upper=1)


def _demand(rng: np.random.Generator, builder: Builder, recipe: Recipe, shift: Integers) -> None:
    """Two classes of agents whose time flows to the queues of each day; shortage is convex."""
    time = rng.integers(1, 9, shift.shape[2])
    classes = [np.arange(recipe.agents)[c::2] for c in range(2)]
    for day in range(recipe.days):
        need = rng.integers(0, 16, recipe.queues)
        flows: list[list[tuple[int, int]]] = [[] for _ in range(recipe.queues)]
        for members in classes:
            own = shift[members, day].ravel()
            offered = int(members.size * (time.max() + 2))
            able = np.flatnonzero(rng.random(recipe.queues) < 0.7)
            surplus = _continuous(builder, recipe, offered, day, cost=int(rng.integers(0, 2)))
            sent = [_continuous(builder, recipe, offered, day) for _ in able]
            night = shift[members, day - 1, -1] if recipe.nights and day else shift[:0, 0, 0]
            columns = np.array([[*own, *night, surplus, *sent]])
            spent = [*np.tile(time, members.size), *[2] * night.size]
            values = [*spent, -1, *[-1] * len(sent)]
            builder.rows(columns, values, family="time", lower=0, upper=0)
            for queue, column in zip(able.tolist(), sent, strict=True):
                flows[queue].append((column, int(rng.choice(recipe.efficiencies))))
        for arriving, heads in zip(flows, need.tolist(), strict=True):
            shallow = heads // 3
            price = int(rng.integers(1, 9))
            first = _continuous(builder, recipe, shallow, day, cost=price)
            deep = _continuous(builder, recipe, heads - shallow, day, cost=price + 3)
            columns = np.array([[*(column for column, _ in arriving), first, deep]])
            values = [*(ability for _, ability in arriving), 1, 1]
            builder.rows(columns, values, family="shortage", lower=heads)


def _continuous(builder: Builder, recipe: Recipe, upper: int, day: int, cost: int = 0) -> int:
    return int(
        builder.columns(
            1, family="time", upper=upper, cost=cost, unit=recipe.unit, day=day, continuous=True
        )[0]
    )


def shifted(rng: np.random.Generator, program: Program, *, decisions: bool = True) -> Program:
    """Return the same program with its columns counted from other origins, recourse at least."""
    move = rng.integers(-3, 4, program.columns)
    if not decisions:
        move = np.where(program.column_agent == NOBODY, move, 0)
    moved = program.matrix @ move
    bounded_below = program.row_lower > -UNBOUNDED
    bounded_above = program.row_upper < UNBOUNDED
    return replace(
        program,
        lower=program.lower + move,
        upper=program.upper + move,
        row_lower=np.where(bounded_below, program.row_lower + moved, program.row_lower),
        row_upper=np.where(bounded_above, program.row_upper + moved, program.row_upper),
        offset=program.offset - int(program.cost @ move),
    )


def paid(rng: np.random.Generator, program: Program) -> Program:
    """Return the program with some recourse columns that earn instead of costing."""
    earning = (program.column_agent == NOBODY) & (rng.random(program.columns) < 0.3)
    amount = rng.integers(1, 5, program.columns)
    return replace(program, cost=np.where(earning, -amount, program.cost))


def random_subproblem(
    rng: np.random.Generator, rows: int = 5, columns: int = 6, *, low: int = -3
) -> Subproblem:
    """A subproblem without any structure; may be infeasible."""
    from scipy.sparse import csr_array

    matrix = rng.integers(-4, 5, (rows, columns)) * (rng.random((rows, columns)) < 0.6)
    lower = rng.integers(low, 2, columns)
    upper = lower + rng.integers(1, 5, columns)
    inside = matrix @ rng.integers(lower, upper + 1)
    slack = rng.integers(0, 4, (2, rows))
    bounded = rng.random((2, rows)) < 0.7
    return Subproblem(
        matrix=csr_array(matrix.astype(np.int64)),
        row_lower=np.where(bounded[0], inside - slack[0], -UNBOUNDED),
        row_upper=np.where(bounded[1], inside + slack[1], UNBOUNDED),
        lower=lower,
        upper=upper,
        cost=rng.integers(-9, 10, columns),
        continuous=np.zeros(columns, dtype=np.bool_),
        column_ids=np.arange(columns),
        row_ids=np.arange(rows),
    )


@dataclass(frozen=True)
class Answer:
    """What the oracle found: values and their cost, or that there are none."""

    values: Floats | None
    cost: float | None


def oracle(
    program: Subproblem | Program, *, integer: bool = True, cost: Floats | None = None
) -> Answer:
    """Minimise with SciPy's solver, which shares nothing with the engine.

    Parameters
    ----------
    program : Subproblem or Program
    integer : bool
        Whether the columns are integers; otherwise the linear relaxation is solved.
    cost : float array or None
        Costs in place of its own.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    low = np.where(program.row_lower <= -UNBOUNDED, -np.inf, program.row_lower.astype(np.float64))
    high = np.where(program.row_upper >= UNBOUNDED, np.inf, program.row_upper.astype(np.float64))
    rows = [LinearConstraint(program.matrix.astype(np.float64), low, high)] if low.size else []
    found = milp(
        program.cost if cost is None else cost,
        constraints=rows,
        bounds=Bounds(program.lower.astype(np.float64), program.upper.astype(np.float64)),
        integrality=np.full(program.lower.size, int(integer)),
        options={"mip_rel_gap": 0.0},
    )
    assert found.status in (0, 2), found.message
    return Answer(found.x, found.fun)


def optimum(program: Program) -> int | None:
    """Return the least objective of a program in integer units; None when it has no solution."""
    found = oracle(program)
    return None if found.cost is None else round(found.cost) + program.offset


def decided(program: Program, values: Integers) -> Program:
    """Return the program with its decisions fixed at the given values."""
    decisions = program.column_agent != NOBODY
    return replace(
        program,
        lower=np.where(decisions, values, program.lower),
        upper=np.where(decisions, values, program.upper),
    )


def feasible_decisions(rng: np.random.Generator, program: Program) -> Integers | None:
    """Return a random feasible solution, by way of random costs; None when there is none."""
    found = oracle(program, cost=rng.normal(size=program.columns))
    return None if found.values is None else np.rint(found.values).astype(np.int64)


def is_consistent(incumbent: Incumbent) -> bool:
    """Whether values, objective and bound of an incumbent fit each other."""
    program = incumbent.program
    if incumbent.values is None:
        return incumbent.objective is None
    return program.holds(incumbent.values) and incumbent.objective == program.objective(
        incumbent.values
    )
