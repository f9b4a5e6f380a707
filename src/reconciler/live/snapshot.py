"""A snapshot as a file: what planning needs of one organization, as it was at one moment.

One line says what the file is: a word that begins every snapshot, and JSON with the organization,
when it was taken, from which sequence, by which version, how many bytes follow and a SHA-256 over
all of it. The bytes that follow are tables (`live.sql.snapshots`). Nothing is read out of a file
before its digest was found to fit: one that was altered or cut off says nothing at all.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from reconciler.model.canonical import canonical
from reconciler.model.day import moment_said
from reconciler.model.errors import InvalidInput, Unreachable

SCHEME: Final = "snapshot:"
"""What stands before the name of a snapshot's file, where a live store is named."""
MARK: Final = b"reconciler-snapshot "
"""How every snapshot begins."""
FORMAT: Final = 1
_LONGEST_LINE: Final = 4096
_MOST: Final = 2**63
_SQLITE: Final = b"SQLite format 3\x00"
_AGAIN: Final = "take it again: reconciler snapshot --out FILE"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a snapshot is of. `taken_at` is UTC, `sequence` the organization's at that moment,
    `version` that of the program that took it, `tables` that of its tables."""

    organization: str
    taken_at: datetime
    sequence: int
    tables: str
    version: str = ""
    digest: str = ""

    @property
    def said(self) -> str:
        """`a snapshot taken 2026-06-01 12:00 UTC`."""
        return f"a snapshot taken {moment_said(self.taken_at)}"


def path_of(url: str) -> Path | None:
    """The file of `snapshot:FILE`, None for what is no such URL. Raises InvalidInput where it
    names no file."""
    if not url.startswith(SCHEME):
        return None
    name = url.removeprefix(SCHEME)
    if not name.strip() or name.startswith("//"):
        raise InvalidInput(f"{url} names no file of a snapshot", how="write snapshot:FILE")
    return Path(name)


def is_snapshot(path: Path) -> bool:
    """Whether a file begins as snapshots do; False for one that cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(MARK)) == MARK
    except (OSError, ValueError):
        return False


def packed(snapshot: Snapshot, body: bytes) -> bytes:
    """The whole file, its digest put in; the version is this program's."""
    head = _head(snapshot, body)
    return MARK + canonical({**head, "digest": _digest(head, body)}) + b"\n" + body


def unpacked(path: Path) -> tuple[Snapshot, bytes]:
    """What the file is of, and its tables.

    Raises Unreachable where there is no such file, where it is no snapshot, of a format that this
    version does not read, cut off, or not what was written.
    """
    try:
        with path.open("rb") as file:
            line = file.readline(_LONGEST_LINE)
            head = _read_head(path, line)
            body = file.read()
    except OSError as wrong:
        raise Unreachable(f"the snapshot {path} cannot be read: {wrong.strerror or wrong}",
                          how="check the path, or " + _AGAIN) from None
    if len(body) < head["bytes"]:
        raise Unreachable(f"the snapshot {path} is cut off: {len(body):,} of {head['bytes']:,} "
                          "bytes are there", how="fetch it again, or " + _AGAIN)
    stated = head.pop("digest")
    if _digest(head, body) != stated:
        raise Unreachable(f"the snapshot {path} was altered: its content does not fit its digest",
                          how="fetch it again, or " + _AGAIN)
    return Snapshot(
        organization=head["organization"], taken_at=datetime.fromisoformat(head["taken_at"]),
        sequence=head["sequence"], tables=head["tables"], version=head["version"],
        digest=stated), body


def other_version(path: Path, by: str) -> Unreachable:
    """What to say about a snapshot that another version took in another form."""
    return Unreachable(
        f"the snapshot {path} was taken by version {by or 'unknown'} of reconciler in a form that "
        f"this version ({_version()}) does not read",
        how="take it and plan with the same version")


def only_read(path: str) -> InvalidInput:
    """What to say where a snapshot is to be changed, or is not what is asked for."""
    return InvalidInput(f"{path} is a snapshot, and this needs the live store",
                        how="name it: --store sqlite:///FILE or "
                            "postgresql+psycopg://USER@HOST/DATABASE")


def other_organization(snapshot: Snapshot, wanted: str) -> InvalidInput:
    """What to say where a snapshot is of another organization than the one that is meant."""
    return InvalidInput(
        f"the snapshot is of {snapshot.organization}, not of {wanted}",
        how=f"name one of {wanted}, or take it: reconciler snapshot --organization {wanted} "
            "--out FILE")


def _head(snapshot: Snapshot, body: bytes) -> dict[str, Any]:
    return {
        "format": FORMAT, "organization": snapshot.organization,
        "taken_at": snapshot.taken_at.astimezone(UTC).isoformat(), "sequence": snapshot.sequence,
        "tables": snapshot.tables, "version": _version(), "bytes": len(body)}


def _version() -> str:
    from importlib.metadata import version

    return version("reconciler")


def _digest(head: dict[str, Any], body: bytes) -> str:
    hashing = hashlib.sha256(canonical(head) + b"\n")
    hashing.update(body)
    return "sha256:" + hashing.hexdigest()


def _read_head(path: Path, line: bytes) -> dict[str, Any]:
    """The first line as values whose types are what they should be."""
    if line.startswith(_SQLITE):
        raise Unreachable(f"{path} is a live store in SQLite, no snapshot",
                          how=f"name it as one: --store sqlite:///{path}")
    if not line.startswith(MARK):
        raise Unreachable(f"{path} is no snapshot",
                          how="name the file that `reconciler snapshot --out FILE` wrote")
    try:
        head = json.loads(line.removeprefix(MARK))
        if isinstance(head, dict) and type(head.get("format")) is int and (
                head["format"] != FORMAT):
            raise other_version(path, str(head.get("version", "")))
        right = (
            head.keys() == {"format", "organization", "taken_at", "sequence", "tables", "version",
                            "bytes", "digest"}
            and all(type(head[name]) is int and 0 <= head[name] < _MOST
                    for name in ("format", "sequence", "bytes"))
            and all(type(head[name]) is str and head[name].isprintable()
                    for name in ("organization", "taken_at", "tables", "version", "digest"))
            and _DIGEST.fullmatch(head["digest"]) is not None
            and datetime.fromisoformat(head["taken_at"]).tzinfo is not None)
    except (ValueError, RecursionError, AttributeError):
        right = False
    if not right:
        raise Unreachable(f"the first line of the snapshot {path} was altered or cut off",
                          how="fetch it again, or " + _AGAIN)
    return dict(head)
