"""A snapshot as a store: it is read like any other, and never written.

Its tables are taken into memory, so that nothing that happens here can reach the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from sqlalchemy import URL, StaticPool, create_engine

from reconciler.live.ports import (
    AuditRecord,
    RunInfo,
    RunRecord,
    Sealed,
    Step,
    Verified,
    Wanted,
)
from reconciler.live.snapshot import (
    Snapshot,
    only_read,
    other_organization,
    other_version,
    unpacked,
)
from reconciler.live.sql.engine import reading
from reconciler.live.sql.reader import SqlReader
from reconciler.live.sql.schema import REVISIONS
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, Unreachable
from reconciler.model.organization import Settings


class SnapshotStore:
    """The Store of the ports, on a snapshot: what would write, or read what a snapshot does not
    hold, raises InvalidInput."""

    def __init__(self, path: Path) -> None:
        """Raises what `unpacked` raises, and Unreachable for tables of another version, or none."""
        self._path = path
        self._snapshot, body = unpacked(path)
        if self._snapshot.tables != REVISIONS[-1]:
            raise other_version(path, self._snapshot.version)
        # One connection for as long as there is the store: its tables are in memory once.
        memory = _tables(path, body)
        self._engine = create_engine(URL.create("sqlite", database=str(path)),
                                     creator=lambda: memory, poolclass=StaticPool)

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def organizations(self) -> list[str]:
        """The one that it was taken of."""
        return [self._snapshot.organization]

    @contextmanager
    def reader(self, organization: str) -> Iterator[SqlReader]:
        """The moment at which it was taken."""
        if organization != self._snapshot.organization:
            raise other_organization(self._snapshot, organization)
        with reading(self._engine) as connection:
            yield SqlReader(connection, organization, self._snapshot)

    # --- what a snapshot is not for -----------------------------------------------------------

    def audit(
        self, organization: str, *, after: int = 0, limit: int | None = None
    ) -> list[AuditRecord]:
        self._no_log()

    def search(
        self, organization: str, wanted: Wanted, *, newest: int | None = None
    ) -> Iterator[Sealed]:
        self._no_log()

    def named_in_audit(self, organization: str, column: str) -> list[str]:
        self._no_log()

    def verify(
        self, organization: str, anchors: Mapping[int, str] | None = None
    ) -> Verified:
        self._no_log()

    def runs(self, organization: str) -> list[RunRecord]:
        self._no_log()

    def take_snapshot(self, organization: str, *, now: datetime) -> bytes:
        self._only_read()

    def upgrade(self) -> bool:
        self._only_read()

    def create_organization(
        self, organization: str, *, settings: Settings, admin: Email, now: datetime
    ) -> None:
        self._only_read()

    def perform(
        self,
        organization: str,
        steps: Sequence[Step],
        *,
        actor: Email | None,
        now: datetime,
        run: RunInfo | None = None,
    ) -> list[AuditRecord]:
        self._only_read()

    def _no_log(self) -> NoReturn:
        raise InvalidInput(f"the snapshot {self._path} keeps no history of runs and operations",
                           how="ask the live store that it was taken of")

    def _only_read(self) -> NoReturn:
        raise only_read(str(self._path))


def _tables(path: Path, body: bytes) -> sqlite3.Connection:
    """The tables of a snapshot in memory, to be read only."""
    made = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        made.deserialize(body)
        # Whoever made the file might have put more than tables into it.
        made.execute("PRAGMA trusted_schema = OFF")
        made.execute("PRAGMA query_only = ON")
        made.execute("SELECT count(*) FROM organizations")
    except sqlite3.Error as wrong:
        made.close()
        raise Unreachable(f"the snapshot {path} holds no tables: {wrong}",
                          how="take it again: reconciler snapshot --out FILE") from None
    return made
