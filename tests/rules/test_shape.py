"""R01 to R05: what an operation names must be well formed, known and possible."""

from __future__ import annotations

import pytest

from reconciler.model.email import Email
from reconciler.model.operations import (
    AddContent,
    AddGroupSpace,
    AddToGroup,
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
    SetDefaultProject,
    SetGroupRole,
    SetName,
    SetProjectRole,
    SetRole,
    SetTeam,
    TransferContent,
)
from reconciler.model.organization import ContentItem, ContentKind, TeamSpace
from reconciler.model.roles import Role
from reconciler.model.values import frozen_map
from tests.domain import ADA, KIM, SAM, Org, access, an_org, an_org_without_projects_on

STATES = ("nobody", "requested", "pending", "joined")


def item(id_: str = "c1", project: str = "web", space: str | None = None) -> AddContent:
    return AddContent(ContentItem(id=id_, kind=ContentKind.CHART, title="Funnel", project=project,
                                  space=space, owner=SAM))


# --- R01 -----------------------------------------------------------------------------------------


def test_somebody_new_can_be_invited() -> None:
    assert an_org().admin("ada").allows(Invite(SAM, access()))


@pytest.mark.parametrize("state", ["requested", "pending", "joined"])
def test_nobody_is_invited_who_is_there_already(state: str) -> None:
    org = an_org().admin("ada").member("sam", state=state)
    assert org.refuses(Invite(SAM, access())) == {"R01"}


@pytest.mark.parametrize("text", ["", "sam", "sam@", "@acme.example", "sam @acme.example",
                                  "sam@acme", "s\u200bam@acme.example"])
def test_an_invitation_needs_an_email_address(text: str) -> None:
    assert an_org().admin("ada").refuses(Invite(Email(text), access())) == {"R01"}


@pytest.mark.parametrize("text", ["Sam@acme.example", " sam@acme.example", "sam@ACME.example",
                                  "jose\u0301@acme.example"])
def test_an_address_that_is_not_normal_is_refused_so_that_it_cannot_be_a_second_person(
    text: str,
) -> None:
    org = an_org(access_requests=True).admin("ada")
    assert org.refuses(Invite(Email(text), access())) == {"R01"}
    assert org.refuses(RequestAccess(Email(text))) == {"R01"}


NEEDED_STATE: list[tuple[Operation, set[str]]] = [
    (Join(SAM), {"pending"}),
    (Resend(SAM), {"pending"}),
    (Revoke(SAM), {"pending"}),
    (Login(SAM), {"joined"}),
    (Approve(SAM, access()), {"requested"}),
    (Deny(SAM), {"requested"}),
    (SetRole(SAM, Role.USER), {"pending", "joined"}),
    (SetProjectRole(SAM, "web", Role.VIEWER), {"pending", "joined"}),
    (AddToGroup(SAM, "analysts"), {"pending", "joined"}),
    (SetName(SAM, "Sam"), {"pending", "joined"}),
    (SetTeam(SAM, "Data"), {"pending", "joined"}),
    (SetDefaultProject(SAM, None), {"pending", "joined"}),
    (JoinSpace(SAM, "growth"), {"pending", "joined"}),
    (RemoveMember(SAM), {"pending", "joined"}),
]


@pytest.mark.parametrize(("operation", "states"), NEEDED_STATE,
                         ids=[o.kind for o, _ in NEEDED_STATE])
def test_an_operation_on_a_person_needs_them_in_the_right_state(
    operation: Operation, states: set[str]
) -> None:
    for state in STATES:
        org = an_org(access_requests=True).admin("ada").group("analysts", web="viewer")
        if state != "nobody":
            org.member("sam", state=state)
        expected: set[str] = set() if state in states else {"R01"}
        assert org.refuses(operation) == expected, state


# --- R02 -----------------------------------------------------------------------------------------


def a_house() -> Org:
    return (an_org().admin("ada").member("sam", web="viewer", spaces=["growth"])
            .group("analysts", members=["sam"], web="viewer", spaces=["growth"])
            .content("old", owner="sam"))


