"""What a plan tells its readers: once, in words, and whom to ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.planning.document import from_json, to_json
from tests.planning.house import House, keys, rules


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


def test_what_a_manager_leaves_to_others_is_told_with_all_that_depends_on_it(
    house: House,
) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {projects: {web: manager}}
    """, joined="sam")
    plan = house.declares("""
        groups: {readers: {projects: {ios: viewer}}}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {projects: {web: manager}, groups: [readers], default_project: ios}
          kim@acme.example: {projects: {web: viewer}}
    """).plan(by="sam", permitted_only=True)
    assert keys(plan) == ["invite:kim"]
    assert [(c.key, c.permitted, c.who_may) for c in plan.left_out] == [
        ("create-group:group:readers", False, "an org admin"),
        ("add-to-group:sam@acme.example:readers", False, "an org admin"),
        ("set-default-project:sam@acme.example", True,
         "an org admin, or a manager of ios and web, or they themselves"),
    ]
    assert from_json(to_json(plan)) == plan
