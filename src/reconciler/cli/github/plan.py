"""`reconciler github plan`: the plan of a pull request, where its people look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from reconciler.cli.files import refuse_other_file, write_whole
from reconciler.cli.github import standing
from reconciler.cli.github.given import READS, acting_for, given_store, given_store_option
from reconciler.cli.github.reviewing import (
    attached_options,
    judge,
    review_markdown,
    terms_of,
    verdict_first,
)
from reconciler.cli.github.telling import (
    Run,
    annotate,
    annotate_error,
    as_markdown,
    as_warning,
    comment,
    failure,
    foot,
    summarize,
    this_run,
    told,
)
from reconciler.cli.options import actor_option, color_option, organization_option
from reconciler.cli.output import say
from reconciler.cli.planning import Planned, plan_path, refuse, viewing
from reconciler.cli.reports import (
    Make,
    Medium,
    Wanted,
    print_report,
    refuse_wrong_reports,
    write_reports,
)
from reconciler.cli.session import now
from reconciler.cli.terms import policy_option
from reconciler.gitops.github.context import PullRequest
from reconciler.gitops.github.files import add_outputs
from reconciler.model.email import Email
from reconciler.model.errors import Exit, InvalidInput, ReconcilerError, Unapproved
from reconciler.reports.escape import for_markdown, for_terminal

if TYPE_CHECKING:
    from reconciler.gitops.github.statuses import Status
    from reconciler.planning.plan import Plan
    from reconciler.reports.view import View

NEXT = "Approve this pull request and merge it: exactly this is applied then."
WORKFLOWS = ("It changes workflows too, so that nobody can tell what its reviewers are shown. It "
             "is not applied: propose the workflows in a pull request of their own.")
FORK = ("A fork's plan is to be read, and is not applied: somebody of this repository proposes the "
        "same change from a branch of it.")


class _Said(NamedTuple):
    """What is to be said of approvals, as Markdown: first of all, and below the plan; and as a
    status."""

    first: str
    below: str
    status: Status


class _Source(NamedTuple):
    """Where approvals and the plans that they are of are found."""

    artifact: str
    workflow: str


@click.command()
@click.argument("path", metavar="PATH")
@click.option("--out", metavar="DIRECTORY", type=click.Path(path_type=Path, file_okay=False),
              default=Path("reconciler-plan"), show_default=True,
              help="Where plan.json, plan.html and plan.md go, to be attached to the run.")
@attached_options
@policy_option
@given_store_option
@organization_option
@actor_option
@color_option
def plan(
    path: str, *, out: Path, artifact: str, workflow: str, policy_file: str | None,
    store_url: str, **options: Any,
) -> int:
    """Plan a pull request: a step of a workflow `on: pull_request` and `pull_request_review`.

    What is wrong with the files is shown at their lines. The plan is printed, saved to
    plan.json, plan.html and plan.md, added to the summary of the run, and written as one comment
    on the pull request, which is found again and edited in place. It tells who has approved, whose
    approval of an earlier commit fell, and who is to be asked. A fork's token may not comment; that
    is said and is no failure.

    A limit is exceeded on purpose where the message of the last commit ends with the lines
    `Reconciler-Allow: LIMIT=NUMBER` and `Reconciler-Reason: WHY`, as --allow and --reason of `plan`
    do: both are reviewed with the change.

    The commit status `reconciler/approvals (PATH)` says whether the approvals are enough, so that a
    rule for the branch can require it. It takes the permission `statuses: write`.

    Outputs for later steps: `changes` (their number), `digest` (of the plan) and `artifact` (the
    name under which to attach the directory; `reconciler github apply` looks for it).

    \b
    Exit codes: 0 done, 3 malformed input, 4 a rule refuses it, 5 nobody could give the approvals
    that the policy requires, 7 a limit was hit, 10 no store or no GitHub.

    \b
    Examples:
      reconciler github plan access/
      reconciler github plan access/ --store snapshot:snapshot.db
    """
    run = this_run("plan", path)
    pull = run.context.pull_request
    add_outputs(run.context.output, {"artifact": f"{artifact}-{pull.head}"})
    files = _files(out)
    try:
        planned = plan_path(path, store_url=given_store(store_url, READS), commit=pull.head,
                            terms=terms_of(run, pull, policy_file), permitted_only=False, **options)
    except ReconcilerError as error:
        with as_warning("what went wrong could not be told on the pull request"):
            _tell_failure(run, pull, path, error)
        standing.show(run, pull.head, path, standing.of_error(error))
        raise
    made = planned.plan
    add_outputs(run.context.output, {"changes": str(len(made.changes)), "digest": made.digest})
    wrong = _against_actor(planned, pull, options["actor"])
    make = _viewing(planned, as_it_is=wrong is None and not pull.from_fork)
    _save(planned, files, make)
    print_report(make, Medium.TEXT, verbose=False)
    annotate(run, [f.within(planned.folder) for f in made.findings])
    source = _Source(artifact, workflow)
    said = (_Said(f"It would not be applied: {told(wrong)}", "", standing.of_actor(wrong))
            if wrong is not None else _review(run, pull, planned, source, options["actor"]))
    below = foot(run, f"commit {for_markdown(pull.head[:12])}",
                 "plan.json and plan.html are attached to the run" if made.applyable
                 else "not to be applied")
    standing.show(run, pull.head, path, said.status)
    _tell(run, pull, make(False), said.below + below, first=said.first)
    refuse(made, shown=True)
    return Exit.DONE


def _files(out: Path) -> tuple[Path, tuple[Wanted, ...]]:
    """The files to write, held against what is there. Raises InvalidInput."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise InvalidInput(f"{out} cannot be made: {wrong.strerror or wrong}",
                           how="name another directory with --out") from None
    reports = (Wanted(Medium.HTML, out / "plan.html"), Wanted(Medium.MARKDOWN, out / "plan.md"))
    refuse_other_file(out / "plan.json")
    refuse_wrong_reports(reports)
    return out / "plan.json", reports


