"""Make a plan: compare, order, judge every prefix, hold the limits against the whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from reconciler.desired.policy import judge_policy
from reconciler.desired.state import DesiredState
from reconciler.live.movements import Movements, movements_since
from reconciler.live.ports import Baseline, Reader
from reconciler.model.email import Email
from reconciler.model.finding import Finding, Severity, in_order
from reconciler.model.policy import digest as digest_of_policy
from reconciler.model.world import Frame, World
from reconciler.planning.causes import carried, chosen, tell_causes
from reconciler.planning.departures import undecided_content
from reconciler.planning.difference import compare
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.ignoring import leave_ignored
from reconciler.planning.lifecycle.endings import judge_lasting
from reconciler.planning.lifecycle.leavers import free_leavers
from reconciler.planning.lifecycle.migration import (
    follow_migration,
    migration_alone,
    refuse_undone_migration,
)
from reconciler.planning.lifecycle.resolve import add_lifecycle, resolve
from reconciler.planning.lifecycle.resolved import Resolved
from reconciler.planning.losses import count_losses
from reconciler.planning.observing import beyond_the_files
from reconciler.planning.order import in_order as ordered
from reconciler.planning.places import Sources
from reconciler.planning.plan import PLAN_VALID_FOR, Cause, Change, Note, Plan
from reconciler.planning.policy import (
    NO_TERMS,
    Holding,
    Terms,
    add_policy,
    changes_policy,
    hold_whole,
    refuse_without_tightening,
)
from reconciler.planning.simulate import Simulation, simulate
from reconciler.rules.catalogue import RULES
from reconciler.rules.limits import Tally, tally


@dataclass(slots=True, kw_only=True)
class Differences:
    """All that separates the live organization from the desired state, before it is ordered."""

    state: DesiredState
    """The effective one: with what is under way, ended and moved taken into account."""
    stated: DesiredState
    terms: Terms
    frame: Frame
    holding: Holding
    resolved: Resolved
    declared: list[Finding]
    found: Difference
    baseline: Baseline | None
    movements: Movements


def differences(
    state: DesiredState, reader: Reader, *, now: datetime, terms: Terms = NO_TERMS,
) -> Differences:
    """Compare the desired with the observed state, and tell what each difference comes from."""
    frame = reader.frame()
    followed = follow_migration(state, terms, reader)
    state, terms = followed.state, followed.terms
    holding = Holding(kept=frame.policy, terms=terms)
    resolved, declared, found = (
        _policy_alone(state, reader) if terms.policy_alone
        else migration_alone(followed, frame, reader) if followed.pending
        else _compared(state, frame, reader, holding, now))
    found.notes.extend(followed.notes)
    found.findings.extend(followed.findings)
    baseline = reader.baseline()
    movements = movements_since(baseline, frame, reader)
    tell_causes(found.drafts, movements)
    leave_ignored(state, found, movements, now.date())
    return Differences(state=resolved.state, stated=state, terms=terms, frame=frame,
                       holding=holding, resolved=resolved, declared=declared, found=found,
                       baseline=baseline, movements=movements)


def make_plan(
    state: DesiredState, reader: Reader, *, actor: Email | None, now: datetime,
    commit: str | None = None, permitted_only: bool = False, only: tuple[Cause, ...] = (),
    terms: Terms = NO_TERMS,
) -> Plan:
    """The plan that takes the live organization to the desired state.

    `actor` None plans on nobody's authority: it says who may make each change, and is not held
    against R10 to R17. `now` is UTC. With `permitted_only` the plan holds only what the actor may
    do, with `only` what has one of these causes and what that needs; `terms` are the policy's.
    Findings are in the plan; nothing is raised for them. The same inputs give the same plan.
    """
    compared = differences(state, reader, now=now, terms=terms)
    if _adopts(compared):
        compared.found.notes.extend(beyond_the_files(compared.state))
    return plan_of(compared, reader, actor=actor, now=now, commit=commit,
                   permitted_only=permitted_only, only=only)


def _adopts(compared: Differences) -> bool:
    """Whether this is the plan with which somebody adopts an organization: no run ever was, and
    nothing is to be changed."""
    return (compared.baseline is None and not compared.found.drafts
            and not compared.terms.policy_alone and not changes_policy(compared.holding))


def plan_of(
    compared: Differences, reader: Reader, *, actor: Email | None, now: datetime,
    commit: str | None = None, permitted_only: bool = False, only: tuple[Cause, ...] = (),
) -> Plan:
    """Put differences in order, judge every prefix, and hold the limits against the whole."""
    state, found, frame = compared.state, compared.found, compared.frame
    add_policy(compared.holding, found)
    drafts = ordered(found.drafts, found.observed, frame.groups)

    def performed(
        these: list[Draft], *, permitted_only: bool = False
    ) -> tuple[World, Simulation]:
        world = _world(frame, reader, found)
        return world, simulate(world, these, state=state, actor=actor, now=now,
                               permitted_only=permitted_only)

    left_alone: tuple[Change, ...] = ()
    if only:
        _, whole = performed(drafts)
        drafts = _chosen(drafts, only, performed)
        kept = {d.key for d in drafts}
        left_alone = tuple(c for c in whole.changes
                           if c.key not in kept and c.cause is not Cause.CONSEQUENCE)
    world, simulation = performed(drafts, permitted_only=permitted_only)
    made = {c.key for c in simulation.changes}
    left_out: tuple[Change, ...] = ()
    if permitted_only and simulation.not_permitted:
        _, whole = performed(drafts)
        left_out = tuple(c for c in whole.changes if c.key not in made)
    counted = (tally((c.operation for c in simulation.changes), _world(frame, reader, found), world)
               if simulation.changes else Tally())
    findings = [*state.findings, *found.findings,
                *hold_whole(simulation.changes, counted, world, reader, found),
                *_said_once(compared.declared,
                            [*simulation.findings,
                             *undecided_content(simulation.changes, simulation.refused, state,
                                                reader, found)],
                            state.organization)]
    if compared.terms.declared is not None:
        findings += judge_policy(compared.terms.declared, compared.stated,
                                 is_there=lambda e: bool(reader.members((e,))))
    findings += _authority(simulation, actor, state.organization, permitted_only=permitted_only)
    if permitted_only:
        findings += refuse_without_tightening(compared.holding, simulation.not_permitted)
    held = world.effective_policy
    plan = Plan(
        organization=state.organization, actor=actor, commit=commit,
        desired_digest=state.digest, rules_digest=RULES_DIGEST,
        policy_digest=digest_of_policy(held) if held is not None else None,
        observed_sequence=frame.sequence, members_observed=found.members_observed,
        changes=tuple(simulation.changes), waiting=tuple(simulation.waiting),
        intents=tuple(compared.resolved.intents),
        notes=tuple(sorted(found.notes, key=Note.sort_key)),
        findings=in_order(findings), losses=count_losses(simulation.changes, counted),
        not_permitted=tuple(simulation.not_permitted), left_out=left_out,
        permitted_only=permitted_only, only=only, left_alone=left_alone,
        carried=carried([*(d.operation for d in found.drafts if d.key not in made),
                         *(d.operation for d, _ in found.ignored)], compared.movements),
        snapshot=reader.snapshot.taken_at if reader.snapshot is not None else None,
        expires_on=(now + PLAN_VALID_FOR).date())
    return sealed(plan)


def _chosen(
    drafts: list[Draft], only: tuple[Cause, ...],
    performed: Callable[[list[Draft]], tuple[World, Simulation]],
) -> list[Draft]:
    """The drafts of these causes alone, or with all that must run before them where a rule says
    that they cannot do without."""
    alone = chosen(drafts, only, needed=False)
    _, simulation = performed(alone)
    if not any(f.severity is Severity.ERROR for f in simulation.findings):
        return alone
    return chosen(drafts, only, needed=True)


def _compared(
    state: DesiredState, frame: Frame, reader: Reader, holding: Holding, now: datetime
) -> tuple[Resolved, list[Finding], Difference]:
    """The effective desired state, what the rules say to it, and how it differs."""
    resolved = resolve(holding.settled(state), frame, reader, now)
    receiver = holding.policy.default_receiver
    if receiver is not None:
        # Whoever has another address by now receives with it.
        receiver = resolved.renamed.get(receiver, receiver)
    resolved.policy = replace(holding.policy, default_receiver=receiver)
    declared = judge_lasting(resolved, frame)
    found = compare(resolved, frame, reader)
    add_lifecycle(resolved, reader, holding.policy, now, found)
    free_leavers(found)
    refuse_undone_migration(state, reader, found)
    return resolved, declared, found


def _policy_alone(
    state: DesiredState, reader: Reader
) -> tuple[Resolved, list[Finding], Difference]:
    """The same for a run that changes nothing but the policy."""
    overview = reader.overview()
    found = Difference(sources=Sources(state), members_observed=overview.joined + overview.pending,
                       joined_observed=overview.joined)
    found.notes.append(Note(code="policy", subject="policy",
                            text="only the policy is planned; everything else is left for the "
                                 "next run"))
    return Resolved(state), [], found


def sealed(plan: Plan) -> Plan:
    """The plan with its digest."""
    from reconciler.planning.document import digest_of

    return replace(plan, digest=digest_of(plan))


def _world(frame: Frame, reader: Reader, found: Difference) -> World:
    world = World(frame, reader)
    world.adopt(found.observed.values())
    world.know_absent(found.absent)
    return world


def _said_once(
    declared: list[Finding], of_changes: list[Finding], organization: str
) -> list[Finding]:
    """What the file was told is not said again of the change that comes from it: not of the same
    subject, and of nobody where it was told of the whole organization (R20). What was only a
    warning of the file is not repeated where the change is refused for it (R21)."""
    said = {(f.rule, f.subject) for f in declared if f.severity is Severity.ERROR}
    refused = {(f.rule, f.subject) for f in of_changes if f.severity is Severity.ERROR}
    kept = [f for f in declared
            if f.severity is Severity.ERROR or (f.rule, f.subject) not in refused]
    return kept + [f for f in of_changes
                   if said.isdisjoint({(f.rule, f.subject), (f.rule, organization)})]


def _authority(
    simulation: Simulation, actor: Email | None, organization: str, *, permitted_only: bool
) -> list[Finding]:
    if actor is None:
        return []
    member = simulation.actor
    if member is None or not member.joined:
        standing = "is no member" if member is None else f"is {member.state}, no joined member"
        return [Finding(
            rule="R10", subject=actor, what=f"{actor} {standing} of {organization}",
            how="act as somebody who has joined: --as EMAIL")]
    return [] if permitted_only else simulation.authority


def _digest_of_rules() -> str:
    text = "\n".join(f"{r.id} {r.name} {r.says}" for r in RULES)
    return hashlib.sha256(text.encode()).hexdigest()


RULES_DIGEST: Final = _digest_of_rules()
