"""What moved between review and apply: what is about the plan stops it, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.errors import Stale
from reconciler.model.operations import (
    AddGroupSpace,
    AddToGroup,
    CreateSpace,
    DescribeGroup,
    Invite,
    Join,
    Login,
    Operation,
    RemoveFromGroup,
    RemoveMember,
    RequestAccess,
    SetGroupRole,
    SetName,
    SetRole,
)
from reconciler.model.organization import Access
from reconciler.model.roles import Role
from reconciler.planning.document import from_json, to_json
from reconciler.planning.plan import Plan
from tests.planning.house import House, email, keys

GROUPS = """
    groups: {devs: {projects: {web: viewer}}, ops: {projects: {ios: viewer}}}
    members:
      ada@acme.example: {role: admin}
      bob@acme.example: {role: admin}
      sam@acme.example: {}
"""
JOINING = {
    "a member": GROUPS.replace("sam@acme.example: {}", "sam@acme.example: {groups: [devs]}"),
    "an invitation": GROUPS + "      new@acme.example: {groups: [devs]}\n",
    "an approval": GROUPS + "      eve@acme.example: {groups: [devs]}\n",
}


def saved(plan: Plan) -> Plan:
    """The plan as it comes back from its file."""
    assert plan.applyable, plan.findings
    return from_json(to_json(plan))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path).is_live(GROUPS, joined="bob sam").does(
        RequestAccess(email("eve"), None))


@pytest.mark.parametrize("way", JOINING)
def test_whoever_joins_a_group_gets_what_was_reviewed_or_nothing(house: House, way: str) -> None:
    plan = saved(house.declares(JOINING[way]).plan())
    house.does(SetGroupRole("devs", "web", Role.ADMIN), by="bob")
    with pytest.raises(Stale, match=r"devs .*set-group-role by bob@acme\.example on 2026") as stale:
        house.apply(plan)
    assert "group:devs" in stale.value.what


@pytest.mark.parametrize("way", JOINING)
def test_what_else_moves_about_groups_leaves_a_plan_as_it_is(house: House, way: str) -> None:
    plan = saved(house.declares(JOINING[way]).plan())
    house.does(SetGroupRole("ops", "web", Role.ADMIN), by="bob")
    house.does(DescribeGroup("devs", "Who builds"), by="bob")
    assert house.apply(plan).changes == 1


def test_what_a_group_gave_and_gives_is_spelled_out(house: House) -> None:
    plan = saved(house.declares(JOINING["a member"]).plan())
    house.does(SetGroupRole("devs", "web", Role.ADMIN), by="bob")
    with pytest.raises(Stale, match=r'devs gave .*"web": "viewer".* and gives .*"web": "admin"'):
        house.apply(plan)


def test_a_team_space_that_a_group_gives_since_stops_a_plan_too(house: House) -> None:
    plan = saved(house.declares(JOINING["a member"]).plan())
    house.does(CreateSpace("core", "Core"), by="bob").does(AddGroupSpace("devs", "core"), by="bob")
    with pytest.raises(Stale, match="add-group-space by bob"):
        house.apply(plan)


def test_a_group_that_the_same_plan_changes_is_joined_as_it_leaves_it(house: House) -> None:
    plan = saved(house.declares("""
        groups: {devs: {projects: {web: manager}}, ops: {}, new: {projects: {ios: member}}}
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {role: admin}
          sam@acme.example: {groups: [devs, ops, new]}
          new@acme.example: {groups: [new]}
    """).plan())
    assert "set-group-role:group:devs:web" in keys(plan)
    house.apply(plan)
    assert house.plan().empty


def test_a_group_that_gives_much_is_counted_in_the_image_and_watched_all_the_same(
    tmp_path: Path,
) -> None:
    many = {f"p{number}": Role.VIEWER for number in range(40)}
    head = """\
apiVersion: reconciler/v1
organization: acme
tier: enterprise
settings: {project_level_permissions: true}
"""
    head += f"projects: {{{', '.join(f'{p}: {{name: P}}' for p in many)}}}\n"
    body = f"""
        groups: {{all: {{projects: {{{', '.join(f'{p}: viewer' for p in many)}}}}}}}
        members:
          ada@acme.example: {{role: admin}}
          sam@acme.example: {{}}
    """
    house = House(tmp_path)
    house.declares(body, head).apply()
    plan = saved(house.declares(body.replace("sam@acme.example: {}",
                                             "sam@acme.example: {groups: [all]}"), head).plan())
    (change,) = plan.changes
    assert len(str(change.before)) < 150
    house.does(SetGroupRole("all", "p7", Role.MEMBER))
    with pytest.raises(Stale, match="group:all"):
        house.apply(plan)


OFF = """\
apiVersion: reconciler/v1
organization: acme
tier: enterprise
settings: {project_level_permissions: false, access_requests: true}
projects: {web: {name: Web}, ios: {name: iOS}}
"""
WITHOUT = """
    manage: {members: additive}
    members:
      ada@acme.example: {role: admin}
      bob@acme.example: {role: admin}
      sam@acme.example: {role: manager, default_project: web}
      kim@acme.example: {role: viewer}
