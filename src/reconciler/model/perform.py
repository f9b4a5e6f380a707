"""What each operation does, on a World in memory: the one meaning that planner and store share.

`perform` assumes that the rules have judged the operation. Members that lose their last role on
their default project lose the default with it (R05).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

from reconciler.model.accounts import Account
from reconciler.model.email import Email
from reconciler.model.migration import migrate
from reconciler.model.operations import (
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
from reconciler.model.organization import (
    Access,
    ContentItem,
    Group,
    Member,
    MemberState,
    Project,
    Settings,
    TeamSpace,
)
from reconciler.model.roles import converted_role, default_role
from reconciler.model.world import World

SETTINGS: Final = frozenset(field.name for field in fields(Settings))

def perform(world: World, operation: Operation, now: datetime) -> None:
    """Carry an operation out in memory; `now` is UTC and becomes the time of joins and the like."""
    match operation:
        case Invite():
            email = operation.email
            world.put(email, invited(email, operation.access, now))
        case RemoveMember(email) | Revoke(email) | Deny(email):
            _remove(world, email)
        case Join() | Login() | RequestAccess() | Approve() | Resend():
            _standing(world, operation, now)
        case ChangeSetting(setting, value):
            _change_setting(world, setting, value)
        case TransferContent():
            for item in selected_content(world, operation):
                world.put_content(replace(item, owner=operation.receiver), instead_of=item)
        case AddContent(item):
            world.put_content(item)
        case MigrateDomain():
            migrate(world, operation)
        case CreateProject(project, name) | RenameProject(project, name):
            world.projects[project] = Project(id=project, name=name)
        case CreateSpace(space, name) | RenameSpace(space, name):
            world.spaces[space] = TeamSpace(id=space, name=name)
        case CreateTeam(team):
            world.teams.add(team)
        case SetPolicy(policy):
            world.set_policy(policy)
        case AllowLimit(limit, count, reason):
            world.allowances[limit] = (count, reason)
        case _:
            if not _perform_on_group(world, operation):
                _perform_on_member(world, operation)


def invited(email: Email, access: Access, now: datetime) -> Member:
    """The pending member that an invitation makes."""
    return Member(
        email=email, state=MemberState.PENDING, role=access.role, projects=access.projects,
        groups=access.groups, spaces=access.spaces, team=access.team,
        default_project=access.default_project, name=access.name,
        invited_at=now, invitations_sent=1,
    )


def selected_content(world: World, transfer: TransferContent) -> list[ContentItem]:
    """The items that a transfer moves, in order of id."""
    return [
        item
        for item in world.content_of(transfer.source)
        if (not transfer.kinds or item.kind in transfer.kinds)
        and (transfer.project is None or item.project == transfer.project)
    ]


def changed_settings(settings: Settings, setting: str, value: str | bool) -> Settings:
    """The settings with one of them set; raises ValueError for a setting that does not exist and
    for a value that it cannot have (a text is no switch, and a switch is no text)."""
    if setting not in SETTINGS:
        raise ValueError(f"there is no setting {setting}")
    known = getattr(settings, setting)
    if isinstance(known, bool) is not isinstance(value, bool):
        kind = "true or false" if isinstance(known, bool) else "a text"
        raise ValueError(f"{setting} is {kind}, not {value!r}")
    made: dict[str, Any] = {setting: type(known)(value)}
    return replace(settings, **made)


def _change_setting(world: World, setting: str, value: str | bool) -> None:
    old = world.settings
    world.settings = changed_settings(old, setting, value)
    switch = world.settings.project_level_permissions
    if switch == old.project_level_permissions:
        return
    for member in list(world.everybody()):
        role = converted_role(member.role, switch)
        changed = member if role is member.role else replace(member, role=role)
        # Turned on, a role on every project becomes a role on none: defaults go with it (R05).
        world.put(member.email, _without_lost_default(world, changed))


def _standing(world: World, operation: Operation, now: datetime) -> None:
    match operation:
        case Join(email):
            world.put(email, replace(_member(world, email), state=MemberState.JOINED,
                                     joined_at=now, last_login_at=now))
        case Login(email):
            world.put(email, replace(_member(world, email), last_login_at=now))
        case RequestAccess(email, name):
            role = default_role(world.settings.project_level_permissions)
            world.put(email, Member(email=email, state=MemberState.REQUESTED, role=role,
                                    name=name, requested_at=now))
        case Approve(email, access):
            asked = _member(world, email)
            approved = replace(
                invited(email, access, now), state=MemberState.JOINED, invited_at=None,
                invitations_sent=0, joined_at=now, requested_at=asked.requested_at,
                name=access.name or asked.name)
            world.put(email, approved)
        case Resend(email):
            member = _member(world, email)
            world.put(email, replace(member, invited_at=now,
                                     invitations_sent=member.invitations_sent + 1))
        case _:
            raise AssertionError(operation)


def _remove(world: World, email: Email) -> None:
    for item in world.content_of(email):
        world.put_content(replace(item, owner=None), instead_of=item)
    world.drop_accounts(email)
    world.put(email, None)


def _perform_on_group(world: World, operation: Operation) -> bool:
    groups = world.groups
    match operation:
        case CreateGroup(name, description, projects, spaces):
            groups[name] = Group(id=name, description=description, projects=projects,
                                 spaces=spaces)
        case DescribeGroup(name, description):
            groups[name] = replace(groups[name], description=description)
        case SetGroupRole(name, project, role):
            groups[name] = replace(groups[name], projects=groups[name].projects.having(
                project, role))
        case RemoveGroupRole(name, project):
            groups[name] = replace(groups[name], projects=groups[name].projects.without(project))
            _clear_lost_defaults(world, world.in_group(name), project)
        case AddGroupSpace(name, space):
            groups[name] = replace(groups[name], spaces=groups[name].spaces | {space})
        case RemoveGroupSpace(name, space):
            groups[name] = replace(groups[name], spaces=groups[name].spaces - {space})
        case DeleteGroup(name):
            for member in list(world.people(world.in_group(name))):
                _leave_group(world, member, name)
            del groups[name]
        case _:
            return False
    return True


def _perform_on_member(world: World, operation: Operation) -> None:
    match operation:
        case SetRole(email, role):
            member = replace(_member(world, email), role=role)
            world.put(email, _without_lost_default(world, member))
        case SetProjectRole(email, project, role):
            member = _member(world, email)
            world.put(email, replace(member, projects=member.projects.having(project, role)))
        case RemoveProjectRole(email, project):
            member = _member(world, email)
            member = replace(member, projects=member.projects.without(project))
            world.put(email, _without_lost_default(world, member))
        case AddToGroup(email, group):
            member = _member(world, email)
            world.put(email, replace(member, groups=member.groups | {group}))
        case RemoveFromGroup(email, group):
            _leave_group(world, _member(world, email), group)
        case SetName(email, name):
            world.put(email, replace(_member(world, email), name=name))
        case SetTeam(email, team):
            world.put(email, replace(_member(world, email), team=team))
        case SetAccount(email, service, None):
            world.drop_accounts(email, service)
        case SetAccount(email, service, str(account)):
            world.put_account(Account(service=service, name=account, email=email))
        case SetDefaultProject(email, default):
            world.put(email, replace(_member(world, email), default_project=default))
        case JoinSpace(email, space):
            member = _member(world, email)
            world.put(email, replace(member, spaces=member.spaces | {space}))
        case LeaveSpace(email, space):
            member = _member(world, email)
            world.put(email, replace(member, spaces=member.spaces - {space}))
        case _:
            raise AssertionError(f"no meaning for {operation!r}")


def _member(world: World, email: Email) -> Member:
    member = world.member(email)
    if member is None:
        raise AssertionError(f"{email} is judged to exist before anything is done to them")
    return member


def _leave_group(world: World, member: Member, group: str) -> None:
    left = replace(member, groups=member.groups - {group})
    world.put(member.email, _without_lost_default(world, left))


def _without_lost_default(world: World, member: Member) -> Member:
    default = member.default_project
    if default is not None and world.effective_role(member, default) is None:
        return replace(member, default_project=None)
    return member


def _clear_lost_defaults(world: World, emails: Iterable[Email], project: str) -> None:
    for member in list(world.people(emails)):
        if member.default_project == project:
            world.put(member.email, _without_lost_default(world, member))
