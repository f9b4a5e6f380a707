"""The published shape of policy.yaml, as TypedDicts; see `reconciler.desired.documents`."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Required

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

_STRICT: Final = ConfigDict(extra="forbid", strict=True)
_MOST: Final = 1_000_000_000
_LONGEST: Final = 3650

Count = Annotated[int, Field(ge=0, le=_MOST, description="At most so many in one run.")]
Percent = Annotated[int, Field(
    ge=0, le=100, description="At most this share of what exists, rounded down.")]
Days = Annotated[int, Field(ge=1, le=_LONGEST)]


@with_config(_STRICT)
class CountLimitDocument(TypedDict, total=False):
    """A cap as a number; with a percentage beside it the smaller one holds."""

    count: Required[Count]
    percent: Percent


@with_config(_STRICT)
class PercentLimitDocument(TypedDict, total=False):
    """A cap as a percentage; with a number beside it the smaller one holds."""

    percent: Required[Percent]
    count: Count


LimitDocument = CountLimitDocument | PercentLimitDocument


@with_config(_STRICT)
class LimitsDocument(TypedDict, total=False):
    """How much one run may do. A limit that is not stated caps nothing; removals have a built-in
    one of 25 percent, at least 5."""

    removals: Annotated[LimitDocument, Field(
        description="Members removed and invitations taken back (L02), of all members.")]
    demotions: Annotated[LimitDocument, Field(
        description="People whose role becomes lower (L06), of all members.")]
    invitations: Annotated[LimitDocument, Field(
        description="Invitations sent, repeated ones counted (L07), of all members.")]
    content_unassigned: Annotated[LimitDocument, Field(
        description="Content items left without an owner (L08), of all content.")]


@with_config(_STRICT)
class RemovalsDocument(TypedDict, total=False):
    """What becomes of the content of people who are removed."""

    default_receiver: Annotated[str | None, Field(
        description="Email of the member who receives it where no departure says otherwise.")]
    require_transfer: Annotated[bool, Field(
        description="A removal with content needs a decision. Default: true. With false the "
                    "content becomes unassigned without one.")]


@with_config(_STRICT)
class InvitationsDocument(TypedDict, total=False):
    """When invitations are sent again, and how often (L09)."""

    expire_after_days: Annotated[Days, Field(
        description="An invitation expires after so many days. Default: 30.")]
    resend_after_days: Annotated[Days, Field(
        description="Between two sends lie at least so many days. Default: 7.")]
    max_sends: Annotated[int, Field(
        ge=1, le=100, description="It is sent at most so often, the first time counted. "
                                  "Default: 3.")]


@with_config(_STRICT)
class ApprovalsDocument(TypedDict, total=False):
    """Who must have approved what a run does (L11)."""

    required: Annotated[bool, Field(
        description="Every change of a run is approved by somebody who may make it. Default: "
                    "false.")]
    independent: Annotated[bool, Field(
        description="That is neither the author nor whom it concerns. Default: true.")]
    automation: Annotated[list[str], Field(
        description="Emails of members that are machines: whatever they run is approved by "
                    "people, and they approve nothing.")]


@with_config(_STRICT)
class PolicyDocument(TypedDict, total=False):
    """What a change to the organization's file must not be able to weaken. A run is held against
    this policy and the one that was applied last, whichever is tighter."""

    apiVersion: Required[Annotated[
        Literal["reconciler/v1"], Field(description="The version of this format.")]]
    kind: Required[Annotated[Literal["Policy"], Field(description="Says what this file is.")]]
    protected_members: Annotated[list[str], Field(
        description="Emails of people whom no run removes or demotes (L03).")]
    min_admins: Annotated[int, Field(
        ge=1, le=_MOST, description="Joined admins that are left after every step (L04). "
                                    "Default: 1.")]
    allowed_email_domains: Annotated[list[str], Field(
        description="Domains of the people who may be added (L05). Default: every domain; an "
                    "empty list allows none.")]
    limits: LimitsDocument
    removals: RemovalsDocument
    invitations: InvitationsDocument
    approvals: ApprovalsDocument
    receiver_access: Annotated[Literal["require", "warn"], Field(
        description="Whether a receiver of content must have a role on its projects (R32). "
                    "Default: what the organization's settings say.")]
