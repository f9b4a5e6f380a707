"""R30 to R34: content and its receivers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from reconciler.model.finding import Finding, Severity
from reconciler.model.operations import AddContent, MigrateDomain, Operation, TransferContent
from reconciler.model.organization import MemberState, ReceiverAccess
from reconciler.model.perform import selected_content
from reconciler.rules.case import Case, violation

TRANSFERS: Final = "transfers"
MIGRATION: Final = "migration"
CONFIRMATIONS: Final = (TRANSFERS, MIGRATION)
"""The names that `--confirm` takes for what cannot be undone (R34)."""
ACTIVE_WITHIN: Final = timedelta(days=30)
"""R31: how long ago the receiver may have logged in; exactly 30 days counts."""


def receiver_joined(case: Case) -> Iterator[Finding]:
    """R30: the receiver is a joined member other than the source."""
    match case.operation:
        case AddContent(item):
            receiver = item.owner
            if receiver is None:
                return
        case TransferContent(source, receiver):
            if receiver == source:
                yield violation("R30", case, f"{receiver} cannot receive their own content",
                                "name another member")
                return
        case _:
            return
    member = case.world.member(receiver)
    if member is None or member.state is MemberState.REQUESTED:
        yield violation("R30", case, f"{receiver}, who is to receive content, is no member",
                        "name a joined member")
    elif not member.joined:
        yield violation("R30", case, f"{receiver}, who is to receive content, has not joined yet",
                        f"wait until {receiver} has joined, or name another member",
                        waits_for=receiver)


def receiver_active(case: Case) -> Iterator[Finding]:
    """R31: the receiver logged in within the last 30 days."""
    if not isinstance(case.operation, TransferContent):
        return
    member = case.world.member(case.operation.receiver)
    if member is None or not member.joined:
        return
    if member.last_login_at is None:
        since = "has never logged in"
    elif case.now - member.last_login_at > ACTIVE_WITHIN:
        since = f"last logged in on {member.last_login_at:%Y-%m-%d}"
    else:
        return
    yield violation("R31", case, f"{member.email}, who is to receive content, {since}, and must "
                    "have within the last 30 days", "ask them to log in, or name another member",
                    waits_for=member.email)


def receiver_access(case: Case) -> Iterator[Finding]:
    """R32: the receiver has an effective role in each project of the content."""
    world = case.world
    match case.operation:
        case TransferContent() as transfer:
            receiver = world.member(transfer.receiver)
            projects = {item.project for item in selected_content(world, transfer)}
        case AddContent(item):
            receiver = world.member(item.owner) if item.owner else None
            projects = {item.project}
        case _:
            return
    if receiver is None:
        return
    missing = sorted(p for p in projects if world.effective_role(receiver, p) is None)
    if not missing:
        return
    lines = ", ".join(f"{project}: viewer" for project in missing)
    strict = world.settings.receiver_access is ReceiverAccess.REQUIRE
    yield violation("R32", case, f"{receiver.email} has no role on {', '.join(missing)}, where "
                    "the content is",
                    f"add to {receiver.email}: projects: {{{lines}}}",
                    severity=Severity.ERROR if strict else Severity.WARNING)


def transfer_before_remove(case: Case) -> Iterator[Finding]:
    """R33: content is transferred only while its owner is a member."""
    if not isinstance(case.operation, TransferContent) or case.operation.source is None:
        return
    source = case.operation.source
    member = case.world.member(source)
    if member is None or member.state is MemberState.REQUESTED:
        yield violation("R33", case, f"{source}, whose content is to be transferred, is no member",
                        "after a removal, content is unassigned: transfer from unassigned")


def confirmed_as(operation: Operation) -> str | None:
    """R34: the name under which an operation that cannot be undone is confirmed; None for one
    that can."""
    match operation:
        case TransferContent():
            return TRANSFERS
        case MigrateDomain():
            return MIGRATION
        case _:
            return None


def irreversible(operation: Operation) -> bool:
    """R34: whether an operation cannot be undone; plans mark it and apply asks for it by name."""
    return confirmed_as(operation) is not None


def asked_for_by_name(case: Case) -> Iterator[Finding]:
    """R34: judged where a plan is applied (`--confirm NAME`), by `confirmed_as`."""
    return iter(())