"""
WITH = """
    manage: {members: additive}
    members: {ada@acme.example: {role: admin}}
"""


@pytest.fixture
def switching(tmp_path: Path) -> House:
    """An organization with a role for every project, whose file turns that off."""
    house = House(tmp_path)
    house.declares(WITHOUT, OFF).apply()
    return house.does(Join(email("bob"))).declares(WITH)


def test_everybody_whose_role_the_switch_converts_is_named(switching: House) -> None:
    (change,) = switching.does(RequestAccess(email("eve"), None)).plan().changes
    assert change.before == {
        "project_level_permissions": False,
        "converts": {"kim@acme.example": "viewer", "sam@acme.example": "manager"},
        "default_projects": {"sam@acme.example": "web"}}
    assert change.after == {"project_level_permissions": True}


def test_turning_it_off_names_them_too(switching: House) -> None:
    switching.apply()
    (change,) = switching.declares(WITH, OFF).plan().changes
    assert change.before["converts"] == {"kim@acme.example": "user", "sam@acme.example": "user"}


def test_another_setting_names_nobody(switching: House) -> None:
    (change,) = switching.declares(WITH, OFF.replace("requests: true", "requests: false")
                                   ).plan().changes
    assert change.before == {"access_requests": True}


@pytest.mark.parametrize("movement", [
    SetRole(email("kim"), Role.MANAGER), SetRole(email("kim"), Role.ADMIN),
    Invite(email("new"), Access(role=Role.MANAGER)), RemoveMember(email("kim")),
], ids=["made manager", "made admin", "invited", "removed"])
def test_a_switch_converts_whom_the_review_saw_or_nobody(
    switching: House, movement: Operation,
) -> None:
    plan = saved(switching.plan())
    switching.does(Join(email("kim"))).does(movement, by="bob")
    who = movement.subject
    with pytest.raises(Stale, match=f"whom it converts: {who} was .* by bob@acme.example") as stale:
        switching.apply(plan)
    assert f"record about {who} is {movement.kind}" in stale.value.what


def test_what_people_do_beside_a_switch_leaves_the_plan_as_it_is(switching: House) -> None:
    plan = saved(switching.plan())
    for movement in (RequestAccess(email("eve"), None), Join(email("kim")), Login(email("kim")),
                     SetName(email("sam"), "Sam"), Invite(email("new"), Access(role=Role.ADMIN))):
        switching.does(movement, by="bob")
    assert switching.apply(plan).changes == 1


# --- who gets what a group gets ---------------------------------------------------------------

MORE = {
    "a higher role": GROUPS.replace("web: viewer", "web: admin"),
    "another project": GROUPS.replace("web: viewer", "web: viewer, ios: viewer"),
    "a team space": "    team_spaces: {growth: {name: Growth}}\n" + GROUPS.replace(
        "{projects: {web: viewer}}", "{projects: {web: viewer}, team_spaces: [growth]}"),
}


@pytest.mark.parametrize("more", MORE)
def test_what_a_group_gets_is_for_those_who_were_in_it_at_the_review(
    house: House, more: str
) -> None:
    plan = saved(house.declares(MORE[more]).plan())
    house.does(AddToGroup(email("sam"), "devs"), by="bob")
    with pytest.raises(Stale, match=r"sam@acme\.example is in it now"):
        house.apply(plan)


def test_of_many_in_a_group_one_more_is_noticed_and_one_who_leaves_too(tmp_path: Path) -> None:
    people = "".join(f"      p{n}@acme.example: {{groups: [devs]}}\n" for n in range(20))
    house = House(tmp_path).is_live(GROUPS + people, joined="bob sam")
    declared = house.declares(GROUPS.replace("web: viewer", "web: admin") + people)
    plan = saved(declared.plan())
    (change,) = plan.changes
    assert change.before["given_to"]["members"] == 20
    house.does(AddToGroup(email("sam"), "devs"), by="bob")
    with pytest.raises(Stale, match="other people are in it than were"):
        house.apply(plan)
    house.does(RemoveFromGroup(email("sam"), "devs"), by="bob")
    house.apply(plan)
    assert house.plan().empty


def test_whoever_joins_the_group_in_the_same_plan_is_no_surprise(house: House) -> None:
    both = JOINING["a member"].replace("web: viewer", "web: admin")
    house.apply(saved(house.declares(both).plan()))
    assert house.plan().empty


def test_taking_from_a_group_does_not_ask_who_is_in_it(house: House) -> None:
    plan = saved(house.declares(GROUPS.replace("projects: {web: viewer}", "projects: {}")).plan())
    house.does(AddToGroup(email("sam"), "devs"), by="bob")
    house.apply(plan)
