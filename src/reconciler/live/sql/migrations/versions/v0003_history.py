"""What history is told from: the target of an operation, and what a run leaves as the baseline.

Runs that change nothing leave a baseline too, so a plan without changes may be applied again.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_APPLIED = sa.text("outcome = 'succeeded' AND changes > 0")
_APPLIED_ONCE = sa.text("outcome = 'succeeded'")


def upgrade() -> None:
    op.add_column("audit", sa.Column(
        "target", sa.Text().with_variant(sa.Text(collation="C"), "postgresql")))
    op.add_column("runs", sa.Column("policy_digest", sa.Text()))
    op.add_column("runs", sa.Column("sequence", sa.BigInteger()))
    op.add_column("runs", sa.Column("carried", sa.JSON()))
    op.drop_index("ix_runs_applied", "runs")
    op.create_index("ix_runs_applied", "runs", ["organization", "plan_digest"], unique=True,
                    sqlite_where=_APPLIED, postgresql_where=_APPLIED)


def downgrade() -> None:
    op.drop_index("ix_runs_applied", "runs")
    op.execute("DELETE FROM runs WHERE outcome = 'succeeded' AND changes = 0")
    op.create_index("ix_runs_applied", "runs", ["organization", "plan_digest"], unique=True,
                    sqlite_where=_APPLIED_ONCE, postgresql_where=_APPLIED_ONCE)
    op.drop_column("runs", "carried")
    op.drop_column("runs", "sequence")
    op.drop_column("runs", "policy_digest")
    op.drop_column("audit", "target")
