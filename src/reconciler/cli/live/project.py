"""`reconciler live project`: projects."""

from __future__ import annotations

import click

from reconciler.cli.inputs import ID, TEXT
from reconciler.cli.live.acting import act
from reconciler.cli.live.looking import look, project_rows
from reconciler.cli.options import live_options, look_options
from reconciler.model.email import Email
from reconciler.model.operations import CreateProject, RenameProject

_PROJECT = click.argument("name", metavar="PROJECT", type=ID)


@click.group()
def project() -> None:
    """Projects: created and renamed, never deleted, for they hold content.

    \b
    Example:
      reconciler live project create web --name "Web app" --as ada@acme.example
    """


@project.command("list")
@look_options
def list_projects(store_url: str, organization: str | None, format_: str) -> None:
    """List the projects.

    \b
    Example:
      reconciler live project list
    """
    look(project_rows, store_url=store_url, organization=organization, format_=format_)


@project.command()
@_PROJECT
@click.option("--name", "title", metavar="NAME", type=TEXT,
              help="The name that people see. Default: the id.")
@live_options
def create(
    name: str, title: str | None, *, actor: Email | None, store_url: str,
    organization: str | None,
) -> None:
    """Create a project.

    \b
    Example:
      reconciler live project create web --name "Web app" --as ada@acme.example
    """
    act([CreateProject(name, title or name)], store_url=store_url, organization=organization,
        actor=actor, example=f"reconciler live project create {name}")


@project.command()
@_PROJECT
@click.argument("title", metavar="NAME", type=TEXT)
@live_options
def rename(
    name: str, title: str, *, actor: Email | None, store_url: str, organization: str | None
) -> None:
    """Give a project another name; its id stays.

    \b
    Example:
      reconciler live project rename web "Web and shop" --as ada@acme.example
    """
    act([RenameProject(name, title)], store_url=store_url, organization=organization,
        actor=actor, example=f"reconciler live project rename {name} NAME")
