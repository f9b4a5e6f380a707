"""Which files are out of order: in nearly every run none, so that nothing is read here which only
one that is would need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from reconciler.desired.edits.glance import seen_in_order
from reconciler.desired.edits.pieces import POLICY_ORDER, SECTION_ORDER
from reconciler.desired.files import (
    POLICY_FILE,
    Root,
    file_size,
    find_root,
    match_include,
    policy_of,
    read_file,
)
from reconciler.desired.spread import spread
from reconciler.desired.stream import Suspicious, parse_fast

_WORTH_IT: Final = 100_000
"""From how many bytes on it takes longer to lay files out than to start a process for it."""
_INCLUDE: Final = (b"include", b'"include', b"'include")


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """A file that `format` would change, and the first line that would be another."""

    name: str
    line: int


def out_of_order(path: str | Path, *, folder: str = "") -> list[OutOfOrder]:
    """The files at a path that `format` would change, the root first; `folder` is put before their
    names in messages.

    Of a file that is seen to be laid out nothing else is looked at. Raises InvalidInput where
    another one is not well formed, is written in too unusual a way, or cannot be read, and where
    it is not certain which files there are.
    """
    root = find_root(path)
    rest = [] if _is_seen(root, root.name) else [root.name]
    included = None if rest else _included(root)
    if included is None:
        from reconciler.desired.edits.formatting import included_files

        included = included_files(root)
    policy = policy_of(root)
    names = [*included, *([policy] if policy else [])]
    looks = spread(partial(_is_seen, root), names, _sizes(root, names))
    rest += [name for name, is_seen in zip(names, looks, strict=True) if not is_seen]
    if not rest:
        return []
    from reconciler.desired.edits.formatting import first_line_out_of_order

    lines = spread(partial(first_line_out_of_order, root, folder), rest, _sizes(root, rest),
                   worth=_WORTH_IT)
    return [OutOfOrder(name, line) for name, line in zip(rest, lines, strict=True) if line]


def seen(name: str, data: bytes | None) -> bool:
    """Whether a file is seen to be laid out; of None nothing is."""
    if data is None:
        return False
    text = data.decode()
    plain = text.replace("\r\n", "\n") if "\r" in text else text
    # One that breaks its lines now so, now otherwise is put in order by that alone.
    same = plain is text or plain.replace("\n", "\r\n") == text
    return same and seen_in_order(plain, order_of(name))


def order_of(name: str) -> tuple[str, ...]:
    """The order of the sections of a file."""
    return POLICY_ORDER if name == POLICY_FILE else SECTION_ORDER


def _is_seen(root: Root, name: str) -> bool:
    data = read_file(root.directory, name)
    return isinstance(data, bytes) and seen(name, data)


def _included(root: Root) -> list[str] | None:
    """The files that a root file includes which is seen to be laid out; None where there is any
    doubt about them."""
    data = read_file(root.directory, root.name)
    if not isinstance(data, bytes):
        return None
    if not any(data.startswith(key) or b"\n" + key in data for key in _INCLUDE):
        return []
    try:
        patterns = parse_fast(data).document.get("include")
    except Suspicious:
        return None
    names = []
    for pattern in patterns if isinstance(patterns, list) else [None]:
        matches = match_include(root, pattern) if isinstance(pattern, str) else None
        if matches is None or matches.problem is not None:
            return None
        names += matches.names
    real = {(root.directory / name).resolve() for name in [root.name, *names]}
    return names if len(real) == len(names) + 1 and POLICY_FILE not in names else None


def _sizes(root: Root, names: list[str]) -> list[int]:
    return [file_size(root, name) for name in names]
