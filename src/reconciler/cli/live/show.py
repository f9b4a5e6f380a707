"""`reconciler live show`: people and groups in full."""

from __future__ import annotations

import click

from reconciler.cli.live.looking import look, subject_details
from reconciler.cli.options import look_options


@click.command()
@click.argument("subjects", metavar="EMAIL|group:NAME...", nargs=-1, required=True)
@look_options
def show(
    subjects: tuple[str, ...], store_url: str, organization: str | None, format_: str
) -> None:
    """Show people or groups in full: roles and where they come from, spaces, content, dates.

    \b
    Examples:
      reconciler live show sam@acme.example
      reconciler live show group:analysts sam@acme.example --format json
    """
    look(lambda reader: subject_details(reader, subjects), store_url=store_url,
         organization=organization, format_=format_)
