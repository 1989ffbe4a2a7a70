"""The program: names and agents of its columns, and costs that are those of the roster."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from problems import (
    DAY,
    MONDAY,
    agent,
    cell,
    random_problem,
    roster,
    shift,
    small,
    works,
)

import csshift
from csshift.compile import Compiled, compile_problem
from csshift.decode import decode_decisions, encode_decisions
from csshift.decode.allocation import share_out
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.structure import Structure
from csshift.instance import Instance
from csshift.model.duties import Duty
from csshift.model.horizon import Horizon
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.problem import Problem
from csshift.program import ABSENT, NOBODY
from csshift.scoring import score


def family(compiled: Compiled, name: str) -> np.ndarray:
    """Return the columns of a family, the constant left out."""
    program = compiled.program
    return np.flatnonzero(program.column_family == program.families.index(name))


def test_every_column_and_row_is_labelled() -> None:
    program = compile_problem(Instance(random_problem(Random(5), 4, 6, 2))).program
    assert program.matrix.shape == (program.rows, program.columns)
    for labels in (program.column_family, program.column_agent, program.column_day):
        assert labels.shape == (program.columns,)
    for labels in (program.row_family, program.row_agent):
        assert labels.shape == (program.rows,)
    assert program.column_family.min() >= 0
    assert program.column_family.max() < len(program.families)
    assert program.column_agent.max() < 4
    assert program.column_day.max() < 6
    assert program.matrix.data.dtype == np.int64
    assert (program.lower <= program.upper).all()


def test_work_columns_belong_to_agent_and_day() -> None:
    compiled = compile_problem(Instance(small(leave=({"agent_id": "b", "date": MONDAY + DAY},))))
    work, program = compiled.work, compiled.program
    assert work.shift.shape == (2, 3, 1)
    assert work.day.shape == (2, 3)
    assert (work.shift == ABSENT)[..., 0].tolist() == [[False] * 3, [False, True, False]]
    for (who, day), column in np.ndenumerate(work.day):
        if column != ABSENT:
            assert program.column_agent[column] == who
            assert program.column_day[column] == day
            assert program.upper[column] == 1


def test_the_history_is_a_constant() -> None:
    compiled = compile_problem(Instance(small(history=(works("a", -1),))))
    work = compiled.work
    assert work.grid.history_days == 1
    one = work.shift[0, 0, 0]
    assert compiled.program.lower[one] == compiled.program.upper[one] == 1
    assert work.shift[1, 0, 0] == ABSENT


def test_only_rows_of_one_agent_are_labelled_with_an_agent() -> None:
    rules = ({"kind": "max-consecutive-days", "days": 1}, {"kind": "seats", "count": 1})
    program = compile_problem(Instance(small(rules=rules))).program
    agents = {
        name: set(program.row_agent[program.row_family == program.families.index(name)].tolist())
        for name in ("max-consecutive-days", "seats")
    }
    assert agents == {"max-consecutive-days": {0, 1}, "seats": {NOBODY}}


@pytest.mark.parametrize(
    ("hours", "break_minutes", "minutes", "offered"),
    [
        ("08:00-16:00", 0, 60, {8: 1}),
        ("08:00-17:00", 60, 60, {8: Fraction(8, 9), 16: Fraction(8, 9)}),
        ("08:20-12:00", 0, 60, {8: Fraction(2, 3), 11: 1}),
        ("08:10-12:50", 20, 30, {16: Fraction(2, 3) * Fraction(13, 14), 25: Fraction(26, 42)}),
        ("22:00-26:30", 0, 60, {23: 1, 24: 1, 26: Fraction(1, 2)}),
        ("09:00-10:20+10:40-12:00", 0, 60, {10: Fraction(2, 3)}),
    ],
)
def test_presence_is_exact(
    hours: str, break_minutes: int, minutes: int, offered: dict[int, Fraction]
) -> None:
    problem = small(
        horizon=Horizon(start=MONDAY, days=2, interval_minutes=minutes),
        shifts=(shift("D", hours, break_minutes),),
        requirements=(),
    )
    quantities = Instance(problem).quantities
    ((offsets, units),) = quantities.presence
    there = dict(zip(offsets.tolist(), units.tolist(), strict=True))
    for offset, part in offered.items():
        assert Fraction(there[offset], quantities.time_units) == part
    paid = problem.shifts[0].paid_minutes
    assert sum(there.values()) * quantities.time_hour == Fraction(paid, 60)


def test_units_that_cannot_be_exact_promise_no_more_than_there_is() -> None:
    shifts = tuple(shift(f"S{i}", "08:00-16:00", minutes) for i, minutes in enumerate((7, 11, 13)))
    odd = tuple(shift(f"T{i}", f"08:{i:02d}-15:{59 - i}", 17) for i in (1, 3, 7, 9))
    problem = small(shifts=(*shifts, *odd), requirements=())
    quantities = Instance(problem).quantities
    for entry, (_, units) in zip(problem.shifts, quantities.presence, strict=True):
        paid = Fraction(entry.paid_minutes, 60)
        offered = int(units.sum()) * quantities.time_hour
        assert paid - Fraction(len(units), quantities.time_units) <= offered <= paid


def test_heads_and_efficiencies_are_whole_units() -> None:
    problem = small(
        agents=(agent("a", skills={"pre-sale": "1.1"}), agent("b", skills={"pre-sale": "0.625"})),
        requirements=(cell("10:00", "0.01"), cell("11:00", "3.33")),
    )
    quantities = Instance(problem).quantities
    heads = quantities.heads(Instance(problem).demand.heads)
    assert [Fraction(int(h), quantities.supply_units) for h in heads] == [
        Fraction(1, 100),
        Fraction(333, 100),
    ]
    for value in ("1.1", "0.625"):
        units = quantities.efficiency(Fraction(value))
        assert Fraction(units, quantities.efficiency_units) == Fraction(value)


@pytest.mark.parametrize(("edges", "hours"), [("none", 1), ("auto", 6)])
def test_time_after_what_is_covered_is_offered_to_nobody(edges: str, hours: int) -> None:
    problem = small(
        horizon={"start": MONDAY, "days": 3, "edges": edges},
        shifts=(shift("N", "22:00-30:00"), shift("M", "05:00-13:00")),
        requirements=(cell("23:00", 1, day=2),),
    )
    found = csshift.check(problem, roster(works("a", 2, "N"))).penalties["surplus"]
    assert found == 0.5 * hours


def random_roster(problem: Problem, random: Random) -> Roster:
    """Draw a roster within availability, holders among those who work and may."""
    compiled = compile_problem(Instance(problem))
    first = compiled.work.grid.history_days
    there = compiled.work.day[:, first:] != ABSENT
    assignments, turns = [], []
    for (who, day), free in np.ndenumerate(there):
        if free and random.random() < 0.6:
            offered = np.flatnonzero(Instance(problem).grid.offered[who, first + day])
            code = problem.shifts[random.choice(offered.tolist())].code
            date = problem.horizon.start + day * DAY
            agent_id = problem.agents[who].agent_id
            assignments.append(Assignment(agent_id=agent_id, date=date, shift=code))
    codes = [entry.code for entry in problem.shifts]
    for columns in compiled.duties:
        taken: set[tuple[int, object]] = set()
        for entry in assignments:
            who = Instance(problem).grid.agent_index[entry.agent_id]
            day = problem.horizon.index(entry.date)
            group = random.randrange(len(columns.duty.groups))
            can = columns.hold[group, who, day, codes.index(entry.shift)] != ABSENT
            if can and (group, entry.date) not in taken:
                taken.add((group, entry.date))
                turns.append(
                    DutyTurn(
                        date=entry.date,
                        duty=columns.duty.name,
                        stores=columns.duty.groups[group],
                        agent_id=entry.agent_id,
                    )
                )
    return Roster(assignments=tuple(assignments), duties=tuple(turns))


def program_and_checker_agree(seed: int) -> bool:
    """Return whether a random roster keeps the rules, after holding program against checker."""
    random = Random(f"program {seed}")
    problem = random_problem(random, random.randint(2, 5), random.randint(2, 7), 2)
    drawn = random_roster(problem, random)
    compiled = compile_problem(Instance(problem))
    blocks = RecourseBlocks(Structure(compiled.program))
    values = encode_decisions(compiled, drawn)
    everything = blocks.structure.all_blocks
    settled = blocks.evaluate(everything, values, Budget(60.0))
    keeps = settled is not None and compiled.program.holds(settled)
    if not keeps:
        assert score(Instance(problem), drawn).violations, (
            "the program forbids what the checker allows"
        )
        return False
    decoded = decode_decisions(compiled, settled)
    free = np.maximum(compiled.instance.offered(decoded), 0)
    allocation = share_out(compiled.instance, compiled.flows, settled, free)
    decoded = decoded.model_copy(update={"allocation": allocation})
    assert set(decoded.assignments) == set(drawn.assignments)
    assert {(t.date, t.stores, t.agent_id) for t in decoded.duties} == {
        (t.date, t.stores, t.agent_id) for t in drawn.duties
    }
    judged = score(Instance(problem), decoded)
    assert judged.violations == ()
    program = compiled.program
    assert judged.objective == pytest.approx(program.points(program.objective(settled)), abs=1e-6)
    return True


def test_program_and_checker_agree_on_random_rosters() -> None:
    kept = [program_and_checker_agree(seed) for seed in range(80)]
    assert 10 <= sum(kept) <= 70


@pytest.mark.slow
def test_program_and_checker_agree_on_random_rosters_at_length() -> None:
    kept = [program_and_checker_agree(seed) for seed in range(1000, 2000)]
    assert 100 <= sum(kept) <= 900


def test_requests_labour_and_overtime_cost_what_the_checker_says() -> None:
    problem = small(
        agents=(agent("a", contract="c"), agent("b")),
        contracts=(
            {
                "name": "c",
                "cost_per_hour": "1.5",
                "overtime_after_hours_per_week": 20,
                "overtime_cost_per_hour": 7,
            },
        ),
        requests=(
            {"agent_id": "a", "date": MONDAY, "want": "off", "weight": 2},
            {"agent_id": "b", "date": MONDAY, "want": "work", "shift": "D"},
        ),
        requirements=(),
        weights={"surplus": 0, "request": 4},
    )
    judged = csshift.check(problem, roster(*(works("a", day) for day in range(3))))
    assert judged.penalties == {
        "labour cost": 36,
        "contract c: overtime": 28,
        "requests": 12,
    }
    result = csshift.solve(problem, time_limit=30.0, workers=1)
    assert (result.status, result.objective) == ("optimal", 0.0)


@pytest.mark.parametrize("name", ["s3-double-11", "s4-twenty-stores"])
def test_large_scenarios_compile(scenarios: object, name: str) -> None:
    problem = csshift.load(scenarios / name)
    compiled = compile_problem(Instance(problem))
    program, days = compiled.program, problem.horizon.days
    assert compiled.work.shift.shape == (len(problem.agents), days, len(problem.shifts))
    expected = {rule.label for rule in Instance(problem).effective_rules} | {
        "work",
        "payment-reminder",
    }
    assert set(program.families) >= expected - {"overlapping shifts"}  # implied by the rest
    assert family(compiled, "shortage").size == Instance(problem).demand.cells
    linking = program.row_agent == NOBODY
    assert 0 < linking.sum() < program.rows
    assert score(Instance(problem), Roster()).shortage_percent == pytest.approx(100)


def test_two_duties_at_once_take_all_of_the_time_at_most() -> None:
    duties = tuple(
        Duty(name=name, skill="pre-sale", window="10:00-14:00", share=Decimal("0.6"))
        for name in ("first", "second")
    )
    problem = small(agents=(agent("a"),), duties=duties, requirements=())
    result = csshift.solve(problem, time_limit=30.0, workers=1)
    assert result.roster is not None
    assert len(result.roster.duties) == 3
    assert len({entry.date for entry in result.roster.duties}) == 3


def test_a_soft_rule_that_concerns_nobody_compiles() -> None:
    rule = {
        "kind": "shift-cover",
        "cover": [{"shifts": ["D"], "heads": 0, "over": 1}],
        "severity": 2,
        "agents": {"skills": ["hotline"]},
    }
    program = compile_problem(Instance(small(rules=(rule,)))).program
    assert program.matrix.data.dtype == np.int64


def test_a_soft_limit_on_weekends_leaves_a_worked_one_to_its_price() -> None:
    rule = {"kind": "max-weekends", "count": 0, "severity": 5}
    problem = small(horizon=Horizon(start=MONDAY, days=7), rules=(rule,), requirements=())
    compiled = compile_problem(Instance(problem))
    values = encode_decisions(compiled, roster(works("a", 5), works("a", 6)))
    slack = family(compiled, "max-weekends")
    price = compiled.program.cost[slack] @ values[slack]
    assert compiled.program.points(int(price)) == 5
