"""What all edits share: open the files, change them, show what changed."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from reconciler.cli.kinds import expect_desired
from reconciler.cli.options import color_option
from reconciler.cli.output import paint, result, say
from reconciler.cli.patience import working
from reconciler.cli.places import folder_of, placing
from reconciler.reports.escape import for_terminal
from reconciler.reports.paint import Tone
from reconciler.reports.words import counted

if TYPE_CHECKING:
    from reconciler.desired.edits.workspace import FileChange, Workspace

F = TypeVar("F", bound=Callable[..., Any])
PATH: Final = click.argument("path", metavar="PATH")
MOST_LINES: Final = 400
"""More lines than these are for a tool that compares files."""
_TONES: Final = {"+": Tone.ADD, "-": Tone.REMOVE, "@": Tone.QUIET}


def edit_options(command: F) -> F:
    """PATH, and --color."""
    return PATH(color_option(command))


def edit_files(path: str, change: Callable[[Workspace], object]) -> tuple[FileChange, ...]:
    """Change the files at a path, check the result, write it, and show what changed."""
    folder = folder_of(path)
    with working("editing"), placing(folder):
        files = opened(path)
        change(files)
        changes = files.save()
    if not changes:
        say("Nothing to change: the files say so already.")
        return ()
    for file in changes:
        _show(file, folder)
    return changes


def opened(path: str) -> Workspace:
    """The files at a path, to be edited."""
    from reconciler.desired.edits.workspace import Workspace

    expect_desired(path)
    return Workspace.open(path, folder=folder_of(path))


def _show(file: FileChange, folder: str) -> None:
    lines = list(_difference(file))
    marks = [line[0] for line in lines]
    first = next(line for line in lines if line[0] == "@")
    name = for_terminal(f"{folder}{file.name}:{_first_line(first)}")
    tint = paint()
    counts = " ".join(text for text in (
        tint(f"+{marks.count('+')}", Tone.ADD) if "+" in marks else "",
        tint(f"-{marks.count('-')}", Tone.REMOVE) if "-" in marks else "") if text)
    result(f"{tint(name, Tone.HEADING)} {counts}")
    for line in lines[:MOST_LINES]:
        text = f"  {for_terminal(line)}".rstrip()
        result(tint(text, _TONES[line[0]]) if line[0] in _TONES else text)
    if len(lines) > MOST_LINES:
        sys.stdout.flush()
        say(f"and {counted(len(lines) - MOST_LINES, 'more line')}: git diff shows all")


def _difference(file: FileChange) -> Iterator[str]:
    before, after = (text.removesuffix("\n").split("\n") for text in (file.before, file.after))
    # The first two lines only name the files.
    whole = difflib.unified_diff(before, after, lineterm="", n=1)
    next(whole, None)
    next(whole, None)
    # A line break of two characters is no part of the line.
    return (line.removesuffix("\r") for line in whole)


def _first_line(hunk: str) -> str:
    """The line at which a hunk `@@ -3,2 +3,4 @@` begins in the new file, behind one line of
    context."""
    start = int(hunk.split("+")[1].split(",")[0].split(" ")[0])
    return str(start + 1 if start > 1 else max(start, 1))
