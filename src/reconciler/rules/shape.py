"""R01, R02 and R05: what people, projects, groups and defaults must be to be named at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

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
    SetTeam,
    SettingValue,
    TransferContent,
)
from reconciler.model.organization import (
    Access,
    Member,
    MemberState,
)
from reconciler.model.perform import SETTINGS, changed_settings
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
        now = f"is {member.state}, not {state}" if member else "is not in the organization"
        how = _how_to_be(state, member.state if member else None)
        yield violation("R01", case, f"{case.operation.subject} {now}", how)


def _how_to_be(wanted: MemberState, now: MemberState | None) -> str:
    match wanted, now:
        case MemberState.REQUESTED, _:
            return "only somebody who asked to join can be approved or denied"
        case _, MemberState.REQUESTED:
            return "approve the request with `reconciler live approve`"
        case MemberState.PENDING, MemberState.JOINED:
            return "there is no invitation any more: they have joined"
        case MemberState.JOINED, MemberState.PENDING:
            return "they have to join first"
        case _:
            return "invite them first"


def _unknown(
    case: Case, noun: str, names: Iterable[str], known: Collection[str]
) -> Iterator[Finding]:
    for name in sorted(set(names).difference(known)):
        close = did_you_mean(name, known)
        yield violation("R02", case, f"there is no {noun} {name}",
                        close or f"declare the {noun}, or check the spelling")


def _exists_already(case: Case, thing: str) -> Finding:
    return violation("R02", case, f"there is a {thing} already", "choose another name")
