"""Records of the audit log, and runs, in words: the same ones that plans use."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.live.past import FINISH, operation_of
from reconciler.live.ports import AuditRecord, RunRecord
from reconciler.model.email import Email
from reconciler.model.operations import AllowLimit, Join, Login, TransferContent
from reconciler.reports.describe import Said, Sign, describe
from reconciler.reports.record_diff import record_diff
from reconciler.reports.words import counted

_MOST = 6
"""Of more groups or people than this the rest is counted."""
_PLAIN = {"join": "joined", "login": "logged in", "create-organization": "created",
          "add-content": "content added", "deny-request": "request denied"}


def record_said(record: AuditRecord) -> Said:
    """What a record tells, without its subject; unescaped."""
    if record.operation in _PLAIN:
        return Said(Sign.REMOVE if record.operation == "deny-request" else Sign.ADD,
                    _PLAIN[record.operation])
    if record.operation == FINISH:
        run = record.after["run"]
        commit = f", of commit {run['commit']}" if run["commit"] else ""
        changes = counted(run["changes"], "change") if run["changes"] else "no changes"
        return Said(Sign.CHANGE, f"ended: {changes}{commit}")
    operation = operation_of(record)
    if record.operation == TransferContent.kind and record.target is not None:
        source = None if record.subject == "unassigned" else Email(record.subject)
        operation = TransferContent(source, Email(record.target))
    if record.operation == AllowLimit.kind:
        operation = AllowLimit(record.subject.partition(":")[2], record.after["allowed"],
                               record.after["reason"] or "")
    if operation is None or isinstance(operation, (Join, Login)):
        changes = "; ".join(str(c) for c in record_diff(record.before, record.after)[:_MOST])
        return Said(Sign.CHANGE, f"{record.operation.replace('-', ' ')}: {changes}")
    return describe(operation, record.before, record.after, most=_MOST)


def counts_said(counts: Mapping[str, int]) -> str:
    """`12 x invite, 1 x set role`: what a run did, by kind."""
    return ", ".join(f"{number:,} x {kind.replace('-', ' ')}"
                     for kind, number in sorted(counts.items(), key=lambda c: (-c[1], c[0])))


def duration_said(run: RunRecord) -> str:
    """How long a run took; nothing for one that did not end."""
    if run.finished_at is None:
        return ""
    seconds = (run.finished_at - run.started_at).total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def outcome_said(run: RunRecord) -> str:
    """How a run ended."""
    match run.outcome:
        case "succeeded":
            return counted(run.changes, "change") if run.changes else "no changes"
        case "failed":
            return "failed, nothing was written"
        case _:
            return "never said how it ended"
