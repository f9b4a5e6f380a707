"""Pull requests: which one a commit came by, what it changes, and who approved what of it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from reconciler.gitops.github.client import Client, GitHubError
from reconciler.gitops.github.context import (
    Context,
    PullRequest,
    full_commit,
    login_of,
    unexpected,
)

GITHUB: Final = ".github"
WORKFLOWS: Final = (".github/workflows", ".github/actions")
"""What runs with this repository's token. Whom a review is asked of (CODEOWNERS) is not of it."""
_NOT_FOUND: Final = 404
_WRITING: Final = frozenset({"write", "admin"})
"""Whoever may maintain is said to write."""
_DECIDING: Final = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
"""States of a review that say something; a comment leaves an earlier word standing."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Review:
    """What somebody said last of a pull request: on the commit that they looked at (nothing, where
    that is gone), at that time (UTC)."""

    login: str
    approved: bool
    commit: str
    at: datetime


def pull_request_of(client: Client, context: Context) -> PullRequest | None:
    """The pull request by which the commit of a push came to its branch; None for a commit that
    came without one."""
    branch = context.event.get("ref")
    for document in client.pages(f"/commits/{context.sha}/pulls"):
        pull = PullRequest.of(document, context.repository)
        if pull.merged_as == context.sha and branch == f"refs/heads/{pull.branch}":
            return pull
    return None


def changes_workflows(client: Client, base: str, commit: str) -> bool:
    """Whether a workflow or an action below `.github` is not as it was where a commit left `base`:
    then what its runs say, attach and comment is whatever its author wanted."""
    return _workflows(client, merge_base(client, base, commit)) != _workflows(client, commit)


def merge_base(client: Client, base: str, commit: str) -> str:
    """Where a commit left `base`."""
    try:
        told = client.get(f"/compare/{base}...{commit}", per_page="1")
        return str(told["merge_base_commit"]["sha"])
    except (KeyError, TypeError) as wrong:
        raise unexpected("a comparison", wrong) from None


def _workflows(client: Client, commit: str) -> tuple[str, ...]:
    """Workflows and actions of a commit, as the ids of their trees; none where there are none."""
    below = _tree(client, commit).get(GITHUB, "")
    found = _tree(client, below) if below else {}
    return tuple(found.get(folder.rpartition("/")[2], "") for folder in WORKFLOWS)


def _tree(client: Client, which: str) -> dict[str, str]:
    tree = client.get(f"/git/trees/{which}")
    try:
        if tree["truncated"]:
            raise ValueError("it is cut off")
        return {str(e["path"]): str(e["sha"]) for e in tree["tree"]}
    except (KeyError, TypeError, ValueError) as wrong:
        raise unexpected("a tree", wrong) from None


class Order(enum.StrEnum):
    """How a commit stands to another one: it holds all that the other does, or misses some of
    that, or neither holds the other."""

    SAME = "identical"
    AHEAD = "ahead"
    BEHIND = "behind"
    APART = "diverged"


def order_of(client: Client, commit: str, *, to: str) -> Order | None:
    """How a commit stands to another one; None where GitHub does not know the other one, which may
    have been applied from elsewhere."""
    try:
        return Order(client.get(f"/compare/{to}...{commit}", per_page="1")["status"])
    except GitHubError as error:
        if error.status == _NOT_FOUND:
            return None
        raise
    except (KeyError, TypeError, ValueError) as wrong:
        raise unexpected("a comparison", wrong) from None


def may_write(client: Client, login: str) -> bool:
    """Whether somebody may write to the repository. Only of them GitHub's own rules count a review:
    whoever took over a login that was given up, and sees the repository, is nobody here."""
    try:
        path = f"/collaborators/{quote(login, safe='')}/permission"
        return str(client.get(path)["permission"]) in _WRITING
    except GitHubError as error:
        if error.status == _NOT_FOUND:
            return False
        raise
    except (KeyError, TypeError) as wrong:
        raise unexpected("a permission", wrong) from None


def tip_of(client: Client, branch: str) -> str:
    """The commit that a branch is at."""
    try:
        return full_commit(client.get(f"/git/ref/heads/{quote(branch)}")["object"]["sha"])
    except (KeyError, TypeError) as wrong:
        raise unexpected("a branch", wrong) from None


def reviews_of(client: Client, number: int) -> tuple[Review, ...]:
    """The last deciding review of each person, in order of login."""
    return last_words(client.pages(f"/pulls/{number}/reviews"))


def last_words(documents: Iterable[Any]) -> tuple[Review, ...]:
    """Of reviews as GitHub lists them, the oldest first, the last of each person that decides."""
    last: dict[str, Review] = {}
    try:
        for document in documents:
            login = login_of(document)
            if login and document["state"] in _DECIDING:
                # GitHub knows no difference of case in logins.
                last[login.lower()] = Review(
                    login=login, approved=document["state"] == "APPROVED",
                    commit=str(document["commit_id"] or ""),
                    at=datetime.fromisoformat(document["submitted_at"]))
    except (KeyError, TypeError, ValueError) as wrong:
        raise unexpected("a review", wrong) from None
    return tuple(sorted(last.values()))
