"""`reconciler live upgrade`: bring the tables of an older version to this one."""

from __future__ import annotations

import click

from reconciler.cli.options import color_option, store_option
from reconciler.cli.output import result
from reconciler.cli.session import open_store


@click.command()
@store_option
@color_option
def upgrade(store_url: str) -> None:
    """Bring the live store's tables to this version.

    Only needed after an update of reconciler, for stores that are read before anybody writes:
    the next change to a store upgrades it as well.

    \b
    Example:
      reconciler live upgrade --store sqlite:///acme.db
    """
    changed = open_store(store_url).upgrade()
    result("Upgraded the live store." if changed else "The live store is up to date.")
