"""The files of another commit, as its hash protects them: out of git's own trees and blobs.

An archive of the commit would be one request, and is not what its reviewers saw: a `.gitattributes`
in it leaves files out or writes into them. What the working directory has already is not asked for.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.gitops.github.artifacts import MOST_PACKED, MOST_UNPACKED
from reconciler.gitops.github.client import Client
from reconciler.gitops.github.context import unexpected
from reconciler.model.errors import InvalidInput

MOST_FILES: Final = 20_000
MOST_FETCHED: Final = 200
"""Files that are asked for one by one; a workflow's token has 1,000 requests an hour."""
_FILES: Final = frozenset({"100644", "100755"})
_FOLDER: Final = "040000"
_ELSEWHERE: Final = frozenset({"", ".", "..", ".git"})
_SHORT: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Entry:
    """A file of a commit, or a folder. `name` is relative to the repository."""

    name: str
    mode: str
    id: str
    size: int


def check_out(
    client: Client, commit: str, wanted: tuple[str, ...], *, here: Path, into: Path
) -> None:
    """Put what a commit has below each of some paths of the repository (a folder, a file, or
    nothing for all of it) under the same names into an empty directory. `here` is a working
    directory of the repository, whose files of the same content are taken.

    Raises GitHubError, and InvalidInput for what is not there, is no regular file, or is more than
    is read.
    """
    entries = sorted({e for path in wanted for e in _below(client, commit, path)})
    if len(entries) > MOST_FILES or sum(e.size for e in entries) > MOST_UNPACKED:
        raise _too_much(commit, f"{MOST_FILES:,} files or {MOST_UNPACKED // 1024 // 1024} MiB")
    missing = []
    for entry in entries:
        held = _held(here, entry)
        if held is None:
            missing.append(entry)
        else:
            _write(into, entry, held)
    if len(missing) > MOST_FETCHED or sum(e.size for e in missing) > MOST_PACKED:
        raise _too_much(commit, f"{MOST_FETCHED:,} other files than here, or of more than "
                                f"{MOST_PACKED // 1024 // 1024} MiB")
    for entry in missing:
        _write(into, entry, _fetched(client, entry))


def _below(client: Client, commit: str, path: str) -> Iterator[_Entry]:
    """The files below a path, all of them regular ones."""
    found = _Entry(name="", mode=_FOLDER, id=commit, size=0)
    for part in path.split("/") if path else ():
        inside = {e.name: e for e in _tree(client, found)} if found.mode == _FOLDER else {}
        name = f"{found.name}/{part}" if found.name else part
        if name not in inside:
            raise InvalidInput(f"{commit[:_SHORT]} has no {path}",
                               how="have the commit of now approved")
        found = inside[name]
    for entry in _tree(client, found, whole=True) if found.mode == _FOLDER else (found,):
        if entry.mode == _FOLDER:
            continue
        if entry.mode not in _FILES or not _ELSEWHERE.isdisjoint(entry.name.split("/")):
            raise InvalidInput(f"{commit[:_SHORT]} has {entry.name}, which is no regular file",
                               how="keep links and submodules out of the desired state")
        yield entry


def _tree(client: Client, folder: _Entry, *, whole: bool = False) -> Iterator[_Entry]:
    """What a folder holds; the `whole` of it with all that is below."""
    told = client.get(f"/git/trees/{folder.id}", **({"recursive": "1"} if whole else {}))
    before = f"{folder.name}/" if folder.name else ""
    try:
        if told["truncated"]:
            raise ValueError("it is cut off")
        for each in told["tree"]:
            yield _Entry(name=before + str(each["path"]), mode=str(each["mode"]),
                         id=str(each["sha"]), size=int(each.get("size") or 0))
    except (KeyError, TypeError, ValueError) as wrong:
        raise unexpected("a tree", wrong) from None


def _held(here: Path, entry: _Entry) -> bytes | None:
    """A file as it is here, if it is the same."""
    path = here / entry.name
    try:
        if not path.is_file() or path.stat().st_size != entry.size:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    return content if _id(content, like=entry.id) == entry.id else None


def _fetched(client: Client, entry: _Entry) -> bytes:
    try:
        content = b64decode(client.get(f"/git/blobs/{entry.id}")["content"])
    except (KeyError, TypeError, binascii.Error) as wrong:
        raise unexpected("a file", wrong) from None
    if _id(content, like=entry.id) != entry.id:
        raise InvalidInput(f"GitHub sends something else for {entry.name} than its id says",
                           how="try again later")
    return content


def _id(content: bytes, *, like: str) -> str:
    """git's id of a file's content, by the algorithm of the repository."""
    made = hashlib.sha1(usedforsecurity=False) if len(like) == 40 else hashlib.sha256()
    made.update(b"blob %d\0" % len(content))
    made.update(content)
    return made.hexdigest()


def _write(into: Path, entry: _Entry, content: bytes) -> None:
    target = into / entry.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(content)
    except (OSError, ValueError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        raise InvalidInput(f"{entry.name} cannot be written: {reason}",
                           how="check the temporary directory, and the name") from None


def _too_much(commit: str, than: str) -> InvalidInput:
    return InvalidInput(f"{commit[:_SHORT]} has more than {than} below the desired state",
                        how="have the commit of now approved")
