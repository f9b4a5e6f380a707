"""Who approved a plan, whether that is enough (L11), and who could give what is missing.

An approval belongs to a plan. After planning again it holds only where every change of the new plan
was in the approved one already, with the same precondition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations
from typing import Final

from reconciler.live.ports import Reader
from reconciler.model.approvals import Approvals
from reconciler.model.email import Email
from reconciler.model.errors import APPROVED, Stale, Unapproved
from reconciler.model.finding import Finding, in_order
from reconciler.model.images import image
from reconciler.model.operations import Operation, PersonOperation, SetPolicy, TransferContent
from reconciler.model.organization import Member, MemberState
from reconciler.model.perform import perform
from reconciler.model.policy import BUILT_IN, Policy, effective
from reconciler.model.roles import Role
from reconciler.model.world import World
from reconciler.planning.plan import Change, Plan
from reconciler.rules.approvals import (
    Panel,
    concerned,
    needed,
    standing,
    unknown_author,
)
from reconciler.rules.authority import permits

_MOST_ASKED: Final = 2_000
"""For so many missing changes managers are asked one by one; beyond that admins alone are named."""
NAME_A_MEMBER: Final = "name a member as --author: who merged it, where its author has left"
_MANAGING: Final = frozenset({Role.MANAGER, Role.ADMIN})
_INSTEAD: Final = 10
"""People who could stand in that a line names before it counts the rest."""
_TOGETHER: Final = 3
"""Up to so many people the fewest are found by trying; more are found one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A change that nobody who may has approved."""

    change: Change
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What the approvals of a plan cover.

    `required` says whether L11 holds for this run, by `actor` (None: by anybody). `covered` has for
    each approved change whose approval counts; `missing` all others, in the plan's order.
    `objections` tell of approvers who count for nothing. `ask` are the fewest people whose approval
    would complete it, `instead` who could stand in for a single one of them; `nobody` are changes
    that no member could approve, `invited` admins who could approve all of those once they have
    joined, and `author_could` says that the author could, had somebody else proposed them. `barred`
    are changes that the actor may not make, whoever approves them. `unknown_author` says why the
    author is not known, where there is need: then nobody is known to be independent, and nothing
    counts.
    """

    required: bool
    actor: Email | None
    author: Email | None
    covered: dict[str, tuple[Email, ...]] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
    objections: dict[Email, str] = field(default_factory=dict)
    ask: tuple[Email, ...] = ()
    instead: tuple[Email, ...] = ()
    nobody: tuple[Change, ...] = ()
    author_could: bool = False
    invited: tuple[Email, ...] = ()
    barred: tuple[Change, ...] = ()
    unknown_author: str = ""

    @property
    def sufficient(self) -> bool:
        """Whether the plan may be applied, as far as approvals go."""
        return not self.required or not self.missing

    @property
    def counted(self) -> tuple[Email, ...]:
        """Whose approval counts for something, sorted."""
        return tuple(sorted({e for people in self.covered.values() for e in people}))


def policy_of(plan: Plan, kept: Policy | None) -> Policy | None:
    """What holds in the run of a plan, where the store keeps `kept`; None without any policy."""
    stated = [c.operation.policy for c in plan.changes if isinstance(c.operation, SetPolicy)]
    return effective(kept, stated[-1] if stated else kept)


def required(plan: Plan, kept: Policy | None, actor: Email | None = None) -> bool:
    """Whether a plan has to be approved (L11) where the store keeps this policy, if this actor runs
    it (None: the plan's own)."""
    return needed(policy_of(plan, kept) or BUILT_IN, runner(plan, actor))


def runner(plan: Plan, actor: Email | None) -> Email | None:
    """Who runs a plan where nobody else does: its own actor."""
    return actor or (Email(plan.actor) if plan.actor else None)


