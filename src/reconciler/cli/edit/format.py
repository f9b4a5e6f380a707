"""`reconciler edit format`: the one layout of the files."""

from __future__ import annotations

import shlex

import click

from reconciler.cli.edit.editing import edit_files, edit_options
from reconciler.cli.kinds import expect_desired
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

    --check looks at the layout alone: whether what is said is right, `reconciler validate` tells.

    \b
    Examples:
      reconciler edit format org.yaml
      reconciler edit format access/ --check
    """
    if not check:
        from reconciler.desired.edits.formatting import format_files

        edit_files(path, format_files)
        return Exit.DONE
    from reconciler.desired.edits.checking import out_of_order

    folder = folder_of(path)
    with working("checking"), placing(folder):
        expect_desired(path)
        found = out_of_order(path, folder=folder)
    for file in found:
        result(for_terminal(folder + file.name))
    if found:
        files = counted(len(found), "file")
        say(for_terminal(f"{files} not in order; put in order with: "
                         f"reconciler edit format {shlex.quote(path)}"))
    return Exit.CHANGES if found else Exit.DONE
