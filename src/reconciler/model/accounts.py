"""Accounts on services that speak for members, such as GitHub: whose word is whose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reconciler.model.email import Email, InvalidEmail, normalize_email
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean

GITHUB: Final = "github"
SERVICES: Final = (GITHUB,)
ACCOUNT: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?"
"""What the name of an account is made of, on every service there is."""
AccountKey = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account on a service that speaks for a member. `name` is as written; services do not
    tell letter case apart."""

    service: str
    name: str
    email: Email

    @property
    def key(self) -> AccountKey:
        """What is the same account."""
        return key_of(self.service, self.name)


def key_of(service: str, name: str) -> AccountKey:
    """What is the same account: its service, and its name without letter case."""
    return service, name.lower()


def by_person(accounts: Iterable[Account]) -> dict[Email, list[Account]]:
    """The accounts of each member, in order of service."""
    made: dict[Email, list[Account]] = {}
    for account in sorted(accounts, key=lambda a: a.key):
        made.setdefault(account.email, []).append(account)
    return made


def person_of(text: str, accounts: Iterable[Account]) -> Email:
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
    if not name.strip():
        raise InvalidInput(f"{text!r} names no account",
                           how=f"write {service}:LOGIN, or an email")
    known = [a for a in accounts if a.service == service]
    for account in known:
        if account.key == key_of(service, name):
            return account.email
    stated = f"accounts: {{{service}: {name}}}"
    raise InvalidInput(
        f"the {service} account {name} is nobody's", how=did_you_mean(
            name, [a.name for a in known]) or (
            f"state it under their entry in members and apply that: {stated}" if known else
            f"no member of the live organization has an account on {service}: state {stated} "
            "under their entry in members, and apply it"))
