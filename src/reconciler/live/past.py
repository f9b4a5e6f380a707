"""An organization as it was: rebuilt from its audit log by performing what the log says.

The log holds every operation with who it was about, what it gave or took and what came of it;
performing them in order on an empty World gives the organization at any moment. Content is left
out: who owns what grants nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from reconciler.live.ports import AuditRecord
from reconciler.model import elements
from reconciler.model.elements import Element, Elements, Trace
from reconciler.model.email import Email, domain_of
from reconciler.model.migration import moved
from reconciler.model.operations import (
    AddGroupSpace,
    AddToGroup,
    Approve,
    ChangeSetting,
    CreateGroup,
    CreateProject,
    CreateSpace,
    CreateTeam,
    DeleteGroup,
    Deny,
    DescribeGroup,
    Invite,
    Join,
    JoinSpace,
    LeaveSpace,
    Login,
    MigrateDomain,
    Operation,
    PersonOperation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveMember,
    RemoveProjectRole,
    RenameProject,
    RenameSpace,
    RequestAccess,
    Resend,
    Revoke,
    SetAccount,
    SetDefaultProject,
    SetGroupRole,
    SetName,
    SetPolicy,
    SetProjectRole,
    SetRole,
    SetTeam,
)
from reconciler.model.organization import (
    Access,
    Member,
    MemberState,
    ReceiverAccess,
    Settings,
    Tier,
)
from reconciler.model.perform import perform
from reconciler.model.policy import from_document
from reconciler.model.roles import Role
from reconciler.model.values import FrozenMap, frozen_map
from reconciler.model.world import Frame, World

CREATION: Final = "create-organization"
FINISH: Final = "finish-run"
"""How a run ended, recorded as its last record."""
SILENT: Final = ("login", "resend-invitation", "add-content", "transfer-content", "allow-limit",
                 "set-policy", "set-account", FINISH)
"""Operations that give and take no access: what changed in it can be told without them."""


def operation_of(record: AuditRecord) -> Operation | None:
    """The operation that a record tells of; None for content, allowances and the creation."""
    made = _TOLD.get(record.operation)
    return made(record) if made is not None else None


class Past:
    """An organization at the record that was told last. With `traced` it knows for each element
    who changed it last; `people` limits it to what was told of these people (None: everybody)."""

    def __init__(self, organization: str, *, traced: bool = False) -> None:
        self._organization = organization
        self._traced = traced
        self.world = _Watched(Frame(organization=organization, settings=Settings()))
        self.traces: dict[Element, Trace] = {}
        self.told: Elements = {}
        """With `traced`: what each element became by its trace."""

    def tell(self, records: Iterable[AuditRecord]) -> None:
        """Perform what these records say, oldest first."""
        for record in records:
            self._tell(record)

    def elements(self) -> Elements:
        """All that is known at this moment."""
        made = elements.of_frame(self.world)
        for member in self.world.everybody():
            made |= elements.of_member(member)
        return made

    def _tell(self, record: AuditRecord) -> None:
        world = self.world
        if record.operation == CREATION:
            self._begin(record)
            return
        operation = operation_of(record)
        if operation is None:
            return
        if not self._traced:
            perform(world, operation, record.at)
            return
        before: Elements = ({} if isinstance(operation, PersonOperation)
                            else _of_subject(world, operation))
        world.replaced.clear()
        perform(world, operation, record.at)
        after: Elements = ({} if isinstance(operation, PersonOperation)
                           else _of_subject(world, operation))
        for email, old in world.replaced.items():
            before |= elements.of_member(old)
            after |= elements.of_member(world.member(email))
        changed = [e for e in {*before, *after} if before.get(e) != after.get(e)]
        if changed:
            trace = trace_of(record)
            # Whoever gave what somebody has under their new address, gave it under the old one.
            known = self._by_new_address(operation, before) if isinstance(
                operation, MigrateDomain) else {}
            for element in changed:
                self.traces[element] = known.get(element, trace)
                self.told[element] = after.get(element)

    def _by_new_address(
        self, migration: MigrateDomain, before: Elements
    ) -> dict[Element, Trace]:
        """Who gave what people have whose address changes, by the element of the new one."""
        return {
            element._replace(subject=moved(Email(element.subject), migration.new)):
                self.traces[element]
            for element in before if element in self.traces
            and domain_of(Email(element.subject)) == migration.old}

    def _begin(self, record: AuditRecord) -> None:
        born = record.after["organization"]
        values = dict(born["settings"])
        values |= {"tier": Tier(values["tier"]),
                   "receiver_access": ReceiverAccess(values["receiver_access"])}
        self.world = _Watched(Frame(organization=self._organization, settings=Settings(**values)))
        for email, image in born["members"].items():
            self.world.put(email, Member(
                email=email, state=MemberState.JOINED, role=Role(image["role"]),
                joined_at=record.at, last_login_at=record.at))
        if self._traced:
            trace = trace_of(record)
            self.told = self.elements()
            self.traces.update(dict.fromkeys(self.told, trace))


def trace_of(record: AuditRecord) -> Trace:
    """Who did it, when and how."""
    return Trace(by=record.actor, at=record.at, how=record.operation, sequence=record.sequence,
                 run=record.run)


class _Watched(World):
    """Notes who was replaced since somebody last looked."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self.replaced: dict[Email, Member | None] = {}

    def put(self, email: Email, member: Member | None) -> None:
        self.replaced.setdefault(email, self.member(email))
        super().put(email, member)


