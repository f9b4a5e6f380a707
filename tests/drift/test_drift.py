"""Drift: hand edits of every kind are found, classified, attributed, and told the worst first."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from reconciler.desired.load import load
from reconciler.desired.policy import load_with_policy
from reconciler.drift.classify import find_drift
from reconciler.drift.report import DriftItem, DriftKind, DriftReport, Harm, Way
from reconciler.model.operations import (
    AddGroupSpace,
    AddToGroup,
    ChangeSetting,
    CreateGroup,
    CreateProject,
    DeleteGroup,
    DescribeGroup,
    Invite,
    Join,
    JoinSpace,
    LeaveSpace,
    Operation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveMember,
    RemoveProjectRole,
    RenameProject,
    RenameSpace,
    SetDefaultProject,
    SetGroupRole,
    SetName,
    SetProjectRole,
    SetRole,
    SetTeam,
)
from reconciler.model.organization import Access
from reconciler.model.roles import Role
from reconciler.model.values import frozen_map
from reconciler.planning.plan import ONLY
from reconciler.planning.policy import Terms
from tests.planning.house import HEAD, House, email

HERE = HEAD + dedent("""\
    team_spaces: {growth: {name: Growth}, core: {name: Core}}
    teams: [Data, Web]
    manage: {team_spaces: authoritative}
    groups:
      analysts: {description: Read, projects: {web: member}, team_spaces: [growth]}
      owners: {projects: {ios: admin}}
    """)
PEOPLE = """\
    members:
      ada@acme.example: {role: admin}
      bob@acme.example: {role: admin}
      sam@acme.example:
        name: Sam
        team: Data
        projects: {web: manager}
        groups: [analysts]
        default_project: web
        team_spaces: [core]
      kim@acme.example: {projects: {ios: viewer}}
