"""Who reviewed a pull request and what that amounts to, for the commands and for its people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import click

from reconciler.cli.github.telling import Run
from reconciler.gitops.github.context import PullRequest
from reconciler.model.email import Email
from reconciler.reports.escape import for_markdown

if TYPE_CHECKING:
    from reconciler.applying.approvals import Coverage
    from reconciler.gitops.github.reviewed import Source, Verdict
    from reconciler.live.ports import Store
    from reconciler.planning.plan import Plan


F = TypeVar("F", bound=Callable[..., Any])
_ROOM: Final = 12_000
"""Characters of a comment for approvals: the report needs the rest."""


class Judged(NamedTuple):
    """The reviews of a pull request, held against a plan."""

    plan: Plan
    verdict: Verdict
    covers: Coverage


def attached_options(command: F) -> F:
    """--artifact and --plan-workflow."""
    for option in (
        click.option("--plan-workflow", "workflow", metavar="FILE", show_default=True,
                     default=".github/workflows/plan.yml",
                     help="The workflow that plans: of no other one is a plan taken as reviewed."),
        click.option("--artifact", metavar="NAME", default="reconciler-plan", show_default=True,
                     help="What plans are attached as; the commit is put behind it."),
    ):
        command = option(command)
    return command


def judge(
    run: Run, pull: PullRequest, plan: Plan, store: Store, source: Source, *,
    actor: Email | None, at: datetime,
) -> Judged:
    """Ask GitHub who reviewed, and hold it against the live roles (L11); whose account is whose,
    the live store says. Raises what asking and the store raise, and Stale where it moved."""
    from reconciler.applying.approvals import coverage, policy_of
    from reconciler.gitops.github.reviewed import verdict
    from reconciler.model.policy import BUILT_IN

    with store.reader(plan.organization) as reader:
        frame = reader.frame()
        policy = policy_of(plan, frame.policy) or BUILT_IN
        said = verdict(run.client, pull, plan, source, frame.accounts.values(),
                       independent=policy.approvals_independent)
        return Judged(plan, said, coverage(plan, reader, said.approvals, actor=actor, now=at))


def review_markdown(judged: Judged) -> str:
    """Who approved, whose approval does not hold and why, and who is to be asked; nothing where
    there is nothing to approve."""
    from reconciler.reports.approvals import approvals_markdown

    if judged.plan.empty:
        return ""
    lines = []
    if judged.verdict.author and judged.covers.required:
        lines.append(f"- of the author nothing is known: {for_markdown(judged.verdict.author)}")
    for word in judged.verdict.words:
        who = for_markdown(word.login) + (f" ({for_markdown(word.person)})" if word.person else "")
        if not word.counts:
            lines.append(f"- {who} does not count: {for_markdown(word.why)}")
    told = approvals_markdown(judged.plan, judged.covers)
    return _bounded("\n".join(["### Approvals", "", *lines, *([""] if lines else []), told]))


def _bounded(text: str) -> str:
    """The lines that have room: each stands by itself. The last one says what comes of it all."""
    if len(text) <= _ROOM:
        return text
    *lines, last = text.rstrip("\n").split("\n")
    kept, size = [], len(last)
    for line in lines:
        size += len(line) + 1
        if size > _ROOM:
            break
        kept.append(line)
    return "\n".join([*kept, f"- and {len(lines) - len(kept):,} lines more", "", last, ""])
