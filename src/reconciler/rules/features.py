"""R03 and R04: what the tier has, and what project-level permissions allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.finding import Finding
from reconciler.model.operations import (
    AddGroupSpace,
    AddToGroup,
    ChangeSetting,
    CreateGroup,
    CreateSpace,
    SetGroupRole,
    SetProjectRole,
    SetRole,
)
from reconciler.model.organization import (
    TEAM_SPACE_LIMIT,
    TIER_FEATURES,
    Feature,
    Tier,
    tier_with,
)
from reconciler.model.roles import PROJECT_ROLES, Role, organization_roles
from reconciler.rules.case import Case, violation
from reconciler.rules.shape import access_of


def tier_feature(case: Case) -> Iterator[Finding]:
    """R03: only features that the tier has."""
    world = case.world
    access = access_of(case.operation)
    if access is not None:
        if access.groups:
            yield from _needs_feature(case, Feature.GROUPS)
        if access.projects:
            yield from _needs_feature(case, Feature.PROJECT_LEVEL_PERMISSIONS)
        return
    match case.operation:
        case CreateGroup() | SetGroupRole() | AddGroupSpace() | AddToGroup():
            yield from _needs_feature(case, Feature.GROUPS)
        case SetProjectRole():
            yield from _needs_feature(case, Feature.PROJECT_LEVEL_PERMISSIONS)
        case CreateSpace():
            limit = TEAM_SPACE_LIMIT[world.settings.tier]
            if limit is not None and len(world.spaces) >= limit:
                yield violation("R03", case, f"tier {world.settings.tier} has room for {limit} "
                                f"team space{'' if limit == 1 else 's'}",
                                "choose a higher tier, or use a space that exists")
        case ChangeSetting("tier", value) if value in set(Tier):  # any other is R02's matter
            yield from _tier_change(case, Tier(str(value)))
        case ChangeSetting("sso", True):
            yield from _needs_feature(case, Feature.SSO)
        case ChangeSetting("project_level_permissions", True):
            yield from _needs_feature(case, Feature.PROJECT_LEVEL_PERMISSIONS)
        case _:
            return


def project_level_switch(case: Case) -> Iterator[Finding]:
    """R04: project roles need the switch; org roles are those of the mode."""
    world = case.world
    on = world.settings.project_level_permissions
    access = access_of(case.operation)
    if access is not None:
        yield from _role_of_mode(case, access.role)
        yield from _project_roles(case, access.projects.items())
        return
    match case.operation:
        case SetRole(_, role):
            yield from _role_of_mode(case, role)
        case SetProjectRole(_, project, role) | SetGroupRole(_, project, role):
            yield from _project_roles(case, ((project, role),))
        case CreateGroup(projects=projects):
            yield from _project_roles(case, projects.items())
        case ChangeSetting("project_level_permissions", False) if on:
            people = world.with_project_roles()
            groups = sorted(g.id for g in world.groups.values() if g.projects)
            if people or groups:
                yield violation(
                    "R04", case, "project-level permissions cannot be turned off while project "
                    f"roles exist ({_some(people)}{'; ' if people and groups else ''}"
                    f"{'groups ' + _some(groups) if groups else ''})",
                    "remove the project roles first")
        case _:
            return


def _needs_feature(case: Case, feature: Feature) -> Iterator[Finding]:
    tier = case.world.settings.tier
    if feature not in TIER_FEATURES[tier]:
        yield violation("R03", case, f"tier {tier} has no {feature}",
                        f"choose tier {tier_with(feature)}, or do without")


def _tier_change(case: Case, tier: Tier) -> Iterator[Finding]:
    world = case.world
    used: list[tuple[Feature, str]] = []
    if world.settings.sso:
        used.append((Feature.SSO, "turn SSO off first"))
    if world.settings.project_level_permissions:
        used.append((Feature.PROJECT_LEVEL_PERMISSIONS,
                     "turn project-level permissions off first"))
    if world.groups:
        used.append((Feature.GROUPS, f"delete {_some(sorted(world.groups))} first"))
    for feature, how in used:
        if feature not in TIER_FEATURES[tier]:
            yield violation("R03", case, f"tier {tier} has no {feature}, and the organization "
                            "uses it", how)
    limit = TEAM_SPACE_LIMIT[tier]
    if limit is not None and len(world.spaces) > limit:
        yield violation("R03", case, f"tier {tier} has room for {limit} team "
                        f"space{'' if limit == 1 else 's'}, and there are {len(world.spaces)}",
                        "stay on a tier with more")


def _role_of_mode(case: Case, role: Role) -> Iterator[Finding]:
    on = case.world.settings.project_level_permissions
    allowed = organization_roles(on)
    if role not in allowed:
        yield violation("R04", case, f"with project-level permissions {'on' if on else 'off'} "
                        f"nobody can be {role} of the organization",
                        f"choose one of {', '.join(allowed)}")


def _project_roles(case: Case, roles: Iterable[tuple[str, Role]]) -> Iterator[Finding]:
    on = case.world.settings.project_level_permissions
    for project, role in roles:
        if not on:
            yield violation("R04", case, f"a role on {project} needs project-level permissions, "
                            "and they are off",
                            "turn project_level_permissions on, or use organization roles")
        elif role not in PROJECT_ROLES:
            yield violation("R04", case, f"{role} is no project role (on {project})",
                            f"choose one of {', '.join(PROJECT_ROLES)}")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
