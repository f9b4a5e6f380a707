"""`reconciler history`: the runs, and what each of them did."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.lazy import Entry, LazyGroup
from reconciler.cli.options import color_option, format_option, organization_option, store_option
from reconciler.cli.output import columns, paint, result, result_json
from reconciler.cli.session import open_store, the_organization
from reconciler.live.ports import RunRecord
from reconciler.reports.escape import for_terminal
from reconciler.reports.paint import Tone


@click.group(cls=LazyGroup, invoke_without_command=True, entries={
    "show": Entry("reconciler.cli.history.show:show", "Show everything that a run did."),
})
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=20, show_default=True,
              help="Only the newest N.")
@format_option
@store_option
@organization_option
@color_option
@click.pass_context
def history(
    ctx: click.Context, /, *, limit: int, format_: str, store_url: str, organization: str | None
) -> None:
    """List the runs of the organization, the newest first: who, when, from which commit, and what.

    \b
    Examples:
      reconciler history
      reconciler history show 20270131T120000-1a2b3c4d
    """
    if ctx.invoked_subcommand is not None:
        return
    from reconciler.desired.revision import short
    from reconciler.reports.told import counts_said, duration_said, outcome_said

    store = open_store(store_url)
    runs = store.runs(the_organization(store, organization))[::-1][:limit]
    if format_ == "json":
        result_json([as_json(run) for run in runs])
        return
    if not runs:
        result("No runs yet.")
        return
    coloured = paint()
    rows = [("RUN", "STARTED", "ACTOR", "COMMIT", "OUTCOME", "TOOK", "WHAT")]
    rows += [(run.id, f"{run.started_at:%Y-%m-%d %H:%M}", run.actor, short(run.commit or ""),
              outcome_said(run), duration_said(run), counts_said(run.counts)) for run in runs]
    heading, *body = columns(
        [tuple(for_terminal(cell) for cell in row) for row in rows]).split("\n")
    result("\n".join([coloured(heading, Tone.HEADING), *body]))


def as_json(run: RunRecord) -> dict[str, Any]:
    """A run as plain JSON values; times are UTC, `seconds` None where it did not end."""
    ended = run.finished_at
    return {
        "run": run.id, "outcome": run.outcome, "actor": run.actor, "commit": run.commit,
        "started_at": run.started_at.isoformat(),
        "finished_at": ended.isoformat() if ended else None,
        "seconds": (ended - run.started_at).total_seconds() if ended else None,
        "changes": run.changes, "counts": run.counts, "plan_digest": run.plan_digest,
        "desired_digest": run.desired_digest, "policy_digest": run.policy_digest,
        "problem": run.problem, "author": run.author, "approvers": list(run.approvers),
    }
