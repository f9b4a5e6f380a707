"""`until`: what is declared until a day is desired on that day, and not on the next (UTC)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from reconciler.desired.judge import judge_desired
from reconciler.desired.state import DesiredMember, DesiredState, Ending, Mode
from reconciler.model.email import Email
from reconciler.model.finding import Finding, Severity
from reconciler.model.operations import (
    Operation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveMember,
    RemoveProjectRole,
    Revoke,
)
from reconciler.model.roles import Role
from reconciler.model.values import UNSET, FrozenMap
from reconciler.model.world import Frame
from reconciler.planning.draft import Difference
from reconciler.planning.lifecycle.resolved import Resolved
from reconciler.planning.plan import Note, Reason

TOLD_BEFORE: Final = timedelta(days=30)
"""How long before its end a grant is listed in every plan."""


def drop_ended(resolved: Resolved, frame: Frame, today: date) -> None:
    """Take what has ended out of the state, and note what ends soon."""
    state = resolved.state
    if not state.endings:
        return
    members, groups = dict(state.members), dict(state.groups)
    ended = [e for e in state.endings if e.until < today]
    for ending in ended:
        resolved.ended[ending.key, ending.kind, ending.target] = ending
        if ending.section == "groups":
            group = groups[ending.key]
            groups[ending.key] = replace(group, projects=group.projects.without(ending.target))
        elif ending.kind == "member":
            members.pop(Email(ending.key))
        elif Email(ending.key) in members:
            email = Email(ending.key)
            members[email] = _without(members[email], ending)
    for ending in state.endings:
        if today <= ending.until <= today + TOLD_BEFORE:
            resolved.notes.append(Note(code="ends", subject=ending.key, text=_in_words(ending),
                                       source=state.place(ending), on=ending.until))
    resolved.declared.extend(_no_admin_left(state, members, today))
    resolved.state = replace(state, members=members, groups=groups)
    if ended:
        _drop_lost_defaults(resolved, frame, ended)


def tell_ended(resolved: Resolved, found: Difference) -> None:
    """Give changes that come from an end their reason, and note the ends that nothing is left
    to do for."""
    due = dict(resolved.ended)
    for draft in found.drafts:
        ending = due.pop(_grant(draft.operation), None)
        if ending is not None:
            draft.reason = Reason.ENDED
            draft.source = resolved.state.place(ending)
    gone = {key for key, kind, _ in resolved.ended if kind == "member"}
    # One end can be that of two addresses of one person.
    acting = set(resolved.ended.values()) - set(due.values())
    for ending in dict.fromkeys(due.values()):
        if (ending.kind != "member" and ending.key in gone) or ending in acting:
            continue
        found.notes.append(Note(
            code="ended", subject=ending.key, source=resolved.state.place(ending),
            text=f"{_in_words(ending)}: it has ended, and the lines can be deleted",
            on=ending.until))


def judge_lasting(resolved: Resolved, frame: Frame) -> list[Finding]:
    """What the rules say to what has not ended. An end makes no file invalid: whoever is named as
    the receiver of content and has ended is judged with the transfer, if there is one (R30), and
    where no admin is left for it, that is said instead of that none is declared (R20)."""
    state = resolved.state
    ended = {key for key, kind, _ in resolved.ended if kind == "member"} - state.members.keys()
    lasting = replace(
        state, departures={email: d for email, d in state.departures.items()
                           if d.transfer_to not in ended},
        transfers=tuple(t for t in state.transfers if t.receiver not in ended))
    said = {(f.rule, f.subject) for f in resolved.declared}
    return [*resolved.declared, *(f for f in judge_desired(lasting, frame)
                                  if (f.rule, f.subject) not in said)]


def _no_admin_left(
    state: DesiredState, lasting: Mapping[Email, DesiredMember], today: date
) -> Iterator[Finding]:
    """R20 where the last declared admin has ended, and a warning before they do."""
    admins = {email for email, member in state.members.items() if member.role is Role.ADMIN}
    ends = {Email(e.key): e for e in state.endings if e.kind == "member" and e.key in admins}
    if state.manage.members is not Mode.AUTHORITATIVE or not admins or admins - ends.keys():
        return
    last = max(ends.values(), key=lambda e: (e.until, e.key))
    if last.until > today + TOLD_BEFORE:
        return
    over = last.until < today
    yield Finding(
        rule="R20", subject=state.organization, location=state.place(last),
        severity=Severity.ERROR if over else Severity.WARNING,
        what=f"no declared member is admin of {state.organization} any more: {last.key} was, "
             f"until {last.until}" if over else
             f"{last.key} is the last declared admin of {state.organization}, until {last.until}: "
             "every plan will be refused then",
        how="give another member role: admin, or take the until out")


def _grant(operation: Operation) -> tuple[str, str, str]:
    match operation:
        case RemoveMember(email) | Revoke(email):
            return email, "member", email
        case RemoveFromGroup(email, group):
            return email, "membership", group
        case RemoveProjectRole(email, project):
            return email, "role", project
        case RemoveGroupRole(group, project):
            return group, "role", project
        case _:
            return "", "", ""


def _without(member: DesiredMember, ending: Ending) -> DesiredMember:
    if ending.kind == "role":
        return replace(member, projects=member.projects.without(ending.target))
    return replace(member, groups=member.groups - {ending.target})


def _in_words(ending: Ending) -> str:
    match ending.kind:
        case "member":
            what = f"{ending.key} is a member"
        case "membership":
            what = f"{ending.key} is in group {ending.target}"
        case "role":
            whose = f"group {ending.key}" if ending.section == "groups" else ending.key
            what = f"{whose} is {ending.role} of {ending.target}"
    reason = f" ({ending.reason})" if ending.reason else ""
    return f"{what} until {ending.until}{reason}"


def _drop_lost_defaults(resolved: Resolved, frame: Frame, ended: Iterable[Ending]) -> None:
    """A declared default project that an end has taken out of reach is cleared with the role
    (R05): an end never makes a file invalid."""
    state = resolved.state
    switch = state.settings.get("project_level_permissions",
                                frame.settings.project_level_permissions)
    if not switch:
        return
    given: dict[str, FrozenMap[str, Role]] = {}
    if state.manage.groups is not Mode.AUTHORITATIVE:
        given.update({name: group.projects for name, group in frame.groups.items()})
    given.update({name: group.projects for name, group in state.groups.items()})
    endings = list(ended)
    everybody = any(e.section == "groups" for e in endings)
    concerned = state.members if everybody else {e.key for e in endings}
    for key in concerned:
        member = state.members.get(Email(key))
        if member is None or member.default_project in (None, UNSET):
            continue
        default = str(member.default_project)
        if member.role is Role.ADMIN or default in member.projects:
            continue
        if not any(default in given.get(name, ()) for name in member.groups):
            state.members[member.email] = replace(member, default_project=UNSET)