UNKNOWN: list[Operation] = [
    Invite(KIM, access(nowhere="viewer")),
    Invite(KIM, access(groups=["nobodies"])),
    Invite(KIM, access(spaces=["void"])),
    Invite(KIM, access(team="Nobodies")),
    SetProjectRole(SAM, "nowhere", Role.VIEWER),
    RemoveProjectRole(SAM, "nowhere"),
    AddToGroup(SAM, "nobodies"),
    RemoveFromGroup(SAM, "nobodies"),
    SetTeam(SAM, "Nobodies"),
    SetDefaultProject(SAM, "nowhere"),
    JoinSpace(SAM, "void"),
    LeaveSpace(SAM, "void"),
    RenameProject("nowhere", "Nowhere"),
    RenameSpace("void", "Void"),
    CreateGroup("new", "", frozen_map({"nowhere": Role.VIEWER})),
    CreateGroup("new", "", spaces=frozenset({"void"})),
    DescribeGroup("nobodies", "Nobody"),
    SetGroupRole("nobodies", "web", Role.VIEWER),
    SetGroupRole("analysts", "nowhere", Role.VIEWER),
    RemoveGroupRole("nobodies", "web"),
    RemoveGroupRole("analysts", "nowhere"),
    AddGroupSpace("nobodies", "growth"),
    AddGroupSpace("analysts", "void"),
    RemoveGroupSpace("nobodies", "growth"),
    RemoveGroupSpace("analysts", "void"),
    DeleteGroup("nobodies"),
    TransferContent(SAM, ADA, frozenset(), "nowhere"),
    item(project="nowhere"),
    item(space="void"),
    ChangeSetting("colour", True),
]


@pytest.mark.parametrize("operation", UNKNOWN, ids=lambda o: f"{o.kind}-{UNKNOWN.index(o)}")
def test_what_is_named_must_exist(operation: Operation) -> None:
    assert "R02" in a_house().refuses(operation)


KNOWN: list[Operation] = [
    Invite(KIM, access(web="viewer", groups=["analysts"], spaces=["growth"], team="Data")),
    SetProjectRole(SAM, "mobile", Role.VIEWER),
    AddToGroup(ADA, "analysts"),
    SetTeam(SAM, "Data"),
    SetTeam(SAM, None),
    SetDefaultProject(SAM, "web"),
    JoinSpace(SAM, "core"),
    LeaveSpace(SAM, "growth"),
    RenameProject("web", "Web"),
    RenameSpace("growth", "Growth"),
    CreateGroup("new", "", frozen_map({"web": Role.VIEWER}), frozenset({"core"})),
    SetGroupRole("analysts", "mobile", Role.VIEWER),
    AddGroupSpace("analysts", "core"),
    RemoveGroupRole("analysts", "web"),
    RemoveGroupSpace("analysts", "growth"),
    DeleteGroup("analysts"),
    TransferContent(SAM, ADA, frozenset(), "web"),
    item(space="growth"),
    ChangeSetting("sso", True),
]


@pytest.mark.parametrize("operation", KNOWN, ids=lambda o: f"{o.kind}-{KNOWN.index(o)}")
def test_what_is_named_and_exists_is_fine(operation: Operation) -> None:
    assert a_house().refuses(operation) == set()


def test_a_near_name_is_offered() -> None:
    found = a_house().judged(AddToGroup(SAM, "analyst"))
    assert [f.how for f in found] == ["did you mean analysts?"]


@pytest.mark.parametrize("operation", [
    CreateProject("web", "Web"), CreateSpace("growth", "Growth"), CreateTeam("Data"),
    CreateGroup("analysts"), item("old"),
], ids=lambda o: o.kind)
def test_what_exists_is_not_created_again(operation: Operation) -> None:
    assert a_house().refuses(operation) == {"R02"}


