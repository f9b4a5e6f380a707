"""The ports of the live store: planning gets a Reader, only applying and `live` get a Store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from reconciler.live.snapshot import Snapshot
from reconciler.model.approvals import NO_APPROVALS, Approvals
from reconciler.model.elements import Element, Value
from reconciler.model.email import Email
from reconciler.model.images import Image
from reconciler.model.operations import Operation
from reconciler.model.organization import ContentItem, Overview, Settings
from reconciler.model.world import Frame, Source


class RosterRow(NamedTuple):
    """One person in short: enough to see whether they differ from what is desired.

    `state` and `role` are the plain texts of MemberState and Role; the digests are those of
    `reconciler.model.digests`.
    """

    email: Email
    state: str
    role: str
    name: str | None
    team: str | None
    default_project: str | None
    grants_digest: str
    spaces_digest: str


class Invitation(NamedTuple):
    """Somebody who is invited and has not joined: when they were last asked (UTC), how often."""

    email: Email
    invited_at: datetime
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One operation on the store, ours or not. `at` is UTC; `run` None is outside any run;
    `target` is that of the operation."""

    sequence: int
    at: datetime
    actor: str
    operation: str
    subject: str
    before: Image
    after: Image
    run: str | None = None
    target: str | None = None


class Sealed(NamedTuple):
    """A record with its place in the chain of hashes."""

    record: AuditRecord
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which records of the audit log are meant: those for which all holds that is stated. Times
    are UTC and included; `member` is found under addresses that a domain migration changed too,
    and `by_hand` leaves out what runs did."""

    member: Email | None = None
    project: str | None = None
    group: str | None = None
    actor: str | None = None
    operation: str | None = None
    run: str | None = None
    by_hand: bool = False
    since: datetime | None = None
    until: datetime | None = None


class Breach(NamedTuple):
    """The first place at which the audit log is not what was written, and what is wrong there."""

    sequence: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What following the chain of hashes found: how many records follow from each other, and the
    hash of the last of them. `breach` None: the log is whole, and the runs are as it says;
    `unsealed` is how many runs of earlier versions it says nothing of."""

    records: int
    last_hash: str
    breach: Breach | None = None
    unsealed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One apply: started, then succeeded or failed. A run that stays `started` has crashed.
    `counts` are of changes by kind, `problem` says why it failed; `author` proposed it, and
    `approvers` are those whose approval counted."""

    id: str
    plan_digest: str
    actor: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    changes: int
    commit: str | None = None
    desired_digest: str = ""
    policy_digest: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    problem: str | None = None
    author: str | None = None
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One operation to perform; `precondition` is the image it must find first and `outcome` the
    one it must leave (None: any)."""

    operation: Operation
    precondition: Image | None = None
    outcome: Image | None = None


