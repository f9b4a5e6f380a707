"""Reading one organization: every call of one reader sees the same moment."""

# Statements are put together from names in this package alone; every value is a parameter.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, select

from reconciler.live.ports import AuditRecord, Baseline, Invitation, RosterRow, RunRecord
from reconciler.live.snapshot import Snapshot
from reconciler.live.sql import audit, journal, tables
from reconciler.live.sql.tables import time_of, time_text
from reconciler.live.sql.told import sequence_at, subjects_told, told
from reconciler.model.accounts import Account, AccountKey
from reconciler.model.collecting import without_collection
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean
from reconciler.model.organization import (
    ContentItem,
    ContentKind,
    Group,
    Member,
    MemberState,
    Overview,
    Project,
    ReceiverAccess,
    Settings,
    TeamSpace,
    Tier,
)
from reconciler.model.policy import Policy
from reconciler.model.policy import from_document as policy_from
from reconciler.model.roles import Role
from reconciler.model.values import NO_ENTRIES, FrozenMap
from reconciler.model.world import Frame

CHUNK: Final = 500
"""How many keys one query names."""
MEMBER_COLUMNS: Final = (
    "email, state, role, name, team, default_project, requested_at, invited_at, "
    "invitations_sent, joined_at, last_login_at")
_ROLES: Final = {str(role): role for role in Role}
_STATES: Final = {str(state): state for state in MemberState}
_KINDS: Final = {str(kind): kind for kind in ContentKind}
_NOTHING: Final[frozenset[str]] = frozenset()


