"""The published shape of a file, as TypedDicts: pydantic validates with them, the JSON Schema is
generated from them, and the explanations of `explain` walk them."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Required

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from reconciler.model.accounts import ACCOUNT

API_VERSION: Final = "reconciler/v1"
_STRICT: Final = ConfigDict(extra="forbid", strict=True)

OrganizationRole = Literal["user", "viewer", "member", "manager", "admin"]
ProjectRole = Literal["viewer", "member", "manager", "admin"]
Mode = Literal["authoritative", "additive", "ignore"]


Kind = Literal["chart", "dashboard", "cohort", "notebook"]
Day = Annotated[str, Field(
    pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"},
    description="The last day, in UTC, on which this holds, as YYYY-MM-DD.")]
Reason = Annotated[str, Field(description="Why, for whoever reads the file.")]


@with_config(_STRICT)
class GrantDocument(TypedDict, total=False):
    """A project role with more to say about it."""

    role: Required[Annotated[ProjectRole, Field(description="The role on the project.")]]
    until: Day
    reason: Reason


@with_config(_STRICT)
class DefaultGrantDocument(TypedDict, total=False):
    """A project role that is everybody's default; it has no end."""

    role: Required[Annotated[ProjectRole, Field(description="The role on the project.")]]
    reason: Reason


@with_config(_STRICT)
class MembershipDocument(TypedDict, total=False):
    """A group membership with more to say about it."""

    group: Required[Annotated[str, Field(description="The group.")]]
    until: Day
    reason: Reason


ProjectRoles = dict[str, ProjectRole | GrantDocument]


@with_config(_STRICT)
class SettingsDocument(TypedDict, total=False):
    """Settings of the organization; those that are not stated are left as they are."""

    name: Annotated[str, Field(description="The organization's name as people see it.")]
    project_level_permissions: Annotated[
        bool, Field(description="Roles per project instead of one role for every project.")]
    access_requests: Annotated[bool, Field(description="People may ask to join.")]
    sso: Annotated[bool, Field(description="Single sign-on.")]
    managers_may_invite: Annotated[bool, Field(description="Managers may invite people (R11).")]
    managers_may_approve_requests: Annotated[
        bool, Field(description="Managers may decide on access requests (R14).")]
    receiver_access: Annotated[
        Literal["require", "warn"],
        Field(description="Whether a receiver of content must have a role on its projects (R32).")]


@with_config(_STRICT)
class ManageDocument(TypedDict, total=False):
    """How far each section speaks: authoritative (the whole truth), additive (never take away),
    ignore (not compared)."""

    members: Annotated[Mode, Field(description="People. Default: authoritative.")]
    groups: Annotated[Mode, Field(description="Groups and who is in them. Default: "
                                              "authoritative.")]
    project_roles: Annotated[Mode, Field(description="Direct project roles. Default: "
                                                     "authoritative.")]
    default_projects: Annotated[Mode, Field(description="Default projects. Default: "
                                                        "authoritative.")]
    team_spaces: Annotated[Mode, Field(description="Who is in which team space. Default: "
                                                   "additive.")]


@with_config(_STRICT)
class NamedDocument(TypedDict, total=False):
    """A project or a team space."""

    name: Annotated[str, Field(description="The name that people see. Default: the id.")]


@with_config(_STRICT)
class GroupDocument(TypedDict, total=False):
    """A group and what it gives to its members."""

    description: Annotated[str, Field(description="What the group is for.")]
    projects: Annotated[ProjectRoles, Field(description="The role it gives on each project.")]
    team_spaces: Annotated[list[str], Field(description="The team spaces it adds people to.")]


@with_config(_STRICT)
class AccountsDocument(TypedDict, total=False):
    """Accounts of a person on services that speak for them."""

    github: Annotated[str, Field(
        pattern=f"^{ACCOUNT}$",
        description="The login on GitHub, by which reviews of pull requests are theirs.")]


@with_config(_STRICT)
class MemberDocument(TypedDict, total=False):
    """A member. role, groups, projects: absent means the default. The others: absent means not
    managed, null or [] means clear it."""

    name: Annotated[str | None, Field(description="The person's name.")]
    role: Annotated[OrganizationRole, Field(
        description="The organization role: user or admin with project-level permissions on; "
                    "viewer, member, manager or admin with them off.")]
    team: Annotated[str | None, Field(description="The team, one of `teams`.")]
    groups: Annotated[list[str | MembershipDocument], Field(
        description="The groups the member is in.")]
    projects: Annotated[ProjectRoles, Field(description="Direct roles by project.")]
    default_project: Annotated[
        str | None, Field(description="The project shown first; the member must reach it (R05).")]
    team_spaces: Annotated[
        list[str] | None, Field(description="Team spaces of the member's own.")]
    accounts: Annotated[AccountsDocument, Field(
        description="Accounts on services that speak for this person, by service.")]
    until: Day
    reason: Reason


@with_config(_STRICT)
class DefaultsDocument(TypedDict, total=False):
    """What a member gets for a field that it does not state."""

    role: Annotated[OrganizationRole, Field(description="The organization role.")]
    team: Annotated[str | None, Field(description="The team.")]
    groups: Annotated[list[str], Field(description="The groups.")]
    projects: Annotated[dict[str, ProjectRole | DefaultGrantDocument], Field(
        description="Direct roles by project.")]
    default_project: Annotated[str | None, Field(description="The project shown first.")]
    team_spaces: Annotated[list[str] | None, Field(description="Team spaces.")]


