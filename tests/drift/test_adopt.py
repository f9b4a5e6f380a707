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
    DeleteGroup,
    Join,
    Operation,
    RemoveFromGroup,
    SetName,
    SetProjectRole,
    SetRole,
)
from reconciler.model.roles import Role
from tests.drift.test_drift import HAND_EDITS, HERE, KIM, PEOPLE, SAM, drift
from tests.planning.house import House, email

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


def adopted(house: House) -> str:
    """Adopt all drift; returns the file."""
    items = [i for i in drift(house).items if Way.ADOPT in i.ways]
    with house.store.reader("acme") as reader:
        people = [Email(i.subject) for i in items if ":" not in i.subject]
        members, frame = reader.members(people), reader.frame()
    files = Workspace.open(house.path)
    adopt(files, {m.element: m for i in items for m in i.moved}.values(), members=members,
          groups=frame.groups, project_level=True)
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
