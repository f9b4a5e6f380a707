"""Before- and after-images, digests: what tells two states apart."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.digests import grants_digest, spaces_digest
from reconciler.model.images import image, member_image
from reconciler.model.operations import (
    OPERATIONS,
    RUN_ACTS,
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
    SetDefaultProject,
    SetGroupRole,
    SetName,
    SetProjectRole,
    SetRole,
    SetTeam,
    TransferContent,
)
from reconciler.model.organization import ContentItem, ContentKind
from reconciler.model.roles import Role
from reconciler.model.values import frozen_map
from tests.domain import EVE, KIM, SAM, Org, access, an_org, an_org_without_projects_on, email


def a_house() -> Org:
    return (an_org(access_requests=True).admin("ada").admin("bob")
            .member("sam", web="viewer", spaces=["growth"])
            .pending("kim").requesting("eve")
            .group("analysts", members=["sam"], web="member", spaces=["growth"])
            .content("chart", owner="sam"))


NEW = email("new")
ITEM = ContentItem(id="new", kind=ContentKind.CHART, title="N", project="web", owner=SAM)

# One operation of every kind, with what its image says before and after it on `a_house`.
STORIES: list[tuple[Operation, object, object]] = [
    (ChangeSetting("sso", True), {"sso": False}, {"sso": True}),
    (CreateProject("shop", "Shop"), {"project": None}, {"project": "Shop"}),
    (RenameProject("web", "Site"), {"project": "Web"}, {"project": "Site"}),
    (CreateSpace("fresh", "Fresh"), {"team_space": None}, {"team_space": "Fresh"}),
    (RenameSpace("core", "Heart"), {"team_space": "Core"}, {"team_space": "Heart"}),
    (CreateTeam("Ops"), {"team": None}, {"team": "Ops"}),
    (CreateGroup("new", "All", frozen_map({"web": Role.ADMIN}), frozenset({"core"})),
     {"group": None},
     {"group": {"description": "All", "projects": {"web": "admin"}, "team_spaces": ["core"]}}),
    (DescribeGroup("analysts", "Read"), {"description": ""}, {"description": "Read"}),
    (SetGroupRole("analysts", "mobile", Role.VIEWER),
     {"group_role": None, "given_to": ["sam@acme.example"]},
     {"group_role": "viewer"}),
    (RemoveGroupRole("analysts", "web"), {"group_role": "member"}, {"group_role": None}),
    (AddGroupSpace("analysts", "core"), {"in_team_space": False, "given_to": ["sam@acme.example"]},
     {"in_team_space": True}),
    (RemoveGroupSpace("analysts", "growth"), {"in_team_space": True}, {"in_team_space": False}),
    (DeleteGroup("analysts"),
     {"group": {"description": "", "projects": {"web": "member"}, "team_spaces": ["growth"]},
      "members": 1},
     {"group": None}),
    (Invite(NEW, access(web="viewer")), {"member": None},
     {"member": {"state": "pending", "role": "user", "projects": {"web": "viewer"}}}),
    (Resend(KIM), {"invitations_sent": 1}, {"invitations_sent": 2}),
    (Revoke(KIM), {"member": {"state": "pending", "role": "user"}}, {"member": None}),
    (Join(KIM), {"member": {"state": "pending", "role": "user"}},
     {"member": {"state": "joined", "role": "user"}}),
    (Login(SAM), {"state": "joined"}, {"state": "joined"}),
    (RequestAccess(NEW, "Neo"), {"member": None},
     {"member": {"state": "requested", "role": "user", "name": "Neo"}}),
    (Approve(EVE, access(groups=["analysts"], team="Data")),
     {"member": {"state": "requested", "role": "user"},
      "groups_give": {"analysts": "c764ed515db4819f"}},
     {"member": {"state": "joined", "role": "user", "groups": ["analysts"], "team": "Data"}}),
    (Deny(EVE), {"member": {"state": "requested", "role": "user"}}, {"member": None}),
    (SetRole(SAM, Role.ADMIN), {"role": "user"}, {"role": "admin"}),
    (SetProjectRole(SAM, "mobile", Role.ADMIN), {"project_role": None}, {"project_role": "admin"}),
    (RemoveProjectRole(SAM, "web"), {"project_role": "viewer"}, {"project_role": None}),
    (AddToGroup(KIM, "analysts"),
     {"in_group": False,
      "groups_give": {"analysts": {"projects": {"web": "member"}, "team_spaces": ["growth"]}}},
     {"in_group": True}),
    (RemoveFromGroup(SAM, "analysts"), {"in_group": True}, {"in_group": False}),
    (SetName(SAM, "Sam"), {"name": None}, {"name": "Sam"}),
    (SetTeam(SAM, "Data"), {"team": None}, {"team": "Data"}),
    (SetDefaultProject(SAM, "web"), {"default_project": None}, {"default_project": "web"}),
    (JoinSpace(SAM, "core"), {"in_team_space": False}, {"in_team_space": True}),
    (LeaveSpace(SAM, "growth"), {"in_team_space": True}, {"in_team_space": False}),
    (AddContent(ITEM), {"content": None}, {"content": "new"}),
    (TransferContent(SAM, email("ada")), {"content": {"web": {"chart": 1}}}, {"content": {}}),
    (RemoveMember(SAM),
     {"member": {"state": "joined", "role": "user", "projects": {"web": "viewer"},
                 "groups": ["analysts"], "team_spaces": ["growth"]},
      "content": {"web": {"chart": 1}}},
     {"member": None}),
    # The chart of sam is in their personal space, which is not carried over.
    (MigrateDomain("acme.example", "new.example", accept_loss=True),
     {"domain": "acme.example", "carried": 0, "lost": 1, "members": {
         f"{name}@acme.example": {"carried": {}, "lost": 1 if name == "sam" else 0}
         for name in ("ada", "bob", "eve", "kim", "sam")}},
     {"domain": "new.example", "carried": 0, "lost": 0, "members": {
         f"{name}@new.example": {"carried": {}, "lost": 0}
         for name in ("ada", "bob", "eve", "kim", "sam")}}),
]


def test_every_kind_of_operation_has_a_story() -> None:
    told = [type(operation) for operation, _, _ in STORIES]
    assert told == [o for o in OPERATIONS if o not in RUN_ACTS]


@pytest.mark.parametrize(("operation", "before", "after"), STORIES,
                         ids=[o.kind for o, _, _ in STORIES])
def test_an_image_says_what_was_and_what_is(
    operation: Operation, before: object, after: object
) -> None:
    org = a_house()
    assert org.allows(operation)
    assert image(org.world, operation) == before
    org.do(operation)
    assert image(org.world, operation) == after


@pytest.mark.parametrize("operation", [o for o, _, _ in STORIES], ids=lambda o: o.kind)
def test_an_image_is_plain_json(operation: Operation) -> None:
    made = image(a_house().world, operation)
    assert json.loads(json.dumps(made)) == made


def test_an_image_does_not_depend_on_order_or_on_the_clock() -> None:
    one = an_org().member("sam", web="viewer", mobile="admin", groups=["a", "b"],
                          last_login=timedelta(days=1))
    two = an_org().member("sam", mobile="admin", web="viewer", groups=["b", "a"], last_login=None)
    assert (json.dumps(member_image(one.person("sam")))
            == json.dumps(member_image(two.person("sam"))))


def sam_reaches_web_through_analysts() -> Org:
    return (an_org().admin("ada").member("sam", default="web")
            .member("kim", default="web", web="viewer")
            .group("analysts", members=["sam", "kim"], web="viewer"))


CLEARING: dict[str, tuple[Org, Operation, object]] = {
    "leaving a group": (
        sam_reaches_web_through_analysts(), RemoveFromGroup(SAM, "analysts"),
        {"in_group": True, "default_project": "web"}),
    "a group losing a role": (
        sam_reaches_web_through_analysts(), RemoveGroupRole("analysts", "web"),
        {"group_role": "viewer", "default_projects": {SAM: "web"}}),
    "a group deleted": (
        sam_reaches_web_through_analysts(), DeleteGroup("analysts"),
        {"group": {"description": "", "projects": {"web": "viewer"}, "team_spaces": []},
         "members": 2, "default_projects": {SAM: "web"}}),
    "an admin made user": (
        an_org().admin("ada").admin("sam", default="web"), SetRole(SAM, Role.USER),
        {"role": "admin", "default_project": "web"}),
    "a role taken": (
        an_org().admin("ada").member("sam", web="viewer", default="web"),
        RemoveProjectRole(SAM, "web"), {"project_role": "viewer", "default_project": "web"}),
    "the switch turned on": (
        an_org_without_projects_on().admin("ada", default="web").member("sam", default="web"),
        ChangeSetting("project_level_permissions", True),
        {"project_level_permissions": False, "converts": {SAM: "viewer"},
         "default_projects": {SAM: "web"}}),
}


@pytest.mark.parametrize("way", CLEARING)
def test_the_image_says_whose_default_project_is_cleared(way: str) -> None:
    org, operation, before = CLEARING[way]
    assert image(org.world, operation) == before
    after = image(org.do(operation).world, operation)
    assert not [key for key in after if key.startswith("default_project")]


def test_the_image_is_silent_about_defaults_that_stay() -> None:
    org = sam_reaches_web_through_analysts()
    assert image(org.world, RemoveFromGroup(KIM, "analysts")) == {"in_group": True}
    assert image(org.world, SetRole(KIM, Role.USER)) == {"role": "user"}


# --- digests -------------------------------------------------------------------------------------

names = st.text("abc-", min_size=1, max_size=3)
projects = st.dictionaries(names, st.sampled_from([str(r) for r in Role]), max_size=3)
sets = st.frozensets(names, max_size=3)


@given(projects, sets, projects, sets)
def test_digests_are_equal_exactly_where_the_grants_are(
    projects: dict[str, str], groups: frozenset[str],
    others: dict[str, str], other_groups: frozenset[str],
) -> None:
    equal = (projects, groups) == (others, other_groups)
    assert (grants_digest(projects, groups) == grants_digest(others, other_groups)) is equal
    assert (spaces_digest(groups) == spaces_digest(other_groups)) is (groups == other_groups)


@given(projects, sets)
def test_a_digest_does_not_depend_on_order(
    projects: dict[str, str], groups: frozenset[str]
) -> None:
    backwards = dict(reversed(projects.items()))
    assert (grants_digest(projects, sorted(groups))
            == grants_digest(backwards, sorted(groups, reverse=True)))


def test_a_role_and_its_text_have_one_digest_and_nothing_has_an_empty_one() -> None:
    assert grants_digest({"web": Role.ADMIN}, ()) == grants_digest({"web": "admin"}, ())
    assert grants_digest({}, ()) == spaces_digest(()) == ""
