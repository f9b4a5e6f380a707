"""The law behind the rules: whatever happens by permitted operations, the invariants hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model import operations as op
from reconciler.model.email import Email
from reconciler.model.images import image
from reconciler.model.migration import moved
from reconciler.model.organization import (
    TEAM_SPACE_LIMIT,
    TIER_FEATURES,
    Access,
    ContentItem,
    ContentKind,
    Feature,
    MemberState,
    Tier,
)
from reconciler.model.perform import perform
from reconciler.model.roles import PROJECT_ROLES, Role, organization_roles
from reconciler.model.values import frozen_map
from reconciler.model.world import World
from reconciler.rules.catalogue import judge, refuses
from tests.domain import ADA, BOB, EVE, KIM, NOW, SAM, Org, an_org, an_org_without_projects_on

people = st.sampled_from([ADA, BOB, EVE, KIM, SAM])
roles = st.sampled_from(list(Role))
project_roles = st.sampled_from(PROJECT_ROLES)
projects = st.sampled_from(["web", "mobile", "shop"])
groups = st.sampled_from(["analysts", "readers"])
spaces = st.sampled_from(["growth", "core", "fresh"])
teams = st.sampled_from(["Data", "Ops"])
domains = st.sampled_from(["acme.example", "new.example", "Old Example"])
grants = st.dictionaries(projects, project_roles, max_size=2).map(frozen_map)
accesses = st.builds(
    Access, role=roles, projects=grants, groups=st.frozensets(groups, max_size=1),
    spaces=st.frozensets(spaces, max_size=1), team=st.none() | teams,
    default_project=st.none() | projects)
items = st.builds(
    ContentItem, id=st.sampled_from(["c1", "c2", "c3"]), kind=st.sampled_from(list(ContentKind)),
    title=st.just("C"), project=projects, space=st.none() | spaces, owner=st.none() | people)

ARGUMENTS: dict[type[op.Operation], tuple[st.SearchStrategy[Any], ...]] = {
    op.CreateProject: (projects, st.just("P")), op.RenameProject: (projects, st.just("Q")),
    op.CreateSpace: (spaces, st.just("S")), op.RenameSpace: (spaces, st.just("T")),
    op.CreateTeam: (teams,),
    op.CreateGroup: (groups, st.just(""), grants, st.frozensets(spaces, max_size=1)),
    op.DescribeGroup: (groups, st.just("D")), op.SetGroupRole: (groups, projects, project_roles),
    op.RemoveGroupRole: (groups, projects), op.AddGroupSpace: (groups, spaces),
    op.RemoveGroupSpace: (groups, spaces), op.DeleteGroup: (groups,),
    op.Invite: (people, accesses), op.Resend: (people,), op.Revoke: (people,),
    op.Join: (people,), op.Login: (people,), op.RequestAccess: (people, st.none()),
    op.Approve: (people, accesses), op.Deny: (people,),
    op.SetRole: (people, roles), op.SetProjectRole: (people, projects, project_roles),
    op.RemoveProjectRole: (people, projects), op.AddToGroup: (people, groups),
    op.RemoveFromGroup: (people, groups), op.SetName: (people, st.just("N")),
    op.SetTeam: (people, st.none() | teams), op.SetDefaultProject: (people, st.none() | projects),
    op.JoinSpace: (people, spaces), op.LeaveSpace: (people, spaces), op.AddContent: (items,),
    op.TransferContent: (st.none() | people, people), op.RemoveMember: (people,),
    op.MigrateDomain: (domains, domains, st.booleans()),
}
switches = st.sampled_from(["project_level_permissions", "access_requests", "sso",
                            "managers_may_invite", "managers_may_approve_requests"])
setting_changes = st.one_of(
    st.builds(op.ChangeSetting, switches, st.booleans()),
    st.builds(op.ChangeSetting, st.sampled_from(["tier", "sso", "colour", "__class__"]),
              st.sampled_from([True, "platinum"])),
    st.builds(op.ChangeSetting, st.just("tier"), st.sampled_from([str(t) for t in Tier])))
random_operation = st.one_of(
    setting_changes, *(st.builds(kind, *given_) for kind, given_ in ARGUMENTS.items()))
# Ada may do most things, so that much happens; a plan without an actor is judged by fewer rules.
actors = st.one_of(st.just(ADA), st.none(), people)
attempts = st.lists(st.tuples(actors, random_operation), min_size=10, max_size=50)


def a_busy_house() -> Org:
    return (an_org(access_requests=True).admin("ada", default="mobile")
            .member("bob", web="manager", default="web").member("sam", default="mobile")
            .pending("kim", role="admin", default="web").requesting("eve")
            .group("analysts", members=["sam", "bob"], mobile="viewer")
            .content("c1", owner="sam", project="mobile"))


def a_quiet_house() -> Org:
    """Little is used, so that switches and tiers can be turned."""
    return (an_org_without_projects_on(access_requests=True)
            .admin("ada", default="web").member("sam", role="manager", default="web")
            .requesting("eve").content("c1", owner="sam"))


def test_every_kind_of_operation_takes_part() -> None:
    assert {*ARGUMENTS, op.ChangeSetting} == set(op.OPERATIONS) - set(op.RUN_ACTS)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from([a_busy_house, a_quiet_house]), attempts)
def test_no_sequence_of_permitted_operations_breaks_an_invariant(
    house: Callable[[], Org], tried: list[tuple[Email | None, op.Operation]],
) -> None:
    world = house().world
    for actor, operation in tried:
        acting = world.member(actor) if actor else None
        if actor and not acting:
            continue
        image(world, operation)  # also of what is refused: a store asks for it first
        if refuses(judge(world, operation, actor=acting, now=NOW)):
            continue
        perform(world, operation, NOW)
        image(world, operation)
        for law in LAWS:
            law(world)


def somebody_is_a_joined_admin(world: World) -> None:
    """R20"""
    assert world.admins()


def every_grant_refers_to_what_exists(world: World) -> None:
    """R22"""
    for member in world.everybody():
        assert set(member.projects) <= set(world.projects)
        assert member.groups <= set(world.groups)
        assert member.spaces <= set(world.spaces)
        assert member.team is None or member.team in world.teams
        for name in member.groups:
            assert member.email in world.in_group(name)
    for group in world.groups.values():
        assert set(group.projects) <= set(world.projects)
        assert group.spaces <= set(world.spaces)
        assert all(world.member(email) for email in world.in_group(group.id))


def every_default_project_can_be_reached(world: World) -> None:
    """R05"""
    for member in world.everybody():
        default = member.default_project
        if default is not None:
            assert default in world.projects
            assert world.effective_role(member, default) is not None, member


def nothing_is_used_that_the_tier_does_not_have(world: World) -> None:
    """R03"""
    features = TIER_FEATURES[world.settings.tier]
    assert not world.settings.sso or Feature.SSO in features
    assert not world.groups or Feature.GROUPS in features
    if world.settings.project_level_permissions:
        assert Feature.PROJECT_LEVEL_PERMISSIONS in features
    limit = TEAM_SPACE_LIMIT[world.settings.tier]
    assert limit is None or len(world.spaces) <= limit


def roles_are_those_of_the_mode(world: World) -> None:
    """R04"""
    on = world.settings.project_level_permissions
    for member in world.everybody():
        assert member.role in organization_roles(on)
        assert on or not member.projects
        assert set(member.projects.values()) <= set(PROJECT_ROLES)
    for group in world.groups.values():
        assert on or not group.projects


def content_belongs_to_members_or_is_unassigned(world: World) -> None:
    """R30, R33"""
    for domain in ("acme.example", "new.example"):
        for member in (moved(who, domain) for who in (ADA, BOB, EVE, KIM, SAM)):
            if world.content_of(member):
                known = world.member(member)
                assert known is not None
                assert known.joined


def requests_exist_only_while_they_are_taken(world: World) -> None:
    """R40"""
    assert world.settings.access_requests or not world.requesting()
    for member in world.everybody():
        assert (member.state is not MemberState.REQUESTED) or not member.projects


LAWS: tuple[Callable[[World], None], ...] = (
    somebody_is_a_joined_admin, every_grant_refers_to_what_exists,
    every_default_project_can_be_reached, nothing_is_used_that_the_tier_does_not_have,
    roles_are_those_of_the_mode, content_belongs_to_members_or_is_unassigned,
    requests_exist_only_while_they_are_taken,
)
