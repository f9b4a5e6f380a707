"""Where the files grant something to one person or group, without reading all of them as YAML.

Loading a hundred thousand people takes seconds; somebody asks about one. The lines of an entry are
found by its key, below its section, and only that entry is read, by the strict reader: a line that
does not read as the entry is not told. What is written in another way than one entry below the
other (braces over the whole section) is not found, and then nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reconciler.desired.files import Root, find_root, match_include, read_file
from reconciler.desired.stream import Suspicious, parse_fast
from reconciler.model.finding import Finding, Location

_SECTION = re.compile(rb"^([A-Za-z_]+)[ \t]*:", re.MULTILINE)


class Texts:
    """The files of a desired state as bytes, read once. Raises InvalidInput where the path cannot
    be one."""

    def __init__(self, path: str | Path) -> None:
        root = find_root(path)
        self._files = list(_files(root))
        self.head: dict[str, Any] = (
            _parsed(_without_members(self._files[0][1])) if self._files else {})
        """What the root file says but for its members; nothing where it is not plain YAML."""

    def entry(self, section: str, key: str) -> Entry | None:
        """The entry of a member or a group, in whichever file has it; None where it is not
        found."""
        quoted = re.escape(key.encode())
        line = re.compile(rb"^([ \t]+)(?:\"" + quoted + rb"\"|'" + quoted + rb"'|" + quoted
                          + rb")[ \t]*:", re.MULTILINE | re.IGNORECASE)
        for name, data in self._nearest_first(key.encode()):
            for match in line.finditer(data):
                if _section_at(data, match.start()) != section:
                    continue
                found = _read(name, data, match.start(), len(match[1]), section, key)
                if found is not None:
                    return found
        return None

    def _nearest_first(self, key: bytes) -> Iterator[tuple[str, bytes]]:
        """A key is nearly always written as it is known: files that hold it so come first, and as
        they are found."""
        others = []
        for file in self._files:
            if key in file[1]:
                yield file
            else:
                others.append(file)
        yield from others


class Entry:
    """The lines of one entry, and what it says."""

    def __init__(self, file: str, first: int, lines: list[bytes], value: dict[str, Any]) -> None:
        self._file = file
        self._first = first
        self._lines = lines
        self.value = value

    @property
    def place(self) -> Location:
        """Its first line."""
        return Location(self._file, self._first)

    def field(self, field: str, name: str = "") -> Location | None:
        """The line of a field, or of a name within it; None where it does not say so."""
        held = self.value.get(field)
        if held is None:
            return None
        at = self._line_of(field)
        if not name:
            return at
        names = held if isinstance(held, dict) else [
            i["group"] if isinstance(i, dict) else i for i in held]
        if name not in names:
            return None
        return self._line_of(name, after=at.line - self._first) or at

    def _line_of(self, word: str, after: int = 0) -> Location:
        pattern = re.compile(rb"(?<![\w.@/-])" + re.escape(word.encode()) + rb"(?![\w.@/-])")
        for number, line in enumerate(self._lines[after:], self._first + after):
            if pattern.search(line.split(b" #")[0]):
                return Location(self._file, number)
        return self.place


def _files(root: Root) -> Iterator[tuple[str, bytes]]:
    data = read_file(root.directory, root.name)
    if isinstance(data, Finding):
        return
    yield root.name, data
    patterns = _parsed(_without_members(data)).get("include", [])
    for pattern in patterns if isinstance(patterns, list) else ():
        for name in match_include(root, str(pattern)).names:
            included = read_file(root.directory, name)
            if not isinstance(included, Finding):
                yield name, included


def _without_members(data: bytes) -> bytes:
    """The head of a root file: what follows `members` is not needed to know what it includes."""
    found = re.search(rb"^members[ \t]*:", data, re.MULTILINE)
    after = _SECTION.search(data, found.end()) if found else None
    if found is None:
        return data
    return data[:found.start()] + (data[after.start():] if after else b"")


def _section_at(data: bytes, at: int) -> str:
    """The section that a place is in: the last key that begins a line before it."""
    start = at
    while start > 0:
        start = data.rfind(b"\n", 0, start - 1) + 1
        match = _SECTION.match(data, start)
        if match is not None:
            return match[1].decode()
        if start == 0:
            break
    return ""


def _read(
    name: str, data: bytes, start: int, indent: int, section: str, key: str
) -> Entry | None:
    lines: list[bytes] = []
    for number, line in enumerate(data[start:].split(b"\n", 2_000)):
        bare = line.strip()
        deeper = len(line) - len(line.lstrip(b" \t")) > indent
        if number and bare and not deeper and not bare.startswith(b"#"):
            break
        lines.append(line)
    text = (b"apiVersion: reconciler/v1\norganization: x\n" + section.encode() + b":\n"
            + b"\n".join(lines))
    box = _parsed(text).get(section)
    if not isinstance(box, dict) or len(box) != 1:
        return None
    (found, value), = box.items()
    if found.strip().lower() != key.lower():
        return None
    return Entry(name, data.count(b"\n", 0, start) + 1, lines, value or {})


def _parsed(data: bytes) -> dict[str, Any]:
    """What a text says; nothing where it is not plain YAML."""
    try:
        return parse_fast(data).document
    except Suspicious:
        return {}
