"""`format`: every file of a desired state, and its policy, in the one layout."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.glance import seen_in_order
from reconciler.desired.edits.layout import laid_out
from reconciler.desired.edits.lines import first_difference
from reconciler.desired.edits.splicing import SECTION_ORDER
from reconciler.desired.edits.spots import Unplaceable
from reconciler.desired.edits.workspace import (
    Workspace,
    policy_of,
    refuse_malformed,
    text_of,
)
from reconciler.desired.files import POLICY_FILE, Root, file_size, find_root, read_file
from reconciler.desired.load import find_sources
from reconciler.desired.spread import spread
from reconciler.model.finding import Finding

POLICY_ORDER: Final = (
    "apiVersion", "kind", "protected_members", "min_admins", "allowed_email_domains", "limits",
    "removals", "invitations", "approvals", "receiver_access")
_WORTH_IT: Final = 100_000
"""From how many bytes on it takes longer to lay files out than to start a process for it."""
_INCLUDE: Final = ("include", '"include', "'include")


def format_files(files: Workspace) -> list[str]:
    """Lay out every file; the names of those that change. What they say stays the same, and so
    does every comment. Raises InvalidInput for a file that is written in too unusual a way."""
    names = [*files.names, *([files.policy] if files.policy else [])]
    return [name for name in names
            if not _seen(name, files.text(name)) and _format(files.file(name))]


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """A file that `format` would change, and the first line that would be another."""

    name: str
    line: int


def out_of_order(path: str | Path, *, folder: str = "") -> list[OutOfOrder]:
    """The files at a path that `format` would change, the root first; `folder` is put before their
    names in messages.

    Of a file that is seen to be laid out nothing else is looked at. Raises InvalidInput where
    another one is not well formed, is written in too unusual a way, or cannot be read.
    """
    root = find_root(path)
    rest = [] if _is_seen(root, root.name) else [root.name]
    names = _beside(root, seen=not rest)
    seen = spread(partial(_is_seen, root), names, _sizes(root, names))
    rest += [name for name, is_seen in zip(names, seen, strict=True) if not is_seen]
    lines = spread(partial(_first_line, root, folder), rest, _sizes(root, rest), worth=_WORTH_IT)
    return [OutOfOrder(name, line) for name, line in zip(rest, lines, strict=True) if line]


def _beside(root: Root, *, seen: bool) -> list[str]:
    """The files that the root file includes, and the policy. Raises InvalidInput. Where the root
    file is `seen` to be laid out and includes nothing, it need not be read for that."""
    policy = [name for name in (policy_of(root),) if name]
    text = (text_of(root, root.name) or "") if seen else ""
    if text and not any(text.startswith(key) or f"\n{key}" in text for key in _INCLUDE):
        return policy
    source, included, findings = find_sources(root)
    refuse_malformed([*findings, *(source.findings if source is not None else ())])
    return [*included, *policy]


def _is_seen(root: Root, name: str) -> bool:
    return _seen(name, text_of(root, name))


def _seen(name: str, text: str | None) -> bool:
    if text is None:
        return False
    plain = text.replace("\r\n", "\n") if "\r" in text else text
    # One that breaks its lines now so, now otherwise is put in order by that alone.
    same = plain is text or plain.replace("\n", "\r\n") == text
    return same and seen_in_order(plain, _order(name))


def _first_line(root: Root, folder: str, name: str) -> int:
    """The first line of a file that the layout makes another; 0 where there is none."""
    data = read_file(root.directory, name)
    if isinstance(data, Finding):
        refuse_malformed([data])
        raise AssertionError("a file that cannot be read is refused")
    file = FileText(name, data, is_root=name == root.name, folder=folder)
    refuse_malformed(file.findings)
    return first_difference(file.text, file.new_text()) if _format(file) else 0


def _sizes(root: Root, names: list[str]) -> list[int]:
    return [file_size(root, name) for name in names]


def _format(file: FileText) -> bool:
    text = file.text.replace("\r\n", "\n")
    try:
        after = laid_out(text, _order(file.name))
    except Unplaceable:
        raise file.by_hand("the layout") from None
    if _words(after) != _words(text):
        raise file.by_hand("the layout")
    if after.replace("\n", file.newline) == file.text:
        return False
    file.replace(0, len(file.text), after)
    file.finish()
    return True


def _order(name: str) -> tuple[str, ...]:
    return POLICY_ORDER if name == POLICY_FILE else SECTION_ORDER


def _words(text: str) -> Counter[str]:
    """All that is written, comments included, wherever it stands."""
    return Counter(line.strip() for line in text.splitlines() if line.strip())
