"""Count what people lose when a plan is applied (domain.md section 7)."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.email import Email
from reconciler.model.operations import (
    MigrateDomain,
    RemoveFromGroup,
    RemoveMember,
    Revoke,
    TransferContent,
)
from reconciler.model.organization import Member, MemberState
from reconciler.model.roles import RANK, Role
from reconciler.model.world import World
from reconciler.planning.plan import Change, Losses


def count_losses(changes: Iterable[Change], before: World, after: World) -> Losses:
    """Of changes that were performed on `after`; `before` is a World without them.

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
    demotions, lost = _lowered(before, after)
    return Losses(
        removals=removals, revoked_invitations=revoked, demotions=demotions,
        lost_group_memberships=memberships, content_unassigned=unassigned,
        content_transferred=transferred, content_lost=gone, lost_project_access=lost)


def _lowered(before: World, after: World) -> tuple[int, int]:
    """People with a lower role than before, and projects that people cannot reach any more."""
    affected: set[Email] = {e for e, (old, _) in after.touched().items() if old is not None}
    for name, group in before.groups.items():
        now = after.groups.get(name)
        if now is None or now.projects != group.projects:
            affected |= before.in_group(name)
    demotions = lost = 0
    before.load(affected)
    for email in affected:
        old, new = before.member(email), after.member(email)
        if old is None or new is None or old.state is MemberState.REQUESTED:
            continue
        had, has = _reach(before, old), _reach(after, new)
        lost += len(had.keys() - has.keys())
        lower = RANK[new.role] < RANK[old.role] and new.role is not Role.USER
        lower = lower or (old.role is Role.ADMIN and new.role is not Role.ADMIN)
        demotions += lower or any(RANK[has[p]] < RANK[had[p]] for p in had.keys() & has.keys())
    return demotions, lost


def _reach(world: World, member: Member) -> dict[str, Role]:
    if world.settings.project_level_permissions and member.role is not Role.ADMIN:
        return world.effective_roles(member)
    return dict.fromkeys(world.projects, member.role)


def _items(counts: dict[str, dict[str, int]]) -> int:
    return sum(sum(kinds.values()) for kinds in counts.values())
