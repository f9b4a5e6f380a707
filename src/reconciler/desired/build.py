"""Plain values of a well-formed file to the values of the desired state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from reconciler.desired.state import (
    Departure,
    DesiredGroup,
    DesiredMember,
    Manage,
    Mode,
    Named,
)
from reconciler.model.email import Email, normalize_email
from reconciler.model.roles import Role
from reconciler.model.values import NO_ENTRIES, UNSET, FrozenMap

_ROLES: Final[dict[str, Role]] = {str(role): role for role in Role}
_NOBODY: Final[frozenset[str]] = frozenset()
_MEMO_SIZE: Final = 20_000


class Builder:
    """Makes values and shares equal ones: many members are in the same groups."""

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
            made = FrozenMap(zip(stated, map(_ROLES.__getitem__, values), strict=True))
            if len(self._maps) < _MEMO_SIZE:
                self._maps[key] = made
        return made

    def names(self, stated: list[str] | None) -> frozenset[str]:
        """A set of names; null and [] are the empty one."""
        if not stated:
            return _NOBODY
        key = tuple(stated)
        made = self._sets.get(key)
        if made is None:
            made = frozenset(key)
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
            id=name, description=state.get("description", ""),
            projects=self.roles(state.get("projects", {})),
            spaces=self.names(state.get("team_spaces")), file=file, line=line)

    def _with_defaults(self, stated: dict[str, Any]) -> DesiredMember:
        return replace(self.member(Email(""), stated, 0, 0), name=UNSET)


def departure(email: Email, stated: dict[str, Any], file: int, line: int) -> Departure:
    """A departure as stated; its receiver is an email that was checked before."""
    receiver = stated.get("transfer_content_to")
    return Departure(
        email=email, transfer_to=None if receiver is None else normalize_email(receiver),
        reason=stated.get("reason", ""), file=file, line=line)


def named(id_: str, stated: dict[str, Any] | None, file: int, line: int) -> Named:
    """A project or team space; without a name its id is the name."""
    return Named(id=id_, name=(stated or {}).get("name", id_), file=file, line=line)


def manage(stated: dict[str, str]) -> Manage:
    """The modes of the sections."""
    modes = {section: Mode(mode) for section, mode in stated.items()}
    return Manage(**modes)

