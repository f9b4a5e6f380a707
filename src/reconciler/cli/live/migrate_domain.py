"""`reconciler live migrate-domain`: move everybody to another email domain, or ask support to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.inputs import DOMAIN
from reconciler.cli.live.acting import act
from reconciler.cli.options import format_option, live_options
from reconciler.cli.output import columns, result, result_json, say
from reconciler.cli.session import now, open_store, the_actor, the_organization
from reconciler.model.email import Email, domain_of
from reconciler.model.errors import Refused
from reconciler.model.finding import errors
from reconciler.model.operations import MigrateDomain
from reconciler.reports.escape import for_terminal

if TYPE_CHECKING:
    from reconciler.live.ports import Store


@click.command()
@click.argument("old", metavar="OLD", type=DOMAIN)
@click.argument("new", metavar="NEW", type=DOMAIN)
@click.option("--accept-loss", is_flag=True,
              help="Accept that what is in personal spaces is lost.")
@click.option("--ticket", is_flag=True,
              help="Write nothing: print what to send where only support can do it.")
@format_option
@live_options
def migrate_domain(
    old: str, new: str, *, accept_loss: bool, ticket: bool, format_: str, actor: Email | None,
    store_url: str, organization: str | None,
) -> None:
    """Move everybody at the domain OLD to NEW. This cannot be undone (R34, R50).

    They keep their state, roles, groups, team spaces and content, but not what is in their
    personal spaces: it is lost, and has to be accepted. Everybody signs in again. SSO must be off.

    \b
    Examples:
      reconciler live migrate-domain old.example new.example --as ada@old.example
      reconciler live migrate-domain old.example new.example --accept-loss --as ada@old.example
      reconciler live migrate-domain old.example new.example --ticket --as ada@old.example
    """
    example = f"reconciler live migrate-domain {old} {new}"
    acting = the_actor(actor, example)
    if ticket:
        store = open_store(store_url)
        _ticket(store, the_organization(store, organization), old, new, acting, format_)
        return
    act([MigrateDomain(old, new, accept_loss)], store_url=store_url, organization=organization,
        actor=acting, example=example, format_=format_)


def _ticket(
    store: Store, organization: str, old: str, new: str, actor: Email, format_: str
) -> None:
    """Print the ticket. Raises Refused where the rules would not have it, the loss apart: whether
    that is accepted is said to support."""
    from reconciler.model.images import image
    from reconciler.model.world import World
    from reconciler.reports.migration import migration_text
    from reconciler.rules.catalogue import judge

    migration = MigrateDomain(old, new, accept_loss=True)
    with store.reader(organization) as reader:
        world = World(reader.frame(), reader)
        member = world.member(actor)
        if member is None:
            raise Refused(f"{actor} is no member of {organization} and cannot ask for it",
                          how="ask as an org admin")
        wrong = errors(judge(world, migration, actor=member, now=now()))
        if wrong:
            raise Refused("the rules refuse what the ticket would ask for; there is no ticket",
                          findings=tuple(wrong))
        counts = migration_text(new, image(world, migration))
    fields = {"organization": organization, "old_domain": old, "new_domain": new,
              "requested_by": str(actor)}
    if format_ == "json":
        result_json(fields)
    else:
        result(columns([(name.replace("_", " "), for_terminal(value))
                        for name, value in fields.items()]))
    say(for_terminal(f"note: nothing was written. What is asked for: {counts}"))
    if domain_of(actor) == old:
        say(for_terminal(f"note: {actor} is among those who get another address."))
