"""Digests of what a member holds, so that equal members are recognised without being read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import blake2b

_UNIT = "\x1f"
_RECORD = "\x1e"


def grants_digest(projects: Mapping[str, str], groups: Collection[str]) -> str:
    """Of direct project roles and group memberships; empty for none of either."""
    if not projects and not groups:
        return ""
    # Added up, not formatted: roles are no plain texts, and formatting them costs twice as much.
    roles = [project + "=" + projects[project] for project in sorted(projects)]
    return _digest(_UNIT.join(roles) + _RECORD + _UNIT.join(sorted(groups)))


def spaces_digest(spaces: Collection[str]) -> str:
    """Of a member's own team spaces; empty for none."""
    return _digest(_UNIT.join(sorted(spaces))) if spaces else ""


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
