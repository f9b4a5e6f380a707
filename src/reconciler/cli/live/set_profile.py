"""`reconciler live set-profile`: name, team and default project of people."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.inputs import EMAILS, ID, TEXT
from reconciler.cli.live.acting import act
from reconciler.cli.options import live_options
from reconciler.model.email import Email
from reconciler.model.operations import Operation, SetDefaultProject, SetName, SetTeam


@click.command("set-profile")
@EMAILS
@click.option("--name", metavar="NAME", type=TEXT, help="The person's name (of one person).")
@click.option("--clear-name", is_flag=True, help="Take the name away.")
@click.option("--team", metavar="TEAM", type=ID, help="The team.")
@click.option("--clear-team", is_flag=True, help="Take the team away.")
@click.option("--default-project", metavar="PROJECT", type=ID,
              help="The project shown first; they must have a role on it (R05).")
@click.option("--clear-default-project", is_flag=True, help="Take the default project away.")
@live_options
def set_profile(
    emails: tuple[Email, ...], *, actor: Email | None, store_url: str, organization: str | None,
    **profile: Any,
) -> None:
    """Set name, team or default project of people, or clear them.

    People may do it for themselves.

    \b
    Examples:
      reconciler live set-profile sam@acme.example --name "Sam Example" --as sam@acme.example
      reconciler live set-profile sam@acme.example kim@acme.example --team Data \\
        --clear-default-project --as ada@acme.example
    """
    act(_operations(emails, profile), store_url=store_url, organization=organization,
        actor=actor, example="reconciler live set-profile sam@acme.example --team Data")


def _operations(emails: tuple[Email, ...], profile: dict[str, Any]) -> list[Operation]:
    operations: list[Operation] = []
    for field, make in (("name", SetName), ("team", SetTeam),
                        ("default_project", SetDefaultProject)):
        value, clears = profile[field], profile[f"clear_{field}"]
        option = field.replace("_", "-")
        if value is not None and clears:
            raise click.UsageError(f"--{option} and --clear-{option} contradict each other.")
        if value is not None and field == "name" and len(emails) > 1:
            raise click.UsageError("--name is for one person; there are several.")
        if value is not None or clears:
            operations += [make(email, value) for email in emails]
    if not operations:
        raise click.UsageError("say what to set: --name, --team, --default-project, or --clear-...")
    return operations
