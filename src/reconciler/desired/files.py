"""Finding and reading the files of a desired state, without leaving its directory."""

from __future__ import annotations

import fnmatch
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.desired import format as checks
from reconciler.model.finding import Finding, Location

ROOT_FILE: Final = "org.yaml"
POLICY_FILE: Final = "policy.yaml"
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
_MAGIC: Final = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Root:
    """The directory that every file name is relative to, and the root file's name in it."""

    directory: Path
    name: str


@dataclass(slots=True)
class Matches:
    """What one include pattern found: names of files, sorted; or why it may not be used."""

    names: list[str]
    problem: tuple[str, str] | None = None


def find_root(path: str | Path) -> Root:
    """A file is itself the root; a directory has org.yaml at its root."""
    given = Path(path)
    if given.is_dir():
        return Root(given, ROOT_FILE)
    return Root(given.parent, given.name)


def policy_of(root: Root) -> str | None:
    """The policy beside a root file, if there is one."""
    there = (root.directory / POLICY_FILE).is_file() and root.name != POLICY_FILE
    return POLICY_FILE if there else None


def file_size(root: Root, name: str) -> int:
    """The bytes of a file; 0 where they are not known."""
    try:
        return (root.directory / name).stat().st_size
    except (OSError, ValueError):
        return 0


def read_file(directory: Path, name: str) -> bytes | Finding:
    """The bytes of one file (without a byte order mark), or what is wrong with it (F01, F02,
    F17)."""
    place = Location(name)
    path = directory / name
    try:
        # A pipe would keep us waiting for somebody to write.
        if path.exists() and not path.is_file() and not path.is_dir():
            return checks.UNREADABLE.found(place, f"cannot read {name}: it is no regular file",
                                           "name a file, or a directory with org.yaml in it")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) and wrong.strerror else str(wrong)
        how = ("name a file, or a directory with org.yaml in it"
               if isinstance(wrong, FileNotFoundError) else "check the file and its permissions")
        return checks.UNREADABLE.found(place, f"cannot read {name}: {reason.lower()}", how)
    if len(data) > MAX_FILE_BYTES:
        return checks.TOO_LARGE.found(
            place, f"the file is larger than {MAX_FILE_BYTES // 1024 // 1024} MiB",
            "split it and include the parts")
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        data.decode()
    except UnicodeDecodeError as bad:
        before = data[:bad.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1:].decode(errors="replace")) + 1
        return checks.ENCODING.found(
            Location(name, line, column),
            f"byte 0x{data[bad.start]:02x} is not UTF-8", "save the file as UTF-8")
    return data


def match_include(root: Root, pattern: str) -> Matches:
    """The files that a pattern names, in order of name. `**` is any number of directories.

    Links are followed only to places within the directory: whoever can place a link must not be
    able to make a file from elsewhere part of the organization.
    """
    if pattern.startswith(("/", "\\")) or ":" in pattern.split("/")[0]:
        return Matches([], (f"include {pattern} is not relative to the directory of {root.name}",
                            "write a path below it"))
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if ".." in parts:
        return Matches([], (f"include {pattern} leaves the directory of {root.name}",
                            "write a path below it"))
    names = sorted(set(_expand(root.directory, "", parts))) if "\0" not in pattern else []
    if not names:
        return Matches([], (f"include {pattern} matches no file", _nearest_file(root, pattern)))
    home = root.directory.resolve()
    for name in names:
        if not (root.directory / name).resolve().is_relative_to(home):
            return Matches([], (f"include {pattern} leaves the directory through the link {name}",
                                "include files of this directory only"))
    return Matches(names)


def digest_of(files: Iterable[tuple[str, str]]) -> str:
    """One digest over (name, digest of the bytes) of all files, whatever their order."""
    whole = hashlib.sha256()
    for name, digest in sorted(files):
        whole.update(f"{len(name.encode())}:{name}={digest}\n".encode())
    return whole.hexdigest()


def _expand(directory: Path, prefix: str, parts: list[str]) -> Iterator[str]:
    if not parts:
        return
    first, rest = parts[0], parts[1:]
    here = directory / prefix
    if first == "**":
        yield from _expand(directory, prefix, rest or ["*"])
        for entry in _entries(here):
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _expand(directory, f"{prefix}{entry.name}/", parts)
        return
    if _MAGIC.isdisjoint(first):
        # os.path takes what no file can be called for a file that is not there.
        found = [first] if os.path.exists(here / first) else []  # noqa: PTH110
    else:
        names = [e.name for e in _entries(here) if not e.name.startswith(".") or first[0] == "."]
        found = fnmatch.filter(names, first)
    for name in found:
        if rest:
            yield from _expand(directory, f"{prefix}{name}/", rest)
        elif os.path.isfile(here / name):  # noqa: PTH113
            yield f"{prefix}{name}"


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return sorted(entries, key=lambda e: e.name)
    except OSError:
        return []


def _nearest_file(root: Root, pattern: str) -> str:
    from reconciler.model.nearest import nearest

    known = list(_expand(root.directory, "", ["**", "*.yaml"]))[:1000]
    close = nearest(pattern, [name for name in known if name not in (root.name, POLICY_FILE)])
    return f"did you mean {close}?" if close else "name files that exist, or take it out"
