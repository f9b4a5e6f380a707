"""One issue: opened when there is something to tell, kept up to date, closed when there is not."""

from __future__ import annotations

import enum
from typing import Any, Final, NamedTuple

from reconciler.gitops.github.client import Client
from reconciler.gitops.github.comments import own

_TITLE: Final = 256
"""Characters in a title."""


class Done(enum.Enum):
    """What became of the issue."""

    OPENED = "opened"
    UPDATED = "updated"
    UNCHANGED = "left as it is"
    CLOSED = "closed"
    NONE = "not needed"


class Issue(NamedTuple):
    """What became of it, its number (0: there is none), and where to read it."""

    done: Done
    number: int = 0
    url: str = ""


def report_issue(client: Client, mark: str, *, title: str, text: str) -> Issue:
    """Open the issue with this marker, or bring the open one up to date."""
    found = _open_one(client, mark)
    title = title if len(title) <= _TITLE else f"{title[:_TITLE - 1]}…"
    values = {"title": title, "body": text}
    if found is None:
        made = client.create("/issues", values)
        return Issue(Done.OPENED, int(made["number"]), str(made.get("html_url") or ""))
    number, url = int(found["number"]), str(found.get("html_url") or "")
    if (found.get("title"), found.get("body")) == (title, text):
        return Issue(Done.UNCHANGED, number, url)
    client.update(f"/issues/{number}", values)
    return Issue(Done.UPDATED, number, url)


def close_issue(client: Client, mark: str, *, why: str) -> Issue:
    """Close the open issue with this marker, and say why; none may be open."""
    found = _open_one(client, mark)
    if found is None:
        return Issue(Done.NONE)
    number = int(found["number"])
    client.create(f"/issues/{number}/comments", {"body": why})
    client.update(f"/issues/{number}", {"state": "closed", "state_reason": "completed"})
    return Issue(Done.CLOSED, number, str(found.get("html_url") or ""))


def _open_one(client: Client, mark: str) -> dict[str, Any] | None:
    """The oldest there is: should two runs have opened one each, both find the same."""
    issues = client.pages("/issues", state="open", sort="created", direction="asc")
    return own(client, (i for i in issues if "pull_request" not in i), mark)
