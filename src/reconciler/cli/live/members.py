"""`reconciler live members`: the overview and the list of people."""

from __future__ import annotations

import click

from reconciler.cli.live.looking import look, member_rows
from reconciler.cli.options import look_options
from reconciler.model.organization import MemberState


@click.command()
@click.option("--state", "states", type=click.Choice([str(s) for s in MemberState]),
              multiple=True, help="Only people in this state; may be repeated.")
@look_options
def members(
    states: tuple[str, ...], store_url: str, organization: str | None, format_: str
) -> None:
    """List the people of the organization, under the counts of all.

    \b
    Examples:
      reconciler live members
      reconciler live members --state pending --state requested
      reconciler live members --format json
    """
    look(lambda reader: member_rows(reader, states), store_url=store_url,
         organization=organization, format_=format_)
