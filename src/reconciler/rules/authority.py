"""R10 to R17: on whose authority an operation may run. Default: nobody.

Each rule states a Need; one function says whether an actor meets it, and the same Need is shown as
"who may make this change" in a plan. An operation that no rule allows is allowed to nobody.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.model.finding import Finding
from reconciler.model.operations import (
    OWN_ACTS,
    AddContent,
    AddToGroup,
    AllowLimit,
    Approve,
    ChangeSetting,
    CreateProject,
    CreateSpace,
    CreateTeam,
    Deny,
    GroupOperation,
    Invite,
    JoinSpace,
    LeaveSpace,
    MigrateDomain,
    Operation,
    RemoveFromGroup,
    RemoveMember,
    RemoveProjectRole,
    RenameProject,
    RenameSpace,
    Resend,
    Revoke,
    SetAccount,
    SetDefaultProject,
    SetName,
    SetPolicy,
    SetProjectRole,
    SetRole,
    SetTeam,
    TransferContent,
)
from reconciler.model.organization import Access, Member
from reconciler.model.roles import RANK, Role, at_least, highest
from reconciler.model.values import NO_ENTRIES, FrozenMap, frozen_map
from reconciler.model.world import World
from reconciler.rules.case import Case, violation


class Who(enum.Enum):
    """Kinds of needs."""

    ADMIN = enum.auto()
    MANAGER = enum.auto()
    """Org admin; or, with project-level permissions off, a manager of the organization; on, a
    manager or admin of every project named (of any project where none is named)."""
    WRITER = enum.auto()
    """Anybody with the role member or above (on every project named, else on any)."""


@dataclass(frozen=True, slots=True)
class Need:
    """Who may: `roles` names the projects a manager or writer must hold at least that role on;
    `role` is the org role a manager needs with project-level permissions off; `themself` lets the
    person concerned do it too."""

    rule: str
    who: Who
    roles: FrozenMap[str, Role] = NO_ENTRIES
    role: Role = Role.MANAGER
    themself: bool = False

    def __str__(self) -> str:
        match self.who:
            case Who.ADMIN:
                text = "an org admin"
            case Who.WRITER:
                on = f" on {_and(self.roles)}" if self.roles else ""
                text = f"anybody with role member or above{on}"
            case Who.MANAGER if self.roles:
                admin_of = [p for p, r in self.roles.items() if r is Role.ADMIN]
                manager_of = [p for p in self.roles if p not in admin_of]
                parts = []
                if manager_of:
                    parts.append(f"manager of {_and(manager_of)}")
                if admin_of:
                    parts.append(f"admin of {_and(admin_of)}")
                article = "a" if manager_of else "an"
                text = f"an org admin, or {article} {' and '.join(parts)}"
            case Who.MANAGER:
                text = "an org admin or a manager"
        return f"{text}, or they themselves" if self.themself else text


# Made once: they are asked for of every change.
_R11_ADMIN: Final = Need("R11", Who.ADMIN)
_R12_ADMIN: Final = Need("R12", Who.ADMIN)
_R14_ADMIN: Final = Need("R14", Who.ADMIN)


def meets(world: World, actor: Member, need: Need, subject: str) -> bool:
    """Whether an actor meets a need."""
    if need.themself and actor.email == subject:
        return True
    if actor.role is Role.ADMIN:
        return True
    on = world.settings.project_level_permissions
    match need.who:
        case Who.ADMIN:
            return False
        case Who.WRITER:
            if not on:
                return at_least(actor.role, Role.MEMBER)
            return _holds(world, actor, need.roles, Role.MEMBER)
        case Who.MANAGER:
            if not on:
                return at_least(actor.role, need.role)
            return _holds(world, actor, need.roles, Role.MANAGER)


def _holds(world: World, actor: Member, wanted: FrozenMap[str, Role], else_any: Role) -> bool:
    """Whether an actor has these roles; where none is named, that role on any project."""
    roles = world.effective_roles(actor)
    if not wanted:
        return any(at_least(role, else_any) for role in roles.values())
    return all(at_least(roles.get(project), floor) for project, floor in wanted.items())


def actor_joined(case: Case) -> Iterator[Finding]:
    """R10: the actor is a joined member; what people do for themselves, nobody else does."""
    if case.actor is None:
        return
    if isinstance(case.operation, OWN_ACTS):
        if case.actor.email != case.operation.subject:
            yield violation("R10", case, f"{case.actor.email} cannot do this for "
                            f"{case.operation.subject}: {_phrase(case.operation)}",
                            f"only {case.operation.subject} can")
    elif not case.actor.joined:
        yield violation("R10", case, f"{case.actor.email} is {case.actor.state}, not a joined "
                        "member, and cannot act", "act as somebody who has joined")


def no_self_change(case: Case) -> Iterator[Finding]:
    """R15: nobody changes their own role or removes themselves."""
    if case.actor is not None and _changes_self(case.actor, case.operation):
        does = ("remove themselves" if isinstance(case.operation, RemoveMember)
                else "change their own role")
        other = _ANOTHER_ADMIN if case.actor.role is Role.ADMIN else _AN_ADMIN
        yield violation("R15", case, f"{case.actor.email} cannot {does}", f"ask {other}")


def _changes_self(actor: Member, operation: Operation) -> bool:
    """Whether this is what nobody does to themselves (R15)."""
    return actor.email == operation.subject and isinstance(
        operation, (SetRole, SetProjectRole, RemoveProjectRole, RemoveMember))


def need_add_remove(world: World, operation: Operation) -> Need | None:
    """R11: who adds and removes people, and keeps their profile."""
    match operation:
        case Invite(_, access):
            if access.groups or not world.settings.managers_may_invite:
                return _R11_ADMIN
            return _may_give("R11", access)
        case Approve(_, access):
            return _R11_ADMIN if access.groups else _may_give("R11", access)
        case Resend() if not world.settings.managers_may_invite:
            return _R11_ADMIN
        case RemoveMember(email) | Revoke(email) | Resend(email):
            return _may_manage(world, world.member(email), themself=False)
        case SetName(email) | SetTeam(email) | SetDefaultProject(email):
            return _may_manage(world, world.member(email), themself=True)
        case _:
            return None


def need_admin_grants_admin(world: World, operation: Operation) -> Need | None:
    """R12: who grants and revokes org admin, and removes an org admin."""
    match operation:
        case Invite(_, access) | Approve(_, access) if access.role is Role.ADMIN:
            return _R12_ADMIN
        case SetRole(_, Role.ADMIN):
            return _R12_ADMIN
        case SetRole(email) | RemoveMember(email) | Revoke(email):
            member = world.member(email)
            if member is not None and member.role is Role.ADMIN:
                return _R12_ADMIN
            return None
        case _:
            return None


def need_manager_scope(world: World, operation: Operation) -> Need | None:
    """R13: who changes roles: managers within their projects, up to their own role there."""
    match operation:
        case SetProjectRole(email, project, role):
            return _scope(world, world.member(email), project, role)
        case RemoveProjectRole(email, project):
            return _scope(world, world.member(email), project, None)
        case SetRole(email, role):
            if world.settings.project_level_permissions:
                return Need("R13", Who.ADMIN)
            member = world.member(email)
            above = highest(role, member.role if member else None) or role
            return Need("R13", Who.MANAGER, role=_floor(above))
        case _:
            return None


def need_admin_only(world: World, operation: Operation) -> Need | None:
    """R14: groups, bulk transfer, access requests, settings, accounts and domain migrations are for
    org admins."""
    match operation:
        case GroupOperation() | AddToGroup() | RemoveFromGroup() | TransferContent():
            return _R14_ADMIN
        case SetAccount():
            # Whose word is whose decides who approves what.
            return _R14_ADMIN
        case ChangeSetting() | CreateTeam() | MigrateDomain() | SetPolicy() | AllowLimit():
            return _R14_ADMIN
        case Approve(_, access):
            if not world.settings.managers_may_approve_requests:
                return _R14_ADMIN
            return _may_give("R14", access)
        case Deny():
            if not world.settings.managers_may_approve_requests:
                return _R14_ADMIN
            return Need("R14", Who.MANAGER)
        case _:
            return None


def need_space_membership(world: World, operation: Operation) -> Need | None:
    """R16: who creates team spaces and says who is in them."""
    match operation:
        case CreateSpace():
            return Need("R16", Who.WRITER)
        case RenameSpace():
            return Need("R16", Who.ADMIN)
        case JoinSpace():
            return Need("R16", Who.WRITER, themself=True)
        case LeaveSpace():
            return Need("R16", Who.ADMIN, themself=True)
        case Invite(_, access) | Approve(_, access) if access.spaces:
            return Need("R16", Who.WRITER)
        case AddContent(item):
            return Need("R16", Who.WRITER, roles=frozen_map({item.project: Role.MEMBER}))
        case _:
            return None


def need_projects(world: World, operation: Operation) -> Need | None:
    """R17: who creates and renames projects."""
    if not isinstance(operation, (CreateProject, RenameProject)):
        return None
    if world.settings.project_level_permissions:
        return Need("R17", Who.ADMIN)
    return Need("R17", Who.MANAGER)


NEEDS: tuple[Callable[[World, Operation], Need | None], ...] = (
    need_add_remove,
    need_admin_grants_admin,
    need_manager_scope,
    need_admin_only,
    need_space_membership,
    need_projects,
)


def permits(world: World, operation: Operation, actor: Member) -> bool:
    """Whether R10 to R17 let this person do it: what `judge` says of authority, as one answer."""
    if not actor.joined or isinstance(operation, OWN_ACTS) or _changes_self(actor, operation):
        return False
    if actor.role is Role.ADMIN:
        return True
    needs = (need_of(world, operation) for need_of in NEEDS)
    return all(meets(world, actor, n, operation.subject) for n in needs if n is not None)


_STRICTNESS = (Who.ADMIN, Who.MANAGER, Who.WRITER)
_AN_ADMIN = str(Need("", Who.ADMIN))
_ANOTHER_ADMIN = "another org admin"


def who_may(world: World, operation: Operation, actor: Member | None = None) -> str:
    """In words, who may make a change: the strictest need speaks for all. Where it is the actor's
    own role or removal, somebody else than the actor (R15)."""
    said = _who_may(world, operation)
    if actor is None or not _changes_self(actor, operation):
        return said
    if actor.role is Role.ADMIN:
        return said.replace(_AN_ADMIN, _ANOTHER_ADMIN)
    return re.sub(r"\bor an? ", "or another ", said)


def _who_may(world: World, operation: Operation) -> str:
    strictest: Need | None = None
    rank = (len(_STRICTNESS), False)
    for rule in NEEDS:
        need = rule(world, operation)
        if need is None:
            continue
        if need.who is Who.ADMIN and not need.themself:
            return _AN_ADMIN
        strict = (_STRICTNESS.index(need.who), need.themself)
        if strict < rank:
            strictest, rank = need, strict
    return "the person themselves" if strictest is None else str(strictest)


_NEED_CHECKS: set[Callable[[Case], Iterator[Finding]]] = set()


def check_need(
    need_of: Callable[[World, Operation], Need | None],
) -> Callable[[Case], Iterator[Finding]]:
    """The rule that a Need-function states."""

    def check(case: Case) -> Iterator[Finding]:
        actor = case.actor
        if actor is None or actor.role is Role.ADMIN:
            return
        need = need_of(case.world, case.operation)
        if need is not None and not meets(case.world, actor, need, case.operation.subject):
            yield violation(need.rule, case, f"{actor.email} may not {_phrase(case.operation)}",
                            f"this is for {need}")

    check.__doc__ = need_of.__doc__
    _NEED_CHECKS.add(check)
    return check


def states_a_need(check: Callable[[Case], Iterator[Finding]]) -> bool:
    """Whether a rule does nothing but hold an actor against a need, which an org admin meets."""
    return check in _NEED_CHECKS


def _phrase(operation: Operation) -> str:
    return f"{operation.kind.replace('-', ' ')} ({operation.subject})"


def _and(names: Iterable[str]) -> str:
    return " and ".join(sorted(names))


def _floor(role: Role | None) -> Role:
    return Role.MANAGER if role is None or RANK[role] < RANK[Role.MANAGER] else role


def _may_give(rule: str, access: Access) -> Need:
    roles = frozen_map((p, _floor(r)) for p, r in access.projects.items())
    return Need(rule, Who.MANAGER, roles=roles, role=_floor(access.role))


def _may_manage(world: World, member: Member | None, *, themself: bool) -> Need:
    if member is None:
        return Need("R11", Who.MANAGER, themself=themself)
    if member.role is Role.ADMIN:
        return Need("R11", Who.ADMIN, themself=themself)
    # Who removes somebody takes their roles away, which R13 allows nobody below them.
    roles = frozen_map((p, _floor(r)) for p, r in world.effective_roles(member).items())
    return Need("R11", Who.MANAGER, roles=roles, role=_floor(member.role), themself=themself)


def _scope(world: World, member: Member | None, project: str, role: Role | None) -> Need:
    held = world.effective_role(member, project) if member is not None else None
    floor = _floor(highest(role, held))
    if member is not None and member.role is Role.ADMIN:
        return Need("R13", Who.ADMIN)
    return Need("R13", Who.MANAGER, roles=frozen_map({project: floor}), role=floor)
