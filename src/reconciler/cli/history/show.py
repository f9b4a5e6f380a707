"""`reconciler history show`: everything that a run did."""

from __future__ import annotations

from collections.abc import Iterator

import click

from reconciler.cli.history import as_json
from reconciler.cli.options import color_option, format_option, organization_option, store_option
from reconciler.cli.output import paint, result, result_json
from reconciler.cli.session import open_store, the_organization
from reconciler.live.past import FINISH
from reconciler.live.ports import AuditRecord, RunRecord, Store, Wanted
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean
from reconciler.reports.escape import for_terminal
from reconciler.reports.paint import Tone


def the_run(store: Store, where: str, wanted: str) -> RunRecord:
    """The run with this id, or with an id that begins so. Raises InvalidInput where there is none,
    or more than one."""
    runs = store.runs(where)
    exact = [run for run in runs if run.id == wanted]
    found = exact or [run for run in runs if run.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput(f"{len(found)} runs of {where} begin with {wanted}",
                           how=f"say which: {', '.join(r.id for r in found[-3:])}")
    close = did_you_mean(wanted, [run.id for run in runs])
    raise InvalidInput(f"{where} has no run {wanted}",
                       how=close or "list them: reconciler history")


@click.command()
@click.argument("run", metavar="RUN")
@format_option
@store_option
@organization_option
@color_option
def show(run: str, *, format_: str, store_url: str, organization: str | None) -> None:
    """Show a run: who, when, how it ended, and every operation that it performed.

    The first letters of its id are enough.

    \b
    Examples:
      reconciler history show 20270131T120000-1a2b3c4d
      reconciler history show 20270131 --format json
    """
    from reconciler.cli.audit import as_json as record_json

    store = open_store(store_url)
    where = the_organization(store, organization)
    found = the_run(store, where, run)
    sealed = store.search(where, Wanted(run=found.id))
    if format_ == "json":
        result_json({**as_json(found), "records": [record_json(s) for s in sealed]})
        return
    # Its own record says what stands in the head already.
    done = [s.record for s in sealed if s.record.operation != FINISH]
    result("\n".join([*_head(found), "", *_body(done)]).rstrip("\n"))


def _head(run: RunRecord) -> Iterator[str]:
    from reconciler.reports.told import duration_said, outcome_said

    coloured = paint()
    took = duration_said(run)
    facts = [
        ("actor", run.actor), ("author", run.author or ""),
        ("approved", ", ".join(run.approvers)),
        ("started", f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC"), ("took", took),
        ("commit", run.commit or ""), ("problem", run.problem or ""),
        ("plan", run.plan_digest), ("declared", run.desired_digest),
        ("policy", run.policy_digest or ""),
    ]
    yield coloured(for_terminal(f"Run {run.id}: {outcome_said(run)}"), Tone.HEADING)
    yield from (f"  {label:<9} {for_terminal(value)}" for label, value in facts if value)


def _body(records: list[AuditRecord]) -> Iterator[str]:
    """The operations by subject, in the order in which the run came to each."""
    from reconciler.reports.done import TONE_OF, subject_text
    from reconciler.reports.told import record_said

    coloured = paint()
    by_subject: dict[str, list[AuditRecord]] = {}
    for record in records:
        by_subject.setdefault(record.subject, []).append(record)
    for subject, done in by_subject.items():
        name = for_terminal(subject_text(subject))
        for number, record in enumerate(done):
            said = record_said(record)
            shown = name if number == 0 else " " * len(name)
            yield f"{coloured(said.sign, TONE_OF[said.sign])} {shown}  {for_terminal(said.text)}"
