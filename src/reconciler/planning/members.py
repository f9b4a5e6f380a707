"""Compare people: whoever has the same digest is not read; the others are compared in full."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from reconciler.desired.state import DesiredMember, DesiredState, Mode
from reconciler.live.ports import Reader, RosterRow
from reconciler.model.digests import grants_digest, spaces_digest
from reconciler.model.email import Email
from reconciler.model.operations import (
    AddToGroup,
    Approve,
    DeleteGroup,
    Invite,
    JoinSpace,
    LeaveSpace,
    RemoveFromGroup,
    RemoveProjectRole,
    SetDefaultProject,
    SetName,
    SetProjectRole,
    SetRole,
    SetTeam,
)
from reconciler.model.organization import Access, Member, MemberState, Settings
from reconciler.model.roles import RANK, Role, converted_role, default_role
from reconciler.model.values import NO_ENTRIES, UNSET
from reconciler.model.world import Frame
from reconciler.planning.departures import compare_undeclared
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.plan import Cause, Note, Reason

_NOBODY: frozenset[str] = frozenset()


def compare_members(
    state: DesiredState, frame: Frame, target: Settings, reader: Reader, found: Difference
) -> None:
    """Add what people need to `found`. `target` are the settings after the plan's own changes."""
    rows = reader.roster()
    if state.manage.members is Mode.IGNORE:
        _count(rows, found)
        _leave_deleted_groups(state, reader, found)
        return
    differing, undeclared, present = _sieve(state, frame, target, rows, found)
    found.observed.update(reader.members([*differing, *(r.email for r in undeclared)]))
    for email in differing:
        member = state.members[email]
        known = found.observed[email]
        if known.state is MemberState.REQUESTED:
            approve = Approve(email, access(state, member, target))
            draft = Draft(approve, Reason.REQUESTED, source=state.place(member))
            found.drafts.append(draft)
            if member.name is None and known.name is not None:
                # An approval keeps the name that was asked with; null clears it.
                found.drafts.append(Draft(SetName(email, None), Reason.DIFFERS, after=[draft.key],
                                          source=state.place(member)))
        else:
            _compare_member(state, target, member, known, found)
    _invite_missing(state, target, present, found)
    compare_undeclared(state, undeclared, reader, found)
    _leave_deleted_groups(state, reader, found)


def access(state: DesiredState, member: DesiredMember, target: Settings) -> Access:
    """What an invitation of this member carries; sections that are not compared are left out."""
    manage = state.manage
    default = member.default_project
    return Access(
        role=member.role or default_role(target.project_level_permissions),
        projects=NO_ENTRIES if manage.project_roles is Mode.IGNORE else member.projects,
        groups=_NOBODY if manage.groups is Mode.IGNORE else member.groups,
        spaces=(_NOBODY if member.spaces is UNSET or manage.team_spaces is Mode.IGNORE
                else member.spaces),
        team=None if member.team is UNSET else member.team,
        default_project=(None if default is UNSET or manage.default_projects is Mode.IGNORE
                         else default),
        name=None if member.name is UNSET else member.name,
    )


def _sieve(
    state: DesiredState, frame: Frame, target: Settings, rows: Iterable[RosterRow],
    found: Difference,
) -> tuple[list[Email], list[RosterRow], set[Email]]:
    """Who differs, who is not declared, and who is there: without reading anybody in full."""
    manage = state.manage
    grants_matter = Mode.IGNORE not in (manage.groups, manage.project_roles)
    defaults_matter = manage.default_projects is not Mode.IGNORE
    spaces_matter = manage.team_spaces is not Mode.IGNORE
    lowest = str(default_role(target.project_level_permissions))
    switch = target.project_level_permissions
    # Turning the switch moves everybody's role: compare with what it will have become.
    convert = switch != frame.settings.project_level_permissions
    # Many members share the same few sets of spaces: each is digested once.
    digest_of_spaces = functools.cache(spaces_digest)
    differing: list[Email] = []
    undeclared: list[RosterRow] = []
    present: set[Email] = set()
    members = state.members
    for row in rows:
        email, standing, role, name, team, default, grants, spaces = row
        if standing != "requested":
            found.members_observed += 1
            found.joined_observed += standing == "joined"
        member = members.get(email)
        if member is None:
            if email not in found.held:
                undeclared.append(row)
            continue
        present.add(email)
        if convert:
            role = str(converted_role(Role(role), switch))
        if (
            standing == "requested"
            or role != (member.role or lowest)
            or not grants_matter
            or grants != grants_digest(member.projects, member.groups)
            or (member.name is not UNSET and member.name != name)
            or (member.team is not UNSET and member.team != team)
            or (defaults_matter and member.default_project is not UNSET
                and member.default_project != default)
            or (spaces_matter and member.spaces is not UNSET
                and spaces != digest_of_spaces(member.spaces))
        ):
            differing.append(email)
    return differing, undeclared, present


def _count(rows: Iterable[RosterRow], found: Difference) -> None:
    for row in rows:
        if row.state != "requested":
            found.members_observed += 1
            found.joined_observed += row.state == "joined"


def _invite_missing(
    state: DesiredState, target: Settings, present: set[Email], found: Difference
) -> None:
    for email, member in sorted(state.members.items()):
        if email not in present:
            found.absent.append(email)
            found.drafts.append(
                Draft(Invite(email, access(state, member, target)), Reason.NOT_IN_STORE,
                      source=state.place(member)))


