"""The way in to a live store: one function, so that nothing heavy is imported before it is used."""

from __future__ import annotations

from reconciler.live.ports import Store


def open_store(url: str) -> Store:
    """The live store at a URL: `sqlite:///file.db` or `postgresql+psycopg://user@host/database`.

    Nothing is created and nothing is read yet, but a server is asked whether it is there and a
    file whether it is a database. Raises InvalidInput for a URL of another form or a driver that
    is not installed, Unreachable where there is no server, no access or no database.
    """
    from reconciler.live.sql.store import SqlStore

    return SqlStore.open(url)
