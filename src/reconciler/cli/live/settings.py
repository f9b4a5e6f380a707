"""`reconciler live settings`: show or change the settings of an organization."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from reconciler.cli.inputs import TEXT, TIER
from reconciler.cli.live.acting import act
from reconciler.cli.live.looking import look, settings_rows
from reconciler.cli.options import format_option, live_options
from reconciler.model.email import Email
from reconciler.model.operations import ChangeSetting, Operation
from reconciler.model.organization import ReceiverAccess, Settings


@click.command()
@click.argument("what", metavar="[show]", required=False, type=click.Choice(["show"]))
@click.option("--name", metavar="NAME", type=TEXT, help="The name that people see.")
@click.option("--tier", type=TIER, help="The plan tier (R03).")
@click.option("--project-level-permissions/--no-project-level-permissions", default=None,
              help="Roles are given per project (R04).")
@click.option("--access-requests/--no-access-requests", default=None,
              help="People may ask to join (R40).")
@click.option("--sso/--no-sso", default=None, help="Single sign-on (R03).")
@click.option("--managers-may-invite/--no-managers-may-invite", default=None,
              help="Managers add people (R11).")
@click.option("--managers-may-approve-requests/--no-managers-may-approve-requests", default=None,
              help="Managers decide on access requests (R14).")
@click.option("--receiver-access", type=click.Choice([str(v) for v in ReceiverAccess]),
              help="How strict R32 is with receivers of content.")
@format_option
@live_options
def settings(
    what: str | None, *, store_url: str, organization: str | None, actor: Email | None,
    format_: str, **changes: Any,
) -> None:
    """Show the settings, or change those that are named.

    \b
    Examples:
      reconciler live settings
      reconciler live settings --tier enterprise --project-level-permissions --as ada@acme.example
    """
    operations: list[Operation] = [
        ChangeSetting(field.name, changes[field.name])
        for field in sorted(dataclasses.fields(Settings), key=_tier_in_time(changes))
        if changes[field.name] is not None
    ]
    if what is not None and operations:
        raise click.UsageError("`show` changes nothing; leave it out to change settings.")
    if not operations:
        look(settings_rows, store_url=store_url, organization=organization, format_=format_)
        return
    act(operations, store_url=store_url, organization=organization, actor=actor,
        example="reconciler live settings --tier enterprise")


def _tier_in_time(changes: dict[str, Any]) -> Any:
    """What is turned off comes before a tier that lacks it; what is turned on, after (R03)."""

    def place(field: dataclasses.Field[Any]) -> int:
        return 1 if field.name == "tier" else 0 if changes[field.name] is False else 2

    return place
