"""`reconciler live space`: team spaces and who is in them."""

from __future__ import annotations

import click

from reconciler.cli.inputs import EMAIL, ID, TEXT, once
from reconciler.cli.live.acting import act
from reconciler.cli.live.looking import look, space_rows
from reconciler.cli.options import live_options, look_options
from reconciler.cli.session import the_actor
from reconciler.model.email import Email
from reconciler.model.operations import CreateSpace, JoinSpace, LeaveSpace, RenameSpace

_SPACE = click.argument("name", metavar="SPACE", type=ID)
_EMAILS = click.argument("emails", metavar="[EMAIL]...", nargs=-1, type=EMAIL, callback=once)


@click.group()
def space() -> None:
    """Team spaces and who is in them.

    \b
    Examples:
      reconciler live space create growth --name Growth --as ada@acme.example
      reconciler live space join growth --as sam@acme.example
    """


@space.command("list")
@look_options
def list_spaces(store_url: str, organization: str | None, format_: str) -> None:
    """List the team spaces.

    \b
    Example:
      reconciler live space list
    """
    look(space_rows, store_url=store_url, organization=organization, format_=format_)


@space.command()
@_SPACE
@click.option("--name", "title", metavar="NAME", type=TEXT,
              help="The name that people see. Default: the id.")
@live_options
def create(
    name: str, title: str | None, *, actor: Email | None, store_url: str,
    organization: str | None,
) -> None:
    """Create a team space.

    \b
    Example:
      reconciler live space create growth --name Growth --as ada@acme.example
    """
    act([CreateSpace(name, title or name)], store_url=store_url, organization=organization,
        actor=actor, example=f"reconciler live space create {name}")


@space.command()
@_SPACE
@click.argument("title", metavar="NAME", type=TEXT)
@live_options
def rename(
    name: str, title: str, *, actor: Email | None, store_url: str, organization: str | None
) -> None:
    """Give a team space another name; its id stays.

    \b
    Example:
      reconciler live space rename growth "Growth and more" --as ada@acme.example
    """
    act([RenameSpace(name, title)], store_url=store_url, organization=organization,
        actor=actor, example=f"reconciler live space rename {name} NAME")


@space.command()
@_SPACE
@_EMAILS
@live_options
def join(
    name: str, emails: tuple[Email, ...], *, actor: Email | None, store_url: str,
    organization: str | None,
) -> None:
    """Join a team space, or add others by naming them.

    \b
    Examples:
      reconciler live space join growth --as sam@acme.example
      reconciler live space join growth kim@acme.example --as sam@acme.example
    """
    example = f"reconciler live space join {name}"
    people = emails or (the_actor(actor, example),)
    act([JoinSpace(email, name) for email in people], store_url=store_url,
        organization=organization, actor=actor, example=example)


@space.command()
@_SPACE
@_EMAILS
@live_options
def leave(
    name: str, emails: tuple[Email, ...], *, actor: Email | None, store_url: str,
    organization: str | None,
) -> None:
    """Leave a team space, or take others out by naming them.

    \b
    Example:
      reconciler live space leave growth --as sam@acme.example
    """
    example = f"reconciler live space leave {name}"
    people = emails or (the_actor(actor, example),)
    act([LeaveSpace(email, name) for email in people], store_url=store_url,
        organization=organization, actor=actor, example=example)
