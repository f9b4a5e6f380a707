"""What the audit log says of who has access: the records that `live.past` is rebuilt from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, func, select

from reconciler.live.past import SILENT
from reconciler.live.ports import AuditRecord
from reconciler.live.sql import tables
from reconciler.live.sql.tables import time_of
from reconciler.model.email import Email, domain_of
from reconciler.model.migration import moved

_t = tables.audit
_COLUMNS: Final = (_t.c.sequence, _t.c.at, _t.c.actor, _t.c.operation, _t.c.subject, _t.c.after,
                   _t.c.run, _t.c.target)
_OF_THE_ORGANIZATION: Final = ("organization", "setting", "project", "team-space", "team", "group",
                               "domain")
_CHUNK: Final = 500
_MANY: Final = 5_000
"""From how many people on it is cheaper to read what was told of everybody."""


def told(
    connection: Connection, organization: str, people: Collection[Email] | None, *,
    up_to: int | None = None, groups: Collection[str] | None = None,
) -> Iterable[AuditRecord]:
    """Records that gave or took access, oldest first: of these people (None: of everybody) and of
    all that is no person. `up_to` is the last sequence that counts (None: all). Images before are
    left out. Of groups only `groups` are told (None: all). Somebody whose address a domain
    migration changed is told under both."""
    mine = and_(_t.c.organization == organization, _t.c.operation.not_in(SILENT))
    if up_to is not None:
        mine = and_(mine, _t.c.sequence <= up_to)
    query = select(*_COLUMNS).where(mine)
    if people is None or len(people) > _MANY:
        rows = connection.execution_options(yield_per=2_000).execute(
            query.order_by(_t.c.sequence))
        return map(_record, rows)
    # One question for each range of subjects, and in no order: asked for several at once, or in
    # order, SQLite reads the log from end to end. An email holds no colon.
    of_things = [and_(_t.c.subject >= f"{kind}:", _t.c.subject < f"{kind};")
                 for kind in _OF_THE_ORGANIZATION if kind != "group" or groups is None]
    of_things += _among([f"group:{name}" for name in sorted(groups or ())])
    found = [_record(row) for part in of_things for row in connection.execute(query.where(part))]
    for part in _among(sorted(_with_former_addresses(people, found))):
        found += map(_record, connection.execute(query.where(part)))
    return sorted(found, key=lambda record: record.sequence)


def _among(subjects: Sequence[str]) -> list[Any]:
    """That a record is about one of these, in parts that one statement can carry."""
    return [_t.c.subject.in_(subjects[start:start + _CHUNK])
            for start in range(0, len(subjects), _CHUNK)]


def subjects_told(connection: Connection, organization: str, *, after: int) -> list[str]:
    """Of whom and what records above a sequence say that access was given or taken, sorted."""
    query = select(_t.c.subject).distinct().where(
        _t.c.organization == organization, _t.c.sequence > after, _t.c.operation.not_in(SILENT))
    return sorted(connection.execute(query).scalars())


def sequence_at(connection: Connection, organization: str, moment: datetime) -> int:
    """The sequence of the last record that was written by then (UTC); 0 for none."""
    query = select(func.max(_t.c.sequence)).where(
        _t.c.organization == organization, _t.c.at <= moment)
    return int(connection.execute(query).scalar() or 0)


def _with_former_addresses(people: Iterable[Email], of_things: list[AuditRecord]) -> set[Email]:
    """These people with the addresses that they had before, and have had since."""
    wanted = set(people)
    migrations = [r for r in of_things if r.operation == "migrate-domain" and r.target]
    for record in (*reversed(migrations), *migrations):
        old, new = record.subject.partition(":")[2], record.target or ""
        wanted |= {moved(e, old) for e in wanted if domain_of(e) == new}
        wanted |= {moved(e, new) for e in wanted if domain_of(e) == old}
    return wanted


def _record(row: Any) -> AuditRecord:
    at = time_of(row.at)
    if at is None:
        raise AssertionError("a record has a time")
    return AuditRecord(sequence=row.sequence, at=at, actor=row.actor, operation=row.operation,
                       subject=row.subject, before={}, after=row.after, run=row.run,
                       target=row.target)
