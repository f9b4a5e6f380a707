"""The policy that was applied last, one row for each organization that has one.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("organization", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
                  nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization", name="pk_policies"),
        sa.ForeignKeyConstraint(["organization"], ["organizations.id"],
                                name="fk_policies_organizations", ondelete="CASCADE"),
        sqlite_with_rowid=False)


def downgrade() -> None:
    # Nothing that was ever allowed depends on it: without it the built-in policy holds.
    op.drop_table("policies")
