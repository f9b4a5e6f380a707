"""What people do for themselves: join, log in, ask to join."""

from __future__ import annotations

import click

from reconciler.cli.inputs import EMAIL, EMAILS, TEXT
from reconciler.cli.live.acting import act_for_oneself
from reconciler.cli.options import own_act_options
from reconciler.model.email import Email
from reconciler.model.operations import Join, Login, RequestAccess


@click.command()
@EMAILS
@own_act_options
def join(emails: tuple[Email, ...], store_url: str, organization: str | None) -> None:
    """Accept an invitation, as the person invited. Counts as a first login.

    \b
    Example:
      reconciler live join sam@acme.example kim@acme.example
    """
    act_for_oneself([Join(email) for email in emails], store_url=store_url,
                    organization=organization)


@click.command()
@EMAILS
@own_act_options
def login(emails: tuple[Email, ...], store_url: str, organization: str | None) -> None:
    """Log in, as the person. Receivers of content must have, in the last 30 days (R31).

    \b
    Example:
      reconciler live login sam@acme.example
    """
    act_for_oneself([Login(email) for email in emails], store_url=store_url,
                    organization=organization)


@click.command("request-access")
@click.argument("email", metavar="EMAIL", type=EMAIL)
@click.option("--name", metavar="NAME", type=TEXT, help="The person's name.")
@own_act_options
def request_access(
    email: Email, name: str | None, store_url: str, organization: str | None
) -> None:
    """Ask to join, as somebody who is not in. An admin then approves or denies.

    \b
    Example:
      reconciler live request-access pat@acme.example --name "Pat Example"
    """
    act_for_oneself([RequestAccess(email, name)], store_url=store_url, organization=organization)
