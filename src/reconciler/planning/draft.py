"""Drafts: differences turned into operations, before they are ordered and judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from reconciler.desired.state import Ending, Ignored
from reconciler.model.elements import Trace
from reconciler.model.email import Email
from reconciler.model.finding import Finding, Location
from reconciler.model.operations import (
    AddGroupSpace,
    AddToGroup,
    JoinSpace,
    LeaveSpace,
    Operation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveProjectRole,
    SetAccount,
    SetGroupRole,
    SetProjectRole,
    TransferContent,
)
from reconciler.model.organization import Member
from reconciler.model.policy import BUILT_IN, Policy
from reconciler.planning.places import Sources
from reconciler.planning.plan import Cause, Note, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What a draft must wait for before it is even judged: a person or a day."""

    waits_for: str
    why: str
    since: date | None = None


@dataclass(slots=True)
class Draft:
    """One operation that would remove a difference. `raises` tells whether it gives (True) or
    takes (False); `after` are keys of drafts that must run earlier; `hold` is what it waits for;
    `moved` who made the live store differ."""

    operation: Operation
    reason: Reason
    raises: bool = True
    cause: Cause = Cause.PENDING
    source: Location | None = None
    after: list[str] = field(default_factory=list)
    hold: Hold | None = None
    moved: Trace | None = None
    key: str = ""

    def __post_init__(self) -> None:
        self.key = key_of(self.operation)


def key_of(operation: Operation) -> str:
    """What names a change within its plan: kind, subject and, where one subject can have several
    of a kind, what it is about."""
    key = f"{operation.kind}:{operation.subject}"
    match operation:
        case (
            SetProjectRole(_, about)
            | RemoveProjectRole(_, about)
            | SetGroupRole(_, about)
            | RemoveGroupRole(_, about)
            | AddToGroup(_, about)
            | RemoveFromGroup(_, about)
            | JoinSpace(_, about)
            | LeaveSpace(_, about)
            | AddGroupSpace(_, about)
            | RemoveGroupSpace(_, about)
            | SetAccount(_, about)
        ):
            # So that a colon in a name cannot make two changes share a key.
            escaped = about.replace("\\", "\\\\").replace(":", "\\:")
            return f"{key}:{escaped}"
        case TransferContent(_, receiver, kinds, project) if kinds or project is not None:
            return ":".join((key, receiver, ",".join(sorted(kinds)), project or ""))
        case _:
            return key


EndedGrant = tuple[str, str, str]
"""Whose, of what kind and on what: key, kind and target of an Ending of a member."""


@dataclass(slots=True)
class Difference:
    """All that comparing found: drafts, what was decided not to change, and what refuses.

    `sources` finds the lines that changes come from; `observed` are the people who were read in
    full; `absent` the addresses nobody has; `ignored` drafts that would undo drift which the file
    says to leave alone. `held` are people who are left alone though nothing
    declares them, for now; `ended` what was declared until a day that has passed; `policy` what
    holds in the run.
    """

    sources: Sources
    policy: Policy = BUILT_IN
    drafts: list[Draft] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    observed: dict[Email, Member] = field(default_factory=dict)
    absent: list[Email] = field(default_factory=list)
    held: set[Email] = field(default_factory=set)
    ignored: list[tuple[Draft, Ignored]] = field(default_factory=list)
    ended: dict[EndedGrant, Ending] = field(default_factory=dict)
    members_observed: int = 0
    joined_observed: int = 0
