"""Access requests: an entry under members approves, access_requests denies, the rest waits."""

from __future__ import annotations

from reconciler.desired.state import DesiredState
from reconciler.live.ports import Reader
from reconciler.model.email import Email
from reconciler.model.operations import Deny
from reconciler.model.organization import MemberState
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.plan import Note, Reason


def decide(email: Email, state: DesiredState, found: Difference) -> None:
    """Add what the file says of somebody who asks to join and is not declared as a member."""
    denial = state.denials.get(email)
    if denial is not None:
        found.drafts.append(Draft(Deny(email), Reason.DENIED, raises=False,
                                  source=state.place(denial)))
        return
    found.notes.append(Note(
        code="undecided", subject=email,
        text=f"{email} asks to join and waits for a decision; to approve, add under members: "
             f"{email}: {{}}; to deny, add under access_requests: deny: [{email}]"))


def tell_decided(state: DesiredState, reader: Reader, found: Difference) -> None:
    """Note denials of people who do not ask to join (any more)."""
    if not state.denials:
        return
    asking = set(reader.emails_in_state(MemberState.REQUESTED))
    for email, denial in sorted(state.denials.items()):
        if email not in asking:
            found.notes.append(Note(
                code="done", subject=email, source=state.place(denial),
                text=f"{email} does not ask to join; the denial can be deleted"))
