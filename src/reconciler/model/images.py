"""Before- and after-images: what an operation touches, as plain JSON values.

The same image is the `before`/`after` of a change in a plan, the precondition that apply checks,
and the `before`/`after` of an audit record. Lists are sorted; nothing depends on the clock, so the
same state gives the same image. Where an operation takes somebody's last role on their default
project away, the default is part of the image: the record says what was cleared (R05). Turning
project-level permissions on or off names everybody whose role it converts, with the role they had.

Where an operation lets somebody into a group, the image before it says what the group gives
(`groups_give`): a group that was raised between review and apply is another access than the one
reviewed. Where an operation gives a group more, the image before it says who is in it (`given_to`):
whoever got in since would have it unreviewed.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Final

from reconciler.model.accounts import key_of
from reconciler.model.email import Email
from reconciler.model.migration import migration_image
from reconciler.model.operations import (
    AddContent,
    AddGroupSpace,
    AddToGroup,
    AllowLimit,
    Approve,
    ChangeSetting,
    CreateGroup,
    CreateTeam,
    DeleteGroup,
    DescribeGroup,
    GroupOperation,
    Invite,
    JoinSpace,
    LeaveSpace,
    Login,
    MigrateDomain,
    Operation,
    PersonOperation,
    ProjectOperation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveMember,
    RemoveProjectRole,
    Resend,
    SetAccount,
    SetDefaultProject,
    SetGroupRole,
    SetName,
    SetPolicy,
    SetProjectRole,
    SetRole,
    SetTeam,
    SpaceOperation,
    TransferContent,
)
from reconciler.model.organization import ContentItem, Group, Member, MemberState
from reconciler.model.perform import selected_content
from reconciler.model.policy import to_document
from reconciler.model.roles import RANK, Role, converted_role
from reconciler.model.world import World

Image = dict[str, Any]
GIVES: Final = "groups_give"
"""The field of a before-image that only states what is expected: no operation changes it."""
GIVEN_TO: Final = "given_to"
"""The same of what a group gets: its members, or of many their number and a digest."""
EXPECTED: Final = (GIVES, GIVEN_TO)
CONVERTS: Final = "converts"
"""The field with everybody whose role a switch converts: {email: role before}."""
_TEXT_OF: Final = {role: str(role) for role in Role}
_SPELLED_OUT: Final = 8
"""Of a group that gives more roles and team spaces, or has more members, an image holds numbers
and a digest."""


def image(world: World, operation: Operation) -> Image:
    """What this operation is about, as it is in this world."""
    match operation:
        case TransferContent():
            return _transfer_image(world, operation)
        case MigrateDomain():
            return migration_image(world, operation)
        case PersonOperation():
            return _person_image(world, operation)
        case GroupOperation():
            return _group_image(world, operation)
        case ChangeSetting():
            return _setting_image(world, operation)
        case ProjectOperation(project):
            known = world.projects.get(project)
            return {"project": known.name if known else None}
        case SpaceOperation(space):
            space_known = world.spaces.get(space)
            return {"team_space": space_known.name if space_known else None}
        case CreateTeam(team):
            return {"team": team if team in world.teams else None}
        case SetPolicy():
            return {"policy": to_document(world.policy) if world.policy is not None else None}
        case AllowLimit(limit):
            count, reason = world.allowances.get(limit, (None, None))
            return {"allowed": count, "reason": reason}
        case AddContent(item):
            return {"content": item.id if world.has_content(item.id) else None}
        case _:
            raise AssertionError(f"no image for {operation!r}")


def member_image(member: Member | None) -> Image | None:
    """A person with all their grants."""
    if member is None:
        return None
    made: Image = {"state": str(member.state), "role": _TEXT_OF[member.role]}
    projects = member.projects
    if projects:
        made["projects"] = {p: _TEXT_OF[projects[p]] for p in sorted(projects)}
    if member.groups:
        made["groups"] = sorted(member.groups)
    if member.spaces:
        made["team_spaces"] = sorted(member.spaces)
    if member.team is not None:
        made["team"] = member.team
    if member.default_project is not None:
        made["default_project"] = member.default_project
    if member.name is not None:
        made["name"] = member.name
    return made


def group_image(group: Group | None) -> Image | None:
    """A group with what it gives."""
    if group is None:
        return None
    return {
        "description": group.description,
        "projects": {p: str(group.projects[p]) for p in sorted(group.projects)},
        "team_spaces": sorted(group.spaces),
    }


def content_counts(items: list[ContentItem]) -> dict[str, dict[str, int]]:
    """How many items of which kind in which project: {project: {kind: count}}, sorted."""
    counts: dict[str, dict[str, int]] = {}
    for item in sorted(items, key=lambda i: (i.project, i.kind)):
        of_project = counts.setdefault(item.project, {})
        of_project[str(item.kind)] = of_project.get(str(item.kind), 0) + 1
    return counts


def _transfer_image(world: World, transfer: TransferContent) -> Image:
    return {"content": content_counts(selected_content(world, transfer))}


def _setting_image(world: World, change: ChangeSetting) -> Image:
    # Images are asked for before the rules have said that there is no such setting (R02).
    value = getattr(world.settings, change.setting, None)
    known = value is None or isinstance(value, bool)
    made: Image = {change.setting: value if known else str(value)}
    switch = change.value
    if (change.setting == "project_level_permissions" and isinstance(switch, bool)
            and switch is not value):
        made |= _converted(world, switch)
    return made


def _converted(world: World, switch: bool) -> Image:
    """Who gets another role by the switch, and who loses their default project.

    Somebody who only asks to join has no access yet: a request does not make a plan stale.
    """
    converted, lost = {}, {}
    for member in sorted(world.everybody(), key=lambda m: m.email):
        if member.state is MemberState.REQUESTED:
            continue
        if converted_role(member.role, switch) is not member.role:
            converted[str(member.email)] = str(member.role)
            if switch and member.default_project is not None:
                # A role on every project becomes a role on none (R05).
                lost[str(member.email)] = member.default_project
    made: Image = {CONVERTS: converted} if converted else {}
    return made | ({"default_projects": lost} if lost else {})


def _default_relying_on(world: World, member: Member, group: str) -> str | None:
    """Somebody's default project, if they reach it through this group alone (R05)."""
    default = member.default_project
    known = world.groups.get(group)
    if known is None or default is None or default not in known.projects:
        return None
    left = replace(member, groups=member.groups - {group})
    return default if world.effective_role(left, default) is None else None


