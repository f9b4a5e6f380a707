"""The tables, as they are after the newest migration (a test holds the two equal).

Everything belongs to one organization, so every key starts with it. Keys are texts that people
know, compared byte by byte on both databases. What the rules forbid, the database refuses too:
roles and states that do not exist, grants to nobody, content of an owner who is gone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

CASCADE = "CASCADE"
PROJECT_ROLE = "role IN ('viewer', 'member', 'manager', 'admin')"
ORGANIZATION_ROLE = "role IN ('user', 'viewer', 'member', 'manager', 'admin')"


class UtcTime(TypeDecorator[datetime]):
    """A moment: a timestamp on PostgreSQL, ISO 8601 text ending in Z (so it sorts) on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return time_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return time_of(value)


def time_text(at: datetime) -> str:
    """A moment as the store's text: always UTC, always microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def time_of(stored: str | datetime | None) -> datetime | None:
    """A stored moment, in UTC, whichever database it comes from."""
    if stored is None:
        return None
    if isinstance(stored, str):
        return datetime.fromisoformat(stored)
    return stored.astimezone(UTC)


def key() -> Text:
    """A text compared byte by byte, as SQLite does and Python does."""
    return Text().with_variant(Text(collation="C"), "postgresql")


metadata = MetaData(naming_convention={
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
})


def _belongs(table: str, columns: str, to: str, keys: str, delete: str | None = None) -> Any:
    """A foreign key within one organization; columns and keys are separated by blanks."""
    return ForeignKeyConstraint(
        ["organization", *columns.split()],
        [f"{to}.{name}" for name in ("organization", *keys.split())],
        name=f"fk_{table}_{to}", ondelete=delete)


def _of_organization() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organization"], ["organizations.id"], ondelete=CASCADE)


organizations = Table(
    "organizations", metadata,
    Column("id", key(), nullable=False),
    Column("name", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("project_level_permissions", Boolean, nullable=False),
    Column("access_requests", Boolean, nullable=False),
    Column("sso", Boolean, nullable=False),
    Column("managers_may_invite", Boolean, nullable=False),
    Column("managers_may_approve_requests", Boolean, nullable=False),
    Column("receiver_access", Text, nullable=False),
    # Grows with every audit record; readers that know it know whether anything changed.
    Column("sequence", BigInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("id"),
    CheckConstraint("tier IN ('starter', 'plus', 'growth', 'enterprise')", name="tier"),
    CheckConstraint("receiver_access IN ('require', 'warn')", name="receiver_access"),
    sqlite_with_rowid=False,
)

projects = Table(
    "projects", metadata,
    Column("organization", key(), nullable=False),
    Column("id", key(), nullable=False),
    Column("name", Text, nullable=False),
    PrimaryKeyConstraint("organization", "id"),
    _of_organization(),
    sqlite_with_rowid=False,
)

team_spaces = Table(
    "team_spaces", metadata,
    Column("organization", key(), nullable=False),
    Column("id", key(), nullable=False),
    Column("name", Text, nullable=False),
    PrimaryKeyConstraint("organization", "id"),
    _of_organization(),
    sqlite_with_rowid=False,
)

teams = Table(
    "teams", metadata,
    Column("organization", key(), nullable=False),
    Column("name", key(), nullable=False),
    PrimaryKeyConstraint("organization", "name"),
    _of_organization(),
    sqlite_with_rowid=False,
)

# Columns that point here are called group_id: "group" is a word of SQL itself.
groups = Table(
    "groups", metadata,
    Column("organization", key(), nullable=False),
    Column("id", key(), nullable=False),
    Column("description", Text, nullable=False),
    PrimaryKeyConstraint("organization", "id"),
    _of_organization(),
    sqlite_with_rowid=False,
)

group_projects = Table(
    "group_projects", metadata,
    Column("organization", key(), nullable=False),
    Column("group_id", key(), nullable=False),
    Column("project", key(), nullable=False),
    Column("role", Text, nullable=False),
    PrimaryKeyConstraint("organization", "group_id", "project"),
    _belongs("group_projects", "group_id", "groups", "id", CASCADE),
    _belongs("group_projects", "project", "projects", "id"),
    CheckConstraint(PROJECT_ROLE, name="role"),
    sqlite_with_rowid=False,
)

group_spaces = Table(
    "group_spaces", metadata,
    Column("organization", key(), nullable=False),
    Column("group_id", key(), nullable=False),
    Column("space", key(), nullable=False),
    PrimaryKeyConstraint("organization", "group_id", "space"),
    _belongs("group_spaces", "group_id", "groups", "id", CASCADE),
    _belongs("group_spaces", "space", "team_spaces", "id"),
    sqlite_with_rowid=False,
)

members = Table(
    "members", metadata,
    Column("organization", key(), nullable=False),
    Column("email", key(), nullable=False),
    Column("state", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("name", Text),
    Column("team", key()),
    Column("default_project", key()),
    Column("requested_at", UtcTime),
    Column("invited_at", UtcTime),
    Column("invitations_sent", Integer, nullable=False),
    Column("joined_at", UtcTime),
    Column("last_login_at", UtcTime),
    # Of what the member holds (model.digests): equal members are recognised without being read.
    Column("grants_digest", Text, nullable=False),
    Column("spaces_digest", Text, nullable=False),
    # The organization's sequence when this member last changed: "who changed since" is one range.
    Column("changed_sequence", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization", "email"),
    _of_organization(),
    _belongs("members", "team", "teams", "name"),
    _belongs("members", "default_project", "projects", "id"),
    CheckConstraint("state IN ('requested', 'pending', 'joined')", name="state"),
    CheckConstraint(ORGANIZATION_ROLE, name="role"),
    CheckConstraint("email LIKE '_%@_%'", name="email"),
    CheckConstraint("state <> 'requested' OR requested_at IS NOT NULL", name="requested"),
    CheckConstraint("state <> 'pending' OR invited_at IS NOT NULL", name="invited"),
    CheckConstraint("state <> 'joined' OR joined_at IS NOT NULL", name="joined"),
    Index("ix_members_changed", "organization", "changed_sequence"),
    Index("ix_members_admins", "organization", "email",
          sqlite_where=text("role = 'admin'"), postgresql_where=text("role = 'admin'")),
    sqlite_with_rowid=False,
)

member_projects = Table(
    "member_projects", metadata,
    Column("organization", key(), nullable=False),
    Column("email", key(), nullable=False),
    Column("project", key(), nullable=False),
    Column("role", Text, nullable=False),
    PrimaryKeyConstraint("organization", "email", "project"),
    _belongs("member_projects", "email", "members", "email", CASCADE),
    _belongs("member_projects", "project", "projects", "id"),
    CheckConstraint(PROJECT_ROLE, name="role"),
    sqlite_with_rowid=False,
)

member_groups = Table(
    "member_groups", metadata,
    Column("organization", key(), nullable=False),
    Column("email", key(), nullable=False),
    Column("group_id", key(), nullable=False),
    PrimaryKeyConstraint("organization", "email", "group_id"),
    _belongs("member_groups", "email", "members", "email", CASCADE),
    _belongs("member_groups", "group_id", "groups", "id"),
    Index("ix_member_groups_group", "organization", "group_id"),
    sqlite_with_rowid=False,
)

member_spaces = Table(
    "member_spaces", metadata,
    Column("organization", key(), nullable=False),
    Column("email", key(), nullable=False),
    Column("space", key(), nullable=False),
    PrimaryKeyConstraint("organization", "email", "space"),
    _belongs("member_spaces", "email", "members", "email", CASCADE),
    _belongs("member_spaces", "space", "team_spaces", "id"),
    sqlite_with_rowid=False,
)

# Accounts on services that speak for a member; `key` is what is the same account to the service.
accounts = Table(
    "accounts", metadata,
    Column("organization", key(), nullable=False),
    Column("service", key(), nullable=False),
    Column("key", key(), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", key(), nullable=False),
    PrimaryKeyConstraint("organization", "service", "key"),
    _belongs("accounts", "email", "members", "email", CASCADE),
    # One on each service: whose word is whose is never two people's.
    Index("ix_accounts_email", "organization", "email", "service", unique=True),
    sqlite_with_rowid=False,
)

content = Table(
    "content", metadata,
    Column("organization", key(), nullable=False),
    Column("id", key(), nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("project", key(), nullable=False),
    Column("space", key()),
    # No action on delete: whoever removes a member must say first what becomes of their content.
    Column("owner", key()),
    PrimaryKeyConstraint("organization", "id"),
    _of_organization(),
    _belongs("content", "owner", "members", "email"),
    _belongs("content", "project", "projects", "id"),
    _belongs("content", "space", "team_spaces", "id"),
    CheckConstraint("kind IN ('chart', 'dashboard', 'cohort', 'notebook')", name="kind"),
    Index("ix_content_owner", "organization", "owner"),
    sqlite_with_rowid=False,
)

# The policy that was applied last; an organization that never had one has no row.
policies = Table(
    "policies", metadata,
    Column("organization", key(), nullable=False),
    Column("document", JSON, nullable=False),
    Column("digest", Text, nullable=False),
    # The organization's sequence when this policy was applied.
    Column("sequence", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization"),
    _of_organization(),
    sqlite_with_rowid=False,
)

runs = Table(
    "runs", metadata,
    Column("organization", key(), nullable=False),
    Column("id", key(), nullable=False),
    Column("plan_digest", key(), nullable=False),
    Column("desired_digest", Text, nullable=False),
    Column("source_commit", Text),
    Column("actor", Text, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("outcome", Text, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("problem", Text),
    # What the run left as the baseline: the policy that held, the organization's sequence, and
    # the drift that it left alone.
    Column("policy_digest", Text),
    Column("sequence", BigInteger),
    Column("carried", JSON),
    PrimaryKeyConstraint("organization", "id"),
    _of_organization(),
    CheckConstraint("outcome IN ('started', 'succeeded', 'failed')", name="outcome"),
    CheckConstraint("(outcome = 'started') = (finished_at IS NULL)", name="finished"),
    # A plan that changes something is applied once.
    Index("ix_runs_applied", "organization", "plan_digest", unique=True,
          sqlite_where=text("outcome = 'succeeded' AND changes > 0"),
          postgresql_where=text("outcome = 'succeeded' AND changes > 0")),
)

audit = Table(
    "audit", metadata,
    Column("organization", key(), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("subject", key(), nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("run", key()),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    # Of the operation: the project, group, team space, receiver or new domain.
    Column("target", key()),
    PrimaryKeyConstraint("organization", "sequence"),
    _of_organization(),
    _belongs("audit", "run", "runs", "id"),
    Index("ix_audit_subject", "organization", "subject", "sequence"),
)

leases = Table(
    "leases", metadata,
    Column("organization", key(), nullable=False),
    # Grows with every holder: whoever shows an older token has lost the lease.
    Column("token", BigInteger, nullable=False),
    Column("owner", Text),
    Column("since", UtcTime),
    Column("heartbeat_at", UtcTime),
    Column("expires_at", UtcTime),
    PrimaryKeyConstraint("organization"),
    _of_organization(),
    sqlite_with_rowid=False,
)
