"""`reconciler live remove`: remove people, and decide on their content."""

from __future__ import annotations

import shlex

import click

from reconciler.cli.inputs import EMAIL, EMAILS
from reconciler.cli.live.acting import act
from reconciler.cli.options import live_options
from reconciler.cli.output import say
from reconciler.cli.session import open_store, the_actor, the_organization
from reconciler.model.email import Email
from reconciler.model.images import content_counts
from reconciler.model.operations import Operation, RemoveMember, TransferContent
from reconciler.reports.escape import for_terminal
from reconciler.reports.words import content, counted

_EXAMPLE = "reconciler live remove bob@acme.example"


@click.command()
@EMAILS
@click.option("--transfer-to", "receiver", metavar="EMAIL", type=EMAIL,
              help="Give all their content to this member first; cannot be undone.")
@live_options
def remove(
    emails: tuple[Email, ...], receiver: Email | None, *, actor: Email | None, store_url: str,
    organization: str | None,
) -> None:
    """Remove people: they and all their grants go, in one transaction with the transfer.

    Without --transfer-to their content becomes unassigned; how much that is, is said.

    \b
    Examples:
      reconciler live remove bob@acme.example --transfer-to ada@acme.example --as ada@acme.example
      reconciler live remove bob@acme.example eve@acme.example --as ada@acme.example
    """
    the_actor(actor, _EXAMPLE)
    operations: list[Operation] = []
    left: list[str] = []
    store = open_store(store_url)
    where = the_organization(store, organization)
    with store.reader(where) as reader:
        for email in emails:
            items = list(reader.content_of(email))
            if items and receiver is not None:
                operations.append(TransferContent(email, receiver))
            elif items:
                left.append(f"{email} leaves {counted(len(items), 'content item')} unassigned: "
                            f"{content(content_counts(items))}")
            operations.append(RemoveMember(email))
    act(operations, store_url=store_url, organization=where, actor=actor, example=_EXAMPLE)
    for line in left:
        say(for_terminal(f"note: {line}"))
    if left:
        say("note: give it to somebody with: reconciler live transfer --from unassigned "
            f"--to EMAIL --as {shlex.quote(actor or '')}")
