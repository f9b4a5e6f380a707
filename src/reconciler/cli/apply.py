"""`reconciler apply`: make the live organization as declared."""

from __future__ import annotations

import dataclasses
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from reconciler.cli.approving import approval_options, approvals_of, reviewed
from reconciler.cli.kinds import is_for_a_plan
from reconciler.cli.options import (
    actor_option,
    color_option,
    commit_option,
    only_option,
    organization_option,
    report_options,
    store_option,
)
from reconciler.cli.output import paint_for, result, result_json, say
from reconciler.cli.patience import working
from reconciler.cli.places import placing
from reconciler.cli.planning import Planned, plan_path, refuse, saved_plan, viewing
from reconciler.cli.reports import (
    Make,
    Medium,
    Wanted,
    print_report,
    refuse_wrong_reports,
    rendered,
    write_reports,
)
from reconciler.cli.session import now, open_store, refuse_snapshot, the_actor
from reconciler.cli.terms import asked, refuse_for_saved, terms_options
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, ReconcilerError, Unapproved
from reconciler.reports.escape import for_terminal
from reconciler.reports.words import counted
from reconciler.rules.content import CONFIRMATIONS, MIGRATION, TRANSFERS

if TYPE_CHECKING:
    from reconciler.applying.apply import Applied
    from reconciler.planning.plan import Plan
    from reconciler.reports.view import View

_CANNOT: Final = {
    TRANSFERS: "The transfers of content", MIGRATION: "The migration of a domain"}


@click.command()
@click.argument("path", metavar="PATH|PLAN.json")
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option("--confirm", "confirmed", type=click.Choice(CONFIRMATIONS), multiple=True,
              help="Confirm what cannot be undone, by name (R34).")
@click.option("--permitted-only", is_flag=True,
              help="Make only the changes that the actor may make, and leave the rest.")
@only_option
@commit_option
@approval_options
@terms_options
@report_options
@store_option
@organization_option
@actor_option
@color_option
def apply(
    path: str, *, auto_approve: bool, confirmed: tuple[str, ...], verbose: bool, format_: str,
    reports: tuple[Wanted, ...], actor: Email | None, **options: Any,
) -> None:
    """Make the live organization as PATH declares, or run a saved plan.

    PATH is planned afresh and shown, then you are asked; without a terminal it needs
    --auto-approve. A PLAN.json is run exactly as it was saved and reviewed, without a question;
    it is refused if it was altered or applied before, or if what it changes has moved since.
    Either way all of it happens, in one transaction, or nothing. Reports are of what was applied,
    or of the plan where a rule refuses it.

    Where the policy requires approvals (L11), say who proposed the change and who approved it with
    --author, --approver and --approval; `reconciler approvals` tells beforehand what is missing.

    \b
    Examples:
      reconciler apply org.yaml --as ada@acme.example
      reconciler apply org.yaml --as ada@acme.example --auto-approve --confirm transfers
      reconciler apply plan.json --as ada@acme.example
      reconciler apply plan.json --as ada@acme.example --report html=applied.html
    """
    said_of_review, options = reviewed(**options)
    terms, planning = asked(**options)
    acting = the_actor(actor, f"reconciler apply {path}")
    names = frozenset(confirmed)
    refuse_wrong_reports(reports)
    refuse_snapshot(planning["store_url"])
    if is_for_a_plan(path):
        for option in ("permitted_only", "only"):
            if planning[option]:
                raise click.UsageError("a saved plan is run as it is: give "
                                       f"--{option.replace('_', '-')} to `reconciler plan --out`.")
        refuse_for_saved(terms)
        planned = _saved(path, planning["store_url"], planning["organization"])
        # Whoever saved the plan has seen in it what cannot be undone.
        names |= {*CONFIRMATIONS}
        _refuse(planned, reports, verbose=verbose, shown=False)
    else:
        if said_of_review.approvers:
            raise click.UsageError(
                "an approval is of a plan, and PATH is planned afresh: save the plan with "
                "`reconciler plan --out`, have that one approved, and apply it; or say which plan "
                "was approved with --approval PERSON=PLAN.json.")
        planned = plan_path(path, actor=acting, terms=terms, **planning)
        _show(planned, format_, verbose)
        _refuse(planned, reports, verbose=verbose, shown=True)
    given, _ = approvals_of(planned.plan, said_of_review, planned.store)
    if not (is_for_a_plan(path) or planned.plan.empty or auto_approve):
        names |= _approval(planned.plan, names, path)
    from reconciler.applying.apply import apply_plan

    at = now()
    with working("applying"), placing(planned.folder):
        done = apply_plan(planned.plan, planned.store, actor=acting, now=at, confirmed=names,
                          approvals=given)
    make = _viewing_done(planned, done, acting, at)
    said = f"applied {counted(done.changes, 'change')} to {planned.plan.organization} "
    said += f"(run {done.run})"
    if format_ in (Medium.TEXT, Medium.JSON):
        _say_done(planned.plan, done, format_, said)
    else:
        print_report(make, format_, verbose=verbose, done=said)
    try:
        write_reports(reports, make, verbose=verbose)
    except ReconcilerError as error:
        error.how = f"do not apply it again for the report: {said}"
        raise


