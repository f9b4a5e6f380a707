"""Of which commit the files are: git is asked, where it is there and holds them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

DIRTY: Final = "-dirty"
"""Behind a commit: the files are not as it has them."""
_SECONDS: Final = 10
_MOST_LETTERS: Final = 60_000
_ELSEWHERE: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX",
                     "GIT_COMMON_DIR", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS")
"""Set by git for its hooks: they name the repository of the hook, not that of the files."""


def revision_of(directory: str | Path, files: Iterable[str]) -> str | None:
    """The commit of the work tree in which these files of a directory are, with `-dirty` behind it
    where one of them is not as committed. None where git is not there, has no commit yet, or does
    not hold the first of them."""
    names = list(files)
    status = _status(directory, names) if names else None
    if status is None:
        return None
    commit, dirty = "", False
    for line in status.split("\0"):
        if line.startswith("# branch.oid "):
            commit = line.removeprefix("# branch.oid ")
        elif line.startswith(("? ", "! ")):
            if _same(directory, line[2:], names[0]):
                return None
            dirty = True
        elif line[:2] in ("1 ", "2 ", "u "):
            dirty = True
    if not commit or commit == "(initial)":
        return None
    return commit + (DIRTY if dirty else "")


def short(commit: str) -> str:
    """A commit as people write it, and whether the files were as it has them."""
    plain = commit.removesuffix(DIRTY)
    return plain[:12] + commit[len(plain):]


def _status(directory: str | Path, names: list[str]) -> str | None:
    # More names than a command line takes: then all that is in the folder counts.
    asked = names if sum(map(len, names)) + len(names) < _MOST_LETTERS else ["."]
    import subprocess

    environment = {k: v for k, v in os.environ.items() if k not in _ELSEWHERE}
    try:
        # The files are data, no patterns; a monitor that the repository names is not started.
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(directory or "."), "--literal-pathspecs",  # noqa: S607
             "-c", "core.fsmonitor=false", "status", "--porcelain=v2", "--branch", "-z",
             "--untracked-files=all", "--ignored=traditional", "--", *asked],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False,
            encoding="utf-8", errors="surrogateescape",
            env={**environment, "GIT_OPTIONAL_LOCKS": "0"})
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return done.stdout if done.returncode == 0 else None


def _same(directory: str | Path, told: str, name: str) -> bool:
    """Whether git told of a file, or of a folder that it is in; names are from the top of its
    tree."""
    mine = f"{Path(directory or '.').resolve().as_posix()}/{name}"
    return mine.endswith(f"/{told}") or (told.endswith("/") and f"/{told}" in mine)