class SqlReader:
    """The Reader of the ports, on a connection that sees one moment."""

    def __init__(
        self, connection: Connection, organization: str, snapshot: Snapshot | None = None
    ) -> None:
        self._snapshot = snapshot
        self._connection = connection
        self._organization = organization
        self._mark = "?" if connection.dialect.name == "sqlite" else "%s"
        self._content: dict[Email | None, list[ContentItem]] = {}
        self._content_ids: dict[str, bool] = {}
        self._sequence = self._find()

    @property
    def organization(self) -> str:
        return self._organization

    @property
    def snapshot(self) -> Snapshot | None:
        return self._snapshot

    @property
    def connection(self) -> Connection:
        """For the store's own parts only."""
        return self._connection

    # --- the organization ---------------------------------------------------------------------

    def frame(self) -> Frame:
        """Everything but people and content."""
        return Frame(
            organization=self._organization,
            settings=self._settings(),
            projects={i: Project(id=i, name=n) for i, n in self._own("id, name", "projects")},
            spaces={i: TeamSpace(id=i, name=n) for i, n in self._own("id, name", "team_spaces")},
            teams=frozenset(name for name, in self._own("name", "teams")),
            groups=self._groups(),
            sequence=self._sequence,
            policy=self._policy(),
            accounts=self._accounts(),
        )

    def overview(self) -> Overview:
        """The counts; somebody who only asks to join is not counted in the total."""
        counts = dict(self._rows(
            "SELECT state, count(*) FROM members WHERE organization = ? GROUP BY state"))
        joined, pending = counts.get("joined", 0), counts.get("pending", 0)
        return Overview(total=joined + pending, joined=joined, pending=pending,
                        requesting=counts.get("requested", 0))

    # --- people -------------------------------------------------------------------------------

    def roster(self) -> Iterable[RosterRow]:
        """Everybody in short, in order of email."""
        with without_collection():
            rows = self._rows(
                "SELECT email, state, role, name, team, default_project, grants_digest, "
                "spaces_digest FROM members WHERE organization = ? ORDER BY email")
            return list(map(RosterRow._make, rows))

    def invitations(self, *, sent_until: datetime) -> list[Invitation]:
        """Pending invitations last sent by then, in order of email."""
        rows = self._rows(
            "SELECT email, invited_at, invitations_sent FROM members WHERE organization = ? "
            "AND state = 'pending' AND invited_at <= ? ORDER BY email",
            (time_text(sent_until) if self._mark == "?" else sent_until,))
        return [Invitation(email, at, sent) for email, stored, sent in rows
                if (at := time_of(stored)) is not None]

    def members(self, emails: Iterable[Email]) -> dict[Email, Member]:
        """These people with all they hold; whoever is unknown is left out."""
        wanted = list(dict.fromkeys(emails))
        if len(wanted) > CHUNK:
            known = self._rows("SELECT count(*) FROM members WHERE organization = ?")[0][0]
            if len(wanted) * 8 > known:
                with without_collection():
                    everybody = self._members("")
                return {e: everybody[e] for e in wanted if e in everybody}
        found: dict[Email, Member] = {}
        for chunk in _chunks(wanted):
            found.update(self._members(f" AND email IN ({self._marks(chunk)})", chunk))
        return found

    def emails(self) -> Iterable[Email]:
        return self._emails("members WHERE organization = ? ORDER BY email")

    def emails_in_group(self, group: str) -> Iterable[Email]:
        return self._emails("member_groups WHERE organization = ? AND group_id = ?", group)

    def emails_with_project_roles(self) -> Iterable[Email]:
        return self._emails("member_projects WHERE organization = ? GROUP BY email")

    def emails_in_state(self, state: MemberState) -> Iterable[Email]:
        return self._emails("members WHERE organization = ? AND state = ?", str(state))

    def admins(self) -> Iterable[Email]:
        return self._emails("members WHERE organization = ? AND role = 'admin'")

    # --- content ------------------------------------------------------------------------------

    def baseline(self) -> Baseline | None:
        return journal.baseline(self._connection, self._organization)

    def told(
        self, people: Collection[Email] | None, *, up_to: int | None = None,
        groups: Collection[str] | None = None,
    ) -> Iterable[AuditRecord]:
        return told(self._connection, self._organization, people, up_to=up_to, groups=groups)

    def records_of_run(self, run: str) -> list[AuditRecord]:
        return audit.records_of_run(self._connection, self._organization, run)

    def subjects_told(self, *, after: int) -> list[str]:
        return subjects_told(self._connection, self._organization, after=after)

    def changed_since(self, sequence: int) -> list[Email]:
        return [e for e, in self._rows("SELECT email FROM members WHERE organization = ? AND "
                                       "changed_sequence > ? ORDER BY email", (sequence,))]

    def sequence_at(self, moment: datetime) -> int:
        return sequence_at(self._connection, self._organization, moment)

    def content(self) -> Iterable[ContentItem]:
        """All content, in order of id."""
        return self._items("")

    def content_total(self) -> int:
        """How many items of content there are."""
        return int(self._rows("SELECT count(*) FROM content WHERE organization = ?")[0][0])

    def content_of(self, owner: Email | None) -> Iterable[ContentItem]:
        """Content of one owner, None for the unassigned, in order of id."""
        if owner in self._content:
            return self._content[owner]
        if owner is None:
            return self._items(" AND owner IS NULL")
        return self._items(" AND owner = ?", (owner,))

    def content_of_all(self, owners: Iterable[Email]) -> Iterable[ContentItem]:
        """Content of these owners."""
        wanted = list(dict.fromkeys(owners))
        if len(wanted) > CHUNK:
            # One pass over all of it is faster than naming so many owners.
            known = set(wanted)
            return [item for item in self._items(" AND owner IS NOT NULL") if item.owner in known]
        return [item for chunk in _chunks(wanted)
                for item in self._items(f" AND owner IN ({self._marks(chunk)})", chunk)]

    def has_content(self, content_id: str) -> bool:
        if content_id in self._content_ids:
            return self._content_ids[content_id]
        return bool(self._rows(
            "SELECT 1 FROM content WHERE organization = ? AND id = ?", (content_id,)))

    def prefetch_content(self, owners: Iterable[Email], ids: Iterable[str] = ()) -> None:
        """Read what these own, and whether these ids exist, ahead of being asked one by one."""
        for chunk in _chunks(list(dict.fromkeys(owners))):
            for owner in chunk:
                self._content[owner] = []
            for item in self._items(f" AND owner IN ({self._marks(chunk)})", chunk):
                self._content[item.owner].append(item)
        for named in _chunks(list(dict.fromkeys(ids))):
            self._content_ids.update(dict.fromkeys(named, False))
            self._content_ids.update((found, True) for found, in self._rows(
                f"SELECT id FROM content WHERE organization = ? AND id IN ({self._marks(named)})",
                named))

    # --- history ------------------------------------------------------------------------------

    def history_of(self, subject: str, *, after: int = 0, limit: int = 5) -> list[AuditRecord]:
        """The newest records about a subject, newest first."""
        return audit.history_of(self._connection, self._organization, subject, after, limit)

    def applied(self, plan_digest: str) -> RunRecord | None:
        return journal.applied(self._connection, self._organization, plan_digest)

    def intents_of_last_run(self) -> list[tuple[str, str, str]]:
        return journal.intents_of_last(self._connection, self._organization)

    def unfinished_runs(self) -> list[RunRecord]:
        return journal.unfinished(self._connection, self._organization)

    # --- rows ---------------------------------------------------------------------------------

    def _find(self) -> int:
        rows = self._rows("SELECT sequence FROM organizations WHERE id = ?")
        if not rows:
            raise unknown_organization(self._connection, self._organization)
        return int(rows[0][0])

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> Sequence[Any]:
        """Rows of a query whose first parameter is the organization."""
        statement = sql if self._mark == "?" else sql.replace("?", "%s")
        result = self._connection.exec_driver_sql(statement, (self._organization, *parameters))
        # The driver's own tuples: at 100,000 rows SQLAlchemy's row objects cost more than the read.
        cursor: Any = result.cursor
        rows: Sequence[Any] = cursor.fetchall()
        result.close()
        return rows

    def _own(self, columns: str, table: str) -> Sequence[Any]:
        return self._rows(f"SELECT {columns} FROM {table} WHERE organization = ?")

    def _marks(self, values: Sequence[Any]) -> str:
        return ", ".join("?" * len(values))

    def _emails(self, source: str, *parameters: str) -> list[Email]:
        return [email for email, in self._rows(f"SELECT email FROM {source}",
                                               parameters)]

    def _settings(self) -> Settings:
        (name, tier, plp, requests, sso, invite, approve, access), = self._rows(
            "SELECT name, tier, project_level_permissions, access_requests, sso, "
            "managers_may_invite, managers_may_approve_requests, receiver_access "
            "FROM organizations WHERE id = ?")
        return Settings(
            name=name, tier=Tier(tier), project_level_permissions=bool(plp),
            access_requests=bool(requests), sso=bool(sso), managers_may_invite=bool(invite),
            managers_may_approve_requests=bool(approve), receiver_access=ReceiverAccess(access))

    def _policy(self) -> Policy | None:
        table = tables.policies
        kept = self._connection.execute(
            select(table.c.document).where(table.c.organization == self._organization)).scalar()
        return None if kept is None else policy_from(kept)

    def _accounts(self) -> dict[AccountKey, Account]:
        return {(service, key): Account(service=service, name=name, email=email)
                for service, key, name, email in self._own("service, key, name, email",
                                                           "accounts")}

    def _groups(self) -> dict[str, Group]:
        roles: dict[str, dict[str, Role]] = {}
        for group, project, role in self._own("group_id, project, role", "group_projects"):
            roles.setdefault(group, {})[project] = _ROLES[role]
        spaces: dict[str, set[str]] = {}
        for group, space in self._own("group_id, space", "group_spaces"):
            spaces.setdefault(group, set()).add(space)
        return {
            name: Group(
                id=name, description=description,
                projects=FrozenMap(roles[name]) if name in roles else NO_ENTRIES,
                spaces=frozenset(spaces.get(name, ())))
            for name, description in self._own("id, description", "groups")
        }

    def _members(self, where: str, emails: Sequence[Email] = ()) -> dict[Email, Member]:
        roles: dict[str, dict[str, Role]] = {}
        tail = f" WHERE organization = ?{where}"
        for email, project, role in self._rows(
                f"SELECT email, project, role FROM member_projects{tail}", emails):
            if email in roles:
                roles[email][project] = _ROLES[role]
            else:
                roles[email] = {project: _ROLES[role]}
        groups = self._sets(f"SELECT email, group_id FROM member_groups{tail}", emails)
        spaces = self._sets(f"SELECT email, space FROM member_spaces{tail}", emails)
        # Most people hold what many others hold: equal sets are kept once.
        same: dict[frozenset[str], frozenset[str]] = {_NOTHING: _NOTHING}
        found: dict[Email, Member] = {}
        for row in self._rows(f"SELECT {MEMBER_COLUMNS} FROM members{tail}", emails):
            email = row[0]
            in_groups = frozenset(groups[email]) if email in groups else _NOTHING
            in_spaces = frozenset(spaces[email]) if email in spaces else _NOTHING
            found[email] = Member(
                email=email, state=_STATES[row[1]], role=_ROLES[row[2]], name=row[3], team=row[4],
                default_project=row[5], requested_at=time_of(row[6]), invited_at=time_of(row[7]),
                invitations_sent=row[8], joined_at=time_of(row[9]), last_login_at=time_of(row[10]),
                projects=FrozenMap(roles[email]) if email in roles else NO_ENTRIES,
                groups=same.setdefault(in_groups, in_groups),
                spaces=same.setdefault(in_spaces, in_spaces))
        return found

    def _sets(self, sql: str, parameters: Sequence[Any]) -> dict[str, list[str]]:
        held: dict[str, list[str]] = {}
        for email, name in self._rows(sql, parameters):
            if email in held:
                held[email].append(name)
            else:
                held[email] = [name]
        return held

    def _items(self, where: str, parameters: Sequence[Any] = ()) -> list[ContentItem]:
        return [
            ContentItem(id=i, kind=_KINDS[kind], title=title, project=project, space=space,
                        owner=owner)
            for i, kind, title, project, space, owner in self._rows(
                "SELECT id, kind, title, project, space, owner FROM content "
                f"WHERE organization = ?{where} ORDER BY id", parameters)
        ]


def organizations(connection: Connection) -> list[str]:
    """The ids of all organizations, sorted."""
    return [i for i, in connection.exec_driver_sql("SELECT id FROM organizations ORDER BY id")]


def unknown_organization(connection: Connection | None, organization: str) -> InvalidInput:
    """What to say about an organization that the store does not hold."""
    known = organizations(connection) if connection is not None else []
    close = did_you_mean(organization, known)
    make = f"create it with `reconciler live init {organization} --admin EMAIL`"
    return InvalidInput(f"the live store holds no organization {organization}",
                        how=f"{close} Otherwise {make}" if close else make)


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    iterator = iter(values)
    while chunk := tuple(islice(iterator, CHUNK)):
        yield chunk

