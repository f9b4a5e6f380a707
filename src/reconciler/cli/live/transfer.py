"""`reconciler live transfer`: give content to somebody else."""

from __future__ import annotations

import click

from reconciler.cli.inputs import EMAIL, ID, KIND, OWNER, UNASSIGNED
from reconciler.cli.live.acting import act
from reconciler.cli.options import live_options
from reconciler.model.email import Email
from reconciler.model.operations import TransferContent
from reconciler.model.organization import ContentKind


@click.command()
@click.option("--from", "source", metavar="EMAIL|unassigned", type=OWNER, required=True,
              help="Whose content; `unassigned` for what has no owner.")
@click.option("--to", "receiver", metavar="EMAIL", type=EMAIL, required=True,
              help="Who gets it: a joined member who logged in lately (R30, R31).")
@click.option("--kind", "kinds", type=KIND, multiple=True,
              help="Only this kind; may be repeated. Default: all kinds.")
@click.option("--project", metavar="PROJECT", type=ID, help="Only in this project.")
@live_options
def transfer(
    source: str, receiver: Email, kinds: tuple[str, ...], project: str | None, *,
    actor: Email | None, store_url: str, organization: str | None,
) -> None:
    """Give content to somebody else. This cannot be undone (R34).

    \b
    Examples:
      reconciler live transfer --from bob@acme.example --to sam@acme.example --as ada@acme.example
      reconciler live transfer --from unassigned --to sam@acme.example --kind chart \\
        --kind dashboard --project web --as ada@acme.example
    """
    owner = None if source == UNASSIGNED else Email(source)
    chosen = frozenset(ContentKind(kind) for kind in kinds)
    act([TransferContent(owner, receiver, chosen, project)], store_url=store_url,
        organization=organization, actor=actor,
        example=f"reconciler live transfer --from {source} --to {receiver}")
