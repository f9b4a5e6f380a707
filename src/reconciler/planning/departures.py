"""People in the live store whom the file does not name: removals, revocations, decisions."""

from __future__ import annotations

from reconciler.desired.state import Departure, DesiredState, Mode
from reconciler.live.ports import Reader, RosterRow
from reconciler.model.email import Email
from reconciler.model.finding import Finding, Location
from reconciler.model.images import content_counts
from reconciler.model.operations import RemoveMember, Revoke, TransferContent
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.lifecycle.requests import decide
from reconciler.planning.plan import Note, Reason


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
        if email not in there and email not in state.members:
            found.notes.append(Note(
                code="done", subject=email, source=state.place(departure),
                text=f"{email} is gone already; the departure can be deleted"))


def _remove(
    email: Email, departure: Departure | None, reason: Reason, source: Location | None,
    reader: Reader, found: Difference,
) -> None:
    removal = Draft(RemoveMember(email), reason, raises=False, source=source)
    content = list(reader.content_of(email))
    receiver = departure.transfer_to if departure else found.policy.default_receiver
    if receiver == email and departure is None:
        receiver = None
    if content and departure is None and receiver is None and found.policy.require_transfer:
        counts = content_counts(content)
        listed = "; ".join(
            f"{project}: " + ", ".join(f"{n} {kind}" for kind, n in kinds.items())
            for project, kinds in counts.items())
        found.findings.append(Finding(
            rule="R33", subject=email, location=source,
            what=f"removing {email} would orphan {len(content)} content "
                 f"item{'' if len(content) == 1 else 's'} ({listed})",
            how=f"decide in departures: {email}: {{transfer_content_to: EMAIL}} or "
                f"{email}: {{leave_content: unassigned}}"))
    if content and receiver is not None:
        transfer = Draft(TransferContent(email, receiver), Reason.BEFORE_REMOVAL, source=source)
        found.drafts.append(transfer)
        removal.after.append(transfer.key)
    found.drafts.append(removal)