def _saved(path: str, store_url: str, organization: str | None) -> Planned:
    from reconciler.applying.apply import refuse_of_snapshot

    plan, _ = saved_plan(path)
    refuse_of_snapshot(plan)
    if organization is not None and organization != plan.organization:
        raise InvalidInput(f"{path} is a plan for {plan.organization}, not for {organization}",
                           how="leave --organization out, or name the other plan")
    return Planned(plan, open_store(store_url))


def _show(planned: Planned, format_: str, verbose: bool) -> None:
    make = viewing(planned.plan, folder=planned.folder)
    if format_ == Medium.TEXT:
        print_report(make, format_, verbose=verbose)
    else:
        # The result is what comes of it; the plan is for whoever is asked.
        say(rendered(make, Medium.TEXT, verbose=verbose, painted=paint_for(sys.stderr)).rstrip())


def _refuse(
    planned: Planned, reports: tuple[Wanted, ...], *, verbose: bool, shown: bool
) -> None:
    """Refuse a plan with errors, and write what reports there are to be of it."""
    if not planned.plan.applyable:
        make = viewing(planned.plan, folder=planned.folder, overview=planned.overview)
        write_reports(reports, make, verbose=verbose)
    refuse(planned.plan, shown=shown)


def _viewing_done(planned: Planned, done: Applied, actor: Email, at: datetime) -> Make:
    from reconciler.reports.applied_view import applied_view

    def make(verbose: bool) -> View:
        with planned.store.reader(planned.plan.organization) as reader:
            overview = reader.overview()
        return applied_view(planned.plan, done, actor=actor, at=at, verbose=verbose,
                            folder=planned.folder, overview=overview)

    return make


def _approval(plan: Plan, confirmed: frozenset[str], path: str) -> frozenset[str]:
    """Ask; returns what was confirmed by name. Raises Unapproved for anything but yes."""
    if not sys.stdin.isatty():
        raise Unapproved(
            "nobody is at a terminal to approve the plan; nothing was written",
            how=f"add --auto-approve, or save a plan, read it and apply it: reconciler plan {path} "
                "--out plan.json")
    from reconciler.applying.apply import confirmations

    sys.stdout.flush()
    asked = confirmations(plan)
    for name in asked:
        if name in confirmed:
            continue
        if _ask(f"{_CANNOT[name]} cannot be undone. Type `{name}` to confirm: ") != name:
            raise Unapproved(f"the {name} {'was' if name == MIGRATION else 'were'} not confirmed; "
                             "nothing was written",
                             how=f"type the word, or add --confirm {name}")
    question = (f"Make {counted(len(plan.changes), 'change')} to {plan.organization}? "
                "Only `yes` is taken for a yes: ")
    if _ask(question) != "yes":
        raise Unapproved("the plan was not approved; nothing was written")
    return frozenset(asked)


def _ask(question: str) -> str:
    sys.stderr.write(for_terminal(question))
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _say_done(plan: Plan, done: Applied, format_: str, said: str) -> None:
    if format_ == Medium.JSON:
        result_json({"organization": plan.organization, **dataclasses.asdict(done)}, done=said)
        return
    if not done.changes:
        return
    waiting = f"; {done.waiting:,} waiting" if done.waiting else ""
    result(for_terminal(f"A{said[1:]}{waiting}."), done=said)
