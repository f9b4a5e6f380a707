"""Adopting drift: the files say what the store has, and a plan of them is empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired.edits.adopting import adopt
from reconciler.desired.edits.workspace import Workspace
from reconciler.drift.report import Way
from reconciler.model.email import Email
from reconciler.model.operations import (
    AddToGroup,
    CreateGroup,
    CreateProject,
    CreateSpace,
    CreateTeam,
    DeleteGroup,
    Invite,
    Join,
    JoinSpace,
    Operation,
    RemoveFromGroup,
    SetName,
    SetProjectRole,
    SetRole,
)
from reconciler.model.organization import Access
from reconciler.model.roles import Role
from reconciler.model.values import frozen_map
from tests.drift.test_drift import EVE, HAND_EDITS, HERE, KIM, PEOPLE, SAM, drift
from tests.planning.house import House, email, keys

COMMENTED = """\
    # who is here
    members:
      ada@acme.example: {role: admin}   # the first
      bob@acme.example: {role: admin}
      # leads the shop
      sam@acme.example:
        name: Sam
        team: Data
        projects:
          web: manager     # since 2024
        groups: [analysts]
        default_project: web
        team_spaces: [core]
      kim@acme.example:
        projects: {ios: viewer}
    # the end
"""


@pytest.fixture(params=[PEOPLE, COMMENTED], ids=["flow", "block"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    house = House(tmp_path).declares(request.param, HERE)
    house.apply()
    for person in ("bob", "sam", "kim"):
        house.does(Join(email(person)))
    return house


def adopted(house: House, only: str = "") -> str:
    """Adopt all drift, or only what has this name; returns the file."""
    items = [i for i in drift(house).items if Way.ADOPT in i.ways and only in ("", i.selector)]
    with house.store.reader("acme") as reader:
        people = [Email(i.subject) for i in items if ":" not in i.subject]
        members, frame = reader.members(people), reader.frame()
    files = Workspace.open(house.path)
    adopt(files, {m.element: m for i in items for m in i.moved}.values(), members=members,
          frame=frame)
    files.save()
    return house.path.read_text()


@pytest.mark.parametrize("edit", [edit for edit, told in HAND_EDITS if told[0] != "unmanaged"],
                         ids=lambda edit: f"{edit.kind}")
def test_after_adopting_a_hand_edit_the_plan_is_empty(house: House, edit: Operation) -> None:
    before = house.path.read_text()
    house.does(edit, by="bob")
    assert not house.plan().empty
    text = adopted(house)
    assert text != before
    assert house.plan().empty
    assert not drift(house).found
    for comment in ("# who is here", "# the first", "# the end"):
        assert (comment in text) is (comment in before)


def test_everything_at_once_is_adopted(house: House) -> None:
    for edit in (SetName(SAM, "Samuel"), SetRole(KIM, Role.ADMIN), DeleteGroup("owners"),
                 SetProjectRole(SAM, "web", Role.ADMIN), RemoveFromGroup(SAM, "analysts"),
                 AddToGroup(KIM, "analysts")):
        house.does(edit, by="bob")
    adopted(house)
    assert house.plan().empty


def test_a_deleted_group_is_adopted_with_everybody_who_was_in_it(house: House) -> None:
    house.does(DeleteGroup("analysts"), by="bob")
    assert "analysts" not in adopted(house)
    assert house.plan().empty


def test_what_else_is_written_about_a_role_stays(house: House) -> None:
    text = house.path.read_text().replace("ios: viewer", "ios: {role: viewer, reason: Audit}")
    house.path.write_text(text)
    house.apply()
    house.does(SetProjectRole(KIM, "ios", Role.MEMBER), by="bob")
    assert "{role: member, reason: Audit}" in adopted(house)
    assert house.plan().empty


@pytest.mark.parametrize("teams", ["teams: [Data, Web]", "teams:\n  - Data\n  - Web", "teams: []",
                                   "# no teams yet"])
def test_what_is_named_and_not_declared_is_declared_as_it_is(house: House, teams: str) -> None:
    """Projects, team spaces and teams are not managed, but nobody has a role on them without."""
    head = HERE.replace("teams: [Data, Web]", teams)
    house.declares(PEOPLE.replace("        team: Data\n", ""), head).apply()
    for edit in (CreateProject("tv", "Television"), CreateSpace("attic", "Attic"),
                 CreateTeam("Ops"), SetProjectRole(KIM, "tv", Role.ADMIN), JoinSpace(SAM, "attic"),
                 Invite(EVE, Access(role=Role.USER, team="Ops", default_project="tv",
                                    projects=frozen_map([("tv", Role.VIEWER)])))):
        house.does(edit, by="bob")
    text = adopted(house)
    assert "tv: {name: Television}" in text
    assert "attic: {name: Attic}" in text
    assert "Ops" in text
    assert house.plan().empty
    assert not drift(house).items or {i.kind for i in drift(house).items} == {"converged"}


def test_one_membership_adopted_alone_brings_the_group_that_was_made_for_it(house: House) -> None:
    house.does(CreateProject("tv", "Television"), by="bob")
    house.does(CreateGroup("ops", "Operations", frozen_map([("tv", Role.MEMBER)])), by="bob")
    house.does(AddToGroup(KIM, "ops"), by="bob").does(AddToGroup(SAM, "ops"), by="bob")
    text = adopted(house, only="kim@acme.example/group/ops")
    assert "ops:" in text
    assert keys(house.plan()) == ["remove-from-group:sam:ops"]
