"""`reconciler live team`: teams, the labels of profiles."""

from __future__ import annotations

import click

from reconciler.cli.inputs import ID
from reconciler.cli.live.acting import act
from reconciler.cli.live.looking import look, team_rows
from reconciler.cli.options import live_options, look_options
from reconciler.model.email import Email
from reconciler.model.operations import CreateTeam


@click.group()
def team() -> None:
    """Teams: labels of profiles, chosen at invitation.

    \b
    Example:
      reconciler live team create Marketing --as ada@acme.example
    """


@team.command("list")
@look_options
def list_teams(store_url: str, organization: str | None, format_: str) -> None:
    """List the teams.

    \b
    Example:
      reconciler live team list
    """
    look(team_rows, store_url=store_url, organization=organization, format_=format_)


@team.command()
@click.argument("names", metavar="TEAM...", nargs=-1, required=True, type=ID)
@live_options
def create(
    names: tuple[str, ...], *, actor: Email | None, store_url: str, organization: str | None
) -> None:
    """Create teams.

    \b
    Example:
      reconciler live team create Data Marketing --as ada@acme.example
    """
    act([CreateTeam(name) for name in names], store_url=store_url, organization=organization,
        actor=actor, example="reconciler live team create Data")
