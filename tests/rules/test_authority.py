"""R10 to R17: on whose authority an operation may run. Default: nobody."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.operations import (
    OPERATIONS,
    OWN_ACTS,
    AddContent,
    AddGroupSpace,
    AddToGroup,
    AllowLimit,
    Approve,
    ChangeSetting,
    CreateGroup,
    CreateProject,
    CreateSpace,
    CreateTeam,
    DeleteGroup,
    Deny,
    DescribeGroup,
    Invite,
    Join,
    JoinSpace,
    LeaveSpace,
    Login,
    MigrateDomain,
    Operation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveMember,
    RemoveProjectRole,
    RenameProject,
    RenameSpace,
    RequestAccess,
    Resend,
    Revoke,
    SetAccount,
    SetDefaultProject,
    SetGroupRole,
    SetName,
    SetPolicy,
    SetProjectRole,
    SetRole,
    SetTeam,
    TransferContent,
)
from reconciler.model.organization import ContentItem, ContentKind
from reconciler.model.policy import BUILT_IN
from reconciler.model.roles import Role
from reconciler.rules.authority import who_may
from tests.domain import (
    ADA,
    BOB,
    EVE,
    KIM,
    SAM,
    Org,
    access,
    an_org,
    an_org_without_projects_on,
    email,
)

ROLES = ("viewer", "member", "manager", "admin")


def by_a_manager_of_web(role: str = "manager", **switches: Any) -> Org:
    """bob manages web and only reads mobile."""
    return an_org(**switches).admin("ada").member("bob", web=role, mobile="viewer")


def content(project: str = "web", owner: str = "sam") -> AddContent:
    return AddContent(ContentItem(id="new", kind=ContentKind.CHART, title="New", project=project,
                                  owner=email(owner)))


# --- R10 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["pending", "requested"])
def test_only_somebody_who_has_joined_acts(state: str) -> None:
    org = an_org().admin("ada").member("bob", role="admin", state=state)
    assert org.refuses(CreateProject("shop", "Shop"), by="bob") == {"R10"}
    assert org.refuses(CreateProject("shop", "Shop"), by="ada") == set()


OWN = [(Join(SAM), "pending"), (Login(SAM), "joined"), (RequestAccess(SAM), None)]


@pytest.mark.parametrize(("operation", "state"), OWN, ids=["join", "login", "ask"])
def test_joining_logging_in_and_asking_are_nobody_elses_acts(
    operation: Operation, state: str | None
) -> None:
    org = an_org(access_requests=True).admin("ada")
    if state:
        org.member("sam", state=state)
        assert org.allows(operation, by="sam")
    assert org.allows(operation)
    assert org.refuses(operation, by="ada") == {"R10"}


# --- R11 -----------------------------------------------------------------------------------------


def test_a_manager_of_a_project_invites_with_roles_there_and_nothing_else() -> None:
    org = by_a_manager_of_web().group("analysts", web="viewer")
    assert org.allows(Invite(SAM, access(web="viewer")), by="bob")
    assert org.allows(Invite(SAM, access(web="manager", default="web")), by="bob")
    assert org.allows(Invite(SAM, access()), by="bob")
    assert org.refuses(Invite(SAM, access(mobile="viewer")), by="bob") == {"R11"}
    assert org.refuses(Invite(SAM, access(web="viewer", mobile="viewer")), by="bob") == {"R11"}
    assert org.refuses(Invite(SAM, access(groups=["analysts"])), by="bob") == {"R11"}
    assert org.refuses(Invite(SAM, access("admin")), by="bob") == {"R12"}


@pytest.mark.parametrize("own", ROLES)
@pytest.mark.parametrize("given", ROLES)
def test_nobody_invites_above_their_own_role(own: str, given: str) -> None:
    org = by_a_manager_of_web(own)
    may = ROLES.index(own) >= 2 and ROLES.index(given) <= ROLES.index(own)
    assert org.refuses(Invite(SAM, access(web=given)), by="bob") == (set() if may else {"R11"})


def test_a_manager_through_a_group_is_a_manager() -> None:
    org = (an_org().admin("ada").member("bob", web="viewer")
           .group("leads", members=["bob"], web="manager"))
    assert org.allows(Invite(SAM, access(web="viewer")), by="bob")


def test_members_and_viewers_add_and_remove_nobody() -> None:
    org = by_a_manager_of_web("member").member("sam", web="viewer").pending("kim", web="viewer")
    for operation in (Invite(EVE, access()), RemoveMember(SAM), Revoke(KIM), Resend(KIM)):
        assert org.refuses(operation, by="bob") == {"R11"}, operation.kind


def test_the_organization_may_keep_invitations_to_its_admins() -> None:
    org = by_a_manager_of_web(managers_may_invite=False).pending("kim", web="viewer")
    assert org.refuses(Invite(SAM, access(web="viewer")), by="bob") == {"R11"}
    assert org.refuses(Resend(KIM), by="bob") == {"R11"}
    assert org.allows(Invite(SAM, access(web="viewer")), by="ada")
    assert org.allows(Revoke(KIM), by="bob")


@pytest.mark.parametrize(("kim", "may"), [
    ({"web": "viewer"}, True),
    ({"web": "manager"}, True),
    ({}, True),
    ({"web": "admin"}, False),
    ({"mobile": "viewer"}, False),
    ({"web": "viewer", "mobile": "viewer"}, False),
])
@pytest.mark.parametrize("state", ["joined", "pending"])
def test_a_manager_removes_whom_they_manage_wholly(
    kim: dict[str, Any], may: bool, state: str
) -> None:
    org = by_a_manager_of_web().member("kim", state=state, **kim)
    operations = [RemoveMember(KIM), Revoke(KIM), Resend(KIM)]
    for operation in operations if state == "pending" else operations[:1]:
        assert org.refuses(operation, by="bob") == (set() if may else {"R11"}), operation.kind
        assert org.allows(operation, by="ada")


def test_roles_through_groups_count_when_a_manager_removes_somebody() -> None:
    org = (by_a_manager_of_web().member("kim", web="viewer").member("sam", web="viewer")
           .group("phones", members=["kim"], mobile="viewer")
           .group("browsers", members=["sam"], web="member"))
    assert org.refuses(RemoveMember(KIM), by="bob") == {"R11"}
    assert org.allows(RemoveMember(SAM), by="bob")


def test_a_project_admin_may_remove_a_project_admin_but_no_org_admin() -> None:
    org = by_a_manager_of_web("admin").member("kim", web="admin").admin("sam")
    assert org.allows(RemoveMember(KIM), by="bob")
    assert org.refuses(RemoveMember(SAM), by="bob") == {"R11", "R12"}


def test_with_project_level_permissions_off_managers_invite_and_remove_up_to_managers() -> None:
    org = (an_org_without_projects_on().admin("ada").admin("eve")
           .member("bob", role="manager").member("kim", role="manager").member("sam"))
    for role in ("viewer", "member", "manager"):
        assert org.allows(Invite(email("new"), access(role)), by="bob")
        assert org.refuses(Invite(email("new"), access(role)), by="sam") == {"R11"}
    assert org.refuses(Invite(email("new"), access("admin")), by="bob") == {"R11", "R12"}
    assert org.allows(RemoveMember(KIM), by="bob")
    assert org.allows(RemoveMember(SAM), by="bob")
    assert org.refuses(RemoveMember(EVE), by="bob") == {"R11", "R12"}
    assert org.refuses(RemoveMember(SAM), by="sam") >= {"R11", "R15"}


PROFILE: list[Operation] = [
    SetName(KIM, "Kim"), SetTeam(KIM, "Data"), SetDefaultProject(KIM, "web"),
]


@pytest.mark.parametrize("operation", PROFILE, ids=lambda o: o.kind)
def test_a_profile_is_kept_by_the_person_their_managers_and_admins(operation: Operation) -> None:
    org = by_a_manager_of_web().member("kim", web="viewer").member("sam", web="member")
    for name, may in (("kim", True), ("bob", True), ("ada", True), ("sam", False)):
        assert org.refuses(operation, by=name) == (set() if may else {"R11"}), name


# --- R12 -----------------------------------------------------------------------------------------

ABOUT_ADMINS: list[Operation] = [
    Invite(email("new"), access("admin")), Approve(EVE, access("admin")),
    SetRole(SAM, Role.ADMIN), SetRole(KIM, Role.USER), RemoveMember(KIM),
]


@pytest.mark.parametrize("operation", ABOUT_ADMINS, ids=lambda o: f"{o.kind}-{o.subject}")
def test_only_an_org_admin_makes_unmakes_and_removes_org_admins(operation: Operation) -> None:
    org = (an_org(access_requests=True, managers_may_approve_requests=True)
           .admin("ada").admin("kim").member("bob", web="admin", mobile="admin")
           .member("sam", web="viewer").requesting("eve"))
    assert "R12" in org.refuses(operation, by="bob")
    assert org.refuses(operation, by="ada") == set()


def test_the_invitation_of_an_admin_is_revoked_by_admins() -> None:
    org = by_a_manager_of_web("admin").pending("kim", role="admin")
    assert "R12" in org.refuses(Revoke(KIM), by="bob")
    assert org.allows(Revoke(KIM), by="ada")


# --- R13 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", ROLES)
@pytest.mark.parametrize("held", ["none", *ROLES])
@pytest.mark.parametrize("given", ROLES)
def test_a_manager_gives_and_takes_roles_up_to_their_own(own: str, held: str, given: str) -> None:
    kim: dict[str, Any] = {} if held == "none" else {"web": held}
    org = by_a_manager_of_web(own).member("kim", **kim)
    highest = max(ROLES.index(given), -1 if held == "none" else ROLES.index(held))
    may = ROLES.index(own) >= 2 and highest <= ROLES.index(own)
    operation = SetProjectRole(KIM, "web", Role(given))
    assert org.refuses(operation, by="bob") == (set() if may else {"R13"})


@pytest.mark.parametrize("own", ROLES)
@pytest.mark.parametrize("held", ROLES)
def test_a_manager_takes_no_role_from_somebody_above_them(own: str, held: str) -> None:
    org = by_a_manager_of_web(own).member("kim", web=held)
    may = ROLES.index(own) >= 2 and ROLES.index(held) <= ROLES.index(own)
    assert org.refuses(RemoveProjectRole(KIM, "web"), by="bob") == (set() if may else {"R13"})


@pytest.mark.parametrize("state", ["joined", "pending"])
def test_a_manager_changes_nothing_on_a_project_they_do_not_manage(state: str) -> None:
    org = by_a_manager_of_web().member("kim", state=state, web="viewer", mobile="viewer")
    assert org.allows(SetProjectRole(KIM, "web", Role.MEMBER), by="bob")
    assert org.refuses(SetProjectRole(KIM, "mobile", Role.MEMBER), by="bob") == {"R13"}
    assert org.refuses(RemoveProjectRole(KIM, "mobile"), by="bob") == {"R13"}


def test_somebody_is_above_through_their_group_too() -> None:
    org = (by_a_manager_of_web().member("kim", web="viewer")
           .group("leads", members=["kim"], web="admin"))
    assert org.refuses(RemoveProjectRole(KIM, "web"), by="bob") == {"R13"}


def test_an_org_admin_is_above_every_manager() -> None:
    org = by_a_manager_of_web("admin").admin("kim", web="viewer")
    assert org.refuses(SetProjectRole(KIM, "web", Role.MEMBER), by="bob") == {"R13"}
    assert org.refuses(RemoveProjectRole(KIM, "web"), by="bob") == {"R13"}


@pytest.mark.parametrize("held", ["viewer", "member", "manager"])
@pytest.mark.parametrize("given", ["viewer", "member", "manager"])
def test_with_project_level_permissions_off_managers_change_roles_up_to_manager(
    held: str, given: str
) -> None:
    org = (an_org_without_projects_on().admin("ada").member("bob", role="manager")
           .member("kim", role=held).member("sam", role="member"))
    assert org.allows(SetRole(KIM, Role(given)), by="bob")
    assert org.refuses(SetRole(KIM, Role(given)), by="sam") == {"R13"}
    assert {"R12", "R13"} <= org.refuses(SetRole(KIM, Role.ADMIN), by="bob")
    assert {"R12", "R13"} <= org.refuses(SetRole(ADA, Role.VIEWER), by="bob")


# --- R14 -----------------------------------------------------------------------------------------

ADMINS_ONLY: list[Operation] = [
    CreateGroup("new"), DescribeGroup("analysts", "Read"), DeleteGroup("analysts"),
    SetGroupRole("analysts", "web", Role.MEMBER), RemoveGroupRole("analysts", "web"),
    AddGroupSpace("analysts", "core"), RemoveGroupSpace("analysts", "growth"),
    AddToGroup(KIM, "analysts"), RemoveFromGroup(SAM, "analysts"),
    TransferContent(SAM, KIM), TransferContent(None, KIM), ChangeSetting("sso", True),
    ChangeSetting("name", "Acme"), CreateTeam("Marketing"),
    Approve(EVE, access(web="viewer")), Deny(EVE),
]


@pytest.mark.parametrize("operation", ADMINS_ONLY, ids=lambda o: f"{o.kind}-{o.subject}")
def test_some_things_are_for_org_admins(operation: Operation) -> None:
    org = (an_org(access_requests=True).admin("ada").member("bob", web="admin", mobile="admin")
           .member("sam", web="viewer").member("kim", web="viewer").requesting("eve")
           .group("analysts", members=["sam"], web="viewer", spaces=["growth"]))
    assert "R14" in org.refuses(operation, by="bob")
    assert org.refuses(operation, by="ada") == set()


def test_managers_may_be_let_to_decide_requests_within_what_they_manage() -> None:
    org = by_a_manager_of_web(access_requests=True, managers_may_approve_requests=True)
    org.requesting("eve").group("analysts", web="viewer").member("sam", web="member")
    assert org.allows(Approve(EVE, access(web="manager")), by="bob")
    assert org.allows(Deny(EVE), by="bob")
    assert "R14" in org.refuses(Approve(EVE, access(web="admin")), by="bob")
    assert "R14" in org.refuses(Approve(EVE, access(mobile="viewer")), by="bob")
    assert org.refuses(Approve(EVE, access(groups=["analysts"])), by="bob") == {"R11"}
    assert "R14" in org.refuses(Approve(EVE, access()), by="sam")
    assert org.refuses(Deny(EVE), by="sam") == {"R14"}


# --- R15 -----------------------------------------------------------------------------------------


def test_nobody_changes_their_own_role_or_removes_themselves() -> None:
    org = by_a_manager_of_web("admin").admin("eve")
    for name, operation in (
        ("ada", SetRole(ADA, Role.USER)),
        ("ada", SetRole(ADA, Role.ADMIN)),
        ("ada", SetProjectRole(ADA, "web", Role.VIEWER)),
        ("ada", RemoveMember(ADA)),
        ("bob", SetProjectRole(BOB, "web", Role.VIEWER)),
        ("bob", RemoveProjectRole(BOB, "web")),
    ):
        assert org.refuses(operation, by=name) == {"R15"}, operation
        assert org.refuses(operation, by="eve") == set(), operation


def test_nobody_raises_themselves() -> None:
    org = by_a_manager_of_web()
    assert org.refuses(SetProjectRole(BOB, "web", Role.ADMIN), by="bob") == {"R13", "R15"}
    assert org.refuses(SetRole(BOB, Role.ADMIN), by="bob") == {"R12", "R13", "R15"}


# --- R16 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "may"), [
    ("viewer", False), ("member", True), ("manager", True), ("admin", True),
])
def test_team_spaces_are_made_and_filled_by_members_and_above(role: str, may: bool) -> None:
    on_one_project = by_a_manager_of_web(role).member("sam")
    off = an_org_without_projects_on().admin("ada").member("bob", role=role).member("sam")
    for org in (on_one_project, off):
        for operation in (CreateSpace("fresh", "Fresh"), JoinSpace(SAM, "growth")):
            assert org.refuses(operation, by="bob") == (set() if may else {"R16"})


def test_anybody_joins_and_leaves_a_team_space_for_themselves() -> None:
    org = an_org().admin("ada").member("sam", spaces=["growth"])
    assert org.allows(JoinSpace(SAM, "core"), by="sam")
    assert org.allows(LeaveSpace(SAM, "growth"), by="sam")


def test_nobody_but_an_admin_takes_others_out_of_a_team_space_or_renames_it() -> None:
    org = by_a_manager_of_web().member("sam", spaces=["growth"])
    for operation in (LeaveSpace(SAM, "growth"), RenameSpace("growth", "Growing")):
        assert org.refuses(operation, by="bob") == {"R16"}
        assert org.allows(operation, by="ada")


def test_content_is_added_where_one_is_member_or_above() -> None:
    org = by_a_manager_of_web("member").member("sam", web="viewer", mobile="viewer")
    assert org.allows(content("web"), by="bob")
    assert org.refuses(content("mobile"), by="bob") == {"R16"}
    assert org.refuses(content("web"), by="sam") == {"R16"}


# --- R17 -----------------------------------------------------------------------------------------

PROJECTS: list[Operation] = [CreateProject("shop", "Shop"), RenameProject("web", "Website")]


@pytest.mark.parametrize("operation", PROJECTS, ids=lambda o: o.kind)
def test_projects_are_made_by_org_admins_and_by_managers_only_with_the_switch_off(
    operation: Operation,
) -> None:
    on = by_a_manager_of_web("admin")
    assert on.refuses(operation, by="bob") == {"R17"}
    assert on.allows(operation, by="ada")
    off = (an_org_without_projects_on().admin("ada").member("bob", role="manager")
           .member("sam", role="member"))
    assert off.allows(operation, by="bob")
    assert off.refuses(operation, by="sam") == {"R17"}


# --- the default ---------------------------------------------------------------------------------

EVERYTHING: list[Operation] = [
    ChangeSetting("sso", True), *PROJECTS, CreateSpace("fresh", "F"), RenameSpace("growth", "G"),
    CreateTeam("Marketing"), CreateGroup("new"), DescribeGroup("analysts", ""),
    SetGroupRole("analysts", "web", Role.VIEWER), RemoveGroupRole("analysts", "web"),
    AddGroupSpace("analysts", "core"), RemoveGroupSpace("analysts", "growth"),
    DeleteGroup("analysts"), Invite(email("new"), access()), Resend(KIM), Revoke(KIM),
    Approve(EVE, access()), Deny(EVE), SetRole(SAM, Role.USER),
    SetProjectRole(SAM, "web", Role.VIEWER), RemoveProjectRole(SAM, "web"),
    AddToGroup(SAM, "analysts"), RemoveFromGroup(SAM, "analysts"), SetName(SAM, "Sam"),
    SetTeam(SAM, "Data"), SetDefaultProject(SAM, "web"), JoinSpace(SAM, "core"),
    LeaveSpace(SAM, "growth"), content(), TransferContent(SAM, ADA), RemoveMember(SAM),
    MigrateDomain("acme.example", "new.example"), SetPolicy(BUILT_IN),
    AllowLimit("removals", 34, "Merger"), SetAccount(SAM, "github", "sam"),
]


def test_every_kind_of_operation_is_tried_here() -> None:
    assert {type(o) for o in EVERYTHING} | set(OWN_ACTS) == set(OPERATIONS)


@pytest.mark.parametrize("operation", EVERYTHING, ids=lambda o: o.kind)
def test_by_default_nobody_may(operation: Operation) -> None:
    """Somebody without any role may do nothing to others or to the organization."""
    for org in (an_org(access_requests=True).admin("ada").member("bob"),
                an_org_without_projects_on(access_requests=True).admin("ada").member("bob")):
        org.member("sam", spaces=["growth"]).pending("kim").requesting("eve").group("analysts")
        authority = {rule for rule in org.refuses(operation, by="bob") if rule.startswith("R1")}
        assert authority, operation.kind
        assert who_may(org.world, operation) != "the person themselves", operation.kind


@pytest.mark.parametrize(("operation", "words"), [
    (Join(SAM), "the person themselves"),
    (ChangeSetting("sso", True), "an org admin"),
    (Invite(KIM, access(web="viewer")), "an org admin, or a manager of web"),
    (Invite(KIM, access(web="admin", mobile="viewer")),
     "an org admin, or a manager of mobile and admin of web"),
    (Invite(KIM, access(web="admin")), "an org admin, or an admin of web"),
    (Invite(KIM, access()), "an org admin or a manager"),
    (Invite(KIM, access(spaces=["growth"])), "an org admin or a manager"),
    (Invite(KIM, access("admin")), "an org admin"),
    (SetProjectRole(SAM, "web", Role.MEMBER), "an org admin, or a manager of web"),
    (JoinSpace(SAM, "core"), "anybody with role member or above, or they themselves"),
    (LeaveSpace(SAM, "growth"), "an org admin, or they themselves"),
    (SetTeam(ADA, "Data"), "an org admin, or they themselves"),
    (SetTeam(SAM, "Data"), "an org admin, or a manager of web, or they themselves"),
    (content(), "anybody with role member or above on web"),
], ids=lambda value: value if isinstance(value, str) else value.kind)
def test_a_plan_says_in_words_who_may(operation: Operation, words: str) -> None:
    org = an_org().admin("ada").member("sam", web="viewer", spaces=["growth"])
    assert who_may(org.world, operation) == words


@pytest.mark.parametrize(("operation", "actor", "words"), [
    (SetRole(ADA, Role.USER), "ada", "another org admin"),
    (RemoveMember(ADA), "ada", "another org admin"),
    (RemoveMember(ADA), "sam", "an org admin"),
    (SetTeam(ADA, "Data"), "ada", "an org admin, or they themselves"),
    (SetProjectRole(SAM, "web", Role.VIEWER), "sam",
     "an org admin, or another manager of web"),
    (SetProjectRole(SAM, "web", Role.ADMIN), "sam", "an org admin, or another admin of web"),
    (SetProjectRole(SAM, "web", Role.VIEWER), "ada", "an org admin, or a manager of web"),
], ids=lambda value: value if isinstance(value, str) else value.kind)
def test_what_nobody_does_to_themselves_is_for_somebody_else(
    operation: Operation, actor: str, words: str
) -> None:
    org = an_org().admin("ada").member("sam", web="manager")
    assert who_may(org.world, operation, org.world.member(email(actor))) == words
