"""Say in a few words what an operation does, from its before- and after-image."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from reconciler.model.images import CONVERTS, GIVEN_TO, Image
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
    GroupOperation,
    Invite,
    Join,
    JoinSpace,
    LeaveSpace,
    Login,
    MigrateDomain,
    Operation,
    PersonOperation,
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
from reconciler.model.organization import Access
from reconciler.model.policy import BUILT_IN, to_document
from reconciler.model.roles import RANK, Role, default_role
from reconciler.reports.migration import migration_text
from reconciler.reports.words import content, content_total, counted, listed, named, quoted


class Sign(enum.StrEnum):
    """What happens, in one character."""

    ADD = "+"
    CHANGE = "~"
    REMOVE = "-"
    MOVE = ">"

    # Enum hashes by name in Python code; this one is counted and looked up for every change.
    __hash__ = str.__hash__


class Said(NamedTuple):
    """One operation in words, without its subject."""

    sign: Sign
    text: str


def describe(operation: Operation, before: Image, after: Image, *, most: int = 0) -> Said:
    """What the operation does, as `~ role: user -> admin`; unescaped. Of more groups, team spaces
    or people than `most` the rest is counted; 0 names all."""
    match operation:
        case Invite():
            return Said(Sign.ADD, f"invite as {access_text(operation.access, most)}")
        case Approve(_, access):
            return Said(Sign.ADD, f"approve the request, as {access_text(access, most)}")
        case PersonOperation():
            return _of_person(operation, before, after)
        case GroupOperation():
            return _of_group(operation, before, after)
        case ChangeSetting(setting, _):
            said = _converting(_moved("", before, after, setting), before, after, most)
            return _clearing(said, before, after, most)
        case TransferContent(source, receiver):
            return Said(Sign.MOVE, f"content of {source or 'nobody'} to {receiver}: "
                        f"{_content(before)}; cannot be undone")
        case MigrateDomain(_, new):
            return Said(Sign.CHANGE, migration_text(new, before))
        case CreateProject(_, name) | CreateSpace(_, name):
            return Said(Sign.ADD, f"create, named {quoted(name)}")
        case RenameProject():
            return _moved("name", before, after, "project", free=True)
        case RenameSpace():
            return _moved("name", before, after, "team_space", free=True)
        case CreateTeam():
            return Said(Sign.ADD, "create")
        case SetPolicy():
            return policy_said(before, after)
        case AllowLimit(_, count, reason):
            return Said(Sign.CHANGE, f"allow {count:,} in this run: {quoted(reason)}")
        case AddContent(item):
            return Said(Sign.ADD, f"add {item.kind} {quoted(item.title)} in {named(item.project)}, "
                        f"owned by {item.owner or 'nobody'}")
        case _:
            return Said(Sign.CHANGE, operation.kind.replace("-", " "))


def described(
    operation: Operation, before: Image, after: Image, *, most: int = 0
) -> tuple[Sign, Callable[[], str]]:
    """The same, in words only when they are asked for where these cost the most."""
    if isinstance(operation, Invite):
        return Sign.ADD, lambda: describe(operation, before, after, most=most).text
    said = describe(operation, before, after, most=most)
    return said.sign, lambda: said.text


def access_text(access: Access, most: int = 0) -> str:
    """What an invitation carries: `user; web viewer, ios member; group analysts`."""
    return _grants(access.role, access.projects, sorted(access.groups), sorted(access.spaces),
                   access.team, access.default_project, most)


def image_text(member: Mapping[str, Any]) -> str:
    """What the image of a member holds, in the same words."""
    return _grants(member.get("role", ""), member.get("projects", {}), member.get("groups", ()),
                   member.get("team_spaces", ()), member.get("team"),
                   member.get("default_project"))


def _grants(
    role: str, projects: Mapping[str, str], groups: Any, spaces: Any, team: str | None,
    default: str | None, most: int = 0,
) -> str:
    parts = [str(role)]
    if projects:
        parts.append(roles_text(projects))
    if groups:
        parts.append(f"group{'' if len(groups) == 1 else 's'} "
                     f"{listed([named(g) for g in groups], most=most)}")
    if spaces:
        parts.append(f"team space{'' if len(spaces) == 1 else 's'} "
                     f"{listed([named(s) for s in spaces], most=most)}")
    if team is not None:
        parts.append(f"team {named(team)}")
    if default is not None:
        parts.append(f"default {named(default)}")
    return "; ".join(parts)


def roles_text(projects: Mapping[str, str]) -> str:
    """`web viewer, ios member`."""
    return ", ".join([f"{named(p)} {projects[p]}" for p in sorted(projects)])


def _of_person(operation: PersonOperation, before: Image, after: Image) -> Said:
    match operation:
        case SetRole():
            return _clearing(_moved("role", before, after, "role"), before, after)
        case SetProjectRole(_, project, _) | RemoveProjectRole(_, project):
            said = _moved(f"role on {named(project)}", before, after, "project_role")
            return _clearing(said, before, after)
        case AddToGroup(_, group):
            return Said(Sign.ADD, f"group {named(group)}")
        case RemoveFromGroup(_, group):
            return _clearing(Said(Sign.REMOVE, f"group {named(group)}"), before, after)
        case SetName():
            return _moved("name", before, after, "name", free=True)
        case SetTeam():
            return _moved("team", before, after, "team")
        case SetAccount(_, service):
            return _account_moved(operation, service, before, after)
        case SetDefaultProject():
            return _moved("default project", before, after, "default_project")
        case JoinSpace(_, space):
            return Said(Sign.ADD, f"team space {named(space)}")
        case LeaveSpace(_, space):
            return Said(Sign.REMOVE, f"team space {named(space)}")
        case RemoveMember() | Revoke() | Deny():
            return _leaving(operation, before)
        case _:
            return _standing(operation, after)


def _account_moved(
    operation: SetAccount, service: str, before: Image, after: Image
) -> Said:
    """Which account speaks for them, and whom it spoke for."""
    sign = _moved("", before, after, "account").sign
    # With its service, so that an account that is called none is not read as none.
    had, has = (f"{named(service)}:{named(name)}" if name is not None else "none"
                for name in (before.get("account"), after.get("account")))
    other = before.get("speaks_for")
    spoke = f" (speaks for {other} no more)" if other not in (None, operation.email) else ""
    return Said(sign, f"account: {had} -> {has}{spoke}")


def _leaving(operation: PersonOperation, before: Image) -> Said:
    member = before.get("member")
    had = f" (was {image_text(member)})" if member else ""
    match operation:
        case Revoke():
            return Said(Sign.REMOVE, f"revoke the invitation{had}")
        case Deny():
            return Said(Sign.REMOVE, "deny the request")
        case _:
            orphans = before.get("content")
            lost = f"; {_content(before)} become{'s' if _one(before) else ''} unassigned"
            return Said(Sign.REMOVE, f"remove{had}{lost if orphans else ''}")


def _standing(operation: PersonOperation, after: Image) -> Said:
    match operation:
        case Join():
            return Said(Sign.ADD, "joined")
        case Login():
            return Said(Sign.CHANGE, "logged in")
        case RequestAccess():
            return Said(Sign.ADD, "asked to join")
        case Resend():
            return Said(Sign.CHANGE, "invitation sent again "
                        f"(sent {counted(after.get('invitations_sent', 0), 'time')})")
        case _:
            return Said(Sign.CHANGE, operation.kind.replace("-", " "))


def _of_group(operation: GroupOperation, before: Image, after: Image) -> Said:
    match operation:
        case CreateGroup(_, description, projects, spaces):
            gives = [roles_text(projects)] if projects else []
            if spaces:
                gives.append(f"team spaces {listed([named(s) for s in sorted(spaces)])}")
            if description:
                gives.append(quoted(description))
            return Said(Sign.ADD, f"create{': ' if gives else ''}{'; '.join(gives)}")
        case DeleteGroup():
            group = before.get("group") or {}
            gave = f", gave {roles_text(group['projects'])}" if group.get("projects") else ""
            # Members whose leaving is planned have left by now, each with a line of their own.
            members = before.get("members", 0)
            had = f"had {counted(members, 'member')}" if members else "everybody has left by then"
            return _clearing(Said(Sign.REMOVE, f"delete ({had}{gave})"), before, after)
        case DescribeGroup():
            return _moved("description", before, after, "description", free=True)
        case SetGroupRole(_, project, _) | RemoveGroupRole(_, project):
            said = _moved(f"role on {named(project)}", before, after, "group_role")
            return _clearing(_given(said, before), before, after)
        case AddGroupSpace(_, space):
            return _given(Said(Sign.ADD, f"team space {named(space)}"), before)
        case RemoveGroupSpace(_, space):
            return Said(Sign.REMOVE, f"team space {named(space)}")
        case _:
            return Said(Sign.CHANGE, operation.kind.replace("-", " "))


def _given(said: Said, before: Image) -> Said:
    """With how many people get it, where a group gets more."""
    people = before.get(GIVEN_TO)
    if people is None:
        return said
    count = len(people) if isinstance(people, list) else people["members"]
    return Said(said.sign, f"{said.text} (for {counted(count, 'member')})")


def _moved(
    label: str, before: Image, after: Image, field: str, *, free: bool = False
) -> Said:
    old, new = before.get(field), after.get(field)
    shown = quoted if free else _value
    sign = Sign.ADD if old is None else Sign.REMOVE if new is None else Sign.CHANGE
    lead = f"{label}: " if label else ""
    return Said(sign, f"{lead}{shown(old)} -> {shown(new)}")


def _value(value: Any) -> str:
    match value:
        case None:
            return "none"
        case True:
            return "on"
        case False:
            return "off"
        case "":
            return '""'
        case _:
            return named(str(value))


def policy_said(before: Image, after: Image) -> Said:
    """What another policy says otherwise; of the first one, otherwise than the built-in one."""
    old, new = before.get("policy"), after.get("policy") or {}
    than = to_document(BUILT_IN) if old is None else old
    said = [f"{key.replace('_', ' ')} {_policy_value(new[key])}" for key in sorted(new)
            if than.get(key) != new[key]]
    return Said(Sign.ADD if old is None else Sign.CHANGE,
                "; ".join(said) or "keep one that says no more than what is built in")


def _policy_value(value: Any) -> str:
    match value:
        case dict():
            return ", ".join(
                f"{named(key)} " + " or ".join(
                    f"{v} %" if kind == "percent" else f"{v}" for kind, v in caps.items())
                for key, caps in value.items()) or "none"
        case list():
            return listed([named(v) for v in value]) or "none"
        case None:
            return "not stated"
        case bool():
            return "on" if value else "off"
        case _:
            return named(str(value))


def _converting(said: Said, before: Image, after: Image, most: int) -> Said:
    """The same, and who gets another role by a switch: those who had most come first."""
    people = before.get(CONVERTS)
    if not people:
        return said
    switch = bool(after.get("project_level_permissions"))
    by_role: dict[str, list[str]] = {}
    for email in sorted(people, key=lambda e: (-RANK[Role(people[e])], e)):
        by_role.setdefault(people[email], []).append(email)
    groups = [f"{counted(len(emails), role)} ({listed(emails, most=most)})"
              for role, emails in by_role.items()]
    return Said(said.sign, f"{said.text}; become {default_role(switch)}: {', '.join(groups)}")


def _clearing(said: Said, before: Image, after: Image, most: int | None = None) -> Said:
    """The same, and whose default project goes with it (R05); by name if `most` is given."""
    default = before.get("default_project")
    if default is not None and after.get("default_project") is None:
        return Said(said.sign, f"{said.text}; clears the default project {named(default)}")
    others = before.get("default_projects")
    if others and not after.get("default_projects"):
        number = others if isinstance(others, int) else len(others)
        of = "1 person" if number == 1 else f"{number:,} people"
        names = "" if most is None or isinstance(others, int) else (
            f" ({listed(sorted(others), most=most)})")
        return Said(said.sign, f"{said.text}; clears the default project of {of}{names}")
    return said


def _content(before: Image) -> str:
    counts = before.get("content") or {}
    total = content_total(counts)
    return f"{counted(total, 'item')} ({content(counts)})" if counts else "no items"


def _one(before: Image) -> bool:
    return content_total(before.get("content") or {}) == 1
