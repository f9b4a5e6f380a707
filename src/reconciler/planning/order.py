"""Order derived from the rules: every draft names what must run before it, then one sort.

Dependencies come from what operations need and take away (create before use, use removed before
delete, promote before demote, grant before transfer, transfer before remove). Where the rules
leave a choice, what gives comes before what takes, so that nobody loses in between what they are
to have in the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.model.email import Email
from reconciler.model.operations import (
    AddGroupSpace,
    AddToGroup,
    Approve,
    ChangeSetting,
    CreateGroup,
    CreateProject,
    CreateSpace,
    CreateTeam,
    DeleteGroup,
    Invite,
    JoinSpace,
    Operation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveMember,
    RemoveProjectRole,
    Revoke,
    SetAccount,
    SetDefaultProject,
    SetGroupRole,
    SetProjectRole,
    SetRole,
    SetTeam,
    TransferContent,
)
from reconciler.model.organization import Access, Group, Member
from reconciler.model.roles import RANK, Role
from reconciler.planning.draft import Draft, key_of
from reconciler.planning.ranks import by_rank


@dataclass(slots=True)
class _Index:
    """Drafts found by what others need to know of them."""

    keys: dict[str, Draft]

    projects: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    spaces: dict[str, str] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    """What is created: its name, and the key of the draft that creates it."""
    switch_on: str | None = None
    switch_off: str | None = None
    tier_up: str | None = None
    promotions: list[str] = field(default_factory=list)
    gives_to: dict[Email, list[str]] = field(default_factory=lambda: defaultdict(list))
    leaves_group: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    group_roles: dict[tuple[str, str], str] = field(default_factory=dict)
    frees_roles: list[str] = field(default_factory=list)
    frees_features: list[str] = field(default_factory=list)
    revoked_admins: list[str] = field(default_factory=list)
    joins_group: dict[Email, list[str]] = field(default_factory=lambda: defaultdict(list))
    lowers_group: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def in_order(
    drafts: list[Draft], observed: dict[Email, Member], groups: dict[str, Group]
) -> list[Draft]:
    """The drafts in an order that the rules allow, the same for the same drafts.

    `observed` are the people concerned and `groups` all groups as they are now. Fills
    `Draft.after`, sorted.
    """
    index = _index(drafts, observed)
    planned = index.keys
    for draft in drafts:
        needed = _needs(draft, index, observed, groups)
        needed.discard(draft.key)
        after = [k for k in needed if k in planned]
        draft.after = sorted({*draft.after, *after} if draft.after else after)
    return by_rank(drafts)


def _index(drafts: list[Draft], observed: dict[Email, Member]) -> _Index:
    index = _Index(keys={d.key: d for d in drafts})
    for draft in drafts:
        _index_created(draft, index)
        operation = draft.operation
        match operation:
            case ChangeSetting("project_level_permissions", on):
                if on:
                    index.switch_on = draft.key
                else:
                    index.switch_off = draft.key
                    index.frees_features.append(draft.key)
            case ChangeSetting("tier") if draft.raises:
                index.tier_up = draft.key
            case ChangeSetting("sso", False):
                index.frees_features.append(draft.key)
            case SetRole(_, Role.ADMIN):
                index.promotions.append(draft.key)
            case RemoveFromGroup(_, group):
                index.leaves_group[group].append(draft.key)
            case AddToGroup(email, group):
                index.joins_group[email].append(group)
            case SetGroupRole(group, project) | RemoveGroupRole(group, project):
                index.group_roles[group, project] = draft.key
                if not draft.raises:
                    index.lowers_group[group].append(draft.key)
            case _:
                pass
        if isinstance(operation, (RemoveProjectRole, RemoveGroupRole, DeleteGroup)):
            index.frees_roles.append(draft.key)
        if isinstance(operation, (RemoveMember, Revoke)):
            _index_leaver(draft, operation, index, observed)
        if isinstance(operation, DeleteGroup):
            index.frees_features.append(draft.key)
        if draft.raises and isinstance(operation, (SetRole, SetProjectRole, AddToGroup)):
            index.gives_to[operation.email].append(draft.key)
    return index


def _index_created(draft: Draft, index: _Index) -> None:
    match draft.operation:
        case CreateProject(project):
            index.projects[project] = draft.key
        case CreateGroup(group):
            index.groups[group] = draft.key
        case CreateSpace(space):
            index.spaces[space] = draft.key
        case CreateTeam(team):
            index.teams[team] = draft.key
        case _:
            pass


def _index_leaver(
    draft: Draft, operation: RemoveMember | Revoke, index: _Index, observed: dict[Email, Member]
) -> None:
    member = observed.get(operation.email)
    if member is None:
        return
    if member.projects and not any(k.startswith(RemoveProjectRole.kind) for k in draft.after):
        index.frees_roles.append(draft.key)
    if member.role is Role.ADMIN and isinstance(operation, Revoke):
        index.revoked_admins.append(draft.key)
    # Whoever is removed leaves their groups by it: a group outlives a removal that waits.
    for group in member.groups:
        if key_of(RemoveFromGroup(member.email, group)) not in index.keys:
            index.leaves_group[group].append(draft.key)


def _needs(
    draft: Draft, index: _Index, observed: dict[Email, Member], groups: dict[str, Group]
) -> set[str]:
    """Keys that must run before this draft; some may not be in the plan."""
    operation = draft.operation
    needed = _named(operation, index)
    match operation:
        case ChangeSetting():
            needed.update(_before_setting(draft, operation, index))
        case Invite() | Approve():
            needed.update(_before_access(operation.access, index))
        case AddToGroup(_, group):
            # Nobody is to have, even for a moment, what the group is about to lose.
            needed.update(index.lowers_group[group])
            needed.update(_present(index.tier_up))
        case CreateGroup() | CreateSpace() | AddGroupSpace() | SetGroupRole() | RemoveGroupRole():
            needed.update(_present(index.tier_up))
            needed.update(_present(index.switch_on))
        case DeleteGroup(group):
            needed.update(index.leaves_group[group])
        case SetProjectRole(email, project, role):
            needed.update(_present(index.switch_on))
            needed.update(_before_direct_role(email, project, role, index, observed, groups))
        case SetRole(email, role):
            needed.update(_before_role(email, role, index, observed))
        case RemoveMember(email):
            member = observed.get(email)
            if member is not None and member.role is Role.ADMIN:
                needed.update(index.promotions)
                needed.update(index.revoked_admins)
        case SetDefaultProject(email, project) if project is not None:
            needed.update(index.gives_to[email])
            needed.update(_present(index.switch_off))
            member = observed.get(email)
            for group in member.groups if member else ():
                needed.update(_present(index.group_roles.get((group, project))))
        case TransferContent(_, receiver):
            needed.update(index.gives_to[receiver])
            needed.update(_present(index.switch_off))
            receiving = observed.get(receiver)
            for (group, _), key in index.group_roles.items():
                if receiving is not None and group in receiving.groups:
                    needed.add(key)
            needed.add(f"invite:{receiver}")
        case _:
            pass
    return needed


def _named(operation: Operation, index: _Index) -> set[str]:
    """Create before use: the keys that create what an operation names."""
    match operation:
        case Invite() | Approve():
            access = operation.access
            return _created(index, access.projects, access.groups, access.spaces, access.team,
                            access.default_project)
        case CreateGroup(projects=projects, spaces=spaces):
            return _created(index, projects, (), spaces)
        case SetGroupRole(group, project):
            return _created(index, (project,), (group,), ())
        case AddGroupSpace(group, space):
            return _created(index, (), (group,), (space,))
        case SetProjectRole(_, project):
            return _created(index, (project,), (), ())
        case SetDefaultProject(_, project):
            return _created(index, (project,) if project else (), (), ())
        case AddToGroup(_, group):
            return _created(index, (), (group,), ())
        case JoinSpace(_, space):
            return _created(index, (), (), (space,))
        case SetTeam(_, team):
            return _created(index, (), (), (), team)
        case SetAccount(email):
            return {f"invite:{email}", f"approve-request:{email}"}
        case _:
            return set()


def _created(
    index: _Index, projects: Iterable[str], groups: Iterable[str], spaces: Iterable[str],
    team: str | None = None, default: str | None = None,
) -> set[str]:
    known = index.projects
    keys = {known[p] for p in projects if p in known}
    if default in known:
        keys.add(known[default])
    known = index.groups
    keys.update([known[g] for g in groups if g in known])
    known = index.spaces
    keys.update([known[s] for s in spaces if s in known])
    if team in index.teams:
        keys.add(index.teams[team])
    return keys


def _before_setting(draft: Draft, operation: ChangeSetting, index: _Index) -> list[str]:
    match operation.setting:
        case "tier" if not draft.raises:
            return index.frees_features
        case "project_level_permissions" if operation.value:
            return _present(index.tier_up)
        case "project_level_permissions":
            return index.frees_roles
        case "sso" if operation.value:
            return _present(index.tier_up)
        case "access_requests" if not operation.value:
            return [k for k in index.keys if k.startswith(("approve-request:", "deny-request:"))]
        case _:
            return []


def _before_access(access: Access, index: _Index) -> list[str]:
    needed = [*_present(index.switch_on), *_present(index.switch_off)]
    if access.groups:
        needed += _present(index.tier_up)
    # A direct role beside groups is held against what the groups give in the end (R21).
    if index.group_roles:
        for project in access.projects:
            for group in access.groups:
                needed += _present(index.group_roles.get((group, project)))
    return needed


def _before_direct_role(
    email: Email, project: str, role: Role, index: _Index,
    observed: dict[Email, Member], groups: dict[str, Group],
) -> list[str]:
    """A direct role is set once the floor is final: what raises it comes first, so that R21
    speaks, and what lowers it comes first, so that R21 is content."""
    member = observed.get(email)
    needed = [k for k in index.gives_to[email] if k.startswith("add-to-group:")]
    for group in index.joins_group[email]:
        needed += _present(index.group_roles.get((group, project)))
    for group in member.groups if member else ():
        needed += _present(index.group_roles.get((group, project)))
        known = groups.get(group)
        held = known.projects.get(project) if known else None
        if held is not None and RANK[held] > RANK[role]:
            needed += [k for k in index.leaves_group[group]
                       if k == key_of(RemoveFromGroup(email, group))]
    return needed


def _before_role(
    email: Email, role: Role, index: _Index, observed: dict[Email, Member]
) -> list[str]:
    needed: list[str] = []
    member = observed.get(email)
    if role is not Role.ADMIN:
        # Admin is a role of both modes; the others exist on one side of the switch.
        needed = [*_present(index.switch_on), *_present(index.switch_off)]
    if role is not Role.ADMIN and member is not None and member.role is Role.ADMIN:
        needed += index.promotions
        # An invitation that is taken back is nobody to wait for (R20).
        needed += index.revoked_admins
    return needed


def _present(key: str | None) -> list[str]:
    return [] if key is None else [key]
