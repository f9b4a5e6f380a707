"""Small words of all reports: counts, names, lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

_PLAIN_NAME = re.compile(r"[^\W_][\w.@+:/*%#&'=?^`{}~!$-]*\Z")
_PLURALS = {"person": "people"}


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 item`, `1,682 items`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {plural or _PLURALS.get(noun) or _plural(noun)}"


# The names of an organization are few, and said again of every person.
@lru_cache(maxsize=1 << 14)
def named(name: str) -> str:
    """A name as it stands in a sentence: quoted where it could be read as part of it."""
    if _PLAIN_NAME.match(name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quoted(text: str | None) -> str:
    """Free text in quotes; none for None."""
    if text is None:
        return "none"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def listed(items: Sequence[str], *, most: int = 0) -> str:
    """`a, b and 3 more`; `most` 0 lists all."""
    if most and len(items) > most + 1:
        return f"{', '.join(items[:most])} and {len(items) - most:,} more"
    return ", ".join(items)


def content(counts: dict[str, dict[str, int]]) -> str:
    """`8 charts and 1 cohort in web; 2 charts in mobile` of {project: {kind: count}}."""
    return "; ".join(
        f"{_and([counted(n, kind) for kind, n in kinds.items()])} in {named(project)}"
        for project, kinds in counts.items()
    )


def content_total(counts: dict[str, dict[str, int]]) -> int:
    """How many items those counts are."""
    return sum(sum(kinds.values()) for kinds in counts.values())


def _and(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith("s") else "s")
