"""`reconciler plan`: what would change, and what refuses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.files import refuse_other_file, write_whole
from reconciler.cli.options import (
    actor_option,
    color_option,
    commit_option,
    only_option,
    organization_option,
    report_options,
    store_option,
)
from reconciler.cli.output import result, say
from reconciler.cli.planning import next_step, plan_path, refuse, viewing
from reconciler.cli.reports import Medium, Wanted, print_report, refuse_wrong_reports, write_reports
from reconciler.cli.terms import asked, terms_options
from reconciler.model.errors import Exit
from reconciler.reports.escape import for_terminal


@click.command()
@click.argument("path", metavar="PATH")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path),
              help="Save the plan, so that exactly this one can be applied.")
@click.option("--detailed-exitcode", is_flag=True,
              help="Exit with 2 where something is to change, with 0 where nothing is.")
@click.option("--permitted-only", is_flag=True,
              help="Plan only what the actor may do; the rest is listed as left for others.")
@only_option
@commit_option
@terms_options
@report_options
@store_option
@organization_option
@actor_option
@color_option
def plan(
    path: str, *, out: Path | None, detailed_exitcode: bool, verbose: bool, format_: str,
    reports: tuple[Wanted, ...], **options: Any,
) -> int:
    """Show what would change to make the live organization as PATH declares.

    PATH is a YAML file, or a directory with org.yaml in it. Nothing is written. Without --as the
    plan says who may make each change; with it, what that person may not do. Against a snapshot
    (--store snapshot:FILE) it needs neither the live store nor a password; such a plan says so,
    and cannot be applied.

    --format json prints the plan as --out saves it; --report json=FILE is the report of it.

    \b
    Exit codes: 0 done (also with changes), 2 changes (with --detailed-exitcode), 3 malformed
    input, 4 a rule refuses it, 5 nobody could give the approvals that the policy requires, 7 a
    limit was hit, 10 no store.

    \b
    Examples:
      reconciler plan org.yaml
      reconciler plan org.yaml --as ada@acme.example --out plan.json
      reconciler plan org.yaml --format json --detailed-exitcode
      reconciler plan org.yaml --report markdown=plan.md --report html=plan.html
      reconciler plan org.yaml --store snapshot:acme.snapshot
    """
    terms, planning = asked(**options)
    if planning["permitted_only"] and planning["actor"] is None:
        raise click.UsageError("--permitted-only needs an actor: add --as EMAIL.")
    if out is not None:
        refuse_other_file(out)
    refuse_wrong_reports(reports)
    planned = plan_path(path, terms=terms, **planning)
    made = planned.plan
    if out is not None or format_ == Medium.JSON:
        from reconciler.planning.document import to_json

        document = to_json(made)
        if out is not None:
            write_whole(out, document)
            say(f"Saved the plan as {for_terminal(str(out))}.")
        if format_ == Medium.JSON:
            result(document.rstrip("\n"))
    step = next_step(made, str(out) if out and not made.refused else path, saved=out is not None,
                     terms=terms, reviewed=planned.reviewed)
    make = viewing(made, next_step=step, folder=planned.folder, overview=planned.overview)
    if format_ != Medium.JSON:
        print_report(make, format_, verbose=verbose)
    write_reports(reports, make, verbose=verbose)
    refuse(made, shown=format_ == Medium.TEXT, folder=planned.folder)
    return Exit.CHANGES if detailed_exitcode and not made.empty else Exit.DONE
