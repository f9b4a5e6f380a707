"""The stages of the lifecycle, in order."""

from __future__ import annotations

from datetime import datetime

from reconciler.desired.state import DesiredState, Mode
from reconciler.live.ports import Reader
from reconciler.model.policy import Policy
from reconciler.model.world import Frame
from reconciler.planning.draft import Difference
from reconciler.planning.lifecycle.email_changes import add_steps, follow_changes, tell_withdrawn
from reconciler.planning.lifecycle.endings import drop_ended, tell_ended
from reconciler.planning.lifecycle.invitations import resend_expired
from reconciler.planning.lifecycle.requests import tell_decided
from reconciler.planning.lifecycle.resolved import Resolved
from reconciler.planning.lifecycle.transfers import add_transfers, grant_receivers


def resolve(state: DesiredState, frame: Frame, reader: Reader, now: datetime) -> Resolved:
    """What the files mean at `now` (UTC), given how far their intents have come."""
    resolved = Resolved(state)
    drop_ended(resolved, frame, now.date())
    follow_changes(resolved, reader)
    grant_receivers(resolved, frame, reader)
    return resolved


def add_lifecycle(
    resolved: Resolved, reader: Reader, policy: Policy, now: datetime, found: Difference
) -> None:
    """Add the steps that are due to what comparing the resolved state found. `now` is UTC."""
    state = resolved.state
    found.notes.extend(resolved.notes)
    found.findings.extend(resolved.findings)
    tell_ended(resolved, found)
    if state.manage.members is not Mode.IGNORE:
        add_steps(resolved, reader, now, found)
        tell_withdrawn(resolved, reader, found)
        resend_expired(resolved, reader, policy, now, found)
        tell_decided(state, reader, found)
    add_transfers(resolved, reader, found)
