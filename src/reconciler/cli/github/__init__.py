"""`reconciler github`: planning, checking, applying and watching as steps of a workflow."""

from __future__ import annotations

from typing import Final

import click

from reconciler.cli.lazy import Entry, LazyGroup

_HERE: Final = "reconciler.cli.github"

ENTRIES: Final = {
    "plan": Entry(f"{_HERE}.plan:plan", "Plan a pull request, and comment the plan on it."),
    "files": Entry(f"{_HERE}.files:files",
                   "Check that files are in order and CODEOWNERS is up to date."),
    "apply": Entry(f"{_HERE}.apply:apply",
                   "Apply what was merged, if it is what was reviewed and approved."),
    "drift": Entry(f"{_HERE}.drift:drift", "Keep one issue about drift, as long as there is any."),
    "snapshot": Entry(f"{_HERE}.snapshot:snapshot",
                      "Fetch the newest snapshot, to plan without credentials."),
}


@click.group(cls=LazyGroup, entries=ENTRIES)
def github() -> None:
    """Run as steps of a GitHub workflow.

    They do what plan, apply, drift and the checks of files do, and tell it where people of GitHub
    look: at the lines of the pull request, in one comment that is edited in place, in the summary
    of the run, in one issue. They read what the runner says (GITHUB_EVENT_PATH and others) and ask
    GitHub with GITHUB_TOKEN. Another CI system needs plan, approvals, apply, drift,
    `edit format --check` and `codeowners --check` alone.

    \b
    Examples:
      reconciler github plan access/
      reconciler github files access/
      reconciler github apply access/
      reconciler github drift access/
    """
