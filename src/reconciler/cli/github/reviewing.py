"""Who reviewed a pull request and what that amounts to, for the commands and for its people."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import click

from reconciler.cli.github.telling import Run
from reconciler.cli.planning import Planned, plan_beside
from reconciler.cli.terms import Asked
from reconciler.gitops.github.context import PullRequest
from reconciler.model.accounts import GITHUB
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from reconciler.reports.escape import for_markdown

if TYPE_CHECKING:
    from reconciler.applying.approvals import Coverage
    from reconciler.gitops.github.reviewed import Source, Verdict
    from reconciler.planning.plan import Plan


F = TypeVar("F", bound=Callable[..., Any])
_ROOM: Final = 12_000
"""Characters of a comment for approvals: the report needs the rest."""


class Judged(NamedTuple):
    """The reviews of a pull request, held against a plan."""

    plan: Plan
    verdict: Verdict
    covers: Coverage
    logins: Mapping[Email, str]


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


def terms_of(run: Run, pull: PullRequest | None, policy_file: str | None) -> Asked:
    """What a pull request is planned with: the limits that its last commit allows to exceed.
    Raises InvalidInput for a commit that says it in another form."""
    from reconciler.gitops.github.allowing import allowances_of

    return Asked(policy_file, allowances_of(run.client, pull.head) if pull is not None else ())


def judge(
    run: Run, pull: PullRequest, planned: Planned, source: Source, *, actor: Email | None,
    at: datetime,
) -> Judged:
    """Ask GitHub who reviewed, and hold it against the live roles (L11); whose account is whose,
    the live store says. Raises what asking and the store raise, and Stale where it moved."""
    from reconciler.applying.approvals import coverage, policy_of
    from reconciler.gitops.github.reviewed import verdict
    from reconciler.model.policy import BUILT_IN

    plan, store = planned.plan, planned.store
    with store.reader(plan.organization) as reader:
        frame = reader.frame()
    policy = policy_of(plan, frame.policy) or BUILT_IN
    said = verdict(run.client, pull, plan, source, frame.accounts.values(),
                   independent=policy.approvals_independent,
                   plan_of=partial(plan_of_commit, run, planned))
    with store.reader(plan.organization) as reader:
        covers = coverage(plan, reader, said.approvals, actor=actor, now=at)
    return Judged(plan, said, covers,
                  {a.email: a.name for a in frame.accounts.values() if a.service == GITHUB})


def plan_of_commit(run: Run, planned: Planned, commit: str) -> Plan:
    """The plan of the same files as another commit has them. Raises what fetching, loading and
    the store raise."""
    from reconciler.gitops.github.checkout import check_out

    here = run.context.workspace.resolve()
    path, policy = _within(here, planned.path), planned.terms.policy_file
    if path is None:
        raise InvalidInput(f"{planned.path} is not in the repository, so that no other commit of "
                           "it can be asked", how="check it out within GITHUB_WORKSPACE")
    folder = path if (here / path).is_dir() else path.rpartition("/")[0]
    told = _within(here, policy) if policy is not None else None
    with TemporaryDirectory(prefix="reconciler-") as place:
        check_out(run.client, commit, (folder, *([told] if told else [])), here=here,
                  into=Path(place))
        # A policy from elsewhere is of no commit.
        return plan_beside(planned, f"{place}/{path}", f"{place}/{told}" if told else policy,
                           commit=commit)


def _within(workspace: Path, path: str) -> str | None:
    """A path relative to the repository, with slashes (nothing: all of it); None for one that is
    elsewhere."""
    try:
        below = Path(os.path.normpath(Path.cwd() / path)).relative_to(workspace).as_posix()
    except ValueError:
        return None
    return "" if below == "." else below


def verdict_first(judged: Judged) -> str:
    """What comes of the approvals and whom to ask, to be read before anything else."""
    from reconciler.reports.approvals import verdict_markdown

    return verdict_markdown(judged.plan, judged.covers, way=way_of(judged))


def way_of(judged: Judged) -> str:
    """How the approvals are completed, in words of GitHub."""
    from reconciler.reports.approvals import whom_to_ask

    if judged.covers.unknown_author:
        return f"of the author nothing is known: {judged.verdict.author}"
    return whom_to_ask(judged.covers, judged.logins)


def review_markdown(judged: Judged) -> str:
    """Who approved, whose approval does not hold and why, and who may approve what is missing;
    nothing where there is nothing to approve."""
    from reconciler.reports.approvals import approvals_markdown

    if judged.plan.empty:
        return ""
    lines = []
    for word in judged.verdict.words:
        who = for_markdown(word.login) + (f" ({for_markdown(word.person)})" if word.person else "")
        if not word.counts:
            lines.append(f"- {who} does not count: {for_markdown(word.why)}")
    told = approvals_markdown(judged.plan, judged.covers)
    return _bounded("\n".join(["### Approvals", "", *lines, *([""] if lines else []), told]))


def _bounded(text: str) -> str:
    """The lines that have room: each stands by itself."""
    if len(text) <= _ROOM:
        return text
    kept, size = [], 0
    lines = text.rstrip("\n").split("\n")
    for line in lines:
        size += len(line) + 1
        if size > _ROOM:
            break
        kept.append(line)
    return "\n".join([*kept, f"- and {len(lines) - len(kept):,} lines more", ""])
