"""Loads far beyond the desk: simulated in bounded time, or refused with a reason."""

from __future__ import annotations

import pytest
from desks import desk_problem, everybody, forecast

from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.skills import Skill
from csshift.simulation import run_replications

HOTLINE = Skill(name="hotline", handle_seconds=60, patience_seconds=600)
CHAT = Skill(name="zz", channel="chat", replies_per_session=1000, reply_seconds=0.1)


@pytest.mark.parametrize(
    ("skill", "an_hour"), [(HOTLINE, 1e6), (HOTLINE, 1e9), (CHAT, 100_000), (CHAT, 1e9)]
)
def test_contacts_without_end_are_refused(skill: Skill, an_hour: float) -> None:
    problem = desk_problem(2, skill, forecast=forecast(an_hour, skill.name))
    with pytest.raises(InputError, match="too many to simulate") as caught:
        run_replications(Instance(problem), everybody(problem), 2, 1)
    assert "fewer days" in caught.value.faults[0].remedy


def test_a_long_line_of_callers_who_give_up_is_counted_once() -> None:
    # Nearly all of 30,000 callers leave the line from its middle.
    problem = desk_problem(1, HOTLINE, forecast=forecast(30_000, hours=range(1)))
    (row,) = run_replications(Instance(problem), everybody(problem), 2, 1).rows()
    assert row.abandonment is not None
    assert row.contacts.mean == pytest.approx(30_000, rel=0.03)
    # One agent answers some sixty calls, and as many of those who wait at the end.
    assert 0.99 < row.abandonment.mean < 1
