"""What was reviewed: the plan that a pull request showed, and whose approval of it still holds.

An approval on GitHub is of a commit. What somebody saw of it is the plan that was attached for that
commit when they approved: their approval holds for another plan only if nothing in that one is new.

Whoever may write to the repository may delete what is attached, and have something else attached by
another pull request of the same commit, into a branch with other workflows. Of the newest commit
that buys nothing: what is attached has to be what its files make. So the files of an earlier commit
are asked too, which its hash protects: what its pull request itself changed in them has to hold
all that is to be applied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
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
    may_write,
    merge_base,
    reviews_of,
)
from reconciler.gitops.github.writers import Writers, writers_of
from reconciler.model.accounts import GITHUB, Account, person_of
from reconciler.model.approvals import Approvals
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, LimitExceeded, Refused, Stale, Unapproved
from reconciler.planning.document import from_json
from reconciler.planning.plan import Change, Plan

PLAN_FILE: Final = "plan.json"
_TOOL: Final = re.compile(r'\A\{\s*"format_version": "[^"]*",\s*"tool_version": "([^"]*)"')
_EVENTS: Final = frozenset({"pull_request", "pull_request_review"})
_SHORT: Final = 12
_MISSING: Final = (404, 422)
_GONE: Final = "approved a commit that is gone"
PlanOf = Callable[[str], Plan]
"""Plans the files of a commit against the live store, as the plan that is to be applied was.
Raises what fetching and loading them raise."""


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
    client: Client, source: Source, commit: str, *, until: datetime | None = None
) -> Plan:
    """The plan that was attached for a commit, the newest by that time.

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
        workflows=frozenset({source.workflow}), events=_EVENTS,
        commit=commit, until=until))
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


def refuse_unreviewed(
    reviewed: Plan, plan: Plan, number: int, *, holds: Callable[[Change], bool]
) -> None:
    """Raise Stale unless a plan has exactly the changes that a pull request showed, but for those
    whose outcome `holds` in the live store: those of a merge that was not applied yet when the
    plan was shown, for example."""
    new = new_since(reviewed, plan)
    gone = tuple(c for c in new_since(plan, reviewed) if not holds(c))
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
    accounts: Collection[Account], *, independent: bool, plan_of: PlanOf,
) -> Verdict:
    """What the reviews of a pull request amount to for a plan. `accounts` are those of the live
    organization, which the pull request cannot have written; with `independent` nobody who wrote
    some of it approves. `plan_of` is asked where an approval of an earlier commit would count.

    Raises what asking GitHub raises; an approval whose plan cannot be read counts for nothing.
    """
    author, unknown = _person(pull.author, accounts)
    writers = _of_nobody(writers_of(client, pull), accounts) if independent else Writers()
    held = _Held(client=client, plan=plan, source=source, head=pull.head,
                 plan_of=cache(plan_of))
    words = []
    for review in reviews_of(client, pull.number):
        person, why = _person(review.login, accounts)
        if not review.approved:
            why = "approves no longer, or asks for changes"
        elif person is not None and (wrote := writers.against(review.login)):
            why = wrote
        elif person is not None:
            why = held.against(review) or _outside(client, review.login)
        words.append(Word(login=review.login, person=person, counts=not why,
                          why=why or f"approves, at {review.commit[:_SHORT]}"))
    approvers = frozenset(w.person for w in words if w.counts and w.person is not None)
    return Verdict(approvals=Approvals(author=author, approvers=approvers), words=tuple(words),
                   author=unknown)


def _outside(client: Client, login: str) -> str:
    """Why the word of an account does not count, whoever it is; nothing where it does."""
    return "" if may_write(client, login) else (
        "may not write to this repository, and of nobody else a review counts there")


def _of_nobody(writers: Writers, accounts: Collection[Account]) -> Writers:
    """The writers, with whose push nobody knows: it may have been anybody's who approves."""
    strangers = sorted(w for w in writers.pushed if _person(w, accounts)[0] is None)
    if writers.unknown or not strangers:
        return writers
    return replace(writers, unknown=(
        f"{strangers[0]} pushed to its branch, and nobody knows whose account that is (state it "
        "under accounts, or propose it from a new branch)"))


def _person(login: str, accounts: Collection[Account]) -> tuple[Email | None, str]:
    """Whose account it is, or why nobody knows."""
    if not login:
        return None, "the account is gone"
    try:
        return person_of(f"{GITHUB}:{login}", accounts), ""
    except InvalidInput as error:
        return None, f"{error.what} ({error.how})" if error.how else error.what


@dataclass(kw_only=True)
class _Held:
    """Approvals, held against a plan."""

    client: Client
    plan: Plan
    source: Source
    head: str
    plan_of: PlanOf
    _attached: dict[tuple[str, datetime], str] = field(default_factory=dict)

    def against(self, review: Review) -> str:
        """Why an approval does not hold for the plan; nothing where it does."""
        if not review.commit:
            return _GONE
        key = (review.commit, review.at)
        if key not in self._attached:
            self._attached[key] = _words(partial(self._attached_at, *key))
        if self._attached[key] or review.commit == self.head:
            return self._attached[key]
        return _words(partial(self._files_of, review.commit))

    def _attached_at(self, commit: str, at: datetime) -> str:
        shown = reviewed_plan(self.client, self.source, commit, until=at)
        return _new_in(self.plan, shown, f"approved the plan of {commit[:_SHORT]}, in which")

    def _files_of(self, commit: str) -> str:
        """Against what a commit itself proposes: what was declared where it left `base`, and is
        live no more, is not of it."""
        left = merge_base(self.client, self.source.base, commit)
        before, after = self._sound(left), self._sound(commit)
        own = replace(after, changes=new_since(before, after))
        return _new_in(self.plan, own, f"approved {commit[:_SHORT]}, in whose own files")

    def _sound(self, commit: str) -> Plan:
        plan = self.plan_of(commit)
        if plan.refused:
            wrong = next(f for f in plan.findings if f.severity == "error")
            raise Refused(f"the files of {commit[:_SHORT]} are refused now ({wrong.rule}, "
                          f"{wrong.subject or 'all of it'})")
        return plan


def _words(look: Callable[[], str]) -> str:
    """What looking finds against an approval, also where there is nothing left to look at."""
    try:
        return look()
    except GitHubError as error:
        if error.status not in _MISSING:
            raise
        return _GONE
    except (InvalidInput, LimitExceeded, Refused, Stale, Unapproved) as error:
        return f"approved something that nobody can tell any more: {error.what}"


def _new_in(plan: Plan, approved: Plan, where: str) -> str:
    new = new_since(approved, plan)
    if not new:
        return ""
    first = f"{new[0].operation.kind.replace('-', ' ')} ({new[0].operation.subject})"
    return (f"{where} {len(new):,} of the changes {'is' if len(new) == 1 else 'are'} not, "
            f"beginning with {first}")
