"""`reconciler live content`: charts, dashboards, cohorts, notebooks."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.inputs import EMAIL, ID, KIND, OWNER, TEXT, UNASSIGNED
from reconciler.cli.live.acting import act
from reconciler.cli.live.looking import content_rows, look
from reconciler.cli.options import live_options, look_options
from reconciler.model.email import Email
from reconciler.model.operations import AddContent
from reconciler.model.organization import ContentItem, ContentKind


@click.group()
def content() -> None:
    """Content items and their owners.

    \b
    Example:
      reconciler live content list --owner unassigned
    """


@content.command("list")
@click.option("--owner", metavar="EMAIL|unassigned", type=OWNER, multiple=True,
              help="Only of this owner; may be repeated. Default: everybody's.")
@click.option("--project", metavar="PROJECT", type=ID, help="Only in this project.")
@click.option("--kind", type=KIND, help="Only of this kind.")
@look_options
def list_content(
    owner: tuple[str, ...], project: str | None, kind: str | None, *, store_url: str,
    organization: str | None, format_: str,
) -> None:
    """List content.

    \b
    Examples:
      reconciler live content list --owner bob@acme.example
      reconciler live content list --owner unassigned --project web --format json
    """
    owners: list[Email | None] = [None if o == UNASSIGNED else Email(o) for o in owner]
    look(lambda reader: content_rows(reader, owners, project=project, kind=kind),
         store_url=store_url, organization=organization, format_=format_)


@content.command()
@click.argument("id_", metavar="ID", type=ID)
@click.option("--kind", type=KIND, required=True, help="What it is.")
@click.option("--title", metavar="TEXT", type=TEXT, help="Its title. Default: its id.")
@click.option("--project", metavar="PROJECT", type=ID, required=True, help="Where it is.")
@click.option("--space", metavar="SPACE", type=ID,
              help="The team space it is in. Default: the owner's personal space.")
@click.option("--owner", metavar="EMAIL", type=EMAIL, help="Whose it is. Default: the actor's.")
@live_options
def add(
    id_: str, *, kind: str, title: str | None, project: str, space: str | None,
    owner: Email | None, actor: Email | None, **where: Any,
) -> None:
    """Add an item, as somebody would who saves a chart.

    \b
    Example:
      reconciler live content add funnel --kind chart --title "Checkout funnel" --project web \\
        --as sam@acme.example
    """
    item = ContentItem(id=id_, kind=ContentKind(kind), title=title or id_, project=project,
                       space=space, owner=owner or actor)
    act([AddContent(item)], actor=actor, example=f"reconciler live content add {id_}", **where)
