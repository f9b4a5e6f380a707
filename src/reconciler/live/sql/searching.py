"""Looking up records of the audit log: the newest, or all, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Text, and_, cast, or_, select

from reconciler.live.ports import Sealed, Wanted
from reconciler.live.sql import audit, tables
from reconciler.model.canonical import canonical_text
from reconciler.model.email import Email, domain_of
from reconciler.model.migration import moved

_t = tables.audit
_AT_ONCE: Final = 2_000
_GIVES_ROLE: Final = ("set-project-role", "remove-project-role", "set-group-role",
                      "remove-group-role")
_OF_GROUP: Final = ("add-to-group", "remove-from-group")
_CARRIES: Final = ("invite", "approve-request", "remove-member", "revoke-invitation",
                   "create-group", "delete-group")
"""Operations whose images name projects and groups inside."""


def search(
    connection: Connection, organization: str, wanted: Wanted, *, newest: int | None = None
) -> Iterator[Sealed]:
    """The records that are wanted with their hashes, oldest first; of them only the `newest`
    where that is given. Read as they are asked for, so that a long log needs no memory."""
    mine = and_(_t.c.organization == organization, *_conditions(connection, organization, wanted))
    query = select(*(_t.c[name] for name in audit.COLUMNS)).where(mine)
    if newest is not None:
        found = list(connection.execute(query.order_by(_t.c.sequence.desc()).limit(newest)))
        yield from map(_sealed, reversed(found))
        return
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(query.order_by(_t.c.sequence))
    yield from map(_sealed, rows)


def known(connection: Connection, organization: str, column: str) -> list[str]:
    """What occurs in a column of the log (`subject`, `target`, `actor`, `operation`), sorted."""
    query = select(_t.c[column]).distinct().where(
        _t.c.organization == organization, _t.c[column].is_not(None))
    return sorted(connection.execute(query).scalars())


def _sealed(row: Any) -> Sealed:
    return Sealed(audit.record_of(row), row.previous_hash, row.hash)


def _conditions(connection: Connection, organization: str, wanted: Wanted) -> Iterator[Any]:
    if wanted.member is not None:
        people = sorted(_addresses(connection, organization, wanted.member))
        yield or_(_t.c.subject.in_(people),
                  and_(_t.c.operation == "transfer-content", _t.c.target.in_(people)))
    if wanted.project is not None:
        yield _naming(f"project:{wanted.project}", _GIVES_ROLE, wanted.project)
    if wanted.group is not None:
        yield _naming(f"group:{wanted.group}", _OF_GROUP, wanted.group)
    if wanted.actor is not None:
        yield _t.c.actor == wanted.actor
    if wanted.operation is not None:
        yield _t.c.operation == wanted.operation
    if wanted.run is not None:
        yield _t.c.run == wanted.run
    if wanted.by_hand:
        yield _t.c.run.is_(None)
    if wanted.since is not None:
        yield _t.c.at >= wanted.since
    if wanted.until is not None:
        yield _t.c.at <= wanted.until


def _naming(subject: str, operations: tuple[str, ...], name: str) -> Any:
    """Records about a thing itself, that give or take it, or whose images hold its name."""
    quoted = canonical_text(name).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    held = or_(cast(_t.c.before, Text).like(f"%{quoted}%", escape="\\"),
               cast(_t.c.after, Text).like(f"%{quoted}%", escape="\\"))
    return or_(_t.c.subject == subject,
               and_(_t.c.operation.in_(operations), _t.c.target == name),
               and_(_t.c.operation.in_(_CARRIES), held))


def _addresses(connection: Connection, organization: str, email: Email) -> set[Email]:
    """Somebody's address with those that domain migrations gave them."""
    query = select(_t.c.subject, _t.c.target).where(
        _t.c.organization == organization, _t.c.subject >= "domain:", _t.c.subject < "domain;",
        _t.c.target.is_not(None)).order_by(_t.c.sequence)
    migrations = [(s.partition(":")[2], new) for s, new in connection.execute(query)]
    found = {email}
    for old, new in (*reversed(migrations), *migrations):
        found |= {moved(e, old) for e in found if domain_of(e) == new}
        found |= {moved(e, new) for e in found if domain_of(e) == old}
    return found
