"""One file being edited: its text, what it says, and the splices that will change it.

Nothing is written twice over: an edit cuts and inserts text, so whatever it does not cut stays byte
for byte. Beside the text every edit changes `document`, the plain values; in the end the new text
must read as exactly these. What the edit could not place right is refused, never written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from reconciler.desired.edits import lines
from reconciler.desired.edits.spots import Pair, Spot, Unplaceable, read_spots
from reconciler.desired.files import POLICY_FILE
from reconciler.desired.nodes import read_nodes
from reconciler.desired.scalars import Misread
from reconciler.desired.source import parse_source
from reconciler.desired.stream import Parsed
from reconciler.model.errors import InvalidInput
from reconciler.model.finding import Finding, Location, errors

_BOM: Final = b"\xef\xbb\xbf"
_REST_OF_HEADER: Final = re.compile(r"\s*(?:#.*)?")
_ODD_BREAKS: Final = ("\x85", "\u2028", "\u2029")


class Splice(NamedTuple):
    """text[start:end] becomes `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section: its pair, and the lines that are its own (`start` is where its first
    line begins; -1 in braces)."""

    pair: Pair
    start: int = -1

    @property
    def block(self) -> bool:
        """Written on lines of its own."""
        return self.start >= 0


class FileText:
    """A file of a desired state, or its policy, that is being edited."""

    def __init__(
        self, name: str, data: bytes, *, is_root: bool = False, folder: str = ""
    ) -> None:
        self.name = name
        self.folder = folder
        self.raw = self.original = data
        self.is_root = is_root
        self.bom = data.startswith(_BOM)
        self.text = data[3 if self.bom else 0:].decode()
        self.newline = "\r\n" if "\r\n" in self.text else "\n"
        self.parsed, self.findings = self._parse(data[3 if self.bom else 0:])
        self.document: dict[str, Any] = self.parsed.document
        self.splices: list[Splice] = []
        self._blocks: dict[str, dict[str, tuple[int, int]]] = {}

    # --- looking ----------------------------------------------------------------------------------

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    @cached_property
    def _whole(self) -> Spot | None:
        return self._spots(0, len(self.text))

    @cached_property
    def _sections(self) -> dict[str, tuple[int, int]] | None:
        """Where each section begins and ends; None where they do not stand on lines of their
        own."""
        text, tops = self.text, sorted(self.parsed.top.items(), key=lambda top: top[1])
        if any(odd in text for odd in _ODD_BREAKS) or text.count("\r") != text.count("\r\n"):
            return None
        starts = [self._starts[line - 1] for _, line in tops]
        if len(set(starts)) != len(starts):
            return None
        # A brace, or the document's mark, before the first key.
        if any(text[at] in "{ ?-%" or text[at] == "&" for at in starts):
            return None
        return {name: (start, end) for (name, _), start, end in zip(
            tops, starts, [*starts[1:], self._end()], strict=True)}

    def _end(self) -> int:
        """Where the document ends: before a line `...`, if there is one."""
        mark = re.search(r"^\.\.\.(?=\s|\Z)", self.text, re.MULTILINE)
        return mark.start() if mark else len(self.text)

    @property
    def shown(self) -> str:
        """Its name as somebody can open it."""
        return self.folder + self.name

    @property
    def sections(self) -> list[str]:
        """The keys of the root, as they follow each other."""
        return list(self.parsed.top)

    def bounds(self, section: str) -> tuple[int, int]:
        """Where a section begins and ends. InvalidInput where it shares a line with others."""
        if self._sections is None:
            raise self.by_hand("what stands on one line with other sections")
        return self._sections[section]

    def section(self, section: str) -> Pair | None:
        """A section as a pair."""
        if section not in self.parsed.top:
            return None
        if self._sections is not None:
            start, end = self._sections[section]
            try:
                root = read_spots(self.text, start, end)
            except Unplaceable:
                root = None
            if root is not None and root.pairs:
                return root.pairs[0]
        return self._whole.pair(section) if self._whole is not None else None

    def is_block(self, section: str) -> bool:
        """Whether a section is a mapping with its entries on lines of their own."""
        return bool(self._lines_of(section))

    def _lines_of(self, section: str) -> dict[str, tuple[int, int]]:
        """The lines of each entry, with what stands between it and the next; empty for a section
        that is not written so."""
        if section not in self._blocks:
            self._blocks[section] = self._block(section)
        return self._blocks[section]

    def _block(self, section: str) -> dict[str, tuple[int, int]]:
        keys = self.parsed.lines.get(section, {})
        numbers = list(keys.values())
        if self._sections is None or not numbers or not isinstance(
                self.document.get(section), dict):
            return {}
        start, end = self._sections[section]
        first = self._starts[numbers[0] - 1]
        if numbers != sorted(set(numbers)) or first <= start:
            return {}
        header = self.text[start:first]
        begins = re.match(rf"""(["']?){re.escape(section)}\1[ ]*:""", header)
        if begins is None or not all(
                _REST_OF_HEADER.fullmatch(line) for line in header[begins.end():].split("\n")):
            return {}
        starts = [self._starts[line - 1] for line in numbers]
        return dict(zip(keys, zip(starts, [*starts[1:], end], strict=True), strict=True))

    def keys(self, section: str) -> list[str]:
        """The keys of a section as they are written."""
        return list(self.parsed.lines.get(section, {}))

    def entry(self, section: str, key: str) -> Entry:
        """An entry of a section."""
        if self.is_block(section):
            start, end = self._lines_of(section)[key]
            try:
                root = read_spots(self.text, start, end)
            except Unplaceable:
                root = None
            if root is not None and len(root.pairs) == 1:
                return Entry(root.pairs[0], start)
        pair = self.section(section)
        found = pair.value.pair(key) if pair is not None else None
        if found is None:
            raise self.by_hand(f"{section} {key}")
        return Entry(found, self.line_start(found.key.start) if self.is_block(section) else -1)

    def line_start(self, at: int) -> int:
        """Where the line of an offset begins."""
        return lines.line_start(self.text, at)

    def line_end(self, at: int) -> int:
        """Where the line of an offset ends, its break included."""
        return lines.line_end(self.text, at)

    def column(self, at: int) -> int:
        """How far an offset is from the beginning of its line."""
        return lines.column(self.text, at)

    def place(self, at: int) -> Location:
        """An offset as line and column."""
        return Location(self.shown, self.text.count("\n", 0, at) + 1, self.column(at) + 1)

    # --- changing ---------------------------------------------------------------------------------

    def replace(self, start: int, end: int, text: str) -> None:
        """Cut and insert. Line breaks in `text` become those of the file."""
        self.splices.append(Splice(start, end, text.replace("\n", self.newline)))

    def by_hand(self, what: str) -> InvalidInput:
        """The refusal of what cannot be edited without touching more than is meant."""
        return InvalidInput(
            f"{self.shown}: {what} cannot be edited in place", how="edit it by hand: aliases, "
            "anchors and keys of an unusual form are left alone")

    def settled(self) -> FileText:
        """The file as changed so far, to change it further. Raises InvalidInput."""
        if not self.splices:
            return self
        after = FileText(self.name, self.finish(), is_root=self.is_root, folder=self.folder)
        after.original = self.original
        return after

    def new_text(self) -> str:
        """The text with all changes. Those at one place come in the order they were asked for."""
        parts, at = [], 0
        for splice in sorted(self.splices, key=lambda s: (s.start, s.end)):
            if splice.start < at:
                raise self.by_hand("what two changes overlap on")
            parts += [self.text[at:splice.start], splice.text]
            at = splice.end
        return "".join([*parts, self.text[at:]])

    def finish(self) -> bytes:
        """The new bytes, which say exactly what `document` does. Raises InvalidInput."""
        data = self.new_text().encode()
        parsed, findings = self._parse(data)
        if findings:
            # What was asked for may be wrong in itself: say that.
            raise InvalidInput("the edit would make the file invalid",
                               how="nothing was written", findings=tuple(findings))
        if parsed.document != self.document:
            raise self.by_hand("this")
        return (_BOM if self.bom else b"") + data

    @cached_property
    def _parse(self) -> Callable[[bytes], tuple[Parsed, list[Finding]]]:
        return self._parse_policy if self.name == POLICY_FILE else self._parse_desired

    def _parse_desired(self, data: bytes) -> tuple[Parsed, list[Finding]]:
        source = parse_source(self.name, data, is_root=self.is_root)
        return source.parsed, errors(source.findings)

    def _parse_policy(self, data: bytes) -> tuple[Parsed, list[Finding]]:
        reading = read_nodes(self.name, data)
        root, parsed = reading.root, Parsed()
        if root is not None and root.kind == "mapping":
            parsed.document = _readable(root.plain())
            parsed.top = {key: pair[0].line for key, pair in root.pairs.items()}
        return parsed, errors(reading.findings)

    def _spots(self, start: int, end: int) -> Spot | None:
        try:
            return read_spots(self.text, start, end)
        except Unplaceable:
            return None


def _readable(value: Any) -> Any:
    """Plain values that can be compared: a number or a day as its text."""
    match value:
        case Misread():
            return value.text
        case dict():
            return {key: _readable(inner) for key, inner in value.items()}
        case list():
            return [_readable(inner) for inner in value]
        case _:
            return value
