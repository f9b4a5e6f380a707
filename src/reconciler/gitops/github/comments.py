"""One comment on a pull request, found again and edited in place.

A comment is ours when it begins with the hidden marker and was written by whoever our token is
of: anybody may write a marker, and nobody else can write as that user.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Final

from reconciler.gitops.github.client import Client, GitHubError
from reconciler.gitops.github.context import login_of
from reconciler.gitops.github.limits import COMMENT, fitted, units

_FORBIDDEN: Final = 403
_NO_ROOM: Final = "The report has no room in a comment: it is attached to the run.\n"


def marker(purpose: str, path: str) -> str:
    """The hidden line by which a text is found again: what it is for (a word of ours), and of
    which desired state of the repository, of which there may be several."""
    known = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return f"<!-- reconciler {purpose} {known} -->"


def body(mark: str, make: Callable[[int], str]) -> str:
    """The marker and below it what `make` makes of at most so many characters, within the limit
    of a comment and of an issue."""
    room = COMMENT - len(mark) - 1
    return f"{mark}\n{fitted(make, room, measure=units, instead=_NO_ROOM)}"


def put_comment(client: Client, number: int, mark: str, text: str) -> bool:
    """Write the one comment with this marker: edit it where it is there, else create it.

    False where the token may not write, which that of a fork's pull request may not.
    Raises GitHubError for anything else that GitHub refuses.
    """
    try:
        found = own(client, client.pages(f"/issues/{number}/comments"), mark)
        if found is None:
            client.create(f"/issues/{number}/comments", {"body": text})
        elif found.get("body") != text:
            client.update(f"/issues/comments/{int(found['id'])}", {"body": text})
    except GitHubError as error:
        if error.status != _FORBIDDEN:
            raise
        return False
    return True


def own(client: Client, items: Iterable[Any], mark: str) -> dict[str, Any] | None:
    """The first of the comments or issues that begins with the marker and is ours."""
    marked = [i for i in items
              if isinstance(i, dict) and str(i.get("body") or "").startswith(mark)]
    if not marked:
        return None
    me = client.whoami()
    return next((i for i in marked if login_of(i) == me), None)
