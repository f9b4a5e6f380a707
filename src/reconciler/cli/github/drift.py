"""`reconciler github drift`: one issue, as long as somebody changes things by hand."""

from __future__ import annotations

import click

from reconciler.cli.drift import look_for_drift
from reconciler.cli.github.telling import Make, Run, as_markdown, foot, summarize, this_run
from reconciler.cli.options import color_option, organization_option, store_option
from reconciler.cli.output import say
from reconciler.cli.reports import Medium, print_report
from reconciler.cli.terms import policy_option
from reconciler.gitops.github.files import add_outputs
from reconciler.model.errors import Exit
from reconciler.reports.escape import visible

REST = "reconciler drift shows all of it"


@click.command()
@click.argument("path", metavar="PATH")
@policy_option
@store_option
@organization_option
@color_option
def drift(
    path: str, *, policy_file: str | None, store_url: str, organization: str | None
) -> int:
    """Keep one issue about drift: a step of a workflow `on: schedule`.

    Where something was changed behind the last run, the issue is opened, or brought up to date.
    Where nothing is, it is closed. It is found again by a hidden marker and by having been
    written by the owner of the token.

    Outputs for later steps: `changes` (how many ask for a decision) and `issue` (its number).

    \b
    Exit codes: 0 none, 2 drift, 3 malformed input, 4 the files break a rule, 10 no store or no
    GitHub.

    \b
    Examples:
      reconciler github drift access/
    """
    run = this_run("drift", path)
    report, view = look_for_drift(path, policy_file, store_url=store_url,
                                  organization=organization)
    print_report(lambda _: view, Medium.TEXT, verbose=False)
    # Nothing of this run in it: as long as the drift is the same, the issue is too.
    make = as_markdown(view, rest=REST)
    summarize(run, make)
    number = sum(item.counts for item in report.items)
    issue = _tell(run, report.organization, make if report.found else None)
    add_outputs(run.context.output, {"changes": str(number), "issue": issue})
    return Exit.CHANGES if report.found else Exit.DONE


def _tell(run: Run, organization: str, make: Make | None) -> str:
    """Open or update the issue, or close it where there is nothing to make; its number."""
    from reconciler.gitops.github.comments import body
    from reconciler.gitops.github.issues import close_issue, report_issue

    if make is not None:
        issue = report_issue(run.client, run.mark, title=f"Drift of {visible(organization)}",
                             text=body(run.mark, make))
    else:
        why = f"No drift any more.{foot(run)}"
        issue = close_issue(run.client, run.mark, why=why)
    if not issue.number:
        return ""
    say(f"Issue {issue.number} was {issue.done.value}.")
    return str(issue.number)
