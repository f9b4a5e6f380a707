"""`reconciler github files`: whether the files are in order, and CODEOWNERS is up to date."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli.codeowners import OutOfDate, made_for, out_of_date, show
from reconciler.cli.github.telling import failure, folder_within, of_error, say_annotations
from reconciler.cli.kinds import expect_desired
from reconciler.cli.options import color_option
from reconciler.cli.output import result, say
from reconciler.cli.patience import working
from reconciler.cli.places import folder_of, placing
from reconciler.cli.terms import policy_option
from reconciler.gitops.github.annotations import Annotation, Level
from reconciler.gitops.github.context import Context, read_context
from reconciler.gitops.github.files import add_summary
from reconciler.gitops.worktree import CODEOWNERS
from reconciler.model.errors import Exit, ReconcilerError
from reconciler.reports.escape import for_markdown, for_markdown_block, for_terminal, visible
from reconciler.reports.words import counted

if TYPE_CHECKING:
    from reconciler.desired.edits.checking import OutOfOrder

_MOST: Final = 200
"""Lines of a list in the summary: the log has all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """What came of the checks. `folder` is put before the names of files; `mend` puts them in
    order; `wrong` is what kept a check from being made."""

    folder: str
    mend: str
    misplaced: list[OutOfOrder]
    owners: Path
    stale: OutOfDate | None
    wrong: list[ReconcilerError]


@click.command()
@click.argument("path", metavar="PATH")
@click.option("--codeowners", "owners", metavar="FILE", type=click.Path(path_type=Path),
              default=Path(CODEOWNERS), show_default=True, help="Where CODEOWNERS is kept.")
@policy_option
@color_option
def files(path: str, *, owners: Path, policy_file: str | None) -> int:
    """Check that the files are in order and CODEOWNERS is up to date: a step on pull requests.

    It does what `edit format --check` and `codeowners --check` do, both in any case, and shows at
    each file what is to be mended, and the command that mends it. It asks neither a live store
    nor GitHub, and needs no secret.

    \b
    Exit codes: 0 all is well, 2 something is to be mended, 3 malformed input, 4 a rule is broken.

    \b
    Examples:
      reconciler github files access/
    """
    context = read_context(os.environ)
    expect_desired(path)
    checked = _check(path, owners, policy_file)
    for file in checked.misplaced:
        result(for_terminal(checked.folder + file.name))
    if checked.stale is not None:
        show(checked.stale)
    say_annotations(dict.fromkeys(_annotations(checked, context)))
    if checked.wrong:
        error = checked.wrong[-1]
        add_summary(context.summary, failure("The files could not be checked", error, ""))
        raise error
    if checked.misplaced or checked.stale is not None:
        add_summary(context.summary, lambda _: _summary(checked))
        return Exit.CHANGES
    say(for_terminal(f"The files are in order, and {owners} is up to date."))
    return Exit.DONE


def _check(path: str, owners: Path, policy_file: str | None) -> _Checked:
    """Make both checks, whatever comes of the first."""
    from reconciler.desired.edits.checking import out_of_order

    folder = folder_of(path)
    misplaced: list[OutOfOrder] = []
    stale: OutOfDate | None = None
    wrong: list[ReconcilerError] = []
    try:
        with working("checking"), placing(folder):
            misplaced = out_of_order(path, folder=folder)
    except ReconcilerError as error:
        wrong.append(error)
    try:
        stale = out_of_date(made_for(path, policy_file), owners, path)
    except ReconcilerError as error:
        wrong.append(error)
    return _Checked(folder=folder, mend=f"reconciler edit format {shlex.quote(path)}",
                    misplaced=misplaced, owners=owners, stale=stale, wrong=wrong)


def _annotations(checked: _Checked, context: Context) -> Iterator[Annotation]:
    for error in checked.wrong:
        yield from of_error(context, error)
    within = folder_within(context)
    if checked.stale is not None:
        yield Annotation(
            level=Level.ERROR, title="out of date", line=checked.stale.line,
            file=visible(os.path.relpath(checked.owners, context.workspace.resolve())),
            text=visible(f"{checked.stale.what}; make it with: {checked.stale.command}"))
    for file in checked.misplaced:
        yield Annotation(
            level=Level.ERROR, title="not in order", line=file.line,
            file=visible(f"{within}{checked.folder}{file.name}"),
            text=visible(f"{checked.folder}{file.name} is not in order; put it in order with: "
                         f"{checked.mend}"))


def _summary(checked: _Checked) -> str:
    parts = ["## The files are to be mended"]
    if checked.misplaced:
        names = [f"{checked.folder}{file.name}:{file.line}" for file in checked.misplaced]
        parts += [f"Not in order: {counted(len(names), 'file')}, put in order with",
                  for_markdown_block([checked.mend], "sh"), _block(names, "text")]
    if checked.stale is not None:
        parts += [f"{for_markdown(checked.stale.what)}, and is made with",
                  for_markdown_block([checked.stale.command], "sh"),
                  _block(checked.stale.lines, "diff")]
    return "\n\n".join([*parts, ""])


def _block(lines: list[str], language: str) -> str:
    more = [f"and {len(lines) - _MOST:,} more"] if len(lines) > _MOST else []
    return for_markdown_block([line[:1_000] for line in lines[:_MOST]] + more, language)
