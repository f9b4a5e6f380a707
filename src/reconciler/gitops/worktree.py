"""Where the repository is in which the files of a desired state are kept."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final, NamedTuple

from reconciler.desired.files import ROOT_FILE, find_root

CODEOWNERS: Final = ".github/CODEOWNERS"


class Kept(NamedTuple):
    """`folder` is the way from the root of the repository to the root file's folder, with its
    slash, or empty; `command` makes CODEOWNERS again, given at the root of the repository."""

    folder: str
    command: str


def root_of(folder: Path, *, sign: str = ".git") -> Path | None:
    """The nearest folder, this one or above, that is the root of a repository; None without one."""
    here = folder.resolve()
    return next((f for f in (here, *here.parents) if (f / sign).exists()), None)


def kept_in(path: str | Path) -> Kept:
    """Where the desired state at a path is kept. Outside of any repository its own folder stands
    for the root of one."""
    root = find_root(path)
    here = root.directory.resolve()
    # What `reconciler init` wrote may be no repository yet.
    top = root_of(here) or root_of(here, sign=".github") or here
    way = here.relative_to(top).as_posix()
    folder = "" if way == "." else f"{way}/"
    named = folder.rstrip("/") or "." if root.name == ROOT_FILE else folder + root.name
    return Kept(folder, f"reconciler codeowners {shlex.quote(named)} --out {CODEOWNERS}")
