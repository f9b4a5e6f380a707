"""Apply a plan: everything that must hold is held against it first, then one transaction."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from reconciler.applying.approvals import coverage, policy_of, refuse_unapproved
from reconciler.live.ports import Baseline, Reader, RunInfo, Step, Store
from reconciler.model.approvals import NO_APPROVALS, Approvals
from reconciler.model.day import moment_said
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, Stale, Unapproved, kind_of
from reconciler.model.finding import errors
from reconciler.model.policy import BUILT_IN, Policy, digest
from reconciler.planning.plan import PLAN_VALID_FOR, Plan
from reconciler.planning.planner import RULES_DIGEST
from reconciler.rules.approvals import needed
from reconciler.rules.content import CONFIRMATIONS, MIGRATION, TRANSFERS, confirmed_as

_IRREVERSIBLE: Final = {TRANSFERS: "transfers content", MIGRATION: "migrates a domain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a run achieved."""

    run: str
    changes: int
    counts: dict[str, int]
    waiting: int


def apply_plan(
    plan: Plan, store: Store, *, actor: Email, now: datetime,
    confirmed: frozenset[str] = frozenset(), approvals: Approvals = NO_APPROVALS,
) -> Applied:
    """Run exactly the changes of a plan on the authority of `actor`, all or none. `now` is UTC.

    A plan without changes leaves a baseline too: the organization as it is. Raises what
    `check_applyable` and `Store.perform` raise, and Unapproved where `approvals` are not enough
    (L11); then nothing was written.
    """
    check_applyable(plan, now=now, confirmed=confirmed)
    baseline, approvals = _hold_against_store(plan, store, approvals, actor=actor, now=now)
    if plan.empty and baseline is not None and _still(baseline, plan):
        return Applied(run="", changes=0, counts={}, waiting=len(plan.waiting))
    counts = dict(sorted(Counter(c.operation.kind for c in plan.changes).items()))
    run = _run_info(plan, actor, now, counts, approvals)
    steps = [Step(operation=c.operation, precondition=c.before, outcome=c.after)
             for c in plan.changes]
    store.perform(plan.organization, steps, actor=actor, now=now, run=run)
    return Applied(run=run.id, changes=len(steps), counts=counts, waiting=len(plan.waiting))


def check_applyable(plan: Plan, *, now: datetime, confirmed: frozenset[str]) -> None:
    """Hold a plan against everything that can be known before the store is asked.

    Raises InvalidInput for one that was made against a snapshot, Stale for one that is expired or
    was made under other rules, InvalidInput, Refused or LimitExceeded for one with errors,
    Unapproved where `--confirm` is missing (R34).
    """
    refuse_of_snapshot(plan)
    today = now.date()
    if plan.expires_on < today:
        raise Stale(f"the plan expired on {plan.expires_on}", how="plan again")
    if plan.expires_on > today + PLAN_VALID_FOR:
        raise Stale(f"the plan says it expires on {plan.expires_on}, longer than a plan can be "
                    "valid: it was altered", how="plan again")
    if plan.rules_digest != RULES_DIGEST:
        raise Stale("the plan was made under other rules than this version's", how="plan again")
    refuse_errors(plan)
    # By the operation itself: what the file says of it is not proof.
    missing = [name for name in confirmations(plan) if name not in confirmed]
    if missing:
        does = " and ".join(_IRREVERSIBLE[name] for name in missing)
        flags = " ".join(f"--confirm {name}" for name in missing)
        raise Unapproved(f"the plan {does}, which cannot be undone (R34)",
                         how=f"add {flags}, or save the plan, read it and apply the file")


def refuse_of_snapshot(plan: Plan) -> None:
    """Raise InvalidInput for a plan that was made against a snapshot: nobody knows whether the
    live store still is what was compared."""
    if plan.snapshot is not None:
        raise InvalidInput(
            f"the plan for {plan.organization} was made against a snapshot taken "
            f"{moment_said(plan.snapshot)}, and only a plan of the live store can be applied",
            how="plan again with the live store as --store")


