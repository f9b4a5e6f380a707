"""Where in the YAML a change comes from."""

from __future__ import annotations

from reconciler.desired.places import locate
from reconciler.desired.state import DesiredGroup, DesiredMember, DesiredState
from reconciler.model.finding import Location


def in_member(state: DesiredState, member: DesiredMember, *path: str) -> Location:
    """The line of a field of a declared member, or of the member where it has no such line."""
    return locate(state, "members", member.email, path)


def in_group(state: DesiredState, group: DesiredGroup, *path: str) -> Location:
    """The line of a field of a declared group, or of the group."""
    return locate(state, "groups", group.id, path)
