"""What was reviewed: the plan that a pull request showed, and whose approval of it still holds.

An approval on GitHub is of a commit. What somebody saw of it is the plan that was attached for that
commit when they approved: their approval holds for another plan only if nothing in that one is new.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Final

from reconciler.applying.approvals import new_since
from reconciler.gitops.github.artifacts import Origin, newest, unpacked
from reconciler.gitops.github.client import Client, GitHubError
from reconciler.gitops.github.context import PullRequest
from reconciler.gitops.github.pulls import (
    WORKFLOWS,
    Review,
    changes_workflows,
    reviews_of,
)
from reconciler.gitops.github.writers import Writers, writers_of
from reconciler.model.accounts import GITHUB, Account, person_of
from reconciler.model.approvals import Approvals
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, Stale, Unapproved
from reconciler.planning.document import from_json
from reconciler.planning.plan import Plan

PLAN_FILE: Final = "plan.json"
_TOOL: Final = re.compile(r'\A\{\s*"format_version": "[^"]*",\s*"tool_version": "([^"]*)"')
_SHORT: Final = 12
_GONE: Final = (404, 422)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where plans of pull requests are attached: under which name (the commit is put behind it),
    by which workflow, and for which organization they must be. `base` is a commit without any of
    the changes that are reviewed."""

    artifact: str
    workflow: str
    organization: str
    base: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Word:
    """What became of the word of one reviewer, in words. `person` None: nobody knows whose account
    it is."""

    login: str
    person: Email | None
    counts: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the reviews of a pull request amount to for one plan."""

    approvals: Approvals
    words: tuple[Word, ...]
    author: str
    """What is to be said of the author; nothing where they are known."""


def reviewed_plan(
    client: Client, source: Source, commit: str, *, until: datetime | None = None,
    one_run: bool = False,
) -> Plan:
    """The plan that was attached for a commit, the newest by that time; with `one_run` only where
    no other run attached one: another pull request of the same commit, into a branch with other
    workflows, could have attached anything.

    Raises Unapproved where there is none that may be taken, InvalidInput where it is no plan of
    this commit and organization, and Stale where it was altered or made by another version.
    """
    if changes_workflows(client, source.base, commit):
        raise Unapproved(
            f"{commit[:_SHORT]} changes something below {' or '.join(WORKFLOWS)}, so that nobody "
            "can tell what its reviewers were shown",
            how="propose changes of workflows in a pull request of their own, that changes no "
                "access")
    name = f"{source.artifact}-{commit}"
    what = f"the plan of {commit[:_SHORT]}"
    search = newest(client, name, Origin(
        workflows=frozenset({source.workflow}), events=frozenset({"pull_request"}),
        commit=commit, until=until), one_run=one_run)
    if search.found is None:
        why = f" ({'; '.join(search.passed_over)})" if search.passed_over else ""
        raise Unapproved(
            f"no plan is attached for {commit[:_SHORT]}{why}",
            how="push a commit to a branch of this repository, so that it is planned, and have "
                "that reviewed")
    try:
        text = unpacked(client, search.found, PLAN_FILE).decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"{what} is no UTF-8 text", how="run the workflow plan again") from None
    plan = from_json(text)
    made_by = _TOOL.match(text)
    if made_by is None or made_by[1] != version("reconciler"):
        raise Stale(f"{what} was made by version {made_by[1] if made_by else 'unknown'}, and this "
                    f"is {version('reconciler')}",
                    how="have it planned by the version that applies: push a commit, and review "
                        "that plan")
    if plan.organization != source.organization:
        raise InvalidInput(
            f"{what} is for {plan.organization}, not for {source.organization}",
            how="give each organization of a repository an --artifact name of its own")
    if plan.commit != commit:
        raise InvalidInput(f"{what} says that it is of {(plan.commit or 'no commit')[:_SHORT]}",
                           how="run the workflow plan again")
    return plan


def refuse_unreviewed(reviewed: Plan, plan: Plan, number: int) -> None:
    """Raise Stale unless a plan has exactly the changes that a pull request showed."""
    new, gone = new_since(reviewed, plan), new_since(plan, reviewed)
    if not new and not gone:
        return
    said = [f"{len(each):,} {what}, beginning with {each[0].operation.kind.replace('-', ' ')} "
            f"({each[0].operation.subject})" for each, what in (
                (new, "to be made that it did not have"), (gone, "that it had and that are not"),
            ) if each]
    raise Stale(
        f"the changes are not those that pull request {number} showed: {'; '.join(said)}",
        how="if an earlier merge was never applied, run its workflow again, and then this one; "
            "else somebody changed the live store since the review: open a pull request on what "
            "is left to do")


def verdict(
    client: Client, pull: PullRequest, plan: Plan, source: Source,
    accounts: Collection[Account], *, independent: bool,
) -> Verdict:
    """What the reviews of a pull request amount to for a plan. `accounts` are those of the live
    organization, which the pull request cannot have written; with `independent` nobody who wrote
    some of it approves.

    Raises what asking GitHub raises; an approval whose plan cannot be read counts for nothing.
    """
    author, unknown = _person(pull.author, accounts)
    writers = writers_of(client, pull) if independent else Writers()
    seen: dict[tuple[str, datetime], str] = {}
    words = []
    for review in reviews_of(client, pull.number):
        person, why = _person(review.login, accounts)
        if not review.approved:
            why = "approves no longer, or asks for changes"
        elif person is not None and (wrote := writers.against(review.login)):
            why = wrote
        elif person is not None:
            why = _fell(client, review, plan, source, seen, pull.head)
        words.append(Word(login=review.login, person=person, counts=not why,
                          why=why or f"approves, at {review.commit[:_SHORT]}"))
    approvers = frozenset(w.person for w in words if w.counts and w.person is not None)
    return Verdict(approvals=Approvals(author=author, approvers=approvers), words=tuple(words),
                   author=unknown)


def _person(login: str, accounts: Collection[Account]) -> tuple[Email | None, str]:
    """Whose account it is, or why nobody knows."""
    if not login:
        return None, "the account is gone"
    try:
        return person_of(f"{GITHUB}:{login}", accounts), ""
    except InvalidInput as error:
        return None, f"{error.what} ({error.how})" if error.how else error.what


def _fell(
    client: Client, review: Review, plan: Plan, source: Source,
    seen: dict[tuple[str, datetime], str], head: str,
) -> str:
    """Why an approval does not hold for a plan; nothing where it does."""
    key = (review.commit, review.at)
    if not review.commit:
        return "approved a commit that is gone"
    if key not in seen:
        try:
            # Of an earlier commit nothing else tells what was shown than what is attached for it.
            approved = reviewed_plan(client, source, review.commit, until=review.at,
                                     one_run=review.commit != head)
        except GitHubError as error:
            if error.status not in _GONE:
                raise
            seen[key] = "approved a commit that is gone"
        except (InvalidInput, Stale, Unapproved) as error:
            seen[key] = f"approved something that nobody can tell any more: {error.what}"
        else:
            seen[key] = _new_in(plan, approved, review.commit)
    return seen[key]


def _new_in(plan: Plan, approved: Plan, commit: str) -> str:
    new = new_since(approved, plan)
    if not new:
        return ""
    first = f"{new[0].operation.kind.replace('-', ' ')} ({new[0].operation.subject})"
    return (f"approved the plan of {commit[:_SHORT]}, in which {len(new):,} of the changes "
            f"{'is' if len(new) == 1 else 'are'} not, beginning with {first}")
