"""Hours, overtime, duty turns and wishes."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from report_cases import DUTY, MONDAY, assignments, problem, turn

from csshift.instance import Instance
from csshift.model.roster import Roster
from csshift.report.people import people, rounded
from csshift.scoring.judging import broken_requests
from csshift.scoring.unfilled import unfilled_turns

CONTRACT = {"name": "full", "overtime_after_hours_per_week": 16}


def test_hours_and_days_count_the_horizon_only() -> None:
    history = assignments("E", start=MONDAY - timedelta(days=1))
    found = people(Instance(problem(history=history)), Roster(assignments=assignments("EL", "-")))
    assert [(p.days, p.hours, p.overtime) for p in found] == [(2, 15.0, None), (0, 0.0, None)]


def test_overtime_is_what_a_week_has_beyond_the_threshold() -> None:
    case = problem([{"contract": "full"}], days=14, contracts=[CONTRACT])
    found = people(Instance(case), Roster(assignments=assignments("EEE----EEEE---")))
    assert found[0].overtime == 8 + 16


def test_history_uses_up_the_threshold_and_is_not_charged_itself() -> None:
    start = MONDAY + timedelta(days=3)
    history = assignments("EEE")
    cell = {"date": str(start), "start": "09:00", "store": "S1", "skill": "sale", "heads": 1}
    case = problem(
        [{"contract": "full"}],
        contracts=[CONTRACT],
        history=history,
        horizon={"start": str(start), "days": 4},
        requirements=[cell],
    )
    found = people(Instance(case), Roster(assignments=assignments("E", start=start)))
    assert found[0].overtime == 8


def test_turns_are_counted_with_the_past_ones_and_the_fair_share() -> None:
    past = turn(-1, 0)
    case = problem(
        [{}, {}, {"skills": {"care": 1}}],
        duties=[DUTY],
        history=assignments("E", "E", start=MONDAY - timedelta(days=1)),
        history_duties=[past],
    )
    roster = Roster(
        assignments=assignments("EE", "EEE", "E"), duties=(turn(0, 0), turn(1, 1), turn(2, 1))
    )
    first, second, third = (person.turns[0] for person in people(Instance(case), roster))
    assert (first.planned, first.past) == (1, 1)
    assert (second.planned, second.past) == (2, 0)
    assert third == (0, 0, None)
    # A turn on each of seven days and one in the history, between two.
    assert first.fair == second.fair == 4


def test_fair_numbers_are_rounded_so_that_they_add_up() -> None:
    case = problem(6, days=28, duties=[DUTY])
    fair = [person.turns[0].fair for person in people(Instance(case), Roster())]
    assert fair == [4.7, 4.7, 4.7, 4.7, 4.6, 4.6]
    assert rounded([]) == []
    assert rounded([Fraction(1, 3)] * 3) == [0.4, 0.3, 0.3]
    assert rounded([Fraction(1, 2), Fraction(5, 2)]) == [0.5, 2.5]


def test_unfilled_turns_are_found_by_group_of_stores() -> None:
    duty = DUTY | {"stores": [["S1"], ["S2", "S3"]], "count": 2}
    case = problem(3, days=1, duties=[duty], stores=["S2", "S3"])
    roster = Roster(duties=(turn(0, 0, stores=("S1",)), turn(0, 1, stores=("S3", "S2"))))
    assert unfilled_turns(Instance(case), roster, case.duties[0]) == [
        (MONDAY, ("S1",), 1),
        (MONDAY, ("S2", "S3"), 1),
    ]


def test_a_group_of_all_stores_may_be_written_out() -> None:
    case = problem(1, days=1, duties=[DUTY], stores=["S2"])
    for stores in ((), ("S1", "S2")):
        assert not unfilled_turns(
            Instance(case), Roster(duties=(turn(0, 0, stores=stores),)), case.duties[0]
        )
    assert unfilled_turns(Instance(case), Roster(), case.duties[0]) == [(MONDAY, (), 1)]


def test_wishes_are_broken_exactly_when_they_are_not_granted() -> None:
    wishes = [
        (0, "off", None, "-", "E"),
        (1, "off", "E", "L", "E"),
        (2, "work", None, "L", "-"),
        (3, "work", "E", "E", "L"),
    ]
    requests = [
        {"agent_id": "A0", "date": str(MONDAY + timedelta(days)), "want": want, "shift": shift}
        for days, want, shift, _, _ in wishes
    ]
    case = problem(1, requests=requests)
    granted = "".join(kept for _, _, _, kept, _ in wishes)
    assert broken_requests(Instance(case), Roster(assignments=assignments(granted))) == []
    refused = "".join(other for _, _, _, _, other in wishes)
    found = broken_requests(Instance(case), Roster(assignments=assignments(refused)))
    assert [worked for _, worked in found] == ["E", "E", None, "L"]
