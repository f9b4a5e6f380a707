"""Which version of the tables a database has, and how it gets the newest.

Looking is one cheap query; Alembic is imported only where there is something to migrate.
"""

# Statements are put together from names in this package alone; every value is a parameter.
# ruff: noqa: S608

from __future__ import annotations

import enum
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from reconciler.model.errors import Unreachable

VERSION_TABLE: Final = "reconciler_version"
REVISIONS: Final = ("0001", "0002", "0003", "0004")
"""Every version of the tables, oldest first (a test holds the last one equal to Alembic's)."""

_MIGRATION_LOCK: Final = 0x7265636F6E63  # any number, as long as everybody uses the same


class Version(enum.Enum):
    """How a database's tables relate to this program."""

    EMPTY = enum.auto()
    OLD = enum.auto()
    CURRENT = enum.auto()


def version_of(connection: Connection) -> Version:
    """What the database holds. Raises Unreachable for tables of a newer version."""
    if connection.dialect.name == "postgresql":
        there = text("SELECT to_regclass(:table) IS NOT NULL")
    else:
        there = text("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = :table")
    if not connection.execute(there, {"table": VERSION_TABLE}).scalar():
        return Version.EMPTY
    stored = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()
    if stored is None:
        return Version.EMPTY
    if stored == REVISIONS[-1]:
        return Version.CURRENT
    if stored in REVISIONS:
        return Version.OLD
    raise Unreachable(
        f"the live store was written by a newer version of reconciler (its tables are {stored}, "
        f"this version knows {REVISIONS[-1]})",
        how="install the newest version: pip install --upgrade reconciler")


def need_current(connection: Connection) -> bool:
    """Whether there are tables to read. Raises Unreachable for old and for newer ones."""
    match version_of(connection):
        case Version.EMPTY:
            return False
        case Version.OLD:
            raise Unreachable(
                "the live store's tables are of an older version of reconciler",
                how="run `reconciler live upgrade`; the next change to the store does it as well")
        case Version.CURRENT:
            return True


def upgrade(connection: Connection) -> bool:
    """Bring the tables to the newest version, inside the caller's transaction; returns whether
    there was anything to do. Raises Unreachable for tables of a newer version."""
    if version_of(connection) is Version.CURRENT:
        return False
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        if version_of(connection) is Version.CURRENT:
            return False
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True