@pytest.mark.parametrize("operation", [
    CreateProject("shop", "Shop"), CreateSpace("fresh", "Fresh"), CreateTeam("Marketing"),
    CreateGroup("fresh"), item("fresh"),
], ids=lambda o: o.kind)
def test_what_is_new_can_be_created(operation: Operation) -> None:
    assert a_house().refuses(operation) == set()


@pytest.mark.parametrize(("setting", "value"), [
    ("sso", "true"), ("sso", 1), ("access_requests", "no"), ("tier", "platinum"), ("tier", True),
    ("receiver_access", "never"), ("name", True), ("project_level_permissions", "false"),
])
def test_a_setting_takes_only_a_value_of_its_kind(setting: str, value: str | bool) -> None:
    assert a_house().refuses(ChangeSetting(setting, value)) == {"R02"}


# --- R03 -----------------------------------------------------------------------------------------


def test_groups_need_tier_enterprise() -> None:
    for tier, refused in (("starter", True), ("plus", True), ("growth", True),
                          ("enterprise", False)):
        org = an_org_without_projects_on(tier=tier).admin("ada")
        assert org.refuses(CreateGroup("analysts")) == ({"R03"} if refused else set()), tier


def test_nobody_is_put_into_a_group_that_the_tier_does_not_have() -> None:
    org = an_org(tier="growth").admin("ada").group("analysts")
    assert org.refuses(AddToGroup(ADA, "analysts")) == {"R03"}
    assert org.refuses(Invite(SAM, access(groups=["analysts"]))) == {"R03"}
    assert org.refuses(SetGroupRole("analysts", "web", Role.VIEWER)) == {"R03"}
    assert org.refuses(AddGroupSpace("analysts", "core")) == {"R03"}


@pytest.mark.parametrize("switch", ["sso", "project_level_permissions"])
def test_sso_and_project_roles_come_with_tier_growth(switch: str) -> None:
    for tier, refused in (("starter", True), ("plus", True), ("growth", False),
                          ("enterprise", False)):
        org = an_org_without_projects_on(tier=tier).admin("ada")
        assert org.refuses(ChangeSetting(switch, True)) == ({"R03"} if refused else set()), tier
        assert org.allows(ChangeSetting(switch, False)), tier


def test_project_roles_below_tier_growth_break_two_rules() -> None:
    org = an_org_without_projects_on(tier="plus").admin("ada").member("sam")
    assert org.refuses(SetProjectRole(SAM, "web", Role.MEMBER)) == {"R03", "R04"}
    assert org.refuses(Invite(KIM, access("viewer", web="viewer"))) == {"R03", "R04"}


@pytest.mark.parametrize(("tier", "room"), [("starter", 1), ("plus", 3), ("growth", None)])
def test_a_tier_has_room_for_so_many_team_spaces_and_no_more(tier: str, room: int | None) -> None:
    org = an_org_without_projects_on(tier=tier).admin("ada")
    org.spaces = {f"s{n}": TeamSpace(id=f"s{n}", name="S") for n in range((room or 50) - 1)}
    assert org.allows(CreateSpace("last", "Last"))
    org.do(CreateSpace("last", "Last"))
    assert org.refuses(CreateSpace("more", "More")) == ({"R03"} if room else set())


@pytest.mark.parametrize(("org", "tier", "refused"), [
    (an_org_without_projects_on(sso=True), "growth", False),
    (an_org_without_projects_on(sso=True), "plus", True),
    (an_org(), "growth", False),
    (an_org(), "plus", True),
    (an_org_without_projects_on().group("analysts"), "enterprise", False),
    (an_org_without_projects_on().group("analysts"), "growth", True),
    (an_org_without_projects_on(), "plus", False),     # two team spaces of three
    (an_org_without_projects_on(), "starter", True),   # two team spaces of one
])
def test_a_tier_is_left_only_without_what_it_alone_has(
    org: Org, tier: str, refused: bool
) -> None:
    assert org.refuses(ChangeSetting("tier", tier)) == ({"R03"} if refused else set())


