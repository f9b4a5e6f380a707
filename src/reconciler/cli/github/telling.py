"""What all steps in a workflow do: learn where they run, and tell what came of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.cli.output import say
from reconciler.gitops.github.annotations import Annotation, Level, lines
from reconciler.gitops.github.context import Context, read_context
from reconciler.gitops.github.files import add_summary
from reconciler.model.errors import Exit, ReconcilerError
from reconciler.model.finding import Finding, Severity
from reconciler.reports.escape import for_markdown, for_markdown_block, for_terminal, visible
from reconciler.reports.findings import finding_line

if TYPE_CHECKING:
    from reconciler.gitops.github.client import Client
    from reconciler.reports.view import View

ATTACHED: Final = "the plan and its HTML report are attached to the run"
_LEVELS: Final = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING}
_FINDINGS: Final = 20
_OURS: Final = frozenset({Exit.INVALID, Exit.REFUSED, Exit.UNAPPROVED, Exit.STALE, Exit.LIMIT})
"""What goes wrong with what is asked: people of the pull request are told. Anything else may name
hosts and accounts, and is for the log."""
Make = Callable[[int], str]
"""Makes a text of at most so many characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The run of a workflow that this is, a way to ask GitHub, and the marker of its comment."""

    context: Context
    client: Client
    mark: str


def this_run(purpose: str, path: str) -> Run:
    """The run that this process is a step of. `purpose` and PATH tell its comment or issue from
    others. Raises InvalidInput where it is none."""
    from reconciler.gitops.github.client import Client
    from reconciler.gitops.github.comments import marker

    context = read_context(os.environ)
    client = Client(api=context.api, graphql=context.graphql, repository=context.repository,
                    token=context.token)
    return Run(context=context, client=client, mark=marker(purpose, path.rstrip("/")))


def annotate(run: Run, findings: Iterable[Finding]) -> None:
    """Say findings so that GitHub shows them at their lines."""
    say_annotations(at_their_lines(run.context, findings))


def annotate_error(run: Run, error: ReconcilerError) -> None:
    """Say what stops the program as an annotation, where its findings do not say it already."""
    say_annotations(of_error(run.context, error))


def at_their_lines(context: Context, findings: Iterable[Finding]) -> Iterator[Annotation]:
    """Findings as annotations of the repository, wherever in it this process runs."""
    folder = folder_within(context)
    return (_annotation(finding.within(folder)) for finding in findings)


def of_error(context: Context, error: ReconcilerError) -> Iterable[Annotation]:
    """What stops the program as annotations: its findings, or what it says itself."""
    if error.findings:
        return at_their_lines(context, error.findings)
    how = f" ({error.how})" if error.how else ""
    return [Annotation(level=Level.ERROR, title="reconciler", text=visible(f"{error.what}{how}"))]


def say_annotations(annotations: Iterable[Annotation]) -> None:
    """Say annotations: on stderr, for they are no result."""
    for line in lines(annotations):
        say(line)


def warn(text: str) -> None:
    """A warning that GitHub shows with the run."""
    say_annotations([Annotation(level=Level.WARNING, title="reconciler", text=visible(text))])


@contextlib.contextmanager
def as_warning(what: str) -> Iterator[None]:
    """Let what goes wrong be no more than a warning: there is something that matters more."""
    try:
        yield
    except ReconcilerError as error:
        warn(f"{what}: {error.what}{f' ({error.how})' if error.how else ''}")


def summarize(run: Run, make: Make) -> None:
    """Add a text to the summary of the run."""
    add_summary(run.context.summary, make)


def comment(run: Run, number: int, make: Make) -> None:
    """Write the one comment of this run's purpose on a pull request, or say that the token of a
    fork may not."""
    from reconciler.gitops.github.comments import body, put_comment

    if put_comment(run.client, number, run.mark, body(run.mark, make)):
        say(f"Wrote the comment on pull request {number}.")
    else:
        warn(f"the token may not comment on pull request {number}, as that of a fork may not: "
             "the summary of this run says what the comment would")


def as_markdown(view: View, foot: str = "", *, rest: str = ATTACHED, first: str = "") -> Make:
    """A report with a line below it, as something to be made of at most so many characters;
    `first` stands below its headline."""
    from reconciler.reports.markdown import to_markdown

    return lambda limit: to_markdown(view, limit=limit - len(foot) - 1, rest=rest,
                                     first=first) + foot


def explained(error: ReconcilerError) -> str:
    """What stops the program in one line, for everybody."""
    return error.what if error.exit in _OURS else "the log of the run says why"


def told(error: ReconcilerError) -> str:
    """What stops the program in words for a pull request, as Markdown."""
    if error.exit not in _OURS:
        return "It could not be done: the log of the run says why."
    how = f" ({error.how})" if error.how else ""
    return for_markdown(for_terminal(f"{error.what}{how}")[:4_000])


def failure(heading: str, error: ReconcilerError, below: str, more: str = "") -> Make:
    """What stopped the program, under a heading; `more` and `below` are Markdown already."""
    lines = [finding_line(f) for f in error.findings[:_FINDINGS]]
    left = len(error.findings) - len(lines)
    block = for_markdown_block([line[:1_000] for line in lines]
                               + ([f"and {left:,} more"] if left else [])) if lines else ""
    text = "\n\n".join(filter(None, (f"## {heading}", told(error), block, more)))
    return lambda _: f"{text}\n{below}"


def foot(run: Run, *facts: str) -> str:
    """The line below a text: where it comes from. Facts are Markdown already."""
    return f"\n{' · '.join((*facts, f'[run]({run.context.run_url})'))}\n"


def _annotation(finding: Finding) -> Annotation:
    place = finding.location
    how = f" ({finding.how})" if finding.how else ""
    return Annotation(
        level=_LEVELS[finding.severity], title=visible(finding.rule),
        text=visible(f"{finding.what}{how}"), file=visible(place.file) if place else "",
        line=place.line if place else 0, column=place.column if place else 0)


def folder_within(context: Context) -> str:
    """The working directory as a folder of the repository, with its slash; nothing at its root."""
    try:
        below = Path.cwd().relative_to(context.workspace.resolve()).as_posix()
    except ValueError:
        return ""
    return "" if below == "." else f"{below}/"
