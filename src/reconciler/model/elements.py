"""An organization as single values that can be compared one by one: a role, one membership.

The subject of an element is that of operations (an email, `group:NAME`, ...). A value that is None
is absent: no such role, no such member. Who only asks to join has no elements.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields
from datetime import datetime
from typing import NamedTuple

from reconciler.model.operations import (
    AddGroupSpace,
    AddToGroup,
    Approve,
    ChangeSetting,
    CreateGroup,
    CreateProject,
    CreateSpace,
    CreateTeam,
    DeleteGroup,
    DescribeGroup,
    Invite,
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
    Revoke,
    SetDefaultProject,
    SetGroupRole,
    SetName,
    SetProjectRole,
    SetRole,
    SetTeam,
)
from reconciler.model.organization import Access, Group, Member, MemberState, Settings
from reconciler.model.world import Frame, World

Value = str | bool | None
"""What an element can be; texts of roles and settings, True for a membership."""


class Aspect(enum.StrEnum):
    """Which value of a subject."""

    MEMBERSHIP = "membership"
    ROLE = "role"
    PROJECT_ROLE = "project-role"
    GROUP = "group"
    TEAM_SPACE = "team-space"
    NAME = "name"
    TEAM = "team"
    DEFAULT_PROJECT = "default-project"
    EXISTENCE = "existence"
    DESCRIPTION = "description"
    SETTING = "setting"


class Element(NamedTuple):
    """One value: of whom, which, and on what (the project, group or team space, else empty)."""

    subject: str
    aspect: Aspect
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What the audit log says of who did something: `by` whom, when (UTC), by which operation, as
    which record, and in which run (None: by hand)."""

    by: str
    at: datetime
    how: str
    sequence: int
    run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """An element that is not as the last run left it. `trace` None: the log has no record of it."""

    element: Element
    before: Value
    after: Value
    trace: Trace | None = None


Elements = dict[Element, Value]
_TARGETED = {Aspect.PROJECT_ROLE: "role on", Aspect.GROUP: "group", Aspect.TEAM_SPACE: "team space"}


def said(element: Element) -> str:
    """An element in words, without whose it is: `role on web`, `group analysts`."""
    if element.aspect in _TARGETED:
        return f"{_TARGETED[element.aspect]} {element.target}"
    return str(element.aspect).replace("-", " ")


def moved_in_words(movement: Movement) -> str:
    """What moved, from what to what: `role on web: viewer -> admin`."""
    element, old, new = movement.element, movement.before, movement.after
    if True in (old, new) and element.aspect is not Aspect.SETTING:
        return f"{said(element)}: {'added' if new else 'removed'}"
    return f"{said(element)}: {_shown(old)} -> {_shown(new)}"


def _shown(value: Value) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else value


def of_member(member: Member | None) -> Elements:
    """All that somebody has who is invited or has joined."""
    if member is None or member.state is MemberState.REQUESTED:
        return {}
    email = member.email
    made: Elements = {Element(email, Aspect.MEMBERSHIP): True,
                      Element(email, Aspect.ROLE): str(member.role)}
    _granted(made, email, member)
    return made


def of_group(group: Group | None) -> Elements:
    """A group with what it gives."""
    if group is None:
        return {}
    subject = f"group:{group.id}"
    made: Elements = {Element(subject, Aspect.EXISTENCE): True,
                      Element(subject, Aspect.DESCRIPTION): group.description}
    for project, role in group.projects.items():
        made[Element(subject, Aspect.PROJECT_ROLE, project)] = str(role)
    for space in group.spaces:
        made[Element(subject, Aspect.TEAM_SPACE, space)] = True
    return made


def of_frame(frame: Frame | World) -> Elements:
    """Everything but people: settings, projects, team spaces, teams and groups."""
    made: Elements = of_settings(frame.settings)
    for project in frame.projects.values():
        made[Element(f"project:{project.id}", Aspect.NAME)] = project.name
    for space in frame.spaces.values():
        made[Element(f"team-space:{space.id}", Aspect.NAME)] = space.name
    for team in frame.teams:
        made[Element(f"team:{team}", Aspect.EXISTENCE)] = True
    for group in frame.groups.values():
        made |= of_group(group)
    return made


def of_settings(settings: Settings) -> Elements:
    """Every setting, the tier among them."""
    made: Elements = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        made[Element(f"setting:{field.name}", Aspect.SETTING)] = (
            value if isinstance(value, bool) else str(value))
    return made


def of_operation(operation: Operation) -> Elements:
    """What an operation makes of the elements that it is about; one that takes a person or a group
    away names their existence alone. Empty for what changes no element (a login)."""
    subject = operation.subject
    match operation:
        case Invite(email, access) | Approve(email, access):
            made: Elements = {Element(email, Aspect.MEMBERSHIP): True,
                              Element(email, Aspect.ROLE): str(access.role)}
            _granted(made, email, access)
            return made
        case RemoveMember() | Revoke():
            return {Element(subject, Aspect.MEMBERSHIP): None}
        case SetRole(_, role):
            return {Element(subject, Aspect.ROLE): str(role)}
        case SetProjectRole(_, project, role) | SetGroupRole(_, project, role):
            return {Element(subject, Aspect.PROJECT_ROLE, project): str(role)}
        case RemoveProjectRole(_, project) | RemoveGroupRole(_, project):
            return {Element(subject, Aspect.PROJECT_ROLE, project): None}
        case AddToGroup(_, group):
            return {Element(subject, Aspect.GROUP, group): True}
        case RemoveFromGroup(_, group):
            return {Element(subject, Aspect.GROUP, group): None}
        case JoinSpace(_, space) | AddGroupSpace(_, space):
            return {Element(subject, Aspect.TEAM_SPACE, space): True}
        case LeaveSpace(_, space) | RemoveGroupSpace(_, space):
            return {Element(subject, Aspect.TEAM_SPACE, space): None}
        case SetName(_, name):
            return {Element(subject, Aspect.NAME): name}
        case SetTeam(_, team):
            return {Element(subject, Aspect.TEAM): team}
        case SetDefaultProject(_, project):
            return {Element(subject, Aspect.DEFAULT_PROJECT): project}
        case _:
            return _of_organization(operation)


def _of_organization(operation: Operation) -> Elements:
    subject = operation.subject
    match operation:
        case CreateGroup(name, description, projects, spaces):
            return of_group(Group(id=name, description=description, projects=projects,
                                  spaces=spaces))
        case DeleteGroup():
            return {Element(subject, Aspect.EXISTENCE): None}
        case DescribeGroup(_, description):
            return {Element(subject, Aspect.DESCRIPTION): description}
        case CreateTeam():
            return {Element(subject, Aspect.EXISTENCE): True}
        case (CreateProject(_, name) | RenameProject(_, name)
              | CreateSpace(_, name) | RenameSpace(_, name)):
            return {Element(subject, Aspect.NAME): name}
        case ChangeSetting(_, value):
            return {Element(subject, Aspect.SETTING): value}
        case _:
            return {}


def _granted(made: Elements, email: str, held: Member | Access) -> None:
    for project, role in held.projects.items():
        made[Element(email, Aspect.PROJECT_ROLE, project)] = str(role)
    for group in held.groups:
        made[Element(email, Aspect.GROUP, group)] = True
    for space in held.spaces:
        made[Element(email, Aspect.TEAM_SPACE, space)] = True
    for aspect, value in ((Aspect.NAME, held.name), (Aspect.TEAM, held.team),
                          (Aspect.DEFAULT_PROJECT, held.default_project)):
        if value is not None:
            made[Element(email, aspect)] = value
