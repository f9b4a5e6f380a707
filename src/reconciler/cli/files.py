"""Files that commands read and write: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from reconciler.cli.kinds import Kind, kind_of
from reconciler.cli.output import NoRoom, is_no_room
from reconciler.model.errors import InvalidInput


def read_text(path: Path, what: str, *, limit: int) -> str:
    """The text of a file; InvalidInput where it cannot be read, is no UTF-8 or too large."""
    try:
        if path.stat().st_size > limit:
            raise InvalidInput(f"{what} {path} is larger than {limit // 1024 // 1024} MiB",
                               how="check that it is the right file")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(f"{what} {path} is no UTF-8 text",
                           how="check that it is the right file") from None
    except OSError as wrong:
        raise InvalidInput(f"{what} {path} cannot be read: {wrong.strerror or wrong}",
                           how="check the path") from None


def refuse_other_file(path: Path) -> None:
    """Raise InvalidInput where a plan would replace a file that is no saved plan: the desired
    state, a live store, anything that somebody still needs."""
    refuse_to_replace(path, Kind.PLAN, "saved plan", instead="--format json prints the plan")


def refuse_to_replace(path: Path, kind: Kind, what: str, *, instead: str) -> None:
    """Raise InvalidInput where --out would replace a file of another kind, whose name in words is
    `what`, or names stdout: `instead` says what there is instead of that."""
    if str(path) == "-":
        raise InvalidInput("--out names a file", how=instead)
    if not path.is_file() or path.stat().st_size == 0:
        return
    if kind_of(path) is not kind:
        raise InvalidInput(f"{path} exists and is no {what}; it is left as it is",
                           how="name another file with --out")


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a half.

    What is no regular file (a pipe, /dev/stdout) is written to as it is. Raises InvalidInput
    where it cannot be written, and NoRoom where only room for it is missing.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            if path.is_dir():
                raise InvalidInput(f"{path} is a directory, and a file is to be written there",
                                   how="name a file in it")
            path.write_bytes(data)
            return
        target = path.resolve()
        waiting = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            waiting.write_bytes(data)
            waiting.replace(target)
        finally:
            waiting.unlink(missing_ok=True)
    except OSError as wrong:
        if is_no_room(wrong):
            raise NoRoom(str(path), wrong) from None
        raise InvalidInput(f"{path} cannot be written: {wrong.strerror or wrong}",
                           how="check the directory and its permissions") from None
