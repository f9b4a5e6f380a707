"""Whether a pull request may be merged as far as approvals go: a commit status, for a rule of the
branch to require.

It keeps from being merged what `apply` would refuse afterwards. `apply` asks again: whoever may
write to the repository may set a status, too.
"""

from __future__ import annotations

from typing import Final

from reconciler.cli.github.reviewing import Judged, way_of
from reconciler.cli.github.telling import Run, as_warning, explained, warn
from reconciler.gitops.github.statuses import State, Status
from reconciler.model.errors import ReconcilerError
from reconciler.planning.plan import Plan
from reconciler.reports.escape import visible
from reconciler.reports.words import counted

CONTEXT: Final = "reconciler/approvals"
_LONGEST_PATH: Final = 200
FORK: Final = Status(state=State.FAILURE,
                     why="A fork's plan is not applied: propose it from a branch of this "
                         "repository")
WORKFLOWS: Final = Status(state=State.FAILURE,
                          why="It changes workflows too: propose those in a pull request of their "
                              "own")
NOTHING: Final = Status(state=State.SUCCESS, why="No changes: nothing is to be approved")
UNKNOWN: Final = Status(state=State.FAILURE,
                        why="Who approved could not be found out: the log of the run says why")


def of_error(error: ReconcilerError) -> Status:
    """Where there is no plan."""
    return Status(state=State.FAILURE, why=f"No plan: {explained(error)}")


def of_actor(error: ReconcilerError) -> Status:
    """Where nobody acts who may."""
    return Status(state=State.FAILURE, why=f"It would not be applied: {explained(error)}")


def of_refused(plan: Plan) -> Status:
    """Where a plan may not be applied whoever approves it."""
    if not plan.refused:
        return Status(state=State.FAILURE, why="Planned against a snapshot, which is not applied")
    wrong = [f for f in plan.findings if f.severity == "error"]
    return Status(state=State.FAILURE, why=f"The plan is refused: {counted(len(wrong), 'error')}, "
                                           f"beginning with {wrong[0].rule} ({wrong[0].subject})")


def of_approvals(judged: Judged) -> Status:
    """What the approvals of a plan amount to."""
    covers = judged.covers
    changes = counted(len(judged.plan.changes), "change")
    if not covers.required:
        return Status(state=State.SUCCESS, why=f"No approval is required of {changes}")
    if covers.sufficient:
        return Status(state=State.SUCCESS,
                      why=f"{changes} approved by {', '.join(covers.counted)}")
    way = way_of(judged)
    return Status(state=State.PENDING, why=f"{len(covers.missing):,} of {changes} not approved"
                                           f"{f': {way}' if way else ''}")


def context_of(path: str) -> str:
    """The name of the status. PATH is in it: one desired state of a repository says nothing of
    another."""
    return f"{CONTEXT} ({visible(path.rstrip('/'))[:_LONGEST_PATH]})"


def show(run: Run, commit: str, path: str, status: Status) -> None:
    """Set the status of a commit. That it cannot be set is a warning."""
    from reconciler.gitops.github.statuses import set_status

    context = context_of(path)
    told = Status(state=status.state, why=visible(status.why))
    with as_warning(f"the status {context} could not be set"):
        if not set_status(run.client, commit, context, told, url=run.context.run_url):
            warn(f"the token may not set the status {context}, as that of a fork may not: "
                 "elsewhere give the job the permission `statuses: write`")
