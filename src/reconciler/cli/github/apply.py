"""`reconciler github apply`: what was merged, if it is what was reviewed and approved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from reconciler.cli.github.given import WRITES, acting_for, given_store, given_store_option
from reconciler.cli.github.reviewing import (
    Judged,
    attached_options,
    judge,
    plan_of_commit,
    review_markdown,
    terms_of,
    verdict_first,
    way_of,
)
from reconciler.cli.github.telling import (
    Make,
    Run,
    annotate_error,
    as_markdown,
    as_warning,
    comment,
    failure,
    foot,
    summarize,
    this_run,
)
from reconciler.cli.options import actor_option, color_option, organization_option
from reconciler.cli.output import result
from reconciler.cli.patience import working
from reconciler.cli.places import placing
from reconciler.cli.planning import Planned, plan_path, refuse, viewing
from reconciler.cli.reports import Medium, print_report
from reconciler.cli.session import now
from reconciler.cli.terms import policy_option
from reconciler.gitops.github.context import PullRequest
from reconciler.gitops.github.files import add_outputs
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, ReconcilerError, Stale, Unapproved
from reconciler.model.images import image
from reconciler.model.operations import AllowLimit
from reconciler.model.world import World
from reconciler.reports.escape import for_markdown, for_terminal
from reconciler.reports.words import counted

if TYPE_CHECKING:
    from reconciler.applying.apply import Applied

ANEW = "propose what is to be done as a pull request of its own"
LATE = "if a pull request was merged, run this again: GitHub may tell of that late"
REST = "the log of the run and reconciler history show all of it"


_MOST_ASKED: Final = 20
"""Commits that were applied, until one is found that the branch has."""


class _Ways(NamedTuple):
    """Where to find what was reviewed."""

    artifact: str
    workflow: str


@click.command()
@click.argument("path", metavar="PATH")
@attached_options
@policy_option
@given_store_option
@organization_option
@actor_option
@color_option
def apply(
    path: str, *, artifact: str, workflow: str, policy_file: str | None,
    store_url: str, organization: str | None, actor: Email | None,
) -> None:
    """Apply what was merged: a step of a workflow `on: push` to the main branch.

    The pull request of the commit is found, with the plan that was attached for its last commit.
    PATH is planned afresh, and only if its changes are exactly those of the reviewed plan, and the
    people whose latest review approves it may approve each of them (L11), all of it is applied. An
    approval that was given on an earlier commit holds if nothing in the plan is new since. The
    outcome is written as one comment on the pull request.

    A commit that came without a pull request is applied only if it changes nothing, and where
    approvals are required only if it declares what the last run left.

    Outputs for later steps: `organization`, `changes` (how many were made) and `run` (its id).

    \b
    Exit codes: 0 done, 3 malformed input, 4 a rule refuses it, 5 not reviewed or not approved,
    6 the changes are not those that were reviewed, 7 a limit was hit, 8 another run is under way,
    10 no store or no GitHub.

    \b
    Examples:
      reconciler github apply access/ --as ci@acme.example
    """
    run = this_run("apply", path)
    from reconciler.gitops.github.pulls import pull_request_of

    pull = pull_request_of(run.client, run.context)
    attempt = _Attempt(run, pull, now())
    try:
        planned = plan_path(path, store_url=given_store(store_url, WRITES),
                            organization=organization, actor=actor, commit=run.context.sha,
                            permitted_only=False, terms=terms_of(run, pull, policy_file))
        done = attempt.apply(planned, actor, _Ways(artifact, workflow))
    except ReconcilerError as error:
        with as_warning("the outcome could not be told on the pull request"):
            _tell_failure(attempt, error)
        raise
    said = f"applied {counted(done.changes, 'change')} to {planned.plan.organization}"
    with as_warning(f"{said}, and this could not be told"):
        _tell_success(attempt, planned, done)
    if done.changes:
        result(for_terminal(f"A{said[1:]} (run {done.run})."), done=said)


class _Attempt:
    """One attempt to apply; `judged` is there as soon as it is known who approved, and `actor` as
    soon as something is to be applied."""

    actor: Email

    def __init__(self, run: Run, pull: PullRequest | None, at: datetime) -> None:
        self.run, self.pull, self.at = run, pull, at
        self.judged: Judged | None = None

    def apply(self, planned: Planned, actor: Email | None, ways: _Ways) -> Applied:
        """Apply a fresh plan if it is what was reviewed and approved. Raises what stands against
        it; then nothing was written."""
        from reconciler.applying.apply import apply_plan
        from reconciler.model.approvals import NO_APPROVALS
        from reconciler.rules.content import CONFIRMATIONS

        plan = planned.plan
        print_report(viewing(plan, folder=planned.folder, overview=planned.overview),
                     Medium.TEXT, verbose=False)
        refuse(plan, shown=False, folder=planned.folder)
        self.actor = acting_for(planned, actor)
        self._refuse_out_of_turn(planned)
        if not plan.empty:
            self.judged = self._review(planned, ways)
        elif self.pull is None:
            self._refuse_declared(planned)
        with working("applying"), placing(planned.folder):
            # Whoever reviewed the plan has seen in it what cannot be undone.
            try:
                return apply_plan(
                    plan, planned.store, actor=self.actor, now=self.at,
                    confirmed=frozenset(CONFIRMATIONS),
                    approvals=self.judged.verdict.approvals if self.judged else NO_APPROVALS)
            except Unapproved as error:
                if self.judged is not None and self.judged.covers.missing:
                    error.how = way_of(self.judged)
                raise

    def _refuse_out_of_turn(self, planned: Planned) -> None:
        """Raise Stale for a commit behind one that was applied already: its approvals were used,
        and running it again would bring back what was taken away since."""
        from reconciler.gitops.github.pulls import Order, order_of

        sha = self.run.context.sha
        # What was applied by hand may be of a commit that is not, or not any more, on this branch.
        for last in islice(_applied(planned), _MOST_ASKED):
            order = Order.SAME if last == sha else order_of(self.run.client, sha, to=last)
            if order is Order.BEHIND:
                raise Stale(f"{sha[:12]} is behind {last[:12]}, which was applied already",
                            how=ANEW)
            if order in (Order.SAME, Order.AHEAD):
                return

    def _refuse_spent(self, planned: Planned) -> None:
        """Raise Stale for a commit that was applied already: its approvals were used, and whoever
        runs it again may be the one from whom somebody took something back since."""
        sha = self.run.context.sha
        for run in reversed(planned.store.runs(planned.plan.organization)):
            if run.commit == sha and run.changes and run.outcome == "succeeded":
                raise Stale(f"{sha[:12]} was applied already, by the run {run.id}, and what is to "
                            "be changed was changed since", how=ANEW)

    def _refuse_withdrawn(self, planned: Planned, branch: str) -> None:
        """Raise Stale for a merge that waited, where its branch does not declare by now what it
        changes: it was reverted, and whoever runs it again has its approvals still."""
        from reconciler.applying.approvals import new_since
        from reconciler.gitops.github.pulls import Order, order_of, tip_of

        sha = self.run.context.sha
        tip = tip_of(self.run.client, branch)
        if tip == sha:
            return
        if order_of(self.run.client, tip, to=sha) is not Order.AHEAD:
            raise Stale(f"{branch} is at {tip[:12]}, which does not hold {sha[:12]}",
                        how="if it was merged a moment ago, run this again")
        try:
            by_now = plan_of_commit(self.run, planned, tip)
        except (InvalidInput, Stale) as wrong:
            raise Stale(f"nobody can tell what {branch} declares by now, at {tip[:12]}: "
                        f"{wrong.what}", how="correct that, and run this again") from None
        gone = [c for c in new_since(by_now, planned.plan)
                if not isinstance(c.operation, AllowLimit)]
        if gone:
            first = gone[0].operation
            raise Stale(f"{branch}, at {tip[:12]} by now, does not ask any more for "
                        f"{counted(len(gone), 'change')} of {sha[:12]}, beginning with "
                        f"{first.kind.replace('-', ' ')} ({first.subject})", how=ANEW)

    def _refuse_declared(self, planned: Planned) -> None:
        """Raise Unapproved for a commit without a pull request that declares something else than
        the last run left, where runs need approvals: drift that nobody reviewed could be taken over
        by it, or ignored."""
        from reconciler.applying.approvals import policy_of
        from reconciler.model.policy import BUILT_IN
        from reconciler.rules.approvals import needed

        plan = planned.plan
        with planned.store.reader(plan.organization) as reader:
            baseline, kept = reader.baseline(), reader.frame().policy
        if baseline is None or not needed(policy_of(plan, kept) or BUILT_IN, self.actor):
            return
        if (baseline.desired_digest, baseline.policy_digest) == (
                plan.desired_digest, plan.policy_digest):
            return
        raise Unapproved(
            f"{self.run.context.sha[:12]} came without a pull request, and what it declares is not "
            f"what the run {baseline.run} left, which nobody reviewed",
            how=f"{LATE}; else revert the commit and propose it as a pull request; where an "
                "earlier merge was never applied, run its workflow again, and then this one")

    def _review(self, planned: Planned, ways: _Ways) -> Judged:
        from reconciler.gitops.github.reviewed import Source, refuse_unreviewed, reviewed_plan

        plan, pull = planned.plan, self.pull
        if pull is None:
            raise Unapproved(
                f"{self.run.context.sha[:12]} came without a pull request, and nobody reviewed "
                f"its {counted(len(plan.changes), 'change')}",
                how=f"{LATE}; else revert the commit and propose it as a pull request: direct "
                    "pushes are kept away by a rule for the branch")
        source = Source(artifact=ways.artifact, workflow=ways.workflow,
                        organization=plan.organization, base=self.run.context.base)
        if pull.from_fork:
            raise Unapproved(
                f"pull request {pull.number} came from a fork, whose plan is made by the fork",
                how="revert the merge, and propose the change from a branch of this repository")
        self._refuse_spent(planned)
        self._refuse_withdrawn(planned, pull.branch)
        reviewed = reviewed_plan(self.run.client, source, pull.head)
        with planned.store.reader(plan.organization) as reader:
            world = World(reader.frame(), reader)
            refuse_unreviewed(reviewed, plan, pull.number,
                              holds=lambda c: image(world, c.operation) == c.after)
        self.judged = judge(
            self.run, pull, planned, source, actor=self.actor, at=self.at)
        return self.judged


def _applied(planned: Planned) -> Iterator[str]:
    """The commits that were applied, the last one first."""
    runs = planned.store.runs(planned.plan.organization)
    yield from dict.fromkeys(r.commit for r in reversed(runs)
                             if r.commit and r.outcome == "succeeded")


def _tell_success(attempt: _Attempt, planned: Planned, done: Applied) -> None:
    from reconciler.reports.applied_view import applied_view

    run = attempt.run
    add_outputs(run.context.output, {
        "organization": planned.plan.organization, "changes": str(done.changes), "run": done.run})
    with planned.store.reader(planned.plan.organization) as reader:
        overview = reader.overview()
    view = applied_view(planned.plan, done, actor=attempt.actor, at=attempt.at,
                        folder=planned.folder, overview=overview)
    below = f"\n{_review(attempt)}{foot(run, _commit(run))}"
    first = verdict_first(attempt.judged) if attempt.judged is not None else ""
    _tell(attempt, as_markdown(view, below, rest=REST, first=first))


def _tell_failure(attempt: _Attempt, error: ReconcilerError) -> None:
    annotate_error(attempt.run, error)
    _tell(attempt, failure("Not applied", error, foot(attempt.run, _commit(attempt.run)),
                           _review(attempt)))


def _tell(attempt: _Attempt, text: Make) -> None:
    summarize(attempt.run, text)
    if attempt.pull is not None:
        comment(attempt.run, attempt.pull.number, text)


def _review(attempt: _Attempt) -> str:
    return review_markdown(attempt.judged) if attempt.judged is not None else ""


def _commit(run: Run) -> str:
    return f"commit {for_markdown(run.context.sha[:12])}"
