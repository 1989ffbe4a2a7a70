"""Rows of rosters are plain dataclasses, checked by whatever entity takes them."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from problems import small
from pydantic import ValidationError

from csshift.io.layout import ALLOCATION, DUTIES, ROSTER
from csshift.io.wording import complaints
from csshift.model.roster import AllocationShare, Assignment, Columns, DutyTurn, Roster, column_of

DAY = date(2026, 11, 11)
WORK: dict[str, Any] = {"agent_id": "A1", "date": DAY, "shift": "D"}
SHARE: dict[str, Any] = {"date": DAY, "start": 600, "agent_id": "A1"}
SHARE |= {"store": "S1", "skill": "pre-sale", "share": Decimal("0.5")}


def test_a_row_is_a_frozen_value_without_a_dictionary() -> None:
    row = AllocationShare(**SHARE)
    assert row == ALLOCATION.validate(SHARE)
    assert hash(row) == hash(AllocationShare(**SHARE))
    assert pickle.loads(pickle.dumps(row)) == row
    assert not hasattr(row, "__dict__")
    with pytest.raises(FrozenInstanceError):
        row.agent_id = "B"  # type: ignore[misc]


def test_what_a_row_holds_is_read_like_a_mapping_of_its_fields() -> None:
    loose = Assignment(agent_id=" A1 ", date="2026-11-11", shift="D")  # type: ignore[arg-type]
    for rows in ([loose], [{"agent_id": "A1 ", "date": "2026-11-11", "shift": " D"}]):
        assert Roster(assignments=rows).assignments == (Assignment(**WORK),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"date": "2026-11-31"}, "date"),
        ({"agent_id": " "}, "agent_id"),
        ({"shift": "D\u200b"}, "shift"),
        ({"shift": 5}, "shift"),
    ],
)
def test_rosters_and_histories_reject_wrong_rows(fields: dict[str, Any], place: str) -> None:
    for row in (WORK | fields, Assignment(**WORK | fields)):
        with pytest.raises(ValidationError) as caught:
            Roster(assignments=[row])  # type: ignore[list-item]
        assert [error["loc"] for error in caught.value.errors()] == [("assignments", 0, place)]
        with pytest.raises(ValidationError) as caught:
            small(history=[row])
        assert [error["loc"] for error in caught.value.errors()] == [("history", 0, place)]


@pytest.mark.parametrize(
    ("table", "fields", "expected"),
    [
        (ROSTER, {**WORK, "shifts": "D"}, ("shifts", "unknown field", "did you mean 'shift'?")),
        (ROSTER, {"agent_id": "A1", "date": DAY}, ("shift", "missing", "give shift")),
        (DUTIES, {"duty": "d", "agent_id": "A1"}, ("date", "missing", "give date")),
        (
            ALLOCATION,
            {**SHARE, "share": Decimal(2)},
            ("share", "out of range: it must be at most 1", "correct it"),
        ),
    ],
)
def test_faults_of_rows_are_worded_like_those_of_entities(
    table: Any, fields: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    with pytest.raises(ValidationError) as caught:
        table.validate(fields)
    [found] = complaints(caught.value, table.entity)
    assert found.place == (expected[0],)
    assert found.problem == expected[1]
    assert found.remedy == expected[2]


def test_a_row_that_is_no_table_says_so() -> None:
    with pytest.raises(ValidationError) as caught:
        Roster(duties=["x"])  # type: ignore[list-item]
    [found] = complaints(caught.value, Roster)
    assert (found.place, found.problem) == (("duties", 0), "not a table")


def test_a_roster_survives_json() -> None:
    turn = DutyTurn(date=DAY, duty="d", stores=("S1",), agent_id="A1", start=540, end=1560)
    roster = Roster(
        assignments=(Assignment(**WORK),), duties=(turn,), allocation=(AllocationShare(**SHARE),)
    )
    assert Roster.model_validate_json(roster.model_dump_json()) == roster
    assert '"end":"26:00"' in roster.model_dump_json()


def test_columns_are_their_rows() -> None:
    rows = tuple(AllocationShare(**{**SHARE, "start": 60 * hour}) for hour in range(3))
    columns = Columns(AllocationShare, *(column_of(rows, name) for name in SHARE))
    assert columns == rows
    assert rows == columns
    assert hash(columns) == hash(rows)
    assert (columns[1], columns[-1], columns[1:]) == (rows[1], rows[2], rows[1:])
    assert pickle.loads(pickle.dumps(columns)) == rows
    assert column_of(columns, "start") == column_of(rows, "start") == [0, 60, 120]
    assert columns != rows[:2]
    with pytest.raises(IndexError):
        columns[3]


def test_a_roster_of_columns_is_the_roster_of_their_rows() -> None:
    columns = Columns(AllocationShare, *([value] for value in SHARE.values()))
    lazy = Roster().model_copy(update={"allocation": columns})
    plain = Roster(allocation=columns)
    assert isinstance(plain.allocation, tuple)
    assert lazy == plain
    assert lazy.model_dump_json() == plain.model_dump_json()
    assert lazy.model_dump() == plain.model_dump()
    wrong = Columns(AllocationShare, *([value] for value in (SHARE | {"store": ""}).values()))
    with pytest.raises(ValidationError):
        Roster(allocation=wrong)


def test_a_roster_answers_by_agent_and_date() -> None:
    def held(name: str, agent_id: str, later: int) -> DutyTurn:
        return DutyTurn(date=DAY + timedelta(days=later), duty=name, agent_id=agent_id)

    turns = (held("d", "A1", 0), held("e", "A1", 0), held("d", "A2", 1), held("d", "A1", 2))
    roster = Roster(assignments=(Assignment(**WORK),), duties=turns)
    assert roster.shift_of("A1", DAY) == "D"
    assert roster.shift_of("A1", DAY + timedelta(days=1)) is None
    assert roster.shift_of("A2", DAY) is None
    assert roster.turns_of("A1") == (turns[0], turns[1], turns[3])
    assert roster.turns_of("A3") == ()
    assert roster.shifts() == {("A1", DAY): "D"}
    assert roster.turns()["A1", DAY] == [turns[0], turns[1]]
