"""The live organization as the YAML that declares exactly it: how an organization is adopted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reconciler.desired.documents import API_VERSION
from reconciler.desired.emit import in_order, listed, mapped, scalar, value
from reconciler.desired.state import Manage
from reconciler.model.accounts import Account, by_person
from reconciler.model.email import Email
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
    accounts = by_person(frame.accounts.values())
    if not files:
        lines = [*head(frame, ()), *groups_section(frame), *members_section(inside, accounts),
                 *asking_section(asking)]
        return {"org.yaml": text_of(lines)}
    texts: dict[str, str] = {}
    if frame.groups:
        texts["groups.yaml"] = part(groups_section(frame))
    for bucket, some in sorted(buckets(inside).items()):
        texts[f"members/{bucket}.yaml"] = part(members_section(some, accounts))
    include = [*(["groups.yaml"] if frame.groups else []),
               *(["members/*.yaml"] if inside else [])]
    return {"org.yaml": text_of([*head(frame, include), *asking_section(asking)]), **texts}


def text_of(lines: Iterable[str]) -> str:
    """Lines as a file."""
    return "\n".join(lines).strip("\n") + "\n"


def part(lines: Iterable[str]) -> str:
    """Sections as an included file."""
    return text_of([f"apiVersion: {API_VERSION}", *lines])


def head(frame: Frame, include: Iterable[str]) -> Iterator[str]:
    """All of the root file but groups and people."""
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
    yield from managed()
    for section, entries in (("projects", frame.projects), ("team_spaces", frame.spaces)):
        if entries:
            yield ""
            yield f"{section}:"
            for id_ in in_order(entries):
                yield f"  {scalar(id_)}: {{name: {scalar(entries[id_].name)}}}"
    if frame.teams:
        yield ""
        yield from listed("", "teams", frame.teams)


def managed() -> Iterator[str]:
    """How far each section speaks, as built in."""
    yield "manage:"
    modes = Manage()
    yield from (f"  {section}: {getattr(modes, section)}" for section in _MANAGED)


def groups_section(frame: Frame) -> Iterator[str]:
    """The groups; nothing where there are none."""
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


def members_section(
    members: list[Member], accounts: Mapping[Email, list[Account]]
) -> Iterator[str]:
    """The members, in the order given, with the accounts that speak for them."""
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
        if member.email in accounts:
            yield from mapped("    ", "accounts",
                              {a.service: a.name for a in accounts[member.email]})


def asking_section(asking: list[Member]) -> Iterator[str]:
    """Who asked to join, as a comment."""
    if not asking:
        return
    yield ""
    yield "# These people asked to join and are no members yet; `reconciler live approve` or"
    yield "# `reconciler live deny` decides:"
    yield from (f"#   {scalar(member.email)}" for member in asking)


def buckets(members: list[Member]) -> dict[str, list[Member]]:
    """Members by the name of a file: by letter, or by digest where they are many."""
    by_letter = len(members) <= LETTERS_UP_TO
    made: dict[str, list[Member]] = {}
    for member in members:
        first = member.email[0]
        if by_letter:
            bucket = first if first.isascii() and first.isalnum() else "other"
        else:
            bucket = hashlib.sha256(member.email.encode()).hexdigest()[:2]
        made.setdefault(bucket, []).append(member)
    return made
