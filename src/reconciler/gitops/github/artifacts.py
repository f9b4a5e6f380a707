"""What runs of workflows left behind: saved plans and snapshots, each a file in a zip.

Anybody whose pull request runs a workflow can attach something by any name. So nothing is taken
that does not come from a run of this repository itself, for the commit, the event and by the
workflow that it should come from.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from reconciler.gitops.github.client import Client
from reconciler.gitops.github.context import unexpected
from reconciler.model.errors import InvalidInput

MOST_PACKED: Final = 128 * 1024 * 1024
MOST_UNPACKED: Final = 512 * 1024 * 1024
"""Bytes; as many as a saved plan may have."""
_MOST_FILES: Final = 100
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an artifact must come from: a run of one of these workflows (their files), on one of
    these events, for this commit or this branch, made by that time (None: any)."""

    workflows: frozenset[str]
    events: frozenset[str]
    commit: str | None = None
    branch: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An artifact that may be taken."""

    id: int
    name: str
    size: int
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The newest artifact that may be taken, if any, and why others of the name may not."""

    found: Found | None
    passed_over: tuple[str, ...]


def newest(client: Client, name: str, origin: Origin) -> Search:
    """Look for the newest artifact of a name that comes from where it should. Raises GitHubError,
    and InvalidInput for answers that are not as documented."""
    why_not: list[str] = []
    for artifact in client.pages("/actions/artifacts", key="artifacts", name=name):
        try:
            wrong = _wrong(client, artifact, name, origin)
            if wrong is None:
                found = Found(id=int(artifact["id"]), name=name,
                              size=int(artifact["size_in_bytes"]),
                              run_id=int(artifact["workflow_run"]["id"]))
                return Search(found=found, passed_over=tuple(dict.fromkeys(why_not)))
        except (KeyError, TypeError, ValueError) as error:
            raise unexpected("an artifact", error) from None
        why_not.append(wrong)
    return Search(found=None, passed_over=tuple(dict.fromkeys(why_not)))


def _wrong(client: Client, artifact: dict[str, Any], name: str, origin: Origin) -> str | None:
    """Why an artifact may not be taken, None where it may. GitHub lists the newest first."""
    if artifact["name"] != name:
        return "it has another name"
    if artifact["expired"]:
        return "it has expired"
    if origin.until is not None and datetime.fromisoformat(artifact["created_at"]) > origin.until:
        return "it was made after the review"
    run = artifact["workflow_run"]
    if run["head_repository_id"] != run["repository_id"]:
        return "it comes from a fork"
    if origin.commit is not None and run["head_sha"] != origin.commit:
        return "it comes from a run of another commit"
    if origin.branch is not None and run["head_branch"] != origin.branch:
        return "it comes from a run of another branch"
    told = client.get(f"/actions/runs/{int(run['id'])}")
    if told["event"] not in origin.events:
        return f"it comes from a run on the event {told['event']}"
    # `.github/workflows/plan.yml@refs/heads/main`, for some events.
    if str(told["path"]).partition("@")[0] not in origin.workflows:
        return f"it comes from the workflow {told['path']}"
    return None


def unpacked(client: Client, found: Found, file: str) -> bytes:
    """The one file of this name in an artifact. Raises InvalidInput for what is no zip, has no
    such file, or is larger than is read."""
    what = f"the artifact {found.name} of the run {found.run_id}"
    if found.size > MOST_PACKED:
        raise _too_large(what)
    packed = client.download(f"/actions/artifacts/{found.id}/zip", most=MOST_PACKED)
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            named = [e for e in entries if e.filename == file]
            if len(entries) > _MOST_FILES or len(named) != 1:
                raise InvalidInput(f"{what} does not hold one {file}", how="run the workflow that "
                                   "made it again")
            return b"".join(_pieces(archive, named[0], what))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        # Encrypted, cut off, or packed in a way that nobody asked for.
        raise InvalidInput(f"{what} is no zip that can be read",
                           how="run the workflow that made it again") from None


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, what: str) -> Iterator[bytes]:
    """The file piece by piece: what the zip says of its size is not proof."""
    size = 0
    with archive.open(entry) as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > MOST_UNPACKED:
                raise _too_large(what)
            yield piece


def _too_large(what: str) -> InvalidInput:
    return InvalidInput(f"{what} is larger than {MOST_PACKED // 1024 // 1024} MiB packed or "
                        f"{MOST_UNPACKED // 1024 // 1024} MiB unpacked",
                        how="check what it is: nothing of that size is written by this program")
