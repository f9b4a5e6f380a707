"""`reconciler approvals`: whether a plan is approved, and who could give what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from reconciler.cli.approving import approval_options, approvals_of, reviewed
from reconciler.cli.options import actor_option, color_option, format_option, store_option
from reconciler.cli.output import paint, result, result_json
from reconciler.cli.planning import saved_plan
from reconciler.cli.session import now, open_store, the_organization
from reconciler.model.email import Email
from reconciler.model.errors import Exit


@click.command()
@click.argument("path", metavar="PLAN.json")
@approval_options
@format_option
@store_option
@actor_option
@color_option
def approvals(
    path: str, *, format_: str, store_url: str, actor: Email | None, **options: Any
) -> int:
    """Tell whether a saved plan is approved: what is covered, what is missing, and who could give
    it.

    Every change needs the approval of somebody who may make it, by the roles they have in the live
    store, and, with `independent` in the policy, who neither proposed it nor is concerned by it
    (L11). Nothing is written; `apply` asks the same again. --as names who will run the plan, where
    that is not the plan's own actor; the environment does not, but for a plan without one.

    \b
    Exit codes: 0 enough, or nothing is required; 3 somebody or something is unknown; 5 not enough;
    6 the plan was altered or the live store moved; 10 no store.

    \b
    Examples:
      reconciler approvals plan.json --author sam@acme.example --approver ada@acme.example
      reconciler approvals plan.json --author github:sam --approver github:ada
      reconciler approvals plan.json --author sam@acme.example --approval bo@acme.example=old.json
    """
    from reconciler.applying.apply import refuse_of_snapshot
    from reconciler.applying.approvals import coverage
    from reconciler.reports.approvals import approvals_document, approvals_lines

    said, _ = reviewed(**options)
    plan, _ = saved_plan(path)
    # Approved or not: it can never be applied.
    refuse_of_snapshot(plan)
    store = open_store(store_url)
    if plan.actor and not _given("actor"):
        # Whoever asks is not who will run it.
        actor = None
    given, fallen = approvals_of(plan, said, store)
    with store.reader(the_organization(store, plan.organization)) as reader:
        covers = coverage(plan, reader, given, actor=actor, now=now())
    covers = replace(covers, objections=fallen | covers.objections)
    if format_ == "json":
        result_json(approvals_document(plan, covers))
    else:
        result("\n".join(approvals_lines(plan, covers, paint())))
    return Exit.DONE if covers.sufficient else Exit.UNAPPROVED


def _given(option: str) -> bool:
    """Whether an option stands on the command line."""
    source = click.get_current_context().get_parameter_source(option)
    return source is click.core.ParameterSource.COMMANDLINE
