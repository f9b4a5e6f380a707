"""The published shape of a file, as TypedDicts: pydantic validates with them, the JSON Schema is
generated from them, and the explanations of `explain` walk them."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Required

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

API_VERSION: Final = "reconciler/v1"
_STRICT: Final = ConfigDict(extra="forbid", strict=True)

OrganizationRole = Literal["user", "viewer", "member", "manager", "admin"]
ProjectRole = Literal["viewer", "member", "manager", "admin"]
Mode = Literal["authoritative", "additive", "ignore"]


@with_config(_STRICT)
class GrantDocument(TypedDict, total=False):
    """A project role with more to say about it."""

    role: Required[Annotated[ProjectRole, Field(description="The role on the project.")]]
    reason: Annotated[str, Field(description="Why, for whoever reads the file.")]


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
class MemberDocument(TypedDict, total=False):
    """A member. role, groups, projects: absent means the default. The others: absent means not
    managed, null or [] means clear it."""

    name: Annotated[str | None, Field(description="The person's name.")]
    role: Annotated[OrganizationRole, Field(
        description="The organization role: user or admin with project-level permissions on; "
                    "viewer, member, manager or admin with them off.")]
    team: Annotated[str | None, Field(description="The team, one of `teams`.")]
    groups: Annotated[list[str], Field(description="The groups the member is in.")]
    projects: Annotated[ProjectRoles, Field(description="Direct roles by project.")]
    default_project: Annotated[
        str | None, Field(description="The project shown first; the member must reach it (R05).")]
    team_spaces: Annotated[
        list[str] | None, Field(description="Team spaces of the member's own.")]


@with_config(_STRICT)
class DefaultsDocument(TypedDict, total=False):
    """What a member gets for a field that it does not state."""

    role: Annotated[OrganizationRole, Field(description="The organization role.")]
    team: Annotated[str | None, Field(description="The team.")]
    groups: Annotated[list[str], Field(description="The groups.")]
    projects: Annotated[ProjectRoles, Field(description="Direct roles by project.")]
    default_project: Annotated[str | None, Field(description="The project shown first.")]
    team_spaces: Annotated[list[str] | None, Field(description="Team spaces.")]


@with_config(_STRICT)
class TransferDeparture(TypedDict, total=False):
    """Somebody leaves, and their content goes to somebody."""

    transfer_content_to: Required[Annotated[
        str, Field(description="Email of the member who receives the content.")]]
    reason: Annotated[str, Field(description="Why, for whoever reads the file.")]


@with_config(_STRICT)
class LeaveDeparture(TypedDict, total=False):
    """Somebody leaves, and their content stays behind without an owner."""

    leave_content: Required[Annotated[
        Literal["unassigned"], Field(description="The content becomes unassigned.")]]
    reason: Annotated[str, Field(description="Why, for whoever reads the file.")]


Departure = TransferDeparture | LeaveDeparture


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


ROOT_ONLY: Final = ("organization", "tier", "settings", "include", "manage", "defaults")
SECTIONS: Final = ("projects", "team_spaces", "groups", "members", "departures")
"""Sections that are mappings and are merged over all files."""

NOT_YET: Final = (
    "email_changes", "access_requests", "content_transfers", "domain_migration", "until")
"""Keys of the format's future: refused wherever they stand."""
