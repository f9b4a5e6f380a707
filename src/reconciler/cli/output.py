"""What the command line prints: results on stdout, everything else on stderr."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from typing import IO, Any, Final, TextIO

import click

from reconciler.model.errors import Exit, ReconcilerError
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


class NoRoom(ReconcilerError):
    """A result cannot be written since the device is full or fails: not for anything that was
    asked, so it is an unexpected failure."""

    exit = Exit.UNEXPECTED

    def __init__(self, where: str, wrong: OSError, *, how: str = "") -> None:
        super().__init__(f"{where} cannot be written: {(wrong.strerror or str(wrong)).lower()}",
                         how=how or "make room there, and run it again")


def is_no_room(wrong: OSError) -> bool:
    """Whether a device failed that was open for writing, whatever its name."""
    return wrong.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def result(text: str, *, done: str = "") -> None:
    """Print a result: the only way to stdout. Raises ReaderGone and NoRoom.

    `done` says what is already done and must not be done again for the sake of its result.
    """
    try:
        click.echo(text, color=True)
    except BrokenPipeError:
        raise ReaderGone from None
    except OSError as wrong:
        raise NoRoom("stdout", wrong, how=f"do not run it again: {done}" if done else "") from None


def say(text: str) -> None:
    """Tell the person something that is no result: to stderr. Where that cannot be written, there
    is nobody to tell."""
    try:
        click.echo(text, err=True, color=True)
    except OSError:
        write_into_nothing(sys.stderr)


def written_whole(stream: TextIO) -> TextIO:
    """The same stream with a buffer, where it has none (PYTHONUNBUFFERED): without one, what a
    device takes only in part is cut short, and nobody is told."""
    raw = getattr(stream, "buffer", None)
    if not isinstance(raw, io.RawIOBase):
        return stream
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=stream.encoding)


def write_into_nothing(stream: IO[str]) -> None:
    """Let what a stream still holds, and what comes, go nowhere: the interpreter flushes it once
    more when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def result_json(value: Any, *, done: str = "") -> None:
    """Print a result as JSON."""
    import json

    result(json.dumps(value, indent=2, ensure_ascii=False), done=done)


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
