"""Accounts on services that speak for members: whose word is whose, decided like access.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _key(name: str) -> sa.Column[str]:
    """A text compared byte by byte."""
    return sa.Column(name, sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
                     nullable=False)


def upgrade() -> None:
    op.create_table(
        "accounts",
        _key("organization"), _key("service"), _key("key"),
        sa.Column("name", sa.Text(), nullable=False),
        _key("email"),
        sa.PrimaryKeyConstraint("organization", "service", "key", name="pk_accounts"),
        sa.ForeignKeyConstraint(
            ["organization", "email"], ["members.organization", "members.email"],
            name="fk_accounts_members", ondelete="CASCADE"),
        sqlite_with_rowid=False)
    op.create_index("ix_accounts_email", "accounts", ["organization", "email", "service"],
                    unique=True)


def downgrade() -> None:
    # Accounts are stated in the files: the next run of a newer version keeps them again.
    op.drop_table("accounts")
