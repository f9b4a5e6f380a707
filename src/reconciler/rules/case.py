"""What a rule looks at: one operation, on one world, on one actor's authority."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.model.finding import Finding, Severity
from reconciler.model.operations import Operation
from reconciler.model.organization import Member
from reconciler.model.policy import Policy
from reconciler.model.world import World


@dataclass(slots=True)
class Case:
    """One question to the rules. `actor` None means that nobody's authority is asked for (a plan
    without an actor, the shape of a desired state); `now` is UTC. `policy` is what holds in the
    run that this is part of, None outside of any: a policy holds plans, not people."""

    world: World
    operation: Operation
    actor: Member | None
    now: datetime
    policy: Policy | None = None


class Topic(enum.StrEnum):
    """The chapters of the catalogue."""

    SHAPE = "shape"
    AUTHORITY = "authority"
    INVARIANT = "invariant"
    CONTENT = "content"
    REQUEST = "access request"
    MIGRATION = "domain migration"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One law: its id and name, what it says, and the function that judges a case by it; of a rule
    that applies to no operation, the function judges a whole run."""

    id: str
    name: str
    topic: Topic
    says: str
    check: Callable[[Any], Iterator[Finding]]
    applies_to: tuple[type[Operation], ...]


def violation(
    rule: str,
    case: Case,
    what: str,
    how: str,
    *,
    severity: Severity = Severity.ERROR,
    waits_for: str | None = None,
) -> Finding:
    """A finding about the subject of the case."""
    return Finding(
        rule=rule, what=what, how=how, subject=case.operation.subject, severity=severity,
        waits_for=waits_for,
    )
