"""`reconciler show`: a saved plan."""

from __future__ import annotations

import click

from reconciler.cli.options import color_option, format_option
from reconciler.cli.output import paint, result
from reconciler.cli.planning import next_step, plan_as_text, saved_plan


@click.command()
@click.argument("path", metavar="PLAN.json")
@click.option("--verbose", "-v", is_flag=True, help="Show long lists beside the changes whole.")
@format_option
@color_option
def show(path: str, verbose: bool, format_: str) -> None:
    """Show a plan that was saved with `plan --out`. No live store is asked.

    A plan that was altered is refused (exit 6).

    \b
    Examples:
      reconciler show plan.json
      reconciler show plan.json --format json
    """
    plan, text = saved_plan(path)
    if format_ == "json":
        result(text.rstrip("\n"))
        return
    result(plan_as_text(plan, paint(), verbose=verbose,
                        next_step=next_step(plan, path, saved=True)))
