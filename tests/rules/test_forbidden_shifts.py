from __future__ import annotations

from rule_cases import amount, plan


def count(shifts: list[str], *rows: str, **options: object) -> int:
    return int(amount({"kind": "forbidden-shifts", "shifts": shifts}, plan(*rows, **options)))


def test_each_one_counts() -> None:
    assert count(["N"], "DDEE-") == 0
    assert count(["N"], "DDNE-") == 1
    assert count(["N", "E"], "DDNE-", "N----") == 3
    assert count(["tag:late"], "DDNE-") == 2


def test_the_history_is_not_judged() -> None:
    assert count(["N"], "NN|D-") == 0
    assert count(["N"], "NN|N-") == 1


def test_only_the_chosen_agents_are_judged() -> None:
    schedule = plan("NN", "N-", tags=["nursing", ""])
    fields = {"kind": "forbidden-shifts", "shifts": ["N"], "agents": {"tags": ["nursing"]}}
    assert amount(fields, schedule) == 2
    assert amount({**fields, "agents": {"ids": ["a1"]}}, schedule) == 1
    assert amount({**fields, "agents": {"ids": ["a9"]}}, schedule) == 0
