"""What is declared and not applied: what time makes due, and what was merged and never applied.

It is what the next plan shows beside drift, out of the same comparison; what only waits for
somebody is kept apart.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.desired.state import DesiredState
from reconciler.drift.classify import drift_in, planned
from reconciler.drift.report import DriftReport
from reconciler.live.ports import Reader
from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.operations import Invite, Operation
from reconciler.planning.plan import Cause, Change, Plan, Reason, Waiting
from reconciler.planning.planner import Differences, differences, plan_of
from reconciler.planning.policy import NO_TERMS, Terms

_LEFT: Final = frozenset({Cause.PENDING, Cause.EXPIRY})
"""Causes of what is not applied. What somebody moved by hand is drift, whatever the files say."""


class Since(enum.StrEnum):
    """What made a change one that is to be applied."""

    DUE = "due"
    MERGED = "merged"


SINCE: Final[dict[Since, str]] = {
    Since.DUE: "a day has passed, or a new address has joined: no file says anything new",
    Since.MERGED: "declared by the files, and not applied so far",
}
"""What each means, in the order in which they are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A change that the next plan has, and what made it one."""

    change: Change
    since: Since


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What the next plan would have, and a rule refuses: in words, without images."""

    subject: str
    text: str
    since: Since
    source: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplied:
    """All of it, in the order of the plan. `waiting` is not due, and is not counted; `findings`
    are those of the plan: as long as one is an error nothing at all is applied."""

    left: tuple[Left, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def counts(self) -> dict[Since, int]:
        """How many changes there are of which there is any, by what made them so."""
        found = Counter([*(x.since for x in self.left), *(x.since for x in self.stopped)])
        return {since: found[since] for since in SINCE if found[since]}

    @property
    def refusing(self) -> int:
        """How many findings keep everything from being applied."""
        return sum(f.severity is Severity.ERROR for f in self.findings)

    @property
    def number(self) -> int:
        """How much is not applied: the changes, and where a plan is refused for something that is
        none, the reasons for that."""
        return len(self.left) + len(self.stopped) or self.refusing


def watch(
    state: DesiredState, reader: Reader, *, now: datetime, terms: Terms = NO_TERMS
) -> tuple[DriftReport, NotApplied]:
    """Drift, and what is not applied, of one comparison. Reads only; `now` is UTC."""
    compared = differences(state, reader, now=now, terms=terms)
    report = drift_in(compared, reader)
    plan = plan_of(compared, reader, actor=None, now=now)
    return report, NotApplied(
        left=tuple(_left(plan)), stopped=tuple(_stopped(compared, plan)), waiting=plan.waiting,
        findings=plan.findings)


def _left(plan: Plan) -> Iterator[Left]:
    """The changes of these causes, and where there are some what comes along."""
    causes = _LEFT | {Cause.CONSEQUENCE} if any(c.cause in _LEFT for c in plan.changes) else _LEFT
    for change in plan.changes:
        if change.cause in causes:
            yield Left(change=change, since=_since(change.reason, change.operation))


def _stopped(compared: Differences, plan: Plan) -> Iterator[Stopped]:
    """What a rule refuses, and what comes after that. Where none does, nothing is missing."""
    if not plan.refused:
        return
    told = {c.key for c in plan.changes} | {w.key for w in plan.waiting}
    for draft in compared.found.drafts:
        if draft.cause in _LEFT and draft.key not in told:
            yield Stopped(subject=draft.operation.subject, text=planned(draft),
                          since=_since(draft.reason, draft.operation), source=draft.source)


def _since(reason: Reason, operation: Operation) -> Since:
    match reason:
        case Reason.ENDED | Reason.EXPIRED:
            return Since.DUE
        case Reason.EMAIL_CHANGE if not isinstance(operation, Invite):
            return Since.DUE
        case _:
            return Since.MERGED
