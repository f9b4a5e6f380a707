"""People come, leave, and get other roles: `add-member`, `remove-member`, `set-role`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from reconciler.desired.edits.fields import drop, put
from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.mentions import Mention, mentions
from reconciler.desired.edits.splicing import add_entries, remove_entry
from reconciler.desired.edits.spots import Pair
from reconciler.desired.edits.workspace import Workspace
from reconciler.desired.homes import home_of, kept_files
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean
from reconciler.model.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """What a new entry states; None and empty are left out of it."""

    name: str | None = None
    role: Role | None = None
    team: str | None = None
    groups: tuple[str, ...] = ()
    projects: Mapping[str, Role]
    default_project: str | None = None
    until: str | None = None

    def fields(self) -> dict[str, Any]:
        """The entry as plain values, in the order of the format."""
        stated = {
            "name": self.name, "role": self.role and str(self.role), "team": self.team,
            "groups": sorted(set(self.groups)),
            "projects": {p: str(self.projects[p]) for p in sorted(self.projects)},
            "default_project": self.default_project, "until": self.until,
        }
        return {key: value for key, value in stated.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What becomes of the content of somebody who leaves: it goes to `receiver`, or, without one,
    it becomes unassigned."""

    receiver: Email | None
    reason: str = ""

    def fields(self) -> dict[str, Any]:
        """The departure as plain values."""
        what = ({"transfer_content_to": str(self.receiver)} if self.receiver
                else {"leave_content": "unassigned"})
        return {**what, **({"reason": self.reason} if self.reason else {})}


# --- add ------------------------------------------------------------------------------------------


def add_members(
    files: Workspace, emails: Iterable[Email], entry: NewMember, *, into: str | None = None
) -> None:
    """Declare people, all with the same fields; in the file `into`. Without one: where files share
    out the alphabet, in the one that has their part of it, else in the one with the most members.

    Raises InvalidInput: for somebody who is declared already, who leaves, or for a group, team or
    project that is not declared.
    """
    wanted = list(dict.fromkeys(emails))
    members, leaving = files.people("members"), files.people("departures")
    for email in wanted:
        if email in members:
            name, key = members[email]
            raise InvalidInput(f"{email} is a member already, at "
                               f"{files.place(name, 'members', key)}",
                               how="set-role changes their role")
        if email in leaving:
            name, key = leaving[email]
            raise InvalidInput(f"{email} leaves, at {files.place(name, 'departures', key)}",
                               how="take that entry out first")
    _refuse_unknown(files, entry)
    if into is not None and into not in files.names:
        raise InvalidInput(f"{into} is no file of {files.shown_root}",
                           how=did_you_mean(into, files.names)
                           or "name a file that the root file includes")
    kept = kept_file(files, role=entry.role, projects=entry.projects, groups=entry.groups)
    target = {email: into or kept or name for email, name in homes(files, wanted).items()}
    for name in dict.fromkeys(target.values()):
        add_entries(files.file(name), "members", {
            email: entry.fields() for email in wanted if target[email] == name})


def kept_file(
    files: Workspace, *, role: Role | None, projects: Collection[str], groups: Collection[str]
) -> str | None:
    """The file that is kept for entries that say this, where there is one (desired/homes.py)."""
    defaults = files.top.get("defaults") or {}
    settings = files.top.get("settings") or {}
    name = home_of(
        role or defaults.get("role"), projects or defaults.get("projects", ()),
        groups or defaults.get("groups", ()),
        project_level=settings.get("project_level_permissions") is True)
    return name if name in _kept(files) else None


def _kept(files: Workspace) -> frozenset[str]:
    return kept_files(files.names, (project for _, project in files.entries("projects")))


def homes(files: Workspace, emails: list[Email]) -> dict[Email, str]:
    """The file for each new entry of `members`; files that are kept for admins or for a project
    are not for anybody."""
    kept = _kept(files)
    ranges: dict[str, tuple[Email, Email]] = {}
    for email, (name, _) in files.people("members").items():
        if name in kept:
            continue
        low, high = ranges.get(name, (email, email))
        ranges[name] = (min(low, email), max(high, email))
    order = sorted(ranges, key=lambda name: ranges[name])
    shared_out = len(order) > 1 and all(
        ranges[name][1] < ranges[after][0] for name, after in pairwise(order))
    if not shared_out:
        return dict.fromkeys(emails, most(files, "members", but=kept))
    return {email: next((name for name in reversed(order) if ranges[name][0] <= email), order[0])
            for email in emails}


def most(files: Workspace, section: str, *, but: Collection[str] = ()) -> str:
    """The file with the most entries of a section; of equals the first, the root file first. Those
    that are kept for others (`but`) are not considered."""
    names = [name for name in files.names if name not in but]
    counts = dict.fromkeys(files.names, 0)
    for name, _ in files.entries(section):
        counts[name] += 1
    holding = [name for name in files.holding(section) if name not in but]
    return max(holding or names, key=lambda name: counts[name])


def _refuse_unknown(files: Workspace, entry: NewMember) -> None:
    named = [("groups", "group", g) for g in entry.groups]
    named += [("projects", "project", p) for p in (*entry.projects, entry.default_project) if p]
    named += [("teams", "team", entry.team)] if entry.team else []
    for section, noun, name in named:
        known = {key for _, key in files.entries(section)}
        if name not in known and not _may_be_elsewhere(files, section):
            raise InvalidInput(f"there is no {noun} {name} in {files.shown_root}",
                               how=did_you_mean(name, known) or f"declare it under {section}")