def coverage(
    plan: Plan, reader: Reader, approvals: Approvals, *, actor: Email | None, now: datetime
) -> Coverage:
    """Hold approvals against every change of a plan, on the live roles.

    `actor` is who would run it (None: the plan's own actor); `now` is UTC. Raises Stale where a
    change does not find what the plan expects.
    """
    frame = reader.frame()
    policy = policy_of(plan, frame.policy) or BUILT_IN
    world = World(frame, reader)
    world.load(e for c in plan.changes for e in _people(c))
    unknown = unknown_author(world, policy, approvals)
    panel = Panel(world, policy, approvals,
                  moving=[(i.subject, i.target) for i in plan.intents])
    candidates = _Candidates(World(frame, reader), panel)
    covered: dict[str, tuple[Email, ...]] = {}
    missing: list[Missing] = []
    barred: list[Change] = []
    runs = runner(plan, actor)
    for change in plan.changes:
        operation = change.operation
        if image(world, operation) != change.before:
            raise Stale("the live store has moved since the plan was made: "
                        f"{operation.subject} is not as it expects", how="plan again")
        people = panel.approvers_of(world, operation)
        if people:
            covered[change.key] = tuple(people)
        else:
            missing.append(Missing(change=change, finding=panel.unapproved(world, operation).at(
                change.source)))
            candidates.ask(change, world)
        if runs is not None and not _may_run(world, operation, runs):
            barred.append(change)
        perform(world, operation, now)
    idle = approvals.approvers - panel.objections.keys() - {e for p in covered.values() for e in p}
    operations = [c.operation for c in plan.changes]
    objections = panel.objections | {e: panel.idle(e, operations) for e in idle if operations}
    ask, instead = candidates.fewest()
    return Coverage(
        required=required(plan, frame.policy, actor), actor=runs,
        author=approvals.author, covered=covered,
        missing=tuple(missing), objections=objections, ask=ask, instead=instead,
        nobody=tuple(candidates.nobody), author_could=candidates.author_could,
        invited=candidates.invited(), barred=tuple(barred), unknown_author=unknown or "")


def _may_run(world: World, operation: Operation, actor: Email) -> bool:
    member = world.member(actor)
    return member is not None and permits(world, operation, member)


def refuse_unapproved(coverage: Coverage, plan: Plan) -> None:
    """Raise Unapproved, with everything that is missing, where the approvals are not enough."""
    if coverage.sufficient:
        return
    objections = [
        Finding(rule=APPROVED, subject=email, how="have somebody else approve",
                what=f"the approval of {email} does not count: {email} {why}")
        for email, why in sorted(coverage.objections.items())]
    raise Unapproved(
        f"{left(coverage, plan)} (L11); nothing was written", how=how_to_complete(coverage),
        findings=tuple(in_order([*objections, *(m.finding for m in coverage.missing)])))


def left(coverage: Coverage, plan: Plan) -> str:
    """How much of a plan is not approved, in words."""
    missing, changes = len(coverage.missing), len(plan.changes)
    return (f"{missing:,} of {changes:,} change{'' if changes == 1 else 's'} "
            f"{'is' if missing == 1 else 'are'} not approved")


def how_to_complete(coverage: Coverage, named: Callable[[Email], str] = str) -> str:
    """Whom to ask, in words; `named` is how each of them is called."""
    if coverage.unknown_author and coverage.author is None:
        return "say who proposed it (--author): without that nobody is known to be somebody else"
    if coverage.unknown_author:
        return (f"{coverage.unknown_author}, so that nobody is known to be somebody else: "
                f"{NAME_A_MEMBER}")
    if coverage.nobody:
        first = coverage.nobody[0]
        other = (f"have it proposed by somebody else than {coverage.author}, or "
                 if coverage.author_could else "")
        way = (f"{' or '.join(coverage.invited)} has to join first" if coverage.invited else
               f"{other}make one more person admin first")
        return (f"nobody could approve {first.operation.kind.replace('-', ' ')} "
                f"({first.operation.subject}): {way}")
    if not coverage.ask:
        return ""
    some = [named(e) for e in coverage.instead[:_INSTEAD]]
    if len(coverage.instead) > _INSTEAD:
        some.append(f"{len(coverage.instead) - _INSTEAD:,} more")
    one = "one of " if len(coverage.instead) > 1 else ""
    instead = f", or {one}{', '.join(some)}" if some else ""
    return f"ask {' and '.join(map(named, coverage.ask))}{instead}"


def new_since(approved: Plan, plan: Plan) -> tuple[Change, ...]:
    """Changes of a plan that were not in the approved one, with the same precondition and outcome:
    with any, the approval falls."""
    if approved.organization != plan.organization:
        return plan.changes
    seen = {c.key: c for c in approved.changes}
    return tuple(c for c in plan.changes if not _same(seen.get(c.key), c))


def _same(approved: Change | None, change: Change) -> bool:
    return approved is not None and (approved.operation, approved.before, approved.after) == (
        change.operation, change.before, change.after)


