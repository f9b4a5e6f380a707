"""Who owns a file, as GitHub reads CODEOWNERS: the last line that matches."""

from __future__ import annotations

import re


def owners_of(text: str, path: str) -> list[str]:
    """The owners of a file, its path as seen from the root of the repository."""
    found: list[str] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        pattern, *owners = re.split(r"(?<!\\) ", line)
        if pattern == "*" or pattern.replace("\\ ", " ") == f"/{path}":
            found = owners
    return found
