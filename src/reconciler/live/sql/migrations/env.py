"""Alembic's entry: runs the steps on the connection, and in the transaction, it is handed."""

from __future__ import annotations

from alembic import context

from reconciler.live.sql.schema import VERSION_TABLE
from reconciler.live.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    compare_type=True,
)
context.run_migrations()
