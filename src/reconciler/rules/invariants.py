"""R20 to R22: what holds in the organization at every moment."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.finding import Finding
from reconciler.model.operations import (
    Approve,
    Invite,
    LeaveSpace,
    PersonOperation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveMember,
    RemoveProjectRole,
    SetProjectRole,
    SetRole,
)
from reconciler.model.organization import MemberState
from reconciler.model.roles import RANK, Role, highest
from reconciler.model.values import FrozenMap
from reconciler.model.world import World
from reconciler.rules.case import Case, violation


def last_admin(case: Case) -> Iterator[Finding]:
    """R20: at every moment at least one joined org admin exists."""
    operation = case.operation
    match operation:
        case SetRole(_, role) if role is Role.ADMIN:
            return
        case SetRole(email) | RemoveMember(email):
            member = case.world.member(email)
        case _:
            return
    if member is None or member.role is not Role.ADMIN or not member.joined:
        return
    if any(other != email for other in case.world.admins()):
        return
    coming = [e for e in case.world.admins(MemberState.PENDING) if e != email]
    yield violation(
        "R20", case, f"{email} is the only joined admin of {case.world.organization}",
        f"wait until {coming[0]} has joined" if coming else "make somebody else admin first",
        waits_for=coming[0] if coming else None)


def group_floor(case: Case) -> Iterator[Finding]:
    """R21: a direct project role below what the member's groups give cannot be set."""
    world, operation = case.world, case.operation
    match operation:
        case Invite() | Approve():
            email, access = operation.email, operation.access
            below = roles_below_floor(world, access.projects, access.groups)
        case SetProjectRole(email, project, role):
            member = world.member(email)
            if member is None:
                return
            below = roles_below_floor(world, FrozenMap({project: role}), member.groups)
        case _:
            return
    for project, role, floor in below:
        yield violation("R21", case, f"{email} cannot be {role} of {project}: their groups make "
                        f"them {floor} there",
                        f"leave the direct role out, make it {floor} or higher, or take them out "
                        "of the group")


def roles_below_floor(
    world: World, projects: FrozenMap[str, Role], groups: frozenset[str]
) -> list[tuple[str, Role, Role]]:
    """(project, direct role, floor) wherever the direct role is below the groups'."""
    floors: dict[str, Role] = {}
    for group in groups:
        known = world.groups.get(group)
        # Most groups give nothing on the projects in question.
        if known is None or projects.keys().isdisjoint(known.projects):
            continue
        for project, given in known.projects.items():
            if project in projects:
                floors[project] = highest(floors.get(project), given) or given
    return [
        (project, projects[project], floors[project])
        for project in sorted(floors)
        if RANK[projects[project]] < RANK[floors[project]]
    ]


def no_orphan_grant(case: Case) -> Iterator[Finding]:
    """R22: a grant exists before it is taken away, and belongs to somebody who exists."""
    world = case.world
    operation = case.operation
    if isinstance(operation, PersonOperation):
        member = world.member(operation.email)
        if member is None:
            return
        match operation:
            case RemoveProjectRole(email, project) if project not in member.projects:
                yield violation("R22", case, f"{email} has no direct role on {project}",
                                "there is nothing to take away")
            case RemoveFromGroup(email, group) if group not in member.groups:
                yield violation("R22", case, f"{email} is not in group {group}",
                                "there is nothing to take away")
            case LeaveSpace(email, space) if space not in member.spaces:
                yield violation("R22", case, f"{email} is not in team space {space} by themselves",
                                "there is nothing to take away")
            case _:
                return
        return
    match operation:
        case RemoveGroupRole(name, project):
            known = world.groups.get(name)
            if known is not None and project not in known.projects:
                yield violation("R22", case, f"group {name} has no role on {project}",
                                "there is nothing to take away")
        case RemoveGroupSpace(name, space):
            known = world.groups.get(name)
            if known is not None and space not in known.spaces:
                yield violation("R22", case, f"group {name} is not in team space {space}",
                                "there is nothing to take away")
        case _:
            return
