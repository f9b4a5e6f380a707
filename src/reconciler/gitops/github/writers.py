"""Who wrote a pull request: whom its commits name, and who pushed to its branch.

Git writes whatever name it is told, so that the names in commits can add a writer and never clear
one. Who pushed is what GitHub has seen itself. Where it cannot tell all of it, nobody is known not
to have written: whoever slipped in a commit must not be the one who approves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile, pairwise
from typing import Any, Final

from reconciler.gitops.github.client import Client
from reconciler.gitops.github.context import PullRequest, unexpected

LISTED: Final = 250
"""GitHub lists no more commits of a pull request, however many it has."""
_SHORT: Final = 12
_ANEW: Final = "propose it from a new branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    """Logins in small letters, because GitHub knows no difference of case in them; without the
    author, of whom L11 says it. `unknown` is why there may be others; nothing where all are known.
    """

    named: frozenset[str] = frozenset()
    pushed: frozenset[str] = frozenset()
    unknown: str = ""

    def against(self, login: str) -> str:
        """Why somebody is not known to be independent of it; nothing where they are."""
        if login.lower() in self.named:
            return "wrote a commit of it"
        return "pushed to its branch" if login.lower() in self.pushed else self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What happened to a branch: from which commit to which, at what time (UTC), and by whom
    (nothing where GitHub does not know). A branch that is made or restored comes from no commit."""

    actor: str
    before: str
    after: str
    at: datetime
    made: bool
    deleted: bool

    @staticmethod
    def of(document: Any) -> Activity:
        """Out of GitHub's JSON. Raises InvalidInput where it is not as documented."""
        try:
            kind, before = document["activity_type"], str(document["before"])
            return Activity(
                actor=str((document["actor"] or {}).get("login") or ""), before=before,
                after=str(document["after"]), at=datetime.fromisoformat(document["timestamp"]),
                # A push can make a branch too: then the commit that it comes from alone says it.
                made=kind == "branch_creation" or set(before) == {"0"},
                deleted=kind == "branch_deletion")
        except (KeyError, TypeError, ValueError, AttributeError) as wrong:
            raise unexpected("an activity", wrong) from None


def writers_of(client: Client, pull: PullRequest) -> Writers:
    """Who wrote a pull request of this repository. Raises what asking GitHub raises."""
    commits = tuple(client.pages(f"/pulls/{pull.number}/commits"))
    if len(commits) >= LISTED:
        return Writers(unknown=f"it has {LISTED} commits or more, too many to tell who wrote them "
                               "(propose it in smaller pull requests)")
    done = leading_to(pull, activities(client, pull.head_branch))
    author = {pull.author.lower()}
    return Writers(
        named=_named(commits) - author, unknown=_unknown(pull, done),
        pushed=frozenset(a.actor.lower() for a in done if a.actor and not a.deleted) - author)


def activities(client: Client, branch: str) -> Iterator[Activity]:
    """What happened to a branch and to those that had its name before, the newest first."""
    for document in client.pages("/activity", ref=f"refs/heads/{branch}", direction="desc"):
        yield Activity.of(document)


def leading_to(pull: PullRequest, newest_first: Iterable[Activity]) -> tuple[Activity, ...]:
    """Of what happened to its branch what led to a pull request, the newest first.

    What came after its last commit belongs to others, and so does what came before the branch was
    made that it was opened from. Since then the name is enough: a branch that somebody deletes and
    somebody else restores holds what was pushed to it before.
    """
    found = []
    for activity in dropwhile(lambda a: a.after != pull.head, newest_first):
        found.append(activity)
        if activity.made and activity.at <= pull.opened:
            break
    return tuple(found)


def _named(commits: Iterable[Any]) -> frozenset[str]:
    """Authors and committers, as far as GitHub knows whose their addresses are."""
    try:
        return frozenset(
            str(person["login"]).lower() for commit in commits
            for person in (commit["author"], commit["committer"]) if person and "login" in person)
    except (KeyError, TypeError) as wrong:
        raise unexpected("a commit", wrong) from None


def _unknown(pull: PullRequest, done: tuple[Activity, ...]) -> str:
    """What GitHub does not tell of how a branch came to where it is; nothing where it tells all."""
    branch = pull.head_branch
    if not done:
        return (f"GitHub tells of no push of {pull.head[:_SHORT]} to {branch}, so that nobody can "
                "tell who wrote it (give the job the permission contents: read, and run it again; "
                f"if that does not help, {_ANEW})")
    for later, earlier in pairwise(done):
        if later.before != earlier.after:
            return _gap(later, branch)
    if not done[-1].made:
        return _gap(done[-1], branch)
    for activity in done:
        if not activity.actor and not activity.deleted:
            return (f"GitHub does not tell who pushed {activity.after[:_SHORT]} to {branch}, so "
                    f"that nobody can tell who wrote it ({_ANEW})")
    return ""


def _gap(later: Activity, branch: str) -> str:
    return (f"GitHub does not tell who pushed what {branch} had before {later.after[:_SHORT]}, so "
            f"that nobody can tell who wrote it ({_ANEW})")
