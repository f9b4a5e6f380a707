"""What holds in a run: the policy that was applied last, and the one of the file, while it is
tighter. What is looser in the file is kept by this run and holds in the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from reconciler.desired.policy import DeclaredPolicy
from reconciler.desired.state import DesiredState
from reconciler.live.ports import Reader
from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.operations import AllowLimit, ChangeSetting, SetPolicy
from reconciler.model.policy import BUILT_IN, Policy, effective, looser_parts
from reconciler.model.world import World
from reconciler.planning.draft import Difference, Draft, key_of
from reconciler.planning.plan import Change, Note, Reason
from reconciler.rules.limits import Tally, Whole, judge_limits

LOOSENED: Final = ("the policy was loosened in this run; that takes effect in the next: apply it "
                   "alone first with --policy-only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a plan is asked for beside the desired state: the policy of a file (None: no file, so
    the one that was applied last holds), limits to exceed by name, and whether to plan nothing but
    the policy."""

    declared: DeclaredPolicy | None = None
    allowances: tuple[AllowLimit, ...] = ()
    policy_alone: bool = False


NO_TERMS: Final = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The policy of a run: what the store keeps, and the terms of the plan."""

    kept: Policy | None
    terms: Terms = NO_TERMS

    @property
    def declared(self) -> DeclaredPolicy | None:
        """The policy of the file."""
        return self.terms.declared

    @property
    def policy(self) -> Policy:
        """What holds once the run has begun."""
        now = self.declared.policy if self.declared is not None else self.kept
        return effective(self.kept, now) or BUILT_IN

    def place(self, key: str) -> Location | None:
        """Where the file states a part of it."""
        return self.declared.place(key) if self.declared is not None else None

    def settled(self, state: DesiredState) -> DesiredState:
        """The desired state with the settings that the policy states."""
        access = self.policy.receiver_access
        if access is None:
            return state
        return replace(state, settings={**state.settings, "receiver_access": str(access)})


def changes_policy(holding: Holding) -> bool:
    """Whether the policy of the file is another than the one that is kept. One that says no more
    than what is built in changes nothing where none was ever kept: whoever adopts an organization
    begins with a plan that is empty."""
    declared = holding.declared
    return declared is not None and declared.policy != (holding.kept or BUILT_IN)


def add_policy(holding: Holding, found: Difference) -> None:
    """Add the changes of the policy itself and of allowances, and what is to be said of them."""
    declared, kept = holding.declared, holding.kept
    if declared is None:
        if kept is not None:
            found.notes.append(Note(
                code="policy", subject="policy",
                text="no policy file is given: the policy that was applied last holds"))
    elif changes_policy(holding):
        looser = looser_parts(kept or BUILT_IN, declared.policy)
        if kept is None and declared.policy.default_receiver is not None:
            looser = [part for part in looser if not part.startswith("default receiver")]
        found.drafts.append(Draft(
            SetPolicy(declared.policy), Reason.DIFFERS if kept else Reason.NOT_IN_STORE,
            raises=not looser, source=Location(declared.file)))
        if looser:
            found.notes.append(Note(
                code="policy", subject="policy", source=Location(declared.file),
                text=f"looser from the next run on: {'; '.join(looser)}"))
    for allowance in holding.terms.allowances:
        found.drafts.append(Draft(allowance, Reason.ALLOWED, raises=False))
    for draft in found.drafts:
        if (isinstance(draft.operation, ChangeSetting)
                and draft.operation.setting == "receiver_access"
                and holding.policy.receiver_access is not None):
            draft.source = holding.place("receiver_access")


def refuse_without_tightening(holding: Holding, not_permitted: list[str]) -> list[Finding]:
    """Whoever may not apply a policy that is tighter than the kept one makes no run beside it: the
    store would hold them to the kept one alone."""
    declared = holding.declared
    before = effective(holding.kept, holding.kept) or BUILT_IN
    if declared is None or key_of(SetPolicy(declared.policy)) not in not_permitted or (
            holding.policy == before):
        return []
    return [Finding(
        rule="R14", subject="policy", location=Location(declared.file),
        what="the policy is tighter than the one that was applied last, and the actor may not "
             "apply it: what it forbids would be done beside it",
        how="have an org admin apply it first, alone: --policy-only")]


def hold_whole(
    changes: list[Change], tally: Tally, world: World, reader: Reader, found: Difference
) -> list[Finding]:
    """What the limits say to all changes, which were performed on `world`."""
    if not changes:
        return []
    whole = Whole(
        policy=world.effective_policy or BUILT_IN, tally=tally, members=found.members_observed,
        joined=found.joined_observed, content=reader.content_total, allowances=world.allowances)
    return with_loosening(judge_limits(whole), world,
                          lambda policy: judge_limits(replace(whole, policy=policy)))


def with_loosening(
    findings: list[Finding], world: World, again: Callable[[Policy], list[Finding]]
) -> list[Finding]:
    """The same; where only the policy that was applied last refuses, and the file's would not,
    with that as the way out. `again` judges by another policy."""
    if world.policy is None or world.policy == world.effective_policy or not any(
            f.rule.startswith("L") for f in findings):
        return findings
    still = {(f.rule, f.subject) for f in again(world.policy)}
    return [
        replace(f, how=LOOSENED) if f.rule.startswith("L") and f.severity is Severity.ERROR
        and (f.rule, f.subject) not in still else f
        for f in findings
    ]
