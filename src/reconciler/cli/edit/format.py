"""`reconciler edit format`: the one layout of the files."""

from __future__ import annotations

import click

from reconciler.cli.edit.editing import edit_files, edit_options, opened
from reconciler.cli.output import result, say
from reconciler.cli.patience import working
from reconciler.cli.places import folder_of, placing
from reconciler.model.errors import Exit
from reconciler.reports.escape import for_terminal
from reconciler.reports.words import counted


@click.command("format")
@edit_options
@click.option("--check", is_flag=True,
              help="Write nothing: list the files that are not in order, and exit with 2.")
def format_(path: str, check: bool) -> int:
    """Put the files in order: what they say stays the same, and every comment stays.

    Sections stand in the order of the format with a blank line between them, entries are sorted
    by name, everything is indented by two. What is in braces or quotes stays as it is written.

    Comments travel: one directly above an entry is its own. One with a blank line below it is a
    heading, and so is one above several entries where groups of entries are kept apart by blank
    lines: entries are sorted below their heading then.

    \b
    Examples:
      reconciler edit format org.yaml
      reconciler edit format access/ --check
    """
    from reconciler.desired.edits.formatting import format_files

    if not check:
        edit_files(path, format_files)
        return Exit.DONE
    folder = folder_of(path)
    with working("checking"), placing(folder):
        names = format_files(opened(path))
    for name in names:
        result(for_terminal(folder + name))
    if names:
        files = counted(len(names), "file")
        say(f"{files} not in order; put in order with: reconciler edit format")
    return Exit.CHANGES if names else Exit.DONE
