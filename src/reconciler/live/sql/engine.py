"""Engines: how each database is opened, and what its errors mean to people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from reconciler.live.snapshot import is_snapshot
from reconciler.model.errors import InvalidInput, Locked, Refused, Unreachable
from reconciler.model.nearest import nearest

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
FORMS: Final = "sqlite:///file.db or postgresql+psycopg://user@host/database"
BUSY_SECONDS: Final = 5.0
"""How long a writer waits for another one before it gives up."""
_SECRETS: Final = ("password", "passfile", "sslpassword")
_BEGIN: Final = "reconciler_begin"


def parse_url(text: str) -> URL:
    """A store's URL, `postgresql://` meaning psycopg. Raises InvalidInput for other forms."""
    scheme, separator, _ = text.partition("://")
    driver = {"sqlite": "sqlite", "sqlite+pysqlite": "sqlite", "postgresql": "postgresql+psycopg",
              "postgres": "postgresql+psycopg",
              "postgresql+psycopg": "postgresql+psycopg"}.get(scheme)
    if not separator or driver is None:
        close = nearest(scheme, ("sqlite", "postgresql", "postgresql+psycopg"))
        shown = f"{scheme}://..." if separator else "the live store's URL"
        guess = f"; did you mean {close}://?" if separator and close else ""
        raise InvalidInput(f"{shown} is no URL of a live store", how=f"write {FORMS}{guess}")
    try:
        url = make_url(text).set(drivername=driver)
    except (ArgumentError, ValueError):
        raise InvalidInput(f"the live store's {scheme} URL cannot be read",
                           how=f"write {FORMS}") from None
    if driver == SQLITE and url.database in (None, "", ":memory:"):
        raise InvalidInput("a live store in SQLite needs a file", how="write sqlite:///file.db")
    if driver == SQLITE and (url.host or url.query):
        raise InvalidInput("a SQLite URL names a file and nothing else",
                           how="write sqlite:///file.db, or sqlite:////an/absolute/file.db")
    if driver != SQLITE and not url.database:
        raise InvalidInput("the PostgreSQL URL names no database", how=f"write {FORMS}")
    return url


def make_engine(url: URL, wait_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine that opens one connection at a time and keeps none. Raises InvalidInput where
    the driver is not installed."""
    if url.drivername == SQLITE:
        return _sqlite_engine(Path(str(url.database)), wait_seconds)
    try:
        return create_engine(url, poolclass=NullPool, connect_args=(
            {} if "connect_timeout" in url.query else {"connect_timeout": 10}
        ) | {"application_name": "reconciler"})
    except ImportError as missing:
        raise InvalidInput("the PostgreSQL driver psycopg is not installed",
                           how="pip install 'reconciler[postgresql]'") from missing


def sqlite_file(engine: Engine) -> Path | None:
    """The file of a SQLite engine."""
    return Path(str(engine.url.database)) if engine.dialect.name == SQLITE else None


def create_sqlite_file(path: Path) -> None:
    """Make an empty database in write-ahead mode, in which readers never wait for a writer."""
    if not path.parent.is_dir():
        raise Unreachable(f"the folder {path.parent} of the live store does not exist",
                          how="create it first")
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _sqlite_engine(path: Path, wait_seconds: float) -> Engine:
    address = f"file:{quote(str(path.absolute()))}?mode=rw"

    def connect() -> sqlite3.Connection:
        # mode=rw: opening never creates. isolation_level None: we say BEGIN ourselves.
        made = sqlite3.connect(address, uri=True, timeout=wait_seconds, isolation_level=None,
                               check_same_thread=False)
        made.execute("PRAGMA foreign_keys = ON")
        made.execute("PRAGMA cache_size = -65536")
        # What undoes a statement of many rows stays in memory too (bulk.insert_rows).
        made.execute("PRAGMA temp_store = MEMORY")
        return made

    engine = create_engine(URL.create(SQLITE, database=str(path)), creator=connect,
                           poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one moment and changes nothing."""
    with plain_errors(engine), engine.connect() as connection:
        if engine.dialect.name == POSTGRESQL:
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that is committed at the end, and rolled back by any
    exception. On SQLite it is the only writer from its first moment."""
    with plain_errors(engine), engine.connect() as connection:
        connection = connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        with connection.begin():
            yield connection


@contextmanager
def plain_errors(engine: Engine) -> Iterator[None]:
    """Turn what the driver raises into what people can act on, without any secret."""
    driver: Any = engine.dialect.dbapi
    try:
        yield
    except (SQLAlchemyError, driver.Error) as error:
        raise _translated(engine, error) from error


def _translated(engine: Engine, error: Exception) -> Exception:
    original = error.orig if isinstance(error, DBAPIError) and error.orig else error
    driver: Any = engine.dialect.dbapi
    said = _without_secrets(engine.url, " ".join(str(original).split()))
    place = _place(engine.url)
    if isinstance(original, driver.IntegrityError):
        return Refused(f"the live store's own constraints refuse it: {said}",
                       how="nothing was written")
    if isinstance(original, driver.DataError):
        return InvalidInput(f"the live store cannot hold a value: {said}",
                            how="nothing was written")
    if engine.dialect.name == SQLITE:
        if getattr(original, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return Locked(f"another run is writing to {place}", how="try again when it is done")
        of_snapshot = is_snapshot(Path(place))
        how = {
            "SQLITE_NOTADB": (f"it is a snapshot, which is only read: --store snapshot:{place}"
                              if of_snapshot else "name the file that `reconciler live init` made"),
            "SQLITE_CANTOPEN": "check that the file is there and that you may read and write it",
            "SQLITE_READONLY": "check that you may write the file and its folder",
        }.get(getattr(original, "sqlite_errorname", ""), "check the file and its disk")
        return Unreachable(f"the live store {place} cannot be used: {said}", how=how)
    if getattr(original, "sqlstate", None) == "55P03":
        return Locked(f"another run is writing to {place}", how="try again when it is done")
    return Unreachable(f"the live store {place} cannot be used: {said}",
                       how="check the server, the database's name, the user and the password")


def _place(url: URL) -> str:
    if url.drivername == SQLITE:
        return str(url.database)
    return _without_secrets(url, url.set(query={}).render_as_string(hide_password=True))


def _without_secrets(url: URL, text: str) -> str:
    values = [url.query.get(name) for name in _SECRETS] + [url.password]
    for value in values:
        if isinstance(value, str) and value:
            text = text.replace(value, "***")
    return text
