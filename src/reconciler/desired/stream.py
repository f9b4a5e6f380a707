"""The fast way in: bytes of YAML to plain values, over libyaml's event stream.

It takes only what is beyond doubt. Whatever is not (an alias, a tag, a duplicate key, a date, a
second document, a syntax error) raises Suspicious, and the caller reads that one file again with
`nodes`, which knows every position and explains. One line number is kept for each key of the
second level (a member, a group): enough to find the rest again by reading a few lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from reconciler.desired.scalars import Misread, resolve_plain

MAX_DEPTH: Final = 16
UNTIL: Final = "until"
"""The one key whose value is a day, quoted or not."""
_MEMO_SIZE: Final = 20_000
Lines = dict[str, dict[str, int]]


class Suspicious(Exception):
    """Not plain enough for the fast way; read the file with positions."""


@dataclass(slots=True)
class Parsed:
    """One file as plain values: dicts, lists, text, booleans and None.

    `lines` are the lines (from 1) of the keys of every section that is a mapping, and of the
    items of a section that is a list: texts by themselves, mappings by their number, from "0".
    `top` are those of the keys of the root.
    """

    document: dict[str, Any] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)
    top: dict[str, int] = field(default_factory=dict)


def event_source(data: bytes) -> Any:
    """A YAML parser over these bytes: libyaml's where it is there, else the one in Python."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return loader(data)


def parse_fast(data: bytes) -> Parsed:
    """Plain values of one document. Raises Suspicious for anything out of the ordinary."""
    parsed = Parsed()
    # Marks of anchors, aliases and tags: without these bytes no event can carry one.
    guarded = any(mark in data for mark in (b"&", b"*", b"!"))
    try:
        source = event_source(data)
        _Builder(parsed, guarded).run(source.get_event)
    except (yaml.YAMLError, UnicodeError, ValueError, OverflowError) as wrong:
        raise Suspicious(str(wrong)) from None
    return parsed


class _Builder:
    """Builds the values iteratively, on stacks of its own: hostile nesting costs no recursion."""

    __slots__ = ("guarded", "memo", "parsed")

    def __init__(self, parsed: Parsed, guarded: bool) -> None:
        self.parsed = parsed
        self.guarded = guarded
        self.memo: dict[str, Any] = {}

    def run(self, get_event: Any) -> None:
        get_event()  # stream start
        if type(get_event()) is not yaml.DocumentStartEvent:
            raise Suspicious("no document")
        if type(get_event()) is not yaml.MappingStartEvent:
            raise Suspicious("no mapping")
        self._mapping(get_event)
        if type(get_event()) is not yaml.DocumentEndEvent:
            raise Suspicious("more than one root")
        if type(get_event()) is not yaml.StreamEndEvent:
            raise Suspicious("several documents")

    def _mapping(self, get_event: Any) -> None:  # noqa: C901 - the hot loop, kept in one piece
        scalar = yaml.ScalarEvent
        mapping, mapping_end = yaml.MappingStartEvent, yaml.MappingEndEvent
        sequence, sequence_end = yaml.SequenceStartEvent, yaml.SequenceEndEvent
        memo, guarded, all_lines = self.memo, self.guarded, self.parsed.lines
        lines: dict[str, int] = self.parsed.top
        box: Any = self.parsed.document
        boxes: list[Any] = []
        keys: list[str | None] = []
        key: str | None = None
        in_list = False
        depth = 1
        while True:
            event = get_event()
            kind = type(event)
            if kind is scalar:
                value = event.value
                if event.implicit[0]:
                    try:
                        value = memo[value]
                    except KeyError:
                        value = _resolved(value, memo, key)
                if guarded and (event.anchor is not None or event.tag is not None):
                    raise Suspicious("anchor or tag")
                if in_list:
                    if depth == 2:
                        lines[value] = event.start_mark.line + 1
                    box.append(value)
                elif key is None:
                    if value in box or value.__class__ is not str:
                        raise Suspicious("key")
                    key = value
                    if depth <= 2:
                        lines[value] = event.start_mark.line + 1
                else:
                    box[key] = value
                    key = None
                continue
            if kind is mapping or kind is sequence:
                if depth == MAX_DEPTH or (guarded and (event.anchor or event.tag)):
                    raise Suspicious("anchor, tag or depth")
                if not in_list and key is None:
                    raise Suspicious("key is no text")
                new: Any = {} if kind is mapping else []
                if depth == 1:
                    lines = all_lines[key or ""] = {}
                if in_list:
                    if depth == 2:
                        lines[str(len(box))] = event.start_mark.line + 1
                    box.append(new)
                else:
                    box[key] = new
                boxes.append(box)
                keys.append(key)
                box = new
                key = None
                in_list = kind is sequence
                depth += 1
            elif kind is mapping_end or kind is sequence_end:
                depth -= 1
                if not boxes:
                    return
                box = boxes.pop()
                keys.pop()
                key = None
                in_list = box.__class__ is list
                if depth == 1:
                    lines = self.parsed.top
            else:
                raise Suspicious("alias")


def _resolved(text: str, memo: dict[str, Any], key: str | None) -> Any:
    value = resolve_plain(text)
    if isinstance(value, Misread):
        if key == UNTIL and value.is_day:
            return text
        raise Suspicious("number or date")
    if len(memo) < _MEMO_SIZE and "@" not in text:
        memo[text] = value
    return value
