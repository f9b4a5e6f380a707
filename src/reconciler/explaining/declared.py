"""Where the files grant an access, and the smallest edit that takes it away."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any, NamedTuple

from reconciler.desired.finding_lines import Entry, Texts
from reconciler.explaining.access import Access, Source, Way
from reconciler.model.email import Email
from reconciler.model.finding import Location

_SECTION_OF = {Way.GROUP: "groups", Way.DIRECT: "project_roles", Way.ORGANIZATION: "members"}


class Declared(NamedTuple):
    """One source of an access in the files: the lines that grant it (none: they do not, or it is
    not known), and what takes it away, as it is to be typed or done."""

    places: tuple[str, ...]
    way_out: str
    differs: str = ""
    """What is declared instead, where the live store has something else."""


class Files:
    """The files at a path, as far as they say what somebody may do; None: there are none.
    `folder` is put before their names."""

    def __init__(
        self, path: str | None, email: Email, found: Iterable[Access], *, folder: str,
        by_project: bool,
    ) -> None:
        self._path, self._email, self._folder = path, email, folder
        self._by_project = by_project
        self._own: Entry | None = None
        self._groups: dict[str, Entry | None] = {}
        self._head: dict[str, Any] = {}
        if path is None:
            return
        texts = Texts(path)
        self._head = texts.head
        self._own = texts.entry("members", email)
        for group in sorted({s.group for a in found for s in a.sources if s.group}):
            self._groups[group] = texts.entry("groups", group)

    def of(self, access: Access, source: Source) -> Declared:
        """Where a source is declared, and the smallest edit that takes it away."""
        if self._path is None:
            return Declared((), self._edit(access, source, "PATH", ""))
        own, path = self._own, shlex.quote(self._path)
        if own is None:
            return Declared((), "nothing declares them where it can be found: if nothing does, "
                                f"reconciler apply {path} takes it away")
        place = self._place(own, access, source)
        if place is None and self._defaulted(access, source):
            return Declared((), self._edit(access, source, path, ""))
        if place is None:
            return Declared((), self._undeclared(own, access, source, path))
        places = [place]
        group = self._groups.get(source.group)
        given = group.field("projects", access.project) if group is not None else None
        if given is not None:
            places.append(given)
        shown = tuple(f"{self._folder}{p}" for p in places)
        stated = self._stated(own, access, source)
        if stated != source.role and source.way is not Way.GROUP:
            return Declared(shown[:1], f"reconciler apply {path} makes it {stated} again",
                            differs=stated)
        return Declared(shown, self._edit(access, source, path, shown[0]))

    def _place(self, own: Entry, access: Access, source: Source) -> Location | None:
        match source.way:
            case Way.DIRECT:
                return own.field("projects", access.project)
            case Way.ORGANIZATION:
                return own.field("role")
            case Way.GROUP:
                return own.field("groups", source.group)

    def _stated(self, own: Entry, access: Access, source: Source) -> str:
        if source.way is Way.ORGANIZATION:
            return str(own.value["role"])
        if source.way is Way.DIRECT:
            stated = own.value["projects"][access.project]
            return str(stated.get("role") if isinstance(stated, dict) else stated)
        return str(source.role)

    def _defaulted(self, access: Access, source: Source) -> bool:
        """Whether they have it by `defaults`, which counts where the entry has no such field."""
        defaults = self._head.get("defaults")
        value = self._own.value if self._own is not None else {}
        if not isinstance(defaults, dict):
            return False
        match source.way:
            case Way.DIRECT:
                return "projects" not in value and access.project in defaults.get("projects", {})
            case Way.ORGANIZATION:
                return "role" not in value and defaults.get("role") == source.role
            case Way.GROUP:
                return "groups" not in value and source.group in [
                    g["group"] if isinstance(g, dict) else g for g in defaults.get("groups", [])]

    def _undeclared(self, own: Entry, access: Access, source: Source, path: str) -> str:
        """The way out of what the live store has and the entry does not grant."""
        if source.way is Way.ORGANIZATION and not self._by_project:
            return self._edit(access, source, path, "")
        section = _SECTION_OF[source.way]
        mode = (self._head.get("manage") or {}).get(section, "authoritative")
        said = f"not declared at {self._folder}{own.place}: "
        if mode == "authoritative":
            return f"{said}reconciler apply {path} takes it away"
        by_hand = {
            Way.DIRECT: f"set-role {self._email} --project {shlex.quote(access.project)} --remove",
            Way.ORGANIZATION: f"set-role {self._email} --role user",
            Way.GROUP: f"group remove {shlex.quote(source.group)} {self._email}"}[source.way]
        return f"{said}reconciler live {by_hand}"

    def _edit(self, access: Access, source: Source, path: str, place: str) -> str:
        match source.way:
            case Way.DIRECT:
                return (f"reconciler edit set-role {path} {self._email} "
                        f"{shlex.quote(access.project)}=none")
            case Way.ORGANIZATION if self._by_project:
                return f"reconciler edit set-role {path} {self._email} user"
            case Way.ORGANIZATION:
                # Without permissions by project everybody has a role everywhere.
                return f"reconciler edit remove-member {path} {self._email} --leave-content"
            case Way.GROUP:
                at = f" at {place}" if place else ""
                return f"take {source.group} out of the groups of {self._email}{at}"
