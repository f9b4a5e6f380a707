"""`reconciler approvals`: whether a plan is approved, and who could give what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.approving import approval_options, approvals_of, reviewed
from reconciler.cli.options import actor_option, color_option, format_option, store_option
from reconciler.cli.output import paint, result, result_json
from reconciler.cli.planning import saved_plan
from reconciler.cli.session import now, open_store, the_organization
from reconciler.model.email import Email
from reconciler.model.errors import Exit, ReconcilerError
from reconciler.reports.escape import for_terminal
from reconciler.reports.words import counted
from reconciler.rules.content import CONFIRMATIONS

if TYPE_CHECKING:
    from reconciler.applying.approvals import Coverage
    from reconciler.planning.plan import Plan


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
    (L11). Where `apply` would refuse the plan for something else, whoever approves it, the last
    line says so. Nothing is written; `apply` asks the same again. --as names who will run the plan,
    where that is not the plan's own actor; the environment does not, but for a plan without one.

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
    at = now()
    given, fallen = approvals_of(plan, said, store)
    with store.reader(the_organization(store, plan.organization)) as reader:
        covers = coverage(plan, reader, given, actor=actor, now=at)
    covers = replace(covers, objections=fallen | covers.objections)
    refused = _refused(plan, covers, at)
    if format_ == "json":
        result_json(approvals_document(plan, covers) | {"refused": refused or None})
    else:
        told = [f"apply refuses it all the same: {for_terminal(refused)}."] if refused else []
        result("\n".join([*approvals_lines(plan, covers, paint()), *told]))
    return Exit.DONE if covers.sufficient else Exit.UNAPPROVED


def _refused(plan: Plan, covers: Coverage, at: datetime) -> str:
    """Why `apply` refuses a plan whoever approves it, as far as it can be known; nothing where it
    does not."""
    from reconciler.applying.apply import check_applyable

    try:
        check_applyable(plan, now=at, confirmed=frozenset(CONFIRMATIONS))
    except ReconcilerError as error:
        begin = (f", beginning with {f.rule} {f.what}" for f in error.findings)
        return f"{error.what}{next(begin, '')}"
    if not covers.barred:
        return ""
    first = covers.barred[0]
    return (f"{covers.actor} may not make {counted(len(covers.barred), 'change')}, beginning with "
            f"{first.operation.kind.replace('-', ' ')} ({first.operation.subject}), which is for "
            f"{first.who_may}")


def _given(option: str) -> bool:
    """Whether an option stands on the command line."""
    source = click.get_current_context().get_parameter_source(option)
    return source is click.core.ParameterSource.COMMANDLINE
