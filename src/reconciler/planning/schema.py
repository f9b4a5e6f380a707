"""The published shape of a saved plan, as pydantic models: for validation and for JSON Schema."""

from __future__ import annotations

import dataclasses
import functools
from typing import Annotated, Any, Literal, Union, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model, with_config
from typing_extensions import TypedDict

from reconciler.model.elements import Aspect
from reconciler.model.email import Email
from reconciler.model.operations import (
    OPERATIONS,
    OWN_ACTS,
    AddContent,
    Operation,
)
from reconciler.model.organization import Access, ContentKind
from reconciler.model.policy import Policy
from reconciler.model.roles import Role
from reconciler.model.values import FrozenMap
from reconciler.planning.plan import Cause, Losses, Reason, Risk

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_STRICT = ConfigDict(extra="forbid", strict=True)
RoleName = Literal["user", "viewer", "member", "manager", "admin"]
KindName = Literal["chart", "dashboard", "cohort", "notebook"]
Json = dict[str, Any]


class Place(BaseModel):
    """A place in the desired state; lines and columns count from 1, 0 is unknown."""

    model_config = _STRICT
    file: str
    line: int = Field(ge=0)
    column: int = Field(ge=0)


class AccessDocument(BaseModel):
    """What an invitation carries."""

    model_config = _STRICT
    role: RoleName
    projects: dict[str, RoleName]
    groups: list[str]
    spaces: list[str]
    team: str | None
    default_project: str | None
    name: str | None


class LimitDocument(BaseModel):
    """A cap on how much one run may do; the smallest of what is stated holds."""

    model_config = _STRICT
    count: int | None = None
    percent: int | None = None
    built_in: bool = False


class PolicyDocument(BaseModel):
    """What a policy says, all of it stated."""

    model_config = _STRICT
    protected_members: list[str]
    min_admins: int
    allowed_email_domains: list[str] | None
    limits: dict[str, LimitDocument]
    default_receiver: str | None
    require_transfer: bool
    expire_after_days: int
    resend_after_days: int
    max_sends: int
    receiver_access: Literal["require", "warn"] | None
    approvals_required: bool
    approvals_independent: bool
    automation: list[str]


def _published(hint: Any) -> Any:
    """The JSON type of a field of an operation."""
    types = {
        Role: RoleName, Email: str, Email | None: str | None, Access: AccessDocument,
        FrozenMap[str, Role]: dict[str, RoleName], frozenset[str]: list[str],
        frozenset[ContentKind]: list[KindName], Policy: PolicyDocument,
    }
    return types.get(hint, hint)


def _operation_model(cls: type[Operation]) -> type[BaseModel]:
    hints = get_type_hints(cls)
    fields: dict[str, Any] = {"kind": (Literal[cls.kind], ...)}
    for field in dataclasses.fields(cls):
        fields[field.name] = (_published(hints[field.name]), ...)
    return create_model(f"{cls.__name__}Operation", __config__=_STRICT, **fields)


PLANNED = tuple(o for o in OPERATIONS if o not in (*OWN_ACTS, AddContent))
"""What a plan may hold: everything but people's own acts and their content."""
OperationDocument: Any = Annotated[
    Union[tuple(_operation_model(cls) for cls in PLANNED)],  # noqa: UP007 - made from a list
    Field(discriminator="kind"),
]