def _defaults_relying_on(world: World, group: str, project: str | None = None) -> Image:
    """Who would lose their default project with the group, or with its role on one project."""
    relying = {
        str(member.email): default
        for member in world.people(world.in_group(group))
        if (default := _default_relying_on(world, member, group)) is not None
        and project in (None, default)
    }
    return {"default_projects": relying} if relying else {}


def _person_image(world: World, operation: PersonOperation) -> Image:
    email: Email = operation.email
    member = world.member(email)
    if member is None or isinstance(operation, Approve):
        return _entrance_image(world, member, operation)
    match operation:
        case Invite():
            return {"member": member_image(member)}
        case SetRole() | SetProjectRole() | RemoveProjectRole() | AddToGroup() | RemoveFromGroup():
            return _access_image(world, member, operation)
        case SetName():
            return {"name": member.name}
        case SetTeam():
            return {"team": member.team}
        case SetAccount():
            return _account_image(world, operation)
        case SetDefaultProject():
            return {"default_project": member.default_project}
        case JoinSpace(_, space) | LeaveSpace(_, space):
            return {"in_team_space": space in member.spaces}
        case RemoveMember():
            made: Image = {"member": member_image(member)}
            content = content_counts(world.content_of(email))
            if content:
                made["content"] = content
            return made
        case Login():
            return {"state": str(member.state)}
        case Resend():
            return {"invitations_sent": member.invitations_sent}
        case _:
            return {"member": member_image(member)}


