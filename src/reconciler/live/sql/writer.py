"""Writing what operations did to a World: the difference, as bulk statements.

The order respects the foreign keys: what others refer to comes first and goes last.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, insert, select, update

from reconciler.live.sql import tables
from reconciler.live.sql.bulk import delete_rows, insert_rows, update_rows
from reconciler.live.sql.tables import time_text
from reconciler.model.digests import grants_digest, spaces_digest
from reconciler.model.email import Email
from reconciler.model.errors import Refused, Unreachable
from reconciler.model.finding import Finding
from reconciler.model.organization import Group, Member, Settings
from reconciler.model.policy import Policy, digest, to_document
from reconciler.model.roles import Role
from reconciler.model.world import Frame, World

Rows = list[tuple[Any, ...]]
_PERSON: Final = ("state", "role", "name", "team", "default_project", "requested_at",
                  "invited_at", "invitations_sent", "joined_at", "last_login_at",
                  "grants_digest", "spaces_digest", "changed_sequence")
_MEMBER: Final = ("organization", "email", *_PERSON)
_GROUP_PROJECT: Final = ("organization", "group_id", "project", "role")
_GROUP_SPACE: Final = ("organization", "group_id", "space")
_PROJECT: Final = ("organization", "email", "project", "role")
_GRANTED: Final = {"groups": ("organization", "email", "group_id"),
                   "spaces": ("organization", "email", "space")}
_ACCOUNT: Final = ("organization", "service", "key", "name", "email")
_TEXT_OF: Final = {role: str(role) for role in Role}
_CONTENT: Final = ("organization", "id", "kind", "title", "project", "space", "owner")


class Writer:
    """Writes the difference between what was read and what a World has become."""

    def __init__(self, connection: Connection, frame: Frame, sequence: int) -> None:
        """`sequence` is the organization's change sequence after this transaction."""
        self._connection = connection
        self._frame = frame
        self._organization = frame.organization
        self._sequence = sequence
        # One transaction has few moments, and writing one as text costs more than looking it up.
        self._times: dict[datetime, str] = {}
        self._text_times = connection.dialect.name == "sqlite"
        self._space_digests: dict[Any, str] = {}

    def flush(self, world: World) -> None:
        """Write all of it. Raises Refused where no joined admin would be left (R20)."""
        touched = world.touched()
        self._settings(world.settings)
        self._policy(world.policy)
        self._named(tables.projects, self._frame.projects, world.projects)
        self._named(tables.team_spaces, self._frame.spaces, world.spaces)
        insert_rows(self._connection, tables.teams, ("organization", "name"),
                    [(self._organization, t) for t in sorted(world.teams - self._frame.teams)])
        self._groups(world.groups)
        people = sorted(touched.items())
        gone, added = self._accounts(world)
        delete_rows(self._connection, tables.accounts, _ACCOUNT[:3], gone)
        self._people(people)
        insert_rows(self._connection, tables.accounts, _ACCOUNT, added)
        # First what has an index that is written all over: it then fits into memory.
        self._memberships(tables.member_groups, people, "groups")
        self._project_roles(people)
        self._memberships(tables.member_spaces, people, "spaces")
        self._content(world)
        delete_rows(self._connection, tables.members, ("organization", "email"),
                    [(self._organization, e) for e, (_, new) in people if new is None])
        self._delete_groups(world.groups)
        check_admin(self._connection, self._organization)

    def _settings(self, settings: Settings) -> None:
        values: dict[str, Any] = {"sequence": self._sequence}
        if settings != self._frame.settings:
            values |= setting_values(settings)
        table = tables.organizations
        self._connection.execute(
            update(table).where(table.c.id == self._organization).values(**values))

    def _policy(self, policy: Policy | None) -> None:
        if policy is None or policy == self._frame.policy:
            return
        table = tables.policies
        self._connection.execute(
            delete(table).where(table.c.organization == self._organization))
        self._connection.execute(insert(table).values(
            organization=self._organization, document=to_document(policy),
            digest=digest(policy), sequence=self._sequence))

    def _named(self, table: Table, old: dict[str, Any], new: dict[str, Any]) -> None:
        org = self._organization
        insert_rows(self._connection, table, ("organization", "id", "name"),
                    [(org, i, new[i].name) for i in sorted(new) if i not in old])
        update_rows(self._connection, table, ("name",), ("organization", "id"),
                    [(new[i].name, org, i) for i in sorted(new) if i in old and old[i] != new[i]])

    # --- groups -------------------------------------------------------------------------------

    def _groups(self, groups: dict[str, Group]) -> None:
        old, org, write = self._frame.groups, self._organization, self._connection
        changed = [(i, old.get(i), groups[i]) for i in sorted(groups) if old.get(i) != groups[i]]
        insert_rows(write, tables.groups, ("organization", "id", "description"),
                    [(org, i, new.description) for i, was, new in changed if was is None])
        update_rows(write, tables.groups, ("description",), ("organization", "id"),
                    [(new.description, org, i) for i, was, new in changed
                     if was is not None and was.description != new.description])
        gone: Rows = []
        given: Rows = []
        for i, was, new in changed:
            before = was.projects if was else {}
            gone += [(org, i, p) for p in sorted(before) if before[p] != new.projects.get(p)]
            given += [(org, i, p, str(new.projects[p])) for p in sorted(new.projects)
                      if before.get(p) != new.projects[p]]
        delete_rows(write, tables.group_projects, _GROUP_PROJECT[:3], gone)
        insert_rows(write, tables.group_projects, _GROUP_PROJECT, given)
        left: Rows = []
        joined: Rows = []
        for i, was, new in changed:
            held = was.spaces if was else frozenset()
            left += [(org, i, s) for s in sorted(held - new.spaces)]
            joined += [(org, i, s) for s in sorted(new.spaces - held)]
        delete_rows(write, tables.group_spaces, _GROUP_SPACE, left)
        insert_rows(write, tables.group_spaces, _GROUP_SPACE, joined)

    def _delete_groups(self, groups: dict[str, Group]) -> None:
        delete_rows(self._connection, tables.groups, ("organization", "id"),
                    [(self._organization, i) for i in sorted(self._frame.groups)
                     if i not in groups])

    def _accounts(self, world: World) -> tuple[Rows, Rows]:
        """Rows of accounts that are not as they were: to be taken away, and to be written."""
        old, new, org = self._frame.accounts, world.accounts, self._organization
        return ([(org, *key) for key in sorted(old) if new.get(key) != old[key]],
                [(org, *key, new[key].name, new[key].email) for key in sorted(new)
                 if old.get(key) != new[key]])

    # --- people -------------------------------------------------------------------------------

    def _people(self, people: list[tuple[Email, tuple[Member | None, Member | None]]]) -> None:
        org = self._organization
        added: Rows = []
        changed: Rows = []
        for email, (old, new) in people:
            if new is None:
                continue
            if old is None:
                added.append((org, email, *self._person(new)))
            else:
                changed.append((*self._person(new), org, email))
        insert_rows(self._connection, tables.members, _MEMBER, added)
        update_rows(self._connection, tables.members, _PERSON, ("organization", "email"), changed)

    def _person(self, member: Member) -> tuple[Any, ...]:
        return (
            str(member.state), _TEXT_OF[member.role], member.name, member.team,
            member.default_project, self._time(member.requested_at), self._time(member.invited_at),
            member.invitations_sent, self._time(member.joined_at),
            self._time(member.last_login_at), grants_digest(member.projects, member.groups),
            self._spaces_digest(member.spaces), self._sequence)

    def _project_roles(
        self, people: list[tuple[Email, tuple[Member | None, Member | None]]]
    ) -> None:
        org = self._organization
        gone: Rows = []
        given: Rows = []
        changed: Rows = []
        for email, (old, new) in people:
            if new is None:
                continue  # the foreign key takes the grants away with the member
            now = new.projects
            if old is None:
                given += [(org, email, p, _TEXT_OF[now[p]]) for p in sorted(now)]
                continue
            before = old.projects
            if before is now:
                continue
            for project in sorted(now):
                role = _TEXT_OF[now[project]]
                if project not in before:
                    given.append((org, email, project, role))
                elif before[project] is not now[project]:
                    changed.append((role, org, email, project))
            gone += [(org, email, p) for p in sorted(before) if p not in now]
        delete_rows(self._connection, tables.member_projects, _PROJECT[:3], gone)
        update_rows(self._connection, tables.member_projects, ("role",), _PROJECT[:3], changed)
        insert_rows(self._connection, tables.member_projects, _PROJECT, given)

    def _memberships(
        self, table: Table, people: list[tuple[Email, tuple[Member | None, Member | None]]],
        kind: str,
    ) -> None:
        org = self._organization
        left: Rows = []
        joined: Rows = []
        for email, (old, new) in people:
            if new is None:
                continue
            holds: frozenset[str] = getattr(new, kind)
            if old is None:
                joined += [(org, email, name) for name in sorted(holds)]
                continue
            held: frozenset[str] = getattr(old, kind)
            if held is not holds:
                left += [(org, email, name) for name in sorted(held - holds)]
                joined += [(org, email, name) for name in sorted(holds - held)]
        delete_rows(self._connection, table, _GRANTED[kind], left)
        insert_rows(self._connection, table, _GRANTED[kind], joined)

    def _content(self, world: World) -> None:
        items = world.touched_content()
        org = self._organization
        delete_rows(self._connection, tables.content, ("organization", "id"),
                    [(org, i) for i in sorted(world.removed_content())])
        if not items:
            return
        there = stored_content(self._connection, org, items)
        insert_rows(self._connection, tables.content, _CONTENT, [
            (org, i.id, str(i.kind), i.title, i.project, i.space, i.owner)
            for _, i in sorted(items.items()) if i.id not in there])
        update_rows(self._connection, tables.content, ("owner",), ("organization", "id"),
                    [(items[i].owner, org, i) for i in sorted(there)])

    def _time(self, at: datetime | None) -> Any:
        if at is None:
            return None
        if not self._text_times:
            return at
        written = self._times.get(at)
        if written is None:
            written = self._times[at] = time_text(at)
        return written

    def _spaces_digest(self, spaces: frozenset[str]) -> str:
        digest = self._space_digests.get(spaces)
        if digest is None:
            digest = self._space_digests[spaces] = spaces_digest(spaces)
        return digest


