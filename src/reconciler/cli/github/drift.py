"""`reconciler github drift`: one issue, as long as something is to be decided or to be applied."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli.drift import look
from reconciler.cli.github.given import READS, given_store, given_store_option
from reconciler.cli.github.telling import (
    Make,
    Run,
    annotate_error,
    as_markdown,
    failure,
    foot,
    summarize,
    this_run,
)
from reconciler.cli.options import color_option, organization_option
from reconciler.cli.output import say
from reconciler.cli.reports import Medium, print_report
from reconciler.cli.terms import policy_option
from reconciler.gitops.github.files import add_outputs
from reconciler.model.errors import Exit, ReconcilerError
from reconciler.reports.escape import visible

if TYPE_CHECKING:
    from reconciler.drift.not_applied import NotApplied

REST = "reconciler drift and reconciler plan show all of it"
_EMPTY: Final = """
```sh
git switch --create due origin/main
git commit --allow-empty -m "Apply what is due"
git push --set-upstream origin due
```
"""
_WAY: Final = f"""
### How it is applied

Propose a pull request without a change of files. Its plan shows what is not applied, and it is
approved, merged and applied like any other:
{_EMPTY}"""
_BACK: Final = f"""
### By pull request

One without a change of files takes it back, approved and applied like any other; one that adopts
it, or says why it is ignored, leaves it:
{_EMPTY}"""
_CORRECT: Final = """
What refuses it is corrected first, in the same pull request or in one before it.
"""
_BOTH: Final = """
What was changed by hand is taken back with it, unless that is adopted or ignored before.
"""


@click.command()
@click.argument("path", metavar="PATH")
@policy_option
@given_store_option
@organization_option
@color_option
def drift(
    path: str, *, policy_file: str | None, store_url: str, organization: str | None
) -> int:
    """Keep one issue about drift and what is not applied: a step of a workflow `on: schedule`.

    Where something was changed behind the last run, or something is declared and not applied (a
    merge that was refused, an `until` that has passed, the next step of a change of address, an
    expired invitation), the issue is opened, or brought up to date. Where neither is so, it is
    closed. What only waits for somebody is not due. The issue is found again by a hidden marker
    and by having been written by the owner of the token.

    Outputs for later steps: `organization`, `changes` (how many were made by hand and ask for a
    decision), `pending` (how many are not applied) and `issue` (its number).

    \b
    Exit codes: 0 neither, 2 drift or something not applied, 3 malformed input, 4 the files break
    a rule, 10 no store or no GitHub.

    \b
    Examples:
      reconciler github drift access/
    """
    from reconciler.drift.not_applied import watch
    from reconciler.reports.watch_view import watch_view

    run = this_run("drift", path)
    try:
        (report, pending), folder, overview = look(
            path, policy_file, watch, store_url=given_store(store_url, READS),
            organization=organization)
    except ReconcilerError as error:
        annotate_error(run, error)
        summarize(run, failure("Drift could not be looked for", error, foot(run)))
        raise
    view = watch_view(report, pending, folder=folder, overview=overview, path=shlex.quote(path))
    print_report(lambda _: view, Medium.TEXT, verbose=False)
    # Nothing of this run in it: as long as all is the same, the issue is too.
    make = as_markdown(view, _below(pending, drift=report.found), rest=REST)
    summarize(run, make)
    found = report.found or bool(pending.number)
    issue = _tell(run, visible(view.title), make if found else None)
    add_outputs(run.context.output, {
        "organization": report.organization,
        "changes": str(sum(item.counts for item in report.items)),
        "pending": str(pending.number), "issue": issue})
    return Exit.CHANGES if found else Exit.DONE


def _below(pending: NotApplied, *, drift: bool) -> str:
    """What is to be done by pull request, as Markdown."""
    if not pending.number:
        return _BACK if drift else ""
    return _WAY + (_CORRECT if pending.refusing else "") + (_BOTH if drift else "")


def _tell(run: Run, title: str, make: Make | None) -> str:
    """Open or update the issue, or close it where there is nothing to make; its number."""
    from reconciler.gitops.github.comments import body
    from reconciler.gitops.github.issues import close_issue, report_issue

    if make is not None:
        issue = report_issue(run.client, run.mark, title=title, text=body(run.mark, make))
    else:
        why = f"No drift any more, and nothing is left to be applied.{foot(run)}"
        issue = close_issue(run.client, run.mark, why=why)
    if not issue.number:
        return ""
    say(f"Issue {issue.number} was {issue.done.value}.")
    return str(issue.number)
