"""The live organization as the YAML that declares exactly it: how an organization is adopted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from reconciler.desired.documents import API_VERSION
from reconciler.desired.emit import in_order, listed, mapped, scalar, value
from reconciler.desired.state import Manage
from reconciler.model.organization import Group, Member, MemberState
from reconciler.model.world import Frame

LETTERS_UP_TO: Final = 5_000
"""More members than this are spread over 256 files by a digest of their email, not by letter."""
_SETTINGS: Final = (
    "name", "project_level_permissions", "access_requests", "sso", "managers_may_invite",
    "managers_may_approve_requests", "receiver_access")
_MANAGED: Final = ("members", "groups", "project_roles", "default_projects", "team_spaces")


def export_yaml(frame: Frame, members: Iterable[Member], *, files: bool) -> dict[str, str]:
    """Texts by file name: all in org.yaml, or, with `files`, groups.yaml and members/*.yaml
    beside it. Planned against the same organization they change nothing.

    People who only asked to join are named in a comment: they are not members yet. Everything is
    sorted, so the same organization gives the same bytes.
    """
    people = sorted(members, key=lambda m: m.email)
    inside = [m for m in people if m.state is not MemberState.REQUESTED]
    asking = [m for m in people if m.state is MemberState.REQUESTED]
    if not files:
        lines = [*_head(frame, ()), *_groups(frame), *_members(inside), *_asking(asking)]
        return {"org.yaml": _text(lines)}
    texts: dict[str, str] = {}
    if frame.groups:
        texts["groups.yaml"] = _text([f"apiVersion: {API_VERSION}", *_groups(frame)])
    for bucket, some in sorted(_buckets(inside).items()):
        texts[f"members/{bucket}.yaml"] = _text([f"apiVersion: {API_VERSION}", *_members(some)])
    include = [*(["groups.yaml"] if frame.groups else []),
               *(["members/*.yaml"] if inside else [])]
    head = [*_head(frame, include), *_asking(asking)]
    return {"org.yaml": _text(head), **texts}


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip("\n") + "\n"


def _head(frame: Frame, include: Iterable[str]) -> Iterator[str]:
    settings = frame.settings
    yield f"apiVersion: {API_VERSION}"
    yield f"organization: {scalar(frame.organization)}"
    yield f"tier: {settings.tier}"
    yield ""
    yield "settings:"
    for setting in _SETTINGS:
        stated = getattr(settings, setting)
        if stated != "":
            yield f"  {setting}: {value(stated if isinstance(stated, bool) else str(stated))}"
    if include:
        yield ""
        yield "include:"
        yield from (f'  - "{pattern}"' for pattern in include)
    yield ""
    yield "manage:"
    modes = Manage()
    yield from (f"  {section}: {getattr(modes, section)}" for section in _MANAGED)
    for section, entries in (("projects", frame.projects), ("team_spaces", frame.spaces)):
        if entries:
            yield ""
            yield f"{section}:"
            for id_ in in_order(entries):
                yield f"  {scalar(id_)}: {{name: {scalar(entries[id_].name)}}}"
    if frame.teams:
        yield ""
        yield from listed("", "teams", frame.teams)


def _groups(frame: Frame) -> Iterator[str]:
    if not frame.groups:
        return
    yield ""
    yield "groups:"
    for name in in_order(frame.groups):
        yield from _group(frame.groups[name])


def _group(group: Group) -> Iterator[str]:
    lines = [f"    description: {scalar(group.description)}"] if group.description else []
    if group.projects:
        lines += mapped("    ", "projects", dict(group.projects))
    if group.spaces:
        lines += listed("    ", "team_spaces", group.spaces)
    yield f"  {scalar(group.id)}:{'' if lines else ' {}'}"
    yield from lines


def _members(members: list[Member]) -> Iterator[str]:
    yield ""
    yield "members:" if members else "members: {}"
    for member in members:
        yield f"  {scalar(member.email)}:"
        if member.name is not None:
            yield f"    name: {scalar(member.name)}"
        yield f"    role: {member.role}"
        if member.team is not None:
            yield f"    team: {scalar(member.team)}"
        if member.groups:
            yield from listed("    ", "groups", member.groups)
        if member.projects:
            yield from mapped("    ", "projects", dict(member.projects))
        if member.default_project is not None:
            yield f"    default_project: {scalar(member.default_project)}"
        if member.spaces:
            yield from listed("    ", "team_spaces", member.spaces)


def _asking(asking: list[Member]) -> Iterator[str]:
    if not asking:
        return
    yield ""
    yield "# These people asked to join and are no members yet; `reconciler live approve` or"
    yield "# `reconciler live deny` decides:"
    yield from (f"#   {scalar(member.email)}" for member in asking)


def _buckets(members: list[Member]) -> dict[str, list[Member]]:
    by_letter = len(members) <= LETTERS_UP_TO
    buckets: dict[str, list[Member]] = {}
    for member in members:
        first = member.email[0]
        if by_letter:
            bucket = first if first.isascii() and first.isalnum() else "other"
        else:
            bucket = hashlib.sha256(member.email.encode()).hexdigest()[:2]
        buckets.setdefault(bucket, []).append(member)
    return buckets
