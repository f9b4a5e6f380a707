"""Changes of address (domain.md section 5): invite the new one, wait until it has joined, transfer
the content, remove the old one. Which step is due is read off the live store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from reconciler.desired.state import DesiredMember, DesiredState, EmailChange, Ending, Mode
from reconciler.live.ports import Reader
from reconciler.model.email import Email
from reconciler.model.finding import Finding
from reconciler.model.nearest import did_you_mean
from reconciler.model.operations import Invite, RemoveMember, Revoke, TransferContent
from reconciler.model.organization import Member, MemberState
from reconciler.model.roles import RANK, Role
from reconciler.model.values import UNSET, FrozenMap, frozen_map
from reconciler.planning.draft import Difference, Draft, Hold
from reconciler.planning.lifecycle.resolved import OpenChange, Resolved
from reconciler.planning.plan import Intent, Note, Reason
from reconciler.rules.content import ACTIVE_WITHIN

KIND: Final = "email-change"
STEPS: Final = 4


def follow_changes(resolved: Resolved, reader: Reader) -> None:
    """Put both addresses of every change where they belong in the desired state.

    Until the new one has joined, the old one is compared as declared, or left alone; the new one
    is declared as the old one, where it has no entry of its own.
    """
    state = resolved.state
    if not state.email_changes:
        return
    resolved.state = state = replace(state, members=dict(state.members),
                                     departures=dict(state.departures))
    addresses = [e for change in state.email_changes for e in (change.old, change.new)]
    known = {e: m for e, m in reader.members(addresses).items()
             if m.state is not MemberState.REQUESTED}
    asking = reader.members(addresses)
    renamed = resolved.renamed
    for change in state.email_changes:
        old, new = known.get(change.old), known.get(change.new)
        if old is not None:
            _follow(resolved, OpenChange(change=change, old=old, new=new or asking.get(change.new)))
            if new is not None and new.joined:
                renamed[change.old] = change.new
        elif new is not None:
            _finished(resolved, change, new)
            renamed[change.old] = change.new
        elif all(reader.history_of(e, limit=1) for e in (change.old, change.new)):
            # It was done, and whoever it was is gone by now.
            _finished(resolved, change)
            renamed[change.old] = change.new
        elif reader.history_of(change.old, limit=1):
            resolved.notes.append(Note(
                code="done", subject=change.old, source=state.place(change),
                text=f"{change.old} is not there any more, so their address does not change; the "
                     "entry under email_changes can be deleted"))
        else:
            resolved.findings.append(_unknown(state, change, reader))
    resolved.state = _redirected(resolved.state, renamed)


def add_steps(resolved: Resolved, reader: Reader, now: datetime, found: Difference) -> None:
    """Add the steps that are due, and those that wait, to what comparing found."""
    for open_change in resolved.open_changes:
        _add_steps(resolved, open_change, reader, now, found)


def tell_withdrawn(resolved: Resolved, reader: Reader, found: Difference) -> None:
    """Note what the changes leave behind that the last run followed and that the files do not
    state any more."""
    stated = {(c.old, c.new) for c in resolved.state.email_changes}
    for kind, subject, target in reader.intents_of_last_run():
        old, new = Email(subject), Email(target)
        if kind != KIND or (old, new) in stated:
            continue
        people = reader.members((old, new))
        if old not in people:
            continue
        left = people.get(new)
        if left is None:
            rest = f"{new} is not there any more"
        elif new in resolved.state.members:
            rest = f"{new} stays as a member of their own"
        else:
            there = "has joined" if left.joined else "is invited"
            rest = f"{new}, who {there}, {_undeclared(new, found)}"
        kept = "keeps everything" if old in resolved.state.members else _undeclared(old, found)
        found.notes.append(Note(
            code="withdrawn", subject=old,
            text=f"the change of {old} to {new} was withdrawn: {old} {kept}, and {rest}"))


def _undeclared(email: Email, found: Difference) -> str:
    going = any(isinstance(d.operation, (RemoveMember, Revoke)) and d.operation.email == email
                for d in found.drafts)
    return "is not declared and goes" if going else "is not declared and is left alone"


# --- before comparing -------------------------------------------------------------------------


def _follow(resolved: Resolved, open_change: OpenChange) -> None:
    state, change = resolved.state, open_change.change
    entry = state.members.get(change.old)
    if _is_over(resolved, change):
        return
    resolved.open_changes.append(open_change)
    if change.new not in state.members:
        carried = entry or DesiredMember(email=change.old, file=change.file, line=change.line)
        if open_change.new is None or entry is None:
            carried = _with_all_of(carried, _lasting(resolved, open_change), state,
                                   declared=entry is not None)
        state.members[change.new] = replace(carried, email=change.new)
    elif open_change.new is None:
        own = state.members[change.new]
        state.members[change.new] = _with_all_of(own, _lasting(resolved, open_change), state,
                                                 declared=True)
    joined = open_change.new is not None and open_change.new.joined
    if entry is None or joined:
        # Nothing of the old address is to change any more until it goes.
        state.members.pop(change.old, None)
        resolved.held.add(change.old)


def _is_over(resolved: Resolved, change: EmailChange) -> bool:
    """Whether the person was declared, under either address, until a day that has passed. Then
    both addresses end, and neither is carried over."""
    state, either = resolved.state, (change.old, change.new)
    ending = _end_both(resolved, change)
    if ending is None:
        return False
    # Where the content goes is said of either.
    decided = next((state.departures[e] for e in either if e in state.departures), None)
    if decided is not None:
        for email in either:
            state.departures.setdefault(email, replace(decided, email=email))
    resolved.notes.append(Note(
        code="withdrawn", subject=change.old, source=state.place(change),
        text=f"{ending.key} was declared until {ending.until}, which has passed: their address "
             "does not change any more, and the entry can be deleted"))
    return True


def _end_both(resolved: Resolved, change: EmailChange) -> Ending | None:
    """The end that has come for the person under either address, now that of both."""
    either = (change.old, change.new)
    ending = next((e for email in either
                   if (e := resolved.ended.get((email, "member", email))) is not None), None)
    if ending is None or not resolved.state.members.keys().isdisjoint(either):
        return None
    for email in either:
        resolved.ended.setdefault((email, "member", email), ending)
    return ending


def _lasting(resolved: Resolved, open_change: OpenChange) -> Member:
    """The old address without what has ended for either: nothing of it is carried over."""
    old, either = open_change.old, (open_change.change.old, open_change.change.new)

    def ended(kind: str, target: str) -> bool:
        return any((email, kind, target) in resolved.ended for email in either)

    return replace(
        old, groups=frozenset(g for g in old.groups if not ended("membership", g)),
        projects=frozen_map((p, r) for p, r in old.projects.items() if not ended("role", p)))


def _with_all_of(
    wanted: DesiredMember, old: Member, state: DesiredState, *, declared: bool
) -> DesiredMember:
    """What an entry asks for, and all that the old address has and the entry does not manage."""
    manage = state.manage
    projects, groups, spaces = wanted.projects, wanted.groups, wanted.spaces
    if not declared or manage.project_roles is not Mode.AUTHORITATIVE:
        projects = _highest_of(projects, old.projects)
    if not declared or manage.groups is not Mode.AUTHORITATIVE:
        groups = groups | old.groups
    if spaces is UNSET or manage.team_spaces is not Mode.AUTHORITATIVE:
        spaces = old.spaces if spaces is UNSET else spaces | old.spaces
    default = wanted.default_project
    if default is UNSET and old.default_project in projects:
        default = old.default_project
    return replace(
        wanted, projects=projects, groups=groups, spaces=spaces, default_project=default,
        role=old.role if not declared else wanted.role,
        team=old.team if wanted.team is UNSET else wanted.team,
        name=old.name if wanted.name is UNSET else wanted.name)


def _highest_of(one: FrozenMap[str, Role], other: FrozenMap[str, Role]) -> FrozenMap[str, Role]:
    made = dict(one)
    for project, role in other.items():
        if project not in made or RANK[made[project]] < RANK[role]:
            made[project] = role
    return FrozenMap(made)


def _finished(resolved: Resolved, change: EmailChange, new: Member | None = None) -> None:
    """`new` is None where whoever it was is gone by now."""
    state = resolved.state
    how = (f"the address of {change.old} has changed to {change.new}"
           if new is None or new.joined else
           f"{change.old} was removed before {change.new} has joined, so nothing is left to "
           "transfer or remove")
    resolved.notes.append(Note(
        code="done", subject=change.old, source=state.place(change),
        text=f"{how}; the entry under email_changes can be deleted"))
    _end_both(resolved, change)
    decided = state.departures.pop(change.old, None)
    if decided is not None:
        state.departures.setdefault(change.new, replace(decided, email=change.new))
    entry = state.members.pop(change.old, None)
    if entry is None:
        return
    state.members.setdefault(change.new, replace(entry, email=change.new))
    resolved.notes.append(Note(
        code="rename", subject=change.old, source=state.place(entry),
        text=f"members still names {change.old}: reconciler edit rename PATH {change.old} "
             f"{change.new}"))


def _unknown(state: DesiredState, change: EmailChange, reader: Reader) -> Finding:
    close = did_you_mean(change.old, list(reader.emails()))
    return Finding(
        rule="R02", subject=change.old, location=state.place(change),
        what=f"{change.old}, whose address is to change, is not in the live store, nor is "
             f"{change.new}",
        how=close or "correct the address, or take the entry out")


def _redirected(state: DesiredState, renamed: dict[Email, Email]) -> DesiredState:
    """Whoever has the new address by now receives with it."""
    if not renamed:
        return state
    departures = {
        email: replace(d, transfer_to=renamed.get(d.transfer_to, d.transfer_to))
        if d.transfer_to is not None else d
        for email, d in state.departures.items()}
    transfers = tuple(
        replace(t, receiver=renamed.get(t.receiver, t.receiver)) for t in state.transfers)
    return replace(state, departures=departures, transfers=transfers)


# --- after comparing --------------------------------------------------------------------------


def _add_steps(
    resolved: Resolved, open_change: OpenChange, reader: Reader, now: datetime, found: Difference
) -> None:
    change, old, new = open_change.change, open_change.old, open_change.new
    source = resolved.state.place(change)
    found.observed.setdefault(old.email, old)
    for draft in found.drafts:
        if isinstance(draft.operation, Invite) and draft.operation.email == change.new:
            draft.reason, draft.source = Reason.EMAIL_CHANGE, source
    items = len(list(reader.content_of(old.email)))
    hold = _hold(change, new, now, content=bool(items))
    removal = Draft(RemoveMember(old.email) if old.joined else Revoke(old.email),
                    Reason.EMAIL_CHANGE, raises=False, source=source, hold=hold)
    if items:
        transfer = Draft(TransferContent(old.email, change.new), Reason.EMAIL_CHANGE,
                         source=source, hold=hold)
        removal.after.append(transfer.key)
        found.drafts.append(transfer)
    found.drafts.append(removal)
    resolved.intents.append(_progress(open_change, hold, items, resolved))


def _hold(change: EmailChange, new: Member | None, now: datetime, *, content: bool) -> Hold | None:
    """What the last two steps wait for; None where they are due."""
    if new is None or not new.joined:
        invited = new.invited_at if new is not None else None
        return Hold(waits_for=change.new, why=f"{change.new} has not joined yet",
                    since=invited.date() if invited is not None else None)
    login = new.last_login_at
    if content and (login is None or now - login > ACTIVE_WITHIN):
        return Hold(waits_for=change.new,
                    why=f"{change.new} must have logged in within the last 30 days to receive "
                        "content (R31)")
    return None


def _progress(
    open_change: OpenChange, hold: Hold | None, items: int, resolved: Resolved
) -> Intent:
    change, new = open_change.change, open_change.new
    content = f"the content ({items:,})" if items else "no content"
    if new is None:
        step, doing = 1, f"this plan invites {change.new}"
    elif not new.joined:
        step, doing = 2, f"waiting for {change.new} to join"
        if new.state is MemberState.REQUESTED:
            step, doing = 1, f"this plan approves {change.new}, who asked to join"
    elif hold is not None:
        step, doing = 3, f"waiting for {change.new} to log in, to receive {content}"
    elif items:
        step, doing = 3, f"this plan transfers {content} to {change.new} and removes {change.old}"
    else:
        step, doing = 4, f"this plan removes {change.old}, who has no content"
    return Intent(
        kind=KIND, subject=change.old, target=change.new, step=step, steps=STEPS, doing=doing,
        since=hold.since if hold is not None and step == 2 else None,
        source=resolved.state.place(change))