def confirmations(plan: Plan) -> tuple[str, ...]:
    """The names by which what cannot be undone in a plan must be confirmed (R34)."""
    asked = {confirmed_as(c.operation) for c in plan.changes}
    return tuple(name for name in CONFIRMATIONS if name in asked)


def _still(baseline: Baseline, plan: Plan) -> bool:
    """Whether a run without changes would leave the very baseline that there is."""
    return (baseline.sequence, baseline.desired_digest, baseline.policy_digest,
            baseline.carried) == (plan.observed_sequence, plan.desired_digest,
                                  plan.policy_digest, plan.carried)


def _hold_against_store(
    plan: Plan, store: Store, approvals: Approvals, *, actor: Email, now: datetime
) -> tuple[Baseline | None, Approvals]:
    """Hold a plan against the store as it is now: what the file says of itself is not proof.
    Returns what the last run left, and the approvals that count.

    Stale for a plan that was applied before, belongs to another store, or was made under another
    policy than the one that holds now; Unapproved where approvals are missing.
    """
    held = store.organizations()
    if plan.organization not in held:
        raise Stale(f"the plan is for the organization {plan.organization}, which this store does "
                    f"not hold (it holds {', '.join(held) or 'none'})",
                    how="name the store it was made for with --store")
    with store.reader(plan.organization) as reader:
        before = reader.applied(plan.digest)
        if before is not None:
            raise Stale(f"the plan was applied already, at {before.started_at:%Y-%m-%d %H:%M} UTC "
                        f"by {before.actor} (run {before.id})", how="plan again")
        frame = reader.frame()
        if plan.observed_sequence > frame.sequence:
            raise Stale("the plan was made on a later state than this store is in: it belongs to "
                        "another store", how="name the store it was made for with --store")
        policy = policy_of(plan, frame.policy)
        if plan.policy_digest != (digest(policy) if policy is not None else None):
            raise Stale("the policy of the organization has changed since the plan was made",
                        how="plan again")
        given = _approved(plan, reader, approvals, policy or BUILT_IN, actor=actor, now=now)
        return reader.baseline(), given


def _approved(
    plan: Plan, reader: Reader, approvals: Approvals, policy: Policy, *, actor: Email,
    now: datetime,
) -> Approvals:
    """The approvals that count, where any are asked for or given."""
    if not plan.changes or not (needed(policy, actor) or approvals.approvers):
        return approvals
    try:
        covers = coverage(plan, reader, approvals, actor=actor, now=now)
    except Stale:
        return approvals  # the store says more of it: what moved, when and by whom
    refuse_unapproved(covers, plan)
    return Approvals(author=approvals.author, approvers=frozenset(covers.counted))


def refuse_errors(plan: Plan) -> None:
    """Raise for a plan with errors: InvalidInput, Refused, or LimitExceeded where only limits are
    exceeded."""
    wrong = errors(plan.findings)
    if not wrong:
        return
    refuse = "thing refuses" if len(wrong) == 1 else "things refuse"
    raise kind_of(wrong)(
        f"the plan for {plan.organization} cannot be applied: {len(wrong)} {refuse} it",
        how="nothing was written", findings=tuple(wrong))


def _run_info(
    plan: Plan, actor: Email, now: datetime, counts: dict[str, int], approvals: Approvals
) -> RunInfo:
    # Made from what it is about, so that tests and journals need no chance.
    text = f"{plan.organization}\n{plan.digest}\n{actor}\n{now.isoformat()}"
    run_id = f"{now:%Y%m%dT%H%M%S}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return RunInfo(id=run_id, plan_digest=plan.digest, desired_digest=plan.desired_digest,
                   commit=plan.commit, policy_digest=plan.policy_digest, carried=plan.carried,
                   approvals=approvals,
                   summary={
                       **_reviewed(approvals), "counts": counts, "changes": len(plan.changes),
                       "intents": [{"kind": i.kind, "subject": i.subject, "target": i.target}
                                   for i in plan.intents]})


def _reviewed(approvals: Approvals) -> dict[str, Any]:
    """Who reviewed a run, for the history."""
    made: dict[str, Any] = {"approvers": sorted(approvals.approvers)} if approvals.approvers else {}
    return made | ({"author": approvals.author} if approvals.author else {})
