"""Whether the audit log is what was written: the chain of hashes over the bytes as they are stored,
and the runs, each against its record.

Nothing is parsed before it is compared, so that a byte that makes no difference to JSON, or that
makes it none, is found like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, select, text

from reconciler.live.ports import Breach, Verified
from reconciler.live.sql import audit, tables
from reconciler.live.sql.sealing import Seals
from reconciler.live.sql.tables import time_text
from reconciler.model.canonical import canonical_text

_TEXTS: Final = ("actor", "operation", "subject", "before", "after", "run", "previous_hash",
                 "hash", "target")
_AT_ONCE: Final = 2_000


def verify(
    connection: Connection, organization: str, anchors: Mapping[int, str] | None = None
) -> Verified:
    """Follow the chain from its beginning to where the organization says it ends, and hold the runs
    against what it says of them.

    `anchors` are hashes that were noted elsewhere, by sequence: a chain that was written anew from
    some record on follows from itself, but not from them.
    """
    expected, previous = 1, audit.BEGINNING
    noted = dict(anchors or {})
    seals = Seals()
    for row in _rows(connection, organization):
        breach = _breach(row, organization, expected, previous, noted)
        if breach is not None:
            return Verified(records=expected - 1, last_hash=previous, breach=breach)
        seals.note(row)
        expected, previous = expected + 1, row.hash.decode()
    end = connection.execute(select(tables.organizations.c.sequence).where(
        tables.organizations.c.id == organization)).scalar()
    breach = None
    if end != expected - 1:
        breach = Breach(expected, f"the log ends at record {expected - 1}, and the organization "
                                  f"counts {end}: records were cut off, or the count was altered")
    missing = sorted(sequence for sequence in noted if sequence >= expected)
    if breach is None and missing:
        breach = Breach(missing[0], f"there is no record {missing[0]}, whose hash was noted")
    unsealed = 0
    if breach is None:
        breach, unsealed = seals.breach(connection, organization)
    return Verified(records=expected - 1, last_hash=previous, breach=breach, unsealed=unsealed)


def _breach(
    row: Any, organization: str, expected: int, previous: str, noted: Mapping[int, str]
) -> Breach | None:
    if row.sequence != expected:
        return Breach(expected, f"record {expected} was removed, or its number altered")
    said = _said(row)
    if row.previous_hash != previous.encode():
        return Breach(expected, f"record {expected}{said} does not follow from the one before it: "
                                "one of the two was altered, or it was inserted")
    try:
        digest = _digest(row, organization, previous)
    except (UnicodeDecodeError, ValueError, TypeError):
        digest = ""
    if row.hash != digest.encode():
        return Breach(expected, f"record {expected}{said} was altered")
    if expected in noted and noted[expected] != digest:
        return Breach(expected, f"record {expected}{said} has another hash than the one that was "
                                "noted: the log was written anew")
    return None


def _digest(row: Any, organization: str, previous: str) -> str:
    def quoted(value: bytes) -> str:
        return canonical_text(value.decode())

    line = (f'["{previous}",{canonical_text(organization)},{row.sequence},"{row.at}",'
            f"{quoted(row.actor)},{quoted(row.operation)},{quoted(row.subject)},"
            f"{row.before.decode()},{row.after.decode()},"
            f"{'null' if row.run is None else quoted(row.run)}"
            f"{'' if row.target is None else ',' + quoted(row.target)}]")
    return sha256(line.encode()).hexdigest()


def _said(row: Any) -> str:
    """What an altered record says, as far as it can be read."""
    try:
        return f" ({row.operation.decode()} of {row.subject.decode()})"
    except (UnicodeDecodeError, AttributeError):
        return ""


def _rows(connection: Connection, organization: str) -> Iterator[Any]:
    sqlite = connection.dialect.name == "sqlite"
    # SQLite keeps any bytes in any column; its driver would fail on those that are no text.
    if sqlite:
        columns = ", ".join(f"CAST({name} AS BLOB) AS {name}" for name in _TEXTS)
        at = "CAST(at AS BLOB) AS at"
    else:
        columns = ", ".join(f"convert_to({name}::text, 'UTF8') AS {name}" for name in _TEXTS)
        at = "at"
    # Names of this module alone; the organization is a parameter.
    query = text(f"SELECT sequence, {at}, {columns} FROM audit "  # noqa: S608
                 "WHERE organization = :organization ORDER BY sequence")
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(
        query, {"organization": organization})
    for row in rows:
        values = row._asdict()
        values["at"] = (values["at"].decode(errors="replace") if sqlite
                        else time_text(values["at"]))
        yield _Raw(values)


class _Raw:
    """One row as it is stored: texts as bytes."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)
