"""The audit log: every operation that was performed, chained by hashes.

A record's hash is the SHA-256 of the canonical JSON (keys sorted, no blanks, UTF-8) of the list
`[previous hash, organization, sequence, at, actor, operation, subject, before, after, run]`, with
the target at its end where the operation has one. Who alters, removes or inserts a record breaks
the chain at that place; who cuts off its end leaves the organization's sequence behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any, Final

from sqlalchemy import Connection, select

from reconciler.live.ports import AuditRecord
from reconciler.live.sql import tables
from reconciler.live.sql.bulk import insert_rows
from reconciler.live.sql.tables import time_of, time_text
from reconciler.model.canonical import canonical_text
from reconciler.model.images import Image

BEGINNING: Final = "0" * 64
"""What stands before the first record."""
COLUMNS: Final = ("organization", "sequence", "at", "actor", "operation", "subject", "before",
                  "after", "run", "previous_hash", "hash", "target")
_t = tables.audit


def last_hash(connection: Connection, organization: str) -> str:
    """The hash that the next record continues."""
    found = connection.execute(
        select(_t.c.hash).where(_t.c.organization == organization)
        .order_by(_t.c.sequence.desc()).limit(1)).scalar()
    return BEGINNING if found is None else str(found)


def append(connection: Connection, organization: str, records: Sequence[AuditRecord]) -> None:
    """Add records, which continue the sequence, to the chain."""
    if not records:
        return
    sqlite = connection.dialect.name == "sqlite"
    previous = last_hash(connection, organization)
    rows: list[tuple[Any, ...]] = []
    moment, at = records[0].at, time_text(records[0].at)
    for record in records:
        before, after = canonical_text(record.before), canonical_text(record.after)
        if record.at != moment:
            moment, at = record.at, time_text(record.at)
        digest = _hash(previous, organization, record, at, before, after)
        rows.append((organization, record.sequence, at if sqlite else record.at, record.actor,
                     record.operation, record.subject, before, after, record.run, previous, digest,
                     record.target))
        previous = digest
    insert_rows(connection, _t, COLUMNS, rows)


def records(
    connection: Connection, organization: str, *, after: int = 0, limit: int | None = None
) -> list[AuditRecord]:
    """Records with a sequence above `after`, oldest first."""
    query = _query().where(_t.c.organization == organization, _t.c.sequence > after)
    return [record_of(row) for row in connection.execute(
        query.order_by(_t.c.sequence).limit(limit))]


def records_of_run(connection: Connection, organization: str, run: str) -> list[AuditRecord]:
    """Every record of a run, oldest first."""
    query = _query().where(_t.c.organization == organization, _t.c.run == run)
    return [record_of(row) for row in connection.execute(query.order_by(_t.c.sequence))]


def history_of(
    connection: Connection, organization: str, subject: str, after: int, limit: int
) -> list[AuditRecord]:
    """Records about one subject with a sequence above `after`, newest first."""
    query = _query().where(_t.c.organization == organization, _t.c.subject == subject,
                           _t.c.sequence > after)
    return [record_of(row) for row in connection.execute(
        query.order_by(_t.c.sequence.desc()).limit(limit))]


def _query() -> Any:
    return select(_t.c.sequence, _t.c.at, _t.c.actor, _t.c.operation, _t.c.subject, _t.c.before,
                  _t.c.after, _t.c.run, _t.c.target)


def record_of(row: Any) -> AuditRecord:
    """A row of the audit table as a record."""
    at: datetime | None = time_of(row.at)
    if at is None:
        raise AssertionError("a record has a time")
    before: Image = row.before
    return AuditRecord(sequence=row.sequence, at=at, actor=row.actor, operation=row.operation,
                       subject=row.subject, before=before, after=row.after, run=row.run,
                       target=row.target)


def _hash(
    previous: str, organization: str, record: AuditRecord, at: str, before: str, after: str
) -> str:
    text = _text
    line = (f'["{previous}",{text(organization)},{record.sequence},"{at}",{text(record.actor)},'
            f'{text(record.operation)},{text(record.subject)},{before},{after},'
            f'{"null" if record.run is None else text(record.run)}'
            f'{"" if record.target is None else "," + text(record.target)}]')
    return sha256(line.encode()).hexdigest()


try:  # The C function that json itself uses; absent on other interpreters.
    from _json import encode_basestring as _text
except ImportError:  # pragma: no cover
    _text = encode_basestring
