"""Accounts as files state them: each of them once."""

from __future__ import annotations

from reconciler.desired import format as checks
from reconciler.desired.places import Places
from reconciler.desired.state import DesiredAccount, DesiredState
from reconciler.model.finding import Finding, Location


def account_findings(state: DesiredState, places: Places) -> list[Finding]:
    """F04 for an account that two members state: it would speak for both."""
    first: dict[tuple[str, str], DesiredAccount] = {}
    found = []
    for account in state.accounts:
        other = first.setdefault(account.key, account)
        if other is not account:
            found.append(checks.DUPLICATE_KEY.found(
                _place(state, account, places),
                f"the {account.service} account {account.name} is stated a second time (first for "
                f"{other.email} at {_place(state, other, places)})",
                "an account is one person's: keep one of them", subject=account.email))
    return found


def _place(state: DesiredState, account: DesiredAccount, places: Places) -> Location:
    return places.find(state.files[account.file], account.line, "members", account.email,
                       ("accounts", account.service))
