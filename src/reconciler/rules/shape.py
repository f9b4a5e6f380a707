"""R01 to R05: what an operation names must be well formed, known and possible."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from reconciler.model.email import InvalidEmail, normalize_email
from reconciler.model.finding import Finding
from reconciler.model.nearest import did_you_mean
from reconciler.model.operations import (
    AddContent,
    AddGroupSpace,
    AddToGroup,
    Approve,
    ChangeSetting,
    CreateGroup,
    CreateProject,
    CreateSpace,
    CreateTeam,
    Deny,
    GroupOperation,
    Invite,
    Join,
    JoinSpace,
    LeaveSpace,
    Login,
    Operation,
    PersonOperation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveProjectRole,
    RenameProject,
    RenameSpace,
    RequestAccess,
    Resend,
    Revoke,
    SetDefaultProject,
    SetGroupRole,
    SetProjectRole,
    SetRole,
    SetTeam,
    SettingValue,
    TransferContent,
)
from reconciler.model.organization import (
    TEAM_SPACE_LIMIT,
    TIER_FEATURES,
    Access,
    Feature,
    Member,
    MemberState,
    Tier,
    tier_with,
)
from reconciler.model.perform import SETTINGS, changed_settings
from reconciler.model.roles import PROJECT_ROLES, Role, organization_roles
from reconciler.rules.case import Case, violation


def email_is_key(case: Case) -> Iterator[Finding]:
    """R01: valid, unique, and the state that the operation needs."""
    operation = case.operation
    if not isinstance(operation, PersonOperation):
        return
    email = operation.email
    member = case.world.member(email)
    match operation:
        case Invite() | RequestAccess():
            try:
                normal = normalize_email(email)
            except InvalidEmail as wrong:
                yield violation("R01", case, f"{email!r} is no email address: {wrong}",
                                "write it as name@company.example")
                return
            if normal != email:
                yield violation("R01", case, f"{email!r} is not in its normal form",
                                f"write {normal}")
            # Somebody who is there and requests is R40's matter.
            if isinstance(operation, Invite) and member is not None:
                yield violation("R01", case, f"{email} is in the organization already "
                                f"({member.state})", _instead_of_inviting(member))
        case Join() | Resend() | Revoke():
            yield from _needs_state(case, member, MemberState.PENDING)
        case Login():
            yield from _needs_state(case, member, MemberState.JOINED)
        case Approve() | Deny():
            yield from _needs_state(case, member, MemberState.REQUESTED)
        case _:
            if member is None or member.state is MemberState.REQUESTED:
                yield violation("R01", case, f"{email} is no member of {case.world.organization}",
                                "invite them first, or check the spelling")


def known_references(case: Case) -> Iterator[Finding]:
    """R02: everything that is named exists."""
    world = case.world
    operation = case.operation
    access = access_of(operation)
    if access is not None:
        if not access.projects.keys() <= world.projects.keys():
            yield from _unknown(case, "project", access.projects, world.projects)
        if not access.groups <= world.groups.keys():
            yield from _unknown(case, "group", access.groups, world.groups)
        if not access.spaces <= world.spaces.keys():
            yield from _unknown(case, "team space", access.spaces, world.spaces)
        if access.team is not None and access.team not in world.teams:
            yield from _unknown(case, "team", (access.team,), world.teams)
        default = access.default_project
        if default is not None and default not in world.projects:
            yield from _unknown(case, "project", (default,), world.projects)
        return
    if isinstance(operation, CreateGroup):
        if operation.group in world.groups:
            yield _exists_already(case, f"group {operation.group}")
        yield from _unknown(case, "project", operation.projects, world.projects)
        yield from _unknown(case, "team space", operation.spaces, world.spaces)
        return
    if isinstance(operation, GroupOperation):
        yield from _unknown(case, "group", (operation.group,), world.groups)
    yield from _unknown_single(case)


def _unknown_single(case: Case) -> Iterator[Finding]:
    world = case.world
    match case.operation:
        case CreateProject(project) if project in world.projects:
            yield _exists_already(case, f"project {project}")
        case CreateSpace(space) if space in world.spaces:
            yield _exists_already(case, f"team space {space}")
        case CreateTeam(team) if team in world.teams:
            yield _exists_already(case, f"team {team}")
        case RenameProject(project) | SetProjectRole(_, project) | SetGroupRole(_, project):
            yield from _unknown(case, "project", (project,), world.projects)
        case RemoveProjectRole(_, project) | RemoveGroupRole(_, project):
            yield from _unknown(case, "project", (project,), world.projects)
        case SetDefaultProject(_, project) if project is not None:
            yield from _unknown(case, "project", (project,), world.projects)
        case RenameSpace(space) | AddGroupSpace(_, space) | RemoveGroupSpace(_, space):
            yield from _unknown(case, "team space", (space,), world.spaces)
        case JoinSpace(_, space) | LeaveSpace(_, space):
            yield from _unknown(case, "team space", (space,), world.spaces)
        case AddToGroup(_, group) | RemoveFromGroup(_, group):
            yield from _unknown(case, "group", (group,), world.groups)
        case SetTeam(_, team) if team is not None:
            yield from _unknown(case, "team", (team,), world.teams)
        case ChangeSetting(setting, value):
            yield from _unknown(case, "setting", (setting,), SETTINGS)
            if setting in SETTINGS:
                yield from _setting_value(case, setting, value)
        case _:
            yield from _unknown_of_content(case)


def _setting_value(case: Case, setting: str, value: SettingValue) -> Iterator[Finding]:
    try:
        changed_settings(case.world.settings, setting, value)
    except ValueError as wrong:
        yield violation("R02", case, f"{setting} cannot be {value!r}: {wrong}",
                        "choose a value that this setting has")


def _unknown_of_content(case: Case) -> Iterator[Finding]:
    world = case.world
    match case.operation:
        case TransferContent(project=project) if project is not None:
            yield from _unknown(case, "project", (project,), world.projects)
        case AddContent(item):
            yield from _unknown(case, "project", (item.project,), world.projects)
            if item.space is not None:
                yield from _unknown(case, "team space", (item.space,), world.spaces)
            if world.has_content(item.id):
                yield _exists_already(case, f"content {item.id}")
        case _:
            return


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


def default_project_accessible(case: Case) -> Iterator[Finding]:
    """R05: a default project is one where the member has an effective role."""
    world, operation = case.world, case.operation
    match operation:
        case Invite() | Approve():
            access = operation.access
            default = access.default_project
            if default is None or default in access.projects:
                return
            member = Member(email=operation.email, state=MemberState.PENDING, role=access.role,
                            projects=access.projects, groups=access.groups)
        case SetDefaultProject(email, default):
            found = world.member(email)
            if default is None or found is None:
                return
            member = found
        case _:
            return
    if world.effective_role(member, default) is None:
        yield violation("R05", case, f"{member.email} has no role on {default}, which is to be "
                        "their default project",
                        f"give them a role on {default}, or choose a project they can reach")


def access_of(operation: Operation) -> Access | None:
    """The access that an operation carries whole. Asked by type: of very many invitations a
    pattern would cost as much as the rule."""
    if isinstance(operation, (Invite, Approve)):
        return operation.access
    return None


def _instead_of_inviting(member: Member) -> str:
    match member.state:
        case MemberState.PENDING:
            return "send the invitation again with `reconciler live resend`"
        case MemberState.REQUESTED:
            return "approve the request with `reconciler live approve`"
        case MemberState.JOINED:
            return "change their role or groups instead"


def _needs_state(case: Case, member: Member | None, state: MemberState) -> Iterator[Finding]:
    if member is None or member.state is not state:
        now = f"is {member.state}" if member is not None else "is not in the organization"
        how = {MemberState.PENDING: "invite them first",
               MemberState.REQUESTED: "only somebody who asked to join can be approved or denied",
               MemberState.JOINED: "they have to join first"}[state]
        yield violation("R01", case, f"{case.operation.subject} {now}, not {state}", how)


def _unknown(
    case: Case, noun: str, names: Iterable[str], known: Collection[str]
) -> Iterator[Finding]:
    for name in sorted(set(names).difference(known)):
        close = did_you_mean(name, known)
        yield violation("R02", case, f"there is no {noun} {name}",
                        close or f"declare the {noun}, or check the spelling")


def _exists_already(case: Case, thing: str) -> Finding:
    return violation("R02", case, f"there is a {thing} already", "choose another name")


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


