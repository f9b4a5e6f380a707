"""What each change comes from: the file, somebody behind the last run, both, or a day."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.operations import (
    AddToGroup,
    CreateGroup,
    DeleteGroup,
    Invite,
    Join,
    Login,
    RemoveMember,
    RenameProject,
    SetName,
    SetProjectRole,
    SetRole,
)
from reconciler.model.organization import Access
from reconciler.model.roles import Role
from reconciler.planning.plan import Cause
from tests.planning.house import House, causes, email, keys

PEOPLE = """\
    groups:
      analysts: {projects: {web: member}}
    members:
      ada: {role: admin}
      bob: {role: admin}
      sam: {projects: {web: viewer}}
      kim: {groups: [analysts]}
"""
PENDING = (Cause.PENDING, Cause.CONFLICT, Cause.EXPIRY)


def people(text: str) -> str:
    for name in ("ada", "bob", "sam", "kim", "eve", "lea"):
        text = text.replace(f" {name}:", f" {name}@acme.example:")
    return text


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path).is_live(people(PEOPLE), joined="bob sam kim")


def test_what_only_the_file_changed_is_pending(house: House) -> None:
    house.declares(people(PEOPLE.replace("web: viewer", "web: manager")))
    assert causes(house.plan()) == {"set-project-role:sam:web": "pending"}


def test_what_somebody_changed_behind_us_is_drift_and_names_them(house: House) -> None:
    house.later(1).does(SetProjectRole(email("sam"), "web", Role.ADMIN), by="bob")
    (change,) = house.plan().changes
    assert (change.cause, change.after) == (Cause.DRIFT, {"project_role": "viewer"})
    assert change.moved is not None
    assert (change.moved.by, change.moved.at, change.moved.how, change.moved.run) == (
        email("bob"), house.now, "set-project-role", None)


def test_what_both_changed_differently_is_a_conflict(house: House) -> None:
    house.does(SetProjectRole(email("sam"), "web", Role.ADMIN), by="bob")
    house.declares(people(PEOPLE.replace("web: viewer", "web: manager")))
    (change,) = house.plan().changes
    assert change.cause is Cause.CONFLICT
    assert change.moved is not None
    assert change.moved.by == email("bob")


def test_what_both_changed_to_the_same_needs_no_change(house: House) -> None:
    house.does(SetProjectRole(email("sam"), "web", Role.ADMIN), by="bob")
    house.declares(people(PEOPLE.replace("web: viewer", "web: admin")))
    assert house.plan().empty


def test_an_end_that_has_passed_is_expiry(house: House) -> None:
    ending = people(PEOPLE.replace("web: viewer", "web: {role: viewer, until: 2026-03-10}"))
    house.declares(ending).apply()
    assert causes(house.later(20).plan()) == {"remove-project-role:sam:web": "expiry"}


def test_logging_in_and_joining_are_no_drift(house: House) -> None:
    house.declares(people(PEOPLE) + "      lea@acme.example: {}\n").apply()
    house.does(Login(email("sam"))).does(Join(email("lea")))
    assert house.plan().empty
    house.declares(people(PEOPLE.replace("web: viewer", "web: manager"))
                   + "      lea@acme.example: {}\n")
    assert causes(house.plan()) == {"set-project-role:sam:web": "pending"}


def test_somebody_invited_by_hand_is_drift_and_so_is_somebody_removed(house: House) -> None:
    house.does(Invite(email("eve"), Access(role=Role.USER)), by="bob")
    house.does(RemoveMember(email("sam")), by="bob")
    assert causes(house.plan()) == {"invite:sam": "drift", "revoke-invitation:eve": "drift"}


def test_somebody_removed_by_hand_whom_the_file_now_wants_otherwise_is_a_conflict(
    house: House
) -> None:
    house.does(RemoveMember(email("sam")), by="bob")
    house.declares(people(PEOPLE.replace("web: viewer", "web: manager")))
    assert causes(house.plan()) == {"invite:sam": "conflict"}


def test_a_convenience_that_the_file_does_not_state_does_not_make_a_conflict(
    house: House
) -> None:
    house.does(SetName(email("sam"), "Sam")).apply()
    house.does(RemoveMember(email("sam")), by="bob")
    assert causes(house.plan()) == {"invite:sam": "drift"}


def test_whoever_deletes_a_group_by_hand_is_named_for_those_who_were_in_it(house: House) -> None:
    house.does(DeleteGroup("analysts"), by="bob")
    plan = house.plan()
    assert causes(plan) == {"create-group:group:analysts": "drift",
                            "add-to-group:kim:analysts": "drift"}
    assert {c.moved.how for c in plan.changes if c.moved} == {"delete-group"}


def test_a_group_and_a_name_changed_by_hand_are_drift(house: House) -> None:
    house.does(CreateGroup("ops"), by="bob").does(RenameProject("web", "Shop"), by="bob")
    assert causes(house.plan()) == {"rename-project:project:web": "drift",
                                    "delete-group:group:ops": "drift"}


def test_only_pending_leaves_unrelated_drift_alone(house: House) -> None:
    house.does(AddToGroup(email("sam"), "analysts"), by="bob")
    house.declares(people(PEOPLE.replace("kim: {groups: [analysts]}", "kim: {}")))
    whole = house.plan()
    assert causes(whole) == {"remove-from-group:sam:analysts": "drift",
                             "remove-from-group:kim:analysts": "pending"}
    some = house.plan(only=PENDING)
    assert keys(some) == ["remove-from-group:kim:analysts"]
    assert [c.key for c in some.left_alone] == ["remove-from-group:sam@acme.example:analysts"]


def test_drift_that_a_run_left_alone_is_drift_after_it(house: House) -> None:
    house.later(1).does(AddToGroup(email("sam"), "analysts"), by="bob")
    house.declares(people(PEOPLE.replace("kim: {groups: [analysts]}", "kim: {}")))
    house.later(1).apply(house.plan(only=PENDING))
    (change,) = house.plan().changes
    assert (change.key, change.cause) == ("remove-from-group:sam@acme.example:analysts",
                                          Cause.DRIFT)
    assert change.moved is not None
    assert change.moved.by == email("bob")


def test_drift_that_a_pending_change_needs_undone_is_undone_with_it(house: House) -> None:
    house.does(DeleteGroup("analysts"), by="bob")
    house.declares(people(PEOPLE.replace("sam: {projects: {web: viewer}}",
                                         "sam: {groups: [analysts], projects: {web: manager}}")))
    plan = house.plan(only=PENDING)
    assert plan.applyable
    assert causes(plan) == {"create-group:group:analysts": "drift",
                            "add-to-group:sam:analysts": "pending",
                            "set-project-role:sam:web": "pending"}


def test_only_drift_undoes_the_drift_and_leaves_the_file_for_later(house: House) -> None:
    house.does(SetRole(email("kim"), Role.ADMIN), by="bob")
    house.declares(people(PEOPLE.replace("web: viewer", "web: manager")))
    assert keys(house.plan(only=(Cause.DRIFT,))) == ["set-role:kim"]


def test_a_plan_without_changes_leaves_a_baseline_once(house: House) -> None:
    house.apply()
    runs = house.store.runs("acme")
    house.apply()
    assert house.store.runs("acme") == runs, "nothing moved since"
    house.does(SetName(email("sam"), "Sam")).apply()
    assert len(house.store.runs("acme")) == len(runs) + 1
    assert house.plan().empty


def test_without_any_run_everything_is_pending(tmp_path: Path) -> None:
    house = House(tmp_path).declares(people(PEOPLE))
    assert set(causes(house.plan()).values()) == {"pending"}


IGNORED = """\
    ignore_drift:
      sam@acme.example/project/web: {reason: Helps on call, until: 2026-03-20}