class Carried(NamedTuple):
    """An element of drift that a run left alone: as the baseline goes on to have it."""

    element: Element
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the last successful run achieved: the organization as it was at `sequence`, but for
    what is `carried`. `at` is UTC."""

    run: str
    sequence: int
    actor: str
    at: datetime
    commit: str | None
    desired_digest: str
    policy_digest: str | None
    carried: tuple[Carried, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """What a run says of itself before it starts. `summary` is JSON for the history, `approvals`
    what L11 is held against."""

    id: str
    plan_digest: str
    desired_digest: str
    commit: str | None
    summary: dict[str, Any]
    policy_digest: str | None = None
    carried: tuple[Carried, ...] = ()
    approvals: Approvals = NO_APPROVALS


class Reader(Source, Protocol):
    """One consistent view of one organization (a snapshot: all calls see the same moment)."""

    @property
    def organization(self) -> str: ...
    @property
    def snapshot(self) -> Snapshot | None:
        """The snapshot that is read; None for a live store."""
    def frame(self) -> Frame: ...
    def roster(self) -> Iterable[RosterRow]:
        """Everybody, in order of email."""
    def overview(self) -> Overview: ...
    def invitations(self, *, sent_until: datetime) -> list[Invitation]:
        """Pending invitations that were last sent at that time or earlier, in order of email."""
    def history_of(self, subject: str, *, after: int = 0, limit: int = 5) -> list[AuditRecord]:
        """The newest records about a subject with a sequence above `after`, newest first."""
    def applied(self, plan_digest: str) -> RunRecord | None:
        """The successful run of this plan, if there was one."""
    def intents_of_last_run(self) -> list[tuple[str, str, str]]:
        """Kind, subject and target of what the newest successful run left under way."""
    def baseline(self) -> Baseline | None:
        """What the newest successful run left; None where no run was ever applied."""
    def told(
        self, people: Collection[Email] | None, *, up_to: int | None = None,
        groups: Collection[str] | None = None,
    ) -> Iterable[AuditRecord]:
        """Records that gave or took access, oldest first: of these people (None: everybody; also
        under addresses that a domain migration changed) and of all that is no person. `up_to` is
        the last sequence that counts; of groups only `groups` are told (None: all). Images
        before are left out."""
    def records_of_run(self, run: str) -> list[AuditRecord]:
        """Every record of a run, oldest first."""
    def subjects_told(self, *, after: int) -> list[str]:
        """Of whom and what such records with a sequence above `after` tell, sorted."""
    def changed_since(self, sequence: int) -> list[Email]:
        """Whose entry was written after that sequence, in order of email."""
    def sequence_at(self, moment: datetime) -> int:
        """The sequence of the last record that was written by then (UTC); 0 for none."""
    def content(self) -> Iterable[ContentItem]:
        """All content, in order of id."""
    def content_total(self) -> int:
        """How many items of content there are."""
    def unfinished_runs(self) -> list[RunRecord]:
        """Runs that started and never said how they ended, oldest first, as long as none that
        started after them has succeeded."""


class Store(Protocol):
    """A live store that may hold many organizations. Every method raises Unreachable where it
    cannot be reached, and InvalidInput for an organization that it does not hold."""

    @property
    def snapshot(self) -> Snapshot | None:
        """The snapshot that stands for the store: it is only read. None for a live store."""
    def organizations(self) -> list[str]: ...
    def reader(self, organization: str) -> AbstractContextManager[Reader]: ...
    def audit(
        self, organization: str, *, after: int = 0, limit: int | None = None
    ) -> list[AuditRecord]:
        """Audit records with a sequence above `after`, oldest first."""
    def search(
        self, organization: str, wanted: Wanted, *, newest: int | None = None
    ) -> Iterator[Sealed]:
        """Records that are wanted, oldest first, read as they are asked for; of them only the
        `newest` where that is given."""
    def named_in_audit(self, organization: str, column: str) -> list[str]:
        """Every `subject`, `target`, `actor` or `operation` of the audit log, sorted."""
    def verify(
        self, organization: str, anchors: Mapping[int, str] | None = None
    ) -> Verified:
        """Follow the audit log's chain of hashes; `anchors` are hashes that were noted elsewhere,
        by sequence."""
    def runs(self, organization: str) -> list[RunRecord]:
        """All runs, however they ended, oldest first."""
    def take_snapshot(self, organization: str, *, now: datetime) -> bytes:
        """All that planning needs of an organization as it is, as the bytes of a file: people,
        what they hold, content without its titles, the policy, what the last run left and what
        the audit log tells since. `now` is UTC."""
    def upgrade(self) -> bool:
        """Bring tables of an older version to the newest; returns whether there was anything to
        do. Reading old tables raises Unreachable, which names the command; writing upgrades."""
    def create_organization(
        self, organization: str, *, settings: Settings, admin: Email, now: datetime
    ) -> None:
        """Create an organization with its first member, who is joined and admin. Makes the
        tables of an empty database. Raises Refused where it exists or a rule is broken."""
    def perform(
        self,
        organization: str,
        steps: Sequence[Step],
        *,
        actor: Email | None,
        now: datetime,
        run: RunInfo | None = None,
    ) -> list[AuditRecord]:
        """Perform operations in one transaction: all or none.

        Judged by the rules one after the other on the authority of `actor` (None: each is the
        person's own act: join, login, request access; anything else is refused). Raises Refused
        with every violation, Stale where a precondition does not hold (saying what moved, when
        and by whom) or the run's plan was applied before, Locked where another run holds the
        organization. With a `run` the organization's policy holds as well (L..): LimitExceeded
        where nothing but that refuses it, Unapproved where nothing but approvals is missing
        (L11). Only a run sets a policy or goes beyond a limit.
        """
