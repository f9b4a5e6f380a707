"""What the files mean today, and what is known of their intents."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.desired.state import DesiredState, EmailChange, Ending
from reconciler.model.email import Email
from reconciler.model.finding import Finding
from reconciler.model.organization import Member
from reconciler.model.policy import BUILT_IN, Policy
from reconciler.planning.draft import EndedGrant
from reconciler.planning.plan import Intent, Note


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChange:
    """A change of address that is not finished, and both its people as they are observed."""

    change: EmailChange
    old: Member
    new: Member | None


@dataclass(slots=True)
class Resolved:
    """The effective desired state, and what stands beside it.

    `held` are people whom nothing declares and who are left alone for now; `ended` are the grants
    of members that do not hold any more; `open_changes` the changes of address that go on.
    `declared` is what the rules say to what has ended; `renamed` are old addresses by now known as
    another; `policy` is what holds in the run.
    """

    state: DesiredState
    policy: Policy = BUILT_IN
    renamed: dict[Email, Email] = field(default_factory=dict)
    held: set[Email] = field(default_factory=set)
    ended: dict[EndedGrant, Ending] = field(default_factory=dict)
    open_changes: list[OpenChange] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    declared: list[Finding] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
