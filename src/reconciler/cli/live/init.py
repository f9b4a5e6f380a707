"""`reconciler live init`: create an organization."""

from __future__ import annotations

import shlex

import click

from reconciler.cli.inputs import EMAIL, ID, TEXT, TIER
from reconciler.cli.options import color_option, store_option
from reconciler.cli.output import result, say
from reconciler.cli.session import now, open_store
from reconciler.model.email import Email
from reconciler.model.organization import ReceiverAccess, Settings, Tier


@click.command()
@click.argument("organization", type=ID)
@click.option("--admin", metavar="EMAIL", type=EMAIL, required=True,
              help="The first member, who is joined and org admin.")
@click.option("--tier", type=TIER, default=str(Tier.STARTER), show_default=True,
              help="The plan tier.")
@click.option("--name", metavar="NAME", type=TEXT, help="The name that people see.")
@click.option("--project-level-permissions", is_flag=True,
              help="Roles are given per project (tiers growth and enterprise).")
@click.option("--access-requests", is_flag=True, help="People may ask to join.")
@click.option("--sso", is_flag=True, help="Single sign-on (tiers growth and enterprise).")
@click.option("--managers-may-invite/--no-managers-may-invite", default=True, show_default=True,
              help="Whether managers add people (R11).")
@click.option("--managers-may-approve-requests", is_flag=True,
              help="Whether managers decide on access requests (R14).")
@click.option("--receiver-access", type=click.Choice([str(v) for v in ReceiverAccess]),
              default=str(ReceiverAccess.REQUIRE), show_default=True,
              help="How strict R32 is with receivers of content.")
@store_option
@color_option
def init(
    organization: str, *, admin: Email, tier: str, name: str | None, receiver_access: str,
    store_url: str, **switches: bool,
) -> None:
    """Create ORGANIZATION with its first admin.

    An empty database gets its tables, a missing SQLite file is made.

    \b
    Examples:
      reconciler live init acme --admin ada@acme.example --tier enterprise
      reconciler live init acme --admin ada@acme.example --tier growth --project-level-permissions
    """
    settings = Settings(name=name or "", tier=Tier(tier),
                        receiver_access=ReceiverAccess(receiver_access), **switches)
    open_store(store_url).create_organization(
        organization, settings=settings, admin=admin, now=now())
    result(f"Created {organization} on tier {tier}, with {admin} as its admin.",
           done=f"{organization} is created")
    say("Next, adopt it: reconciler export --organization "
        f"{shlex.quote(organization)} --out org.yaml")
