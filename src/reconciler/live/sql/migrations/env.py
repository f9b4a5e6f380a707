"""Alembic's entry: runs the steps on the connection, and in the transaction, it is handed."""

from __future__ import annotations

from alembic import context

from reconciler.live.sql.schema import VERSION_TABLE

# No target metadata: its naming convention would be put on top of the names the steps give.
context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
)
context.run_migrations()
