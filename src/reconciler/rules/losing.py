"""Who has less after a change than before it: asked by limits, protections and counts of losses."""

from __future__ import annotations

from reconciler.model.email import Email
from reconciler.model.organization import Member, MemberState
from reconciler.model.roles import RANK, Role
from reconciler.model.world import World


def reach(world: World, member: Member) -> dict[str, Role]:
    """The role that somebody has on every project they can reach."""
    if world.settings.project_level_permissions and member.role is not Role.ADMIN:
        return world.effective_roles(member)
    return dict.fromkeys(world.projects, member.role)


def is_demotion(old: Role, new: Role, had: dict[str, Role], has: dict[str, Role]) -> bool:
    """Whether an organization role is lower, or a role on a project is lower or gone: what cannot
    be reached any more is the lowest there is."""
    if RANK[new] < RANK[old] and (new is not Role.USER or old is Role.ADMIN):
        return True
    return any(p not in has or RANK[has[p]] < RANK[had[p]] for p in had)


def lowered(before: World, after: World) -> tuple[frozenset[Email], int]:
    """Who has a lower role than before, or none where they had one, and how many projects people
    cannot reach any more; of those who were there before and still are."""
    affected: set[Email] = {e for e, (old, _) in after.touched().items() if old is not None}
    for name, group in before.groups.items():
        now = after.groups.get(name)
        if now is None or now.projects != group.projects:
            affected |= before.in_group(name)
    demoted: set[Email] = set()
    lost = 0
    before.load(affected)
    for email in affected:
        old, new = before.member(email), after.member(email)
        if old is None or new is None or old.state is MemberState.REQUESTED:
            continue
        had, has = reach(before, old), reach(after, new)
        lost += len(had.keys() - has.keys())
        if is_demotion(old.role, new.role, had, has):
            demoted.add(email)
    return frozenset(demoted), lost
