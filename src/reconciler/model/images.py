"""Before- and after-images: what an operation touches, as plain JSON values.

The same image is the `before`/`after` of a change in a plan, the precondition that apply checks,
and the `before`/`after` of an audit record. Lists are sorted; nothing depends on the clock, so the
same state gives the same image.
"""

from __future__ import annotations

from typing import Any

from reconciler.model.email import Email
from reconciler.model.operations import (
    AddContent,
    AddGroupSpace,
    AddToGroup,
    ChangeSetting,
    CreateGroup,
    CreateTeam,
    DeleteGroup,
    DescribeGroup,
    GroupOperation,
    JoinSpace,
    LeaveSpace,
    Login,
    Operation,
    PersonOperation,
    ProjectOperation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveMember,
    RemoveProjectRole,
    Resend,
    SetDefaultProject,
    SetGroupRole,
    SetName,
    SetProjectRole,
    SetRole,
    SetTeam,
    SpaceOperation,
    TransferContent,
)
from reconciler.model.organization import ContentItem, Group, Member
from reconciler.model.perform import selected_content
from reconciler.model.world import World

Image = dict[str, Any]


def image(world: World, operation: Operation) -> Image:
    """What this operation is about, as it is in this world."""
    match operation:
        case TransferContent():
            return _transfer_image(world, operation)
        case PersonOperation():
            return _person_image(world, operation)
        case GroupOperation():
            return _group_image(world, operation)
        case ChangeSetting(setting, _):
            value = getattr(world.settings, setting)
            return {setting: value if isinstance(value, bool) else str(value)}
        case ProjectOperation(project):
            known = world.projects.get(project)
            return {"project": known.name if known else None}
        case SpaceOperation(space):
            space_known = world.spaces.get(space)
            return {"team_space": space_known.name if space_known else None}
        case CreateTeam(team):
            return {"team": team if team in world.teams else None}
        case AddContent(item):
            return {"content": item.id if world.has_content(item.id) else None}
        case _:
            raise AssertionError(f"no image for {operation!r}")


def member_image(member: Member | None) -> Image | None:
    """A person with all their grants."""
    if member is None:
        return None
    made: Image = {"state": str(member.state), "role": str(member.role)}
    if member.projects:
        made["projects"] = {p: str(member.projects[p]) for p in sorted(member.projects)}
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


def _person_image(world: World, operation: PersonOperation) -> Image:
    email: Email = operation.email
    member = world.member(email)
    if member is None:
        return {"member": None}
    match operation:
        case SetRole():
            return {"role": str(member.role)}
        case SetProjectRole(_, project, _) | RemoveProjectRole(_, project):
            role = member.projects.get(project)
            made: Image = {"project_role": str(role) if role else None}
            if isinstance(operation, RemoveProjectRole) and member.default_project == project:
                made["default_project"] = project
            return made
        case AddToGroup(_, group):
            return {"in_group": group in member.groups}
        case RemoveFromGroup(_, group):
            return {"in_group": group in member.groups}
        case SetName():
            return {"name": member.name}
        case SetTeam():
            return {"team": member.team}
        case SetDefaultProject():
            return {"default_project": member.default_project}
        case JoinSpace(_, space) | LeaveSpace(_, space):
            return {"in_team_space": space in member.spaces}
        case RemoveMember():
            made = {"member": member_image(member)}
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


def _group_image(world: World, operation: GroupOperation) -> Image:
    group = world.groups.get(operation.group)
    match operation:
        case CreateGroup():
            return {"group": group_image(group)}
        case DeleteGroup():
            made: Image = {"group": group_image(group)}
            if group is not None:
                made["members"] = len(world.in_group(operation.group))
            return made
        case _ if group is None:
            return {"group": None}
        case DescribeGroup():
            return {"description": group.description}
        case SetGroupRole(_, project, _) | RemoveGroupRole(_, project):
            role = group.projects.get(project)
            return {"group_role": str(role) if role else None}
        case AddGroupSpace(_, space) | RemoveGroupSpace(_, space):
            return {"in_team_space": space in group.spaces}
        case _:
            raise AssertionError(f"no image for {operation!r}")
