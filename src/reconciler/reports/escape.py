"""Make text from data safe for where it goes: one function for each medium, which every text in
that medium goes through."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

# Letters and marks that show nothing at all; the other invisible ones are found by category.
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
_SHOWN_AS: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Prose that no Markdown reads anything into: no marks, mentions, links, references or lists.
_PROSE: Final = re.compile(r"[^\W_](?:[^\W_]|[ ,;:()%'\"/+.!?-])*\Z")
_READ_INTO: Final = re.compile(r"://|www\.|\bGH-\d|:\w+:|[0-9a-f]{7}|^\d+[.)]", re.IGNORECASE)
_ENTITIES: Final = (
    ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;"))
_BACKTICKS: Final = re.compile(r"`+")


def for_terminal(text: str) -> str:
    """The text in one line in which nothing steers the terminal, hides or turns around.

    Control characters (ANSI sequences, line breaks), bidirectional and invisible ones become
    visible escapes such as `\\x1b` and `\\u202e`. So do the marks of commands that a CI server
    would read out of a log (`##[`, and `::` where a line may begin with it).
    """
    shown = text if text.isascii() and text.isprintable() else visible(text)
    if "##" in shown:
        shown = shown.replace("##", "#\\x23")
    if "::" in shown and (bare := shown.lstrip()).startswith("::"):
        shown = f"{shown[:len(shown) - len(bare)]}\\x3a{bare[1:]}"
    return shown


def for_markdown(text: str) -> str:
    """The text within a line of Markdown: as it is where it is plain prose, else as code.

    In code nothing is read as HTML, emphasis, link, mention, reference or comment. It is not for
    tables, in which a `|` would end even code.
    """
    shown = for_terminal(text)
    if not shown or (_PROSE.match(shown) and not _READ_INTO.search(shown)):
        return shown
    fence = "`" * (_longest_run(shown) + 1)
    # One blank on either side is taken off again, and keeps a backtick of the text apart.
    return f"{fence} {shown} {fence}" if "`" in shown or shown.strip() != shown else (
        f"{fence}{shown}{fence}")


def for_markdown_block(lines: Iterable[str], language: str = "text") -> str:
    """Lines as a block of code that none of them can end."""
    shown = [for_terminal(line) for line in lines]
    fence = "`" * max(3, *(_longest_run(line) + 1 for line in shown), 3)
    return "\n".join((f"{fence}{language}", *shown, fence))


def for_html(text: str) -> str:
    """The text in HTML, within an element or a quoted attribute."""
    if text.isalnum() and text.isascii():
        return text
    shown = visible(text)
    for character, entity in _ENTITIES:
        if character in shown:
            shown = shown.replace(character, entity)
    return shown


def for_json(value: Any) -> str:
    """A value as JSON in which every character that shows nothing is an escape."""
    import json

    text = json.dumps(value, indent=1, ensure_ascii=False)
    if text.isascii() and "\x7f" not in text:
        return text  # json escapes the other control characters of ASCII by itself
    return "".join(
        c if c == "\n" or (c.isprintable() and c not in _BLANK_LETTERS) else json.dumps(c)[1:-1]
        for c in text)


def visible(text: str) -> str:
    """The text in one line, with what shows nothing or turns text around made visible."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character.isprintable() and character not in _BLANK_LETTERS
        else _escape(character)
        for character in text
    )


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def width(text: str) -> int:
    """How many cells of a terminal an escaped text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _escape(character: str) -> str:
    code = ord(character)
    if character in _SHOWN_AS:
        return _SHOWN_AS[character]
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