def setting_values(settings: Settings) -> dict[str, Any]:
    """The settings as columns of the organization."""
    return {
        "name": settings.name, "tier": str(settings.tier),
        "project_level_permissions": settings.project_level_permissions,
        "access_requests": settings.access_requests, "sso": settings.sso,
        "managers_may_invite": settings.managers_may_invite,
        "managers_may_approve_requests": settings.managers_may_approve_requests,
        "receiver_access": str(settings.receiver_access),
    }


def confirm_owners(connection: Connection, organization: str, world: World) -> None:
    """Read back who owns what was transferred: a removal is only committed on top of that.

    Raises Unreachable where the store did not keep what was written; the transaction is lost.
    """
    wanted = {item.id: item.owner for item in world.touched_content().values()}
    table = tables.content
    ids = sorted(wanted)
    for start in range(0, len(ids), 500):
        chunk = ids[start:start + 500]
        rows = connection.execute(
            select(table.c.id, table.c.owner)
            .where(table.c.organization == organization, table.c.id.in_(chunk)))
        kept = {row.id: row.owner for row in rows}
        lost = [i for i in chunk if kept.get(i, "") != wanted[i]]
        if lost:
            raise Unreachable(
                f"the live store did not keep the new owner of content {lost[0]}; nothing was "
                "written", how="check the database for triggers or rules on the table content")


def stored_content(connection: Connection, organization: str, ids: Iterable[str]) -> set[str]:
    """Those of these ids that are stored."""
    wanted = list(ids)
    table, found = tables.content, set[str]()
    for start in range(0, len(wanted), 500):
        found.update(connection.execute(select(table.c.id).where(
            table.c.organization == organization,
            table.c.id.in_(wanted[start:start + 500]))).scalars())
    return found


def check_admin(connection: Connection, organization: str) -> None:
    """The last line of R20: at least one joined admin, as the database sees it."""
    table = tables.members
    if connection.execute(select(table.c.email).where(
            table.c.organization == organization, table.c.role == "admin",
            table.c.state == "joined").limit(1)).first() is None:
        raise Refused(f"{organization} would be left without a joined admin", findings=(
            Finding(rule="R20", what=f"no joined admin of {organization} would be left",
                    how="make somebody else admin first", subject=organization),))
