"""Entities that are made without checks are like those that were checked."""

from __future__ import annotations

import pickle
from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from csshift.model.entity import Entity
from csshift.model.roster import AllocationShare, Assignment

DAY = date(2026, 11, 11)
WORK = {"agent_id": "A1", "date": DAY, "shift": "D"}
SHARE = {"date": DAY, "start": 600, "agent_id": "A1"}
SHARE |= {"store": "S1", "skill": "pre-sale", "share": Decimal("0.5")}


@pytest.mark.parametrize(("kind", "fields"), [(Assignment, WORK), (AllocationShare, SHARE)])
def test_it_is_like_a_checked_one(kind: type[Entity], fields: dict[str, object]) -> None:
    checked, trusted = kind.model_validate(fields), kind.trusted(**fields)
    assert trusted == checked
    assert hash(trusted) == hash(checked)
    assert repr(trusted) == repr(checked)
    assert trusted.model_dump_json() == checked.model_dump_json()
    assert trusted.model_copy(update={"agent_id": "B"}) != checked
    assert pickle.loads(pickle.dumps(trusted)) == checked
    with pytest.raises(ValidationError, match="frozen"):
        trusted.agent_id = "B"  # type: ignore[attr-defined]
