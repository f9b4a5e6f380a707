"""What a plan tells its readers: once, in words, and whom to ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planning.house import House, rules


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_file_without_an_admin_is_told_so_once(house: House) -> None:
    plan = house.declares("members: {ada@acme.example: {role: user}}").plan(by=None)
    assert rules(plan) == ["R20"]
    assert str(plan.findings[0].location) == "org.yaml:6:1"


def test_the_own_demotion_of_an_admin_is_for_another_admin(house: House) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {role: admin}
    """, joined="bob")
    plan = house.declares("""
        members:
          ada@acme.example: {role: user}
          bob@acme.example: {role: admin}
    """).plan(by="ada")
    assert [(c.who_may, c.permitted) for c in plan.changes] == [("another org admin", False)]
    assert plan.findings[0].how == "ask another org admin"
