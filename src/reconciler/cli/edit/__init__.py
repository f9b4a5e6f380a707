"""`reconciler edit`: change the YAML, and nothing in it that is not meant."""

from __future__ import annotations

from typing import Final

import click

from reconciler.cli.lazy import Entry, LazyGroup

_HERE: Final = "reconciler.cli.edit"

ENTRIES: Final = {
    "add-member": Entry(f"{_HERE}.add_member:add_member", "Declare people."),
    "remove-member": Entry(f"{_HERE}.remove_member:remove_member",
                           "Take people out, and decide on their content."),
    "set-role": Entry(f"{_HERE}.set_role:set_role",
                      "Set or remove roles, of the organization or on projects."),
    "rename": Entry(f"{_HERE}.rename:rename", "Name a person by another address, everywhere."),
    "rename-domain": Entry(f"{_HERE}.rename:rename_domain",
                           "Move every address of a domain to another."),
    "format": Entry(f"{_HERE}.format:format_", "Put the files in order, or check that they are."),
}


@click.group(cls=LazyGroup, entries=ENTRIES)
def edit() -> None:
    """Change the YAML: comments, order, quotes and blank lines stay as they are.

    An edit finds the file in which an entry stands and changes only its lines. The result is
    checked as `reconciler validate` does it: what would break it is refused, and then no file is
    written. What changed is printed. No live store is asked: plan afterwards.

    \b
    Examples:
      reconciler edit add-member org.yaml sam@acme.example --project web=viewer
      reconciler edit remove-member org.yaml bob@acme.example --transfer-to ada@acme.example
      reconciler edit format org.yaml --check
    """
