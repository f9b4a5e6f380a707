"""Writing YAML: scalars that read back as the very text, whatever it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from reconciler.desired.scalars import resolve_plain

# Words of letters, digits and harmless marks, one blank between them. Nothing here begins a
# comment, a key, a tag, an alias or a flow collection.
_PLAIN: Final = re.compile(r"[^\W\d][\w.@/+-]*(?: [\w(/+][\w.@/+()-]*)*|[\w.+-]+@[\w.@+-]+")


@lru_cache(maxsize=65_536)
def scalar(text: str) -> str:
    """A text as YAML: plain where every reader takes it for text, else in double quotes."""
    if (_PLAIN.fullmatch(text) and text.isprintable()
            and isinstance(resolve_plain(text), str) and not text[0].isdecimal()):
        return text
    if text[:1].isdecimal() and "@" in text and _PLAIN.fullmatch(text) and text.isascii():
        return text
    return quoted(text)


def sort_key(key: str) -> str:
    """What entries are sorted by, in exports and by `edit`: case does not matter."""
    return key.strip().lower()


def in_order(keys: Iterable[str]) -> list[str]:
    """Keys as they are written; of those that differ in case alone always the same one first."""
    return sorted(sorted(keys), key=sort_key)


def quoted(text: str) -> str:
    """A text in double quotes; what cannot be seen is written as an escape."""
    body = json.dumps(text, ensure_ascii=False)
    if body.isprintable():
        return body
    return "".join(c if c.isprintable() else _escape(c) for c in body)


def value(of: str | bool) -> str:
    """A text or a boolean."""
    if isinstance(of, bool):
        return "true" if of else "false"
    return scalar(of)


def listed(indent: str, key: str, items: Iterable[str]) -> Iterator[str]:
    """A list under a key, sorted, as lines."""
    yield f"{indent}{key}:"
    for item in in_order(items):
        yield f"{indent}  - {scalar(item)}"


def mapped(indent: str, key: str, entries: dict[str, str]) -> Iterator[str]:
    """A mapping of texts under a key, sorted, as lines."""
    yield f"{indent}{key}:"
    for name in in_order(entries):
        yield f"{indent}  {scalar(name)}: {scalar(entries[name])}"


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
