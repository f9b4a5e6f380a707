"""Invitations that are out: send them again, take them back."""

from __future__ import annotations

import click

from reconciler.cli.inputs import EMAILS
from reconciler.cli.live.acting import act
from reconciler.cli.options import live_options
from reconciler.model.email import Email
from reconciler.model.operations import Resend, Revoke


@click.command()
@EMAILS
@live_options
def resend(
    emails: tuple[Email, ...], *, actor: Email | None, store_url: str, organization: str | None
) -> None:
    """Send invitations again; how often is counted.

    \b
    Example:
      reconciler live resend sam@acme.example --as ada@acme.example
    """
    act([Resend(email) for email in emails], store_url=store_url, organization=organization,
        actor=actor, example="reconciler live resend sam@acme.example")


@click.command()
@EMAILS
@live_options
def revoke(
    emails: tuple[Email, ...], *, actor: Email | None, store_url: str, organization: str | None
) -> None:
    """Take invitations back: whoever was invited and has not joined is gone.

    \b
    Example:
      reconciler live revoke sam@acme.example --as ada@acme.example
    """
    act([Revoke(email) for email in emails], store_url=store_url, organization=organization,
        actor=actor, example="reconciler live revoke sam@acme.example")
