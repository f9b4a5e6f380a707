"""Invitations that expire: sent again within the policy's limits, then left to a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.live.ports import Reader
from reconciler.model.operations import Resend
from reconciler.model.policy import Policy
from reconciler.planning.draft import Difference, Draft, Hold
from reconciler.planning.lifecycle.resolved import Resolved
from reconciler.planning.plan import Reason


def resend_expired(
    resolved: Resolved, reader: Reader, policy: Policy, now: datetime, found: Difference
) -> None:
    """Send expired invitations of declared people again, or say whom or what they wait for.

    An invitation expires `expire_after_days` after it was last sent; two sends are at least
    `resend_after_days` apart; nobody is sent more than `max_sends`.
    """
    cutoff = now - timedelta(days=policy.expire_after_days)
    state = resolved.state
    for invitation in reader.invitations(sent_until=cutoff):
        member = state.members.get(invitation.email)
        if member is None:
            continue
        last = invitation.invited_at.date()
        draft = Draft(Resend(invitation.email), Reason.EXPIRED, source=state.place(member))
        again = invitation.invited_at + timedelta(days=policy.resend_after_days)
        if invitation.sent >= policy.max_sends:
            draft.hold = Hold(
                waits_for=invitation.email, since=last,
                why=f"the invitation expired and was sent {_times(invitation.sent)}, as often as "
                    "the policy allows: ask them to join, or take them out of the file")
        elif again > now:
            draft.hold = Hold(
                waits_for=again.date().isoformat(), since=last,
                why=f"the invitation expired, and may be sent again {policy.resend_after_days} "
                    "days after the last time")
        found.drafts.append(draft)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
