"""Taking a snapshot: the tables of one organization, reduced to what planning reads.

The tables are those of a live store, so that one reader reads both. Left out or blanked is what no
plan asks for: titles of content, leases, images before, hashes, how runs went, and all of the audit
log but what tells who moved the store since the last run, whom there once was, and where a domain
went.
"""

# Statements are put together from names in this package alone; every value is a parameter.
# ruff: noqa: S608

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, Column, Connection, Engine, StaticPool, Table, create_engine

from reconciler.live.movements import concerned
from reconciler.live.ports import AuditRecord
from reconciler.live.snapshot import Snapshot, packed
from reconciler.live.sql import audit, tables
from reconciler.live.sql.bulk import insert_rows
from reconciler.live.sql.reader import SqlReader
from reconciler.live.sql.schema import REVISIONS
from reconciler.live.sql.tables import UtcTime, time_of, time_text
from reconciler.model.canonical import canonical_text
from reconciler.model.collecting import without_collection

WHOLE: Final = (
    tables.organizations, tables.projects, tables.team_spaces, tables.teams, tables.groups,
    tables.group_projects, tables.group_spaces, tables.members, tables.member_projects,
    tables.member_groups, tables.member_spaces, tables.accounts, tables.content, tables.policies)
"""Tables whose rows are in a snapshot as they are, but for the columns of `BLANK`."""
REDUCED: Final = (tables.runs, tables.audit)
"""Tables of which only some rows are in a snapshot, and not everything of them."""
LEFT_OUT: Final = (tables.leases,)
BLANK: Final = frozenset({tables.content.c.title})
"""What people wrote and nobody plans by."""
Rows = list[tuple[Any, ...]]


def take(reader: SqlReader, *, now: datetime) -> bytes:
    """The moment of a reader as a file; `now` (UTC) is when it was taken."""
    frame = reader.frame()
    with without_collection():
        memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        try:
            engine = _engine_on(memory)
            tables.metadata.create_all(engine, tables=[*WHOLE, *REDUCED])
            with engine.begin() as target:
                for table in WHOLE:
                    insert_rows(target, table, _names(table), _rows(reader.connection, table,
                                                                    reader.organization))
                records = _records(reader, frame.sequence)
                insert_rows(target, tables.runs, _names(tables.runs), _runs(reader, records))
                insert_rows(target, tables.audit, audit.COLUMNS,
                            [_audit_row(reader.organization, r) for r in records])
            body = memory.serialize()
        finally:
            memory.close()
    return packed(Snapshot(organization=reader.organization, taken_at=now,
                           sequence=frame.sequence, tables=REVISIONS[-1]), body)


def _engine_on(memory: sqlite3.Connection) -> Engine:
    return create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)


def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.c)


# --- rows as SQLite has them, from either database ---------------------------------------------


def _rows(
    source: Connection, table: Table, organization: str, where: str = "",
    values: Sequence[str] = (),
) -> Rows:
    """Rows of one organization in order of their key, as they are stored in SQLite."""
    sqlite = source.dialect.name == "sqlite"
    columns = ", ".join(_selected(column, sqlite=sqlite) for column in table.c)
    key = "id" if table is tables.organizations else "organization"
    order = ", ".join(column.name for column in table.primary_key.columns)
    statement = f"SELECT {columns} FROM {table.name} WHERE {key} = ?{where} ORDER BY {order}"
    result = source.exec_driver_sql(statement if sqlite else statement.replace("?", "%s"),
                                    (organization, *values))
    # The driver's own tuples, for speed.
    cursor: Any = result.cursor
    found: Rows = cursor.fetchall()
    result.close()
    converted = [] if sqlite else _converters(table)
    if not converted:
        return found
    return [tuple(made(value) if made else value
                  for made, value in zip(converted, row, strict=True)) for row in found]


def _selected(column: Column[Any], *, sqlite: bool) -> str:
    if column in BLANK:
        return "''"
    return f"CAST({column.name} AS text)" if isinstance(column.type, JSON) and not sqlite else (
        column.name)


def _converters(table: Table) -> list[Callable[[Any], Any] | None]:
    """What makes of a value of PostgreSQL one of SQLite; nothing where all are the same."""
    made: list[Callable[[Any], Any] | None] = [_as_text if isinstance(c.type, UtcTime) else None
                                               for c in table.c]
    return made if any(made) else []


def _as_text(at: datetime | None) -> str | None:
    return None if at is None else time_text(at)


# --- what happened -----------------------------------------------------------------------------


def _records(reader: SqlReader, sequence: int) -> list[AuditRecord]:
    """What planning reads of the audit log, oldest first."""
    found = {r.sequence: r for r in _newest_of_who_is_gone(reader)}
    found |= {r.sequence: r for r in reader.told((), groups=())
              if r.subject.startswith("domain:")}
    people = concerned(reader.baseline(), sequence, reader)
    if people is not None:
        found |= {r.sequence: r for r in reader.told(people)}
    return [found[number] for number in sorted(found)]


def _newest_of_who_is_gone(reader: SqlReader) -> Iterable[AuditRecord]:
    """Of everybody who was there and is not any more, that they were: without what it was."""
    newest = (
        "SELECT max(a.sequence) FROM audit a WHERE a.organization = ? AND NOT EXISTS ("
        "SELECT 1 FROM members m WHERE m.organization = a.organization AND m.email = a.subject "
        "AND m.state <> 'requested') GROUP BY a.subject")
    statement = ("SELECT sequence, at, actor, operation, subject FROM audit "
                 f"WHERE organization = ? AND sequence IN ({newest})")
    source = reader.connection
    if source.dialect.name != "sqlite":
        statement = statement.replace("?", "%s")
    for number, stored, actor, operation, subject in source.exec_driver_sql(
            statement, (reader.organization, reader.organization)):
        at = time_of(stored)
        # An email holds no colon, and everything else but `policy` and `unassigned` does.
        if at is not None and "@" in subject and ":" not in subject:
            yield AuditRecord(sequence=number, at=at, actor=actor, operation=operation,
                              subject=subject, before={}, after={})


def _audit_row(organization: str, record: AuditRecord) -> tuple[Any, ...]:
    """A record without its image before, and outside of the chain of hashes."""
    return (organization, record.sequence, time_text(record.at), record.actor, record.operation,
            record.subject, "{}", canonical_text(record.after), record.run, "", "", record.target)


def _runs(reader: SqlReader, records: Sequence[AuditRecord]) -> Rows:
    """The newest run, which left the baseline and what is under way, and those that records
    name."""
    wanted = {r.run for r in records if r.run is not None}
    at = {name: number for number, name in enumerate(_names(tables.runs))}
    rows = _rows(reader.connection, tables.runs, reader.organization)
    succeeded = [row for row in rows if row[at["outcome"]] == "succeeded"]
    if succeeded:
        # In the order in which the journal says which is the newest.
        newest = max(succeeded, key=lambda row: (
            -1 if row[at["sequence"]] is None else row[at["sequence"]], row[at["started_at"]],
            row[at["id"]]))
        wanted.add(newest[at["id"]])
    return [_reduced_run(row, at) for row in rows if row[at["id"]] in wanted]


def _reduced_run(row: tuple[Any, ...], at: dict[str, int]) -> tuple[Any, ...]:
    """A run without how it went (those that are kept succeeded): of its summary only what it left
    under way."""
    made = list(row)
    intents = (json.loads(row[at["summary"]]) or {}).get("intents", [])
    made[at["summary"]] = canonical_text({"intents": intents})
    made[at["finished_at"]] = row[at["started_at"]]
    return tuple(made)