def _compare_member(
    state: DesiredState, target: Settings, member: DesiredMember, known: Member, found: Difference
) -> None:
    switch = target.project_level_permissions
    role = member.role or default_role(switch)
    observed = converted_role(known.role, switch)
    if role is not observed:
        found.drafts.append(
            Draft(SetRole(known.email, role), Reason.DIFFERS, raises=RANK[role] > RANK[observed],
                  source=found.sources.of("members", known.email, "role")))
    if state.manage.project_roles is not Mode.IGNORE:
        _compare_project_roles(state, member, known, found)
    if state.manage.groups is not Mode.IGNORE:
        _compare_memberships(state, member, known, found)
    _compare_profile(state, member, known, found)
    if state.manage.team_spaces is not Mode.IGNORE and member.spaces is not UNSET:
        _compare_member_spaces(state, member, known, found)


def _compare_project_roles(
    state: DesiredState, member: DesiredMember, known: Member, found: Difference
) -> None:
    additive = state.manage.project_roles is Mode.ADDITIVE
    email = known.email
    for project, role in sorted(member.projects.items()):
        old = known.projects.get(project)
        if old is role:
            continue
        raises = old is None or RANK[role] > RANK[old]
        if additive and not raises:
            found.notes.append(_kept(email, f"{email} is {old} of {project}"))
            continue
        found.drafts.append(
            Draft(SetProjectRole(email, project, role),
                  Reason.DIFFERS if old else Reason.NOT_IN_STORE, raises=raises,
                  source=found.sources.of("members", email, "projects", project)))
    for project in sorted(known.projects.keys() - member.projects.keys()):
        if additive and (email, "role", project) not in found.ended:
            old = known.projects[project]
            found.notes.append(_kept(email, f"{email} is {old} of {project}"))
            continue
        found.drafts.append(
            Draft(RemoveProjectRole(email, project), Reason.NOT_DECLARED, raises=False,
                  source=found.sources.of("members", email)))


def _compare_memberships(
    state: DesiredState, member: DesiredMember, known: Member, found: Difference
) -> None:
    email = known.email
    for group in sorted(member.groups - known.groups):
        found.drafts.append(
            Draft(AddToGroup(email, group), Reason.NOT_IN_STORE,
                  source=found.sources.of("members", email, "groups")))
    for group in sorted(known.groups - member.groups):
        ended = (email, "membership", group) in found.ended
        if state.manage.groups is Mode.ADDITIVE and not ended:
            found.notes.append(_kept(email, f"{email} is in group {group}"))
            continue
        reason = Reason.NOT_DECLARED if group in state.groups else Reason.GROUP_DELETED
        found.drafts.append(
            Draft(RemoveFromGroup(email, group), reason, raises=False,
                  source=found.sources.of("members", email)))


def _compare_profile(
    state: DesiredState, member: DesiredMember, known: Member, found: Difference
) -> None:
    email = known.email
    if member.name is not UNSET and member.name != known.name:
        found.drafts.append(
            Draft(SetName(email, member.name), Reason.DIFFERS,
                  source=found.sources.of("members", email, "name")))
    if member.team is not UNSET and member.team != known.team:
        found.drafts.append(
            Draft(SetTeam(email, member.team), Reason.DIFFERS,
                  source=found.sources.of("members", email, "team")))
    default = member.default_project
    if default is UNSET or default == known.default_project:
        return
    mode = state.manage.default_projects
    if mode is Mode.IGNORE or (mode is Mode.ADDITIVE and default is None):
        return
    found.drafts.append(
        Draft(SetDefaultProject(email, default), Reason.DIFFERS,
              source=found.sources.of("members", email, "default_project")))


def _compare_member_spaces(
    state: DesiredState, member: DesiredMember, known: Member, found: Difference
) -> None:
    assert member.spaces is not UNSET
    for space in sorted(member.spaces - known.spaces):
        found.drafts.append(
            Draft(JoinSpace(known.email, space), Reason.NOT_IN_STORE,
                  source=found.sources.of("members", known.email, "team_spaces")))
    if state.manage.team_spaces is Mode.ADDITIVE:
        return
    for space in sorted(known.spaces - member.spaces):
        found.drafts.append(
            Draft(LeaveSpace(known.email, space), Reason.NOT_DECLARED, raises=False,
                  source=found.sources.of("members", known.email, "team_spaces")))


def _leave_deleted_groups(state: DesiredState, reader: Reader, found: Difference) -> None:
    """People whom the file does not manage leave a group before it is deleted, and are named."""
    deleted = [d.operation.group for d in found.drafts if isinstance(d.operation, DeleteGroup)]
    going = {d.operation.subject for d in found.drafts
             if d.operation.kind in ("remove-member", "revoke-invitation")}
    for group in deleted:
        for email in sorted(reader.emails_in_group(group)):
            compared = state.manage.members is not Mode.IGNORE
            if (compared and email in state.members) or email in going:
                continue
            found.drafts.append(
                Draft(RemoveFromGroup(email, group), Reason.GROUP_DELETED, raises=False,
                      cause=Cause.CONSEQUENCE, source=found.sources.root))


def _kept(email: Email, what: str) -> Note:
    return Note(code="kept", subject=email,
                text=f"{what}, more than declared; additive takes nothing away")
