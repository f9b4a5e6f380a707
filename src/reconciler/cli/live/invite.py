"""`reconciler live invite`: invite people."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.inputs import EMAILS
from reconciler.cli.live.acting import act
from reconciler.cli.live.granting import access_of, access_options
from reconciler.cli.options import live_options
from reconciler.cli.session import the_actor
from reconciler.model.email import Email
from reconciler.model.operations import Invite

_EXAMPLE = "reconciler live invite sam@acme.example"


@click.command()
@EMAILS
@access_options
@live_options
def invite(
    emails: tuple[Email, ...], *, actor: Email | None, store_url: str, organization: str | None,
    **granted: Any,
) -> None:
    """Invite people. Their access is kept and takes effect when they join.

    Several people get the same access; where one cannot be invited, none is.

    \b
    Examples:
      reconciler live invite sam@acme.example --role viewer --as ada@acme.example
      reconciler live invite sam@acme.example kim@acme.example --project web=member \\
        --group analysts --default-project web --as ada@acme.example
    """
    the_actor(actor, _EXAMPLE)
    access = access_of(granted, store_url=store_url, organization=organization,
                       people=len(emails))
    act([Invite(email, access) for email in emails], store_url=store_url,
        organization=organization, actor=actor, example=_EXAMPLE)
