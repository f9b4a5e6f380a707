"""`reconciler live set-role`: roles of people, several people by several projects."""

from __future__ import annotations

import click

from reconciler.cli.inputs import EMAILS, ID, ROLE
from reconciler.cli.live.acting import act
from reconciler.cli.options import live_options
from reconciler.model.email import Email
from reconciler.model.operations import Operation, RemoveProjectRole, SetProjectRole, SetRole
from reconciler.model.roles import PROJECT_ROLES, Role


@click.command("set-role")
@EMAILS
@click.option("--role", type=ROLE, help="The role to set.")
@click.option("--project", "projects", metavar="PROJECT", multiple=True, type=ID,
              help="Set the role on this project, not of the organization; may be repeated.")
@click.option("--remove", "removes", is_flag=True,
              help="Remove the direct roles on the projects instead of setting them.")
@live_options
def set_role(
    emails: tuple[Email, ...], role: str | None, projects: tuple[str, ...], removes: bool, *,
    actor: Email | None, store_url: str, organization: str | None,
) -> None:
    """Set the role of people: of the organization, or, with --project, on projects.

    \b
    Examples:
      reconciler live set-role sam@acme.example --role admin --as ada@acme.example
      reconciler live set-role sam@acme.example kim@acme.example --project web --project ios \\
        --role member --as ada@acme.example
      reconciler live set-role sam@acme.example --project web --remove --as ada@acme.example
    """
    act(_operations(emails, role, projects, removes), store_url=store_url,
        organization=organization, actor=actor,
        example="reconciler live set-role sam@acme.example --role admin")


def _operations(
    emails: tuple[Email, ...], role: str | None, projects: tuple[str, ...], removes: bool
) -> list[Operation]:
    if removes:
        if role is not None or not projects:
            raise click.UsageError("--remove goes with --project PROJECT and without --role: the "
                                   "role of the organization cannot be removed, only set.")
        return [RemoveProjectRole(email, project) for email in emails for project in projects]
    if role is None:
        raise click.UsageError("say which role: --role ROLE, or --remove with --project.")
    if not projects:
        return [SetRole(email, Role(role)) for email in emails]
    if Role(role) not in PROJECT_ROLES:
        raise click.UsageError(f"{role} is no project role; choose one of "
                               f"{', '.join(PROJECT_ROLES)}.")
    return [SetProjectRole(email, project, Role(role)) for email in emails for project in projects]
