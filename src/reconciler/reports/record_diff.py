"""What differs between two images of one record, field by field: the one use of deepdiff."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.model.images import EXPECTED


class FieldChange(NamedTuple):
    """One field: its path, its value before and after (None: it is not there)."""

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.path}: {_shown(self.before)} -> {_shown(self.after)}"


def record_diff(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[FieldChange]:
    """The fields that differ, in order of path; the order within lists never matters. What a
    before-image only expects is no difference."""
    old, new = dict(before or {}), dict(after or {})
    for key in EXPECTED:
        old.pop(key, None)
    if not any(isinstance(v, (dict, list)) for v in (*old.values(), *new.values())):
        return [FieldChange(key, old.get(key), new.get(key))
                for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
    from deepdiff import DeepDiff

    found = DeepDiff(old, new, ignore_order=True, view="tree", verbose_level=2)
    changes = []
    for kind, items in found.items():
        for item in items:
            path = ".".join(str(part) for part in item.path(output_format="list"))
            added, removed = kind.endswith("_added"), kind.endswith("_removed")
            if kind.startswith("iterable_item"):
                # A place in a set means nothing: name the list alone.
                path = path.rpartition(".")[0]
            changes.append(FieldChange(path, None if added else item.t1,
                                       None if removed else item.t2))
    return sorted(changes, key=lambda c: (c.path, _shown(c.before), _shown(c.after)))


_LONGEST = 10
"""Of more entries than this in one value only their number is said."""


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (dict, list)) and len(value) > _LONGEST:
        return f"{len(value):,} entries"
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
