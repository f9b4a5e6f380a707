"""Pull requests: which one a commit came by, who wrote it, and who approved what of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from reconciler.gitops.github.client import Client
from reconciler.gitops.github.context import Context, PullRequest, login_of, unexpected

WORKFLOWS: Final = ".github"
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


def writers_of(client: Client, number: int) -> frozenset[str]:
    """Logins of whoever wrote or committed one of its commits, as far as GitHub knows them."""
    try:
        return frozenset(
            str(person["login"]) for each in client.pages(f"/pulls/{number}/commits")
            for person in (each["author"], each["committer"]) if person and "login" in person)
    except (KeyError, TypeError) as wrong:
        raise unexpected("a commit", wrong) from None


def changes_workflows(client: Client, base: str, commit: str) -> bool:
    """Whether anything below `.github` is not as it was where a commit left `base`: then what its
    runs say, attach and comment is whatever its author wanted."""
    try:
        left = client.get(f"/compare/{base}...{commit}", per_page="1")["merge_base_commit"]["sha"]
        return _workflows(client, left) != _workflows(client, commit)
    except (KeyError, TypeError) as wrong:
        raise unexpected("a comparison", wrong) from None


def _workflows(client: Client, commit: str) -> str:
    """What is below `.github` in a commit, as the id of its tree; nothing where there is none."""
    tree = client.get(f"/git/trees/{commit}")
    if tree["truncated"]:
        raise unexpected("a tree", ValueError("it is cut off"))
    return next((str(e["sha"]) for e in tree["tree"] if e["path"] == WORKFLOWS), "")


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
