"""Apply a plan: everything that must hold is held against it first, then one transaction."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.live.ports import Baseline, RunInfo, Step, Store
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, LimitExceeded, Refused, Stale, Unapproved
from reconciler.model.finding import Finding, errors
from reconciler.model.operations import SetPolicy
from reconciler.model.policy import Policy, digest, effective
from reconciler.planning.plan import PLAN_VALID_FOR, Plan
from reconciler.planning.planner import RULES_DIGEST
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
    confirmed: frozenset[str] = frozenset(),
) -> Applied:
    """Run exactly the changes of a plan on the authority of `actor`, all or none. `now` is UTC.

    A plan without changes leaves a baseline too: the organization as it is. Raises what
    `check_applyable` and `Store.perform` raise; then nothing was written.
    """
    check_applyable(plan, now=now, confirmed=confirmed)
    baseline = _hold_against_store(plan, store)
    if plan.empty and baseline is not None and _still(baseline, plan):
        return Applied(run="", changes=0, counts={}, waiting=len(plan.waiting))
    counts = dict(sorted(Counter(c.operation.kind for c in plan.changes).items()))
    run = _run_info(plan, actor, now, counts)
    steps = [Step(operation=c.operation, precondition=c.before, outcome=c.after)
             for c in plan.changes]
    store.perform(plan.organization, steps, actor=actor, now=now, run=run)
    return Applied(run=run.id, changes=len(steps), counts=counts, waiting=len(plan.waiting))


def check_applyable(plan: Plan, *, now: datetime, confirmed: frozenset[str]) -> None:
    """Hold a plan against everything that can be known before the store is asked.

    Raises Stale for one that is expired or was made under other rules, InvalidInput, Refused or
    LimitExceeded for one with errors, Unapproved where `--confirm` is missing (R34).
    """
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


def confirmations(plan: Plan) -> tuple[str, ...]:
    """The names by which what cannot be undone in a plan must be confirmed (R34)."""
    asked = {confirmed_as(c.operation) for c in plan.changes}
    return tuple(name for name in CONFIRMATIONS if name in asked)


def _still(baseline: Baseline, plan: Plan) -> bool:
    """Whether a run without changes would leave the very baseline that there is."""
    return (baseline.sequence, baseline.desired_digest, baseline.policy_digest,
            baseline.carried) == (plan.observed_sequence, plan.desired_digest,
                                  plan.policy_digest, plan.carried)


def _hold_against_store(plan: Plan, store: Store) -> Baseline | None:
    """Hold a plan against the store as it is now: what the file says of itself is not proof.
    Returns what the last run left.

    Stale for a plan that was applied before, belongs to another store, or was made under another
    policy than the one that holds now.
    """
    held = store.organizations()
    if plan.organization not in held:
        raise Stale(f"the plan is for the organization {plan.organization}, which this store does "
                    f"not hold (it holds {', '.join(held) or 'none'})",
                    how="name the store it was made for with --store")
    with store.reader(plan.organization) as reader:
        before = reader.applied(plan.digest)
        frame = reader.frame()
        baseline = reader.baseline()
    if before is not None:
        raise Stale(f"the plan was applied already, at {before.started_at:%Y-%m-%d %H:%M} UTC by "
                    f"{before.actor} (run {before.id})", how="plan again")
    if plan.observed_sequence > frame.sequence:
        raise Stale("the plan was made on a later state than this store is in: it belongs to "
                    "another store", how="name the store it was made for with --store")
    policy = effective(frame.policy, _policy_of(plan) or frame.policy)
    if plan.policy_digest != (digest(policy) if policy is not None else None):
        raise Stale("the policy of the organization has changed since the plan was made",
                    how="plan again")
    return baseline


def _policy_of(plan: Plan) -> Policy | None:
    """The policy that a plan would keep."""
    return next((c.operation.policy for c in plan.changes if isinstance(c.operation, SetPolicy)),
                None)


def refuse_errors(plan: Plan) -> None:
    """Raise for a plan with errors: InvalidInput, Refused, or LimitExceeded where only limits are
    exceeded."""
    wrong = errors(plan.findings)
    if not wrong:
        return
    kind = _kind_of(wrong)
    raise kind(f"the plan for {plan.organization} cannot be applied: "
               f"{len(wrong)} {'thing refuses' if len(wrong) == 1 else 'things refuse'} it",
               how="nothing was written", findings=tuple(wrong))


def _kind_of(
    findings: list[Finding],
) -> type[InvalidInput] | type[Refused] | type[LimitExceeded]:
    initials = {f.rule[:1] for f in findings}
    if "F" in initials:
        return InvalidInput
    return LimitExceeded if initials == {"L"} else Refused


def _run_info(plan: Plan, actor: Email, now: datetime, counts: dict[str, int]) -> RunInfo:
    # Made from what it is about, so that tests and journals need no chance.
    text = f"{plan.organization}\n{plan.digest}\n{actor}\n{now.isoformat()}"
    run_id = f"{now:%Y%m%dT%H%M%S}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return RunInfo(id=run_id, plan_digest=plan.digest, desired_digest=plan.desired_digest,
                   commit=plan.commit, policy_digest=plan.policy_digest, carried=plan.carried,
                   summary={
                       "counts": counts, "changes": len(plan.changes),
                       "intents": [{"kind": i.kind, "subject": i.subject, "target": i.target}
                                   for i in plan.intents]})
