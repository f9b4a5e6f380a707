"""Plain values of a well-formed file to the values of the desired state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from sys import intern
from typing import Any, Final, Literal

from reconciler.desired.state import (
    ContentTransfer,
    Departure,
    DesiredGroup,
    DesiredMember,
    DomainMigration,
    EmailChange,
    Ending,
    Ignored,
    Manage,
    Mode,
    Named,
)
from reconciler.model.email import Email, normalize_email
from reconciler.model.organization import ContentKind
from reconciler.model.roles import Role
from reconciler.model.values import NO_ENTRIES, UNSET, FrozenMap

_ROLES: Final[dict[str, Role]] = {str(role): role for role in Role}
_NOBODY: Final[frozenset[str]] = frozenset()
_MEMO_SIZE: Final = 20_000


class Builder:
    """Makes values and shares equal ones: many members are in the same groups.

    Names are interned: each file brings texts of its own, and every rule looks names up.
    """

    def __init__(self, defaults: dict[str, Any]) -> None:
        self._maps: dict[tuple[Any, ...], FrozenMap[str, Role]] = {}
        self._sets: dict[tuple[Any, ...], frozenset[str]] = {(): _NOBODY}
        self._base = DesiredMember(email=Email(""))
        self._base = self._with_defaults(defaults)

    def roles(self, stated: dict[str, Any]) -> FrozenMap[str, Role]:
        """Project roles, whether written short or with a reason."""
        if not stated:
            return NO_ENTRIES
        values = stated.values()
        if dict in map(type, values):
            stated = {k: v["role"] if isinstance(v, dict) else v for k, v in stated.items()}
            values = stated.values()
        key = (*stated, *values)
        made = self._maps.get(key)
        if made is None:
            made = FrozenMap(zip(map(intern, stated), map(_ROLES.__getitem__, values),
                                 strict=True))
            if len(self._maps) < _MEMO_SIZE:
                self._maps[key] = made
        return made

    def names(self, stated: list[Any] | None) -> frozenset[str]:
        """A set of names, whether written short or with an end; null and [] are the empty one."""
        if not stated:
            return _NOBODY
        key = tuple(stated)
        try:
            made = self._sets.get(key)
        except TypeError:  # one of them has an end, and is a mapping
            key = tuple(g["group"] if isinstance(g, dict) else g for g in stated)
            made = self._sets.get(key)
        if made is None:
            made = frozenset(map(intern, key))
            if len(self._sets) < _MEMO_SIZE:
                self._sets[key] = made
        return made

    def member(
        self, email: Email, stated: dict[str, Any] | None, file: int, line: int
    ) -> DesiredMember:
        """A member as stated, with the defaults for what is not."""
        base = self._base
        state = stated or {}
        get = state.get
        return DesiredMember(
            email=email,
            role=_ROLES[state["role"]] if "role" in state else base.role,
            projects=self.roles(state["projects"]) if "projects" in state else base.projects,
            groups=self.names(state["groups"]) if "groups" in state else base.groups,
            spaces=self.names(state["team_spaces"]) if "team_spaces" in state else base.spaces,
            team=get("team", base.team),
            default_project=get("default_project", base.default_project),
            name=get("name", UNSET),
            file=file,
            line=line,
        )

    def group(self, name: str, stated: dict[str, Any] | None, file: int, line: int) -> DesiredGroup:
        """A group as stated."""
        state = stated or {}
        return DesiredGroup(
            id=intern(name), description=state.get("description", ""),
            projects=self.roles(state.get("projects", {})),
            spaces=self.names(state.get("team_spaces")), file=file, line=line)

    def _with_defaults(self, stated: dict[str, Any]) -> DesiredMember:
        return replace(self.member(Email(""), stated, 0, 0), name=UNSET)


def departure(email: Email, stated: dict[str, Any], file: int, line: int) -> Departure:
    """A departure as stated; its receiver is an email that was checked before."""
    receiver = stated.get("transfer_content_to")
    return Departure(
        email=email, transfer_to=None if receiver is None else normalize_email(receiver),
        grant_receiver=stated.get("grant_receiver", False),
        reason=stated.get("reason", ""), file=file, line=line)


def endings(
    section: Literal["members", "groups"], key: str, stated: dict[str, Any] | None,
    file: int, line: int,
) -> Iterator[Ending]:
    """What has an end in the entry of a member or a group; its days were checked before."""
    if not stated:
        return

    def ending(kind: Literal["member", "membership", "role"], target: str, of: Any) -> Ending:
        return Ending(section=section, key=key, kind=kind, target=target,
                      until=date.fromisoformat(of["until"]), reason=of.get("reason", ""),
                      role=Role(of["role"]) if kind == "role" else None, file=file, line=line)

    if "until" in stated:
        yield ending("member", key, stated)
    for group in stated.get("groups", ()):
        if isinstance(group, dict) and "until" in group:
            yield ending("membership", group["group"], group)
    for project, role in stated.get("projects", {}).items():
        if isinstance(role, dict) and "until" in role:
            yield ending("role", project, role)


def email_change(stated: dict[str, Any], file: int, line: int, number: int) -> EmailChange:
    """A change of address as stated; its emails were checked before."""
    return EmailChange(old=normalize_email(stated["from"]), new=normalize_email(stated["to"]),
                       reason=stated.get("reason", ""), file=file, line=line, number=number)


def content_transfer(stated: dict[str, Any], file: int, line: int, number: int) -> ContentTransfer:
    """A transfer of content as stated; its emails were checked before."""
    source = stated["from"]
    return ContentTransfer(
        source=None if source == "unassigned" else normalize_email(source),
        receiver=normalize_email(stated["to"]),
        kinds=frozenset(map(ContentKind, stated.get("kinds", ()))),
        project=stated.get("project"), grant_receiver=stated.get("grant_receiver", False),
        reason=stated.get("reason", ""), file=file, line=line, number=number)


def ignored(what: str, stated: dict[str, Any], file: int, line: int) -> Ignored:
    """Drift that is left alone, as stated."""
    until = date.fromisoformat(stated["until"]) if "until" in stated else None
    return Ignored(what=what, reason=stated["reason"], until=until, file=file, line=line)


def migration(stated: dict[str, Any] | None, line: int) -> DomainMigration | None:
    """The migration that the root file states; domains are compared in lower case."""
    if stated is None:
        return None
    old, new = (normalize_email(f"x@{stated[end]}")[2:] for end in ("from", "to"))
    return DomainMigration(
        old=old, new=new, accept_loss=stated.get("accept_loss_of_personal_spaces", False),
        reason=stated.get("reason", ""), line=line)


def named(id_: str, stated: dict[str, Any] | None, file: int, line: int) -> Named:
    """A project or team space; without a name its id is the name."""
    return Named(id=intern(id_), name=(stated or {}).get("name", id_), file=file, line=line)


def manage(stated: dict[str, str]) -> Manage:
    """The modes of the sections."""
    modes = {section: Mode(mode) for section, mode in stated.items()}
    return Manage(**modes)

