"""`reconciler revert`: the plan that undoes a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.files import refuse_other_file, write_whole
from reconciler.cli.history.show import the_run
from reconciler.cli.inputs import EMAIL, TEXT
from reconciler.cli.options import (
    actor_option,
    color_option,
    organization_option,
    report_options,
    store_option,
)
from reconciler.cli.output import result, say
from reconciler.cli.patience import working
from reconciler.cli.planning import next_step, refuse, viewing
from reconciler.cli.reports import Medium, Wanted, print_report, refuse_wrong_reports, write_reports
from reconciler.cli.session import now, open_store, the_organization
from reconciler.cli.terms import allowance, asked
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from reconciler.reports.escape import for_terminal


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), required=True,
              help="Where to save the plan, so that it can be reviewed and applied.")
@click.option("--transfer-content-to", "receiver", metavar="EMAIL", type=EMAIL,
              help="Who receives the content of people whom the run let in.")
@click.option("--leave-content", is_flag=True,
              help="Leave the content of people whom the run let in unassigned.")
@click.option("--allow", "allowed", metavar="LIMIT=NUMBER", type=allowance, multiple=True,
              help="Exceed one limit of the policy, by exactly what the plan has.")
@click.option("--reason", metavar="TEXT", type=TEXT,
              help="Why limits are exceeded; kept in the audit log.")
@report_options
@store_option
@organization_option
@actor_option
@color_option
def revert(
    run: str, *, out: Path, receiver: Email | None, leave_content: bool, verbose: bool,
    format_: str, reports: tuple[Wanted, ...], **options: Any,
) -> None:
    """Save the plan that takes back what a run did.

    What somebody changed since is left as it is, and what cannot be undone (a transfer, a
    migration, a sent invitation) is listed. The plan goes through the same rules and limits as
    any other, and is applied like any other. The files still declare what the run did: change
    them back as well.

    \b
    Examples:
      reconciler revert 20270131T120000-1a2b3c4d --out revert.json
      reconciler revert 20270131 --out revert.json --transfer-content-to ada@acme.example
    """
    from reconciler.applying.approvals import required
    from reconciler.planning.document import to_json
    from reconciler.planning.policy import Terms
    from reconciler.planning.reverting import Content, make_revert

    if receiver is not None and leave_content:
        raise click.UsageError("--transfer-content-to and --leave-content exclude each other.")
    terms, where_and_who = asked(policy_file=None, policy_only=False, **options)
    refuse_other_file(out)
    refuse_wrong_reports(reports)
    store = open_store(where_and_who["store_url"])
    where = the_organization(store, where_and_who["organization"])
    found = the_run(store, where, run)
    if found.outcome != "succeeded" or not found.changes:
        raise InvalidInput(f"the run {found.id} changed nothing", how="see reconciler history")
    with working("planning"), store.reader(where) as reader:
        plan = make_revert(found, reader, actor=where_and_who["actor"], now=now(),
                           content=Content(receiver=receiver, leave=leave_content),
                           terms=Terms(allowances=terms.allowances))
        overview = reader.overview()
        reviewed = required(plan, reader.frame().policy)
    document = to_json(plan)
    write_whole(out, document)
    say(f"Saved the plan as {for_terminal(str(out))}.")
    step = next_step(plan, str(out), saved=True, terms=terms, reviewed=reviewed)
    make = viewing(plan, next_step=step, overview=overview)
    if format_ == Medium.JSON:
        result(document.rstrip("\n"))
    else:
        print_report(make, format_, verbose=verbose)
    write_reports(reports, make, verbose=verbose)
    refuse(plan, shown=format_ == Medium.TEXT)
