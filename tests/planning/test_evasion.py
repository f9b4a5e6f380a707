"""Ways around the policy, each of which is closed in the plan and in the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.applying.apply import apply_plan
from reconciler.model.errors import ReconcilerError
from reconciler.model.operations import Invite, Join
from reconciler.model.organization import Access
from reconciler.model.roles import Role
from reconciler.planning.plan import Cause, Plan
from reconciler.planning.planner import sealed
from tests.planning.house import HEAD, House, email, rules

OFF = HEAD.replace("project_level_permissions: true", "project_level_permissions: false")
PEOPLE = """\
    members:
      ada@acme.example: {role: admin}
      man@acme.example: {projects: {web: manager}}
      sam@acme.example: {projects: {web: viewer}}
      kim@acme.example: {projects: {web: admin, ios: admin}}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path).is_live(PEOPLE, joined="man sam kim")


def forged(plan: Plan) -> Plan:
    """A plan that claims to be permitted, whatever its findings say, with the digest that fits."""
    changes = tuple(replace(c, permitted=True) for c in plan.changes)
    return sealed(replace(plan, changes=changes, findings=(), not_permitted=(), left_out=()))


def refused(house: House, plan: Plan) -> set[str]:
    with pytest.raises(ReconcilerError) as error:
        apply_plan(plan, house.store, actor=email("ada"), now=house.now)
    return {f.rule for f in error.value.findings}


def test_whoever_may_not_apply_a_tighter_policy_makes_no_run_beside_it(house: House) -> None:
    without_sam = PEOPLE.replace("      sam@acme.example: {projects: {web: viewer}}\n", "")
    house.declares(without_sam).policy("protected_members: [sam@acme.example]\n")
    plan = house.plan(by="man", permitted_only=True)
    assert "R14" in rules(plan)
    assert any("--policy-only" in f.how for f in plan.findings)
    house.policy("removals: {require_transfer: false}\n")  # looser, and held from the next run on
    assert rules(house.plan(by="man", permitted_only=True)) == []


def test_undoing_drift_alone_is_held_to_what_the_policy_tightens(house: House) -> None:
    house.does(Invite(email("eve"), Access(role=Role.USER)))
    house.policy("protected_members: [eve@acme.example]\n")
    assert "L03" in rules(house.plan(only=(Cause.DRIFT,)))


def test_the_switch_demotes_nobody_whom_the_policy_protects(tmp_path: Path) -> None:
    body = "    members:\n      ada@acme.example: {role: admin}\n      man@acme.example: {role: "
    house = House(tmp_path).declares(body + "manager}\n", OFF)
    house.apply()
    house.does(Join(email("man"))).policy("""\
        protected_members: [man@acme.example]
        limits: {demotions: {count: 0}}
        """).apply()
    house.declares(body + "user}\n")
    plan = house.plan()
    assert {"L03", "L06"} <= set(rules(plan))
    assert {"L03", "L06"} <= refused(house, forged(plan))
    viewer = "user, projects: {web: viewer, ios: viewer}}\n"
    assert {"L03", "L06"} <= set(rules(house.declares(body + viewer).plan()))
    manager = "user, projects: {web: manager, ios: manager}}\n"
    assert rules(house.declares(body + manager).plan()) == [], "in the end they have what they had"


def test_taking_a_role_away_altogether_is_a_demotion(house: House) -> None:
    house.policy("limits: {demotions: {count: 0}}\n").declares(PEOPLE).apply()
    nothing = PEOPLE.replace("{projects: {web: admin, ios: admin}}", "{}")
    plan = house.declares(nothing).plan()
    assert rules(plan) == ["L06"]
    assert plan.losses.demotions == 1
    assert refused(house, forged(plan)) == {"L06"}


def test_deleting_the_group_that_is_all_somebody_has_is_a_demotion(tmp_path: Path) -> None:
    group = "    groups: {analysts: {projects: {web: member}}}\n"
    people = ("    members:\n      ada@acme.example: {role: admin}\n"
              "      kim@acme.example: {groups: [analysts]}\n")
    house = House(tmp_path).is_live(group + people, joined="kim")
    house.policy("limits: {demotions: {count: 0}}\n").apply()
    plan = house.declares(people.replace("{groups: [analysts]}", "{}")).plan()
    assert rules(plan) == ["L06"]
    assert refused(house, forged(plan)) == {"L06"}


def test_a_change_of_address_that_could_not_end_does_not_begin(house: House) -> None:
    house.policy("protected_members: [sam@acme.example]\n").declares(
        PEOPLE + "    email_changes: [{from: sam@acme.example, to: sam@new.example}]\n")
    assert "L03" in rules(house.plan())


def test_an_end_of_somebody_protected_is_told_before_it_comes(house: House) -> None:
    house.policy("protected_members: [sam@acme.example]\n").declares(
        PEOPLE.replace("{projects: {web: viewer}}",
                       "{until: 2026-04-01, projects: {web: viewer}}"))
    (warning,) = house.plan().findings
    assert (warning.rule, str(warning.severity)) == ("L03", "warning")
    assert "every plan will be refused then" in warning.what
