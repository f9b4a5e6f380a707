"""R20 to R22: what holds in the organization at every moment."""

from __future__ import annotations

import pytest

from reconciler.model.operations import (
    AddToGroup,
    Approve,
    DeleteGroup,
    Invite,
    Join,
    LeaveSpace,
    Operation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveMember,
    RemoveProjectRole,
    Revoke,
    SetGroupRole,
    SetProjectRole,
    SetRole,
)
from reconciler.model.roles import Role
from tests.domain import ADA, BOB, KIM, SAM, access, an_org, an_org_without_projects_on

LOSING_ADA: list[Operation] = [SetRole(ADA, Role.USER), RemoveMember(ADA)]


@pytest.mark.parametrize("operation", LOSING_ADA, ids=lambda o: o.kind)
def test_the_only_admin_stays(operation: Operation) -> None:
    assert an_org().admin("ada").member("sam", web="admin").refuses(operation) == {"R20"}


def test_the_only_admin_stays_with_project_level_permissions_off() -> None:
    org = an_org_without_projects_on().admin("ada").member("sam", role="manager")
    assert org.refuses(SetRole(ADA, Role.MANAGER)) == {"R20"}
    assert org.refuses(RemoveMember(ADA)) == {"R20"}


@pytest.mark.parametrize("operation", LOSING_ADA, ids=lambda o: o.kind)
def test_one_of_two_joined_admins_may_go_and_then_the_other_stays(operation: Operation) -> None:
    org = an_org().admin("ada").admin("bob")
    assert org.allows(operation)
    org.do(operation)
    assert org.refuses(RemoveMember(BOB)) == {"R20"}
    assert org.refuses(SetRole(BOB, Role.USER)) == {"R20"}


@pytest.mark.parametrize("operation", LOSING_ADA, ids=lambda o: o.kind)
def test_a_pending_admin_does_not_count_until_they_join(operation: Operation) -> None:
    org = an_org().admin("ada").pending("bob", role="admin")
    [found] = org.judged(operation)
    assert (found.rule, found.waits_for) == ("R20", BOB)
    assert org.do(Join(BOB)).allows(operation)


def test_a_pending_admin_may_always_go() -> None:
    org = an_org().admin("ada").pending("bob", role="admin")
    assert org.allows(Revoke(BOB))
    assert org.allows(RemoveMember(BOB))
    assert org.allows(SetRole(BOB, Role.USER))


def test_making_the_only_admin_admin_again_changes_nothing_and_is_fine() -> None:
    assert an_org().admin("ada").allows(SetRole(ADA, Role.ADMIN))


# --- R21 -----------------------------------------------------------------------------------------

RANKED = ("viewer", "member", "manager", "admin")


@pytest.mark.parametrize("floor", RANKED)
@pytest.mark.parametrize("direct", RANKED)
def test_a_direct_role_can_be_set_at_the_groups_floor_and_above_but_not_below(
    direct: str, floor: str
) -> None:
    org = (an_org(access_requests=True).admin("ada").requesting("eve")
           .member("sam").group("analysts", members=["sam"], web=floor))
    expected = {"R21"} if RANKED.index(direct) < RANKED.index(floor) else set()
    assert org.refuses(SetProjectRole(SAM, "web", Role(direct))) == expected
    assert org.refuses(Invite(KIM, access(groups=["analysts"], web=direct))) == expected
    asked = Approve(org.person("eve").email, access(groups=["analysts"], web=direct))
    assert org.refuses(asked) == expected


def test_the_floor_is_the_highest_of_all_groups() -> None:
    org = (an_org().admin("ada").member("sam")
           .group("readers", members=["sam"], web="viewer")
           .group("writers", members=["sam"], web="manager"))
    assert org.refuses(SetProjectRole(SAM, "web", Role.MEMBER)) == {"R21"}
    assert org.allows(SetProjectRole(SAM, "web", Role.MANAGER))


def test_a_group_is_a_floor_only_on_its_projects_and_for_its_members() -> None:
    org = (an_org().admin("ada").member("sam").member("kim")
           .group("analysts", members=["sam"], web="manager"))
    assert org.allows(SetProjectRole(SAM, "mobile", Role.VIEWER))
    assert org.allows(SetProjectRole(KIM, "web", Role.VIEWER))


def test_a_lower_direct_role_from_before_survives_unseen_and_counts_again_afterwards() -> None:
    org = an_org().admin("ada").member("sam", web="viewer").group("analysts", web="viewer")
    for later in (AddToGroup(SAM, "analysts"), SetGroupRole("analysts", "web", Role.MANAGER)):
        assert org.allows(later)
        org.do(later)
    assert org.person("sam").projects == {"web": Role.VIEWER}
    assert org.world.effective_role(org.person("sam"), "web") is Role.MANAGER
    org.do(RemoveFromGroup(SAM, "analysts"))
    assert org.world.effective_role(org.person("sam"), "web") is Role.VIEWER


# --- R22 -----------------------------------------------------------------------------------------

GRANTS: dict[str, Operation] = {
    "a project role": RemoveProjectRole(SAM, "web"),
    "a group membership": RemoveFromGroup(SAM, "analysts"),
    "a team space": LeaveSpace(SAM, "growth"),
    "a group's role": RemoveGroupRole("analysts", "web"),
    "a group's team space": RemoveGroupSpace("analysts", "growth"),
}


@pytest.mark.parametrize("grant", GRANTS)
def test_a_grant_can_be_taken_away_once(grant: str) -> None:
    operation = GRANTS[grant]
    org = (an_org().admin("ada").member("sam", web="viewer", spaces=["growth"])
           .group("analysts", members=["sam"], web="viewer", spaces=["growth"]))
    assert org.allows(operation)
    assert org.do(operation).refuses(operation) == {"R22"}


def test_what_only_the_group_gives_cannot_be_taken_from_the_member() -> None:
    org = (an_org().admin("ada").member("sam")
           .group("analysts", members=["sam"], web="viewer", spaces=["growth"]))
    assert org.refuses(RemoveProjectRole(SAM, "web")) == {"R22"}
    assert org.refuses(LeaveSpace(SAM, "growth")) == {"R22"}


def test_with_a_group_its_memberships_go_and_nothing_else() -> None:
    org = (an_org().admin("ada").member("sam", mobile="viewer").pending("kim")
           .group("analysts", members=["sam", "kim"], web="viewer")
           .group("readers", members=["sam"], web="viewer"))
    org.do(DeleteGroup("analysts"))
    assert org.person("sam").groups == {"readers"}
    assert org.person("sam").projects == {"mobile": Role.VIEWER}
    assert org.person("kim").groups == frozenset()
    assert set(org.world.groups) == {"readers"}


def test_with_a_member_all_their_grants_go() -> None:
    org = (an_org().admin("ada").member("sam", web="viewer")
           .group("analysts", members=["sam"], web="viewer"))
    org.do(RemoveMember(SAM))
    assert org.world.member(SAM) is None
    assert org.world.in_group("analysts") == set()
    assert org.world.with_project_roles() == []