_GRANT_RECEIVER: Final = (
    "Give the receiver the role viewer where they have none on a project of the content (R32).")


@with_config(_STRICT)
class TransferDeparture(TypedDict, total=False):
    """Somebody leaves, and their content goes to somebody."""

    transfer_content_to: Required[Annotated[
        str, Field(description="Email of the member who receives the content.")]]
    grant_receiver: Annotated[bool, Field(description=_GRANT_RECEIVER)]
    reason: Reason


@with_config(_STRICT)
class LeaveDeparture(TypedDict, total=False):
    """Somebody leaves, and their content stays behind without an owner."""

    leave_content: Required[Annotated[
        Literal["unassigned"], Field(description="The content becomes unassigned.")]]
    reason: Reason


Departure = TransferDeparture | LeaveDeparture

# `from` is a word of Python, so it cannot be a field of a class.
_FromAddress = TypedDict("_FromAddress", {"from": Required[Annotated[
    str, Field(description="The address that the person has now.")]]})
_FromOwner = TypedDict("_FromOwner", {"from": Required[Annotated[
    str, Field(description="Email of the owner, or unassigned for content that nobody owns.")]]})
_FromDomain = TypedDict("_FromDomain", {"from": Required[Annotated[
    str, Field(description="The domain that the members have now.")]]})


@with_config(_STRICT)
class EmailChangeDocument(_FromAddress, total=False):
    """One person changes their address: the new one is invited with everything the old one has,
    and once it has joined, the content goes to it and the old one is removed."""

    to: Required[Annotated[str, Field(description="The address that they will have.")]]
    reason: Reason


@with_config(_STRICT)
class AccessRequestsDocument(TypedDict, total=False):
    """Decisions on people who asked to join; an entry under `members` is an approval."""

    deny: Required[Annotated[list[str], Field(description="Emails of those who are denied.")]]


@with_config(_STRICT)
class ContentTransferDocument(_FromOwner, total=False):
    """Content goes from one owner, or from nobody, to a member (R30)."""

    to: Required[Annotated[str, Field(description="Email of the member who receives it.")]]
    kinds: Annotated[list[Kind], Field(
        description="Kinds of content. Default: all.", min_length=1)]
    project: Annotated[str, Field(description="Content of this project only. Default: all.")]
    grant_receiver: Annotated[bool, Field(description=_GRANT_RECEIVER)]
    reason: Reason


@with_config(_STRICT)
class DomainMigrationDocument(_FromDomain, total=False):
    """Every member of one domain moves to another, all at once (R50)."""

    to: Required[Annotated[str, Field(description="The domain that they will have (R50).")]]
    accept_loss_of_personal_spaces: Annotated[bool, Field(
        description="Accept that personal spaces and the content in them are not carried over.")]
    reason: Reason


@with_config(_STRICT)
class IgnoredDriftDocument(TypedDict, total=False):
    """Something that was changed in the live store and is left alone, for a reason."""

    reason: Required[Annotated[str, Field(
        description="Why it is left alone; every report shows it.")]]
    until: Day


@with_config(_STRICT)
class OrgDocument(TypedDict, total=False):
    """The desired state of one organization, or a part of it that the root file includes.

    organization, tier, settings, include, manage and defaults stand in the root file only.
    """

    apiVersion: Required[Annotated[
        Literal["reconciler/v1"], Field(description="The version of this format.")]]
    organization: Annotated[str, Field(
        description="Id of the organization in the live store. Required in the root file.")]
    tier: Annotated[Literal["starter", "plus", "growth", "enterprise"],
                    Field(description="The plan tier.")]
    settings: SettingsDocument
    include: Annotated[list[str], Field(
        description="More files of this format, as patterns relative to the root file.")]
    manage: ManageDocument
    projects: Annotated[dict[str, NamedDocument | None], Field(
        description="Projects by id. They are created and renamed, never deleted.")]
    team_spaces: Annotated[dict[str, NamedDocument | None], Field(
        description="Team spaces by id. They are created and renamed, never deleted.")]
    teams: Annotated[list[str], Field(description="Profile labels that members may have.")]
    groups: Annotated[dict[str, GroupDocument | None], Field(description="Groups by name.")]
    defaults: DefaultsDocument
    members: Annotated[dict[str, MemberDocument | None], Field(
        description="The people, by email. Empty or null: everything at its default.")]
    departures: Annotated[dict[str, Departure], Field(
        description="People who leave, by email, and where their content goes.")]
    email_changes: Annotated[list[EmailChangeDocument], Field(
        description="People whose address changes.")]
    access_requests: Annotated[AccessRequestsDocument, Field(
        description="Decisions on people who asked to join.")]
    content_transfers: Annotated[list[ContentTransferDocument], Field(
        description="Content that goes to somebody else. Cannot be undone (R34).")]
    domain_migration: Annotated[DomainMigrationDocument, Field(
        description="The organization's addresses move to another domain.")]
    ignore_drift: Annotated[dict[str, IgnoredDriftDocument], Field(
        description="What was changed in the live store and is left alone, by selector: an email, "
                    "EMAIL/project/ID, EMAIL/group/NAME, EMAIL/role, group:NAME, setting:NAME.")]


ROOT_ONLY: Final = (
    "organization", "tier", "settings", "include", "manage", "defaults", "domain_migration",
    "ignore_drift")
SECTIONS: Final = (
    "projects", "team_spaces", "groups", "members", "departures", "ignore_drift")
"""Sections that are mappings and are merged over all files."""
LISTS: Final = ("email_changes", "content_transfers")
"""Sections that are lists of entries; those of all files are put together."""
