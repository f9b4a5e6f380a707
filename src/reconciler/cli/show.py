"""`reconciler show`: a saved plan."""

from __future__ import annotations

import click

from reconciler.cli.options import color_option, report_options
from reconciler.cli.output import result
from reconciler.cli.planning import next_step, saved_plan, viewing
from reconciler.cli.reports import Medium, Wanted, print_report, refuse_wrong_reports, write_reports


@click.command()
@click.argument("path", metavar="PLAN.json")
@report_options
@color_option
def show(path: str, *, verbose: bool, format_: str, reports: tuple[Wanted, ...]) -> None:
    """Show a plan that was saved with `plan --out`. No live store is asked.

    A plan that was altered is refused (exit 6).

    \b
    Examples:
      reconciler show plan.json
      reconciler show plan.json --format json
      reconciler show plan.json --report html=plan.html
    """
    refuse_wrong_reports(reports)
    plan, text = saved_plan(path)
    make = viewing(plan, next_step=next_step(plan, path, saved=True))
    if format_ == Medium.JSON:
        result(text.rstrip("\n"))
    else:
        print_report(make, format_, verbose=verbose)
    write_reports(reports, make, verbose=verbose)