# --- R04 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_with_project_level_permissions_on_an_org_role_is_user_or_admin(role: Role) -> None:
    org = an_org(access_requests=True).admin("ada").member("sam").requesting("eve")
    expected = set() if role in {Role.USER, Role.ADMIN} else {"R04"}
    assert org.refuses(SetRole(SAM, role)) == expected
    assert org.refuses(Invite(KIM, access(role))) == expected


@pytest.mark.parametrize("role", list(Role))
def test_with_them_off_an_org_role_is_one_of_four(role: Role) -> None:
    org = an_org_without_projects_on().admin("ada").member("sam")
    expected = {"R04"} if role is Role.USER else set()
    assert org.refuses(SetRole(SAM, role)) == expected
    assert org.refuses(Invite(KIM, access(role))) == expected


@pytest.mark.parametrize("role", list(Role))
def test_a_project_role_is_never_user(role: Role) -> None:
    org = an_org().admin("ada").member("sam").group("analysts")
    expected = {"R04"} if role is Role.USER else set()
    assert org.refuses(SetProjectRole(SAM, "web", role)) == expected
    assert org.refuses(SetGroupRole("analysts", "web", role)) == expected
    assert org.refuses(CreateGroup("new", "", frozen_map({"web": role}))) == expected
    assert org.refuses(Invite(KIM, access(web=role))) == expected


def test_there_are_no_project_roles_with_the_switch_off() -> None:
    org = an_org_without_projects_on().admin("ada").member("sam").group("analysts")
    assert org.refuses(SetProjectRole(SAM, "web", Role.MEMBER)) == {"R04"}
    assert org.refuses(SetGroupRole("analysts", "web", Role.MEMBER)) == {"R04"}
    assert org.refuses(CreateGroup("new", "", frozen_map({"web": Role.VIEWER}))) == {"R04"}
    assert org.allows(CreateGroup("new"))


def test_the_switch_goes_off_only_when_no_project_role_is_left() -> None:
    off = ChangeSetting("project_level_permissions", False)
    assert an_org().admin("ada").member("sam").group("analysts", members=["sam"]).allows(off)
    assert an_org().admin("ada").member("sam", web="viewer").refuses(off) == {"R04"}
    assert an_org().admin("ada").pending("sam", web="viewer").refuses(off) == {"R04"}
    assert an_org().admin("ada").group("analysts", web="viewer").refuses(off) == {"R04"}


# --- R05 -----------------------------------------------------------------------------------------


def test_a_default_project_needs_a_role_there_direct_or_through_a_group_or_as_admin() -> None:
    org = (an_org().admin("ada").member("sam", web="viewer").member("kim")
           .group("analysts", members=["kim"], web="viewer"))
    for person in (ADA, SAM, KIM):
        assert org.allows(SetDefaultProject(person, "web"))
    assert org.allows(SetDefaultProject(ADA, "mobile"))
    assert org.refuses(SetDefaultProject(SAM, "mobile")) == {"R05"}
    assert org.refuses(SetDefaultProject(KIM, "mobile")) == {"R05"}
    assert org.allows(SetDefaultProject(SAM, None))


def test_an_invitation_names_a_default_project_that_it_gives_access_to() -> None:
    org = an_org().admin("ada").group("analysts", mobile="viewer")
    assert org.allows(Invite(SAM, access(web="viewer", default="web")))
    assert org.allows(Invite(SAM, access(groups=["analysts"], default="mobile")))
    assert org.allows(Invite(SAM, access("admin", default="mobile")))
    assert org.refuses(Invite(SAM, access(web="viewer", default="mobile"))) == {"R05"}
    assert org.refuses(Invite(SAM, access(groups=["analysts"], default="web"))) == {"R05"}


def test_an_approval_names_a_default_project_that_it_gives_access_to() -> None:
    org = an_org(access_requests=True).admin("ada").requesting("sam")
    assert org.allows(Approve(SAM, access(web="viewer", default="web")))
    assert org.refuses(Approve(SAM, access(web="viewer", default="mobile"))) == {"R05"}


