"""`reconciler github snapshot`: the newest snapshot that main has published."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.files import refuse_to_replace, write_whole
from reconciler.cli.github.telling import this_run
from reconciler.cli.kinds import Kind
from reconciler.cli.options import color_option
from reconciler.cli.output import say
from reconciler.model.errors import InvalidInput
from reconciler.reports.escape import for_terminal


@click.command()
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              default=Path("snapshot.db"), show_default=True, help="Where to write it.")
@click.option("--artifact", metavar="NAME", default="reconciler-snapshot", show_default=True,
              help="What the attachment is called.")
@click.option("--workflow", "workflows", metavar="FILE", multiple=True,
              default=(".github/workflows/apply.yml", ".github/workflows/drift.yml"),
              show_default=True, help="A workflow that publishes snapshots; may be repeated.")
@color_option
def snapshot(*, out: Path, artifact: str, workflows: tuple[str, ...]) -> None:
    """Fetch the newest snapshot: a step before the plan of a pull request from a fork.

    A fork's pull request is given no credentials of the live store, and needs none to plan
    against a snapshot. Only one is taken that was attached by a run of this repository itself, on
    its default branch.

    \b
    Exit codes: 0 done, 3 there is none, or it is no snapshot file, 10 no GitHub.

    \b
    Examples:
      reconciler github snapshot --out snapshot.db
      reconciler github plan access/ --store snapshot:snapshot.db
    """
    from reconciler.gitops.github.artifacts import Origin, newest, unpacked

    refuse_to_replace(out, Kind.SNAPSHOT, "snapshot", instead="name one to plan against")
    run = this_run("snapshot", artifact)
    origin = Origin(workflows=frozenset(workflows), branch=run.context.default_branch,
                    events=frozenset({"push", "schedule", "workflow_dispatch"}))
    search = newest(run.client, artifact, origin)
    if search.found is None:
        why = f": {'; '.join(search.passed_over)}" if search.passed_over else ""
        raise InvalidInput(
            f"no snapshot is attached to any run on {run.context.default_branch}{why}",
            how="set the variable RECONCILER_SNAPSHOT in the repository's settings to true, where "
                "everybody who can read the repository may know who has which access, and run the "
                "workflow drift: it attaches one then")
    write_whole(out, unpacked(run.client, search.found, "snapshot.db"))
    say(f"Wrote {for_terminal(str(out))}.")
