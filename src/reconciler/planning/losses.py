"""Count what people lose when a plan is applied (domain.md section 7)."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.operations import (
    MigrateDomain,
    RemoveFromGroup,
    RemoveMember,
    Revoke,
    TransferContent,
)
from reconciler.planning.plan import Change, Losses
from reconciler.rules.limits import Tally


def count_losses(changes: Iterable[Change], tally: Tally) -> Losses:
    """Of changes that were performed, and counted by the limits.

    Whoever is removed counts as one removal and nothing else. Of those who stay, `demotions`
    counts the people whose organization role, or role on a project, is lower than before, and
    `lost_project_access` the projects that somebody cannot reach any more, however it came about:
    by their own roles, a group, or the switch of project-level permissions.
    """
    removals = revoked = memberships = unassigned = transferred = gone = 0
    for change in changes:
        match change.operation:
            case RemoveMember():
                removals += 1
                unassigned += _items(change.before.get("content", {}))
            case Revoke():
                revoked += 1
            case RemoveFromGroup():
                memberships += 1
            case TransferContent():
                transferred += _items(change.before.get("content", {}))
            case MigrateDomain():
                gone += change.before.get("lost", 0)
            case _:
                pass
    return Losses(
        removals=removals, revoked_invitations=revoked, demotions=tally.demotions,
        lost_group_memberships=memberships, content_unassigned=unassigned,
        content_transferred=transferred, content_lost=gone, lost_project_access=tally.lost_projects)


def _items(counts: dict[str, dict[str, int]]) -> int:
    return sum(sum(kinds.values()) for kinds in counts.values())
