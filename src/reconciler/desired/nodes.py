"""The careful way in: YAML to nodes that know their line and column, and everything wrong on the
way, as findings. Iterative, so that hostile nesting costs no recursion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import yaml

from reconciler.desired import format as checks
from reconciler.desired.scalars import Misread, reads_as, resolve_plain
from reconciler.desired.stream import MAX_DEPTH, UNTIL, event_source
from reconciler.model.finding import Finding, Location

MAX_ALIAS_EXPANSION: Final = 100_000
_COMMENT: Final = re.compile(r"(?:^|\s)#")
_UNPRINTABLE: Final = yaml.reader.Reader.NON_PRINTABLE


# Shared by all nodes that have none: most nodes of a large file are scalars.
_NO_PAIRS: Final[dict[str, tuple[Node, Node]]] = {}
_NO_ITEMS: Final[list[Node]] = []


@dataclass(slots=True, eq=False)
class Node:
    """One YAML value and where it stands. `value` is that of a scalar, `pairs` those of a mapping
    (keys as text, the first of duplicates only), `items` those of a list."""

    kind: Literal["scalar", "mapping", "list"]
    line: int
    column: int
    value: Any = None
    text: str = ""
    pairs: dict[str, tuple[Node, Node]] = field(default_factory=lambda: _NO_PAIRS)
    items: list[Node] = field(default_factory=lambda: _NO_ITEMS)
    size: int = 1
    height: int = 1

    def at(self, file: str) -> Location:
        return Location(file, self.line, self.column)

    def get(self, key: str) -> Node | None:
        """The value of a key of a mapping."""
        pair = self.pairs.get(key)
        return pair[1] if pair else None

    def key(self, key: str) -> Node | None:
        """The key itself, as a node."""
        pair = self.pairs.get(key)
        return pair[0] if pair else None

    def plain(self) -> Any:
        """The value without positions."""
        match self.kind:
            case "scalar":
                return self.value
            case "mapping":
                return {key: value.plain() for key, (_, value) in self.pairs.items()}
            case "list":
                return [item.plain() for item in self.items]


@dataclass(slots=True)
class Reading:
    """What came of one file: its root (None where YAML itself failed) and what is wrong."""

    root: Node | None
    findings: list[Finding]


class _Stop(Exception):
    """Nothing more can be read from this file."""


def read_nodes(file: str, data: bytes, *, first_line: int = 1) -> Reading:
    """The nodes of one document. Findings: F03 to F07, F13 to F16, F18."""
    reader = _Reader(file, first_line)
    reader.findings.extend(_tabs(file, data))
    tabs = bool(reader.findings)
    try:
        root = reader.run(event_source(data))
    except _Stop:
        root = None
    except (yaml.YAMLError, UnicodeError, ValueError, OverflowError) as wrong:
        root = None
        if not tabs:
            reader.findings.append(_syntax(file, data, wrong))
    return Reading(root, reader.findings)


class _Reader:
    def __init__(self, file: str, first_line: int) -> None:
        self.file = file
        self.first_line = first_line
        self.findings: list[Finding] = []
        self.anchors: dict[str, Node] = {}
        self.texts: dict[str, str] = {}
        self.resolved: dict[str, Any] = {}
        self.expanded = 0
        self.stack: list[tuple[Node, Node | None, str | None]] = []
        self.key: Node | None = None
        self.done: Node | None = None

    def run(self, source: Any) -> Node | None:
        documents = 0
        while True:
            event = source.get_event()
            match event:
                case None | yaml.StreamEndEvent():
                    break
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents == 2:
                        self._say(checks.DOCUMENTS, event, "a second document begins here",
                                  "one file holds one document: take the --- out")
                        break
                case yaml.ScalarEvent() | yaml.AliasEvent() | yaml.CollectionStartEvent():
                    self._value(event)
                case yaml.CollectionEndEvent():
                    self._close()
        if documents == 0:
            self.findings.append(checks.DOCUMENTS.found(
                Location(self.file), "the file is empty", "write at least apiVersion"))
        return self.done

    def _value(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._add(self._aliased(event), None)
            return
        if event.tag is not None:
            self._say(checks.TAG, event, f"the tag {_shown_tag(event.tag)} is not allowed",
                      "take the tag away")
        node = Node("scalar", event.start_mark.line + self.first_line,
                    event.start_mark.column + 1)
        if isinstance(event, yaml.ScalarEvent):
            node.text = self.texts.setdefault(event.value, self._without_nul(event))
            node.value = self._resolved(node.text) if event.implicit[0] else node.text
            self._add(node, event.anchor)
            return
        if isinstance(event, yaml.MappingStartEvent):
            node.kind, node.pairs = "mapping", {}
        else:
            node.kind, node.items = "list", []
        if len(self.stack) + 1 > MAX_DEPTH:
            self._say(checks.TOO_DEEP, event, f"values are nested more than {MAX_DEPTH} deep",
                      "nothing in the format is as deep as this")
            raise _Stop
        self.stack.append((node, self.key, event.anchor))
        self.key = None

    def _without_nul(self, event: Any) -> str:
        """The text of a scalar. An escape can say the one character that no store takes."""
        text: str = event.value
        if "\0" not in text:
            return text
        self._say(checks.SYNTAX, event, "the control character U+0000 is not allowed",
                  "take it out")
        return text.replace("\0", "")

    def _resolved(self, text: str) -> Any:
        if text not in self.resolved:
            self.resolved[text] = resolve_plain(text)
        return self.resolved[text]

    def _aliased(self, event: Any) -> Node:
        known = self.anchors.get(event.anchor)
        if known is None:
            self._say(checks.ALIAS, event, f"*{event.anchor} names no anchor above it",
                      f"write &{event.anchor} before the value that is meant")
            raise _Stop
        self.expanded += known.size
        if self.expanded > MAX_ALIAS_EXPANSION:
            self._say(checks.ALIAS, event, "aliases expand to more than "
                      f"{MAX_ALIAS_EXPANSION} values", "write the values out")
            raise _Stop
        if len(self.stack) + known.height > MAX_DEPTH:
            self._say(checks.TOO_DEEP, event, f"values are nested more than {MAX_DEPTH} deep",
                      "nothing in the format is as deep as this")
            raise _Stop
        return known

    def _close(self) -> None:
        node, key, anchor = self.stack.pop()
        self.key = key
        self._add(node, anchor)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        if not self.stack:
            self.done = node
            return
        box = self.stack[-1][0]
        box.size += node.size
        box.height = max(box.height, node.height + 1)
        if box.kind == "list":
            box.items.append(node)
        elif self.key is None:
            self.key = node
        else:
            key, self.key = self.key, None
            self._pair(box, key, node)

    def _pair(self, box: Node, key: Node, value: Node) -> None:
        place = key.at(self.file)
        if key.kind != "scalar":
            self.findings.append(checks.WRONG_TYPE.found(
                place, f"a {key.kind} stands where a key is meant", "write a text as the key"))
            return
        if isinstance(key.value, Misread) and key.value.kind == "a merge key":
            self.findings.append(checks.ALIAS.found(
                place, "merge keys (<<) are not supported", "write the keys out"))
            return
        if not isinstance(key.value, str):
            self.findings.append(checks.MISREAD.found(
                place, f"the key {key.text or 'null'} is read as {reads_as(key.value)}, not as "
                "text", f'write "{key.text}" in quotes' if key.text else "write a text as the key"))
        name = key.value if isinstance(key.value, str) else key.text
        first = box.key(name)
        if first is not None:
            self.findings.append(checks.DUPLICATE_KEY.found(
                place, f"{name} is stated a second time (first at {first.at(self.file)})",
                "keep one of them"))
            return
        if name == UNTIL and isinstance(value.value, Misread) and value.value.is_day:
            value.value = value.text
        box.pairs[name] = (key, value)

    def _say(self, check: checks.FormatCheck, event: Any, what: str, how: str) -> None:
        mark = event.start_mark
        place = Location(self.file, mark.line + self.first_line, mark.column + 1)
        self.findings.append(check.found(place, what, how))


def _shown_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _tabs(file: str, data: bytes) -> Iterator[Finding]:
    if b"\t" not in data:
        return
    for number, line in enumerate(data.decode(errors="replace").split("\n"), 1):
        before, tab, _ = line.partition("\t")
        if tab and not _COMMENT.search(before):
            yield checks.TAB.found(Location(file, number, len(before) + 1),
                                   "a tab stands here", "use spaces")


def _syntax(file: str, data: bytes, wrong: Exception) -> Finding:
    if isinstance(wrong, yaml.MarkedYAMLError):
        mark = wrong.problem_mark or wrong.context_mark
        place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
        # libyaml gives up by itself where a bracket could still be a key: far beyond what is read.
        if "nesting depth" in str(wrong.problem):
            return checks.TOO_DEEP.found(place, f"values are nested more than {MAX_DEPTH} deep",
                                         "nothing in the format is as deep as this")
        context = f" {wrong.context}" if wrong.context else ""
        begun = wrong.context_mark
        if context and begun is not None and mark is not None and begun.line != mark.line:
            context += f" that begins at {begun.line + 1}:{begun.column + 1}"
        return checks.SYNTAX.found(place, f"this is not YAML: {wrong.problem}{context}",
                                   "check indentation, colons, brackets and quotes")
    text = data.decode(errors="replace")
    bad = _UNPRINTABLE.search(text)
    if bad:
        before = text[:bad.start()]
        place = Location(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return checks.SYNTAX.found(
            place, f"the control character U+{ord(bad.group()):04X} is not allowed in YAML",
            "take it out")
    reason = str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__
    return checks.SYNTAX.found(Location(file), f"this is not YAML: {reason}", "check the file")
