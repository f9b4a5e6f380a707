"""What the command line prints: results on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from typing import IO, Any, Final

import click

from reconciler.reports.escape import width
from reconciler.reports.paint import Paint, Tone, plain

_STYLES: Final[dict[Tone, dict[str, Any]]] = {
    Tone.ADD: {"fg": "green"},
    Tone.CHANGE: {"fg": "yellow"},
    Tone.REMOVE: {"fg": "red"},
    Tone.MOVE: {"fg": "magenta"},
    Tone.RISK: {"fg": "red", "bold": True},
    Tone.HEADING: {"bold": True},
    Tone.QUIET: {"dim": True},
    Tone.ERROR: {"fg": "red", "bold": True},
    Tone.WARNING: {"fg": "yellow", "bold": True},
}


_color: ContextVar[str] = ContextVar("color", default="auto")


def choose_color(choice: str) -> None:
    """What --color says: auto, always or never."""
    _color.set(choice)


class ReaderGone(Exception):
    """Whoever read our stdout went away (`| head`): nobody is left to tell."""


def result(text: str) -> None:
    """Print a result: the only way to stdout. Raises ReaderGone."""
    try:
        click.echo(text, color=True)
    except BrokenPipeError:
        raise ReaderGone from None


def say(text: str) -> None:
    """Tell the person something that is no result: to stderr."""
    click.echo(text, err=True, color=True)


def result_json(value: Any) -> None:
    """Print a result as JSON."""
    import json

    result(json.dumps(value, indent=2, ensure_ascii=False))


def paint_for(stream: IO[str]) -> Paint:
    """How texts are coloured on a stream: as --color says, else as NO_COLOR and the terminal do."""
    choice = _color.get()
    if choice == "auto":
        wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        coloured = wanted and stream.isatty()
    else:
        coloured = choice == "always"
    return _styled if coloured else plain


def paint() -> Paint:
    """How results are coloured."""
    return paint_for(sys.stdout)


def columns(rows: Iterable[tuple[str, ...]], *, indent: str = "") -> str:
    """Escaped texts as aligned columns, two blanks apart; the last one is as long as it is."""
    table = list(rows)
    if not table:
        return ""
    widths = [max(width(row[i]) for row in table) for i in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row[:-1])]
        lines.append((indent + "  ".join([*cells, row[-1]])).rstrip())
    return "\n".join(lines)


def _styled(text: str, tone: Tone) -> str:
    return click.style(text, **_STYLES[tone])