def _may_be_elsewhere(files: Workspace, section: str) -> bool:
    """Whether groups can be there that the files do not declare."""
    mode = files.top.get("manage", {}).get(section, "authoritative")
    return section == "groups" and mode != "authoritative"


# --- remove ---------------------------------------------------------------------------------------


def remove_members(files: Workspace, emails: Iterable[Email], leaving: Leaving | None) -> None:
    """Take people out, and write what becomes of their content (None: write nothing).

    Raises InvalidInput: for somebody who is not declared, and for somebody whom another entry
    names (who receives content, changes their address, is protected), with its place.
    """
    gone = list(dict.fromkeys(emails))
    for email in gone:
        files.person(email)
    _refuse_needed(files, frozenset(gone))
    if leaving is not None and leaving.receiver in gone:
        raise InvalidInput(f"{leaving.receiver} leaves too, and cannot receive content",
                           how="name somebody who stays")
    if leaving is not None and leaving.receiver is not None:
        files.person(leaving.receiver)
    there = files.people("departures")
    for email in gone:
        if leaving is not None and email in there:
            name, key = there[email]
            place = files.place(name, "departures", key)
            raise InvalidInput(f"{email} has a departures entry already, at {place}",
                               how="leave it as it is with --no-departure")
    for email in gone:
        name, key = files.person(email)
        remove_entry(files.file(name), "members", key)
        files.settle()
    if leaving is not None:
        holding = files.holding("departures")
        target = most(files, "departures") if holding else files.names[0]
        add_entries(files.file(target), "departures", {e: leaving.fields() for e in gone})


def _refuse_needed(files: Workspace, gone: frozenset[Email]) -> None:
    """Raise InvalidInput where other entries need somebody who is to go."""
    for mention in mentions(files):
        if mention.email in gone and _needs(mention, gone):
            raise InvalidInput(f"{mention.email} {mention.meaning}, at {mention.place}",
                               how="change that first")


def _needs(mention: Mention, gone: frozenset[Email]) -> bool:
    if mention.section in ("members", "access_requests"):
        return False
    return not (mention.section == "departures" and (
        mention.is_key or mention.of in gone))


# --- roles ----------------------------------------------------------------------------------------


def set_organization_role(files: Workspace, email: Email, role: Role) -> None:
    """State the organization role of a member. Raises InvalidInput."""
    name, key = files.person(email)
    file = files.file(name)
    entry = _member(file, key)
    if entry.get("role") == str(role):
        return
    put(file, file.entry("members", key).pair, ["role"], str(role))
    file.document["members"][key] = {**entry, "role": str(role)}


def set_project_roles(
    files: Workspace, email: Email, roles: Mapping[str, Role | None]
) -> None:
    """State direct roles on projects, or take them away (None). What else is written about a role
    stays. A member who has the roles of `defaults` keeps the others of them. Raises InvalidInput:
    for a project that is not declared, or a role to take away that is not there."""
    name, key = files.person(email)
    known = {project for _, project in files.entries("projects")}
    own = _member(files.file(name), key).get("projects")
    defaults = files.top.get("defaults", {}).get("projects", {})
    has = defaults if own is None else own
    for project, role in roles.items():
        if role is not None and project not in known:
            raise InvalidInput(f"there is no project {project} in {files.shown_root}",
                               how=did_you_mean(project, known) or "declare it under projects")
        if role is None and project not in has:
            raise InvalidInput(f"{email} has no direct role on {project} in {files.shown_root}",
                               how=did_you_mean(project, has) or "check the name")
    if own:
        _change_each(files, name, key, roles, keep_empty=bool(defaults))
        return
    # Nothing of their own yet: what `defaults` gives is written out, for it no longer counts.
    whole = {p: v for p, v in has.items() if roles.get(p, True) is not None}
    whole |= {p: _with_role(whole.get(p), role) for p, role in roles.items() if role is not None}
    file = files.file(name)
    put(file, file.entry("members", key).pair, ["projects"], dict(sorted(whole.items())))
    file.document["members"][key] = {**_member(file, key), "projects": whole}


def _change_each(
    files: Workspace, name: str, key: str, roles: Mapping[str, Role | None], *, keep_empty: bool
) -> None:
    # What is added comes first: a mapping that removals would empty is not empty then.
    for project, role in sorted(roles.items(), key=lambda item: item[1] is None):
        file = files.file(name)
        projects = file.document["members"][key]["projects"]
        pair = file.entry("members", key).pair
        if role is not None:
            before = projects.get(project)
            if before == _with_role(before, role):
                continue
            deep = ["role"] if isinstance(before, dict) else []
            put(file, pair, ["projects", project, *deep], str(role))
            projects[project] = _with_role(before, role)
        elif len(projects) > 1 or keep_empty:
            drop(file, _inner(file, pair, "projects"), project)
            del projects[project]
        else:
            drop(file, pair, "projects")
            del file.document["members"][key]["projects"]
        files.settle()


def _member(file: FileText, key: str) -> dict[str, Any]:
    return dict(file.document["members"][key] or {})


def _inner(file: FileText, pair: Pair, key: str) -> Pair:
    found = pair.value.pair(key)
    if found is None:
        raise file.by_hand(f"the entry at {file.place(pair.key.start)}")
    return found


def _with_role(before: Any, role: Role) -> Any:
    return {**before, "role": str(role)} if isinstance(before, dict) else str(role)


