"""Roles and their order (domain.md section 1)."""

from __future__ import annotations

import enum
from typing import Final


class Role(enum.StrEnum):
    """An organization role or a project role.

    With project-level permissions off, an organization role is viewer, member, manager or admin;
    with them on it is user or admin (R04). A project role is never user.
    """

    USER = "user"
    VIEWER = "viewer"
    MEMBER = "member"
    MANAGER = "manager"
    ADMIN = "admin"

    # Enum hashes by name in Python code; roles are hashed and compared in the hottest loops.
    __hash__ = str.__hash__


RANK: Final[dict[Role, int]] = {role: rank for rank, role in enumerate(Role)}

PROJECT_ROLES: Final = (Role.VIEWER, Role.MEMBER, Role.MANAGER, Role.ADMIN)
ORGANIZATION_ROLES_WITH_PROJECTS: Final = (Role.USER, Role.ADMIN)
ORGANIZATION_ROLES_WITHOUT_PROJECTS: Final = PROJECT_ROLES


def organization_roles(project_level_permissions: bool) -> tuple[Role, ...]:
    """The organization roles that exist in this mode, lowest first (R04)."""
    if project_level_permissions:
        return ORGANIZATION_ROLES_WITH_PROJECTS
    return ORGANIZATION_ROLES_WITHOUT_PROJECTS


def default_role(project_level_permissions: bool) -> Role:
    """What an invitation without a role gives: the lowest role of the mode."""
    return organization_roles(project_level_permissions)[0]


def converted_role(role: Role, project_level_permissions: bool) -> Role:
    """The organization role somebody has after the switch was set to this value.

    Admins stay admins; everybody else falls to the lowest role of the new mode, so that turning
    the switch never gives anybody more than they had.
    """
    if role in organization_roles(project_level_permissions):
        return role
    return default_role(project_level_permissions)


def highest(left: Role | None, right: Role | None) -> Role | None:
    """The higher of two roles, where None is no role at all."""
    if left is None:
        return right
    if right is None:
        return left
    return left if RANK[left] >= RANK[right] else right


def at_least(role: Role | None, floor: Role) -> bool:
    """Whether a role reaches the floor; no role reaches nothing."""
    return role is not None and RANK[role] >= RANK[floor]
