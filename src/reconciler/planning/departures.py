"""People in the live store whom the file does not name: removals, revocations, decisions."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.desired.state import Departure, DesiredState, Mode
from reconciler.live.ports import Reader, RosterRow
from reconciler.model.email import Email
from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.images import content_counts
from reconciler.model.nearest import did_you_mean
from reconciler.model.operations import RemoveMember, Revoke, TransferContent
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.lifecycle.requests import decide
from reconciler.planning.plan import Change, Note, Reason


def compare_undeclared(
    state: DesiredState, undeclared: list[RosterRow], reader: Reader, found: Difference
) -> None:
    """Add removals with their transfers, revocations and notes to `found`."""
    there = set()
    mode = state.manage.members
    for row in undeclared:
        there.add(row.email)
        departure = state.departures.get(row.email)
        source = state.place(departure) if departure else found.sources.root
        reason = Reason.DEPARTURE if departure else Reason.NOT_DECLARED
        leaves = departure is not None or (row.email, "member", row.email) in found.ended
        if row.state == "requested":
            decide(row.email, state, found)
        elif not leaves and mode is not Mode.AUTHORITATIVE:
            if mode is Mode.ADDITIVE:
                found.notes.append(Note(
                    code="unmanaged", subject=row.email,
                    text=f"{row.email} is a member and not declared; they are left alone"))
        elif row.state == "pending":
            found.drafts.append(Draft(Revoke(row.email), reason, raises=False, source=source))
        else:
            _remove(row.email, departure, reason, source, reader, found)
    for email, departure in sorted(state.departures.items()):
        if email in there or email in state.members or email in found.held:
            continue
        if not reader.history_of(email, limit=1):
            found.findings.append(_never_there(email, departure, state, reader))
            continue
        found.notes.append(Note(
            code="done", subject=email, source=state.place(departure),
            text=f"{email} is gone already; the departure can be deleted"))


def _never_there(
    email: Email, departure: Departure, state: DesiredState, reader: Reader
) -> Finding:
    """A warning: nobody leaves by it, and where people are only added nobody else notices."""
    close = did_you_mean(email, list(reader.emails()))
    return Finding(
        rule="R02", subject=email, severity=Severity.WARNING, location=state.place(departure),
        what=f"{email}, who is to leave, is not in the live store and never was",
        how=close or "correct the address, or delete the departure")


def _remove(
    email: Email, departure: Departure | None, reason: Reason, source: Location | None,
    reader: Reader, found: Difference,
) -> None:
    removal = Draft(RemoveMember(email), reason, raises=False, source=source)
    content = list(reader.content_of(email))
    receiver = departure.transfer_to if departure else found.policy.default_receiver
    if receiver == email and departure is None:
        receiver = None
    if content and receiver is not None:
        transfer = Draft(TransferContent(email, receiver), Reason.BEFORE_REMOVAL, source=source)
        found.drafts.append(transfer)
        removal.after.append(transfer.key)
    found.drafts.append(removal)


def undecided_content(
    changes: Iterable[Change], refused: set[str], state: DesiredState, reader: Reader,
    found: Difference,
) -> list[Finding]:
    """R30 and R33 on the changes of a plan as they would be made: nobody receives content and goes
    in the same plan, and whatever is left to whoever goes was left on purpose. Of removals that
    are `refused` (keys) for something else, all content is left that nothing is to move."""
    made = list(changes)
    gone = {c.operation.email for c in made if isinstance(c.operation, RemoveMember)}
    findings = [
        Finding(rule="R30", subject=c.operation.source or "unassigned", location=c.source,
                what=f"{c.operation.receiver}, who is to receive content, leaves as well",
                how="name somebody who stays")
        for c in made if isinstance(c.operation, TransferContent) and c.operation.receiver in gone]
    given = {c.operation.receiver for c in made if isinstance(c.operation, TransferContent)}
    for change in made:
        if not isinstance(change.operation, RemoveMember) or change.operation.email in given:
            continue
        email, content = change.operation.email, change.before.get("content", {})
        if content and not _left_on_purpose(state.departures.get(email), found):
            findings.append(_orphans(email, content, change.source))
    moved = {d.operation.source for d in found.drafts if isinstance(d.operation, TransferContent)}
    for draft in found.drafts:
        if not isinstance(draft.operation, RemoveMember) or draft.key not in refused:
            continue
        email = draft.operation.email
        items = list(reader.content_of(email))
        if items and email not in moved and not _left_on_purpose(
                state.departures.get(email), found):
            findings.append(_orphans(email, content_counts(items), draft.source))
    return findings


def _left_on_purpose(departure: Departure | None, found: Difference) -> bool:
    if departure is not None:
        return departure.transfer_to is None
    return found.policy.default_receiver is None and not found.policy.require_transfer


def _orphans(
    email: Email, content: dict[str, dict[str, int]], source: Location | None
) -> Finding:
    count = sum(sum(kinds.values()) for kinds in content.values())
    listed = "; ".join(
        f"{project}: " + ", ".join(f"{n} {kind}" for kind, n in kinds.items())
        for project, kinds in content.items())
    return Finding(
        rule="R33", subject=email, location=source,
        what=f"removing {email} would orphan {count} content "
             f"item{'' if count == 1 else 's'} ({listed})",
        how=f"decide in departures: {email}: {{transfer_content_to: EMAIL}} or "
            f"{email}: {{leave_content: unassigned}}")