def _account_image(world: World, operation: SetAccount) -> Image:
    """The account that speaks for them, and whom the one that is to do so speaks for."""
    had = world.account_of(operation.email, operation.service)
    made: Image = {"account": had.name if had is not None else None}
    if operation.name is not None:
        held = world.accounts.get(key_of(operation.service, operation.name))
        made["speaks_for"] = held.email if held is not None else None
    return made


def _entrance_image(world: World, member: Member | None, operation: PersonOperation) -> Image:
    """Of an invitation or approval with groups a digest of each: there can be very many."""
    made: Image = {"member": member_image(member)}
    if isinstance(operation, (Invite, Approve)) and operation.access.groups and (
            member is None or member.state is MemberState.REQUESTED):
        digest = world.gives_digest
        made[GIVES] = {group: digest(group) for group in sorted(operation.access.groups)}
    return made


def _group_gives(world: World, name: str) -> Image:
    group = world.groups.get(name)
    if group is None:
        return {}
    if len(group.projects) + len(group.spaces) > _SPELLED_OUT:
        return {GIVES: {name: {"projects": len(group.projects), "team_spaces": len(group.spaces),
                               "digest": world.gives_digest(name)}}}
    given = group_image(group) or {}
    del given["description"]
    return {GIVES: {name: given}}


def _given_to(world: World, group: str) -> Image:
    people = sorted(world.in_group(group))
    if len(people) <= _SPELLED_OUT:
        return {GIVEN_TO: people}
    digest = hashlib.sha256("\n".join(people).encode()).hexdigest()[:16]
    return {GIVEN_TO: {"members": len(people), "digest": digest}}


def _access_image(world: World, member: Member, operation: PersonOperation) -> Image:
    match operation:
        case SetRole(_, new):
            made: Image = {"role": str(member.role)}
            default = member.default_project
            if default and world.effective_role(replace(member, role=new), default) is None:
                made["default_project"] = default
            return made
        case SetProjectRole(_, project, _) | RemoveProjectRole(_, project):
            role = member.projects.get(project)
            made = {"project_role": str(role) if role else None}
            if isinstance(operation, RemoveProjectRole) and member.default_project == project:
                made["default_project"] = project
            return made
        case AddToGroup(_, group) if group not in member.groups:
            return {"in_group": False} | _group_gives(world, group)
        case AddToGroup():
            return {"in_group": True}
        case RemoveFromGroup(_, group):
            made = {"in_group": group in member.groups}
            if made["in_group"] and (default := _default_relying_on(world, member, group)):
                made["default_project"] = default
            return made
        case _:
            raise AssertionError(f"no image for {operation!r}")


def _group_image(world: World, operation: GroupOperation) -> Image:
    group = world.groups.get(operation.group)
    match operation:
        case CreateGroup():
            return {"group": group_image(group)}
        case DeleteGroup():
            made: Image = {"group": group_image(group)}
            if group is not None:
                made["members"] = len(world.in_group(operation.group))
                made |= _defaults_relying_on(world, operation.group)
            return made
        case _ if group is None:
            return {"group": None}
        case DescribeGroup():
            return {"description": group.description}
        case SetGroupRole(_, project, new):
            role = group.projects.get(project)
            made = {"group_role": str(role) if role else None}
            return made | (_given_to(world, operation.group)
                           if role is None or RANK[new] > RANK[role] else {})
        case RemoveGroupRole(_, project):
            role = group.projects.get(project)
            made = {"group_role": str(role) if role else None}
            return made | _defaults_relying_on(world, operation.group, project)
        case AddGroupSpace(_, space) if space not in group.spaces:
            return {"in_team_space": False} | _given_to(world, operation.group)
        case AddGroupSpace(_, space) | RemoveGroupSpace(_, space):
            return {"in_team_space": space in group.spaces}
        case _:
            raise AssertionError(f"no image for {operation!r}")
