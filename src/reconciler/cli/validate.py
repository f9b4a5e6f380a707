"""`reconciler validate`: check the YAML, without any live store."""

from __future__ import annotations

import click

from reconciler.cli.kinds import expect_desired
from reconciler.cli.options import color_option, format_option
from reconciler.cli.output import paint, result, result_json
from reconciler.cli.patience import working
from reconciler.cli.places import folder_of
from reconciler.cli.terms import policy_option
from reconciler.model.errors import ReconcilerError
from reconciler.reports.escape import for_terminal
from reconciler.reports.findings import finding_json, finding_line, tally
from reconciler.reports.words import counted


@click.command()
@click.argument("path", metavar="PATH")
@policy_option
@format_option
@color_option
def validate(path: str, policy_file: str | None, format_: str) -> None:
    """Check the YAML at PATH: its format, and every rule that it can break by itself.

    PATH is a file, or a directory with org.yaml in it; policy.yaml beside it is checked as well.
    Every problem is shown at once, each as
    FILE:LINE:COLUMN: RULE what is wrong (how to put it right). As JSON, files are named relative
    to the folder of the root file. No live store is asked.

    \b
    Exit codes: 0 valid, 3 malformed, 4 a rule is broken, 5 nobody could give the approvals that
    the policy requires, 7 a limit was hit.

    \b
    Examples:
      reconciler validate org.yaml
      reconciler validate access/ --format json
    """
    from reconciler.desired.policy import validate_with_policy

    expect_desired(path)
    folder = folder_of(path)
    try:
        with working("validating"):
            state = validate_with_policy(path, policy_file)
    except ReconcilerError as error:
        _show(error, format_, folder)
        raise type(error)(error.what, how=error.how) from None
    if format_ == "json":
        result_json({"valid": True, "organization": state.organization,
                     "findings": [finding_json(f) for f in state.findings]})
        return
    coloured = paint()
    lines = [finding_line(finding.within(folder), coloured) for finding in state.findings]
    lines.append(
        f"{for_terminal(path)} is valid: {for_terminal(state.organization)} with "
        f"{counted(len(state.members), 'member')}, {counted(len(state.groups), 'group')}, "
        f"{counted(len(state.projects), 'project')}; {tally(state.findings)}.")
    result("\n".join(lines))


def _show(error: ReconcilerError, format_: str, folder: str) -> None:
    if format_ == "json":
        result_json({"valid": False, "error": error.what,
                     "findings": [finding_json(f) for f in error.findings]})
    elif error.findings:
        coloured = paint()
        result("\n".join(finding_line(finding.within(folder), coloured)
                         for finding in error.findings))
