"""The files through which a step hands something on: outputs for later steps, and the summary of
its job."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from reconciler.gitops.github.limits import SUMMARY, fitted, octets
from reconciler.model.errors import InvalidInput

_NO_ROOM: Final = "The report has no room in this summary: it is attached to the run.\n"


def add_outputs(path: Path | None, outputs: Mapping[str, str]) -> None:
    """Hand texts to later steps, whatever is in them. Without a file there is no runner, and
    nobody to hand them to. Raises InvalidInput where the file cannot be written."""
    if path is not None:
        _append(path, "".join(_output(name, value) for name, value in outputs.items()))


def add_summary(path: Path | None, make: Callable[[int], str]) -> None:
    """Add a text to the summary of the job; `make` makes it of at most so many characters.
    Raises InvalidInput where the file cannot be written."""
    if path is None:
        return
    there = path.stat().st_size if path.is_file() else 0
    room = SUMMARY - there - 2
    if room > len(_NO_ROOM):
        _append(path, fitted(make, room, measure=octets, instead=_NO_ROOM) + "\n")


def _output(name: str, value: str) -> str:
    """`name<<END`, the value, `END`: with an end that nobody can have put into the value."""
    end = f"end-{secrets.token_hex(16)}"
    return f"{name}<<{end}\n{value}\n{end}\n"


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as wrong:
        raise InvalidInput(f"{path} cannot be written: {wrong.strerror or wrong}",
                           how="it is named by GITHUB_OUTPUT or GITHUB_STEP_SUMMARY, which the "
                               "runner sets") from None
