"""Texts from the command line, checked before anything else sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import click

from reconciler.model.email import (
    Email,
    InvalidEmail,
    hidden_character,
    normalize_domain,
    normalize_email,
)
from reconciler.model.organization import MAX_ID, MAX_TEXT, ContentKind, Tier
from reconciler.model.roles import PROJECT_ROLES, Role


def email(value: str) -> Email:
    """An email address, normalised (R01)."""
    try:
        return normalize_email(value)
    except InvalidEmail as wrong:
        raise click.BadParameter(f"{value!r} is no email address (R01): {wrong}. "
                                 "Write it as name@company.example.") from None


def domain(value: str) -> str:
    """The domain of addresses, normalised."""
    try:
        return normalize_domain(value)
    except InvalidEmail as wrong:
        raise click.BadParameter(f"{value!r} is no domain: {wrong}. "
                                 "Write it as company.example.") from None


def text_up_to(longest: int, *, may_be_empty: bool = False) -> Callable[[str], str]:
    """A name or another text for people: nothing hidden in it, and not endless."""

    def text(value: str) -> str:
        trimmed = value.strip()
        hidden = hidden_character(trimmed)
        if hidden:
            raise click.BadParameter(f"{trimmed!r} holds the hidden character {hidden}; type it "
                                     "again by hand.")
        if not trimmed and not may_be_empty:
            raise click.BadParameter("it is empty.")
        if len(trimmed) > longest:
            raise click.BadParameter(f"it is longer than {longest} characters.")
        return trimmed

    return text


def role_on_project(value: str) -> tuple[str, Role]:
    """`PROJECT=ROLE`."""
    project, _, role = value.rpartition("=")
    if not project or role not in PROJECT_ROLES:
        raise click.BadParameter(f"{value!r} is not PROJECT=ROLE with one of the roles "
                                 f"{', '.join(PROJECT_ROLES)}; for example web=viewer.")
    return ID(project), Role(role)


def once(_: click.Context, __: click.Parameter, people: tuple[Email, ...]) -> tuple[Email, ...]:
    """Everybody once, however often and in whatever case they are named."""
    return tuple(dict.fromkeys(people))


def owner(value: str) -> str:
    """An email, or the word `unassigned`."""
    return UNASSIGNED if value == UNASSIGNED else email(value)


UNASSIGNED: Final = "unassigned"
EMAIL: Final = email
DOMAIN: Final = domain
TEXT: Final = text_up_to(MAX_TEXT)
ID: Final = text_up_to(MAX_ID)
DESCRIPTION: Final = text_up_to(MAX_TEXT, may_be_empty=True)
OWNER: Final = owner
ROLE_ON_PROJECT: Final = role_on_project
EMAILS: Final = click.argument(
    "emails", metavar="EMAIL...", nargs=-1, required=True, type=EMAIL, callback=once)
"""One person or several."""
ROLE: Final = click.Choice([str(role) for role in Role])
PROJECT_ROLE: Final = click.Choice([str(role) for role in PROJECT_ROLES])
TIER: Final = click.Choice([str(tier) for tier in Tier])
KIND: Final = click.Choice([str(kind) for kind in ContentKind])