_Moment = Annotated[str, Field(
    pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?\+00:00$")]


class TraceDocument(BaseModel):
    """Who made the live store differ, when, and by which operation: a record of the audit log."""

    model_config = _STRICT
    by: str
    at: _Moment
    how: str
    sequence: int
    run: str | None


@with_config(_STRICT)
class MemberImage(TypedDict, total=False):
    """A person with all their grants."""

    state: str
    role: RoleName
    projects: dict[str, RoleName]
    groups: list[str]
    team_spaces: list[str]
    team: str
    default_project: str
    name: str


@with_config(_STRICT)
class GroupImage(TypedDict, total=False):
    """A group with what it gives."""

    description: str
    projects: dict[str, RoleName]
    team_spaces: list[str]


@with_config(_STRICT)
class GivenDocument(TypedDict, total=False):
    """What a group gives; of one that gives much, numbers and a digest."""

    projects: dict[str, RoleName] | int
    team_spaces: list[str] | int
    digest: str


@with_config(_STRICT)
class BelongingsImage(TypedDict):
    """What one person carries to another domain by kind, and how much they lose."""

    carried: dict[KindName, int]
    lost: int


@with_config(_STRICT)
class ManyPeople(TypedDict):
    """Of many people their number and a digest of who they are."""

    members: int
    digest: str


_Counts = dict[str, dict[KindName, int]]


@with_config(_STRICT)
class ImageDocument(TypedDict, total=False):
    """What an operation touches, before or after it: each kind of operation states a few of
    these. A setting stands under its own name."""

    member: MemberImage | None
    role: RoleName
    project_role: RoleName | None
    default_project: str | None
    name: str | None
    team: str | None
    account: str | None
    speaks_for: str | None
    state: str
    in_group: bool
    in_team_space: bool
    invitations_sent: int
    groups_give: dict[str, GivenDocument | str | None]
    given_to: list[str] | ManyPeople
    group: GroupImage | None
    members: int | dict[str, BelongingsImage]
    default_projects: dict[str, str]
    description: str
    group_role: RoleName | None
    project: str | None
    team_space: str | None
    content: _Counts
    domain: str
    carried: int
    lost: int
    converts: dict[str, RoleName]
    policy: PolicyDocument | None
    allowed: int | None
    reason: str | None
    tier: str
    project_level_permissions: bool
    access_requests: bool
    sso: bool
    managers_may_invite: bool
    managers_may_approve_requests: bool
    receiver_access: str


class ChangeDocument(BaseModel):
    """One planned operation; `before` is also the precondition that must hold when it runs."""

    model_config = _STRICT
    key: str
    operation: OperationDocument
    reason: Literal[tuple(str(r) for r in Reason)]  # type: ignore[valid-type]
    cause: Literal[tuple(str(c) for c in Cause)]  # type: ignore[valid-type]
    risk: Literal[tuple(str(r) for r in Risk)]  # type: ignore[valid-type]
    before: ImageDocument
    after: ImageDocument
    who_may: str
    permitted: bool | None
    reversible: bool
    depends_on: list[str]
    source: Place | None
    moved: TraceDocument | None


_Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class WaitingDocument(BaseModel):
    """A change that needs a person or a date first."""

    model_config = _STRICT
    key: str
    operation: OperationDocument
    reason: Literal[tuple(str(r) for r in Reason)]  # type: ignore[valid-type]
    waits_for: str
    why: str
    since: _Day | None
    source: Place | None


class IntentDocument(BaseModel):
    """A declared undertaking of several steps, and the one it is at."""

    model_config = _STRICT
    kind: Literal["email-change"]
    subject: str
    target: str
    step: int
    steps: int
    doing: str
    since: _Day | None
    source: Place | None


class NoteDocument(BaseModel):
    """Something decided not to change."""

    model_config = _STRICT
    code: str
    subject: str
    text: str
    source: Place | None


class FindingDocument(BaseModel):
    """A violation or a warning."""

    model_config = _STRICT
    rule: str
    severity: Literal["error", "warning"]
    subject: str
    what: str
    how: str
    location: Place | None


class CarriedDocument(BaseModel):
    """An element of drift that the plan leaves alone, as the baseline goes on to have it."""

    model_config = _STRICT
    subject: str
    aspect: Literal[tuple(str(a) for a in Aspect)]  # type: ignore[valid-type]
    target: str
    value: str | bool | None


LossesDocument = create_model(
    "LossesDocument", __config__=_STRICT,
    **{f.name: (Annotated[int, Field(ge=0)], ...) for f in dataclasses.fields(Losses)},  # type: ignore[call-overload]
)


def _may_be_absent(made: dict[str, Any]) -> None:
    """A field that stands only where there is something to say: nothing stands for its absence."""
    made.pop("default", None)


class PlanDocument(BaseModel):
    """A saved plan of reconciler: what `plan --out` writes and `apply` runs."""

    model_config = _STRICT
    format_version: Literal["1.0"]
    tool_version: str
    organization: str
    actor: str | None
    commit: str | None
    desired_digest: str
    policy_digest: str | None
    rules_digest: str
    observed_sequence: int = Field(ge=0)
    members_observed: int = Field(ge=0)
    applyable: bool
    permitted_only: bool
    only: list[Literal[tuple(str(c) for c in Cause)]]  # type: ignore[valid-type]
    changes: list[ChangeDocument]
    waiting: list[WaitingDocument]
    intents: list[IntentDocument]
    notes: list[NoteDocument]
    findings: list[FindingDocument]
    losses: LossesDocument  # type: ignore[valid-type]
    not_permitted: list[str]
    left_out: list[ChangeDocument]
    left_alone: list[ChangeDocument]
    carried: list[CarriedDocument]
    snapshot: _Moment = Field(
        default="", json_schema_extra=_may_be_absent, description=(
            "When the snapshot was taken that the plan was made against; such a plan cannot be "
            "applied. Absent in a plan that was made against the live store."))
    expires_on: _Day
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")


@functools.cache
def _adapter() -> TypeAdapter[PlanDocument]:
    return TypeAdapter(PlanDocument)


def validate(document: Json) -> None:
    """Raises pydantic's ValidationError where a document is no plan of this format."""
    _adapter().validate_python(document)


def schema() -> Json:
    """The JSON Schema of a saved plan."""
    made = _adapter().json_schema()
    return {"$schema": SCHEMA_DIALECT, "title": "reconciler plan", **made}