def test_with_project_level_permissions_off_every_project_is_a_possible_default() -> None:
    org = an_org_without_projects_on().admin("ada").member("sam")
    assert org.allows(SetDefaultProject(SAM, "web"))


WAYS_TO_LOSE_ACCESS: dict[str, tuple[Org, Operation]] = {
    "the direct role is taken": (
        an_org().admin("ada").member("sam", web="viewer", default="web"),
        RemoveProjectRole(SAM, "web")),
    "they leave the group": (
        an_org().admin("ada").member("sam", default="web")
        .group("analysts", members=["sam"], web="viewer"),
        RemoveFromGroup(SAM, "analysts")),
    "the group loses its role": (
        an_org().admin("ada").member("sam", default="web")
        .group("analysts", members=["sam"], web="viewer"),
        RemoveGroupRole("analysts", "web")),
    "the group is deleted": (
        an_org().admin("ada").member("sam", default="web")
        .group("analysts", members=["sam"], web="viewer"),
        DeleteGroup("analysts")),
    "the admin becomes user": (
        an_org().admin("ada").admin("sam", default="web"), SetRole(SAM, Role.USER)),
    "the switch is turned on": (
        an_org_without_projects_on().admin("ada").member("sam", role="manager", default="web"),
        ChangeSetting("project_level_permissions", True)),
}


@pytest.mark.parametrize("way", WAYS_TO_LOSE_ACCESS)
def test_losing_the_last_role_on_the_default_project_clears_it(way: str) -> None:
    org, operation = WAYS_TO_LOSE_ACCESS[way]
    assert org.allows(operation)
    assert org.do(operation).person("sam").default_project is None


@pytest.mark.parametrize("state", ["joined", "pending"])
def test_it_is_cleared_for_the_invited_too(state: str) -> None:
    org = an_org().admin("ada").member("sam", state=state, web="viewer", default="web")
    assert org.do(RemoveProjectRole(SAM, "web")).person("sam").default_project is None


WAYS_TO_KEEP_ACCESS: dict[str, tuple[Org, Operation]] = {
    "a group still gives a role": (
        an_org().admin("ada").member("sam", web="member", default="web")
        .group("analysts", members=["sam"], web="viewer"),
        RemoveProjectRole(SAM, "web")),
    "a direct role survives the group": (
        an_org().admin("ada").member("sam", web="viewer", default="web")
        .group("analysts", members=["sam"], web="member"),
        RemoveFromGroup(SAM, "analysts")),
    "another group gives a role": (
        an_org().admin("ada").member("sam", default="web")
        .group("analysts", members=["sam"], web="member")
        .group("readers", members=["sam"], web="viewer"),
        DeleteGroup("analysts")),
    "another group keeps its role": (
        an_org().admin("ada").member("sam", default="web")
        .group("analysts", members=["sam"], web="member")
        .group("readers", members=["sam"], web="viewer"),
        RemoveGroupRole("analysts", "web")),
    "a role elsewhere is taken": (
        an_org().admin("ada").member("sam", web="viewer", mobile="viewer", default="web"),
        RemoveProjectRole(SAM, "mobile")),
    "the former admin has a direct role": (
        an_org().admin("ada").admin("sam", web="viewer", default="web"),
        SetRole(SAM, Role.USER)),
    "an admin reaches everything": (
        an_org().admin("ada").admin("sam", web="viewer", default="web"),
        RemoveProjectRole(SAM, "web")),
    "an admin keeps it when the switch is turned on": (
        an_org_without_projects_on().admin("ada").admin("sam", default="web"),
        ChangeSetting("project_level_permissions", True)),
}


@pytest.mark.parametrize("way", WAYS_TO_KEEP_ACCESS)
def test_the_default_project_stays_while_any_role_on_it_stays(way: str) -> None:
    org, operation = WAYS_TO_KEEP_ACCESS[way]
    assert org.allows(operation)
    assert org.do(operation).person("sam").default_project == "web"
