"""What a command works with: the clock, the store, the organization and the actor."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.cli.output import say
from reconciler.live.snapshot import only_read, other_organization, path_of
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean

if TYPE_CHECKING:
    from reconciler.live.ports import Store

CLOCK = "RECONCILER_NOW"


def now() -> datetime:
    """The time, UTC: that of RECONCILER_NOW where it is set, so that runs can be reproduced."""
    text = os.environ.get(CLOCK)
    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{CLOCK} is {text!r}, no ISO time",
                           how="write it as 2027-01-31T12:00:00Z, or unset it") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def open_store(url: str) -> Store:
    """The live store, to be read and written; see `reconciler.live.connect`. Raises InvalidInput
    for a snapshot: who only reads opens with `open_to_read`."""
    from reconciler.live.connect import open_store as open_

    refuse_snapshot(url)
    return open_(url)


def open_to_read(url: str, *, told: bool = False) -> Store:
    """The live store or a snapshot (`snapshot:FILE`), for what only reads. That it is a snapshot
    is said on stderr, but where the result says it itself (`told`)."""
    from reconciler.live.connect import open_snapshot

    path = path_of(url)
    if path is None:
        return open_store(url)
    store = open_snapshot(path)
    if store.snapshot is not None and not told:
        say(f"note: this is {store.snapshot.said}, without titles of content and without history")
    return store


def refuse_snapshot(url: str) -> None:
    """Raise InvalidInput where a snapshot is named and only the live store will do."""
    path = path_of(url)
    if path is not None:
        raise only_read(str(path))


def the_organization(store: Store, wanted: str | None) -> str:
    """The organization meant: the one named, else the only one there is.

    Raises InvalidInput, with the command that creates one, or with those that there are.
    """
    held = store.organizations()
    if wanted is not None and wanted in held:
        return wanted
    if wanted is not None and store.snapshot is not None:
        raise other_organization(store.snapshot, wanted)
    if not held:
        raise InvalidInput(
            "the live store holds no organization yet" if wanted is None else
            f"the live store holds no organization {wanted}",
            how=f"create it: reconciler live init {wanted or 'ORGANIZATION'} --admin EMAIL")
    if wanted is not None:
        close = did_you_mean(wanted, held)
        raise InvalidInput(
            f"the live store holds no organization {wanted}; it holds {', '.join(held)}",
            how=close or f"create it: reconciler live init {wanted} --admin EMAIL")
    if len(held) > 1:
        raise InvalidInput(
            f"the live store holds {len(held)} organizations: {', '.join(held)}",
            how=f"say which: --organization {held[0]}")
    return held[0]


def declared_organization(path: str, declared: str, wanted: str | None) -> str:
    """The organization that the files at `path` declare. Raises InvalidInput where another one is
    named: files are never held against somebody else's organization."""
    if wanted is not None and wanted != declared:
        raise InvalidInput(f"{path} declares the organization {declared}, not {wanted}",
                           how="leave --organization out, or name the other file")
    return declared


def the_actor(actor: Email | None, command: str) -> Email:
    """The actor, or InvalidInput with the command as it should be given."""
    if actor is None:
        raise InvalidInput("nobody is named on whose authority this happens",
                           how=f"add --as EMAIL or set RECONCILER_ACTOR, for example: {command} "
                               "--as ada@acme.example")
    return actor