def _against_actor(
    planned: Planned, pull: PullRequest, actor: Email | None
) -> ReconcilerError | None:
    """What `apply` would have against the actor; nothing where it applies none of it anyway."""
    if pull.from_fork or planned.plan.empty or not planned.plan.applyable:
        return None
    try:
        acting_for(planned, actor)
    except (InvalidInput, Unapproved) as wrong:
        return wrong
    return None


def _viewing(planned: Planned, *, as_it_is: bool) -> Make:
    """How to make the report; `as_it_is`: nothing but approvals is missing."""
    plan_ = planned.plan
    step = NEXT if plan_.applyable and not plan_.empty and as_it_is else ""
    return viewing(plan_, next_step=step, folder=planned.folder, overview=planned.overview)


def _save(planned: Planned, files: tuple[Path, tuple[Wanted, ...]], make: Make) -> None:
    from reconciler.planning.document import to_json

    saved, reports = files
    write_whole(saved, to_json(planned.plan))
    say(f"Saved the plan as {for_terminal(str(saved))}.")
    write_reports(reports, make, verbose=False)


def _review(
    run: Run, pull: PullRequest, planned: Planned, attached: _Source, actor: Email | None
) -> _Said:
    """What is to be said of approvals: for information, `apply` asks again."""
    from reconciler.gitops.github.pulls import changes_workflows
    from reconciler.gitops.github.reviewed import Source

    plan_ = planned.plan
    if not plan_.applyable:
        return _Said("", _limits(plan_), standing.of_refused(plan_))
    if plan_.empty:
        return _Said("", "", standing.NOTHING)
    if pull.from_fork:
        return _Said(FORK, "", standing.FORK)
    source = Source(artifact=attached.artifact, workflow=attached.workflow,
                    organization=plan_.organization, base=run.context.base)
    with as_warning("who approved could not be found out"):
        if changes_workflows(run.client, source.base, pull.head):
            return _Said(WORKFLOWS, "", standing.WORKFLOWS)
        judged = judge(run, pull, planned, source, actor=actor, at=now())
        return _Said(verdict_first(judged), f"\n{review_markdown(judged)}",
                     standing.of_approvals(judged))
    return _Said("", "", standing.UNKNOWN)


def _limits(plan_: Plan) -> str:
    """How a pull request goes beyond a limit that refuses its plan."""
    from reconciler.gitops.github.allowing import ALLOW, LIMIT_RULES, REASON

    if not any(f.rule in LIMIT_RULES and f.severity == "error" for f in plan_.findings):
        return ""
    return ("\nWhat `--allow` and `--reason` say elsewhere, here the message of the last commit "
            f"says at its end: `{ALLOW}: LIMIT=NUMBER` and `{REASON}: WHY`.\n")


def _tell(run: Run, pull: PullRequest, view: View, below: str, *, first: str = "") -> None:
    text = as_markdown(view, below, first=first)
    summarize(run, text)
    comment(run, pull.number, text)


def _tell_failure(run: Run, pull: PullRequest, path: str, error: ReconcilerError) -> None:
    """Say that there is no plan, so that nobody takes that of an earlier commit for this one's."""
    annotate_error(run, error)
    below = foot(run, f"commit {for_markdown(pull.head[:12])}")
    if error.findings:
        from reconciler.reports.problems import problems_view

        _tell(run, pull, problems_view(path, error.what, error.findings), below)
        return
    text = failure(f"No plan for {for_markdown(path)}", error, below)
    summarize(run, text)
    comment(run, pull.number, text)
