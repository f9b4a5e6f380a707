"""Writing the files of a new repository: all of them or none, and none over another."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from reconciler.gitops.worktree import root_of
from reconciler.model.errors import InvalidInput


def in_the_way(target: Path, names: Iterable[str], *, alone: str) -> list[str]:
    """What is there already, where files of these names are to be written below a folder, sorted:
    files, what is no folder and should be one, and all that is in the folder `alone`, whose files
    could be taken for ours."""
    found = set()
    for name in names:
        if os.path.lexists(target / name):
            found.add(name)
        for folder in _folders(name):
            path = target / folder
            # A link would lead out of the repository.
            if os.path.lexists(path) and (path.is_symlink() or not path.is_dir()):
                found.add(folder)
    if alone not in found:
        found |= {p.relative_to(target).as_posix() for p in (target / alone).rglob("*")
                  if p.is_symlink() or not p.is_dir()}
    return sorted(found)


def refuse_inside_repository(target: Path) -> None:
    """Raise InvalidInput for a folder within a repository, and for what is no folder."""
    here = target.resolve()
    if os.path.lexists(target) and not target.is_dir():
        raise InvalidInput(f"{target} is no directory", how="name a new one, or an empty one")
    top = root_of(here)
    if top is not None and top != here:
        raise InvalidInput(
            f"{target} is inside the repository {top}, and GitHub reads .github at its root alone",
            how="name the root of a repository, or a folder outside of any")


def write_new(target: Path, files: Mapping[str, str]) -> None:
    """Write files that are not there yet below a folder, which is made. Raises InvalidInput where
    one cannot be written, or has come in the meantime; then none is left."""
    made: list[Path] = []
    try:
        for name, text in files.items():
            path = target / name
            for folder in reversed([path.parent, *path.parent.parents]):
                if not folder.exists():
                    folder.mkdir()
                    made.append(folder)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                made.append(path)
                file.write(text)
    except OSError as wrong:
        for one in reversed(made):
            with contextlib.suppress(OSError):
                one.rmdir() if one.is_dir() else one.unlink()
        raise InvalidInput(f"{path} cannot be written: {wrong.strerror or wrong}",
                           how="check the folder and its permissions; nothing was written"
                           ) from None


def _folders(name: str) -> Iterator[str]:
    parts = name.split("/")[:-1]
    yield from ("/".join(parts[:end + 1]) for end in range(len(parts)))
