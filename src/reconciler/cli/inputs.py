"""Texts from the command line, checked before anything else sees them."""

from __future__ import annotations

from typing import Any, Final

import click

from reconciler.model.email import Email, InvalidEmail, hidden_character, normalize_email
from reconciler.model.organization import ContentKind, Tier
from reconciler.model.roles import PROJECT_ROLES, Role

MAX_TEXT: Final = 1000
MAX_ID: Final = 200


class EmailType(click.ParamType):
    """An email address, normalised (R01)."""

    name = "email"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Email:
        try:
            return normalize_email(str(value))
        except InvalidEmail as wrong:
            self.fail(f"{str(value)!r} is no email address (R01): {wrong}. "
                      "Write it as name@company.example.", param, ctx)


class TextType(click.ParamType):
    """A name or another text for people: nothing hidden in it, and not endless."""

    name = "text"

    def __init__(self, longest: int = MAX_TEXT, *, may_be_empty: bool = False) -> None:
        self.longest = longest
        self.may_be_empty = may_be_empty

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        text = str(value).strip()
        hidden = hidden_character(text)
        if hidden:
            self.fail(f"{text!r} holds the hidden character {hidden}; type it again by hand.",
                      param, ctx)
        if not text and not self.may_be_empty:
            self.fail("it is empty.", param, ctx)
        if len(text) > self.longest:
            self.fail(f"it is longer than {self.longest} characters.", param, ctx)
        return text


class RoleOnProject(click.ParamType):
    """`PROJECT=ROLE`."""

    name = "project=role"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Role]:
        if isinstance(value, tuple):
            return value
        project, _, role = str(value).rpartition("=")
        if not project or role not in PROJECT_ROLES:
            self.fail(f"{str(value)!r} is not PROJECT=ROLE with one of the roles "
                      f"{', '.join(PROJECT_ROLES)}; for example web=viewer.", param, ctx)
        return ID.convert(project, param, ctx), Role(role)


class Owner(click.ParamType):
    """An email, or the word `unassigned` (None)."""

    name = "owner"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Email | str:
        if value == UNASSIGNED:
            return UNASSIGNED
        return EMAIL.convert(value, param, ctx)


UNASSIGNED: Final = "unassigned"
EMAIL: Final = EmailType()
TEXT: Final = TextType()
ID: Final = TextType(MAX_ID)
DESCRIPTION: Final = TextType(may_be_empty=True)
OWNER: Final = Owner()
ROLE_ON_PROJECT: Final = RoleOnProject()
ROLE: Final = click.Choice([str(role) for role in Role])
PROJECT_ROLE: Final = click.Choice([str(role) for role in PROJECT_ROLES])
TIER: Final = click.Choice([str(tier) for tier in Tier])
KIND: Final = click.Choice([str(kind) for kind in ContentKind])
