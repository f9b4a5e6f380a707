"""A plan: ordered changes with reasons and preconditions, and all that stands beside them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from reconciler.live.ports import Carried
from reconciler.model.elements import Trace
from reconciler.model.finding import Finding, Location
from reconciler.model.images import Image
from reconciler.model.operations import Operation

PLAN_VALID_FOR: Final = timedelta(days=14)
"""How long a saved plan may be applied."""


class Reason(enum.StrEnum):
    """Why a change is planned; its text is in `REASONS`."""

    NOT_IN_STORE = "not-in-store"
    REQUESTED = "requested"
    DIFFERS = "differs"
    NOT_DECLARED = "not-declared"
    DEPARTURE = "departure"
    BEFORE_REMOVAL = "before-removal"
    GROUP_DELETED = "group-deleted"
    DEFAULT_LOST = "default-lost"
    ENDED = "ended"
    DENIED = "denied"
    EXPIRED = "expired"
    EMAIL_CHANGE = "email-change"
    TRANSFER = "transfer"
    MIGRATION = "migration"
    ALLOWED = "allowed"
    REVERT = "revert"


REASONS: dict[Reason, str] = {
    Reason.NOT_IN_STORE: "declared, and not in the live store",
    Reason.REQUESTED: "asked to join, and is declared as a member",
    Reason.DIFFERS: "the live store has another value",
    Reason.NOT_DECLARED: "in the live store, and not declared",
    Reason.DEPARTURE: "declared as a departure",
    Reason.BEFORE_REMOVAL: "their content goes to the receiver before they are removed",
    Reason.GROUP_DELETED: "the group is not declared and will be deleted",
    Reason.DEFAULT_LOST: "a change of access takes away the last role on it",
    Reason.ENDED: "it was declared until a day that has passed",
    Reason.DENIED: "asked to join, and is denied under access_requests",
    Reason.EXPIRED: "the invitation expired before they joined",
    Reason.EMAIL_CHANGE: "their address changes",
    Reason.TRANSFER: "declared under content_transfers",
    Reason.MIGRATION: "declared under domain_migration",
    Reason.ALLOWED: "allowed by name with --allow",
    Reason.REVERT: "undoes what the run did",
}


class Cause(enum.StrEnum):
    """What a change comes from: the file moved (pending), somebody moved the live store behind the
    last run (drift), both did (conflict), a day has passed (expiry), or another change."""

    PENDING = "pending"
    DRIFT = "drift"
    CONFLICT = "conflict"
    EXPIRY = "expiry"
    CONSEQUENCE = "consequence"


ONLY: Final[dict[str, tuple[Cause, ...]]] = {
    "pending": (Cause.PENDING, Cause.CONFLICT, Cause.EXPIRY),
    "drift": (Cause.DRIFT,),
}
"""What a plan can be limited to, by name."""


class Risk(enum.StrEnum):
    """What a reviewer must look at first; a change has the highest that fits."""

    IRREVERSIBLE = "irreversible"
    REMOVAL = "removal"
    ADMIN_GRANT = "admin-grant"
    POLICY = "policy"
    LOSS = "loss"
    NONE = "none"

    # Enum hashes by name in Python code; this one is looked up for every change.
    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One planned operation on one subject.

    `key` names it in the plan (unique, stable across plans); `before` is both the image that is
    shown and the precondition that must hold when it runs; `depends_on` are keys of changes that
    run earlier; `who_may` says in words who may make it; `permitted` whether the plan's actor may
    (None: the plan has no actor). `moved` tells who made the live store differ, where that is
    the cause (drift, conflict) and the audit log knows.
    """

    key: str
    operation: Operation
    reason: Reason
    cause: Cause
    risk: Risk
    before: Image
    after: Image
    who_may: str
    permitted: bool | None
    reversible: bool
    depends_on: tuple[str, ...] = ()
    source: Location | None = None
    moved: Trace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A change that needs a person or a date first: for whom or what, why, and since which day
    (UTC), where that is known. It has no images yet."""

    key: str
    operation: Operation
    reason: Reason
    waits_for: str
    why: str
    since: date | None = None
    source: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A declared undertaking of several steps, and the one it is at.

    `kind` is `email-change`; `subject` is whom it concerns, `target` where it leads (the new
    address); `doing` says in words what the step
    is about, and `since` from which day on it waits (UTC).
    """

    kind: str
    subject: str
    target: str
    step: int
    steps: int
    doing: str
    since: date | None = None
    source: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something decided not to change, said beside the changes: unmanaged, done, undecided.

    `on` is the day (UTC) that it is about, for the order alone: a saved plan does not keep it."""

    code: str
    subject: str
    text: str
    source: Location | None = None
    on: date | None = field(default=None, compare=False)

    def sort_key(self) -> tuple[str, date, str, str]:
        """By what it is, then the earliest day, then whom it concerns."""
        return self.code, self.on or date.min, self.subject, self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What somebody loses when the plan is applied."""

    removals: int = 0
    revoked_invitations: int = 0
    demotions: int = 0
    lost_project_access: int = 0
    lost_group_memberships: int = 0
    content_unassigned: int = 0
    content_transferred: int = 0
    content_lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole of it. `refused` is true as soon as one finding is an error; `applyable` is what
    is not refused and was made against the live store.

    `not_permitted` are keys of changes that the actor may not make. With `permitted_only` those
    are not among the `changes`: they and what depends on them are `left_out`, as they would be if
    somebody made the whole plan. With `only` the plan holds what has one of these causes and what
    that needs; the rest is `left_alone`. `carried` is the drift that stays when it is applied, for
    the baseline to remember. `observed_sequence` is the organization's change sequence at
    reading; `snapshot` when the snapshot was taken (UTC) that was read instead of the live store
    (None). `digest` covers everything but `expires_on`.
    """

    organization: str
    actor: str | None
    commit: str | None
    desired_digest: str
    rules_digest: str
    policy_digest: str | None = None
    observed_sequence: int
    members_observed: int
    changes: tuple[Change, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    intents: tuple[Intent, ...] = ()
    notes: tuple[Note, ...] = ()
    findings: tuple[Finding, ...] = ()
    losses: Losses = field(default_factory=Losses)
    not_permitted: tuple[str, ...] = ()
    left_out: tuple[Change, ...] = ()
    permitted_only: bool = False
    only: tuple[Cause, ...] = ()
    left_alone: tuple[Change, ...] = ()
    carried: tuple[Carried, ...] = ()
    snapshot: datetime | None = None
    expires_on: date
    digest: str = ""

    @property
    def refused(self) -> bool:
        return any(f.severity == "error" for f in self.findings)

    @property
    def applyable(self) -> bool:
        return self.snapshot is None and not self.refused

    @property
    def empty(self) -> bool:
        return not self.changes