"""
SAM, KIM, EVE = email("sam"), email("kim"), email("eve")


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path).declares(PEOPLE, HERE)
    house.apply()
    for person in ("bob", "sam", "kim"):
        house.does(Join(email(person)))
    return house


def drift(house: House) -> DriftReport:
    state, policy = load_with_policy(load, house.path)
    with house.store.reader("acme") as reader:
        return find_drift(state, reader, now=house.now, terms=Terms(declared=policy))


def shown(item: DriftItem) -> tuple[str, str, str, str]:
    return str(item.kind), item.selector.replace("@acme.example", ""), item.text, str(item.harm)


HAND_EDITS: list[tuple[Operation, tuple[str, str, str, str]]] = [
    (SetRole(SAM, Role.ADMIN), ("drift", "sam/role", "role: user -> admin", "admin-grant")),
    (SetProjectRole(KIM, "ios", Role.ADMIN),
     ("drift", "kim/project/ios", "role on ios: viewer -> admin", "admin-grant")),
    (SetProjectRole(KIM, "web", Role.VIEWER),
     ("drift", "kim/project/web", "role on web: none -> viewer", "access-given")),
    (SetProjectRole(SAM, "web", Role.MEMBER),
     ("drift", "sam/project/web", "role on web: manager -> member", "access-taken")),
    (RemoveProjectRole(KIM, "ios"),
     ("drift", "kim/project/ios", "role on ios: viewer -> none", "access-taken")),
    (AddToGroup(KIM, "analysts"),
     ("drift", "kim/group/analysts", "group analysts: added", "access-given")),
    (AddToGroup(KIM, "owners"),
     ("drift", "kim/group/owners", "group owners: added", "admin-grant")),
    (RemoveFromGroup(SAM, "analysts"),
     ("drift", "sam/group/analysts", "group analysts: removed", "access-taken")),
    (SetName(SAM, "Samuel"), ("drift", "sam/name", "name: Sam -> Samuel", "other")),
    (SetTeam(SAM, "Web"), ("drift", "sam/team", "team: Data -> Web", "other")),
    (SetDefaultProject(SAM, None),
     ("drift", "sam/default-project", "default project: web -> none", "other")),
    (JoinSpace(SAM, "growth"),
     ("drift", "sam/team-space/growth", "team space growth: added", "other")),
    (LeaveSpace(SAM, "core"),
     ("drift", "sam/team-space/core", "team space core: removed", "other")),
    (Invite(EVE, Access(role=Role.USER, projects=frozen_map([("web", Role.ADMIN)]))),
     ("drift", "eve", "let in (with role user, role on web admin)", "admin-grant")),
    (RemoveMember(KIM),
     ("vanished", "kim", "taken out (had role user, role on ios viewer)", "removal")),
    (CreateGroup("ops", "Operations"),
     ("drift", "group:ops", "created (with description Operations)", "other")),
    (DescribeGroup("analysts", "Write"),
     ("drift", "group:analysts/description", "description: Read -> Write", "other")),
    (SetGroupRole("analysts", "web", Role.ADMIN),
     ("drift", "group:analysts/project/web", "role on web: member -> admin", "admin-grant")),
    (RemoveGroupRole("analysts", "web"),
     ("drift", "group:analysts/project/web", "role on web: member -> none", "access-taken")),
    (AddGroupSpace("analysts", "core"),
     ("drift", "group:analysts/team-space/core", "team space core: added", "other")),
    (RemoveGroupSpace("analysts", "growth"),
     ("drift", "group:analysts/team-space/growth", "team space growth: removed", "other")),
    (RenameProject("web", "Shop"), ("drift", "project:web", "name: Web -> Shop", "other")),
    (RenameSpace("core", "Centre"), ("drift", "team-space:core", "name: Core -> Centre", "other")),
    (CreateProject("tv", "Television"),
     ("unmanaged", "project:tv", "name: none -> Television", "other")),
    (ChangeSetting("access_requests", False),
     ("drift", "setting:access_requests", "setting: true -> false", "setting")),
    (ChangeSetting("managers_may_invite", False),
     ("unmanaged", "setting:managers_may_invite", "setting: true -> false", "setting")),
]


@pytest.mark.parametrize(("edit", "told"), HAND_EDITS, ids=lambda v: getattr(v, "kind", ""))
def test_a_hand_edit_is_found_classified_and_attributed(
    house: House, edit: Operation, told: tuple[str, str, str, str]
) -> None:
    house.later(1).does(edit, by="bob")
    report = drift(house)
    assert [shown(i) for i in report.items] == [told]
    trace = report.items[0].trace
    assert trace is not None
    assert (trace.by, trace.at, trace.how, trace.run) == (
        email("bob"), house.now, edit.kind, None)
    assert report.found is (told[0] != "unmanaged")


def test_a_group_deleted_by_hand_is_told_with_everybody_who_was_in_it(house: House) -> None:
    house.does(DeleteGroup("analysts"), by="bob")
    report = drift(house)
    assert {shown(i) for i in report.items} == {
        ("drift", "group:analysts",
         "deleted (had role on web member, team space growth, description Read)", "access-taken"),
        ("drift", "sam/group/analysts", "group analysts: removed", "access-taken")}
    assert {i.trace.how for i in report.items if i.trace} == {"delete-group"}


def test_the_switch_turned_off_by_hand_is_told_with_whom_it_converted(house: House) -> None:
    for edit in (RemoveProjectRole(SAM, "web"), RemoveProjectRole(KIM, "ios"),
                 DeleteGroup("analysts"), DeleteGroup("owners")):
        house.does(edit)
    house.apply(house.declares("""\
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {role: admin}
          sam@acme.example: {}
          kim@acme.example: {}
        """).plan())
    house.does(ChangeSetting("project_level_permissions", False), by="bob")
    report = drift(house)
    assert ("drift", "setting:project_level_permissions", "setting: true -> false",
            "setting") in map(shown, report.items)
    assert {i.trace.by for i in report.items if i.trace} == {email("bob")}


def test_without_hand_edits_there_is_no_drift(house: House) -> None:
    report = drift(house)
    assert (report.items, report.found) == ((), False)
    assert report.baseline is not None


def test_what_only_the_files_changed_is_pending_and_no_drift(house: House) -> None:
    house.declares(PEOPLE.replace("web: manager", "web: member"), HERE)
    report = drift(house)
    assert [shown(i)[:2] for i in report.items] == [("pending", "sam/project/web")]
    assert not report.found
    assert report.items[0].ways == ()


def test_what_both_changed_alike_is_converged(house: House) -> None:
    house.does(SetProjectRole(SAM, "web", Role.ADMIN), by="bob")
    house.declares(PEOPLE.replace("web: manager", "web: admin"), HERE)
    report = drift(house)
    assert [shown(i)[:2] for i in report.items] == [("converged", "sam/project/web")]
    assert not report.found


def test_what_both_changed_differently_is_a_conflict_and_says_what_is_declared(
    house: House
) -> None:
    house.does(SetProjectRole(SAM, "web", Role.ADMIN), by="bob")
    house.declares(PEOPLE.replace("web: manager", "web: member"), HERE)
    (item,) = drift(house).items
    assert (item.kind, item.text, item.declared) == (
        DriftKind.CONFLICT, "role on web: manager -> admin", "role on web member")


def test_what_moved_of_somebody_who_is_to_go_is_told_for_each_thing(house: House) -> None:
    """A role given by hand goes back to nothing, as it was; one that was changed does not."""
    house.does(SetProjectRole(KIM, "web", Role.MEMBER), by="bob")
    house.does(SetProjectRole(KIM, "ios", Role.MANAGER), by="bob")
    house.declares(PEOPLE.replace("      kim@acme.example: {projects: {ios: viewer}}\n", ""), HERE)
    assert [shown(i)[:2] for i in drift(house).items] == [
        ("drift", "kim/project/web"), ("conflict", "kim/project/ios"), ("pending", "kim")]


def test_somebody_let_in_by_hand_who_is_declared_by_now_is_told_once(house: House) -> None:
    house.does(Invite(EVE, Access(role=Role.USER, team="Data",
                                  projects=frozen_map([("web", Role.VIEWER)]))), by="bob")
    house.declares(PEOPLE + "      eve@acme.example: {team: Data, projects: {web: viewer}}\n",
                   HERE)
    (item,) = drift(house).items
    assert shown(item)[:3] == (
        "converged", "eve", "let in (with role user, role on web viewer, team Data)")


def test_what_has_ended_is_expired(house: House) -> None:
    ending = PEOPLE.replace("ios: viewer", "ios: {role: viewer, until: 2026-03-10}")
    house.declares(ending, HERE).apply()
    report = drift(house.later(20))
    assert [shown(i)[:2] for i in report.items] == [("expired", "kim/project/ios")]
    assert not report.found


def test_admin_rights_come_first_and_what_is_ignored_comes_last(house: House) -> None:
    for edit in (SetName(SAM, "Z"), RemoveMember(KIM), SetRole(SAM, Role.ADMIN),
                 SetTeam(SAM, "Web")):
        house.does(edit, by="bob")
    house.declares(PEOPLE + """\
    ignore_drift:
      sam@acme.example/role: {reason: On call}
    """, HERE)
    report = drift(house)
    assert [i.harm for i in report.items] == [
        Harm.REMOVAL, Harm.OTHER, Harm.OTHER, Harm.ADMIN_GRANT]
    assert report.items[-1].ignored == "On call"


def test_drift_that_is_all_ignored_is_not_found(house: House) -> None:
    house.does(SetName(SAM, "Z"), by="bob")
    house.declares(PEOPLE + "    ignore_drift: {sam@acme.example: {reason: Fine}}\n", HERE)
    report = drift(house)
    assert not report.found
    assert len(report.items) == 1


def test_drift_can_be_reverted_adopted_or_ignored(house: House) -> None:
    house.does(SetName(SAM, "Z"), by="bob")
    (item,) = drift(house).items
    assert item.ways == (Way.REVERT, Way.ADOPT, Way.IGNORE)
    assert str(item.source) == "org.yaml:16"
    house.apply()
    assert not drift(house).found


def test_a_run_of_ours_is_no_drift_but_the_drift_it_left_is(house: House) -> None:
    house.does(SetRole(KIM, Role.ADMIN), by="bob")
    house.declares(PEOPLE.replace("name: Sam", "name: Samuel"), HERE)
    house.apply(house.plan(only=ONLY["pending"]))
    assert [shown(i)[:2] for i in drift(house).items] == [("drift", "kim/role")]


def test_finding_drift_writes_nothing(house: House) -> None:
    house.does(SetRole(KIM, Role.ADMIN), by="bob")
    before = (house.folder / "live.db").read_bytes(), house.path.read_bytes()
    drift(house)
    assert ((house.folder / "live.db").read_bytes(), house.path.read_bytes()) == before


def test_without_any_run_there_is_no_baseline_and_everything_is_pending(tmp_path: Path) -> None:
    house = House(tmp_path).declares(PEOPLE, HERE)
    report = drift(house)
    assert report.baseline is None
    assert {i.kind for i in report.items} == {DriftKind.PENDING}
