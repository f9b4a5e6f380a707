"""`reconciler live group`: permission groups and who is in them."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.inputs import DESCRIPTION, EMAILS, ID, ROLE_ON_PROJECT
from reconciler.cli.live.acting import act
from reconciler.cli.live.looking import group_details, group_rows, look
from reconciler.cli.options import live_options, look_options
from reconciler.model.email import Email
from reconciler.model.operations import (
    AddGroupSpace,
    AddToGroup,
    CreateGroup,
    DeleteGroup,
    DescribeGroup,
    Operation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    SetGroupRole,
)
from reconciler.model.roles import Role
from reconciler.model.values import frozen_map

_NAME = click.argument("name", metavar="GROUP", type=ID)


@click.group()
def group() -> None:
    """Permission groups and who is in them (tier enterprise).

    \b
    Examples:
      reconciler live group create analysts --project web=member --as ada@acme.example
      reconciler live group add analysts sam@acme.example --as ada@acme.example
    """


@group.command("list")
@look_options
def list_groups(store_url: str, organization: str | None, format_: str) -> None:
    """List the groups, with what they give and how many are in them.

    \b
    Example:
      reconciler live group list
    """
    look(group_rows, store_url=store_url, organization=organization, format_=format_)


@group.command("show")
@_NAME
@look_options
def show_group(name: str, store_url: str, organization: str | None, format_: str) -> None:
    """Show one group: its roles, its team spaces, its members.

    \b
    Example:
      reconciler live group show analysts
    """
    look(lambda reader: group_details(reader, name), store_url=store_url,
         organization=organization, format_=format_)


@group.command()
@_NAME
@click.option("--description", metavar="TEXT", type=DESCRIPTION, default="",
              help="What the group is for.")
@click.option("--project", "projects", metavar="PROJECT=ROLE", multiple=True,
              type=ROLE_ON_PROJECT, help="A role it gives on a project; may be repeated.")
@click.option("--space", "spaces", metavar="SPACE", multiple=True, type=ID,
              help="A team space it adds its members to; may be repeated.")
@live_options
def create(
    name: str, description: str, projects: tuple[tuple[str, Role], ...], spaces: tuple[str, ...],
    *, actor: Email | None, store_url: str, organization: str | None,
) -> None:
    """Create a group.

    \b
    Example:
      reconciler live group create analysts --project web=member --project ios=viewer \\
        --space growth --description "Read everything" --as ada@acme.example
    """
    operation = CreateGroup(name, description, frozen_map(projects), frozenset(spaces))
    act([operation], store_url=store_url, organization=organization, actor=actor,
        example=f"reconciler live group create {name}")


@group.command()
@_NAME
@click.option("--description", metavar="TEXT", type=DESCRIPTION, help="What the group is for.")
@click.option("--project", "projects", metavar="PROJECT=ROLE", multiple=True,
              type=ROLE_ON_PROJECT, help="Give this role on a project; may be repeated.")
@click.option("--remove-project", "lost", metavar="PROJECT", multiple=True, type=ID,
              help="Give no role on this project any more; may be repeated.")
@click.option("--space", "spaces", metavar="SPACE", multiple=True, type=ID,
              help="Add its members to this team space; may be repeated.")
@click.option("--remove-space", "left", metavar="SPACE", multiple=True, type=ID,
              help="No longer add them to this team space; may be repeated.")
@live_options
def edit(
    name: str, *, actor: Email | None, store_url: str, organization: str | None, **changes: Any
) -> None:
    """Change what a group gives.

    \b
    Example:
      reconciler live group edit analysts --project web=manager --remove-project ios \\
        --as ada@acme.example
    """
    act(_edits(name, **changes), store_url=store_url, organization=organization, actor=actor,
        example=f"reconciler live group edit {name} --project web=member")


@group.command()
@_NAME
@live_options
def delete(
    name: str, *, actor: Email | None, store_url: str, organization: str | None
) -> None:
    """Delete a group. Its members lose what it gave; their direct roles stay.

    \b
    Example:
      reconciler live group delete analysts --as ada@acme.example
    """
    act([DeleteGroup(name)], store_url=store_url, organization=organization, actor=actor,
        example=f"reconciler live group delete {name}")


@group.command()
@_NAME
@EMAILS
@live_options
def add(
    name: str, emails: tuple[Email, ...], *, actor: Email | None, store_url: str,
    organization: str | None,
) -> None:
    """Add people to a group.

    \b
    Example:
      reconciler live group add analysts sam@acme.example kim@acme.example --as ada@acme.example
    """
    act([AddToGroup(email, name) for email in emails], store_url=store_url,
        organization=organization, actor=actor,
        example=f"reconciler live group add {name} sam@acme.example")


@group.command()
@_NAME
@EMAILS
@live_options
def remove(
    name: str, emails: tuple[Email, ...], *, actor: Email | None, store_url: str,
    organization: str | None,
) -> None:
    """Take people out of a group. They lose what it gave; their direct roles stay.

    \b
    Example:
      reconciler live group remove analysts sam@acme.example --as ada@acme.example
    """
    act([RemoveFromGroup(email, name) for email in emails], store_url=store_url,
        organization=organization, actor=actor,
        example=f"reconciler live group remove {name} sam@acme.example")


def _edits(
    name: str, *, description: str | None, projects: tuple[tuple[str, Role], ...],
    lost: tuple[str, ...], spaces: tuple[str, ...], left: tuple[str, ...],
) -> list[Operation]:
    operations: list[Operation] = []
    if description is not None:
        operations.append(DescribeGroup(name, description))
    operations += [SetGroupRole(name, project, role) for project, role in projects]
    operations += [AddGroupSpace(name, space) for space in spaces]
    operations += [RemoveGroupRole(name, project) for project in lost]
    operations += [RemoveGroupSpace(name, space) for space in left]
    if not operations:
        raise click.UsageError("say what to change: --description, --project, --remove-project, "
                               "--space or --remove-space.")
    return operations
