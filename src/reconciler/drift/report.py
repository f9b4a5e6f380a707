"""A drift report: every difference of every element, what kind it is, and who made it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from reconciler.live.ports import Baseline
from reconciler.model.elements import Movement, Trace
from reconciler.model.finding import Finding, Location


class DriftKind(enum.StrEnum):
    """How baseline, observed and desired state differ in one thing."""

    DRIFT = "drift"
    CONFLICT = "conflict"
    VANISHED = "vanished"
    UNMANAGED = "unmanaged"
    CONVERGED = "converged"
    PENDING = "pending"
    EXPIRED = "expired"


KINDS: Final[dict[DriftKind, str]] = {
    DriftKind.DRIFT: "only the live store changed: somebody did it behind the last run",
    DriftKind.CONFLICT: "the live store and the files changed, each to something else",
    DriftKind.VANISHED: "somebody who is declared was removed by hand, or left",
    DriftKind.UNMANAGED: "the live store changed in something that the files do not manage",
    DriftKind.CONVERGED: "the live store and the files changed to the same",
    DriftKind.PENDING: "only the files changed: the next apply does it",
    DriftKind.EXPIRED: "it was declared until a day that has passed: the next apply ends it",
}
"""What each kind means, in the order in which they are told."""
COUNTED: Final = frozenset({DriftKind.DRIFT, DriftKind.CONFLICT, DriftKind.VANISHED})
"""What is drift to a pipeline: it asks for a decision."""


class Harm(enum.StrEnum):
    """What a change outside of review did, the worst first."""

    ADMIN_GRANT = "admin-grant"
    SETTING = "setting"
    REMOVAL = "removal"
    ACCESS_GIVEN = "access-given"
    ACCESS_TAKEN = "access-taken"
    OTHER = "other"


class Way(enum.StrEnum):
    """What can be done about drift."""

    REVERT = "revert"
    ADOPT = "adopt"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftItem:
    """One difference. `selector` names it on the command line and in `ignore_drift`; `text` says
    what became of what; `moved` are the elements that the store moved (nothing for what is only
    pending); `declared` says what the files want, where it is not what was there before. `trace`
    None: nothing moved, or the audit log does not know who did it. `ignored` is the reason to
    leave it alone."""

    kind: DriftKind
    selector: str
    subject: str
    text: str
    harm: Harm = Harm.OTHER
    moved: tuple[Movement, ...] = ()
    declared: str = ""
    trace: Trace | None = None
    source: Location | None = None
    ways: tuple[Way, ...] = ()
    ignored: str | None = None
    ignored_until: date | None = None

    @property
    def counts(self) -> bool:
        """Whether it is drift that somebody must decide on."""
        return self.kind in COUNTED and self.ignored is None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """All of it at one moment, the most urgent first. `baseline` None: no run was ever applied,
    so nothing can be told from what was there before. `snapshot` is when the snapshot was taken
    (UTC) that was read instead of the live store (None). `findings` are those of the files.
    `reviewed` says whether whatever anybody runs has to be approved (L11)."""

    organization: str
    members: int
    baseline: Baseline | None
    sequence: int
    desired_digest: str
    snapshot: datetime | None = None
    items: tuple[DriftItem, ...] = ()
    findings: tuple[Finding, ...] = ()
    reviewed: bool = False

    @property
    def found(self) -> bool:
        """Whether there is drift that is not ignored."""
        return any(item.counts for item in self.items)

    def of(self, kind: DriftKind) -> tuple[DriftItem, ...]:
        """The items of a kind that are not ignored."""
        return tuple(i for i in self.items if i.kind is kind and i.ignored is None)
