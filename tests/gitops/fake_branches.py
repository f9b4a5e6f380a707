"""The branches of the GitHub of the tests, and who did what to them, as its activity list tells."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

MAIN = "f" * 40
"""The commit that main begins at."""
NOTHING = "0" * 40
"""What a branch is at before it is made, and after it is deleted."""
Json = dict[str, Any]


class Branches:
    """`at` is where each is. Whoever does something is a login; None: nobody that GitHub knows."""

    def __init__(self, now: Callable[[], str], next_id: Callable[[], int]) -> None:
        self.at = {"main": MAIN}
        self.activities: list[Json] = []
        self._now, self._next_id = now, next_id

    def make(self, name: str, head: str, by: str | None, *, kind: str = "branch_creation") -> None:
        """Make a branch at a commit. To restore a deleted one is the same."""
        assert name not in self.at, f"{name} is there"
        self._happened(kind, name, by, NOTHING, head)

    def move(self, name: str, head: str, by: str | None, *, kind: str = "push") -> None:
        """Push to a branch."""
        self._happened(kind, name, by, self.at[name], head)

    def delete(self, name: str, by: str | None) -> None:
        """Delete a branch: what happened to it stays in the list."""
        self._happened("branch_deletion", name, by, self.at[name], NOTHING)

    def _happened(self, kind: str, name: str, by: str | None, before: str, after: str) -> None:
        self.at[name] = after
        if after == NOTHING:
            del self.at[name]
        made = self._next_id()
        self.activities.append({
            "id": made, "node_id": f"PSH_{made}", "before": before, "after": after,
            "ref": f"refs/heads/{name}", "timestamp": self._now(), "activity_type": kind,
            "actor": by and {"login": by, "type": "User"}})

    def listed(self, query: dict[str, str], most: int) -> tuple[list[Json], str]:
        """A page of the list, and the cursor of the next one (nothing: it is the last). A `page`
        means nothing here."""
        found = self.activities[::-1] if query.get("direction", "desc") == "desc" \
            else self.activities
        if "ref" in query:
            ref = f"refs/heads/{query['ref'].removeprefix('refs/heads/')}"
            found = [a for a in found if a["ref"] == ref]
        if "after" in query:
            found = found[[_cursor(a) for a in found].index(query["after"]) + 1:]
        size = min(most, int(query.get("per_page", 30)))
        return found[:size], _cursor(found[size - 1]) if len(found) > size else ""


def _cursor(activity: Json) -> str:
    """Opaque, and with characters that are to be escaped in an address."""
    return base64.b64encode(f"cursor:v2:{activity['timestamp']}?{activity['id']}".encode()).decode()
