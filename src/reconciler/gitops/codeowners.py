"""CODEOWNERS out of what is declared: who is asked to review a change to which file.

Org admins own everything. A file that does nothing but give people roles on projects is owned,
beside them, by whoever manages all of these projects. It is a first sieve: who must have approved
which change, rule L11 says of every single one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.desired.state import DesiredMember, DesiredState, Ending, Placed
from reconciler.model.accounts import GITHUB
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from reconciler.model.roles import PROJECT_ROLES, Role, at_least

MADE_BY: Final = "# Made by `reconciler codeowners`"
"""How a file of ours begins."""
MAX_BYTES: Final = 3 * 1024 * 1024
"""GitHub ignores a larger file."""

# What a pattern can hold so that it means one file. GitHub reads [ ] and ! and a # in no way that
# gives a path back, and * and ? as others than themselves.
_WRITABLE: Final = re.compile(r"[^#\[\]!*?\\\"\x00-\x1f\x7f]+")
_OWNER: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Codeowners:
    """The text of the file; files that managers would own, if a pattern could name them, and which
    are left to the org admins; and owners whose address cannot be written."""

    text: str
    unwritable_files: tuple[str, ...] = ()
    unwritable_owners: tuple[Email, ...] = ()


def codeowners(
    state: DesiredState, *, folder: str, command: str, automation: Collection[Email] = ()
) -> Codeowners:
    """The CODEOWNERS of the repository in which the files of a state are.

    `folder` is the way from the root of the repository to the root file's folder, with its slash,
    or empty; `command` makes the text again. A role with an end makes nobody an owner, so that the
    text is the same on every day, and `automation` reviews nothing. Raises InvalidInput where
    nobody would own the files, and where GitHub would ignore CODEOWNERS for its size.
    """
    owning = _Owning(state, automation)
    if not owning.named(owning.admins):
        raise InvalidInput(
            "no org admin is declared who could own the files: none without an end, who is no "
            "automation, and whose address CODEOWNERS can hold",
            how="declare one, or name the account of one: accounts: {github: LOGIN}")
    lines, unwritable = _lines(owning, folder)
    text = "\n".join([
        f"{MADE_BY}. Do not edit it: change the access, and run", f"# {command}", "",
        "# Org admins own everything. A later line takes the place of an earlier one.",
        f"* {' '.join(owning.named(owning.admins))}",
        *(["", "# Whoever manages a project owns the files that give roles on it alone."]
          if lines else []),
        *lines, ""])
    if len(text.encode()) > MAX_BYTES:
        raise InvalidInput(
            f"CODEOWNERS would be {len(text.encode()):,} bytes long, and GitHub ignores one of "
            f"more than {MAX_BYTES:,}", how="declare fewer managers, or more people in each file")
    return Codeowners(text=text, unwritable_files=tuple(unwritable),
                      unwritable_owners=owning.unwritable())


def _lines(owning: _Owning, folder: str) -> tuple[list[str], list[str]]:
    """A line for each file that managers own too, in order of name, and the files of which no line
    can be written."""
    lines, unwritable = [], []
    for name, managers in owning.files():
        path = folder + name
        if not _WRITABLE.fullmatch(path):
            unwritable.append(path)
            continue
        escaped = path.replace(" ", "\\ ")
        lines.append(f"/{escaped} {' '.join(owning.named(managers | owning.admins))}")
    return lines, unwritable


class _Owning:
    """Who owns what of a state."""

    def __init__(self, state: DesiredState, automation: Collection[Email]) -> None:
        self._state = state
        # Not stated it is as in the live organization: on, where there are roles on projects.
        self._project_level = state.settings.get(
            "project_level_permissions", any(m.projects for m in state.members.values())) is True
        self._logins = {a.email: a.name for a in state.accounts if a.service == GITHUB}
        self._asked: set[Email] = set()
        self._ended = _Ends(state.endings)
        self._people = [m for m in state.members.values()
                        if m.email not in automation and not self._ended.member(m.email)]
        self.admins = frozenset(m.email for m in self._people if m.role is Role.ADMIN)

    def named(self, people: Iterable[Email]) -> list[str]:
        """People as CODEOWNERS names them, sorted: `@login`, else the address."""
        self._asked.update(people)
        return sorted(name for name in map(self._name, people) if name)

    def unwritable(self) -> tuple[Email, ...]:
        """Whom CODEOWNERS cannot name, of those who were asked for."""
        return tuple(sorted(e for e in self._asked if not self._name(e)))

    def files(self) -> Iterator[tuple[str, frozenset[Email]]]:
        """The files, in order of name, that some managers own beside the org admins."""
        granted = self._granted()
        managers = self._managers(frozenset().union(*granted.values()))
        for name, projects in sorted(granted.items()):
            some = [managers.get(project, frozenset()) for project in projects]
            owners = frozenset.intersection(*some) if some else frozenset()
            if owners - self.admins:
                yield name, owners

    def _name(self, email: Email) -> str:
        login = self._logins.get(email)
        if login is not None:
            return f"@{login}"
        return email if _OWNER.fullmatch(email) else ""

    def _managers(self, projects: Collection[str]) -> Mapping[str, frozenset[Email]]:
        """Who is manager or above on each of these projects; with one role for all projects, on
        _ALL. In large organizations most projects give roles in no file of their own."""
        if not projects:
            return {}
        found: dict[str, set[Email]] = defaultdict(set)
        led = {group.id: some for group in self._state.groups.values()
               if (some := {p for p in _led(group.projects, projects)
                            if not self._ended.group_role(group.id, p)})}
        for member in self._people:
            if self._project_level:
                for project in self._led_by(member, projects, led):
                    found[project].add(member.email)
            elif at_least(member.role, Role.MANAGER):
                found[_ALL].add(member.email)
        return {project: frozenset(people) for project, people in found.items()}

    def _led_by(
        self, member: DesiredMember, projects: Collection[str], led: Mapping[str, Collection[str]]
    ) -> Iterator[str]:
        """Of these projects those that somebody manages without an end, by a direct role or by
        that of a group; `led` are those that groups give."""
        for project in _led(member.projects, projects):
            if not self._ended.role(member.email, project):
                yield project
        for group in member.groups:
            if group in led and not self._ended.membership(member.email, group):
                yield from led[group]

    def _granted(self) -> Mapping[str, Collection[str]]:
        """The projects on which each file gives roles; without the files in which there is anything
        that only org admins decide on, and those that give none."""
        decided_by_admins = {*self._with_more_than_people()}
        granted: dict[int, set[str]] = defaultdict(set)
        for member in self._state.members.values():
            if member.role is Role.ADMIN or member.groups:
                decided_by_admins.add(member.file)
            elif self._project_level:
                granted[member.file].update(member.projects)
            else:
                granted[member.file].add(_ALL)
        return {self._state.files[file]: projects for file, projects in granted.items()
                if projects and file not in decided_by_admins}

    def _with_more_than_people(self) -> Iterator[int]:
        """The files in which something else is declared than members."""
        state = self._state
        yield 0
        entries: Iterable[Placed] = (
            *state.projects.values(), *state.spaces.values(), *state.groups.values(),
            *state.departures.values(), *state.email_changes, *state.denials.values(),
            *state.transfers, *([state.migration] if state.migration else []),
            *state.ignored.values())
        yield from (entry.file for entry in entries)
        yield from (file for file, _ in state.lines.values())


def _led(roles: Mapping[str, Role], projects: Collection[str]) -> Iterator[str]:
    """Of these projects those on which somebody is manager or above."""
    return (p for p, role in roles.items() if role in _MANAGING and p in projects)


class _Ends:
    """What holds only until a day."""

    def __init__(self, endings: Iterable[Ending]) -> None:
        self._all = {(e.section, e.key, e.kind, e.target) for e in endings}
        self._gone = {e.key for e in endings if e.section == "members" and e.kind == "member"}

    def member(self, email: Email) -> bool:
        """Whether somebody's whole membership has an end."""
        return email in self._gone

    def membership(self, email: Email, group: str) -> bool:
        """Whether somebody's membership in a group has one."""
        return ("members", email, "membership", group) in self._all

    def role(self, email: Email, project: str) -> bool:
        """Whether somebody's direct role on a project has one."""
        return ("members", email, "role", project) in self._all

    def group_role(self, group: str, project: str) -> bool:
        """Whether a group's role on a project has one."""
        return ("groups", group, "role", project) in self._all


_MANAGING: Final = frozenset(role for role in PROJECT_ROLES if at_least(role, Role.MANAGER))
_ALL: Final = ""
"""Stands for all projects where there is one role for all of them."""
