"""Canonical JSON: the one text of a value, which digests and hashes are made of.

Keys are sorted, nothing is blank, and all of Unicode stands for itself, in UTF-8.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

# What orjson knows beyond JSON is refused: it would be a second text of one meaning.
_OPTIONS: Final = (orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
                   | orjson.OPT_PASSTHROUGH_DATETIME)


def canonical(value: Any) -> bytes:
    """A value of dicts, lists, texts, whole numbers of 64 bits, booleans and None as canonical
    JSON. Raises TypeError for any other, and for half a character."""
    return orjson.dumps(value, option=_OPTIONS)


def canonical_text(value: Any) -> str:
    """The same as text."""
    return canonical(value).decode()
