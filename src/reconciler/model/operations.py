"""The operations of the live store (domain.md section 3), as data.

An operation says what should happen, not whether it may: `rules` judges it, `World.perform`
carries it out in memory and the live store writes what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from reconciler.model.email import Email
from reconciler.model.organization import Access, ContentItem, ContentKind
from reconciler.model.policy import Policy
from reconciler.model.roles import Role
from reconciler.model.values import NO_ENTRIES, FrozenMap

SettingValue = str | bool


@dataclass(frozen=True, slots=True)
class Operation:
    """Base of all operations; `kind` is the name in plans, audit records and messages."""

    kind: ClassVar[str] = ""

    @property
    def subject(self) -> str:
        """Who or what it is about: an email, or `group:NAME` and the like."""
        raise NotImplementedError

    @property
    def target(self) -> str | None:
        """What it gives the subject or takes from it, where the subject can have several: the id
        of a project, group or team space, the receiver of content, the new domain."""
        return None


@dataclass(frozen=True, slots=True)
class PersonOperation(Operation):
    """An operation on one person."""

    email: Email

    @property
    def subject(self) -> str:
        return self.email


@dataclass(frozen=True, slots=True)
class GroupOperation(Operation):
    """An operation on one group."""

    group: str

    @property
    def subject(self) -> str:
        return f"group:{self.group}"


@dataclass(frozen=True, slots=True)
class ProjectOperation(Operation):
    """An operation on one project."""

    project: str

    @property
    def subject(self) -> str:
        return f"project:{self.project}"


@dataclass(frozen=True, slots=True)
class SpaceOperation(Operation):
    """An operation on one team space."""

    space: str

    @property
    def subject(self) -> str:
        return f"team-space:{self.space}"


@dataclass(frozen=True, slots=True)
class ChangeSetting(Operation):
    """Set one setting of the organization: a field of Settings and its new value."""

    kind: ClassVar[str] = "change-setting"
    setting: str
    value: SettingValue

    @property
    def subject(self) -> str:
        return f"setting:{self.setting}"


@dataclass(frozen=True, slots=True)
class CreateProject(ProjectOperation):
    kind: ClassVar[str] = "create-project"
    name: str


@dataclass(frozen=True, slots=True)
class RenameProject(ProjectOperation):
    kind: ClassVar[str] = "rename-project"
    name: str


@dataclass(frozen=True, slots=True)
class CreateSpace(SpaceOperation):
    kind: ClassVar[str] = "create-space"
    name: str


@dataclass(frozen=True, slots=True)
class RenameSpace(SpaceOperation):
    kind: ClassVar[str] = "rename-space"
    name: str


@dataclass(frozen=True, slots=True)
class CreateTeam(Operation):
    kind: ClassVar[str] = "create-team"
    team: str

    @property
    def subject(self) -> str:
        return f"team:{self.team}"


@dataclass(frozen=True, slots=True)
class CreateGroup(GroupOperation):
    kind: ClassVar[str] = "create-group"
    description: str = ""
    projects: FrozenMap[str, Role] = NO_ENTRIES
    spaces: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DescribeGroup(GroupOperation):
    kind: ClassVar[str] = "describe-group"
    description: str


@dataclass(frozen=True, slots=True)
class SetGroupRole(GroupOperation):
    kind: ClassVar[str] = "set-group-role"
    project: str
    role: Role

    @property
    def target(self) -> str:
        return self.project


@dataclass(frozen=True, slots=True)
class RemoveGroupRole(GroupOperation):
    kind: ClassVar[str] = "remove-group-role"
    project: str

    @property
    def target(self) -> str:
        return self.project


@dataclass(frozen=True, slots=True)
class AddGroupSpace(GroupOperation):
    kind: ClassVar[str] = "add-group-space"
    space: str

    @property
    def target(self) -> str:
        return self.space


@dataclass(frozen=True, slots=True)
class RemoveGroupSpace(GroupOperation):
    kind: ClassVar[str] = "remove-group-space"
    space: str

    @property
    def target(self) -> str:
        return self.space


@dataclass(frozen=True, slots=True)
class DeleteGroup(GroupOperation):
    kind: ClassVar[str] = "delete-group"


@dataclass(frozen=True, slots=True)
class Invite(PersonOperation):
    kind: ClassVar[str] = "invite"
    access: Access


@dataclass(frozen=True, slots=True)
class Resend(PersonOperation):
    kind: ClassVar[str] = "resend-invitation"


@dataclass(frozen=True, slots=True)
class Revoke(PersonOperation):
    kind: ClassVar[str] = "revoke-invitation"


@dataclass(frozen=True, slots=True)
class Join(PersonOperation):
    kind: ClassVar[str] = "join"


@dataclass(frozen=True, slots=True)
class Login(PersonOperation):
    kind: ClassVar[str] = "login"


@dataclass(frozen=True, slots=True)
class RequestAccess(PersonOperation):
    kind: ClassVar[str] = "request-access"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Approve(PersonOperation):
    kind: ClassVar[str] = "approve-request"
    access: Access


@dataclass(frozen=True, slots=True)
class Deny(PersonOperation):
    kind: ClassVar[str] = "deny-request"


@dataclass(frozen=True, slots=True)
class SetRole(PersonOperation):
    kind: ClassVar[str] = "set-role"
    role: Role


@dataclass(frozen=True, slots=True)
class SetProjectRole(PersonOperation):
    kind: ClassVar[str] = "set-project-role"
    project: str
    role: Role

    @property
    def target(self) -> str:
        return self.project


@dataclass(frozen=True, slots=True)
class RemoveProjectRole(PersonOperation):
    kind: ClassVar[str] = "remove-project-role"
    project: str

    @property
    def target(self) -> str:
        return self.project


@dataclass(frozen=True, slots=True)
class AddToGroup(PersonOperation):
    kind: ClassVar[str] = "add-to-group"
    group: str

    @property
    def target(self) -> str:
        return self.group


@dataclass(frozen=True, slots=True)
class RemoveFromGroup(PersonOperation):
    kind: ClassVar[str] = "remove-from-group"
    group: str

    @property
    def target(self) -> str:
        return self.group


@dataclass(frozen=True, slots=True)
class SetName(PersonOperation):
    kind: ClassVar[str] = "set-name"
    name: str | None


@dataclass(frozen=True, slots=True)
class SetTeam(PersonOperation):
    kind: ClassVar[str] = "set-team"
    team: str | None


@dataclass(frozen=True, slots=True)
class SetAccount(PersonOperation):
    """Let an account on a service speak for a member, instead of any they had there; `name` None
    takes it away. Whoever had the account loses it. Only a run does this."""

    kind: ClassVar[str] = "set-account"
    service: str
    name: str | None

    @property
    def target(self) -> str:
        return self.service


@dataclass(frozen=True, slots=True)
class SetDefaultProject(PersonOperation):
    kind: ClassVar[str] = "set-default-project"
    project: str | None


@dataclass(frozen=True, slots=True)
class JoinSpace(PersonOperation):
    kind: ClassVar[str] = "join-space"
    space: str

    @property
    def target(self) -> str:
        return self.space


@dataclass(frozen=True, slots=True)
class LeaveSpace(PersonOperation):
    kind: ClassVar[str] = "leave-space"
    space: str

    @property
    def target(self) -> str:
        return self.space


@dataclass(frozen=True, slots=True)
class AddContent(Operation):
    kind: ClassVar[str] = "add-content"
    item: ContentItem

    @property
    def subject(self) -> str:
        return f"content:{self.item.id}"


@dataclass(frozen=True, slots=True)
class TransferContent(Operation):
    """Give content to a member. `source` None is unassigned content; `kinds` empty is all kinds,
    `project` None all projects. Cannot be undone (R34)."""

    kind: ClassVar[str] = "transfer-content"
    source: Email | None
    receiver: Email
    kinds: frozenset[ContentKind] = frozenset()
    project: str | None = None

    @property
    def subject(self) -> str:
        return self.source or "unassigned"

    @property
    def target(self) -> str:
        return self.receiver


@dataclass(frozen=True, slots=True)
class RemoveMember(PersonOperation):
    kind: ClassVar[str] = "remove-member"


@dataclass(frozen=True, slots=True)
class MigrateDomain(Operation):
    """Move everybody of one email domain to another, with all they have but the content of their
    personal spaces, whose loss must be accepted (R50). Everybody concerned signs in again. Cannot
    be undone (R34)."""

    kind: ClassVar[str] = "migrate-domain"
    old: str
    new: str
    accept_loss: bool = False

    @property
    def subject(self) -> str:
        return f"domain:{self.old}"

    @property
    def target(self) -> str:
        return self.new


@dataclass(frozen=True, slots=True)
class SetPolicy(Operation):
    """Keep a policy, which later runs are held against. Only a run does this."""

    kind: ClassVar[str] = "set-policy"
    policy: Policy

    @property
    def subject(self) -> str:
        return "policy"


@dataclass(frozen=True, slots=True)
class AllowLimit(Operation):
    """Let this run go beyond one limit, up to exactly this number. Only a run does this."""

    kind: ClassVar[str] = "allow-limit"
    limit: str
    count: int
    reason: str

    @property
    def subject(self) -> str:
        return f"limit:{self.limit}"


OPERATIONS: Final[tuple[type[Operation], ...]] = (
    SetPolicy, AllowLimit,
    ChangeSetting,
    CreateProject, RenameProject, CreateSpace, RenameSpace, CreateTeam,
    CreateGroup, DescribeGroup, SetGroupRole, RemoveGroupRole, AddGroupSpace, RemoveGroupSpace,
    DeleteGroup,
    Invite, Resend, Revoke, Join, Login, RequestAccess, Approve, Deny,
    SetRole, SetProjectRole, RemoveProjectRole, AddToGroup, RemoveFromGroup,
    SetName, SetTeam, SetAccount, SetDefaultProject, JoinSpace, LeaveSpace,
    AddContent, TransferContent, RemoveMember, MigrateDomain,
)
OPERATION_OF_KIND: Final[dict[str, type[Operation]]] = {o.kind: o for o in OPERATIONS}
OWN_ACTS: Final = (Join, Login, RequestAccess)
"""What people do for themselves: these name no actor but the person."""
RUN_ACTS: Final = (SetPolicy, AllowLimit, SetAccount)
"""What only a run does, with a plan that shows it (L10)."""