class _Candidates:
    """Who could approve what is missing. People are read when something is."""

    def __init__(self, before: World, panel: Panel) -> None:
        self._before = before
        self._panel = panel
        self._read = False
        self._admins: list[Member] = []
        self._managers: list[Member] = []
        self._able: dict[Email, set[int]] = {}
        self._number = 0
        self._invited: set[Email] = set()
        self._author: Member | None = None
        self.nobody: list[Change] = []
        self.author_could = True
        """Whether the author could approve all of these, had somebody else proposed them."""

    def ask(self, change: Change, world: World) -> None:
        """Note who could approve a change that is about to be performed on a world."""
        if not self._read:
            self._find()
        number = self._number
        self._number += 1
        operation = change.operation
        able = [a.email for a in self._admins if self._panel.counts(a, world, operation)]
        if number < _MOST_ASKED or not able:
            able += [m.email for m in self._managers
                     if self._panel.counts(m, world, operation)]
        if not able:
            self._nobody(change, world)
        for email in able:
            self._able.setdefault(email, set()).add(number)

    def invited(self) -> tuple[Email, ...]:
        """Admins to be who could approve all that nobody can, sorted."""
        return tuple(sorted(self._invited))

    def _nobody(self, change: Change, world: World) -> None:
        if not self.nobody:
            self._invited.update(self._before.admins(MemberState.PENDING))
        self.nobody.append(change)
        self.author_could &= self._author is not None and self._panel.counts(
            self._author, world, change.operation)
        self._invited = {
            member.email for member in self._before.people(self._invited)
            if not self._panel.excluded(self._before, member.email)
            and self._panel.counts(replace(member, state=MemberState.JOINED), world,
                                   change.operation)}

    def fewest(self) -> tuple[tuple[Email, ...], tuple[Email, ...]]:
        """The fewest people who cover all that anybody could, and who could stand in for the only
        one; sorted."""
        wanted = set().union(*self._able.values())
        if not wanted:
            return (), ()
        # Of people who cover the same, the first stands for all.
        first: dict[frozenset[int], Email] = {}
        for email in sorted(self._able):
            first.setdefault(frozenset(self._able[email]), email)
        some = sorted(first.items(), key=lambda item: (-len(item[0]), item[1]))[:50]
        for many in range(1, _TOGETHER + 1):
            for chosen in combinations(some, many):
                if set().union(*(covers for covers, _ in chosen)) >= wanted:
                    ask = tuple(sorted(email for _, email in chosen))
                    return ask, self._instead(ask, wanted)
        return self._greedy(wanted), ()

    def _instead(self, ask: tuple[Email, ...], wanted: set[int]) -> tuple[Email, ...]:
        if len(ask) > 1:
            return ()
        return tuple(e for e in sorted(self._able) if e not in ask and self._able[e] >= wanted)

    def _greedy(self, wanted: set[int]) -> tuple[Email, ...]:
        left, ask = set(wanted), []
        while left:
            best = min(self._able, key=lambda e: (-len(self._able[e] & left), e))
            ask.append(best)
            left -= self._able[best]
        return tuple(sorted(ask))

    def _find(self) -> None:
        """Everybody whose approval could count for anything, as they were before the run."""
        self._read = True
        world = self._before
        self._author = self._panel.without_having_proposed(world)
        on = world.settings.project_level_permissions
        for member in world.people(self._with_a_say(on=on)):
            if self._panel.objection(world, member.email):
                continue
            if member.role is Role.ADMIN:
                self._admins.append(standing(world, member.email))
            elif member.role is Role.MANAGER or (on and not _MANAGING.isdisjoint(
                    world.effective_roles(member).values())):
                self._managers.append(standing(world, member.email))

    def _with_a_say(self, *, on: bool) -> Iterator[Email]:
        """Whoever can be admin or manager of anything, and some more."""
        world = self._before
        if not on:
            yield from (m.email for m in world.everybody())
            return
        yield from world.admins()
        yield from world.with_project_roles()
        for group in sorted(world.groups):
            if not _MANAGING.isdisjoint(world.groups[group].projects.values()):
                yield from world.in_group(group)


def _people(change: Change) -> Iterator[Email]:
    match change.operation:
        case PersonOperation(email):
            yield email
        case TransferContent() as transfer:
            yield from (e for e in concerned(transfer) if e is not None)
        case _:
            return
