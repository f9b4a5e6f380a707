"""Perform operations on the live store and say what was done."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.cli.output import paint, result, result_json
from reconciler.cli.session import now, open_store, the_actor, the_organization
from reconciler.model.email import Email
from reconciler.model.operations import Operation


def act(
    operations: Sequence[Operation], *, store_url: str, organization: str | None,
    actor: Email | None, example: str, format_: str = "text",
) -> None:
    """Perform operations in one transaction on the authority of the actor; prints a line each,
    or what was before and after as JSON.

    `example` is the command that is shown where nobody is named as the actor.
    """
    _perform(operations, store_url, organization, the_actor(actor, example), format_)


def act_for_oneself(
    operations: Sequence[Operation], *, store_url: str, organization: str | None
) -> None:
    """Perform what people do for themselves, in one transaction."""
    _perform(operations, store_url, organization, None)


def _perform(
    operations: Sequence[Operation], store_url: str, organization: str | None,
    actor: Email | None, format_: str = "text",
) -> None:
    from reconciler.live.ports import Step
    from reconciler.reports.done import done_line

    store = open_store(store_url)
    where = the_organization(store, organization)
    steps = [Step(operation=operation) for operation in operations]
    records = store.perform(where, steps, actor=actor, now=now())
    said = "it was done, and stands in the audit log"
    if format_ == "json":
        result_json([{"operation": r.operation, "subject": r.subject, "before": r.before,
                      "after": r.after} for r in records], done=said)
        return
    coloured = paint()
    result("\n".join(
        done_line(operation, record.before, record.after, coloured)
        for operation, record in zip(operations, records, strict=True)),
        done=said)
