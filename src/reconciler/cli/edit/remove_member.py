"""`reconciler edit remove-member`: take people out, and decide on their content."""

from __future__ import annotations

import click

from reconciler.cli.edit.editing import edit_files, edit_options
from reconciler.cli.inputs import EMAIL, EMAILS, TEXT
from reconciler.model.email import Email


@click.command("remove-member")
@edit_options
@EMAILS
@click.option("--transfer-to", "receiver", metavar="EMAIL", type=EMAIL,
              help="Their content goes to this member.")
@click.option("--leave-content", is_flag=True, help="Their content becomes unassigned.")
@click.option("--no-departure", is_flag=True,
              help="Write no departures entry: they have no content, or the policy names a "
                   "receiver, or the entry is there.")
@click.option("--reason", metavar="TEXT", type=TEXT, help="Why, for whoever reads the file.")
def remove_member(
    path: str, emails: tuple[Email, ...], *, receiver: Email | None, leave_content: bool,
    no_departure: bool, reason: str | None,
) -> None:
    """Take people out of the members, and write under `departures` where their content goes.

    One of --transfer-to, --leave-content and --no-departure must be given: to remove somebody
    who owns content needs that decision, and a plan without it is refused. Somebody who receives
    content, changes their address or is protected is named at another place, which is said.

    \b
    Examples:
      reconciler edit remove-member org.yaml bob@acme.example --transfer-to ada@acme.example
      reconciler edit remove-member org.yaml eve@acme.example --leave-content \\
        --reason "Nothing worth keeping"
    """
    from reconciler.desired.edits.people import Leaving, remove_members

    if (receiver is not None) + leave_content + no_departure != 1:
        raise click.UsageError("say what becomes of the content, once: --transfer-to EMAIL, "
                               "--leave-content or --no-departure.")
    if no_departure and reason is not None:
        raise click.UsageError("--reason is written into the departures entry, which "
                               "--no-departure leaves out.")
    leaving = None if no_departure else Leaving(receiver=receiver, reason=reason or "")
    edit_files(path, lambda files: remove_members(files, emails, leaving))