def _of_subject(world: World, operation: Operation) -> Elements:
    """The elements of the thing that an operation on no person is about."""
    kind, _, name = operation.subject.partition(":")
    match kind:
        case "group":
            return elements.of_group(world.groups.get(name))
        case "setting":
            return elements.of_settings(world.settings)
        case "project":
            project = world.projects.get(name)
            return {Element(operation.subject, elements.Aspect.NAME): project.name if project
                    else None}
        case "team-space":
            space = world.spaces.get(name)
            return {Element(operation.subject, elements.Aspect.NAME): space.name if space
                    else None}
        case "team":
            return {Element(operation.subject, elements.Aspect.EXISTENCE): name in world.teams
                    or None}
        case _:
            return {}


# --- records as operations ---------------------------------------------------------------------


def _target(record: AuditRecord) -> str:
    if record.target is None:
        raise ValueError(f"record {record.sequence} ({record.operation}) names no target")
    return record.target


def _name(record: AuditRecord) -> str:
    return record.subject.partition(":")[2]


def _who(record: AuditRecord) -> Email:
    return Email(record.subject)


def _roles(image: dict[str, str]) -> FrozenMap[str, Role]:
    return frozen_map((project, Role(role)) for project, role in image.items())


def _access(record: AuditRecord) -> Access:
    image = record.after["member"]
    return Access(
        role=Role(image["role"]), projects=_roles(image.get("projects", {})),
        groups=frozenset(image.get("groups", ())), spaces=frozenset(image.get("team_spaces", ())),
        team=image.get("team"), default_project=image.get("default_project"),
        name=image.get("name"))


def _created_group(record: AuditRecord) -> CreateGroup:
    image = record.after["group"]
    return CreateGroup(_name(record), image["description"], _roles(image["projects"]),
                       frozenset(image["team_spaces"]))


def _setting(record: AuditRecord) -> ChangeSetting:
    return ChangeSetting(_name(record), record.after[_name(record)])


_TOLD: Final[dict[str, Callable[[AuditRecord], Any]]] = {
    "invite": lambda r: Invite(_who(r), _access(r)),
    "approve-request": lambda r: Approve(_who(r), _access(r)),
    "resend-invitation": lambda r: Resend(_who(r)),
    "revoke-invitation": lambda r: Revoke(_who(r)),
    "join": lambda r: Join(_who(r)),
    "login": lambda r: Login(_who(r)),
    "request-access": lambda r: RequestAccess(_who(r), r.after["member"].get("name")),
    "deny-request": lambda r: Deny(_who(r)),
    "remove-member": lambda r: RemoveMember(_who(r)),
    "set-role": lambda r: SetRole(_who(r), Role(r.after["role"])),
    "set-project-role": lambda r: SetProjectRole(
        _who(r), _target(r), Role(r.after["project_role"])),
    "remove-project-role": lambda r: RemoveProjectRole(_who(r), _target(r)),
    "add-to-group": lambda r: AddToGroup(_who(r), _target(r)),
    "remove-from-group": lambda r: RemoveFromGroup(_who(r), _target(r)),
    "set-name": lambda r: SetName(_who(r), r.after["name"]),
    "set-team": lambda r: SetTeam(_who(r), r.after["team"]),
    "set-account": lambda r: SetAccount(_who(r), _target(r), r.after["account"]),
    "set-default-project": lambda r: SetDefaultProject(_who(r), r.after["default_project"]),
    "join-space": lambda r: JoinSpace(_who(r), _target(r)),
    "leave-space": lambda r: LeaveSpace(_who(r), _target(r)),
    "create-project": lambda r: CreateProject(_name(r), r.after["project"]),
    "rename-project": lambda r: RenameProject(_name(r), r.after["project"]),
    "create-space": lambda r: CreateSpace(_name(r), r.after["team_space"]),
    "rename-space": lambda r: RenameSpace(_name(r), r.after["team_space"]),
    "create-team": lambda r: CreateTeam(_name(r)),
    "create-group": _created_group,
    "describe-group": lambda r: DescribeGroup(_name(r), r.after["description"]),
    "set-group-role": lambda r: SetGroupRole(_name(r), _target(r), Role(r.after["group_role"])),
    "remove-group-role": lambda r: RemoveGroupRole(_name(r), _target(r)),
    "add-group-space": lambda r: AddGroupSpace(_name(r), _target(r)),
    "remove-group-space": lambda r: RemoveGroupSpace(_name(r), _target(r)),
    "delete-group": lambda r: DeleteGroup(_name(r)),
    "change-setting": _setting,
    "migrate-domain": lambda r: MigrateDomain(_name(r), _target(r), accept_loss=True),
    "set-policy": lambda r: SetPolicy(from_document(r.after["policy"])),
}
