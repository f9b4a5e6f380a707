"""Access requests: let people in, or turn them down."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.inputs import EMAILS
from reconciler.cli.live.acting import act
from reconciler.cli.live.granting import access_of, access_options
from reconciler.cli.options import live_options
from reconciler.cli.session import the_actor
from reconciler.model.email import Email
from reconciler.model.operations import Approve, Deny

_EXAMPLE = "reconciler live approve pat@acme.example"


@click.command()
@EMAILS
@access_options
@live_options
def approve(
    emails: tuple[Email, ...], *, actor: Email | None, store_url: str, organization: str | None,
    **granted: Any,
) -> None:
    """Let people in who asked to join, with the access they get. They are joined at once.

    \b
    Example:
      reconciler live approve pat@acme.example --project web=viewer --as ada@acme.example
    """
    the_actor(actor, _EXAMPLE)
    access = access_of(granted, store_url=store_url, organization=organization,
                       people=len(emails))
    act([Approve(email, access) for email in emails], store_url=store_url,
        organization=organization, actor=actor, example=_EXAMPLE)


@click.command()
@EMAILS
@live_options
def deny(
    emails: tuple[Email, ...], *, actor: Email | None, store_url: str, organization: str | None
) -> None:
    """Turn down people who asked to join: their requests are deleted.

    \b
    Example:
      reconciler live deny stranger@elsewhere.example --as ada@acme.example
    """
    act([Deny(email) for email in emails], store_url=store_url, organization=organization,
        actor=actor, example="reconciler live deny stranger@elsewhere.example")
