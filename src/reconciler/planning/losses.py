"""Count what people lose when a plan is applied (domain.md section 7)."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.email import Email
from reconciler.model.operations import (
    RemoveFromGroup,
    RemoveMember,
    Revoke,
    SetProjectRole,
    SetRole,
    TransferContent,
)
from reconciler.model.organization import Member
from reconciler.model.roles import RANK, Role
from reconciler.model.world import World
from reconciler.planning.plan import Change, Losses


def count_losses(changes: Iterable[Change], before: World, after: World) -> Losses:
    """Of changes that were performed on `after`; `before` is a World without them.

    Whoever is removed counts as one removal and nothing else. Lost project access counts projects
    that a person could reach before and cannot reach after, however they lost it.
    """
    removals = revoked = demotions = memberships = unassigned = transferred = 0
    for change in changes:
        match change.operation:
            case RemoveMember():
                removals += 1
                unassigned += _items(change.before.get("content", {}))
            case Revoke():
                revoked += 1
            case SetRole(_, role):
                demotions += RANK[role] < _rank_of(change.before.get("role"))
            case SetProjectRole(_, _, role):
                demotions += RANK[role] < _rank_of(change.before.get("project_role"))
            case RemoveFromGroup():
                memberships += 1
            case TransferContent():
                transferred += _items(change.before.get("content", {}))
            case _:
                pass
    return Losses(
        removals=removals, revoked_invitations=revoked, demotions=demotions,
        lost_group_memberships=memberships, content_unassigned=unassigned,
        content_transferred=transferred, lost_project_access=_lost_access(before, after))


def _lost_access(before: World, after: World) -> int:
    changed_groups = {
        name for name, group in before.groups.items()
        if after.groups.get(name) is None or after.groups[name].projects != group.projects
    }
    affected: set[Email] = {e for e, (old, _) in after.touched().items() if old is not None}
    for group in changed_groups:
        affected |= before.in_group(group)
    lost = 0
    before.load(affected)
    for email in affected:
        old, new = before.member(email), after.member(email)
        if old is not None and new is not None:
            lost += len(_reach(before, old) - _reach(after, new))
    return lost


def _reach(world: World, member: Member) -> set[str]:
    if world.settings.project_level_permissions and member.role is not Role.ADMIN:
        return set(world.effective_roles(member))
    return set(world.projects)


def _rank_of(role: str | None) -> int:
    return next((rank for known, rank in RANK.items() if known == role), -1)


def _items(counts: dict[str, dict[str, int]]) -> int:
    return sum(sum(kinds.values()) for kinds in counts.values())
