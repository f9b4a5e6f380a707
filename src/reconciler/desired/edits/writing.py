"""Writing edited files: all of them or none, each whole."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from reconciler.model.errors import InvalidInput

NEXT = "nothing was written"


def write_all(directory: Path, files: Mapping[str, tuple[bytes, bytes]]) -> None:
    """Replace files below a directory: name -> (bytes that were read, bytes to write).

    Each is written beside the old one and renamed over it, with its mode; links are followed, but
    not out of the directory. Raises InvalidInput, with every file as it was: where one may not be
    written, or is no longer what was read.
    """
    home = directory.resolve()
    targets = {name: _target(home, directory / name, name) for name in files}
    for name, (before, _) in files.items():
        _writable(targets[name], name)
        _unchanged(targets[name], name, before)
    staged: dict[str, Path] = {}
    done: list[str] = []
    try:
        for name, (_, after) in files.items():
            staged[name] = _stage(targets[name], after)
        for name, path in staged.items():
            path.replace(targets[name])
            done.append(name)
    except OSError as wrong:
        for name in done:
            _stage(targets[name], files[name][0]).replace(targets[name])
        raise InvalidInput(f"{name} cannot be written: {wrong.strerror or wrong}",
                           how=f"check the folder and its permissions; {NEXT}") from None
    finally:
        for path in staged.values():
            path.unlink(missing_ok=True)


def _target(home: Path, path: Path, name: str) -> Path:
    target = path.resolve()
    if not target.is_relative_to(home):
        raise InvalidInput(f"{name} is a link to a file outside of {home}",
                           how=f"edit that file where it is; {NEXT}")
    return target


def _writable(target: Path, name: str) -> None:
    # Whoever may write everything still means a file that nobody may write.
    if not target.stat().st_mode & 0o222 or not os.access(target, os.W_OK):
        raise InvalidInput(f"{name} is read-only", how=f"make it writable first; {NEXT}")


def _unchanged(target: Path, name: str, before: bytes) -> None:
    if target.read_bytes() != before:
        raise InvalidInput(f"{name} was changed by somebody else in the meantime",
                           how=f"run the command again; {NEXT}")


def _stage(target: Path, data: bytes) -> Path:
    """The new bytes in a file of their own beside the old one, with its mode."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(stat.S_IMODE(target.stat().st_mode))
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path