"""


def test_ignored_drift_is_left_alone_and_told_with_its_reason(house: House) -> None:
    house.does(SetProjectRole(email("sam"), "web", Role.ADMIN), by="bob")
    plan = house.declares(people(PEOPLE) + IGNORED).plan()
    assert plan.empty
    (note,) = (n for n in plan.notes if n.code == "ignored")
    assert note.subject == "sam@acme.example/project/web"
    assert note.text == ("role on web: viewer -> admin by bob@acme.example on 2026-03-01; "
                         "left alone: Helps on call, until 2026-03-20")


def test_ignored_drift_goes_on_being_drift_after_runs_and_when_it_is_no_longer_ignored(
    house: House
) -> None:
    house.does(SetProjectRole(email("sam"), "web", Role.ADMIN), by="bob")
    house.declares(people(PEOPLE) + IGNORED).apply()
    house.does(SetName(email("kim"), "Kim")).apply()
    assert causes(house.later(30).plan()) == {"set-project-role:sam:web": "drift"}


def test_what_the_file_changes_is_not_ignored(house: House) -> None:
    house.declares(people(PEOPLE.replace("web: viewer", "web: manager")) + IGNORED)
    assert causes(house.plan()) == {"set-project-role:sam:web": "pending"}
    assert "delete the entry" in next(n.text for n in house.plan().notes if n.code == "ignored")


def test_ignoring_somebody_ignores_that_they_were_let_in(house: House) -> None:
    house.does(Invite(email("eve"), Access(role=Role.USER)), by="bob")
    ignored = "    ignore_drift:\n      EVE@acme.example: {reason: Visits}\n"
    assert house.declares(people(PEOPLE) + ignored).plan().empty
