"""The SQL live store: the Store of the ports."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, insert

from reconciler.live.ports import (
    AuditRecord,
    RunInfo,
    RunRecord,
    Sealed,
    Step,
    Verified,
    Wanted,
)
from reconciler.live.sql import audit, journal, lock, schema, sealing, searching, tables, verifying
from reconciler.live.sql.bulk import insert_rows
from reconciler.live.sql.creating import first_world
from reconciler.live.sql.engine import (
    BUSY_SECONDS,
    create_sqlite_file,
    make_engine,
    parse_url,
    plain_errors,
    reading,
    sqlite_file,
    writing,
)
from reconciler.live.sql.performing import perform_steps
from reconciler.live.sql.reader import SqlReader, organizations, unknown_organization
from reconciler.live.sql.writer import Writer, confirm_owners, setting_values
from reconciler.model.collecting import without_collection
from reconciler.model.email import Email
from reconciler.model.errors import Locked, ReconcilerError, Refused, Unreachable
from reconciler.model.images import member_image
from reconciler.model.organization import Settings
from reconciler.model.world import Frame, World


class SqlStore:
    """A live store in SQLite or PostgreSQL."""

    def __init__(self, engine: Engine, *, wait_seconds: float, lease_seconds: float) -> None:
        self._engine = engine
        self._wait = wait_seconds
        self._lease = lease_seconds

    @classmethod
    def open(
        cls, url: str, *, wait_seconds: float = BUSY_SECONDS,
        lease_seconds: float = lock.LEASE_SECONDS,
    ) -> SqlStore:
        """The store at a URL; see `reconciler.live.connect.open_store`. `wait_seconds` is how
        long to wait for another writer, `lease_seconds` after what silence others take over."""
        engine = make_engine(parse_url(url), wait_seconds)
        store = cls(engine, wait_seconds=wait_seconds, lease_seconds=lease_seconds)
        if store._exists():
            with reading(engine) as connection:
                schema.version_of(connection)
        return store

    # --- reading ------------------------------------------------------------------------------

    @property
    def snapshot(self) -> None:
        """None: this is a live store."""
        return None

    def organizations(self) -> list[str]:
        """The ids of all organizations, sorted."""
        with self._reading() as connection:
            return organizations(connection) if connection is not None else []

    @contextmanager
    def reader(self, organization: str) -> Iterator[SqlReader]:
        """One moment of an organization."""
        with self._reading() as connection:
            if connection is None:
                raise unknown_organization(None, organization)
            yield SqlReader(connection, organization)

    def audit(
        self, organization: str, *, after: int = 0, limit: int | None = None
    ) -> list[AuditRecord]:
        """Audit records with a sequence above `after`, oldest first."""
        with self.reader(organization) as reader:
            return audit.records(reader.connection, organization, after=after, limit=limit)

    def search(
        self, organization: str, wanted: Wanted, *, newest: int | None = None
    ) -> Iterator[Sealed]:
        """Records that are wanted, oldest first; see the ports."""
        with self.reader(organization) as reader:
            yield from searching.search(reader.connection, organization, wanted, newest=newest)

    def named_in_audit(self, organization: str, column: str) -> list[str]:
        """Every subject, target, actor or operation of the audit log, sorted."""
        with self.reader(organization) as reader:
            return searching.known(reader.connection, organization, column)

    def verify(
        self, organization: str, anchors: Mapping[int, str] | None = None
    ) -> Verified:
        """Follow the audit log's chain of hashes; see the ports."""
        with self.reader(organization) as reader:
            return verifying.verify(reader.connection, organization, anchors)

    def runs(self, organization: str) -> list[RunRecord]:
        """All runs, however they ended, oldest first."""
        with self.reader(organization) as reader:
            return journal.all_runs(reader.connection, organization)

    def take_snapshot(self, organization: str, *, now: datetime) -> bytes:
        """All that planning needs, as the bytes of a file; see the ports."""
        from reconciler.live.sql.snapshots import take

        with self.reader(organization) as reader:
            return take(reader, now=now.astimezone(UTC))

    # --- writing ------------------------------------------------------------------------------

    def upgrade(self) -> bool:
        """Bring older tables to the newest version; returns whether there was anything to do."""
        if not self._exists():
            return False
        with writing(self._engine) as connection:
            return schema.upgrade(connection)

    def create_organization(
        self, organization: str, *, settings: Settings, admin: Email, now: datetime
    ) -> None:
        """Create an organization with its first member; see the ports."""
        now = now.astimezone(UTC)
        world = first_world(organization, settings, admin, now)
        path = sqlite_file(self._engine)
        if path is not None and (not self._exists() or path.stat().st_size == 0):
            with plain_errors(self._engine):
                create_sqlite_file(path)
        with writing(self._engine) as connection:
            schema.upgrade(connection)
            if organization in organizations(connection):
                raise Refused(f"there is an organization {organization} already",
                              how="choose another id")
            connection.execute(insert(tables.organizations).values(
                id=organization, sequence=1, created_at=now, **setting_values(settings)))
            insert_rows(connection, tables.leases, ("organization", "token"), [(organization, 0)])
            Writer(connection, Frame(organization=organization, settings=settings), 1).flush(world)
            audit.append(connection, organization, [AuditRecord(
                sequence=1, at=now, actor=admin, operation="create-organization",
                subject=f"organization:{organization}", before={"organization": None},
                after={"organization": {
                    "settings": setting_values(settings),
                    "members": {admin: member_image(world.member(admin))}}})])

    def perform(
        self,
        organization: str,
        steps: Sequence[Step],
        *,
        actor: Email | None,
        now: datetime,
        run: RunInfo | None = None,
    ) -> list[AuditRecord]:
        """Perform operations in one transaction: all or none; see the ports."""
        now = now.astimezone(UTC)
        began = time.monotonic()
        token = self._acquire(organization, actor, now, run)
        try:
            with without_collection(), self._writing(organization) as connection:
                lock.confirm(connection, organization, token, self._lease)
                records, sequence = self._perform(
                    connection, organization, steps, actor, now, run)
                if run is not None:
                    # Its own record is the last of it.
                    journal.finish(connection, organization, run, "succeeded",
                                   _later(now, began), changes=len(records),
                                   sequence=sequence + 1)
                    sealing.seal(connection, organization, run.id, sequence)
                lock.release(connection, organization, token)
        except BaseException as error:
            self._give_up(organization, token, run, _later(now, began), error)
            raise
        return records

    def _perform(
        self, connection: Connection, organization: str, steps: Sequence[Step],
        actor: Email | None, now: datetime, run: RunInfo | None,
    ) -> tuple[list[AuditRecord], int]:
        """What was recorded, and the organization's sequence after it."""
        reader = SqlReader(connection, organization)
        frame = reader.frame()
        world = World(frame, reader)
        records = perform_steps(reader, world, steps, actor=actor, now=now, after=frame.sequence,
                                run=run)
        sequence = frame.sequence + len(records)
        Writer(connection, frame, sequence).flush(world)
        confirm_owners(connection, organization, world)
        audit.append(connection, organization, records)
        return records, sequence

    # --- who writes ---------------------------------------------------------------------------

    def _acquire(
        self, organization: str, actor: Email | None, now: datetime, run: RunInfo | None
    ) -> int:
        """Take the lease and note the start of the run, both committed before the work."""
        if not self._exists():
            raise unknown_organization(None, organization)
        owner = lock.holder_name(actor or "somebody for themselves")
        until = time.monotonic() + self._wait
        while True:
            with self._writing(organization) as connection:
                schema.upgrade(connection)
                if organization not in organizations(connection):
                    raise unknown_organization(connection, organization)
                token = lock.acquire(connection, organization, owner, self._lease)
                if token is not None:
                    if run is not None:
                        journal.start(connection, organization, run, actor or "", now)
                    return token
            if not lock.pause(until):
                raise lock.locked(self._engine, organization)

    def _give_up(
        self, organization: str, token: int, run: RunInfo | None, now: datetime,
        error: BaseException,
    ) -> None:
        """After a rollback: note that the run failed and let others in. A store that cannot even
        be told keeps the run as started, and the lease ends by itself."""
        with suppress(ReconcilerError), writing(self._engine) as connection:
            if run is not None:
                problem = error.what if isinstance(error, ReconcilerError) else (
                    type(error).__name__)
                journal.finish(connection, organization, run, "failed", now, problem=problem)
            lock.release(connection, organization, token)

    @contextmanager
    def _writing(self, organization: str) -> Iterator[Connection]:
        """A writing transaction; where others keep it busy, who they are."""
        entered = False
        try:
            with writing(self._engine) as connection:
                entered = True
                yield connection
        except Locked:
            if entered:
                raise
            raise lock.locked(self._engine, organization) from None

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        """A moment of the store, or None where it holds no tables."""
        if not self._exists():
            yield None
            return
        with reading(self._engine) as connection:
            yield connection if schema.need_current(connection) else None

    def _exists(self) -> bool:
        """Whether there is anything to open; a server says so itself."""
        path = sqlite_file(self._engine)
        if path is None:
            return True
        try:
            there, is_file = path.exists(), path.is_file()
        except OSError as error:
            raise Unreachable(f"the live store {path} cannot be reached: {error.strerror}",
                              how="check the path and who may read it") from None
        if is_file:
            return True
        if there:
            raise Unreachable(f"the live store {path} is not a file",
                              how="name the file that `reconciler live init` made")
        return False


def _later(now: datetime, began: float) -> datetime:
    return now + timedelta(seconds=time.monotonic() - began)
