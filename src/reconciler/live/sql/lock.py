"""One writer per organization: a lease that says who it is, under a lock of the database.

The lease is committed before the work starts, so that everybody can see who writes and since
when. The work itself runs in one transaction that holds the lease's row (on SQLite: the whole
file), which is what truly keeps others out; a holder whose lease was taken over meanwhile shows an
old token and is stopped before its first write. So an expired lease may be taken without asking:
its holder is dead, or will find out.

No thread keeps a lease alive. `heartbeat_at` and `expires_at` are written twice: when the lease is
taken, for others to see, and by the first statement of the working transaction, which nobody sees
before it ends. Between the two a holder may be silent for LEASE_SECONDS; after that the lock keeps
others out, however long the work takes and though the lease that they read is over. Of a holder
that dies the database rolls the transaction back, and with it the lock and the second writing goes:
what stays is the committed lease, which ends by itself. A server notices a dead process at once, as
its connection closes; a machine that vanished it notices only when its own TCP keepalive gives up
(`tcp_keepalives_idle`, often two hours), and until then others are told who holds it.
"""

from __future__ import annotations

import os
import socket
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, select, text, update
from sqlalchemy.exc import OperationalError

from reconciler.live.sql import tables
from reconciler.live.sql.engine import reading
from reconciler.model.errors import Locked

LEASE_SECONDS: Final = 10.0
"""How long a holder may be silent outside its transaction before others take over."""
POLL_SECONDS: Final = 0.05
_t = tables.leases


def holder_name(actor: str) -> str:
    """Who takes a lease: the actor, and which process on which machine."""
    return f"{actor} (process {os.getpid()} on {socket.gethostname()})"


def acquire(connection: Connection, organization: str, owner: str, seconds: float) -> int | None:
    """Take the organization's lease in the caller's transaction: the token to show later, or
    None while somebody else has it."""
    now = _now(connection)
    row = _locked_row(connection, organization)
    if row is None or (row.owner is not None and row.expires_at > now):
        return None
    connection.execute(
        update(_t).where(_t.c.organization == organization)
        .values(token=row.token + 1, owner=owner, since=now, heartbeat_at=now,
                expires_at=now + timedelta(seconds=seconds)))
    return int(row.token) + 1


def confirm(connection: Connection, organization: str, token: int, seconds: float) -> None:
    """Lock the lease for the rest of this transaction. Raises Locked where it was lost."""
    row = _locked_row(connection, organization, patient=True)
    if row is None or row.token != token:
        raise Locked(f"this run lost its lease on {organization} to another run",
                     how="plan again; nothing was written")
    now = _now(connection)
    connection.execute(
        update(_t).where(_t.c.organization == organization)
        .values(heartbeat_at=now, expires_at=now + timedelta(seconds=seconds)))


def release(connection: Connection, organization: str, token: int) -> None:
    """Give the lease back; the token stays, so that it keeps growing."""
    connection.execute(
        update(_t).where(_t.c.organization == organization, _t.c.token == token)
        .values(owner=None, since=None, heartbeat_at=None, expires_at=None))


def locked(engine: Engine, organization: str) -> Locked:
    """Who holds the organization (or, on SQLite, the file) and since when."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(_t.c.organization, _t.c.owner, _t.c.since, _t.c.expires_at)
            .where(_t.c.owner.is_not(None)).order_by(_t.c.expires_at.desc())).all()
    mine = [row for row in rows if row.organization == organization] or rows
    if not mine:
        return Locked(f"another program is writing to the live store of {organization}",
                      how="try again when it is done")
    row = mine[0]
    return Locked(
        f"{row.organization} is held by {row.owner} since {row.since:%Y-%m-%d %H:%M:%S} UTC",
        how="try again when that run is done; if it died, its lease ends by itself within "
            f"{LEASE_SECONDS:.0f} seconds")


def pause(until: float) -> bool:
    """Wait a moment; False when the time is over."""
    if time.monotonic() >= until:
        return False
    time.sleep(POLL_SECONDS)
    return True


def _locked_row(connection: Connection, organization: str, *, patient: bool = False) -> Any:
    """The lease's row, kept from others until the transaction ends; None while others keep it.
    Whoever is only looking keeps it for a moment, which the `patient` wait for."""
    query = select(_t.c.token, _t.c.owner, _t.c.expires_at).where(
        _t.c.organization == organization)
    if connection.dialect.name == "sqlite":
        return connection.execute(query).one()
    try:
        with connection.begin_nested():
            if patient:
                connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            row = connection.execute(query.with_for_update(nowait=not patient)).one()
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            return row
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == "55P03":
            return None
        raise


def _now(connection: Connection) -> datetime:
    """The database server's clock, where there is a server: machines disagree about the time."""
    if connection.dialect.name == "postgresql":
        now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return now.astimezone(UTC)
    return datetime.now(UTC)
