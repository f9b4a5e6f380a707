"""Limits: caps on how much one run may do. Built in, where no policy says otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reconciler.model.finding import Finding
from reconciler.model.operations import RemoveMember, Revoke
from reconciler.planning.plan import Change

ALWAYS_ALLOWED_REMOVALS: Final = 5
REMOVALS_PERCENT: Final = 25


def allowed_removals(members: int) -> int:
    """How many of so many members one run may remove."""
    return max(ALWAYS_ALLOWED_REMOVALS, members * REMOVALS_PERCENT // 100)


def judge_limits(changes: Iterable[Change], *, members: int, joined: int) -> list[Finding]:
    """What the limits say to a whole plan. `members` are joined and pending before it."""
    kinds = [type(c.operation) for c in changes]
    removed = kinds.count(RemoveMember)
    gone = removed + kinds.count(Revoke)
    found = []
    if joined and removed >= joined:
        found.append(Finding(
            rule="L01", subject="members",
            what=f"the plan would remove everybody who has joined ({joined})",
            how="check that the file is complete: this is refused whatever the settings"))
    allowed = allowed_removals(members)
    if gone > allowed:
        found.append(Finding(
            rule="L02", subject="members",
            what=f"the plan removes {gone} of {members} members, and one run may remove {allowed} "
                 f"({REMOVALS_PERCENT} %, at least {ALWAYS_ALLOWED_REMOVALS})",
            how="check that the file is complete, or remove them in several runs"))
    return found
