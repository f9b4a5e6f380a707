"""Perform a plan in memory, one change after the other, and judge every prefix.

What the rules say about a change is known before anything is written: refused, waiting for a
person, or permitted to whom. Nothing is judged on the back of something that was refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.desired.state import DesiredState, Mode
from reconciler.model.email import Email
from reconciler.model.finding import Finding, Severity
from reconciler.model.images import Image, image
from reconciler.model.operations import (
    AddToGroup,
    AllowLimit,
    Approve,
    ChangeSetting,
    CreateGroup,
    Invite,
    Operation,
    RemoveFromGroup,
    RemoveMember,
    RemoveProjectRole,
    Revoke,
    SetDefaultProject,
    SetGroupRole,
    SetPolicy,
    SetProjectRole,
    SetRole,
)
from reconciler.model.organization import Member
from reconciler.model.perform import perform
from reconciler.model.policy import BUILT_IN
from reconciler.model.roles import Role
from reconciler.model.values import UNSET
from reconciler.model.world import World
from reconciler.planning.draft import Draft, Hold
from reconciler.planning.plan import Cause, Change, Reason, Risk, Waiting
from reconciler.planning.policy import with_loosening
from reconciler.rules.authority import who_may
from reconciler.rules.case import Topic
from reconciler.rules.catalogue import RULE_BY_ID, judge
from reconciler.rules.content import irreversible


@dataclass(slots=True)
class Simulation:
    """What came of it: changes in order, what waits, what refuses, what the actor may not do.

    `actor` is who they are before the plan: None for nobody, or for no member."""

    actor: Member | None = None
    changes: list[Change] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    not_permitted: list[str] = field(default_factory=list)
    authority: list[Finding] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    on_hold: dict[str, Hold] = field(default_factory=dict)


def simulate(
    world: World, drafts: Iterable[Draft], *, state: DesiredState, actor: Email | None,
    now: datetime, permitted_only: bool = False,
) -> Simulation:
    """Perform drafts in order on a world (which is changed).

    With `permitted_only`, what the actor may not do is left out, and so is all that depends on
    it; else it is performed in memory, to see what the whole plan would do.
    """
    result = Simulation(actor=world.member(actor) if actor is not None else None)
    for draft in drafts:
        _step(world, draft, result, now, permitted_only)
    for draft in _lost_defaults(world, state):
        if draft.key in result.refused or draft.key in result.on_hold:
            continue
        # What nobody declares and the plan itself cleared is not set again.
        undeclared = Email(draft.operation.subject) not in state.members
        if undeclared and any(c.key == draft.key for c in result.changes):
            continue
        _step(world, draft, result, now, permitted_only)
    return result


def _step(
    world: World, draft: Draft, result: Simulation, now: datetime, permitted_only: bool
) -> None:
    operation = draft.operation
    if draft.hold is not None:
        _hold(draft, result, draft.hold)
        return
    if (result.refused or result.on_hold) and _stopped(draft, result):
        return
    # Whom the plan itself removes is refused for that (R15), and stays the actor of the rest.
    acting = result.actor and (world.member(result.actor.email) or result.actor)
    policy = world.effective_policy or BUILT_IN
    domain, authority = _split(judge(world, operation, actor=acting, now=now, policy=policy))
    if domain:
        domain = with_loosening(domain, world, lambda looser: judge(
            world, operation, actor=acting, now=now, policy=looser))
        if _refused(world, draft, domain, result):
            return
    if authority:
        result.authority.extend(f.at(draft.source) for f in authority)
        result.not_permitted.append(draft.key)
        if permitted_only:
            result.refused.add(draft.key)
            return
    before = image(world, operation)
    risk = _risk(world, operation, draft)
    who = who_may(world, operation, acting)
    perform(world, operation, now)
    after = image(world, operation)
    if before == after:
        return
    permitted = None if acting is None else not authority
    result.changes.append(_change(draft, before, after, risk, who, permitted))


def _stopped(draft: Draft, result: Simulation) -> bool:
    """Whether something refuses or holds up what a draft comes after, and so the draft."""
    for key in draft.after:
        if key in result.refused:
            result.refused.add(draft.key)
            return True
        if key in result.on_hold:
            first = result.on_hold[key]
            _hold(draft, result, replace(first, why=f"it comes after {key}"))
            return True
    return False


def _refused(
    world: World, draft: Draft, domain: list[Finding], result: Simulation
) -> bool:
    """Note what the rules say to a draft; whether it is refused or waits for somebody."""
    # What is named here with a place was found in the file; the rules speak without one.
    refusing = [f for f in domain if f.severity is Severity.ERROR]
    if refusing and all(f.waits_for for f in refusing):
        person = refusing[0].waits_for or ""
        awaited = world.member(Email(person))
        # Of whoever has joined and is to log in, the finding says since when they have not.
        since = awaited.invited_at if awaited is not None and not awaited.joined else None
        _hold(draft, result, Hold(waits_for=person, why=refusing[0].what,
                                  since=since.date() if since is not None else None))
        return True
    result.findings.extend(f.at(draft.source) for f in domain)
    if refusing:
        result.refused.add(draft.key)
    return bool(refusing)


def _change(
    draft: Draft, before: Image, after: Image, risk: Risk, who: str, permitted: bool | None
) -> Change:
    return Change(
        key=draft.key, operation=draft.operation, reason=draft.reason, cause=draft.cause,
        risk=risk, before=before, after=after, who_may=who, permitted=permitted,
        reversible=not irreversible(draft.operation), depends_on=tuple(draft.after),
        source=draft.source, moved=draft.moved)


def _hold(draft: Draft, result: Simulation, hold: Hold) -> None:
    result.on_hold[draft.key] = hold
    result.waiting.append(Waiting(
        key=draft.key, operation=draft.operation, reason=draft.reason, waits_for=hold.waits_for,
        why=hold.why, since=hold.since, source=draft.source))


def _split(findings: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    if not findings:
        return findings, findings
    authority = [f for f in findings if RULE_BY_ID[f.rule].topic is Topic.AUTHORITY]
    return [f for f in findings if f not in authority], authority


def _risk(world: World, operation: Operation, draft: Draft) -> Risk:
    if irreversible(operation):
        return Risk.IRREVERSIBLE
    match operation:
        case RemoveMember() | Revoke():
            return Risk.REMOVAL
        case SetPolicy() | AllowLimit():
            return Risk.NONE if draft.raises else Risk.POLICY
        case Invite() | Approve():
            access = operation.access
            admin = (access.role is Role.ADMIN or Role.ADMIN in access.projects.values()
                     or any(_gives_admin(world, g) for g in access.groups))
            return Risk.ADMIN_GRANT if admin else Risk.NONE
        case AddToGroup(_, group):
            return Risk.ADMIN_GRANT if _gives_admin(world, group) else Risk.NONE
        case CreateGroup(projects=projects):
            return Risk.ADMIN_GRANT if Role.ADMIN in projects.values() else Risk.NONE
        case SetRole(_, role) | SetProjectRole(_, _, role) | SetGroupRole(_, _, role):
            if role is Role.ADMIN:
                return Risk.ADMIN_GRANT
            return Risk.NONE if draft.raises else Risk.LOSS
        case ChangeSetting("project_level_permissions"):
            # Either way everybody's access changes: on, to what is granted; off, to everything.
            return Risk.LOSS
        case RemoveFromGroup() | RemoveProjectRole():
            return Risk.LOSS
        case SetDefaultProject():
            return Risk.NONE
        case _:
            return Risk.NONE if draft.raises else Risk.LOSS


def _gives_admin(world: World, group: str) -> bool:
    known = world.groups.get(group)
    return known is not None and Role.ADMIN in known.projects.values()


def _lost_defaults(world: World, state: DesiredState) -> list[Draft]:
    """Defaults that went away on the way (R05), though the person can reach the project in the
    end: they are set again."""
    drafts = []
    for email, (before, after) in sorted(world.touched().items()):
        if after is None:
            continue
        wanted = _wanted_default(before, after, email, state)
        if wanted is None or wanted == after.default_project:
            continue
        if world.effective_role(after, wanted) is None:
            continue
        member = state.members.get(email)
        had_it = before is not None and before.default_project == wanted
        drafts.append(Draft(SetDefaultProject(email, wanted),
                            Reason.DEFAULT_LOST if had_it else Reason.DIFFERS,
                            cause=Cause.CONSEQUENCE if had_it else Cause.PENDING,
                            source=state.place(member) if member else None))
    return drafts


def _wanted_default(
    before: Member | None, after: Member, email: Email, state: DesiredState
) -> str | None:
    declared = state.members.get(email)
    managed = state.manage.default_projects is not Mode.IGNORE
    if managed and declared is not None and declared.default_project is not UNSET:
        return declared.default_project
    return before.default_project if before is not None and after.default_project is None else None
