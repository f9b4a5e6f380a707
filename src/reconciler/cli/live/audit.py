"""`reconciler live audit`: what was done, when and by whom."""

from __future__ import annotations

from typing import Any, Protocol, cast

import click

from reconciler.cli.options import look_options
from reconciler.cli.output import columns, paint, result, result_json
from reconciler.cli.session import open_store, the_organization
from reconciler.live.ports import AuditRecord
from reconciler.model.errors import InvalidInput, Refused
from reconciler.model.operations import MigrateDomain, SetPolicy
from reconciler.reports.describe import policy_said
from reconciler.reports.done import subject_text
from reconciler.reports.escape import for_terminal
from reconciler.reports.migration import migration_text
from reconciler.reports.paint import Tone
from reconciler.reports.record_diff import record_diff


class Audited(Protocol):
    """A store that keeps an audit log and can check it."""

    def audit(
        self, organization: str, *, after: int = 0, limit: int | None = None
    ) -> list[AuditRecord]: ...
    def first_broken_record(self, organization: str) -> int | None: ...


@click.command()
@click.option("--last", metavar="N", type=click.IntRange(min=1), default=20, show_default=True,
              help="How many records, the newest ones.")
@click.option("--verify", is_flag=True,
              help="Check that no record was altered, removed or inserted.")
@look_options
def audit(
    last: int, verify: bool, store_url: str, organization: str | None, format_: str
) -> None:
    """Show the newest audit records, oldest first.

    \b
    Examples:
      reconciler live audit --last 50
      reconciler live audit --verify
    """
    store = open_store(store_url)
    where = the_organization(store, organization)
    if not hasattr(store, "audit"):
        raise InvalidInput("this live store offers no audit log", how="look in the product itself")
    log = cast(Audited, store)
    if verify:
        broken = log.first_broken_record(where)
        if broken is not None:
            raise Refused(f"the audit log of {where} was tampered with: record {broken} does not "
                          "follow from the one before", how="compare it with a backup")
        result(f"The audit log of {where} is whole.")
        return
    with store.reader(where) as reader:
        newest = reader.frame().sequence
    records = log.audit(where, after=max(0, newest - last))
    if format_ == "json":
        result_json([_json(record) for record in records])
        return
    coloured = paint()
    result(columns([
        (coloured(f"{r.at:%Y-%m-%d %H:%M}", Tone.QUIET), for_terminal(r.actor),
         for_terminal(subject_text(r.subject)), r.operation, for_terminal(_moved(r)))
        for r in records
    ]))


def _moved(record: AuditRecord) -> str:
    if record.operation == MigrateDomain.kind:
        # Its images name everybody of the domain: what they say in short is enough here.
        return migration_text(record.after.get("domain", ""), record.before)
    if record.operation == SetPolicy.kind:
        return policy_said(record.before, record.after).text
    return "; ".join(str(change) for change in record_diff(record.before, record.after)[:5])


def _json(record: AuditRecord) -> dict[str, Any]:
    return {
        "sequence": record.sequence, "at": record.at.isoformat(), "actor": record.actor,
        "operation": record.operation, "subject": record.subject, "before": record.before,
        "after": record.after, "run": record.run,
    }
