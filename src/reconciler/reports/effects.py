"""What an operation does to access on single projects, in a few words for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.images import GIVES, Image
from reconciler.model.operations import (
    AddToGroup,
    Approve,
    CreateGroup,
    CreateProject,
    DeleteGroup,
    Invite,
    Operation,
    RemoveGroupRole,
    RemoveMember,
    RemoveProjectRole,
    RenameProject,
    Revoke,
    SetDefaultProject,
    SetGroupRole,
    SetProjectRole,
    TransferContent,
)
from reconciler.reports.view import Effect
from reconciler.reports.words import counted, named, quoted


def effects(operation: Operation, before: Image, after: Image) -> Iterator[Effect]:
    """By project, in order; nothing for what touches no single one."""
    match operation:
        case Invite(_, access) | Approve(_, access):
            said = "invite" if isinstance(operation, Invite) else "approve"
            yield from _each(access.projects, f"{said}: ")
        case SetProjectRole(_, project, _) | RemoveProjectRole(_, project):
            yield _role(project, before, after, "project_role")
        case SetGroupRole(_, project, _) | RemoveGroupRole(_, project):
            yield _role(project, before, after, "group_role")
        case CreateGroup(projects=projects):
            yield from _each(projects, "create: gives ")
        case DeleteGroup():
            yield from _each((before.get("group") or {}).get("projects", {}), "delete: gave ")
        case AddToGroup(_, group):
            given = (before.get(GIVES) or {}).get(group, {}).get("projects", {})
            if isinstance(given, Mapping):
                yield from _each(given, f"group {named(group)}: ")
        case RemoveMember() | Revoke():
            said = "remove" if isinstance(operation, RemoveMember) else "revoke"
            yield from _each((before.get("member") or {}).get("projects", {}), f"{said}: was ")
        case TransferContent(_, receiver):
            for project, kinds in (before.get("content") or {}).items():
                items = counted(sum(kinds.values()), "item")
                yield Effect(project, f"{items} to {receiver}")
        case SetDefaultProject(_, project) if project is not None:
            yield Effect(project, "default project")
        case CreateProject(project, name):
            yield Effect(project, f"create, named {quoted(name)}")
        case RenameProject(project, name):
            yield Effect(project, f"name: {quoted(before.get('project'))} -> {quoted(name)}")
        case _:
            return


def _each(projects: Mapping[str, Any], lead: str) -> Iterator[Effect]:
    for project in sorted(projects):
        yield Effect(project, f"{lead}{projects[project]}")


def _role(project: str, before: Image, after: Image, field: str) -> Effect:
    old, new = before.get(field), after.get(field)
    return Effect(project, f"role: {old or 'none'} -> {new or 'none'}")
