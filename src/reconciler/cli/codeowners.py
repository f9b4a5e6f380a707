"""`reconciler codeowners`: who is asked to review which file, out of the declared roles."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import click

from reconciler.cli.files import read_text, write_whole
from reconciler.cli.kinds import expect_desired
from reconciler.cli.options import color_option
from reconciler.cli.output import paint, result, say
from reconciler.cli.patience import working
from reconciler.cli.places import folder_of, placing
from reconciler.cli.terms import policy_option
from reconciler.desired.edits.lines import first_difference
from reconciler.gitops.codeowners import MADE_BY, MAX_BYTES, Codeowners, codeowners
from reconciler.gitops.worktree import kept_in
from reconciler.model.errors import Exit, InvalidInput
from reconciler.reports.escape import for_terminal
from reconciler.reports.paint import Tone

MOST_LINES: Final = 200
_TONES: Final = {"+": Tone.ADD, "-": Tone.REMOVE}


@click.command("codeowners")
@click.argument("path", metavar="PATH")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path),
              help="Write it to this file: .github/CODEOWNERS is where GitHub looks for it.")
@click.option("--check", metavar="FILE", type=click.Path(path_type=Path),
              help="Write nothing: show what differs in this file, and exit with 2.")
@policy_option
@color_option
def codeowners_(
    path: str, out: Path | None, check: Path | None, policy_file: str | None
) -> int:
    """Print CODEOWNERS for the files at PATH: who is asked to review a change to which of them.

    Org admins own everything. A file that does nothing but give people roles on projects is
    owned, beside them, by whoever manages all of these projects. People are named by their account
    (`accounts: {github: LOGIN}`), else by their email. A role with an end makes nobody an owner,
    and nobody of `approvals.automation` in the policy is one.

    Patterns begin at the root of the repository that PATH is in: the nearest folder above it with
    .git or .github.

    \b
    Exit codes: 0 done, or as it should be; 2 out of date (with --check); 3 malformed input.

    \b
    Examples:
      reconciler codeowners access/ --out .github/CODEOWNERS
      reconciler codeowners access/ --check .github/CODEOWNERS
    """
    if out is not None and check is not None:
        raise click.UsageError("--out writes and --check writes nothing: give one of them.")
    made = made_for(path, policy_file)
    if check is not None:
        stale = out_of_date(made, check, path)
        if stale is None:
            return Exit.DONE
        show(stale)
        say(for_terminal(f"{stale.what}; make it with: {stale.command}"))
        return Exit.CHANGES
    say_unwritable(made)
    if out is None:
        result(made.text.rstrip("\n"))
        return Exit.DONE
    if out.is_file() and not _text_of(out).startswith(MADE_BY):
        raise InvalidInput(f"{out} exists and was not made by this command; it is left as it is",
                           how="move what it says elsewhere and delete it")
    write_whole(out, made.text)
    result(for_terminal(f"Wrote {out}."))
    return Exit.DONE


def say_unwritable(made: Codeowners) -> None:
    """Tell what CODEOWNERS cannot say."""
    for file in made.unwritable_files:
        say(for_terminal(f"note: no pattern can name {file}: org admins alone own it"))
    for email in made.unwritable_owners:
        say(for_terminal(f"note: CODEOWNERS cannot hold the address {email}: state their account, "
                         "accounts: {github: LOGIN}"))


class OutOfDate(NamedTuple):
    """A CODEOWNERS that is not as it should be: what is wrong with it and at which line, the
    command that makes it, and the lines to take out (`-`) and to add (`+`)."""

    what: str
    line: int
    command: str
    lines: list[str]


def made_for(path: str, policy_file: str | None) -> Codeowners:
    """CODEOWNERS for the files at a path. Raises what loading raises."""
    from reconciler.desired.load import load
    from reconciler.desired.policy import load_with_policy

    expect_desired(path)
    with working("reading"), placing(folder_of(path)):
        state, declared = load_with_policy(load, path, policy_file)
    kept = kept_in(path)
    return codeowners(
        state, folder=kept.folder, command=kept.command,
        automation=declared.policy.automation if declared is not None else frozenset())


def out_of_date(made: Codeowners, file: Path, path: str) -> OutOfDate | None:
    """What is out of date in a file that should be as it was `made` for a path."""
    there = _text_of(file) if file.exists() else ""
    if there == made.text:
        return None
    what = "out of date" if file.exists() else "not there"
    return OutOfDate(
        f"{file} is {what}", first_difference(there, made.text),
        f"reconciler codeowners {shlex.quote(path)} --out {shlex.quote(str(file))}",
        list(_difference(there, made.text)))


def show(stale: OutOfDate) -> None:
    """Print the lines that differ."""
    tint = paint()
    for line in stale.lines[:MOST_LINES]:
        shown = for_terminal(line)
        result(tint(shown, _TONES[line[0]]) if line[0] in _TONES else shown)
    if len(stale.lines) > MOST_LINES:
        say(f"and {len(stale.lines) - MOST_LINES:,} more lines")


def _text_of(file: Path) -> str:
    # A checkout may have turned the line breaks into those of its machine.
    return read_text(file, "CODEOWNERS", limit=MAX_BYTES).replace("\r\n", "\n")


def _difference(there: str, text: str) -> Iterator[str]:
    """Lines to take out and to add, without the header of a patch."""
    whole = difflib.unified_diff(there.splitlines(), text.splitlines(), lineterm="", n=0)
    next(whole, None)
    next(whole, None)
    return (line for line in whole if not line.startswith("@@"))
