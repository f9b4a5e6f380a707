"""`reconciler edit rename` and `rename-domain`: other addresses for people."""

from __future__ import annotations

import click

from reconciler.cli.edit.editing import edit_files, edit_options
from reconciler.cli.inputs import EMAIL
from reconciler.model.email import Email, InvalidEmail, normalize_email


def _domain(value: str) -> str:
    try:
        return normalize_email(f"x@{value.strip().removeprefix('@')}")[2:]
    except InvalidEmail as wrong:
        raise click.BadParameter(f"{value!r} is no domain: {wrong}. Write it as "
                                 "acme.example.") from None


@click.command()
@edit_options
@click.argument("old", metavar="OLD", type=EMAIL)
@click.argument("new", metavar="NEW", type=EMAIL)
def rename(path: str, old: Email, new: Email) -> None:
    """Name a person by another address wherever the files and the policy name them.

    For the files alone: to change the address of somebody who is a member, declare it under
    `email_changes`, and rename them when it is done. An entry of `email_changes` from exactly OLD
    to NEW stays as it is. Entries stay where they stand; `reconciler edit format` sorts them.

    \b
    Example:
      reconciler edit rename org.yaml li@acme.example li@new.example
    """
    from reconciler.desired.edits.renames import rename_person

    edit_files(path, lambda files: rename_person(files, old, new))


@click.command("rename-domain")
@edit_options
@click.argument("old", metavar="OLD", type=_domain)
@click.argument("new", metavar="NEW", type=_domain)
def rename_domain(path: str, old: str, new: str) -> None:
    """Move every address of a domain to another, in all files and the policy.

    This is what is left to do after a domain migration. `domain_migration` itself stays: take it
    out when the plan says that it is done. Where the policy lists allowed_email_domains, NEW
    takes the place of OLD.

    \b
    Example:
      reconciler edit rename-domain org.yaml old.example new.example
    """
    from reconciler.desired.edits.renames import rename_domain as renamed

    edit_files(path, lambda files: renamed(files, old, new))
