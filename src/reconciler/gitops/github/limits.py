"""GitHub's limits, and texts made to fit them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

COMMENT: Final = 65_536
"""Characters in the body of a comment or an issue."""
STATUS: Final = 140
"""Characters in the description of a commit status."""
SUMMARY: Final = 1024 * 1024
"""Bytes that one step may add to the summary of its job."""
ANNOTATIONS: Final = 10
"""Annotations of one type that are kept of one step."""
_LEAST: Final = 4_000


def units(text: str) -> int:
    """The length of a text in units of UTF-16: at least as many as in any way GitHub may count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def octets(text: str) -> int:
    """The length of a text in bytes."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def shortened(text: str, room: int) -> str:
    """A text of at most so many units of UTF-16, with a sign where it was cut off."""
    if units(text) <= room:
        return text
    size, kept = 1, []
    for character in text:
        size += units(character)
        if size > room:
            break
        kept.append(character)
    return f"{''.join(kept)}…"


def fitted(
    make: Callable[[int], str], room: int, *, measure: Callable[[str], int], instead: str
) -> str:
    """What `make` makes of at most so many characters, made smaller until it measures at most
    `room`; `instead` where even the least that says something does not fit."""
    limit = room
    while limit >= min(_LEAST, room):
        text = make(limit)
        size = measure(text)
        if size <= room:
            return text
        # Smaller by its share, and by a twentieth at least: it ends.
        limit = min(limit * room // size, limit * 19 // 20)
    return instead
