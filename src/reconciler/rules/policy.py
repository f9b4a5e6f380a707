"""L03 to L05, L09, L10 and L12: what a policy says to a single operation of a run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from reconciler.model.accounts import ACCOUNT, SERVICES
from reconciler.model.email import Email
from reconciler.model.finding import Finding
from reconciler.model.nearest import did_you_mean
from reconciler.model.operations import (
    RUN_ACTS,
    AllowLimit,
    Approve,
    DeleteGroup,
    GroupOperation,
    Invite,
    MigrateDomain,
    Operation,
    PersonOperation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveMember,
    RemoveProjectRole,
    Resend,
    Revoke,
    SetAccount,
    SetGroupRole,
    SetProjectRole,
    SetRole,
)
from reconciler.model.organization import Member, MemberState
from reconciler.model.policy import LIMITS
from reconciler.model.roles import RANK, Role, highest
from reconciler.model.world import World
from reconciler.rules.case import Case, violation
from reconciler.rules.losing import is_demotion, reach

_BY_THE_POLICY = "the policy would have to say otherwise first, in a run of its own"


def protected_member(case: Case) -> Iterator[Finding]:
    """L03: whom the policy protects is not removed or demoted by a run."""
    protected = case.policy.protected_members if case.policy is not None else None
    if not protected:
        return
    match case.operation:
        case RemoveMember(email) | Revoke(email):
            if email in protected:
                yield violation("L03", case, f"{email} is protected by the policy and is not "
                                "removed", f"declare them under members; {_BY_THE_POLICY}")
        case PersonOperation(email):
            if email in protected and _lowers(case.world, case.operation):
                yield violation("L03", case, f"{email} is protected by the policy and is not "
                                "demoted", f"declare what they have; {_BY_THE_POLICY}")
        case GroupOperation(group):
            lowered = [email for email in sorted(protected)
                       if _lowers_through(case.world, case.operation, group, email)]
            if lowered:
                yield violation("L03", case, f"{', '.join(lowered)}: protected by the policy, and "
                                f"demoted by a change of group {group}",
                                f"leave the group as it is; {_BY_THE_POLICY}")
        case _:
            return


def min_admins(case: Case) -> Iterator[Finding]:
    """L04: at every step at least as many joined admins are left as the policy says."""
    if case.policy is None or case.policy.min_admins < 2:
        return
    match case.operation:
        case SetRole(_, Role.ADMIN):
            return
        case SetRole(email) | RemoveMember(email):
            member = case.world.member(email)
        case _:
            return
    if member is None or member.role is not Role.ADMIN or not member.joined:
        return
    wanted = case.policy.min_admins
    left = [other for other in case.world.admins() if other != email]
    # Where nobody is left, R20 says so.
    if len(left) >= wanted or not left:
        return
    coming = [e for e in case.world.admins(MemberState.PENDING) if e != email]
    enough = len(left) + len(coming) >= wanted
    yield violation(
        "L04", case, f"without {email} as an admin {len(left)} joined admin"
        f"{'' if len(left) == 1 else 's'} would be left, and the policy asks for {wanted}",
        f"wait until {coming[0]} has joined" if enough else "make somebody else admin first",
        waits_for=coming[0] if enough else None)


def allowed_email_domain(case: Case) -> Iterator[Finding]:
    """L05: people are added only with addresses of domains that the policy allows."""
    policy = case.policy
    if policy is None or policy.allowed_email_domains is None:
        return
    match case.operation:
        case Invite(email) | Approve(email) if not policy.allows(email):
            domains = sorted(policy.allowed_email_domains)
            close = did_you_mean(email.rpartition("@")[2], domains)
            yield violation("L05", case, f"{email} is of a domain that the policy does not allow",
                            f"allowed: {', '.join(domains) or 'none'}"
                            f"{f'. {close}' if close else ''}")
        case MigrateDomain(_, new) if new not in policy.allowed_email_domains:
            yield violation("L05", case, f"the policy does not allow the domain {new}",
                            f"add it to allowed_email_domains first; {_BY_THE_POLICY}")
        case _:
            return


def invitation_sends(case: Case) -> Iterator[Finding]:
    """L09: a run sends an invitation again only so often, and not too soon."""
    if case.policy is None or not isinstance(case.operation, Resend):
        return
    policy, member = case.policy, case.world.member(case.operation.email)
    if member is None or member.state is not MemberState.PENDING:
        return
    if member.invitations_sent >= policy.max_sends:
        yield violation("L09", case, f"{member.email} was invited {member.invitations_sent} times "
                        f"already, and the policy allows {policy.max_sends}",
                        "ask the person in another way, or take the member out")
    elif (member.invited_at is not None
          and case.now - member.invited_at < timedelta(days=policy.resend_after_days)):
        yield violation("L09", case, f"{member.email} was invited less than "
                        f"{policy.resend_after_days} days ago, as long as the policy waits",
                        "give them time to join")


def on_purpose(case: Case) -> Iterator[Finding]:
    """L10: only a run changes the policy, exceeds a limit or says whose account is whose; a limit
    by the exact number, for a reason."""
    operation = case.operation
    if case.policy is None and isinstance(operation, RUN_ACTS):
        where = ("state it under accounts of the member" if isinstance(operation, SetAccount)
                 else "write it in policy.yaml, or give --allow")
        yield violation("L10", case, f"{operation.kind.replace('-', ' ')} is done by a run alone",
                        f"{where}, and plan")
    if not isinstance(operation, AllowLimit):
        return
    if operation.limit not in LIMITS:
        yield violation("L10", case, f"there is no limit {operation.limit}",
                        did_you_mean(operation.limit, LIMITS) or f"limits: {', '.join(LIMITS)}")
    if not operation.reason.strip():
        yield violation("L10", case, f"no reason is given for exceeding {operation.limit}",
                        "say why: --reason TEXT")


def account_of_one(case: Case) -> Iterator[Finding]:
    """L12: an account is on a known service, with a name that one can have there. That it speaks
    for one member alone, performing sees to: whoever had it loses it."""
    operation = case.operation
    if not isinstance(operation, SetAccount):
        return
    if operation.service not in SERVICES:
        yield violation("L12", case, f"accounts on {operation.service} are not known",
                        did_you_mean(operation.service, SERVICES)
                        or f"known are {', '.join(SERVICES)}")
    if operation.name is not None and not re.fullmatch(ACCOUNT, operation.name):
        yield violation("L12", case, f"{operation.name!r} is no account on {operation.service}",
                        "write the name that is behind the @ there")


def _lowers(world: World, operation: Operation) -> bool:
    """Whether an operation on somebody takes a role away from them or makes one lower."""
    match operation:
        case SetRole(email, role):
            old = world.member(email)
            new = old and replace(old, role=role)
        case SetProjectRole(email, project, role):
            old = world.member(email)
            new = old and replace(old, projects=old.projects.having(project, role))
        case RemoveProjectRole(email, project):
            old = world.member(email)
            new = old and replace(old, projects=old.projects.without(project))
        case RemoveFromGroup(email, group):
            old = world.member(email)
            new = old and replace(old, groups=old.groups - {group})
        case _:
            return False
    return old is not None and new is not None and _has_less(world, old, new)


def _has_less(world: World, old: Member, new: Member) -> bool:
    return is_demotion(old.role, new.role, reach(world, old), reach(world, new))


def _lowers_through(world: World, operation: GroupOperation, group: str, email: Email) -> bool:
    member, known = world.member(email), world.groups.get(group)
    if member is None or known is None or group not in member.groups or member.role is Role.ADMIN:
        return False
    match operation:
        case DeleteGroup():
            projects, given = tuple(known.projects), None
        case RemoveGroupRole(_, project):
            projects, given = (project,), None
        case SetGroupRole(_, project, role):
            projects, given = (project,), role
        case _:
            return False
    without = replace(member, groups=member.groups - {group})
    for project in projects:
        had = world.effective_role(member, project)
        has = highest(world.effective_role(without, project), given)
        if had is not None and (has is None or RANK[has] < RANK[had]):
            return True
    return False
