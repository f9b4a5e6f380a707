"""The first tables.

Revision ID: 0001
Revises: none
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def key() -> sa.types.TypeEngine[str]:
    """A text compared byte by byte."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def moment() -> sa.types.TypeEngine[str]:
    """ISO 8601 text on SQLite, a timestamp on PostgreSQL."""
    return sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "organizations",
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
        sa.CheckConstraint(
            "receiver_access IN ('require', 'warn')", name="ck_organizations_receiver_access"
        ),
        sa.CheckConstraint(
            "tier IN ('starter', 'plus', 'growth', 'enterprise')", name="ck_organizations_tier"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "groups",
        Column("organization", key(), nullable=False),
        Column("id", key(), nullable=False),
        Column("description", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name="fk_groups_organizations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization", "id", name="pk_groups"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "leases",
        Column("organization", key(), nullable=False),
        Column("token", sa.BigInteger(), nullable=False),
        Column("owner", sa.Text(), nullable=True),
        Column("since", moment(), nullable=True),
        Column("heartbeat_at", moment(), nullable=True),
        Column("expires_at", moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name="fk_leases_organizations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization", name="pk_leases"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "projects",
        Column("organization", key(), nullable=False),
        Column("id", key(), nullable=False),
        Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name="fk_projects_organizations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization", "id", name="pk_projects"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "runs",
        Column("organization", key(), nullable=False),
        Column("id", key(), nullable=False),
        Column("plan_digest", key(), nullable=False),
        Column("desired_digest", sa.Text(), nullable=False),
        Column("source_commit", sa.Text(), nullable=True),
        Column("actor", sa.Text(), nullable=False),
        Column("summary", sa.JSON(), nullable=False),
        Column("started_at", moment(), nullable=False),
        Column("finished_at", moment(), nullable=True),
        Column("outcome", sa.Text(), nullable=False),
        Column("changes", sa.Integer(), nullable=False),
        Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'started') = (finished_at IS NULL)", name="ck_runs_finished"
        ),
        sa.CheckConstraint("outcome IN ('started', 'succeeded', 'failed')", name="ck_runs_outcome"),
        sa.ForeignKeyConstraint(
            ["organization"], ["organizations.id"], name="fk_runs_organizations", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization", "id", name="pk_runs"),
    )
    op.create_index(
        "ix_runs_applied",
        "runs",
        ["organization", "plan_digest"],
        unique=True,
        sqlite_where=sa.text("outcome = 'succeeded'"),
        postgresql_where=sa.text("outcome = 'succeeded'"),
    )
    op.create_table(
        "team_spaces",
        Column("organization", key(), nullable=False),
        Column("id", key(), nullable=False),
        Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name="fk_team_spaces_organizations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization", "id", name="pk_team_spaces"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "teams",
        Column("organization", key(), nullable=False),
        Column("name", key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name="fk_teams_organizations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization", "name", name="pk_teams"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit",
        Column("organization", key(), nullable=False),
        Column("sequence", sa.BigInteger(), nullable=False),
        Column("at", moment(), nullable=False),
        Column("actor", sa.Text(), nullable=False),
        Column("operation", sa.Text(), nullable=False),
        Column("subject", key(), nullable=False),
        Column("before", sa.JSON(), nullable=False),
        Column("after", sa.JSON(), nullable=False),
        Column("run", key(), nullable=True),
        Column("previous_hash", sa.Text(), nullable=False),
        Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "run"], ["runs.organization", "runs.id"], name="fk_audit_runs"
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name="fk_audit_organizations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization", "sequence", name="pk_audit"),
    )
    op.create_index(
        "ix_audit_subject", "audit", ["organization", "subject", "sequence"], unique=False
    )
    op.create_table(
        "group_projects",
        Column("organization", key(), nullable=False),
        Column("group_id", key(), nullable=False),
        Column("project", key(), nullable=False),
        Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('viewer', 'member', 'manager', 'admin')", name="ck_group_projects_role"
        ),
        sa.ForeignKeyConstraint(
            ["organization", "group_id"],
            ["groups.organization", "groups.id"],
            name="fk_group_projects_groups",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization", "project"],
            ["projects.organization", "projects.id"],
            name="fk_group_projects_projects",
        ),
        sa.PrimaryKeyConstraint("organization", "group_id", "project", name="pk_group_projects"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "group_spaces",
        Column("organization", key(), nullable=False),
        Column("group_id", key(), nullable=False),
        Column("space", key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "group_id"],
            ["groups.organization", "groups.id"],
            name="fk_group_spaces_groups",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization", "space"],
            ["team_spaces.organization", "team_spaces.id"],
            name="fk_group_spaces_team_spaces",
        ),
        sa.PrimaryKeyConstraint("organization", "group_id", "space", name="pk_group_spaces"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "members",
        Column("organization", key(), nullable=False),
        Column("email", key(), nullable=False),
        Column("state", sa.Text(), nullable=False),
        Column("role", sa.Text(), nullable=False),
        Column("name", sa.Text(), nullable=True),
        Column("team", key(), nullable=True),
        Column("default_project", key(), nullable=True),
        Column("requested_at", moment(), nullable=True),
        Column("invited_at", moment(), nullable=True),
        Column("invitations_sent", sa.Integer(), nullable=False),
        Column("joined_at", moment(), nullable=True),
        Column("last_login_at", moment(), nullable=True),
        Column("grants_digest", sa.Text(), nullable=False),
        Column("spaces_digest", sa.Text(), nullable=False),
        Column("changed_sequence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("email LIKE '_%@_%'", name="ck_members_email"),
        sa.CheckConstraint(
            "role IN ('user', 'viewer', 'member', 'manager', 'admin')", name="ck_members_role"
        ),
        sa.CheckConstraint("state <> 'joined' OR joined_at IS NOT NULL", name="ck_members_joined"),
        sa.CheckConstraint(
            "state <> 'pending' OR invited_at IS NOT NULL", name="ck_members_invited"
        ),
        sa.CheckConstraint(
            "state <> 'requested' OR requested_at IS NOT NULL", name="ck_members_requested"
        ),
        sa.CheckConstraint("state IN ('requested', 'pending', 'joined')", name="ck_members_state"),
        sa.ForeignKeyConstraint(
            ["organization", "default_project"],
            ["projects.organization", "projects.id"],
            name="fk_members_projects",
        ),
        sa.ForeignKeyConstraint(
            ["organization", "team"], ["teams.organization", "teams.name"], name="fk_members_teams"
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name="fk_members_organizations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization", "email", name="pk_members"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_members_admins",
        "members",
        ["organization", "email"],
        unique=False,
        sqlite_where=sa.text("role = 'admin'"),
        postgresql_where=sa.text("role = 'admin'"),
    )
    op.create_index(
        "ix_members_changed", "members", ["organization", "changed_sequence"], unique=False
    )
    op.create_table(
        "content",
        Column("organization", key(), nullable=False),
        Column("id", key(), nullable=False),
        Column("kind", sa.Text(), nullable=False),
        Column("title", sa.Text(), nullable=False),
        Column("project", key(), nullable=False),
        Column("space", key(), nullable=True),
        Column("owner", key(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('chart', 'dashboard', 'cohort', 'notebook')", name="ck_content_kind"
        ),
        sa.ForeignKeyConstraint(
            ["organization", "owner"],
            ["members.organization", "members.email"],
            name="fk_content_members",
        ),
        sa.ForeignKeyConstraint(
            ["organization", "project"],
            ["projects.organization", "projects.id"],
            name="fk_content_projects",
        ),
        sa.ForeignKeyConstraint(
            ["organization", "space"],
            ["team_spaces.organization", "team_spaces.id"],
            name="fk_content_team_spaces",
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name="fk_content_organizations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization", "id", name="pk_content"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_content_owner", "content", ["organization", "owner"], unique=False)
    op.create_table(
        "member_groups",
        Column("organization", key(), nullable=False),
        Column("email", key(), nullable=False),
        Column("group_id", key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "email"],
            ["members.organization", "members.email"],
            name="fk_member_groups_members",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization", "group_id"],
            ["groups.organization", "groups.id"],
            name="fk_member_groups_groups",
        ),
        sa.PrimaryKeyConstraint("organization", "email", "group_id", name="pk_member_groups"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_member_groups_group", "member_groups", ["organization", "group_id"], unique=False
    )
    op.create_table(
        "member_projects",
        Column("organization", key(), nullable=False),
        Column("email", key(), nullable=False),
        Column("project", key(), nullable=False),
        Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('viewer', 'member', 'manager', 'admin')", name="ck_member_projects_role"
        ),
        sa.ForeignKeyConstraint(
            ["organization", "email"],
            ["members.organization", "members.email"],
            name="fk_member_projects_members",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization", "project"],
            ["projects.organization", "projects.id"],
            name="fk_member_projects_projects",
        ),
        sa.PrimaryKeyConstraint("organization", "email", "project", name="pk_member_projects"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member_spaces",
        Column("organization", key(), nullable=False),
        Column("email", key(), nullable=False),
        Column("space", key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "email"],
            ["members.organization", "members.email"],
            name="fk_member_spaces_members",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization", "space"],
            ["team_spaces.organization", "team_spaces.id"],
            name="fk_member_spaces_team_spaces",
        ),
        sa.PrimaryKeyConstraint("organization", "email", "space", name="pk_member_spaces"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise NotImplementedError("the first tables are not taken away: delete the database instead")
