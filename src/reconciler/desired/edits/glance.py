"""At a glance: that a file is laid out already, as nearly all are that nobody is just changing, is
seen without the place of every value.

What can be seen so is the plain part of the layout: every line is blank, a comment, `key:`,
`key: value` or `- value`, and stands where it belongs. Anything else (a text over several lines, an
anchor, a comment at an unusual place) only means that `layout` has to look.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from reconciler.desired.edits.pieces import SORTED, Piece, entries_in_order, piece, whole_file

_DEEPEST: Final = 8
"""The column of the deepest keys that are seen."""
_BEGIN: Final = r"""[^ \n\-?:,\[\]{}#&*!|>'"%@`]"""
_KEY: Final = rf"""(?:{_BEGIN}[^:#\n]*|"[^"\\\n]*"|'[^'\n]*')"""
_END: Final = r"(?: +#[^\n]*)?(?<! )\n"
_PLAIN: Final = rf"{_BEGIN}(?![^#\n]*:[ \n])[^\n]*(?<! )\n"
_QUOTED: Final = r'''(?:"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\n]*(?:''[^'\n]*)*')'''
_BARE: Final = r"""[^"'\[\]{}#&*!\n]*"""


def seen_in_order(text: str, order: Sequence[str]) -> bool:
    """Whether a text, which is YAML, is seen to be laid out, its sections in this order. Where it
    is not seen it may be laid out all the same."""
    # Anything that is no letter, sign or blank may break a line in one place and not in another.
    if not text.replace("\n", "").isprintable():
        return False
    lines = _lines()
    first = at = _end(lines.head, text, 0)
    sections: list[Piece] = []
    while (found := _section(lines, text, at)) is not None:
        section, at = found
        sections.append(section)
    return (bool(sections) and _end(lines.above, text, at) == len(text)
            and whole_file(text[:first], sections, text[at:], order) == text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """What is matched line by line. `head` may stand above the first section, `above` above the
    others, `below` below the entries of one. `header` is `key:` of a section, and what it ends with
    where nothing else is on its line. `section` is all of a section in which no order is asked for,
    `entry` an entry of one that is sorted, and what is above it."""

    head: re.Pattern[str]
    above: re.Pattern[str]
    below: re.Pattern[str]
    header: re.Pattern[str]
    section: re.Pattern[str]
    entry: re.Pattern[str]


def _section(lines: _Lines, text: str, at: int) -> tuple[Piece, int] | None:
    """The next section with what is above it, and where it ends; None where there is no more, or
    none that is seen to be in order within itself."""
    start = _end(lines.above, text, at)
    header = lines.header.match(text, start)
    if header is None:
        return None
    name, body = _unquoted(header[1]), header.end()
    entries, end = _entries(lines, text, body) if name in SORTED and header[2] else ([], start)
    if not entries:
        end = _end(lines.section, text, start)
    elif "\n".join(entries_in_order(entries)) + "\n" != text[body:end]:
        return None
    else:
        end = _end(lines.below, text, end)
    if end == start:
        return None
    # Whether it has more than one line is all that matters of them here.
    return piece(name, text[at:start], 0, text[start:end - 1].split("\n", 1)), end


def _entries(lines: _Lines, text: str, at: int) -> tuple[list[Piece], int]:
    """The entries that follow each other from there, and where the last of them ends."""
    entries = []
    while (found := lines.entry.match(text, at)) is not None:
        at = found.end()
        above, key = found[1], found[2]
        entries.append(piece(_unquoted(key), above, 2, [text[found.end(1):at - 1]]))
    return entries, at


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where that ends which is matched there; there, where nothing is."""
    found = pattern.match(text, at)
    return at if found is None else found.end()


def _unquoted(key: str) -> str:
    return key[1:-1] if key[0] in "\"'" else key.rstrip()


# --- lines ----------------------------------------------------------------------------------------


@cache
def _lines() -> _Lines:
    comment, below = _comment(0), _comment(2)
    return _Lines(
        head=re.compile(rf"(?:\n|{comment})*(?:---\n(?:\n|{comment})*)?"),
        above=re.compile(rf"(?:\n|{comment})*"),
        below=re.compile(rf"(?:{below})*"),
        header=re.compile(rf"({_KEY}):({_END})?"),
        section=re.compile(_pair(0)),
        entry=re.compile(rf"((?:\n|{below})*)  ({_KEY}){_after_key(2)}"),
    )


def _comment(column: int) -> str:
    return rf" {{{column}}}#[^\n]*(?<! )\n"


def _pair(column: int) -> str:
    """`key: value`, without the blanks before it."""
    return f"{_KEY}{_after_key(column)}"


def _after_key(column: int) -> str:
    """What follows a key in a column: a value on its line, or what is below it."""
    deeper = column + 2
    comments = f"(?:{_comment(deeper)})*"
    below = comments if column == _DEEPEST else (
        f"(?:{_list(deeper)}|{_mapping(deeper)}|{comments})")
    return f":(?: +{_value()}{comments}|{_END}{below})"


def _mapping(column: int) -> str:
    """Entries of any order. Comments and one blank line may stand between them; they do not begin
    or end with a blank line."""
    comment, blanks = _comment(column), " " * column
    return rf"(?!\n)(?:\n?(?:{comment}\n?)*{blanks}{_pair(column)})+(?:{comment})*"


def _list(column: int) -> str:
    """Items: values, or mappings without blank lines between their entries."""
    comment, blanks = _comment(column), " " * column
    deeper = f"(?:{_comment(column + 2)})*"
    entries = "" if column == _DEEPEST else (
        rf"(?:(?:(?<=-) |{deeper}{blanks}  ){_pair(column + 2)})+{deeper}|")
    item = rf"{blanks}-(?:{entries} {_value()}{deeper})"
    return rf"(?!\n)(?:\n?(?:{comment}(?:\n?{comment})*)?{item})+(?:{comment})*"


def _value() -> str:
    """A value that ends on its line, and the comment behind it."""
    return f"(?:{_PLAIN}|(?:{_QUOTED}|{_flow(4)}){_END})"


def _flow(depth: int) -> str:
    """Something in brackets or braces, and so many deep in it."""
    inner = f"(?:{_QUOTED}|{_flow(depth - 1)})" if depth else _QUOTED
    return rf"[\[{{]{_BARE}(?:{inner}{_BARE})*[\]}}]"
