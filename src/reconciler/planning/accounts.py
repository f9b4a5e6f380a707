"""Compare accounts: which one speaks for whom, as stated under `accounts` of a member."""

from __future__ import annotations

from typing import Final

from reconciler.desired.state import DesiredAccount, Mode
from reconciler.live.ports import Reader
from reconciler.model.accounts import AccountKey
from reconciler.model.email import Email
from reconciler.model.operations import SetAccount
from reconciler.model.world import Frame
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.lifecycle.resolved import Resolved
from reconciler.planning.plan import Note, Reason

_FINDS_LINES: Final = 1_000
"""Of so many changes the line of the account is looked up in the files; of more, that of its
member's entry is known."""


def compare_accounts(
    resolved: Resolved, frame: Frame, reader: Reader, found: Difference
) -> None:
    """Add what accounts need to `found`: a declared member has exactly those that are stated.

    Members whom the files leave alone keep theirs, unless somebody else is to have them.
    """
    state = resolved.state
    if not (state.accounts or frame.accounts):
        return
    if state.manage.members is Mode.IGNORE:
        if state.accounts:
            found.notes.append(Note(
                code="unmanaged", subject="accounts", source=state.place(state.accounts[0]),
                text="accounts are not compared, as no people are (manage.members: ignore)"))
        return
    wanted = _wanted(resolved)
    held = {(a.email, a.service): a for a in frame.accounts.values()}
    waiting = _waiting(resolved)
    other = {at: stated for at, stated in sorted(wanted.items())
             if (at not in held or held[at].key != stated.key)
             and not _speaks_still(frame, stated.key, waiting.get(at[0]))}
    few = len(other) <= _FINDS_LINES
    for (email, service), stated in other.items():
        found.drafts.append(Draft(
            SetAccount(email, service, stated.name),
            Reason.DIFFERS if (email, service) in held else Reason.NOT_IN_STORE,
            source=(found.sources.of("members", stated.email, "accounts", service) if few
                    else state.place(stated))))
    taken = {a.key for a in wanted.values()}
    for (email, service), had in sorted(held.items()):
        # What somebody else is to have goes there with that.
        if email in state.members and (email, service) not in wanted and had.key not in taken:
            found.drafts.append(Draft(
                SetAccount(email, service, None), Reason.NOT_DECLARED, raises=False,
                source=found.sources.of("members", email)))
    # Whoever is concerned is read in one go.
    unread = [d.operation.email for d in found.drafts if isinstance(d.operation, SetAccount)
              and d.operation.email not in found.observed]
    found.observed.update(reader.members(unread))


def _wanted(resolved: Resolved) -> dict[tuple[Email, str], DesiredAccount]:
    """What is stated, by the address that its member has, or is to have; of members alone whose
    entry still holds."""
    now = resolved.renamed | {c.change.old: c.change.new for c in resolved.open_changes}
    made = {}
    for account in resolved.state.accounts:
        email = now.get(account.email, account.email)
        if email in resolved.state.members:
            made[email, account.service] = account
    return made


def _waiting(resolved: Resolved) -> dict[Email, Email]:
    """Old addresses of people whose new one has not joined, by the new one."""
    return {c.change.new: c.change.old for c in resolved.open_changes
            if c.new is None or not c.new.joined}


def _speaks_still(frame: Frame, key: AccountKey, old: Email | None) -> bool:
    """Whether an account speaks for the address that its member still works with."""
    known = frame.accounts.get(key)
    return old is not None and known is not None and known.email == old
