"""Runs in the audit log: how each ended, with a digest of its whole row, as a record of its own.

The row of a run is the baseline that drift is told from, and says which commit and whose decision
made somebody's access so. The record puts it into the chain of hashes: a row that was altered or
removed does not fit its record any more, and one that was added has none.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, literal_column, select, update

from reconciler.live.past import FINISH
from reconciler.live.ports import AuditRecord, Breach
from reconciler.live.sql import audit, tables
from reconciler.live.sql.tables import time_of, time_text

_t = tables.runs
_TIMES: Final = ("started_at", "finished_at")
_COLUMNS: Final = tuple(column.name for column in _t.columns)


class _Run(NamedTuple):
    """A run as it is stored: `texts` by column, in UTF-8; times as texts."""

    id: bytes
    outcome: bytes
    texts: dict[str, bytes | None]


def seal(connection: Connection, organization: str, run: str, before: int) -> None:
    """Record how a run ended as the organization's next record, behind the sequence `before`.

    Runs that failed since the last one that succeeded changed nothing, and left no record of their
    own: they are named in this one, and so are all that versions without such records left.
    """
    row = connection.execute(select(_t).where(
        _t.c.organization == organization, _t.c.id == run)).one()
    sequence = before + 1
    others = [_t.c.organization == organization, _t.c.id != run, _t.c.outcome != "started"]
    if _sealed_before(connection, organization, sequence):
        others.append(_t.c.sequence.is_(None))
    names = sorted(connection.execute(select(_t.c.id).where(*others)).scalars())
    connection.execute(update(_t).where(*others, _t.c.sequence.is_(None), _t.c.outcome == "failed")
                       .values(sequence=sequence))
    stored = {r.id.decode(): r for r in _stored(connection, organization, {run, *names})}
    org = tables.organizations
    connection.execute(update(org).where(org.c.id == organization).values(sequence=sequence))
    audit.append(connection, organization, [AuditRecord(
        sequence=sequence, at=_ended(row.finished_at), actor=row.actor, operation=FINISH,
        subject=f"run:{run}", before={"run": None}, run=run,
        after={"run": {
            "outcome": row.outcome, "changes": row.changes, "commit": row.source_commit,
            "plan_digest": row.plan_digest, "desired_digest": row.desired_digest,
            "policy_digest": row.policy_digest, "digest": _digest(stored[run])},
            "others": {name: _digest(stored[name]) for name in names}})])


def _sealed_before(connection: Connection, organization: str, sequence: int) -> bool:
    """Whether the newest run that succeeded before has a record of its own."""
    newest = connection.execute(
        select(_t.c.sequence).where(
            _t.c.organization == organization, _t.c.outcome == "succeeded",
            _t.c.sequence < sequence)
        .order_by(_t.c.sequence.desc()).limit(1)).scalar()
    a = tables.audit
    return newest is not None and connection.execute(select(a.c.operation).where(
        a.c.organization == organization, a.c.sequence == newest)).scalar() == FINISH


class Seals:
    """What the records of a chain say of runs; held against the runs that there are."""

    def __init__(self) -> None:
        self._by_run: dict[str, tuple[int, str]] = {}

    def note(self, record: Any) -> None:
        """Take in a record of the chain, as it is stored, where it is of a run's end."""
        if record.operation != FINISH.encode():
            return
        after = json.loads(record.after)
        # A try that failed and was repeated at once is told twice: the later one holds.
        self._by_run |= {name: (record.sequence, digest)
                         for name, digest in after["others"].items()}
        self._by_run[record.run.decode()] = (record.sequence, after["run"]["digest"])

    def breach(self, connection: Connection, organization: str) -> tuple[Breach | None, int]:
        """The first run that is not as its record says, and how many runs no record tells of:
        those that failed since the last one that succeeded, or all of earlier versions."""
        missing = dict(self._by_run)
        found: list[Breach] = []
        unsealed = 0
        for run in _stored(connection, organization):
            name = run.id.decode(errors="replace")
            sequence, digest = missing.pop(name, (0, ""))
            if sequence:
                if digest != _digest(run):
                    found.append(Breach(sequence, f"the run {name} is not as record {sequence} "
                                                  "says: it was altered"))
            elif run.outcome != b"started":
                unsealed += 1
                if self._by_run and run.texts["sequence"] is not None:
                    found.append(Breach(_number(run.texts["sequence"]),
                                        f"the run {name} has no record: it was inserted"))
        gone = [Breach(sequence, f"the run {name} of record {sequence} was removed, or its id "
                                 "altered") for name, (sequence, _) in missing.items()]
        # A run whose id was altered is named by the one that it had.
        return min(gone or found, default=None), unsealed


def _stored(
    connection: Connection, organization: str, runs: Collection[str] | None = None
) -> Iterator[_Run]:
    """Runs (None: all), byte by byte, in order of id."""
    sqlite = connection.dialect.name == "sqlite"

    def raw(column: str) -> str:
        if sqlite:
            return f"CAST({column} AS BLOB) AS {column}"
        return column if column in _TIMES else f"convert_to({column}::text, 'UTF8') AS {column}"

    columns: Any = literal_column(", ".join(map(raw, _COLUMNS)))
    query = select(columns).select_from(_t).where(_t.c.organization == organization)
    if runs is not None:
        query = query.where(_t.c.id.in_(runs))
    for row in connection.execute(query.order_by(_t.c.id)):
        values = dict(zip(_COLUMNS, row, strict=True))
        texts = {column: time_text(value).encode() if isinstance(value, datetime)
                 else None if value is None else bytes(value)
                 for column, value in values.items()}
        yield _Run(texts["id"] or b"", texts["outcome"] or b"", texts)


def _digest(run: _Run) -> str:
    """Of every column's bytes, each behind its length; of what is null behind a dash."""
    digest = sha256()
    for value in run.texts.values():
        digest.update(b"-" if value is None else b"%d:%b" % (len(value), value))
    return digest.hexdigest()


def _number(stored: bytes | None) -> int:
    return int(stored) if stored is not None and stored.isdigit() else 0


def _ended(stored: Any) -> datetime:
    at = time_of(stored)
    if at is None:
        raise AssertionError("a run that is sealed has ended")
    return at
