"""The way in to a live store: one function, so that nothing heavy is imported before it is used."""

from __future__ import annotations

from pathlib import Path

from reconciler.live.ports import Store


def open_store(url: str) -> Store:
    """The live store at a URL: `sqlite:///file.db` or `postgresql+psycopg://user@host/database`.

    Nothing is created and nothing is read yet, but a server is asked whether it is there and a
    file whether it is a database. Raises InvalidInput for a URL of another form or a driver that
    is not installed, Unreachable where there is no server, no access or no database.
    """
    from reconciler.live.sql.store import SqlStore

    return SqlStore.open(url)


def open_snapshot(path: Path) -> Store:
    """A snapshot as a store that is only read. Raises Unreachable where it is not there, was
    altered or cut off, or was taken by a version with other tables."""
    from reconciler.live.sql.snapshot_store import SnapshotStore

    return SnapshotStore(path)
