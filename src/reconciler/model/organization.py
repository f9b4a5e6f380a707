"""What an organization consists of (domain.md section 1), as frozen values."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.model.email import Email
from reconciler.model.roles import Role
from reconciler.model.values import NO_ENTRIES, FrozenMap

MAX_ID: Final = 200
"""How many characters the id of an organization, project, group or team space may have, or a team:
they are keys, which a database does not take in any length."""
MAX_TEXT: Final = 1000
"""How many characters a name for people may have."""


class Tier(enum.StrEnum):
    """Plan tiers, lowest first (domain.md section 2)."""

    STARTER = "starter"
    PLUS = "plus"
    GROWTH = "growth"
    ENTERPRISE = "enterprise"

    # As with roles: asked for of every operation.
    __hash__ = str.__hash__


class Feature(enum.StrEnum):
    """What a tier may or may not have (R03)."""

    SSO = "SSO"
    PROJECT_LEVEL_PERMISSIONS = "project-level permissions"
    GROUPS = "permission groups"

    __hash__ = str.__hash__


TIER_FEATURES: Final[dict[Tier, frozenset[Feature]]] = {
    Tier.STARTER: frozenset(),
    Tier.PLUS: frozenset(),
    Tier.GROWTH: frozenset({Feature.SSO, Feature.PROJECT_LEVEL_PERMISSIONS}),
    Tier.ENTERPRISE: frozenset(Feature),
}
TEAM_SPACE_LIMIT: Final[dict[Tier, int | None]] = {
    Tier.STARTER: 1,
    Tier.PLUS: 3,
    Tier.GROWTH: None,
    Tier.ENTERPRISE: None,
}


def tier_with(feature: Feature) -> Tier:
    """The lowest tier that has a feature."""
    return next(tier for tier in Tier if feature in TIER_FEATURES[tier])


class ReceiverAccess(enum.StrEnum):
    """How strict R32 is."""

    REQUIRE = "require"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The organization's own settings."""

    name: str = ""
    tier: Tier = Tier.STARTER
    project_level_permissions: bool = False
    access_requests: bool = False
    sso: bool = False
    managers_may_invite: bool = True
    managers_may_approve_requests: bool = False
    receiver_access: ReceiverAccess = ReceiverAccess.REQUIRE


class MemberState(enum.StrEnum):
    """Where a person stands: asked to join, invited, in."""

    REQUESTED = "requested"
    PENDING = "pending"
    JOINED = "joined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A data set with its own content."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSpace:
    """A shared place for content."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A named set of project roles and team spaces that its members get."""

    id: str
    description: str = ""
    projects: FrozenMap[str, Role] = NO_ENTRIES
    spaces: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What an invitation or an approval carries."""

    role: Role
    projects: FrozenMap[str, Role] = NO_ENTRIES
    groups: frozenset[str] = frozenset()
    spaces: frozenset[str] = frozenset()
    team: str | None = None
    default_project: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in the organization; times are UTC."""

    email: Email
    state: MemberState
    role: Role
    projects: FrozenMap[str, Role] = NO_ENTRIES
    groups: frozenset[str] = frozenset()
    spaces: frozenset[str] = frozenset()
    team: str | None = None
    default_project: str | None = None
    name: str | None = None
    requested_at: datetime | None = None
    invited_at: datetime | None = None
    invitations_sent: int = 0
    joined_at: datetime | None = None
    last_login_at: datetime | None = None

    @property
    def joined(self) -> bool:
        return self.state is MemberState.JOINED


class ContentKind(enum.StrEnum):
    """Kinds of content."""

    CHART = "chart"
    DASHBOARD = "dashboard"
    COHORT = "cohort"
    NOTEBOOK = "notebook"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentItem:
    """One piece of content; `space` None is the owner's personal space, `owner` None unassigned."""

    id: str
    kind: ContentKind
    title: str
    project: str
    space: str | None = None
    owner: Email | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The counts above the members list."""

    total: int
    joined: int
    pending: int
    requesting: int
