"""Commit statuses: what a rule for a branch may require before something is merged into it.

A status is set anew whenever something changes, and the last one counts.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.gitops.github.limits import STATUS, shortened

if TYPE_CHECKING:
    from reconciler.gitops.github.client import Client

_FORBIDDEN: Final = 403


class State(enum.StrEnum):
    """Whether something may be merged, as far as a status says it."""

    SUCCESS = "success"
    PENDING = "pending"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a status says, and why in one line."""

    state: State
    why: str


def set_status(client: Client, commit: str, context: str, status: Status, *, url: str) -> bool:
    """Set the status of this name of a commit, with a link. False where the token may not, which
    that of a fork's pull request may not. Raises GitHubError for anything else that GitHub
    refuses."""
    # What a status says is known before HTTP is: help texts take no time.
    from reconciler.gitops.github.client import GitHubError

    try:
        client.supersede(f"/statuses/{commit}", {
            "context": context, "state": status.state.value, "target_url": url,
            "description": shortened(status.why, STATUS)})
    except GitHubError as error:
        if error.status != _FORBIDDEN:
            raise
        return False
    return True
