"""Reports of any command: printed in one format, written to files in any others at once."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from reconciler.cli.files import write_whole
from reconciler.cli.kinds import Kind, kind_of
from reconciler.cli.output import paint, result, say
from reconciler.cli.patience import working
from reconciler.model.errors import InvalidInput
from reconciler.reports.escape import for_terminal
from reconciler.reports.paint import Paint, plain

if TYPE_CHECKING:
    from reconciler.reports.view import View


class Medium(enum.StrEnum):
    """What a report is written in."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


class Wanted(NamedTuple):
    """One report to write: `markdown=plan.md`."""

    medium: Medium
    path: Path


Make = Callable[[bool], "View"]
"""Makes the view of a report; True names everything that can be long."""
_WHOLE: Final = frozenset({Medium.JSON, Medium.HTML})
"""Where there is room for everything."""


def report_wanted(value: str) -> Wanted:
    """`FORMAT=FILE` as it is given on the command line."""
    medium, equals, path = value.partition("=")
    if not equals or not path or medium not in list(Medium):
        raise click.BadParameter(f"{value!r} is not FORMAT=FILE with one of the formats "
                                 f"{', '.join(Medium)}; for example markdown=plan.md.")
    if path == "-":
        raise click.BadParameter(f"{value!r} names no file; --format {medium} prints it.")
    return Wanted(Medium(medium), Path(path))


def refuse_wrong_reports(wanted: Iterable[Wanted]) -> None:
    """Hold reports against what is there, before anything is done.

    Raises InvalidInput for one that would replace a file that is no report (the desired state, a
    live store, a saved plan), that has no folder to be in, or that another one would replace.
    """
    seen: set[Path] = set()
    for _, path in wanted:
        place = path.resolve()
        if place in seen:
            raise InvalidInput(f"two reports are to be written to {path}",
                               how="give each a file of its own")
        seen.add(place)
        if not place.parent.is_dir():
            raise InvalidInput(f"{path} cannot be written: there is no folder {path.parent}",
                               how="make it, or name another file with --report")
        if path.is_file() and path.stat().st_size and kind_of(path) is not Kind.REPORT:
            raise InvalidInput(f"{path} exists and is no report; it is left as it is",
                               how="name another file with --report")


def print_report(make: Make, format_: str, *, verbose: bool, done: str = "") -> None:
    """Print a report on stdout; `done` as for `result`."""
    result(rendered(make, Medium(format_), verbose=verbose, painted=paint()).rstrip("\n"),
           done=done)


def write_reports(wanted: Iterable[Wanted], make: Make, *, verbose: bool) -> None:
    """Write each report to its file, whole. Raises what `write_whole` raises."""
    for medium, path in wanted:
        write_whole(path, rendered(make, medium, verbose=verbose))
        say(f"Wrote the {medium} report to {for_terminal(str(path))}.")


def rendered(make: Make, medium: Medium, *, verbose: bool, painted: Paint = plain) -> str:
    """A report in a medium, with a line break at its end."""
    with working("writing the report"):
        view = make(verbose or medium in _WHOLE)
        match medium:
            case Medium.TEXT:
                from reconciler.reports.plan_text import plan_text

                return plan_text(view, paint=painted, verbose=verbose) + "\n"
            case Medium.JSON:
                from reconciler.reports.document import to_json

                return to_json(view)
            case Medium.MARKDOWN:
                from reconciler.reports.markdown import to_markdown

                return to_markdown(view)
            case Medium.HTML:
                from reconciler.reports.html.page import to_html

                return to_html(view)
