"""`reconciler requests`: who asks to join, and what the file says of them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from reconciler.cli.live.looking import Looked, look
from reconciler.cli.options import look_options
from reconciler.cli.session import now
from reconciler.model.organization import Member, MemberState
from reconciler.reports.words import counted

if TYPE_CHECKING:
    from reconciler.desired.state import DesiredState
    from reconciler.live.ports import Reader
    from reconciler.model.email import Email

APPROVED, DENIED, UNDECIDED = "approved", "denied", "undecided"


@click.command()
@click.argument("path", required=False)
@look_options
def requests(
    path: str | None, store_url: str, organization: str | None, format_: str
) -> None:
    """List who asks to join, and what the YAML at PATH decides.

    An entry under `members` approves, `access_requests: deny` denies; whoever is in neither waits
    for a decision. The next apply carries decisions out. Without PATH all are undecided.

    \b
    Examples:
      reconciler requests
      reconciler requests org.yaml
      reconciler requests org.yaml --format json
    """
    state = None
    if path is not None:
        from reconciler.desired.load import load

        state = load(path)
        organization = organization or state.organization
    look(lambda reader: _requests(reader, state), store_url=store_url, organization=organization,
         format_=format_)


def _requests(reader: Reader, state: DesiredState | None) -> Looked:
    people = sorted(reader.members(reader.emails_in_state(MemberState.REQUESTED)).values(),
                    key=lambda m: (m.requested_at is None, m.requested_at, m.email))
    decisions = [_decision(member, state) for member in people]
    values = [{
        "email": m.email, "name": m.name, "decision": decision,
        "requested_at": m.requested_at.isoformat() if m.requested_at else None,
    } for m, decision in zip(people, decisions, strict=True)]
    if not people:
        return Looked(values)
    undecided = [m.email for m, d in zip(people, decisions, strict=True) if d == UNDECIDED]
    above = [f"{counted(len(people), 'access request')}, {len(undecided)} to decide."]
    if undecided:
        first = shlex.quote(undecided[0])
        above += [f"To approve, add under members: {undecided[0]}: {{}}   "
                  f"(reconciler edit add-member PATH {first})",
                  f"To deny, add under access_requests: deny: [{undecided[0]}]"]
    return Looked(values, above, ("EMAIL", "NAME", "ASKED", "DECISION"), [
        (m.email, m.name or "", f"{m.requested_at:%Y-%m-%d}" if m.requested_at else "", decision)
        for m, decision in zip(people, decisions, strict=True)])


def _decision(member: Member, state: DesiredState | None) -> str:
    if state is None:
        return UNDECIDED
    if _declared(member.email, state):
        return APPROVED
    return DENIED if member.email in state.denials else UNDECIDED


def _declared(email: Email, state: DesiredState) -> bool:
    """Whether a plan approves them: as a member who has not ended, or as the new address of one."""
    today = now().date()
    ended = {e.key for e in state.endings if e.kind == "member" and e.until < today}
    old = next((c.old for c in state.email_changes if c.new == email), None)
    if old is None:
        return email in state.members and email not in ended
    return ended.isdisjoint((old, email))
