"""L01, L02, L06 to L08: how much one run may do. Judged on the whole of it, before it is written.

The planner asks about the plan, the store asks again inside the transaction of the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.model.email import Email
from reconciler.model.finding import Finding
from reconciler.model.operations import Invite, Operation, RemoveMember, Resend, Revoke
from reconciler.model.policy import LIMITS, REMOVALS, Policy
from reconciler.model.world import World
from reconciler.rules.losing import lowered


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much a run does of what is limited. `removals` are members (`removed` of them joined)
    and invitations that are taken back; `demoted` are people with a lower role than before, or
    none, and `lost_projects` the projects that they cannot reach any more."""

    removed: int = 0
    removals: int = 0
    demoted: frozenset[Email] = frozenset()
    invitations: int = 0
    content_unassigned: int = 0
    lost_projects: int = 0

    @property
    def demotions(self) -> int:
        """How many people are demoted."""
        return len(self.demoted)


def tally(
    operations: Iterable[Operation], before: World, after: World, *, roles: bool = True
) -> Tally:
    """Count operations that were performed on `after`; `before` is a World without them. Without
    `roles` demotions are not counted: that asks for everybody who was changed as they were."""
    kinds = Counter(map(type, operations))
    demoted, lost = lowered(before, after) if roles else (frozenset(), 0)
    return Tally(
        removed=kinds[RemoveMember],
        removals=kinds[RemoveMember] + kinds[Revoke],
        demoted=demoted,
        invitations=kinds[Invite] + kinds[Resend],
        content_unassigned=sum(i.owner is None for i in after.touched_content().values()),
        lost_projects=lost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One question to the limits. `members` are joined and pending before the run, `joined` the
    joined; `content` counts all content, and is only called where a share of it is allowed.
    `allowances` are {limit: (number, reason)}."""

    policy: Policy
    tally: Tally
    members: int
    joined: int
    content: Callable[[], int]
    allowances: Mapping[str, tuple[int, str]] = field(default_factory=dict)


def judge_limits(run: Whole) -> list[Finding]:
    """What the limits say to a whole run; empty where it may be done."""
    return [finding for check in WHOLE_RUN for finding in check(run)]


def everybody(run: Whole) -> Iterator[Finding]:
    """L01: no run removes everybody who has joined."""
    if run.joined and run.tally.removed >= run.joined:
        yield Finding(
            rule="L01", subject="members",
            what=f"the plan would remove everybody who has joined ({run.joined})",
            how="check that the file is complete: this is refused whatever the settings")


def protected(run: Whole) -> Iterator[Finding]:
    """L03: whom the policy protects has no less after the run than before, however it came about:
    a switch that converts everybody's role is no operation on anybody."""
    for email in sorted(run.policy.protected_members & run.tally.demoted):
        yield Finding(
            rule="L03", subject=email,
            what=f"{email} is protected by the policy, and would have less than before",
            how="declare what they have; the policy would have to say otherwise first, in a run "
                "of its own")


def removals(run: Whole) -> Iterator[Finding]:
    """L02: a run removes only so many members and invitations."""
    many = run.tally.removals
    yield from _cap(run, "L02", REMOVALS, f"the plan removes {many} of {run.members} members",
                    "remove")


def demotions(run: Whole) -> Iterator[Finding]:
    """L06: a run demotes only so many people."""
    many = run.tally.demotions
    yield from _cap(run, "L06", "demotions", f"the plan demotes {many} of {run.members} members",
                    "demote")


def invitations(run: Whole) -> Iterator[Finding]:
    """L07: a run sends only so many invitations, first ones and repeated ones."""
    many = run.tally.invitations
    yield from _cap(run, "L07", "invitations",
                    f"the plan sends {many} invitation{'' if many == 1 else 's'}", "send")


def content_unassigned(run: Whole) -> Iterator[Finding]:
    """L08: a run leaves only so many content items without an owner."""
    many = run.tally.content_unassigned
    yield from _cap(run, "L08", "content_unassigned",
                    f"the plan leaves {many} content item{'' if many == 1 else 's'} without an "
                    "owner", "leave")


def _cap(run: Whole, rule: str, name: str, what: str, verb: str) -> Iterator[Finding]:
    many = getattr(run.tally, name)
    limit = run.policy.limit(name)
    allowance = run.allowances.get(name)
    if limit.percent is None or not many:
        total = run.members
    else:
        total = run.content() if name == "content_unassigned" else run.members
    allowed = limit.allowed(total)
    if allowed is None or many <= allowed:
        if allowance is not None:
            yield Finding(
                rule="L10", subject=f"limit:{name}",
                what=f"{name} {'are' if name.endswith('s') else 'is'} allowed by name, and the "
                     f"plan is within that limit ({many}"
                     f"{'' if allowed is None else f' of {allowed}'})",
                how=f"leave --allow {name} out")
        return
    if allowance is not None and allowance[0] == many:
        return
    named = f"; --allow says {allowance[0]}" if allowance is not None else ""
    check = "check that the file is complete, or " if name == REMOVALS else ""
    several = f"{verb} them in several runs, or " if name != "content_unassigned" else (
        "say who receives them, or ")
    yield Finding(
        rule=rule, subject=_SUBJECTS[name],
        what=f"{what}, and one run may {verb} {allowed} ({limit}){named}",
        how=f"{check}{several}allow exactly this: --allow {name}={many} --reason TEXT")


_SUBJECTS: Final = {name: "content" if name == "content_unassigned" else "members"
                    for name in LIMITS}
WHOLE_RUN: Final = (everybody, protected, removals, demotions, invitations, content_unassigned)
