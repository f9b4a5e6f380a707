"""L11: what a run does was approved by people who may make it, beside whoever runs it.

The planner's counterpart is `reconciler.applying.approvals`; the store asks the same question of
every step inside the transaction of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.model.accounts import key_of
from reconciler.model.approvals import Approvals
from reconciler.model.email import Email
from reconciler.model.errors import APPROVED
from reconciler.model.finding import Finding
from reconciler.model.operations import Operation, PersonOperation, SetAccount, TransferContent
from reconciler.model.organization import Member
from reconciler.model.policy import Policy
from reconciler.model.values import frozen_map
from reconciler.model.world import World
from reconciler.rules.authority import permits, who_may


def needed(policy: Policy, actor: Email | None) -> bool:
    """Whether what this actor runs must be approved: by the policy, or since it is a machine,
    which may do no more than people approved."""
    return policy.approvals_required or actor in policy.automation


class Panel:
    """The people who approved a run, with the roles that they had before it: what the run gives
    to an approver, or to a group of theirs, does not make them one."""

    def __init__(
        self, world: World, policy: Policy, approvals: Approvals, *,
        moving: Iterable[tuple[str, str]] = (),
    ) -> None:
        """`world` is the organization before the run; `moving` are the addresses, old and new, of
        people whose address is under way: what concerns one concerns the other."""
        self._other = {Email(a): Email(b) for pair in moving for a, b in (pair, pair[::-1])}
        self._speaks_for = {key: account.email for key, account in world.accounts.items()}
        self._policy = policy
        self._approvals = approvals
        world.load(approvals.approvers)
        self.objections: dict[Email, str] = {}
        """Who approves and does not count for anything, and why."""
        self._people: list[Member] = []
        for email in sorted(approvals.approvers):
            problem = self.objection(world, email)
            if problem:
                self.objections[email] = problem
            else:
                self._people.append(standing(world, email))

    def objection(self, world: World, email: Email) -> str | None:
        """Why somebody cannot approve anything in this run; None where they can. `world` is the
        organization before it."""
        author = self._approvals.author
        if (self._policy.approvals_independent and author is not None
                and self._other.get(email) == author):
            return f"is the author of the change, as {author}"
        return objection(world, email, self._policy, self._approvals)

    def excluded(self, world: World, email: Email) -> str | None:
        """The same of whoever has not joined yet, but for that."""
        return excluded(world, email, self._policy, self._approvals)

    def without_having_proposed(self, world: World) -> Member | None:
        """The author, as they could approve what somebody else proposes; None where they could
        approve nothing at all. `world` is the organization before the run."""
        author = self._approvals.author
        if author is None or objection(
            world, author, replace(self._policy, approvals_independent=False), self._approvals
        ):
            return None
        return standing(world, author)

    def approvers_of(self, world: World, operation: Operation) -> list[Email]:
        """Whose approval counts for an operation on a world, sorted."""
        return [p.email for p in self._people if self.counts(p, world, operation)]

    def approved(self, world: World, operation: Operation) -> bool:
        """Whether anybody's does."""
        return any(self.counts(p, world, operation) for p in self._people)

    def counts(self, person: Member, world: World, operation: Operation) -> bool:
        """Whether the approval of somebody (as `standing` gives them) counts."""
        return not self.concerns(person.email, operation) and permits(world, operation, person)

    def concerns(self, email: Email, operation: Operation) -> bool:
        """Whether an operation is about somebody, at the address they have or the one they are
        getting, so that they do not approve it."""
        return self._policy.approvals_independent and any(
            email in (e, self._other.get(e)) for e in self.concerned(operation))

    def idle(self, email: Email, operations: Sequence[Operation]) -> str:
        """Why somebody who may approve approved none of these operations, in words."""
        about = sum(self.concerns(email, each) for each in operations)
        if about == len(operations):
            return "is whom it concerns"
        return f"may make none of {'what does not concern them' if about else 'it'}"

    def concerned(self, operation: Operation) -> tuple[Email, ...]:
        """Whom an operation is about: they do not approve it themselves. Of an account also whom
        it spoke for before the run: who gives theirs away could take another one."""
        people = [e for e in concerned(operation) if e is not None]
        if isinstance(operation, SetAccount) and operation.name is not None:
            had = self._speaks_for.get(key_of(operation.service, operation.name))
            people += [had] if had is not None and had not in people else []
        return tuple(people)

    def unapproved(self, world: World, operation: Operation) -> Finding:
        """That nobody who may has approved an operation."""
        people = self.concerned(operation)
        others = f", other than {' and '.join(people)}" if people else ""
        return Finding(
            rule=APPROVED, subject=operation.subject,
            what=f"{operation.kind.replace('-', ' ')} ({operation.subject}) is approved by nobody "
                 "who may make it",
            how=f"have it approved by {who_may(world, operation)}{others}")


def standing(world: World, email: Email) -> Member:
    """A member of this world with every role that they reach now as one of their own."""
    member = world.member(email)
    if member is None:
        raise AssertionError(f"{email} is a member where their standing is asked for")
    return replace(member, projects=frozen_map(world.effective_roles(member)), groups=frozenset())


def objection(
    world: World, email: Email, policy: Policy, approvals: Approvals
) -> str | None:
    """Why somebody cannot approve anything in this run; None where they can."""
    member = world.member(email)
    if member is None:
        return f"is no member of {world.organization}"
    if not member.joined:
        return f"is {member.state}, and has not joined"
    return excluded(world, email, policy, approvals)


def excluded(
    world: World, email: Email, policy: Policy, approvals: Approvals
) -> str | None:
    """Why somebody cannot approve anything in this run even as a joined member; None where they
    can."""
    if email in policy.automation:
        return "is automation: machines approve nothing"
    if unknown := unknown_author(world, policy, approvals):
        return f"cannot be held apart from the author: {unknown}"
    if policy.approvals_independent and email == approvals.author:
        return "is the author of the change"
    return None


def unknown_author(world: World, policy: Policy, approvals: Approvals) -> str | None:
    """Why nobody can be told apart from the author, so that no approval counts where the policy
    wants independent ones; None where they can. An address that nobody here has may be anybody's:
    mistyped, it would let the author approve."""
    if not policy.approvals_independent:
        return None
    if approvals.author is None:
        return "nobody is named as the author"
    if world.member(approvals.author) is None:
        return f"the author {approvals.author} is no member of {world.organization}"
    return None


def concerned(operation: Operation) -> tuple[Email | None, ...]:
    """Whom an operation names."""
    match operation:
        case PersonOperation(email):
            return (email,)
        case TransferContent(source, receiver):
            return (source, receiver)
        case _:
            return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One question to L11: an operation, the world it is about to be performed on, and who
    approved."""

    panel: Panel
    world: World
    operation: Operation


def approved(review: Review) -> Iterator[Finding]:
    """L11: every change of a run is approved by somebody who may make it, and who is neither its
    author nor whom it concerns."""
    world, operation = review.world, review.operation
    if not review.panel.approved(world, operation):
        yield review.panel.unapproved(world, operation)
