"""Accounts of members on services that speak for them, such as GitHub: who is whose."""

from __future__ import annotations

from typing import Final

from reconciler.desired import format as checks
from reconciler.desired.places import Places
from reconciler.desired.state import Account, DesiredState
from reconciler.model.email import Email, InvalidEmail, normalize_email
from reconciler.model.errors import InvalidInput
from reconciler.model.finding import Finding, Location
from reconciler.model.nearest import did_you_mean

GITHUB: Final = "github"
SERVICES: Final = (GITHUB,)


def account_findings(state: DesiredState, places: Places) -> list[Finding]:
    """F04 for an account that two members state: it would speak for both."""
    first: dict[tuple[str, str], Account] = {}
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


def person_of(text: str, accounts: tuple[Account, ...]) -> Email:
    """The member that a text names: an email, or `github:LOGIN` as one of `accounts`. Raises
    InvalidInput for an account that nobody has, and for what is neither."""
    service, colon, name = text.strip().partition(":")
    if not colon or "@" in service:
        try:
            return normalize_email(text)
        except InvalidEmail as wrong:
            raise InvalidInput(f"{text!r} names nobody: {wrong}",
                               how="write an email, or github:LOGIN") from None
    if service not in SERVICES:
        raise InvalidInput(f"accounts on {service} are not known", how=(
            did_you_mean(service, SERVICES) or f"known are {', '.join(SERVICES)}"))
    for account in accounts:
        if account.key == (service, name.lower()):
            return account.email
    known = [a.name for a in accounts if a.service == service]
    raise InvalidInput(
        f"the {service} account {name} is nobody's", how=did_you_mean(name, known) or (
            f"state it under their entry in members: accounts: {{{service}: {name}}}" if known
            else f"no member states an account on {service}: add accounts: {{{service}: LOGIN}}"))


def account_of(email: Email, service: str, accounts: tuple[Account, ...]) -> str | None:
    """The name of somebody's account on a service; None where they have stated none."""
    return next((a.name for a in accounts if a.email == email and a.service == service), None)


def _place(state: DesiredState, account: Account, places: Places) -> Location:
    return places.find(state.files[account.file], account.line, "members", account.email,
                       ("accounts", account.service))
