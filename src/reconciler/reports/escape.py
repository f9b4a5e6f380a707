"""Make text from data safe for a terminal: the one function every line goes through."""

from __future__ import annotations

import unicodedata
from typing import Final

# Letters and marks that show nothing at all; the other invisible ones are found by category.
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
_SHOWN_AS: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def for_terminal(text: str) -> str:
    """The text in one line in which nothing steers the terminal, hides or turns around.

    Control characters (ANSI sequences, line breaks), bidirectional and invisible ones become
    visible escapes such as `\\x1b` and `\\u202e`. So do the marks of commands that a CI server
    would read out of a log (`##[`).
    """
    if text.isascii() and text.isprintable():
        return text.replace("##", "#\\x23") if "##" in text else text
    shown = "".join(
        character if character.isprintable() and character not in _BLANK_LETTERS
        else _escape(character)
        for character in text
    )
    return shown.replace("##", "#\\x23")


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
