"""Exact places, found again by reading only the few lines of one entry.

Loading keeps one line for each member, group and so on. Where a column or an inner key is wanted,
the lines of that entry alone are parsed again; a file that is written so that this does not work
(everything on one line, say) is parsed as a whole, once.
"""

from __future__ import annotations

import bisect
from pathlib import Path
from typing import Final

from reconciler.desired.files import read_file
from reconciler.desired.nodes import Node, read_nodes
from reconciler.desired.state import DesiredState
from reconciler.model.finding import Finding, Location

_BLOCK: Final = 8192
_ODD_BREAKS: Final = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")


class FileLines:
    """The lines of one file, without an index of all of them."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self._starts: list[int] | None = None
        self._root: Node | None = None
        # YAML counts these as line breaks too; then the lines we count are not its lines.
        self._plain = data.count(b"\r") == data.count(b"\r\n") and not any(
            odd in data for odd in _ODD_BREAKS)

    def whole(self) -> Node | None:
        """The root node of the whole file."""
        if self._root is None:
            self._root = read_nodes(self.name, self.data).root
        return self._root

    def entry(self, line: int, section: str, key: str) -> tuple[Node, Node] | None:
        """The key and value nodes of the entry that begins on a line."""
        text = self._slice(line) if self._plain else b""
        if text:
            node = read_nodes(self.name, text, first_line=line).root
            if node is not None and node.kind == "mapping" and len(node.pairs) == 1:
                (pair,) = node.pairs.values()
                if pair[0].line == line:
                    return pair
        return self._in_whole(line, section, key)

    def _in_whole(self, line: int, section: str, key: str) -> tuple[Node, Node] | None:
        root = self.whole()
        box = root.get(section) if root is not None else None
        if box is None:
            return root.pairs.get(key) if root is not None else None
        wanted = key.strip().lower()
        for number, item in enumerate(box.items):
            if item.text == key if item.kind == "scalar" else str(number) == key:
                return item, item
        found = box.pairs.get(key)
        if found is not None and (not line or found[0].line == line):
            return found
        near = [p for p in box.pairs.values() if p[0].line == line]
        named = [p for p in near if p[0].text.strip().lower() == wanted]
        return next(iter(named or near), found)

    def _slice(self, line: int) -> bytes:
        """The bytes of one block entry: its first line and all that are indented deeper."""
        data = self.data
        start = self._start_of(line)
        if start < 0:
            return b""
        end = data.find(b"\n", start) + 1 or len(data)
        indent = _indent(data[start:end])
        if indent <= 0:
            return b""
        while end < len(data):
            after = data.find(b"\n", end) + 1 or len(data)
            row = data[end:after]
            deep = _indent(row)
            if 0 <= deep <= indent and not (deep == indent and row[deep:deep + 2] == b"- "):
                break
            end = after
        return data[start:end]

    def _start_of(self, line: int) -> int:
        if line < 1:
            return -1
        data = self.data
        if self._starts is None:
            total = 0
            self._starts = []
            for offset in range(0, len(data), _BLOCK):
                self._starts.append(total)
                total += data.count(b"\n", offset, offset + _BLOCK)
        block = bisect.bisect_left(self._starts, line - 1) - 1
        if line == 1:
            return 0
        left = line - 1 - self._starts[block]
        at = block * _BLOCK - 1
        for _ in range(left):
            at = data.find(b"\n", at + 1)
            if at < 0:
                return -1
        return at + 1


class Places:
    """Where things stand in the files of one desired state."""

    def __init__(self, root: Path | str, names: tuple[str, ...] = ()) -> None:
        self._root = Path(root)
        self._names = names
        self._files: dict[str, FileLines | None] = {}

    @classmethod
    def of(cls, state: DesiredState) -> Places:
        """The places of a loaded state."""
        return cls(state.root, state.files)

    def keep(self, name: str, data: bytes) -> None:
        """Use these bytes for a file instead of reading it again."""
        self._files[name] = FileLines(name, data)

    def file(self, name: str) -> FileLines | None:
        """A file's lines; None where it cannot be read any more."""
        if name not in self._files:
            data = read_file(self._root, name)
            self._files[name] = None if isinstance(data, Finding) else FileLines(name, data)
        return self._files[name]

    def find(
        self, name: str, line: int, section: str, key: str, path: tuple[str, ...] = ()
    ) -> Location:
        """The place of an entry or, as far down `path` as it is written, of something in it."""
        lines = self.file(name)
        pair = lines.entry(line, section, key) if lines is not None else None
        if pair is None:
            return Location(name, line)
        return _descend(pair, path).at(name)

    def stated(
        self, name: str, line: int, section: str, key: str, path: tuple[str, ...]
    ) -> bool:
        """Whether all of `path` is written in an entry."""
        lines = self.file(name)
        pair = lines.entry(line, section, key) if lines is not None else None
        return pair is not None and _step(pair, path[0]) is not None

    def locate(
        self, state: DesiredState, section: str, key: str, path: tuple[str, ...] = ()
    ) -> Location:
        """The place of `section`/`key`/`path`: members/sam@acme.example/projects/web, for
        example, or settings/sso. What a member has from `defaults` is found there; what is
        written nowhere is found at the nearest thing above it."""
        entry = _entry(state, section, key) if key else None
        if entry is not None:
            file, line = entry
            name = state.files[file]
            if section == "members" and path and ("defaults", path[0]) in state.lines and not (
                    self.stated(name, line, section, key, path)):
                file, line = state.lines["defaults", path[0]]
                return self.find(state.files[file], line, "defaults", path[0], path[1:])
            return self.find(name, line, section, key, path)
        root = state.files[0] if state.files else ""
        at_top = state.lines.get((section, ""))
        if at_top is None:
            return Location(root)
        return self.find(state.files[at_top[0]], at_top[1], "", section)


def _entry(state: DesiredState, section: str, key: str) -> tuple[int, int] | None:
    tables = {"members": state.members, "groups": state.groups, "projects": state.projects,
              "team_spaces": state.spaces, "departures": state.departures}
    if section in tables:
        found = tables[section].get(key)  # type: ignore[attr-defined]
        return (found.file, found.line) if found is not None else None
    return state.lines.get((section, key))


def _indent(row: bytes) -> int:
    """Blanks before the text of a row; -1 for an empty row or a comment."""
    rest = row.lstrip(b" ")
    if not rest.strip() or rest.startswith(b"#"):
        return -1
    return len(row) - len(rest)


def _descend(pair: tuple[Node, Node], path: tuple[str, ...]) -> Node:
    for step in path:
        found = _step(pair, step)
        if found is None:
            break
        pair = found
    return pair[0]


def _step(pair: tuple[Node, Node], step: str) -> tuple[Node, Node] | None:
    value = pair[1]
    if value.kind == "mapping":
        return value.pairs.get(step)
    for item in value.items:
        if item.value == step or (item.kind == "scalar" and item.text.strip().lower() == step):
            return item, item
        named = item.get("group")
        if named is not None and named.value == step:
            return item, item
    if value.kind == "scalar" and value.value == step:
        return value, value
    return None
