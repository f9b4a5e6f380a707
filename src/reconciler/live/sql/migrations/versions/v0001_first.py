"""The first tables. Never edited: what changes them is a further step.

Revision ID: 0001
Revises: none
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    the_organization()
    its_groups()
    its_people()
    their_grants()
    their_content()
    its_records()


def downgrade() -> None:
    raise NotImplementedError("the first tables are not taken away: delete the database instead")


def the_organization() -> None:
    table(
        "organizations", "id",
        Column("id", key(), nullable=False),
        Column("name", sa.Text(), nullable=False),
        Column("tier", sa.Text(), nullable=False),
        Column("project_level_permissions", sa.Boolean(), nullable=False),
        Column("access_requests", sa.Boolean(), nullable=False),
        Column("sso", sa.Boolean(), nullable=False),
        Column("managers_may_invite", sa.Boolean(), nullable=False),
        Column("managers_may_approve_requests", sa.Boolean(), nullable=False),
        Column("receiver_access", sa.Text(), nullable=False),
        Column("sequence", sa.BigInteger(), nullable=False),
        Column("created_at", moment(), nullable=False),
        check("organizations", "tier", "tier IN ('starter', 'plus', 'growth', 'enterprise')"),
        check("organizations", "receiver_access", "receiver_access IN ('require', 'warn')"),
    )
    for name in ("projects", "team_spaces"):
        table(name, "organization id", *keys("organization id"),
              Column("name", sa.Text(), nullable=False), of_organization(name))
    table("teams", "organization name", *keys("organization name"), of_organization("teams"))


def its_groups() -> None:
    table("groups", "organization id", *keys("organization id"),
          Column("description", sa.Text(), nullable=False), of_organization("groups"))
    table(
        "group_projects", "organization group_id project",
        *keys("organization group_id project"),
        Column("role", sa.Text(), nullable=False),
        belongs("group_projects", "group_id", "groups", "id", "CASCADE"),
        belongs("group_projects", "project", "projects", "id"),
        check("group_projects", "role", "role IN ('viewer', 'member', 'manager', 'admin')"),
    )
    table(
        "group_spaces", "organization group_id space", *keys("organization group_id space"),
        belongs("group_spaces", "group_id", "groups", "id", "CASCADE"),
        belongs("group_spaces", "space", "team_spaces", "id"),
    )


def its_people() -> None:
    table(
        "members", "organization email", *keys("organization email"),
        Column("state", sa.Text(), nullable=False),
        Column("role", sa.Text(), nullable=False),
        Column("name", sa.Text()),
        Column("team", key()),
        Column("default_project", key()),
        Column("requested_at", moment()),
        Column("invited_at", moment()),
        Column("invitations_sent", sa.Integer(), nullable=False),
        Column("joined_at", moment()),
        Column("last_login_at", moment()),
        Column("grants_digest", sa.Text(), nullable=False),
        Column("spaces_digest", sa.Text(), nullable=False),
        Column("changed_sequence", sa.BigInteger(), nullable=False),
        of_organization("members"),
        belongs("members", "team", "teams", "name"),
        belongs("members", "default_project", "projects", "id"),
        check("members", "state", "state IN ('requested', 'pending', 'joined')"),
        check("members", "role", "role IN ('user', 'viewer', 'member', 'manager', 'admin')"),
        check("members", "email", "email LIKE '_%@_%'"),
        check("members", "requested", "state <> 'requested' OR requested_at IS NOT NULL"),
        check("members", "invited", "state <> 'pending' OR invited_at IS NOT NULL"),
        check("members", "joined", "state <> 'joined' OR joined_at IS NOT NULL"),
    )
    op.create_index("ix_members_changed", "members", ["organization", "changed_sequence"])
    admins = sa.text("role = 'admin'")
    op.create_index("ix_members_admins", "members", ["organization", "email"],
                    sqlite_where=admins, postgresql_where=admins)


def their_grants() -> None:
    table(
        "member_projects", "organization email project", *keys("organization email project"),
        Column("role", sa.Text(), nullable=False),
        belongs("member_projects", "email", "members", "email", "CASCADE"),
        belongs("member_projects", "project", "projects", "id"),
        check("member_projects", "role", "role IN ('viewer', 'member', 'manager', 'admin')"),
    )
    table(
        "member_groups", "organization email group_id", *keys("organization email group_id"),
        belongs("member_groups", "email", "members", "email", "CASCADE"),
        belongs("member_groups", "group_id", "groups", "id"),
    )
    op.create_index("ix_member_groups_group", "member_groups", ["organization", "group_id"])
    table(
        "member_spaces", "organization email space", *keys("organization email space"),
        belongs("member_spaces", "email", "members", "email", "CASCADE"),
        belongs("member_spaces", "space", "team_spaces", "id"),
    )


def their_content() -> None:
    table(
        "content", "organization id", *keys("organization id"),
        Column("kind", sa.Text(), nullable=False),
        Column("title", sa.Text(), nullable=False),
        Column("project", key(), nullable=False),
        Column("space", key()),
        Column("owner", key()),
        of_organization("content"),
        belongs("content", "owner", "members", "email"),
        belongs("content", "project", "projects", "id"),
        belongs("content", "space", "team_spaces", "id"),
        check("content", "kind", "kind IN ('chart', 'dashboard', 'cohort', 'notebook')"),
    )
    op.create_index("ix_content_owner", "content", ["organization", "owner"])


def its_records() -> None:
    table(
        "runs", "organization id", *keys("organization id plan_digest"),
        Column("desired_digest", sa.Text(), nullable=False),
        Column("source_commit", sa.Text()),
        Column("actor", sa.Text(), nullable=False),
        Column("summary", sa.JSON(), nullable=False),
        Column("started_at", moment(), nullable=False),
        Column("finished_at", moment()),
        Column("outcome", sa.Text(), nullable=False),
        Column("changes", sa.Integer(), nullable=False),
        Column("problem", sa.Text()),
        of_organization("runs"),
        check("runs", "outcome", "outcome IN ('started', 'succeeded', 'failed')"),
        check("runs", "finished", "(outcome = 'started') = (finished_at IS NULL)"),
        with_rowid=True,
    )
    succeeded = sa.text("outcome = 'succeeded'")
    op.create_index("ix_runs_applied", "runs", ["organization", "plan_digest"], unique=True,
                    sqlite_where=succeeded, postgresql_where=succeeded)
    table(
        "audit", "organization sequence", *keys("organization"),
        Column("sequence", sa.BigInteger(), nullable=False),
        Column("at", moment(), nullable=False),
        Column("actor", sa.Text(), nullable=False),
        Column("operation", sa.Text(), nullable=False),
        Column("subject", key(), nullable=False),
        Column("before", sa.JSON(), nullable=False),
        Column("after", sa.JSON(), nullable=False),
        Column("run", key()),
        Column("previous_hash", sa.Text(), nullable=False),
        Column("hash", sa.Text(), nullable=False),
        of_organization("audit"),
        belongs("audit", "run", "runs", "id"),
        with_rowid=True,
    )
    op.create_index("ix_audit_subject", "audit", ["organization", "subject", "sequence"])
    table(
        "leases", "organization", *keys("organization"),
        Column("token", sa.BigInteger(), nullable=False),
        Column("owner", sa.Text()),
        *(Column(name, moment()) for name in ("since", "heartbeat_at", "expires_at")),
        of_organization("leases"),
    )


# --- the pieces they are made of ----------------------------------------------------------------


def table(name: str, primary: str, *parts: Any, with_rowid: bool = False) -> None:
    """A table with this primary key."""
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(*primary.split(), name=f"pk_{name}"),
                    sqlite_with_rowid=with_rowid)


def key() -> sa.types.TypeEngine[str]:
    """A text compared byte by byte."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def keys(names: str) -> list[Column[str]]:
    """Columns that are keys, or parts of one."""
    return [Column(name, key(), nullable=False) for name in names.split()]


def moment() -> sa.types.TypeEngine[str]:
    """ISO 8601 text on SQLite, a timestamp on PostgreSQL."""
    return sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    """A condition on every row."""
    return sa.CheckConstraint(condition, name=f"ck_{table}_{name}")


def of_organization(table: str) -> sa.ForeignKeyConstraint:
    """A row goes with its organization."""
    return sa.ForeignKeyConstraint(["organization"], ["organizations.id"],
                                   name=f"fk_{table}_organizations", ondelete="CASCADE")


def belongs(
    table: str, column: str, to: str, key: str, delete: str | None = None
) -> sa.ForeignKeyConstraint:
    """A column names a row of the same organization."""
    return sa.ForeignKeyConstraint(
        ["organization", column], [f"{to}.organization", f"{to}.{key}"],
        name=f"fk_{table}_{to}", ondelete=delete)
