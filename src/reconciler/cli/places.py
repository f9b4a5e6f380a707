"""Places in the desired state as somebody can open them from where they are.

Findings and plans name files relative to the folder of the root file, so that a saved plan is the
same wherever it is made. What a person reads on the terminal gets that folder put before it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from reconciler.model.errors import ReconcilerError


def folder_of(path: str) -> str:
    """What stands before the names of the files of the desired state at `path`, to open them from
    the working directory: nothing, or a folder with its slash."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)  # noqa: PTH112, PTH120 - `..` stays
    if os.path.isabs(folder):  # noqa: PTH117
        with contextlib.suppress(OSError, ValueError):
            below = os.path.relpath(folder)
            folder = folder if below.startswith("..") else below
    while folder.startswith("./"):
        folder = folder[2:].lstrip("/")
    return "" if folder in ("", ".") else f"{folder.rstrip('/')}/"


@contextlib.contextmanager
def placing(folder: str) -> Iterator[None]:
    """Give the findings of what is raised their places in this folder."""
    try:
        yield
    except ReconcilerError as error:
        error.findings = tuple(f.within(folder) for f in error.findings)
        raise
